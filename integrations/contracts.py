"""What a provider declares and what each capability obliges it to do.

A provider is one folder under ``integrations/providers``. Its ``provider.py`` holds ``PROVIDER``, an object whose
:class:`Declaration` is pure data (gallery card, wizard forms, documentation table and contract tests are made from
it) and which has one method per declared :class:`Capability`, of the same name.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reservations.records import JsonObject, ReservationRecord

if TYPE_CHECKING:
    from integrations.http import ProviderSession

Text = str | Promise


class Capability(enum.StrEnum):
    """What a provider can do. The value is the name of the method it must then have."""

    READ = "read"  # pure: stored bytes -> neutral records
    AUTHORIZE = "authorize"  # OAuth 2: address of the consent page
    EXCHANGE_CODE = "exchange_code"  # OAuth 2: code -> tokens
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - OAuth 2: refresh token -> tokens
    TEST_CONNECTION = "test_connection"  # one cheap call that proves the credentials
    DISCOVER = "discover"  # properties, room types and rooms on the other side
    PULL_RESERVATIONS = "pull_reservations"  # pages of changed reservations
    FETCH_RESERVATIONS = "fetch_reservations"  # re-read named reservations
    RECEIVE_WEBHOOK = "receive_webhook"  # check and name a delivery
    SUBSCRIBE_WEBHOOKS = "subscribe_webhooks"  # make the other side call us
    UNSUBSCRIBE_WEBHOOKS = "unsubscribe_webhooks"  # make it stop


class Category(models.TextChoices):
    CHANNEL_MANAGER = "channel_manager", _("Channel manager")
    CHANNEL = "channel", _("Booking channel")
    PMS = "pms", _("Property management system")
    CRM = "crm", _("Customer relations")
    MESSAGING = "messaging", _("Messaging")
    FILE = "file", _("Files and feeds")
    CUSTOM = "custom", _("Your own systems")


#: When the same booking arrives from several sources, the lower number tells the truth.
SOURCE_RANK: Mapping[Category, int] = {
    Category.CHANNEL: 10,
    Category.CHANNEL_MANAGER: 20,
    Category.PMS: 30,
    Category.CUSTOM: 35,
    Category.FILE: 40,
}


class MessageKind(models.TextChoices):
    """How bytes reached us."""

    WEBHOOK = "webhook", _("Webhook")
    POLL = "poll", _("Poll")
    FETCH = "fetch", _("Fetched on a hint")
    FEED = "feed", _("Feed")
    FILE = "file", _("File")


@dataclass(frozen=True, slots=True)
class Field:
    """One input of the wizard. ``secret`` values are stored encrypted and never shown again."""

    name: str
    label: Text
    help: Text = ""
    kind: str = "text"  # text | password | url | integer | choice | boolean
    secret: bool = False
    required: bool = True
    default: Any = None
    choices: tuple[tuple[str, Text], ...] = ()
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most ``calls`` calls within ``period`` for one connection."""

    calls: int
    period: timedelta


@dataclass(frozen=True, slots=True)
class Declaration:
    """Everything shared code may know of a provider without asking what it is called."""

    slug: str
    name: str
    category: Category
    summary: Text
    capabilities: frozenset[Capability]
    #: Application credentials an operator provides once (an OAuth app's id and secret); environment variables
    #: ``<SLUG>_<FIELD>`` win over the stored row.
    application_fields: tuple[Field, ...] = ()
    #: Account credentials a hotel types in when connecting (none for OAuth providers).
    credential_fields: tuple[Field, ...] = ()
    settings_fields: tuple[Field, ...] = ()
    #: Hosts and base addresses by name; overridden by ``<SLUG>_<NAME>_URL`` (the sandbox in a demo).
    urls: Mapping[str, str] = field(default_factory=dict)
    rate_limit: RateLimit | None = None
    poll_every: timedelta = timedelta(minutes=15)
    #: One webhook address for the whole application (routed by property) instead of one per connection.
    application_webhook: bool = False
    #: Ready-made message that asks the provider for credentials; may use ``{redirect_url}``.
    credentials_request: Text = ""
    documentation_url: str = ""
    #: Webhook event types the reader understands; each needs a fixture.
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Application:
    """An operator's registration of Llavero at one provider. ``secret`` parts never print."""

    credentials: Mapping[str, str] = field(repr=False)
    urls: Mapping[str, str] = field(default_factory=dict)
    webhook_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a token endpoint answered; ``refresh_token`` is None when the old one stays valid."""

    access_token: str = field(repr=False)
    expires_at: datetime
    refresh_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ExternalRoom:
    """A room type or a physical room on the other side; ``parent_ref`` names a room's type."""

    ref: str
    name: str
    kind: str  # "room_type" | "room" | "rate" (sold as its parent room type at another price)
    parent_ref: str | None = None
    quantity: int | None = None
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class ExternalProperty:
    ref: str
    name: str
    timezone: str | None = None
    currency: str | None = None
    check_in: str | None = None  # "HH:MM"
    check_out: str | None = None
    city: str | None = None
    rooms: tuple[ExternalRoom, ...] = ()


