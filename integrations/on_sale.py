"""What a connection sells, night by night: some weeks of its rooms and rates, and all about one night.

The numbers shown are ours as they are now; the state of a night says whether the other side took them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from django.utils import timezone

from integrations import on_sale_words as words
from integrations.desired import desired_offers
from integrations.held_nights import is_closed_there
from integrations.models import AvailabilityState, Connection, PropertyMapping, RateMapping, RoomMapping
from integrations.offers import values_of
from integrations.outbox import ahead, sellable_rooms
from reservations.rate_grid import Day
from reservations.room_claims import natural_order
from reservations.wording import date_text

State = AvailabilityState.State

#: Nights on one page.
NIGHTS_SHOWN = 31
#: Rows of rooms and rates on one page; a room and its rates are kept together.
PAGE_ROWS = 60
_SETTLED = (State.ACCEPTED, State.READ_BACK)

Values = Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class NightCell:
    """One night of a row. ``state`` is empty where nothing is to be said, ``pk`` None where nothing was ever sent."""

    day: Day
    pk: int | None
    text: str
    cents: str
    signs: str
    closed: bool
    state: str
    sign: str
    title: str


@dataclass(frozen=True, slots=True)
class SaleRow:
    """A room or a rate of the other side: its name there, and what of ours it sells."""

    name: str
    ours: str
    nights: Sequence[NightCell]


@dataclass(frozen=True, slots=True)
class SaleBlock:
    """A room of the other side with its rates; ``place`` names its property where a new one begins."""

    place: str
    room: SaleRow
    rates: Sequence[SaleRow]


@dataclass(frozen=True, slots=True)
class SaleGrid:
    days: Sequence[Day]
    blocks: Sequence[SaleBlock]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class NightFacts:
    """All about one night of a room or rate; values are in words, empty where there is none."""

    row: AvailabilityState
    room: str
    rate: str
    state: str
    label: str
    tone: str
    here: str
    sent: str
    accepted: str
    read: str
    is_held: bool


def latest_start(today: date) -> date:
    """The last night from which a page can begin: those after it are not kept up to date yet."""
    return today + ahead() - timedelta(days=NIGHTS_SHOWN)


def sale_grid(connection: Connection, *, first: date, page: int = 1) -> SaleGrid:
    """:data:`NIGHTS_SHOWN` nights from ``first`` on, one page of rooms. The number of queries does not grow with
    rooms, rates or nights."""
    today = timezone.localdate()
    days = [_day(first + timedelta(days=n), today) for n in range(NIGHTS_SHOWN)]
    places = dict(
        PropertyMapping.objects.filter(connection=connection).values_list("external_ref", "external_name")
    )
    rooms = sorted(
        sellable_rooms(connection.hotel_id)
        .filter(connection=connection)
        .select_related("room_type", "room__room_type"),
        key=lambda room: (
            places.get(room.property_ref, ""),
            room.property_ref,
            natural_order(room.external_name),
            room.pk,
        ),
    )
    rates = _rates_by_room(connection)
    shown, page, pages = _cut(rooms, rates, page)
    states = _states(shown, days)
    cells = _cell_maker(states)
    blocks: list[SaleBlock] = []
    last_place = ""
    for room in shown:
        place = room.property_ref if len({other.property_ref for other in rooms}) > 1 else ""
        blocks.append(
            SaleBlock(
                (places.get(place) or place) if place != last_place else "",
                SaleRow(str(room), str(room.room or room.room_type), cells(room.pk, None, days)),
                [
                    SaleRow(str(rate), str(rate.rate_plan), cells(room.pk, rate.pk, days))
                    for rate in rates.get((room.property_ref, room.external_ref), ())
                ],
            )
        )
        last_place = place
    return SaleGrid(days, blocks, page, pages)


def night_facts(connection: Connection, pk: int) -> NightFacts | None:
    """One night of the connection; None when it has no such night."""
    row = (
        AvailabilityState.objects.filter(connection=connection, pk=pk)
        .select_related("room_mapping", "rate_mapping")
        .first()
    )
    if row is None:
        return None
    offer = desired_offers([row])[row.pk]
    here = values_of(offer) if offer else {}
    state = _state_of(row, here)
    return NightFacts(
        row=row,
        room=str(row.room_mapping),
        rate=str(row.rate_mapping) if row.rate_mapping else "",
        state=state,
        label=str(words.state_label(state)) if state else "",
        tone=words.TONES.get(state, "quiet"),
        here=words.values_text(here) if here else words.no_price(),
        sent=words.values_text(row.value) if row.value else "",
        accepted=words.values_text(row.accepted) if row.accepted else "",
        read=words.values_text(row.read_value) if row.read_value else "",
        is_held=row.state == State.DRIFTED and is_closed_there(row),
    )


def _day(day: date, today: date) -> Day:
    return Day(day, day == today, day < today, day.weekday() in (4, 5))


def _rates_by_room(connection: Connection) -> dict[tuple[str, str], list[RateMapping]]:
    found: dict[tuple[str, str], list[RateMapping]] = {}
    rows = RateMapping.objects.filter(connection=connection, rate_plan__isnull=False)
    for rate in rows.select_related("rate_plan").order_by("external_name", "pk"):
        found.setdefault((rate.property_ref, rate.room_ref), []).append(rate)
    return found


def _cut(
    rooms: Sequence[RoomMapping], rates: Mapping[tuple[str, str], Sequence[RateMapping]], wanted: int
) -> tuple[list[RoomMapping], int, int]:
    pages: list[list[RoomMapping]] = [[]]
    size = 0
    for room in rooms:
        rows = 1 + len(rates.get((room.property_ref, room.external_ref), ()))
        if size and size + rows > PAGE_ROWS:
            pages.append([])
            size = 0
        pages[-1].append(room)
        size += rows
    number = min(max(wanted, 1), len(pages))
    return pages[number - 1], number, len(pages)


def _states(rooms: Iterable[RoomMapping], days: Sequence[Day]) -> list[AvailabilityState]:
    return list(
        AvailabilityState.objects.filter(
            room_mapping_id__in=[room.pk for room in rooms],
            date__gte=days[0].date,
            date__lte=days[-1].date,
        )
    )


def _cell_maker(
    states: Sequence[AvailabilityState],
) -> Callable[[int, int | None, Sequence[Day]], list[NightCell]]:
    """A function from room, rate and days to the row's cells; equal values are put into words once."""
    offers = desired_offers(states)
    by_place = {(row.room_mapping_id, row.rate_mapping_id, row.date): row for row in states}
    label = cache(lambda state: str(words.state_label(state)))
    texts = cache(lambda said: (words.short_values(dict(said)), words.values_text(dict(said))))
    dates = cache(date_text)

    def cell(day: Day, row: AvailabilityState | None) -> NightCell:
        if row is None:
            return NightCell(day, None, "·", "", "", False, "", "", words.nothing_sent())
        offer = offers[row.pk]
        here = values_of(offer) if offer else {}
        state = _state_of(row, here)
        (text, cents, signs), said = texts(tuple(here.items())) if here else (("·", "", ""), words.no_price())
        title = " · ".join(part for part in (dates(day.date), said, label(state) if state else "") if part)
        closed = bool(here.get("closed"))
        return NightCell(day, row.pk, text, cents, signs, closed, state, words.SIGNS.get(state, ""), title)

    def cells(room: int, rate: int | None, days: Sequence[Day]) -> list[NightCell]:
        return [cell(day, by_place.get((room, rate, day.date))) for day in days]

    return cells


def _state_of(row: AvailabilityState, here: Values) -> str:
    """The night's state; held where it counts as settled though we would say something else now."""
    if row.state not in _SETTLED:
        return row.state
    if here == row.accepted:
        return row.state if here else ""
    return words.HELD
