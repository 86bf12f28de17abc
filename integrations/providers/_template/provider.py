"""Template PMS: what it is, what it can do, and one method for each of its capabilities."""

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
    WebhookRequest,
)
from integrations.errors import NeedsReconnect
from integrations.providers._template import mapping, selling, subscriptions, webhook
from integrations.providers._template.client import TemplateClient
from reservations.records import JsonObject

if TYPE_CHECKING:
    from integrations.http import ProviderSession

DECLARATION = Declaration(
    slug="_template",
    name="Template PMS",
    category=Category.PMS,
    summary=_("Reads your bookings and follows every change."),
    capabilities=frozenset(
        {
            Capability.READ,
            Capability.TEST_CONNECTION,
            Capability.DISCOVER,
            Capability.PULL_RESERVATIONS,
            Capability.FETCH_RESERVATIONS,
            Capability.RECEIVE_WEBHOOK,
            Capability.SUBSCRIBE_WEBHOOKS,
            Capability.UNSUBSCRIBE_WEBHOOKS,
            Capability.PUSH_OFFERS,
            Capability.READ_OFFERS,
        }
    ),
    credential_fields=(
        Field(
            "api_key",
            _("API key"),
            _("You find it in the settings of your account there."),
            kind="password",
            secret=True,
        ),
    ),
    urls={"api": "https://api.template.example.org/v1"},
    rate_limit=RateLimit(calls=60, period=timedelta(minutes=1)),
    push_by_month=True,
    poll_every=timedelta(minutes=15),
    documentation_url="https://developers.template.example.org/",
    events=mapping.EVENTS,
)


class TemplateProvider:
    """The provider. Keeps nothing between calls."""

    declaration = DECLARATION

    def read(self, body: bytes, context: ReadContext) -> ReadResult:
        """Neutral records of a webhook or a page; see ``mapping.read``."""
        return mapping.read(body, context)

    def test_connection(self, session: ProviderSession) -> None:
        """Return when the key opens at least one property."""
        if not TemplateClient(session).properties():
            raise NeedsReconnect("the key opens no property")

    def discover(self, session: ProviderSession) -> Sequence[ExternalProperty]:
        """Every property with its room types and rooms."""
        return [mapping.external_property(row) for row in TemplateClient(session).properties()]

    def pull_reservations(self, session: ProviderSession, window: PullWindow) -> Iterator[Page]:
        """Pages of every property in turn; a pull that goes on begins at ``first_page`` of the first one."""
        client = TemplateClient(session)
        first_page = window.first_page
        for place in window.property_refs:
            yield from client.bookings(place, changed_since=window.changed_since, first_page=first_page)
            first_page = 0

    def fetch_reservations(self, session: ProviderSession, hints: Sequence[Hint]) -> Iterator[Page]:
        """The present state of the named bookings; one that is gone is simply not there."""
        return TemplateClient(session).bookings_by_id([hint.external_id for hint in hints])

    def receive_webhook(self, request: WebhookRequest) -> Delivery:
        """Check and name a delivery; see ``webhook.receive``."""
        return webhook.receive(request)

    def subscribe_webhooks(
        self, session: ProviderSession, application: Application, *, url: str
    ) -> JsonObject:
        """Have exactly one subscription with ``url``; see ``subscriptions.subscribe``."""
        return {"id": subscriptions.subscribe(TemplateClient(session), url=url)}

    def unsubscribe_webhooks(self, session: ProviderSession, application: Application, *, url: str) -> None:
        """Remove the subscriptions with ``url``, and only those."""
        subscriptions.unsubscribe(TemplateClient(session), url=url)

    def push_offers(self, session: ProviderSession, offers: Sequence[Offer]) -> Iterator[Receipt]:
        """Write what is on sale into their calendar; see ``selling.push``."""
        return selling.push(TemplateClient(session), offers)

    def read_offers(
        self, session: ProviderSession, property_ref: str, room_refs: Sequence[str], first: date, last: date
    ) -> Iterator[Offer]:
        """What their calendar says from ``first`` up to ``last`` (half-open)."""
        return selling.read(TemplateClient(session), property_ref, room_refs, first, last)


PROVIDER = TemplateProvider()
