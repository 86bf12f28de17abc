"""Octorate: what it is, what it can do, and one method for each of its capabilities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from oauthlib.common import add_params_to_uri
from oauthlib.oauth2 import WebApplicationClient

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
    UnreadablePayload,
    WebhookRequest,
)
from integrations.errors import (
    IntegrationError,
    Missing,
    NeedsReconnect,
    PropertyClosed,
    ProtocolBroken,
    Unreachable,
)
from integrations.payloads import load_json
from integrations.providers.octorate import discovery, reading, selling, webhook
from integrations.providers.octorate.answers import explain_exchange, explain_refresh
from integrations.providers.octorate.client import OctorateClient, client_fields, hints_by_property
from integrations.providers.octorate.searches import IMPORT_PAST_DAYS, search_of
from integrations.providers.octorate.tables import RESERVATION_EVENTS
from integrations.providers.octorate.values import (
    OddValue,
    instant,
    mapping_of,
    reference,
    text_of,
)
from reservations.records import JsonObject

if TYPE_CHECKING:
    from integrations.http import Answer, ProviderSession

DEFAULT_LIFE = timedelta(hours=1)
CLOCK_MARGIN = timedelta(seconds=30)
#: What two independent integrators were told; the contract of an application may differ.
RATE_LIMIT = RateLimit(calls=100, period=timedelta(minutes=5))

DECLARATION = Declaration(
    slug="octorate",
    name="Octorate",
    category=Category.CHANNEL_MANAGER,
    summary=_(
        "Reads the bookings of all your channels from Octorate within seconds, and tells it how many rooms are left "
        "and at what price."
    ),
    capabilities=frozenset(
        {
            Capability.READ,
            Capability.AUTHORIZE,
            Capability.EXCHANGE_CODE,
            Capability.REFRESH_TOKEN,
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
    application_fields=(
        Field("client_id", _("Client id"), _("Octorate sends it together with the secret.")),
        Field(
            "client_secret", _("Client secret"), _("It is stored encrypted."), kind="password", secret=True
        ),
    ),
    settings_fields=(
        Field(
            "import_past_days",
            _("Days back"),
            _("The first import also takes stays that ended up to this many days ago."),
            kind="integer",
            required=False,
            default=IMPORT_PAST_DAYS,
            minimum=0,
            maximum=365,
        ),
    ),
    urls={
        "authorize": "https://admin.octorate.com/octobook/identity/oauth.xhtml",
        "api": "https://api.octorate.com/connect",
    },
    rate_limit=RATE_LIMIT,
    application_webhook=True,
    credentials_request=_(
        "Subject: API credentials for our hotel (Octorate Connect)\n"
        "\n"
        "Dear Octorate team,\n"
        "\n"
        "we want to connect our hotel to Llavero, our software for reservations and housekeeping, through the "
        "Octorate Connect API. Please register an application for us and send us its client_id and client_secret.\n"
        "\n"
        "Application name: Llavero\n"
        "Redirect address (redirect_uri): {redirect_url}\n"
        "Permissions: read reservations, properties and rooms; read and write the calendar, that is availability, "
        "prices and restrictions (accommodation: READWRITE); webhook subscriptions for reservations\n"
        "\n"
        "Please add the redirect address to the list of allowed addresses, exactly as written.\n"
        "\n"
        "Thank you very much."
    ),
    documentation_url="https://api.octorate.com/connect/redocly.html",
    events=RESERVATION_EVENTS,
)


class Octorate:
    """The provider. Keeps nothing between calls."""

    declaration = DECLARATION

    # -- reading -------------------------------------------------------------------------------------------

    def read(self, body: bytes, context: ReadContext) -> ReadResult:
        """Neutral records of a webhook or a page; see :func:`integrations.providers.octorate.reading.read`."""
        return reading.read(body, context)

    # -- access --------------------------------------------------------------------------------------------

    def authorize(self, application: Application, *, state: str, redirect_uri: str) -> str:
        """The consent page's address. Octorate wants these three parameters and nothing more."""
        client_id = application.credentials.get("client_id", "")
        params = [("client_id", client_id), ("redirect_uri", redirect_uri), ("state", state)]
        return str(add_params_to_uri(application.urls["authorize"], params))

    def exchange_code(
        self, session: ProviderSession, application: Application, *, code: str, redirect_uri: str
    ) -> Tokens:
        """Tokens for a code, which lives for a minute or so and works once."""
        form = WebApplicationClient(application.credentials.get("client_id", ""))
        form.grant_type = "code"  # Octorate's own word for what the standard calls authorization_code
        body = form.prepare_request_body(
            code=code,
            redirect_uri=redirect_uri,
            client_secret=application.credentials.get("client_secret", ""),
        )
        before = timezone.now()
        answer = session.request(
            "POST",
            f"{_api(session)}/rest/v1/identity/token",
            data=dict(parse_qsl(body)),
            bearer=None,
            explain=explain_exchange,
        )
        tokens = _tokens(answer, before)
        if tokens.refresh_token is None:
            raise ProtocolBroken("the answer holds no refresh token")
        return tokens

    def refresh_token(
        self, session: ProviderSession, application: Application, *, refresh_token: str
    ) -> Tokens:
        """A fresh access token. The refresh token never ends and is not sent again, so asking twice is harmless."""
        before = timezone.now()
        answer = session.request(
            "POST",
            f"{_api(session)}/rest/v1/identity/refresh",
            data={**client_fields(application), "refresh_token": refresh_token},
            bearer=None,
            retry=True,
            explain=explain_refresh,
        )
        return _tokens(answer, before)

    def test_connection(self, session: ProviderSession) -> None:
        """Return when the grant opens at least one property."""
        if not OctorateClient(session).first_accommodations():
            raise NeedsReconnect("the grant opens no property")

    # -- properties and rooms ------------------------------------------------------------------------------

    def discover(self, session: ProviderSession) -> Sequence[ExternalProperty]:
        """Every property with its room types, the rates derived from them, and its physical rooms."""
        return discovery.properties(OctorateClient(session))

    # -- reservations --------------------------------------------------------------------------------------

    def pull_reservations(self, session: ProviderSession, window: PullWindow) -> Iterator[Page]:
        """Pages of every property in turn; ``total`` is the estimate for the page's own property.

        Properties that are refused or gone do not hide the others: they are told, in one :class:`PropertyClosed`, after
        the pages of those.
        """
        client = OctorateClient(session)
        # A booking that is cancelled meanwhile leaves a first import; it does not leave a search for changes.
        read = client.reservations_again if window.changed_since is None else client.reservations
        closed: dict[str, IntegrationError] = {}
        first_page = window.first_page
        for place in window.property_refs:
            search = search_of(session.settings, window, place)
            try:
                for page in read(place, search, first_page=first_page):
                    yield Page(page.body, len(page.ids), place, page.total, page.number)
            except (PropertyClosed, Missing) as refused:
                closed[place] = refused
            first_page = 0
        _tell_closed(closed)

    def fetch_reservations(self, session: ProviderSession, hints: Sequence[Hint]) -> Iterator[Page]:
        """The present state of the named reservations; what no longer exists gives no row.

        A hint that names no property is looked for in every property that the grant opens. Properties that are refused
        are told after the pages of the others.
        """
        client = OctorateClient(session)
        groups = dict(hints_by_property(hints))
        homeless = groups.pop(None, [])
        wanted = [(place, ids) for place, ids in groups.items() if place is not None]
        if homeless:
            wanted += [(_ref(row), homeless) for row in client.accommodations()]
        closed: dict[str, IntegrationError] = {}
        for place, ids in wanted:
            try:
                yield from client.reservations_by_id(place, ids)
            except PropertyClosed as refused:
                closed[place] = refused
        _tell_closed(closed)

    # -- what is on sale -----------------------------------------------------------------------------------

    def push_offers(self, session: ProviderSession, offers: Sequence[Offer]) -> Iterator[Receipt]:
        """Write the calendar; see :class:`integrations.providers.octorate.selling.Push`."""
        return selling.Push(OctorateClient(session), RATE_LIMIT).run(offers)

    def read_offers(
        self, session: ProviderSession, property_ref: str, room_refs: Sequence[str], first: date, last: date
    ) -> Iterator[Offer]:
        """Units of each room type and prices and restrictions of it and of its rates, for the nights [first, last)."""
        return selling.read(OctorateClient(session), property_ref, room_refs, first, last)

    # -- webhooks ------------------------------------------------------------------------------------------

    def receive_webhook(self, request: WebhookRequest) -> Delivery:
        """Check and name a delivery; see :func:`integrations.providers.octorate.webhook.receive`."""
        return webhook.receive(request)

    def subscribe_webhooks(
        self, session: ProviderSession, application: Application, *, url: str
    ) -> JsonObject:
        """Point each reservation event's one subscription at ``url``; changes nothing that is right already.

        Subscriptions belong to the application, not to a hotel, and the API allows one for each event.
        """
        client = OctorateClient(session)
        token = client.application_token(application)
        current = {row["type"]: row for row in client.subscriptions(token)}
        changed = False
        for event in RESERVATION_EVENTS:
            row = current.get(event)
            if row is None and client.subscribe(token, event, url):
                changed = True
                continue
            if row is None:
                row = next(row for row in client.subscriptions(token) if row["type"] == event)
            if row.get("endpoint") != url or row.get("enabled") is False:
                # GUESS: moving a disabled subscription to the address that it has switches it on again.
                client.move_subscription(token, _ref(row), url)
                changed = True
        if changed:
            current = {row["type"]: row for row in client.subscriptions(token)}
        if astray := [event for event in RESERVATION_EVENTS if current.get(event, {}).get("endpoint") != url]:
            raise ProtocolBroken(f"not subscribed after all: {', '.join(astray)}")
        return {"subscriptions": {event: _ref(current[event]) for event in RESERVATION_EVENTS}}

    def unsubscribe_webhooks(self, session: ProviderSession, application: Application, *, url: str) -> None:
        """Remove the subscriptions that point at ``url``, and only those."""
        client = OctorateClient(session)
        token = client.application_token(application)
        for row in client.subscriptions(token):
            if row.get("endpoint") == url:
                client.delete_subscription(token, _ref(row))


