"""What each capability obliges a provider to do: the method of its name, with these shapes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from integrations.contracts.declaration import Declaration
from integrations.contracts.values import (
    Application,
    Delivery,
    ExternalProperty,
    Hint,
    Offer,
    Page,
    PullWindow,
    ReadContext,
    ReadResult,
    Receipt,
    Taken,
    Tokens,
    WebhookRequest,
)
from reservations.records import JsonObject

if TYPE_CHECKING:
    from integrations.http import ProviderSession


@runtime_checkable
class Provider(Protocol):
    """What the registry hands out. The remaining methods exist as the declaration's capabilities say."""

    declaration: Declaration


class ReadsPayloads(Protocol):
    def read(self, body: bytes, context: ReadContext) -> ReadResult:
        """Neutral records of ``body``: pure, repeatable, one bad item never hides the others.

        Raises :class:`UnreadablePayload` when the payload as a whole cannot be understood.
        """


class UsesOAuth(Protocol):
    def authorize(self, application: Application, *, state: str, redirect_uri: str) -> str:
        """The address of the consent page."""

    def exchange_code(
        self, session: ProviderSession, application: Application, *, code: str, redirect_uri: str
    ) -> Tokens:
        """Tokens for a one-shot code. Raises an :mod:`integrations.errors` error."""

    def refresh_token(
        self, session: ProviderSession, application: Application, *, refresh_token: str
    ) -> Tokens:
        """A fresh access token. Raises ``NeedsReconnect`` when the grant is gone."""


class IssuesTokens(Protocol):
    def issue_token(self, session: ProviderSession) -> Tokens:
        """An access token for ``session.credentials`` (what the hotel typed in).

        Raises ``NeedsReconnect`` when they are refused. Called by one worker at a time for one account.
        """


class RevokesTokens(Protocol):
    def revoke_token(self, session: ProviderSession) -> None:
        """End the stored access token at the other side, where it would outlive the connection. One that is over
        already is fine. Not called while another connection uses the same account."""


class TestsConnections(Protocol):
    def test_connection(self, session: ProviderSession) -> None:
        """Return when the credentials work; else raise an :mod:`integrations.errors` error."""


class Discovers(Protocol):
    def discover(self, session: ProviderSession) -> Sequence[ExternalProperty]:
        """Every property the grant opens, with its room types and rooms."""


class PullsReservations(Protocol):
    def pull_reservations(self, session: ProviderSession, window: PullWindow) -> Iterator[Page]:
        """Raw pages, one after another; memory holds one page at a time."""


class Acknowledges(Protocol):
    def acknowledge(self, session: ProviderSession, taken: Taken) -> None:
        """Tell the other side what of a page with a ``queue`` is stored and what could not be read.

        Called after the commit and before the next page is asked for. What is not acknowledged comes again.
        """


class PushesOffers(Protocol):
    def push_offers(self, session: ProviderSession, offers: Sequence[Offer]) -> Iterator[Receipt]:
        """Send ``offers`` as absolute values, one receipt for each call, every offer in exactly one receipt.

        The offers of a room come in the order of their nights. Repeating is harmless.
        """


class ReadsOffers(Protocol):
    def read_offers(
        self, session: ProviderSession, property_ref: str, room_refs: Sequence[str], first: date, last: date
    ) -> Iterator[Offer]:
        """What the other side sells from ``first`` up to ``last`` (half-open): an offer per room and night and, where
        prices can be read, one per rate and night. What it does not tell is None."""


class FetchesReservations(Protocol):
    def fetch_reservations(self, session: ProviderSession, hints: Sequence[Hint]) -> Iterator[Page]:
        """Raw pages holding the present state of the named reservations."""


class ListsDepartures(Protocol):
    def list_departures(self, session: ProviderSession, first: date, last: date) -> Iterator[str]:
        """The external ids of all reservations of the account that leave from ``first`` up to ``last`` (half-open),
        whatever their status."""


class ReceivesWebhooks(Protocol):
    def receive_webhook(self, request: WebhookRequest) -> Delivery:
        """Check raw bytes and name the delivery. Raises :class:`WebhookRefused`."""


class SubscribesWebhooks(Protocol):
    def subscribe_webhooks(
        self, session: ProviderSession, application: Application, *, url: str
    ) -> JsonObject:
        """Make every event arrive at ``url`` exactly once; safe to repeat. Returns what is now subscribed."""

    def unsubscribe_webhooks(self, session: ProviderSession, application: Application, *, url: str) -> None:
        """Stop deliveries to ``url``; absent subscriptions are fine."""