def _nothing_known(external_ids: Sequence[str]) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class ReadContext:
    """What a pure reader may know beside the bytes.

    ``timezones`` and ``currencies`` come from discovery, by property reference; ``timezone``, ``currency``,
    ``amounts`` and ``profile`` are the options of ``manage.py inspect``.
    """

    kind: MessageKind = MessageKind.WEBHOOK
    headers: Mapping[str, str] = field(default_factory=dict)
    timezones: Mapping[str, str] = field(default_factory=dict)
    currencies: Mapping[str, str] = field(default_factory=dict)
    timezone: str | None = None
    currency: str | None = None
    amounts: str | None = None
    profile: str | None = None
    #: Asked once per payload with the external ids in it: which of them were read before, and the digest of the raw
    #: item then. A reader leaves out items whose digest is still the same.
    known: Callable[[Sequence[str]], Mapping[str, str]] = _nothing_known


@dataclass(frozen=True, slots=True)
class Hint:
    """A named object that must be fetched before anything is known."""

    kind: str
    external_id: str
    property_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    where: str
    message: str


@dataclass(slots=True)
class ReadResult:
    """What a payload became. ``digests`` holds the digest of each raw item by external id (see ReadContext.known)."""

    records: list[ReservationRecord] = field(default_factory=list)
    fetch: list[Hint] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a pull, as received.

    ``total`` is the expected number of items of its property in this pull, if told; ``number`` counts the pages of
    the property, so that a pull that was cut short can go on there.
    """

    body: bytes = field(repr=False)
    items: int
    property_ref: str | None = None
    total: int | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class PullWindow:
    """What to pull: everything changed since ``changed_since`` (UTC), or, when None, a first import.

    ``now`` is when the pull began, also when it goes on later: then the pages of the first of ``property_refs`` are
    wanted from ``first_page`` on.
    """

    property_refs: Sequence[str]
    changed_since: datetime | None
    now: datetime
    #: Local zone of each property, so that a provider whose filters are dates can widen them.
    timezones: Mapping[str, str] = field(default_factory=dict)
    first_page: int = 0


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    method: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a checked webhook turned out to be.

    ``dedupe_key`` is equal for deliveries of the same event in the same version. ``property_ref`` routes an
    application-wide address to a connection. ``probe`` marks an endpoint test: answer 200 and store nothing.
    """

    dedupe_key: str = ""
    event: str = ""
    property_ref: str | None = None
    external_id: str | None = None
    occurred_at: datetime | None = None
    probe: bool = False


class UnreadablePayload(ValueError):
    """The payload as a whole is not what it should be. The text is one plain sentence without guest data."""


class WebhookRefused(Exception):
    """A delivery that must not be stored; ``status`` is the 4xx to answer."""

    def __init__(self, sentence: str, *, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


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


class TestsConnections(Protocol):
    def test_connection(self, session: ProviderSession) -> None:
        """Return when the credentials work; else raise an :mod:`integrations.errors` error."""


class Discovers(Protocol):
    def discover(self, session: ProviderSession) -> Sequence[ExternalProperty]:
        """Every property the grant opens, with its room types and rooms."""


class PullsReservations(Protocol):
    def pull_reservations(self, session: ProviderSession, window: PullWindow) -> Iterator[Page]:
        """Raw pages, one after another; memory holds one page at a time."""


class FetchesReservations(Protocol):
    def fetch_reservations(self, session: ProviderSession, hints: Sequence[Hint]) -> Iterator[Page]:
        """Raw pages holding the present state of the named reservations."""


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
