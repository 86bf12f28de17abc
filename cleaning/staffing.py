"""Setting when and where people work, and who works together. Callers check who may set it for whom.

Hours and days off are the person's own and hold wherever they work; areas are a hotel's. Setting the same again
changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cleaning.capacity import Span
from cleaning.choices import FINISHED_STATES
from cleaning.decisions import assign_tasks
from cleaning.models import CleanerArea, CleaningCompany, CleaningTask, CleaningTeam, DayOff, WorkingHours
from cleaning.people import people_of_company, people_who_clean
from cleaning.proposal_facts import Place
from reservations.models import Hotel, Room

#: Nobody is away for longer in one go.
LONGEST_ABSENCE = timedelta(days=731)


@transaction.atomic
def set_working_hours(*, user_id: int, hours: Mapping[int, Span]) -> None:
    """Make ``hours``, by weekday (0 is Monday) and in the local time of the house, the person's week.

    No hours at all: the person works in the hours of the house again. Raises ``ValidationError`` when a day ends
    before it starts.
    """
    if any(ends <= starts for starts, ends in hours.values()):
        raise ValidationError(_("Work must end later than it starts."))
    present = {row.weekday: row for row in WorkingHours.objects.select_for_update().filter(user_id=user_id)}
    WorkingHours.objects.filter(user_id=user_id).exclude(weekday__in=hours).delete()
    for weekday, (starts, ends) in hours.items():
        row = present.get(weekday) or WorkingHours(user_id=user_id, weekday=weekday)
        if (row.starts_at, row.ends_at) != (starts, ends):
            row.starts_at, row.ends_at = starts, ends
            row.save()


@transaction.atomic
def add_day_off(*, user_id: int, first: date, last: date, reason: str = "") -> DayOff:
    """The person off from ``first`` to ``last``, both included; the same days again are the same row.

    Raises ``ValidationError`` when they end before they begin, or are too many.
    """
    if last < first:
        raise ValidationError({"last": _("The last day is before the first one.")})
    if last - first > LONGEST_ABSENCE:
        raise ValidationError({"last": _("That is too long.")})
    span = {"user_id": user_id, "first": first, "last": last + timedelta(days=1)}
    return DayOff.objects.filter(**span).first() or DayOff.objects.create(**span, reason=reason.strip())


def remove_day_off(*, user_id: int, day_off_id: int) -> bool:
    """Take days off back; whether there were any."""
    return bool(DayOff.objects.filter(user_id=user_id, pk=day_off_id).delete()[0])


def places_of(hotel: Hotel) -> list[Place]:
    """Every house of the hotel (with an empty area) and its floors and areas, by house. One query."""
    rooms = Room.objects.of(hotel).filter(is_active=True)
    known = rooms.order_by("property__name", "property_id", "area").values_list("property_id", "area")
    places: list[Place] = []
    for property_id, area in known.distinct():
        for place in ((property_id, ""), (property_id, area)):
            if place not in places:
                places.append(place)
    return places


@transaction.atomic
def set_areas(*, hotel: Hotel, user_id: int, places: Collection[Place]) -> None:
    """Make ``places`` (house and area; an empty area is the whole house) where the person usually cleans in ``hotel``.

    No places: everywhere. Raises ``ValidationError`` for a place that the hotel does not have.
    """
    wanted = set(places)
    if not wanted <= set(places_of(hotel)):
        raise ValidationError(_("This area does not exist any more."))
    present = {
        (row.property_id, row.area): row for row in CleanerArea.objects.of(hotel).filter(user_id=user_id)
    }
    for place, row in present.items():
        if place not in wanted:
            row.delete()
    CleanerArea.objects.bulk_create(
        CleanerArea(hotel=hotel, user_id=user_id, property_id=property_id, area=area)
        for property_id, area in sorted(wanted - present.keys())
    )


@transaction.atomic
def save_team(
    *,
    hotel: Hotel | None = None,
    company: CleaningCompany | None = None,
    team: CleaningTeam | None = None,
    name: str,
    member_ids: Collection[int],
) -> CleaningTeam:
    """The team with that name and those people: a new one of ``hotel`` or ``company``, or ``team`` changed.

    Only people who may be given work by the owner of the team become members; raises ``ValidationError`` for others.
    """
    name = name.strip()
    if not name:
        raise ValidationError({"name": _("Give the team a name.")})
    if hotel is not None:
        possible = people_who_clean(hotel)
    elif company is not None:
        possible = people_of_company(company.pk)
    else:
        raise ValueError("a team is a hotel's or a company's")
    members = set(possible.filter(pk__in=member_ids).values_list("pk", flat=True))
    if members != set(member_ids):
        raise ValidationError({"members": _("Somebody you chose does not clean here any more.")})
    if team is None:
        team = CleaningTeam(hotel=hotel, company=None if hotel else company)
    team.name = name
    team.save()
    team.members.set(members)
    return team


@transaction.atomic
def remove_team(*, team: CleaningTeam, user_id: int | None, now: datetime) -> None:
    """Remove the team. What it had to do waits for somebody else; what it did stays in the story of its tasks."""
    unassign(CleaningTask.objects.filter(team=team), user_id=user_id, now=now)
    team.delete()


def unassign(tasks: QuerySet[CleaningTask], *, user_id: int | None, now: datetime) -> int:
    """Take every task of the queryset that is not finished away from whoever has it; how many."""
    by_hotel: dict[int, dict[int, tuple[int | None, int | None]]] = {}
    open_tasks = tasks.exclude(state__in=FINISHED_STATES).order_by().values_list("hotel_id", "pk")
    for hotel_id, task_id in open_tasks.distinct():
        by_hotel.setdefault(hotel_id, {})[task_id] = (None, None)
    return sum(
        assign_tasks(hotel_id=hotel_id, given=given, user_id=user_id, now=now)
        for hotel_id, given in sorted(by_hotel.items())
    )
