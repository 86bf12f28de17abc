"""What the pages of integrations read. Every function takes a number of queries that does not grow with the rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils import timezone

from integrations.applications import application_for, missing_fields
from integrations.connections import HEALTH_ALERTS
from integrations.contracts import Capability, Category, Declaration, Field, MessageKind
from integrations.models import (
    Alert,
    Connection,
    ConnectionStatus,
    Exchange,
    InboxMessage,
    LogEntry,
    PropertyMapping,
    RoomMapping,
    SyncRun,
)
from integrations.registry import all_providers
from integrations.words import abilities
from reservations.models import Hotel, ReservationSource, Stay

#: Ciphertext and the catalogue are large, and lists need neither.
HEAVY = ("credentials", "webhook_token", "catalogue")

State = InboxMessage.State
WAITING = (State.RECEIVED, State.FAILED)

RUNS_SHOWN = 10
CALLS_SHOWN = 20
LOG_PAGE = 50
MESSAGES_PAGE = 50


@dataclass(frozen=True, slots=True)
class ConnectionCard:
    """One of the hotel's connections as the gallery shows it. ``lag`` is the age of the oldest unread message."""

    connection: Connection
    alerts: int
    waiting: int
    lag: timedelta | None
    missing_step: str


@dataclass(frozen=True, slots=True)
class ProviderCard:
    declaration: Declaration
    abilities: list[str]
    connected: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """The providers of one category."""

    label: str
    cards: list[ProviderCard]


def connection_cards(hotel: Hotel) -> list[ConnectionCard]:
    """The hotel's connections, those in trouble first. Four queries."""
    connections = list(Connection.objects.of(hotel).defer(*HEAVY))
    alerts = dict(
        Alert.objects.of(hotel)
        .filter(resolved_at=None, connection__isnull=False)
        .values_list("connection")
        .annotate(Count("pk"))
        .order_by()
    )
    unread = {
        pk: (count, oldest)
        for pk, count, oldest in InboxMessage.objects.of(hotel)
        .filter(state__in=WAITING)
        .values_list("connection")
        .annotate(Count("pk"), Min("received_at"))
        .order_by()
    }
    mapped = set(
        PropertyMapping.objects.of(hotel)
        .filter(property__isnull=False)
        .values_list("connection_id", flat=True)
    )
    now = timezone.now()
    cards = []
    for connection in connections:
        count, oldest = unread.get(connection.pk, (0, None))
        cards.append(
            ConnectionCard(
                connection,
                alerts.get(connection.pk, 0),
                count,
                now - oldest if oldest else None,
                missing_step(connection, mapped=connection.pk in mapped),
            )
        )
    trouble = (ConnectionStatus.NEEDS_REAUTH, ConnectionStatus.ERROR)
    return sorted(
        cards, key=lambda card: (card.connection.status not in trouble, card.connection.name.lower())
    )


def missing_step(connection: Connection, *, mapped: bool) -> str:
    """The step of the wizard that is still to be done: connect, rooms, import, or "" when nothing is missing."""
    if connection.status == ConnectionStatus.DISCONNECTED:
        return "connect"
    provider = all_providers().get(connection.provider)
    if provider is None or Capability.PULL_RESERVATIONS not in provider.declaration.capabilities:
        return ""
    if not mapped:
        return "rooms"
    # The first success of a run is the import, whoever started it; runs themselves are forgotten after a while.
    return "" if connection.last_success_at else "import"


def missing_step_of(connection: Connection) -> str:
    """:func:`missing_step` for one connection. One query."""
    mapped = PropertyMapping.objects.filter(connection=connection, property__isnull=False)
    return missing_step(connection, mapped=mapped.exists())


def shelves(cards: list[ConnectionCard]) -> list[Shelf]:
    """Every provider there is, by category in the order of the categories. No query."""
    providers = [provider.declaration for provider in all_providers().values()]
    connected: dict[str, int] = {}
    for card in cards:
        if card.connection.is_live or card.connection.status == ConnectionStatus.PAUSED:
            connected[card.connection.provider] = connected.get(card.connection.provider, 0) + 1
    found = []
    for category in Category:
        on_it = [
            ProviderCard(declaration, abilities(declaration.capabilities), connected.get(declaration.slug, 0))
            for declaration in providers
            if declaration.category == category
        ]
        if on_it:
            found.append(Shelf(str(category.label), on_it))
    return found


@dataclass(frozen=True, slots=True)
class RegistrationLine:
    """One application field: its value when it is given, never shown whole."""

    field: Field
    value: str
    given: bool


def registration(slug: str, declaration: Declaration) -> list[RegistrationLine]:
    """The operator's registration, field by field."""
    known = application_for(slug).credentials
    return [
        RegistrationLine(field, str(known.get(field.name, "")), bool(known.get(field.name)))
        for field in declaration.application_fields
    ]


def is_registered(slug: str) -> bool:
    return not missing_fields(slug)


