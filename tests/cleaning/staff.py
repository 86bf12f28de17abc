"""People for the tests of cleaning: cleaners, hours, a company with its people and its contract."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time
from typing import Any

from cleaning.choices import CompanyRole, TaskKind, TaskState
from cleaning.decisions import add_task, override_task
from cleaning.models import CleaningCompany, CleaningTask, CompanyContract, CompanyMember, WorkingHours
from reservations.choices import Role
from reservations.models import Hotel, Property, Room, RoomType
from tests.cleaning.houses import NOW, TODAY
from tests.people import make_person


def make_cleaner(hotel: Hotel, name: str) -> Any:
    return make_person(f"{name.lower()}@example.org", hotel, Role.CLEANER, name=name)


def work_on(person: Any, weekdays: Iterable[int], starts: time = time(9), ends: time = time(15)) -> None:
    """The person's hours on these weekdays (0 is Monday)."""
    WorkingHours.objects.bulk_create(
        WorkingHours(user=person, weekday=weekday, starts_at=starts, ends_at=ends) for weekday in weekdays
    )


def make_task(
    hotel: Hotel,
    room: str,
    minutes: int = 30,
    *,
    day: date = TODAY,
    start: time = time(11),
    end: time = time(18),
    assignee: Any = None,
    team: Any = None,
    house: Property | None = None,
) -> CleaningTask:
    """A task in the room of that name, given to somebody if wished."""
    door = Room.objects.get(hotel=hotel, name=room, **({"property": house} if house else {}))
    task = add_task(
        hotel=hotel,
        property_id=door.property_id,
        room_id=door.pk,
        day=day,
        minutes=minutes,
        note="",
        start=start,
        end=end,
        kind=TaskKind.DEPARTURE,
        user_id=None,
        now=NOW,
    )
    changes = {}
    if assignee is not None:
        changes["assignee"] = assignee.pk
    if team is not None:
        changes["team"] = team.pk
    if changes:
        task = override_task(hotel_id=hotel.pk, task_id=task.pk, changes=changes, now=NOW)
        assert task.state == TaskState.ASSIGNED
    return task


def make_company(slug: str = "brillo", name: str = "Limpiezas Brillo") -> CleaningCompany:
    return CleaningCompany.objects.create(slug=slug, name=name)


def join(company: CleaningCompany, name: str, role: str = CompanyRole.CLEANER) -> Any:
    person = make_person(f"{name.lower()}@example.org", name=name)
    CompanyMember.objects.create(company=company, user=person, role=role)
    return person


def share(hotel: Hotel, company: CleaningCompany, *houses: Property) -> CompanyContract:
    contract = CompanyContract.objects.create(hotel=hotel, company=company, is_limited=bool(houses))
    contract.properties.set(houses)
    return contract


def add_house(hotel: Hotel, name: str, *rooms: str) -> Property:
    """One more property of the hotel, with rooms on floor 9."""
    house = Property.objects.create(hotel=hotel, name=name, timezone="Europe/Madrid")
    room_type = RoomType.objects.create(hotel=hotel, property=house, name="Estudio")
    for room in rooms:
        Room.objects.create(hotel=hotel, property=house, room_type=room_type, name=room, area="9")
    return house
