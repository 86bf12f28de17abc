"""Opens and closes conflicts as stays change: one for each stay that has no place in the house, or not the one it
needs. The stays alone say what a conflict is, so judging again changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q

from reservations.availability import availability_of_types
from reservations.choices import GUEST_STATUSES, ConflictEnd, ConflictKind
from reservations.conflict_causes import Sale, name_cause
from reservations.desk_source import DESK_CONNECTION
from reservations.events import ConflictsChanged, conflicts_changed
from reservations.evidence import gather, to_content
from reservations.models import Conflict, ReservationSource, Room, RoomClosure, Stay, StayNight

#: A guest without a bed is a conflict; a block that does not fit hurts nobody.
_GUESTS = [str(status) for status in GUEST_STATUSES]
#: So many rivals are kept with a conflict; a large type has more, and the first ones tell the story.
RIVALS_AT_MOST = 100


@dataclass(slots=True)
class _Trouble:
    """What is wrong with one stay, on which nights, and who holds what it needs."""

    stay: Stay
    kind: ConflictKind
    first: date
    last: date
    rivals: list[int] = field(default_factory=list)


def judge(
    *, hotel_id: int, stay_ids: Collection[int], now: datetime, user_id: int | None = None
) -> tuple[int, ...]:
    """Open, change and close the conflicts of these stays; the ids of those that were opened.

    The caller has locked the hotel and brought nights in line. ``user_id`` is the person whose change this is: what
    it ends was solved. A number of statements that does not grow with the stays, but for those that open conflicts.
    """
    suspects = list(_suspects(hotel_id, stay_ids))
    if not suspects:
        return ()
    present = {
        conflict.stay_id: conflict
        for conflict in Conflict.objects.filter(
            stay_id__in=[stay.pk for stay in suspects], closed_at__isnull=True
        )
    }
    troubles = _troubles(suspects, now)
    opened: list[Conflict] = []
    for trouble in troubles.values():
        conflict = present.get(trouble.stay.pk)
        if conflict is None:
            opened.append(_new(trouble, now))
        elif _differs(conflict, trouble):
            conflict.save(update_fields=["kind", "room", "room_type", "property", "first", "last", "rivals"])
    Conflict.objects.bulk_create(opened)
    closed = [conflict for pk, conflict in present.items() if pk not in troubles]
    by_pk = {stay.pk: stay for stay in suspects}
    for conflict in closed:
        conflict.closed_at, conflict.ended_by_id = now, user_id
        conflict.ended = _end(by_pk[conflict.stay_id], user_id)
    Conflict.objects.bulk_update(closed, ["closed_at", "ended", "ended_by"])
    ids = tuple(conflict.pk for conflict in opened)
    if opened or closed:
        change = ConflictsChanged(hotel_id, ids, tuple(conflict.pk for conflict in closed))
        conflicts_changed.send(sender=None, change=change)
    return ids


def close_departed(now: datetime) -> int:
    """End conflicts whose nights are over everywhere; how many. Once a day is enough."""
    over: date = (now - timedelta(days=1)).date()
    return Conflict.objects.filter(closed_at__isnull=True, stay__departure__lt=over).update(
        closed_at=now, ended=ConflictEnd.GONE
    )


def _suspects(hotel_id: int, stay_ids: Collection[int]) -> Iterable[Stay]:
    """Those of the stays that may have a conflict, or have one."""
    closed = RoomClosure.objects.filter(
        room_id=OuterRef("room_id"), first__lt=OuterRef("departure"), last__gt=OuterRef("arrival")
    )
    open_one = Conflict.objects.filter(stay_id=OuterRef("pk"), closed_at__isnull=True)
    stays = Stay.objects.filter(
        Q(overbooked=True)
        | Q(room__isnull=True, room_type__isnull=False)
        | Q(room__is_active=False)
        | Exists(closed)
        | Exists(open_one),
        hotel_id=hotel_id,
        pk__in=stay_ids,
    )
    return stays.select_related("property", "reservation").order_by("pk")


def _troubles(suspects: Sequence[Stay], now: datetime) -> dict[int, _Trouble]:
    coming = [
        stay
        for stay in suspects
        if stay.status in _GUESTS
        and stay.property is not None
        and stay.departure > now.astimezone(stay.property.zone).date()
    ]
    found: dict[int, _Trouble] = {}
    full = _full_nights([stay for stay in coming if stay.overbooked and stay.room_id is None])
    closures = _closures([stay for stay in coming if stay.room_id is not None and not stay.overbooked])
    holders = _holders([stay for stay in coming if stay.overbooked and stay.room_id is not None])
    with_rooms = _types_with_rooms([stay for stay in coming if stay.room_id is None])
    for stay in coming:
        kind, nights = _kind(stay, full, closures, holders, with_rooms)
        if kind is None:
            continue
        first, last = nights or (stay.arrival, stay.departure)
        found[stay.pk] = _Trouble(stay, kind, first, last)
    _name_rivals(found, holders)
    return found


Nights = tuple[date, date]


def _kind(
    stay: Stay,
    full: dict[int, Nights],
    closures: dict[int, Nights],
    holders: dict[int, list[tuple[int, date]]],
    with_rooms: set[int],
) -> tuple[ConflictKind | None, Nights | None]:
    if stay.overbooked and stay.room_id is not None:
        days = [day for _pk, day in holders.get(stay.pk, ())]
        return ConflictKind.ROOM_TAKEN, _span(days)
    if stay.overbooked:
        return ConflictKind.TYPE_FULL, full.get(stay.pk)
    if stay.room_id is None and stay.room_type_id in with_rooms and not stay.unmapped:
        return ConflictKind.NO_WHOLE_ROOM, None
    if stay.pk in closures:
        return ConflictKind.ROOM_CLOSED, closures[stay.pk]
    return None, None


def _span(days: Sequence[date]) -> Nights | None:
    """From the first of the days to the one after the last."""
    return (min(days), date.fromordinal(max(days).toordinal() + 1)) if days else None


def _full_nights(stays: Sequence[Stay]) -> dict[int, Nights]:
    """The nights on which more of the stay's type is sold than there is."""
    if not stays:
        return {}
    first, last = min(stay.arrival for stay in stays), max(stay.departure for stay in stays)
    kinds = {stay.room_type_id for stay in stays if stay.room_type_id}
    free = availability_of_types(kinds, first=first, last=last)
    found: dict[int, Nights] = {}
    for stay in stays:
        over = [
            night.date
            for night in free.get(stay.room_type_id or 0, ())
            if night.free < 0 and stay.arrival <= night.date < stay.departure
        ]
        if (span := _span(over)) is not None:
            found[stay.pk] = span
    return found


