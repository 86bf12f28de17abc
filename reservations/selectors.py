"""What pages read of bookings. Every function uses a number of queries that does not grow with the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone

from reservations.choices import GUEST_STATUSES, StayStatus
from reservations.models import (
    Conflict,
    Guest,
    Hotel,
    LedgerEntry,
    Property,
    Reservation,
    ReservationChange,
    Stay,
    StayNight,
)

_GUESTS = [str(status) for status in GUEST_STATUSES]


def bookings_stamp(hotel: Hotel) -> str:
    """A text that becomes different whenever a booking of ``hotel`` is entered or changed, or gets a line in its
    account. Two cheap queries.

    It names the latest fifty changes, not only the last one: a batch that began earlier may be stored later.
    """
    last_line = Subquery(LedgerEntry.objects.of(hotel).order_by("-pk").values("pk")[:1])
    rows = Reservation.objects.of(hotel).order_by("-changed_at", "-pk")
    latest = rows.values_list("pk", "changed_at", last_line)[:50]
    told = ReservationChange.objects.of(hotel).order_by("-at").values_list("pk", flat=True)[:50]
    return f"{list(latest)}{list(told)}"


def channels_of(hotel: Hotel) -> list[str]:
    """Slugs of the channels in the latest 5,000 bookings of ``hotel``, unsorted: no reading of all bookings."""
    latest = Reservation.objects.of(hotel).order_by("-changed_at", "-pk").values("pk")[:5000]
    return list(
        Reservation.objects.filter(pk__in=latest).order_by().values_list("channel", flat=True).distinct()
    )


def reservations_matching(hotel: Hotel, wanted: Mapping[str, Any]) -> QuerySet[Reservation]:
    """Reservations of ``hotel`` as :attr:`reservations.filters.ReservationFilter.wanted` asks, in its order."""
    rows = Reservation.objects.of(hotel)
    if text := wanted.get("q"):
        rows = rows.filter(_found(hotel, text))
    if status := wanted.get("status"):
        rows = rows.filter(status=status)
    if channel := wanted.get("channel"):
        rows = rows.filter(channel=channel)
    if property_ := wanted.get("property"):
        rows = rows.filter(property=property_)
    if first := wanted.get("arrival_from"):
        rows = rows.filter(arrival__gte=first)
    if last := wanted.get("arrival_to"):
        rows = rows.filter(arrival__lte=last)
    if wanted.get("attention"):
        rows = rows.filter(_needs_attention(hotel))
    if wanted.get("sort") == "arrival":
        return rows.order_by("arrival", "pk")
    return rows.order_by("-changed_at", "-pk")


def with_stays(rows: QuerySet[Reservation]) -> QuerySet[Reservation]:
    """``rows`` with booker, property and stays (with room and type) at hand: two queries for any number."""
    stays = Stay.objects.select_related("room", "room_type").order_by("arrival", "pk")
    return rows.select_related("booker", "property").prefetch_related(Prefetch("stays", stays))


def reservation_with_everything(hotel: Hotel, pk: int) -> Reservation:
    """One reservation with booker, stays, nights, open conflicts, sources and history at hand: seven queries.

    Raises ``Reservation.DoesNotExist`` for a reservation that is not of ``hotel``.
    """
    nights = StayNight.objects.select_related("room", "room_type").order_by("date")
    conflicts = Conflict.objects.filter(closed_at__isnull=True).select_related("room", "room_type")
    stays = (
        Stay.objects.select_related("room", "room_type", "property")
        .prefetch_related(Prefetch("nights", nights), Prefetch("conflicts", conflicts))
        .order_by("arrival", "pk")
    )
    changes = ReservationChange.objects.select_related("user", "stay__room").order_by("-at", "-pk")
    return (
        Reservation.objects.of(hotel)
        .select_related("booker", "property")
        .prefetch_related(Prefetch("stays", stays), "sources", Prefetch("changes", changes))
        .get(pk=pk)
    )


@dataclass(frozen=True, slots=True)
class Attention:
    """How many coming stays need a person."""

    unmapped: int
    #: Guests who have no room, or not the one they need.
    conflicts: int


def attention_counts(hotel: Hotel) -> Attention:
    """Stays of ``hotel`` whose room nobody has mapped, and open conflicts. Two queries."""
    return Attention(
        unmapped=Stay.objects.of(hotel).filter(unmapped=True).count(),
        conflicts=Conflict.objects.of(hotel).filter(closed_at__isnull=True).count(),
    )


@dataclass(frozen=True, slots=True)
class Today:
    """Who comes, who goes and who stays, each by its property's own date. The lists are cut, the counts are not."""

    arrivals: list[Stay]
    departures: list[Stay]
    arrival_count: int
    departure_count: int
    in_house_count: int


