"""What a provider says of itself: pure data, from which cards, forms, tables and checks are made."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
    LIST_DEPARTURES = "list_departures"  # name what is there, so that what was deleted is noticed
    RECEIVE_WEBHOOK = "receive_webhook"  # check and name a delivery
    SUBSCRIBE_WEBHOOKS = "subscribe_webhooks"  # make the other side call us
    UNSUBSCRIBE_WEBHOOKS = "unsubscribe_webhooks"  # make it stop
    ISSUE_TOKEN = "issue_token"  # noqa: S105 - typed-in credentials -> access token, no person needed
    REVOKE_TOKEN = "revoke_token"  # noqa: S105 - end the access token when a person disconnects
    ACKNOWLEDGE = "acknowledge"  # tell the other side which bookings of a page are safely stored
    PUSH_OFFERS = "push_offers"  # send what is on sale: rooms left, prices, restrictions
    READ_OFFERS = "read_offers"  # read back what the other side sells


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
    #: A budget that all connections of the provider spend together (a limit per IP address).
    shared_rate_limit: RateLimit | None = None
    #: How many access tokens one account may ask for, where the provider counts them.
    token_limit: RateLimit | None = None
    #: The credential field that names the account at the other side; connections of one account share its token.
    account_field: str = ""
    #: Whether an account may be connected once only, because its deliveries can go to one connection only.
    account_once: bool = False
    #: Whether a person is told when no booking could be read for this long.
    silence_limit: timedelta | None = None
    #: Whether its webhooks carry a user name and password (HTTP Basic) that we make up for each connection.
    webhook_login: bool = False
    #: Where an answer's body ends with the other side's number of the call: one group, searched in the last bytes.
    request_id_pattern: bytes = b""
    #: Whether one call with what is on sale carries one calendar month only.
    push_by_month: bool = False
    poll_every: timedelta = timedelta(minutes=15)
    #: One webhook address for the whole application (routed by property) instead of one per connection.
    application_webhook: bool = False
    #: Ready-made message that asks the provider for credentials; may use ``{redirect_url}``.
    credentials_request: Text = ""
    documentation_url: str = ""
    #: Webhook event types the reader understands; each needs a fixture.
    events: tuple[str, ...] = ()