def _closures(stays: Sequence[Stay]) -> dict[int, Nights]:
    """The nights on which the stay's room is closed or out of use."""
    rooms = {stay.room_id for stay in stays if stay.room_id}
    spans: dict[int, list[Nights]] = {}
    for room_id, first, last in RoomClosure.objects.filter(room_id__in=rooms).values_list(
        "room_id", "first", "last"
    ):
        spans.setdefault(room_id, []).append((first, last))
    for room_id in Room.objects.filter(pk__in=rooms, is_active=False).values_list("pk", flat=True):
        spans.setdefault(room_id, []).append((date.min, date.max))
    found: dict[int, Nights] = {}
    for stay in stays:
        cut = [
            (max(first, stay.arrival), min(last, stay.departure))
            for first, last in spans.get(stay.room_id or 0, ())
            if first < stay.departure and last > stay.arrival
        ]
        if cut:
            found[stay.pk] = min(first for first, _ in cut), max(last for _, last in cut)
    return found


def _holders(stays: Sequence[Stay]) -> dict[int, list[tuple[int, date]]]:
    """Who holds the room that a stay wants, night by night."""
    found: dict[int, list[tuple[int, date]]] = {}
    if not stays:
        return found
    nights = StayNight.objects.filter(
        room_id__in={stay.room_id for stay in stays},
        overbooked=False,
        date__gte=min(stay.arrival for stay in stays),
        date__lt=max(stay.departure for stay in stays),
    ).values_list("room_id", "date", "stay_id")
    for room_id, day, holder in nights:
        for stay in stays:
            if stay.room_id == room_id and stay.arrival <= day < stay.departure and holder != stay.pk:
                found.setdefault(stay.pk, []).append((holder, day))
    return found


def _types_with_rooms(stays: Sequence[Stay]) -> set[int]:
    kinds = {stay.room_type_id for stay in stays if stay.room_type_id}
    if not kinds:
        return set()
    rooms = Room.objects.filter(room_type_id__in=kinds, is_active=True).order_by()
    return set(rooms.values_list("room_type_id", flat=True).distinct())


