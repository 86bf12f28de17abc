"""What the hotel can sell for a stay: every room type with its free rooms, and every rate with its price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reservations.availability import NightAvailability, availability_of_types
from reservations.free_rooms import obstacles
from reservations.models import Property, RatePlan, Room, RoomType, Stay, StayNight
from reservations.rate_cells import NOTHING_SAID, ONE_DAY, Cell, NightTerms, StoredNight, read_nights
from reservations.room_claims import natural_order
from reservations.wording import short_date_text

#: Nights that an obstacle names before it says "and others".
NAMED = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What a guest wants at one property. Dates are the property's, half-open."""

    house: Property
    arrival: date
    departure: date
    adults: int = 2
    children: int = 0

    @property
    def guests(self) -> int:
        return self.adults + self.children

    @property
    def nights(self) -> list[date]:
        return [self.arrival + timedelta(days=n) for n in range((self.departure - self.arrival).days)]


@dataclass(frozen=True, slots=True)
class RateOffer:
    """One rate plan for the whole stay; ``obstacles`` are sentences why it cannot be sold by its own rules."""

    plan: RatePlan
    prices: Mapping[date, Decimal]
    total: Decimal | None
    obstacles: Sequence[str]

    @property
    def is_for_sale(self) -> bool:
        return self.total is not None and not self.obstacles


@dataclass(frozen=True, slots=True)
class TypeOffer:
    """One room type for the whole stay: ``free`` rooms on its fullest night, never below zero."""

    kind: RoomType
    free: int
    rooms: int
    obstacles: Sequence[str]
    rates: Sequence[RateOffer]

    @property
    def has_room(self) -> bool:
        return self.free > 0

    @property
    def is_for_sale(self) -> bool:
        return not self.obstacles and any(rate.is_for_sale for rate in self.rates)

    @property
    def cheapest(self) -> Decimal | None:
        """The lowest price of a rate that may be sold."""
        return min(
            (rate.total for rate in self.rates if rate.total is not None and rate.is_for_sale), default=None
        )

    def rate(self, plan_id: int | None) -> RateOffer | None:
        return next((rate for rate in self.rates if rate.plan.pk == plan_id), None)


def search(asked: Asked, *, without: Stay | None = None) -> list[TypeOffer]:
    """Every room type of the property: those that can be sold first, the cheapest first among them.

    ``without`` is a stay whose own nights count as free, because it is being changed. Four statements, and those of
    :func:`~reservations.availability.availability_of_types`.
    """
    kinds = list(RoomType.objects.filter(property=asked.house).order_by("name", "pk"))
    plans = list(
        RatePlan.objects.filter(property=asked.house, is_active=True).order_by("position", "name", "pk")
    )
    kind_ids = [kind.pk for kind in kinds]
    free = availability_of_types(kind_ids, first=asked.arrival, last=asked.departure)
    own = _own_nights(without)
    rates = read_nights(
        rate_plan_ids=[plan.pk for plan in plans],
        room_type_ids=kind_ids,
        first=asked.arrival,
        last=asked.departure + ONE_DAY,
    )
    offers = [_type_offer(asked, kind, free[kind.pk], own, plans, rates) for kind in kinds]
    return sorted(offers, key=_best_first)


def free_rooms(kind: RoomType, arrival: date, departure: date) -> list[Room]:
    """The rooms of a type that nobody holds on any night of the stay, by their names. Four statements."""
    rooms = list(Room.objects.filter(room_type=kind, is_active=True))
    held = obstacles(
        hotel_id=kind.hotel_id, room_ids=[room.pk for room in rooms], first=arrival, last=departure
    )
    free = [room for room in rooms if room.pk not in held]
    return sorted(free, key=lambda room: (natural_order(room.name), room.pk))


