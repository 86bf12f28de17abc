"""Who or what keeps a stay out of a room: other stays and closures, and guests who have not left yet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Q
from django.utils.translation import gettext as _

from reservations.choices import GUEST_STATUSES, DeskState, StayState
from reservations.linked_rooms import families
from reservations.models import RoomClosure, Stay, StayNight
from reservations.stay_layout import guest_of
from reservations.wording import span_text

#: Guests who should have left longer ago than this are not looked for.
LONGEST_OVERSTAY = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A stay (``stay_id``) or a closure (None) that has a room, or one that is sold together with it, until
    ``last`` (half-open)."""

    stay_id: int | None
    guest: str
    first: date
    last: date

    @property
    def sentence(self) -> str:
        """Text such as "Mara Quill has it, 10–12 Jun 2031"."""
        words = {"guest": self.guest, "dates": span_text(self.first, self.last)}
        if self.stay_id is None:
            return _("it is closed, %(dates)s") % words
        return _("%(guest)s has it, %(dates)s") % words


def obstacles(
    *, hotel_id: int, room_ids: Collection[int], first: date, last: date, without: Collection[int] = ()
) -> dict[int, list[Obstacle]]:
    """What stands in the way of a stay from ``first`` to ``last`` (half-open), by room; free rooms are left out.

    Stays in ``without`` do not count. Three queries.
    """
    known = families(hotel_id)
    doors = {pk: {pk, *known.relatives(pk)} for pk in room_ids}
    all_doors = set[int]().union(*doors.values())
    held: dict[int, dict[Obstacle, None]] = {}
    nights = StayNight.objects.filter(
        room_id__in=all_doors, date__gte=first, date__lt=last, overbooked=False
    ).exclude(stay_id__in=without)
    for room_id, stay_id, name, booker, arrival, departure in (
        nights.order_by("stay__arrival", "stay_id")
        .values_list(
            "room_id",
            "stay_id",
            "stay__guest_name",
            "stay__reservation__booker__name",
            "stay__arrival",
            "stay__departure",
        )
        .distinct()
    ):
        guest = name or booker or _("Guest without a name")
        held.setdefault(room_id, {})[Obstacle(stay_id, guest, arrival, departure)] = None
    closures = RoomClosure.objects.filter(room_id__in=all_doors, first__lt=last, last__gt=first)
    for room_id, begins, ends in closures.values_list("room_id", "first", "last"):
        held.setdefault(room_id, {})[Obstacle(None, "", begins, ends)] = None
    found = {pk: [one for door in doors[pk] for one in held.get(door, ())] for pk in doors}
    return {pk: standing for pk, standing in found.items() if standing}


def still_inside(
    *, hotel_id: int, room_ids: Collection[int], today: date, without: Collection[int] = ()
) -> dict[int, str]:
    """Guests who entered these rooms and have not left them, by room. One query; ``without`` does not count.

    What the desk saw counts as long as nobody saw them leave; what only the channel tells, until the day of departure,
    because many channels never tell that a guest has left.
    """
    seen = Q(part_of=None, desk_state=DeskState.IN_HOUSE) | Q(part_of__desk_state=DeskState.IN_HOUSE)
    told = Q(part_of=None, desk_state="", state=StayState.IN_HOUSE) | Q(
        part_of__desk_state="", part_of__state=StayState.IN_HOUSE
    )
    inside = Stay.objects.filter(
        seen | Q(told, departure__gte=today, status__in=[str(status) for status in GUEST_STATUSES]),
        hotel_id=hotel_id,
        room_id__in=room_ids,
        arrival__lte=today,
        departure__gt=today - LONGEST_OVERSTAY,
    ).exclude(pk__in=without)
    # Who goes on to another room of the house today leaves this one.
    moving = Q(parts__departure__gt=F("departure")) | Q(part_of__parts__departure__gt=F("departure"))
    left = inside.filter(moving, departure__lte=today).order_by().values("pk")
    rows = inside.exclude(pk__in=left).select_related("reservation__booker").order_by("arrival", "pk")
    return {stay.room_id or 0: guest_of(stay) for stay in rows}