PROVIDER = Octorate()


# --- tokens ---------------------------------------------------------------------------------------------------


def _api(session: ProviderSession) -> str:
    return session.urls["api"].rstrip("/")


def _tokens(answer: Answer, before: datetime) -> Tokens:
    """The tokens of an answer of which any field but the access token may be missing."""
    try:
        body = mapping_of(load_json(answer.body))
    except UnreadablePayload:
        body = {}
    access = text_of(body.get("access_token"))
    if access is None:
        # The page of a proxy, or a server in trouble: the grant may well be alive.
        raise Unreachable("the answer holds no access token", status=answer.status)
    return Tokens(access, _expiry(body, before), text_of(body.get("refresh_token")))


def _expiry(body: Any, before: datetime) -> datetime:
    """When the token counts as over: a little before it is, counted from before it was asked for."""
    seconds = body.get("expires_in")
    if isinstance(seconds, str) and seconds.strip().isdecimal() and len(seconds) < 12:
        seconds = int(seconds)
    if isinstance(seconds, int | Decimal) and not isinstance(seconds, bool) and 0 < seconds < 10**9:
        life = timedelta(seconds=float(seconds))
    else:
        life = _life_until(body.get("expireDate"), before)
    return before + life - min(CLOCK_MARGIN, life / 10)


def _life_until(value: Any, before: datetime) -> timedelta:
    try:
        ends = instant(value, "expireDate")
    except OddValue:
        ends = None
    return ends - before if ends is not None and ends > before else DEFAULT_LIFE


def _tell_closed(closed: Mapping[str, IntegrationError]) -> None:
    """Raise :class:`PropertyClosed` for all of these, if any, in the words of the first."""
    for error in closed.values():
        raise PropertyClosed(error.detail, status=error.status, property_refs=tuple(closed))


def _ref(row: Any) -> str:
    return reference(row.get("id"), "id") or ""
