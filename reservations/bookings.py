"""Turns desired bookings into rows: reservations, guests and stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import models

from reservations.change_log import Cause, Written
from reservations.choices import HOLDING_STATUSES, RoomChoice, StayState, StayStatus
from reservations.desk_facts import with_desk_facts
from reservations.guests import GUEST_FIELDS, guest_values, new_guest
from reservations.merge import DesiredBooking, DesiredStay
from reservations.models import Guest, Reservation, Stay
from reservations.places import Place, Placer
from reservations.records import details_content
from reservations.split_stays import cut
from reservations.stay_pairs import pair

RESERVATION_FIELDS = (
    "property_id",
    "channel",
    "channel_ref",
    "status",
    "arrival",
    "departure",
    "total",
    "currency",
    "commission",
    "notes",
    "booked_at",
    "cancelled_at",
    "details",
)
STAY_FIELDS = (
    "property_id",
    "room_type_id",
    "room_id",
    "room_choice",
    "told_room_id",
    "rate_plan_id",
    "room_ref",
    "arrival",
    "departure",
    "status",
    "state",
    "adults",
    "children",
    "infants",
    "guest_name",
    "total",
    "booked_at",
    "unmapped",
    "details",
)
#: Changing one of these moves nights or cleaning.
_MOVES = frozenset(
    {"property_id", "room_type_id", "room_id", "rate_plan_id", "arrival", "departure", "status", "state"}
)


@dataclass(slots=True)
class Touched:
    """Stays whose nights must be written again, and where anything moved."""

    stays: list[tuple[Stay, DesiredStay]] = field(default_factory=list)
    dropped: list[Stay] = field(default_factory=list)
    old_ids: set[int] = field(default_factory=set)
    stay_ids: set[int] = field(default_factory=set)
    #: (connection, external property, room at the other side) of every written stay that nobody has mapped.
    unmapped: set[tuple[int, str, str]] = field(default_factory=set)
    room_ids: set[int] = field(default_factory=set)
    first: date = date.max
    last: date = date.min
    spans: set[tuple[int, date, date]] = field(default_factory=set)
    type_spans: set[tuple[int, date, date]] = field(default_factory=set)

    def span(self, stay: Stay) -> None:
        """Note where ``stay`` is now; called before and after it changes."""
        arrival, departure = stay.arrival, stay.departure
        if stay.room_id:
            self.room_ids.add(stay.room_id)
            self.spans.add((stay.room_id, arrival, departure))
        if stay.room_type_id:
            self.type_spans.add((stay.room_type_id, arrival, departure))
        self.first = min(self.first, arrival)
        self.last = max(self.last, departure)


class BookingWriter:
    """Collects desired bookings of one batch and writes each table in one statement."""

    def __init__(self, *, hotel_id: int, cause: Cause, place: Placer) -> None:
        self.hotel_id = hotel_id
        self.cause = cause
        self.place = place
        self.bookings: list[Written] = []
        self.forgotten: list[int] = []
        self._places: dict[int, list[Place]] = {}

    def add(self, reservation: Reservation, desired: DesiredBooking, *, renamed: bool = False) -> None:
        """Have ``reservation`` become ``desired``; ``renamed`` says that its key in memory is a new one."""
        self.bookings.append(Written(reservation, desired, reservation.pk is None, renamed))

    def forget(self, reservation_ids: Iterable[int]) -> None:
        """Bookings whose last source moved to another booking: their stays go, then they go."""
        self.forgotten.extend(reservation_ids)

    def write_bookings(self) -> None:
        new_guests: list[Guest] = []
        changed_guests: list[Guest] = []
        new: list[Reservation] = []
        changed: list[Reservation] = []
        for booking in self.bookings:
            reservation, desired = booking.reservation, booking.desired
            places = [self.place(s.connection_id, s.property_ref, s.record) for s in desired.stays]
            self._places[id(booking)] = places
            person = guest_values(desired.booker)
            guest = reservation.booker
            if guest is None:
                if any(person.values()):
                    reservation.booker = guest = new_guest(hotel_id=self.hotel_id, values=person)
                    new_guests.append(guest)
            else:
                booking.guest_old = _assign(guest, GUEST_FIELDS, person)
                if booking.guest_old:
                    changed_guests.append(guest)
            values = _reservation_values(desired, places)
            if booking.is_new:
                for name in RESERVATION_FIELDS:
                    setattr(reservation, name, values[name])
                reservation.created_at = reservation.changed_at = self.cause.at
                new.append(reservation)
            else:
                booking.old = _assign(reservation, RESERVATION_FIELDS, values)
                new_guest_came = guest is not None and guest.pk is None
                if booking.old or booking.guest_old or booking.renamed or new_guest_came:
                    reservation.changed_at = self.cause.at
                    changed.append(reservation)
        Guest.objects.bulk_create(new_guests)
        _update(Guest, changed_guests, GUEST_FIELDS)
        Reservation.objects.bulk_create(new)
        _update(
            Reservation,
            changed,
            ("property", "booking_key", "booker", "changed_at", *_columns(RESERVATION_FIELDS[1:])),
        )

    def write_stays(self) -> Touched:
        """Bring the stays of every booking to what is desired. Says whose nights must follow."""
        touched = Touched()
        known_ids = [b.reservation.pk for b in self.bookings if not b.is_new]
        present: dict[int, list[Stay]] = {}
        #: The further rooms of stays that are split, by their first part.
        parts: dict[int, list[Stay]] = {}
        if known_ids or self.forgotten:
            rows = Stay.objects.filter(reservation_id__in=known_ids + self.forgotten).order_by(
                "arrival", "pk"
            )
            for stay in rows.prefetch_related("nights"):
                if stay.part_of_id is None:
                    present.setdefault(stay.reservation_id, []).append(stay)
                else:
                    parts.setdefault(stay.part_of_id, []).append(stay)
        new: list[Stay] = []
        changed: list[Stay] = []
        dropped: list[Stay] = [s for pk in self.forgotten for s in present.get(pk, ())]
        dropped += [part for stay in dropped for part in parts.get(stay.pk, ())]
        for booking in self.bookings:
            old = present.get(booking.reservation.pk, []) if not booking.is_new else []
            places = self._places[id(booking)]
            pairs, gone = pair(old, parts, booking.desired, places)
            for stay in gone:
                booking.lines.append((None, {"room_dropped": [_label(stay), None]}))
            dropped.extend(gone)
            dropped.extend(part for stay in gone for part in parts.get(stay.pk, ()))
            for (found, desired), place in zip(pairs, places, strict=True):
                values = _stay_values(desired, place, booking.desired, found)
                if found is None:
                    stay = Stay(
                        hotel_id=self.hotel_id,
                        reservation_id=booking.reservation.pk,
                        external_key=desired.key,
                        **values,
                    )
                    new.append(stay)
                    touched.stays.append((stay, desired))
                    touched.span(stay)
                    if not booking.is_new:
                        booking.lines.append((stay, {"room_added": [None, _label(stay)]}))
                else:
                    stay = found
                    wanted, too_many = cut(stay, parts.get(stay.pk, ()), values)
                    dropped.extend(too_many)
                    for part, part_values in wanted:
                        if _become(part, desired, part_values, booking, touched, self.cause.at):
                            changed.append(part)
                if stay.unmapped:
                    touched.unmapped.add((desired.connection_id, desired.property_ref or "", stay.room_ref))
        for stay in dropped:
            touched.span(stay)
            touched.dropped.append(stay)
            stay.status = StayStatus.CANCELLED
            changed.append(stay)
        Stay.objects.bulk_create(new)
        _update(Stay, changed, ("external_key", "left_rooms", *_columns(STAY_FIELDS)))
        dropped_ids = {stay.pk for stay in dropped}
        touched.stay_ids = {stay.pk for stay, _ in touched.stays} | dropped_ids
        touched.old_ids |= dropped_ids
        return touched


def _become(
    stay: Stay,
    desired: DesiredStay,
    values: dict[str, Any],
    booking: Written,
    touched: Touched,
    now: datetime,
) -> bool:
    """Give a stay, or a part of one, what is desired; whether anything is different now."""
    before = copy(stay)
    moved_from = _assign(stay, STAY_FIELDS, values)
    if stay.part_of_id is None and stay.external_key != desired.key:
        moved_from["external_key"], stay.external_key = stay.external_key, desired.key
    if before.state == StayState.IN_HOUSE and before.room_id not in (None, stay.room_id):
        # The channel moved a guest who has slept there: the room is to be cleaned.
        stay.left_rooms = [*stay.left_rooms, [before.room_id, now.isoformat()]]
    if moved_from:
        booking.lines.append((stay, {n: [o, getattr(stay, n)] for n, o in moved_from.items()}))
    if _MOVES & moved_from.keys() or _prices_differ(stay, desired):
        touched.stays.append((stay, desired))
        touched.old_ids.add(stay.pk)
        touched.span(before)
        touched.span(stay)
    return bool(moved_from)


def _reservation_values(desired: DesiredBooking, places: Sequence[Place]) -> dict[str, Any]:
    return {
        "property_id": next((p.property_id for p in places if p.property_id), None),
        "channel": desired.channel[:40],
        "channel_ref": desired.channel_ref[:120],
        "status": str(desired.status),
        "arrival": desired.arrival,
        "departure": desired.departure,
        "total": desired.total,
        "currency": desired.currency[:3],
        "commission": desired.commission,
        "notes": desired.notes,
        "booked_at": desired.booked_at,
        "cancelled_at": desired.cancelled_at,
        "details": desired.details,
    }


def _stay_values(
    desired: DesiredStay, place: Place, booking: DesiredBooking, found: Stay | None
) -> dict[str, Any]:
    record = desired.record
    values = {
        "property_id": place.property_id,
        "room_type_id": place.room_type_id,
        **_room_values(place, found),
        "rate_plan_id": place.rate_plan_id,
        "room_ref": (record.room_ref or record.room_type_ref or "")[:120],
        "arrival": record.arrival,
        "departure": record.departure,
        "status": str(record.status),
        "state": str(record.stay_state or StayState.EXPECTED),
        "adults": record.adults,
        "children": record.children,
        "infants": record.infants,
        "guest_name": (record.guest_name or booking.booker.name or "")[:200],
        "total": record.total,
        "booked_at": desired.booked_at,
        "unmapped": not place.mapped and record.status in HOLDING_STATUSES,
        "details": details_content(record.details),
    }
    return values if found is None else with_desk_facts(found, values)


def _room_values(place: Place, found: Stay | None) -> dict[str, Any]:
    """The room that a stay starts from: the one that the sources name, unless somebody here decided after that."""
    told, nobody = place.room_id, str(RoomChoice.AUTOMATIC)
    if found is not None and told == found.told_room_id and place.room_type_id == found.room_type_id:
        return {"room_id": found.room_id, "room_choice": found.room_choice, "told_room_id": told}
    if told is not None:
        return {"room_id": told, "room_choice": str(place.room_choice), "told_room_id": told}
    moves_on = found is not None and place.room_type_id != found.room_type_id
    if found is None or (moves_on and found.state != StayState.IN_HOUSE):
        # Another type was sold: a room of the old one is not what the guest booked any more.
        return {"room_id": None, "room_choice": nobody, "told_room_id": None}
    # A room that was chosen on the board stays; one that only the source had named is withdrawn with it.
    chosen_here = found.room_choice == RoomChoice.PERSON and found.room_id != found.told_room_id
    choice = str(RoomChoice.PERSON) if chosen_here or moves_on else nobody
    return {"room_id": found.room_id, "room_choice": choice, "told_room_id": None}


def _assign(row: models.Model, names: Iterable[str], values: dict[str, Any]) -> dict[str, Any]:
    """Set what differs; returns the old values of what did."""
    old: dict[str, Any] = {}
    for name in names:
        before, after = getattr(row, name), values[name]
        if before != after:
            old[name] = before
            setattr(row, name, after)
    return old


def _columns(names: Iterable[str]) -> list[str]:
    return [name.removesuffix("_id") for name in names]


def _update(model: type[models.Model], rows: Sequence[models.Model], fields: Iterable[str]) -> None:
    """Write whole rows back in one statement (far cheaper than a CASE per row and column)."""
    if rows:
        model._default_manager.bulk_create(
            rows, update_conflicts=True, unique_fields=("id",), update_fields=list(fields)
        )


def _prices_differ(stay: Stay, desired: DesiredStay) -> bool:
    if desired.record.status not in HOLDING_STATUSES:
        return False
    held = {night.date: night.price for night in stay.nights.all()}
    return any(held.get(night.date) != night.amount for night in desired.record.nights if night.date in held)


def _label(stay: Stay) -> str:
    return f"{stay.arrival} – {stay.departure}" + (f" · {stay.room_ref}" if stay.room_ref else "")
