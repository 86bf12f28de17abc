"""Everybody who cleans, as the pages of people show them: hours, days off, areas, teams, links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from cleaning.capacity import PersonDay, Span, days_in_houses
from cleaning.choices import LinkPurpose
from cleaning.models import (
    CleanerArea,
    CleaningTeam,
    CompanyContract,
    CompanyMember,
    DayOff,
    PersonalLink,
    WorkingHours,
)
from cleaning.people import own_people, people_who_clean
from reservations.choices import Role
from reservations.models import Hotel, Membership, Property


@dataclass(slots=True)
class PersonRow:
    """One person with everything a page shows. ``week`` is by weekday; areas are (house, area)."""

    person: Any
    today: PersonDay
    is_own: bool = True
    is_of_company: bool = False
    role: str = ""
    companies: list[str] = field(default_factory=list)
    week: dict[int, Span] = field(default_factory=dict)
    days_off: list[DayOff] = field(default_factory=list)
    areas: list[tuple[str, str]] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    #: The links that still open something, by purpose.
    links: dict[str, PersonalLink] = field(default_factory=dict)
    #: Nobody has set hours, and the hours of the house do not count for this person.
    needs_hours: bool = False
    #: Where the links are made and withdrawn; empty where there is no such page.
    links_url: str = ""

    @property
    def hours_are_set_here(self) -> bool:
        """A company sets its own people's hours."""
        return self.is_own and not self.is_of_company

    @property
    def sign_in_link(self) -> PersonalLink | None:
        return self.links.get(LinkPurpose.SIGN_IN)


def rows_of_hotel(
    hotel: Hotel, houses: Sequence[Property], now: datetime, people: Iterable[Any] | None = None
) -> list[PersonRow]:
    """The people who clean for ``hotel`` (or those of them in ``people``), by name. Fifteen queries."""
    persons = list(people_who_clean(hotel) if people is None else people)
    roles = Membership.objects.filter(hotel=hotel, user__in=persons).select_related("user")
    shown = CompanyContract.objects.filter(hotel=hotel).values("company_id")
    rows = _rows(persons, houses, now, CompanyMember.objects.filter(company_id__in=shown), tell_reasons=False)
    own = set(own_people(hotel).values_list("pk", flat=True))
    role_labels = {row.user_id: Role(row.role).label for row in roles}
    for row in rows:
        row.is_own = row.person.pk in own
        row.role = str(role_labels.get(row.person.pk, "")) if row.is_own else ""
    of_companies = set(CompanyMember.objects.filter(user__in=persons).values_list("user_id", flat=True))
    for row in rows:
        # Of any company: whether it works here is one thing, who sets the hours another.
        row.is_of_company = row.person.pk in of_companies
    teams = CleaningTeam.objects.for_hotel(hotel.pk)
    return _with_places(rows, CleanerArea.objects.of(hotel), teams)


def rows_of_company(
    company_id: int, houses: Sequence[Property], now: datetime, people: Iterable[Any]
) -> list[PersonRow]:
    """A company's people, by name, with their reasons for days off. Eleven queries."""
    members = CompanyMember.objects.filter(company_id=company_id)
    rows = _rows(list(people), houses, now, members, tell_reasons=True)
    roles = {member.user_id: member.get_role_display() for member in members}
    for row in rows:
        row.role = str(roles.get(row.person.pk, ""))
    areas = CleanerArea.objects.filter(property__in=[house.pk for house in houses])
    return _with_places(rows, areas, CleaningTeam.objects.filter(company_id=company_id))


def live_links(people: Iterable[Any], now: datetime) -> QuerySet[PersonalLink]:
    """The links of ``people`` that still open something. One query when read."""
    return PersonalLink.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=now), user__in=list(people), revoked_at=None
    )


def _rows(
    people: Sequence[Any],
    houses: Sequence[Property],
    now: datetime,
    members: QuerySet[CompanyMember],
    *,
    tell_reasons: bool,
) -> list[PersonRow]:
    today = houses[0].today(now) if houses else now.date()
    days = days_in_houses(houses, people, [today], now=now, tell_reasons=tell_reasons)
    rows = {person.pk: PersonRow(person, days[person.pk, today]) for person in people}
    for member in members.filter(user__in=people).select_related("company"):
        rows[member.user_id].companies.append(member.company.name)
    for hours in WorkingHours.objects.filter(user__in=people):
        rows[hours.user_id].week[hours.weekday] = (hours.starts_at, hours.ends_at)
    for day_off in DayOff.objects.filter(user__in=people, last__gt=today).order_by("first", "pk"):
        rows[day_off.user_id].days_off.append(day_off)
    for link in live_links(people, now):
        rows[link.user_id].links[link.purpose] = link
    for row in rows.values():
        row.needs_hours = not row.week and not row.today.hours and not row.today.is_off
    return list(rows.values())


def _with_places(
    rows: list[PersonRow], areas: QuerySet[CleanerArea], teams: QuerySet[CleaningTeam]
) -> list[PersonRow]:
    """Two queries."""
    by_user: Mapping[int, PersonRow] = {row.person.pk: row for row in rows}
    for area in areas.filter(user__in=by_user).select_related("property"):
        by_user[area.user_id].areas.append((area.property.name, area.area))
    for team in teams.filter(members__in=by_user).distinct().prefetch_related("members"):
        for member in team.members.all():
            if member.pk in by_user:
                by_user[member.pk].teams.append(team.name)
    return rows