def _name_rivals(troubles: dict[int, _Trouble], holders: dict[int, list[tuple[int, date]]]) -> None:
    for trouble in troubles.values():
        if trouble.kind == ConflictKind.ROOM_TAKEN:
            trouble.rivals = sorted({pk for pk, _day in holders.get(trouble.stay.pk, ())})
    counted = [t for t in troubles.values() if t.kind in (ConflictKind.TYPE_FULL, ConflictKind.NO_WHOLE_ROOM)]
    if not counted:
        return
    kinds = {trouble.stay.room_type_id for trouble in counted}
    rows = Stay.objects.filter(
        Q(room__room_type_id__in=kinds) | Q(room_type_id__in=kinds, room__isnull=True),
        hotel_id=counted[0].stay.hotel_id,
        status__in=_GUESTS,
        arrival__lt=max(trouble.last for trouble in counted),
        departure__gt=min(trouble.first for trouble in counted),
    ).order_by(F("booked_at").desc(nulls_last=True), "pk")
    known = list(rows.values_list("pk", "room_type_id", "room__room_type_id", "arrival", "departure"))
    for trouble in counted:
        trouble.rivals = [
            pk
            for pk, sold, held, arrival, departure in known
            if (held or sold) == trouble.stay.room_type_id
            and pk != trouble.stay.pk
            and arrival < trouble.last
            and departure > trouble.first
        ][:RIVALS_AT_MOST]


def _differs(conflict: Conflict, trouble: _Trouble) -> bool:
    """Take over what is wrong now; whether that is something else than before."""
    values = {
        "kind": str(trouble.kind),
        "room_id": trouble.stay.room_id,
        "room_type_id": trouble.stay.room_type_id,
        "property_id": trouble.stay.property_id,
        "first": trouble.first,
        "last": trouble.last,
        "rivals": trouble.rivals,
    }
    old = {name: getattr(conflict, name) for name in values}
    for name, value in values.items():
        setattr(conflict, name, value)
    return old != values


def _new(trouble: _Trouble, now: datetime) -> Conflict:
    stay = trouble.stay
    evidence = (
        gather(stay.hotel_id, stay.room_type_id, stay.room_id, trouble.first, trouble.last)
        if stay.room_type_id
        else []
    )
    sale, rivals, cancelled = _sales(trouble)
    return Conflict(
        hotel_id=stay.hotel_id,
        stay=stay,
        property=stay.property,
        room_type_id=stay.room_type_id,
        room_id=stay.room_id,
        kind=str(trouble.kind),
        cause=str(
            name_cause(kind=trouble.kind, sale=sale, rivals=rivals, cancelled=cancelled, evidence=evidence)
        ),
        first=trouble.first,
        last=trouble.last,
        rivals=trouble.rivals,
        evidence=to_content(evidence),
        opened_at=now,
    )


def _sales(trouble: _Trouble) -> tuple[Sale, list[Sale], list[Sale]]:
    """The sale of the stay, those of its rivals, and those that were cancelled on the same nights."""
    stay = trouble.stay
    gone = Stay.objects.filter(
        hotel_id=stay.hotel_id,
        room_type_id=stay.room_type_id,
        status="cancelled",
        arrival__lt=trouble.last,
        departure__gt=trouble.first,
    )
    rows = Stay.objects.filter(Q(pk__in=[stay.pk, *trouble.rivals]) | Q(pk__in=gone.values("pk")))
    facts = list(
        rows.values_list(
            "pk", "reservation_id", "room_ref", "booked_at", "status", "reservation__cancelled_at"
        )
    )
    teller: dict[int, int] = {}
    sources = ReservationSource.objects.filter(reservation_id__in={fact[1] for fact in facts})
    for reservation_id, connection_id in sources.order_by("-rank", "-pk").values_list(
        "reservation_id", "connection_id"
    ):
        teller[reservation_id] = connection_id  # the best-ranked one comes last
    sales = {
        pk: Sale(
            connection_id=teller.get(reservation_id),
            product=room_ref,
            booked_at=booked_at,
            cancelled_at=cancelled_at if status == "cancelled" else None,
            at_the_desk=teller.get(reservation_id) == DESK_CONNECTION,
        )
        for pk, reservation_id, room_ref, booked_at, status, cancelled_at in facts
    }
    rivals = [sales[pk] for pk in trouble.rivals if pk in sales]
    others = {stay.pk, *trouble.rivals}
    return sales[stay.pk], rivals, [sale for pk, sale in sales.items() if pk not in others]


def _end(stay: Stay, user_id: int | None) -> str:
    if user_id is not None:
        return str(ConflictEnd.SOLVED)
    if stay.status in _GUESTS and stay.room_id is not None and not stay.overbooked:
        return str(ConflictEnd.MOVED)
    return str(ConflictEnd.GONE)