def _type_offer(
    asked: Asked,
    kind: RoomType,
    nights: Sequence[NightAvailability],
    own: set[tuple[int, date]],
    plans: Sequence[RatePlan],
    rates: Mapping[Cell, StoredNight],
) -> TypeOffer:
    left = {night.date: night.free + ((kind.pk, night.date) in own) for night in nights}
    rooms = max((night.rooms for night in nights), default=0)
    found = []
    if asked.guests > kind.capacity:
        found.append(
            ngettext("for %(count)s guest at most", "for %(count)s guests at most", kind.capacity)
            % {"count": kind.capacity}
        )
    if not rooms:
        found.append(_("this type has no rooms"))
    elif full := [day for day, count in left.items() if count <= 0]:
        found.append(_("full on %(nights)s") % {"nights": _named(full)})
    return TypeOffer(
        kind,
        max(0, min(left.values(), default=0)),
        rooms,
        found,
        [_rate_offer(asked, plan, kind, rates) for plan in plans],
    )


def _rate_offer(asked: Asked, plan: RatePlan, kind: RoomType, rates: Mapping[Cell, StoredNight]) -> RateOffer:
    def terms(day: date) -> NightTerms:
        stored = rates.get(Cell(plan.pk, kind.pk, day))
        return stored.terms if stored else NOTHING_SAID

    nights = {day: terms(day) for day in asked.nights}
    prices = {day: night.price for day, night in nights.items() if night.price is not None}
    total = sum(prices.values(), Decimal(0)) if len(prices) == len(nights) else None
    return RateOffer(plan, prices, total, _rules(asked, nights, terms(asked.departure)))


def _rules(asked: Asked, nights: Mapping[date, NightTerms], on_departure: NightTerms) -> list[str]:
    """Why the rules of a rate forbid the stay. How long a stay may be is said by the night of the arrival."""
    found = []
    length, arrival = len(nights), nights[asked.arrival]
    if closed := [day for day, night in nights.items() if night.closed]:
        found.append(_("closed on %(nights)s") % {"nights": _named(closed)})
    if arrival.closed_to_arrival:
        found.append(_("no arrival on %(day)s") % {"day": short_date_text(asked.arrival)})
    if on_departure.closed_to_departure:
        found.append(_("no departure on %(day)s") % {"day": short_date_text(asked.departure)})
    if arrival.minimum_stay and length < arrival.minimum_stay:
        found.append(
            ngettext("at least %(count)s night", "at least %(count)s nights", arrival.minimum_stay)
            % {"count": arrival.minimum_stay}
        )
    if arrival.maximum_stay and length > arrival.maximum_stay:
        found.append(
            ngettext("at most %(count)s night", "at most %(count)s nights", arrival.maximum_stay)
            % {"count": arrival.maximum_stay}
        )
    if without_price := [day for day, night in nights.items() if night.price is None]:
        found.append(_("no price on %(nights)s") % {"nights": _named(without_price)})
    return found


def _named(days: Sequence[date]) -> str:
    """Text such as "12 Mar, 13 Mar, 14 Mar and 4 more nights"."""
    text = ", ".join(short_date_text(day) for day in days[:NAMED])
    more = len(days) - NAMED
    if more <= 0:
        return text
    return ngettext("%(nights)s and %(count)s more night", "%(nights)s and %(count)s more nights", more) % {
        "nights": text,
        "count": more,
    }


def _own_nights(stay: Stay | None) -> set[tuple[int, date]]:
    """(room type, night) that a stay and its further parts hold now."""
    if stay is None:
        return set()
    rows = StayNight.objects.filter(stay_id=stay.pk) | StayNight.objects.filter(stay__part_of_id=stay.pk)
    return {
        (of_room or sold, day)
        for of_room, sold, day in rows.values_list("room__room_type_id", "room_type_id", "date")
    }


def _best_first(offer: TypeOffer) -> tuple[bool, bool, Decimal, int, str]:
    price = offer.cheapest
    fits = not offer.obstacles
    return (
        not (fits and price is not None),
        not fits,
        price or Decimal(0),
        -offer.kind.capacity,
        offer.kind.name,
    )
