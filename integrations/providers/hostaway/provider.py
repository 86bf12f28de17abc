"""Hostaway: what it is, what it can do, and one method for each of its capabilities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from integrations.contracts import (
    Application,
    Capability,
    Category,
    Declaration,
    Delivery,
    ExternalProperty,
    Field,
    Hint,
    Offer,
    Page,
    PullWindow,
    RateLimit,
    ReadContext,
    ReadResult,
    Receipt,
    Tokens,
    WebhookRequest,
)
from integrations.errors import Missing, Rejected
from integrations.providers.hostaway import discovery, reading, selling, subscriptions, walk, webhook
from integrations.providers.hostaway.client import HostawayClient
from integrations.providers.hostaway.tables import RESERVATION_EVENTS
from reservations.records import JsonObject

if TYPE_CHECKING:
    from integrations.http import ProviderSession

FORBIDDEN = 403

DECLARATION = Declaration(
    slug="hostaway",
    name="Hostaway",
    category=Category.CHANNEL_MANAGER,
    summary=_("Reads the bookings of all your listings from Hostaway and keeps its calendar up to date."),
    capabilities=frozenset(
        {
            Capability.READ,
            Capability.ISSUE_TOKEN,
            Capability.REVOKE_TOKEN,
            Capability.TEST_CONNECTION,
            Capability.DISCOVER,
            Capability.PULL_RESERVATIONS,
            Capability.FETCH_RESERVATIONS,
            Capability.LIST_DEPARTURES,
            Capability.RECEIVE_WEBHOOK,
            Capability.SUBSCRIBE_WEBHOOKS,
            Capability.UNSUBSCRIBE_WEBHOOKS,
            Capability.PUSH_OFFERS,
            Capability.READ_OFFERS,
        }
    ),
    credential_fields=(
        Field("account_id", _("Account id"), _("In Hostaway: Settings, Hostaway API.")),
        Field(
            "client_secret",
            _("API key"),
            _("Hostaway shows it once, when you create it. It is stored encrypted."),
            kind="password",
            secret=True,
        ),
    ),
    urls={"api": "https://api.hostaway.com/v1"},
    rate_limit=RateLimit(calls=20, period=timedelta(seconds=10)),
    # Counted per IP address, so for all accounts behind this installation together.
    shared_rate_limit=RateLimit(calls=15, period=timedelta(seconds=10)),
    account_field="account_id",
    account_once=True,
    webhook_login=True,
    poll_every=timedelta(hours=8),
    documentation_url="https://api.hostaway.com/documentation",
    events=RESERVATION_EVENTS,
)


class Hostaway:
    """The provider. Keeps nothing between calls."""

    declaration = DECLARATION

    # -- reading -------------------------------------------------------------------------------------------

    def read(self, body: bytes, context: ReadContext) -> ReadResult:
        """Neutral records of a page or an object, hints of a webhook; see
        :func:`integrations.providers.hostaway.reading.read`."""
        return reading.read(body, context)

    # -- access --------------------------------------------------------------------------------------------

    def issue_token(self, session: ProviderSession) -> Tokens:
        """An access token for the account id and the API key; it lives for months and may be used at once."""
        credentials = session.credentials
        return HostawayClient(session).issue_token(
            str(credentials.get("account_id", "")).strip(), str(credentials.get("client_secret", "")).strip()
        )

    def revoke_token(self, session: ProviderSession) -> None:
        """End the access token, which would live on for months."""
        HostawayClient(session).revoke_token(str(session.credentials.get("access_token") or ""))

    def test_connection(self, session: ProviderSession) -> None:
        """Return when the account may read its listings; it may have none yet."""
        HostawayClient(session).first_listing()

    # -- listings ------------------------------------------------------------------------------------------

    def discover(self, session: ProviderSession) -> Sequence[ExternalProperty]:
        """Every listing as a property with one room type, and the units of those that have several."""
        return discovery.properties(HostawayClient(session))

    # -- reservations --------------------------------------------------------------------------------------

    def pull_reservations(self, session: ProviderSession, window: PullWindow) -> Iterator[Page]:
        """The account's reservations, the latest change first; see
        :func:`integrations.providers.hostaway.walk.pull`."""
        yield from walk.pull(HostawayClient(session), window)

    def fetch_reservations(self, session: ProviderSession, hints: Sequence[Hint]) -> Iterator[Page]:
        """The present state of the named reservations, one call each; what is gone or out of the account's rights gives
        no page."""
        client = HostawayClient(session)
        wanted = {hint.external_id: hint for hint in hints if hint.kind == "reservation"}
        for number, hint in wanted.items():
            if not (number.isascii() and number.isdigit()):
                continue
            try:
                yield Page(client.reservation(number), 1, hint.property_ref)
            except Missing:
                continue
            except Rejected as refused:
                if refused.status != FORBIDDEN:
                    raise

    def list_departures(self, session: ProviderSession, first: date, last: date) -> Iterator[str]:
        """The numbers of all reservations that leave from ``first`` up to ``last`` (half-open); see
        :func:`integrations.providers.hostaway.walk.departures`."""
        yield from walk.departures(HostawayClient(session), first, last)

    # -- webhooks ------------------------------------------------------------------------------------------

    def receive_webhook(self, request: WebhookRequest) -> Delivery:
        """Check and name a delivery; see :func:`integrations.providers.hostaway.webhook.receive`."""
        return webhook.receive(request)

    def subscribe_webhooks(
        self, session: ProviderSession, application: Application, *, url: str
    ) -> JsonObject:
        """Have one enabled subscription with ``url`` and the connection's own user name and password."""
        number = subscriptions.subscribe(
            HostawayClient(session),
            url=url,
            login=str(session.credentials.get("webhook_login", "")),
            password=str(session.credentials.get("webhook_password", "")),
        )
        return {"id": number}

    def unsubscribe_webhooks(self, session: ProviderSession, application: Application, *, url: str) -> None:
        """Remove the subscriptions with ``url``, and only those."""
        subscriptions.unsubscribe(HostawayClient(session), url=url)

    # -- the calendar --------------------------------------------------------------------------------------

    def push_offers(self, session: ProviderSession, offers: Sequence[Offer]) -> Iterator[Receipt]:
        """Write units, prices and restrictions into the calendars of the listings; see
        :func:`integrations.providers.hostaway.selling.push`."""
        yield from selling.push(HostawayClient(session), _listings(session), offers)

    def read_offers(
        self, session: ProviderSession, property_ref: str, room_refs: Sequence[str], first: date, last: date
    ) -> Iterator[Offer]:
        """What the calendars of these listings say from ``first`` up to ``last`` (half-open)."""
        client, listings = HostawayClient(session), _listings(session)
        for ref in room_refs:
            yield from selling.read(client, ref, listings.get(ref), property_ref, first, last)


PROVIDER = Hostaway()


def _listings(session: ProviderSession) -> dict[str, selling.Listing]:
    return selling.listings_of(session.connection.catalogue if session.connection else {})
