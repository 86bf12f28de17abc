"""What goes to and fro between shared code and providers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from integrations.contracts.declaration import MessageKind
from reservations.records import ReservationRecord


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
    #: A room type that carries a price itself, beside or instead of its rates.
    priced: bool = False


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
    """One item that could not be read; ``external_id`` names it to the other side where it could be told."""

    where: str
    message: str
    external_id: str | None = None


@dataclass(slots=True)
class ReadResult:
    """What a payload became. ``digests`` holds the digest of each raw item by external id (see ReadContext.known);
    items that were left out because theirs is still the same are counted in ``unchanged`` and, where they must be
    acknowledged, named in ``unchanged_ids``."""

    records: list[ReservationRecord] = field(default_factory=list)
    fetch: list[Hint] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    unchanged: int = 0
    unchanged_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a pull, as received.

    ``total`` is the expected number of items of its property in this pull, if told; ``number`` counts the pages of
    the property, so that a pull that was cut short can go on there. ``key`` is equal for pages that say the same, where
    the other side repeats them until they are acknowledged. ``queue`` is the provider's own word for where to
    acknowledge the page; empty when there is nothing to acknowledge. ``lists_all`` says that the page names every
    booking of its property that is not over, and that everything else was read before it.
    """

    body: bytes = field(repr=False)
    items: int
    property_ref: str | None = None
    total: int | None = None
    number: int = 0
    key: str = ""
    queue: str = ""
    lists_all: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a page: the external ids that are safely stored, and the items that could not be read."""

    page: Page
    stored: tuple[str, ...]
    refused: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """What is to be on sale on one night (local date of the property).

    Without ``rate_ref`` it speaks of a room: ``units`` is the absolute number left to sell, never below 0. With
    ``rate_ref`` it speaks of a rate of that room: price (major units) and restrictions. ``None`` means: leave as is.
    A ``maximum_stay`` of 0 lifts a longest stay that was told before. With ``withdrawn``, the rate is ``closed``
    because a price that was told before was taken away here.
    """

    property_ref: str
    room_ref: str
    date: date
    rate_ref: str | None = None
    units: int | None = None
    price: Decimal | None = None
    currency: str | None = None
    minimum_stay: int | None = None
    maximum_stay: int | None = None
    closed: bool | None = None
    closed_to_arrival: bool | None = None
    closed_to_departure: bool | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """An offer that the other side did not take; ``message`` is its own sentence."""

    offer: Offer
    message: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one call answered for the offers it carried. ``request_id`` is the other side's number of the call."""

    accepted: tuple[Offer, ...]
    refused: tuple[Refusal, ...] = ()
    request_id: str = ""


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
    """``login`` and ``password`` are what the connection's deliveries must carry, see
    :attr:`Declaration.webhook_login`; empty where none were made. ``account`` is the value of the connection's
    :attr:`Declaration.account_field`."""

    method: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    login: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    account: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in the words of the other side's protocol."""

    body: bytes
    content_type: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a checked webhook turned out to be.

    ``dedupe_key`` is equal for deliveries of the same event in the same version. ``property_ref`` routes an
    application-wide address to a connection. ``probe`` marks an endpoint test: answer 200 and store nothing.
    ``wake`` marks a mere alarm: nothing is stored, a pull is started at once. ``reply`` is sent, once the delivery is
    stored, instead of the usual answer. ``hint`` says that the delivery only points at something that must be
    fetched, so that one which repeats an older one word by word is a reason to fetch again. ``body`` is stored
    instead of what came, where a protocol carries card data that must be cut out of its own structure first.
    """

    dedupe_key: str = ""
    event: str = ""
    property_ref: str | None = None
    external_id: str | None = None
    occurred_at: datetime | None = None
    probe: bool = False
    wake: bool = False
    reply: Reply | None = None
    hint: bool = False
    body: bytes | None = field(default=None, repr=False)


class UnreadablePayload(ValueError):
    """The payload as a whole is not what it should be. The text is one plain sentence without guest data."""


class WebhookRefused(Exception):
    """A delivery that must not be stored; ``status`` is the 4xx to answer, ``reply`` the whole answer if the
    protocol has words for it."""

    def __init__(self, sentence: str, *, status: int = 400, reply: Reply | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.reply = reply