# --- one connection -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """The numbers of a connection's page. ``lag``: since the last success; ``unread_for``: oldest waiting message."""

    reservations: int
    unmapped: int
    waiting: int
    failed: int
    unread_for: timedelta | None
    lag: timedelta | None
    last_webhook_at: datetime | None
    mapped_rooms: int
    rooms: int
    mapped_properties: int
    properties: int


def connection_facts(connection: Connection) -> ConnectionFacts:
    """Five queries."""
    unread = InboxMessage.objects.filter(connection=connection, state__in=(*WAITING, State.DEAD)).aggregate(
        waiting=Count("pk", filter=Q(state__in=WAITING)),
        failed=Count("pk", filter=Q(state=State.DEAD)),
        oldest=Min("received_at", filter=Q(state__in=WAITING)),
    )
    last_webhook = InboxMessage.objects.filter(connection=connection, kind=MessageKind.WEBHOOK).aggregate(
        at=Max("received_at")
    )["at"]
    settled = Q(room_type__isnull=False) | Q(room__isnull=False) | Q(ignored=True)
    used = PropertyMapping.objects.filter(connection=connection, property__isnull=False)
    rooms = RoomMapping.objects.filter(
        connection=connection, property_ref__in=used.values("external_ref")
    ).aggregate(all=Count("pk"), mapped=Count("pk", filter=settled))
    places = PropertyMapping.objects.filter(connection=connection).aggregate(
        all=Count("pk"), mapped=Count("pk", filter=Q(property__isnull=False))
    )
    now = timezone.now()
    return ConnectionFacts(
        reservations=ReservationSource.objects.filter(
            hotel_id=connection.hotel_id, connection_id=connection.pk
        ).aggregate(n=Count("reservation", distinct=True))["n"],
        unmapped=unmapped_stays(connection),
        waiting=unread["waiting"],
        failed=unread["failed"],
        unread_for=now - unread["oldest"] if unread["oldest"] else None,
        lag=now - connection.last_success_at if connection.last_success_at else None,
        last_webhook_at=last_webhook,
        mapped_rooms=rooms["mapped"],
        rooms=rooms["all"],
        mapped_properties=places["mapped"],
        properties=places["all"],
    )


def unmapped_stays(connection: Connection) -> int:
    """Stays of this connection's bookings that wait for a room to be mapped."""
    waiting = Stay.objects.filter(hotel_id=connection.hotel_id, unmapped=True)
    return waiting.filter(reservation__sources__connection_id=connection.pk).distinct().count()


def connection_state(connection: Connection) -> tuple[Any, ...]:
    """What changes whenever the connection's page would. Four queries by index."""
    messages = InboxMessage.objects.filter(connection=connection)
    run = connection.runs.values_list("pk", "state", "seen", "created", "changed", "failed").first()
    log = LogEntry.objects.filter(connection=connection).values_list("pk", flat=True).first()
    alerts = Alert.objects.filter(connection=connection, resolved_at=None).aggregate(
        Count("pk"), Max("last_at")
    )
    unread = messages.filter(state__in=(*WAITING, State.DEAD)).aggregate(Count("pk"), Max("pk"))
    return (
        connection.name,
        connection.status,
        connection.error_code,
        connection.last_success_at,
        connection.next_run_at,
        run,
        log,
        tuple(alerts.values()),
        tuple(unread.values()),
    )


def open_alerts(connection: Connection) -> list[Alert]:
    """The newest open alerts, without those that only repeat the trouble which the connection itself tells."""
    rows = Alert.objects.filter(connection=connection, resolved_at=None).select_related("connection")
    if connection.error_code:
        rows = rows.exclude(code__in=HEALTH_ALERTS)
    return list(rows[:20])


def recent_runs(connection: Connection) -> list[SyncRun]:
    return list(connection.runs.select_related("user")[:RUNS_SHOWN])


def recent_calls(connection: Connection) -> list[Exchange]:
    return list(Exchange.objects.filter(connection=connection)[:CALLS_SHOWN])


def log_lines(connection: Connection) -> QuerySet[LogEntry]:
    """Newest first."""
    return LogEntry.objects.filter(connection=connection)


def latest_import(connection: Connection) -> SyncRun | None:
    """The last first import or reading of bookings, whatever came of it."""
    return connection.runs.filter(kind__in=(SyncRun.Kind.IMPORT, SyncRun.Kind.PULL)).first()


def messages_of(connection: Connection, *, state: str = "") -> QuerySet[InboxMessage]:
    """Newest first, without the bodies."""
    rows = InboxMessage.objects.filter(connection=connection).defer("body")
    return rows.filter(state=state) if state else rows


def message_counts(connection: Connection) -> dict[str, int]:
    """How many messages are in each state."""
    return dict(
        InboxMessage.objects.filter(connection=connection)
        .values_list("state")
        .annotate(Count("pk"))
        .order_by()
    )