def local_days(hotel: Hotel) -> dict[int, date]:
    """Today's date at each property of ``hotel``, by the property's id. One query."""
    now = timezone.now()
    return {house.pk: house.today(now) for house in Property.objects.of(hotel).order_by("pk")}


def today(hotel: Hotel, days: Mapping[int, date], *, length: int = 8) -> Today:
    """The stays of today for ``days`` as :func:`local_days` gives them: three queries.

    A stay whose property is not known yet follows the first property's date.
    """
    arrive, depart, sleep = _by_day(days)
    guests = Stay.objects.of(hotel).filter(status__in=_GUESTS)
    counts = guests.filter(_around(days)).aggregate(
        arrivals=Count("pk", filter=arrive),
        departures=Count("pk", filter=depart),
        sleeping=Count("pk", filter=sleep),
    )
    listed = guests.select_related("reservation__booker", "room", "room_type")
    return Today(
        arrivals=list(listed.filter(arrive).order_by("room__name", "pk")[:length]),
        departures=list(listed.filter(depart).order_by("room__name", "pk")[:length]),
        arrival_count=counts["arrivals"],
        departure_count=counts["departures"],
        in_house_count=counts["sleeping"],
    )


def _by_day(days: Mapping[int, date]) -> tuple[Q, Q, Q]:
    """Conditions for stays that arrive, leave, and sleep tonight, one alternative per date (three at most)."""
    houses: dict[date, list[int]] = {}
    for house, day in days.items():
        houses.setdefault(day, []).append(house)
    if not houses:
        houses[timezone.now().date()] = []
    arrive = depart = sleep = Q(pk__in=[])
    for position, (day, ids) in enumerate(houses.items()):
        here = Q(property_id__in=ids)
        if position == 0:
            here |= Q(property_id=None)
        arrive |= here & Q(arrival=day)
        depart |= here & Q(departure=day)
        sleep |= here & Q(arrival__lte=day, departure__gt=day)
    return arrive, depart, sleep


def _around(days: Mapping[int, date]) -> Q:
    """A plain range of dates that holds every stay of today, for the database to find them by."""
    all_days = set(days.values()) or {timezone.now().date()}
    return Q(departure__gte=min(all_days), arrival__lte=max(all_days))


def _found(hotel: Hotel, text: str) -> Q:
    """Guest name, e-mail, code at the channel, or a room's exact name. Guests first: no join over all bookings."""
    guests = Guest.objects.of(hotel).filter(Q(name__icontains=text) | Q(email__icontains=text))
    stays = Stay.objects.of(hotel).filter(Q(guest_name__icontains=text) | Q(room__name__iexact=text))
    return (
        Q(channel_ref__icontains=text)
        | Q(booker_id__in=guests.order_by().values("pk"))
        | Q(pk__in=stays.order_by().values("reservation_id"))
    )


def _needs_attention(hotel: Hotel) -> Q:
    stays = Stay.objects.of(hotel).order_by()
    return (
        Q(status=StayStatus.UNKNOWN)
        | Q(pk__in=stays.filter(unmapped=True).values("reservation_id"))
        | Q(pk__in=stays.filter(overbooked=True).values("reservation_id"))
    )


def nights_of_tape(stay: Stay) -> list[dict[str, Any]]:
    """One cell per night of ``stay``, from its prefetched nights; nights that are not held are in it without row.

    A cell has ``date``, ``room`` (or None), ``room_type``, ``price``, ``overbooked``, ``weekend`` and ``held``.
    """
    held = {night.date: night for night in stay.nights.all()}
    cells = []
    for offset in range(min((stay.departure - stay.arrival).days, 400)):
        day = stay.arrival + timedelta(days=offset)
        night = held.get(day)
        cells.append(
            {
                "date": day,
                "held": night is not None,
                "room": night.room if night else None,
                "room_type": night.room_type if night else None,
                "price": night.price if night else None,
                "overbooked": night.overbooked if night else False,
                "weekend": day.weekday() in (4, 5),
            }
        )
    return cells
