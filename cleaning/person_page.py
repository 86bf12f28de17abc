"""What the pages of a hotel and of a company share: the forms of one person, and the page of a team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cleaning.models import CleaningCompany, CleaningTeam
from cleaning.people_forms import DayOffForm, HoursForm, TeamForm
from cleaning.people_selectors import PersonRow
from cleaning.staffing import add_day_off, remove_day_off, remove_team, save_team, set_working_hours
from reservations.models import Hotel


@dataclass(frozen=True, slots=True)
class Door:
    """Whose pages these are, and who may be a member of a team there."""

    people: Sequence[Any]
    back: str
    tabs: str
    hotel: Hotel | None = None
    company: CleaningCompany | None = None


def person_forms(
    request: HttpRequest | None, row: PersonRow, *, may_set: bool = False, back: str = ""
) -> HttpResponse | dict[str, Any]:
    """The forms of a person's hours and days off for the template; a redirect once one of them was saved.

    Posting without ``may_set`` is refused.
    """
    posted = request is not None and request.method == "POST"
    what = request.POST.get("what", "") if request is not None and posted else ""
    if posted and not may_set:
        raise PermissionDenied
    data = request.POST if request is not None and posted else None
    hours = HoursForm(data if what == "hours" else None, week=row.week)
    day_off = DayOffForm(data if what == "day_off" else None, auto_id="off_%s")
    if request is not None and _save(request, what, row.person.pk, hours, day_off):
        messages.success(request, _("Saved."))
        return redirect(back)
    return {"hours": hours, "day_off": day_off}


def _save(request: HttpRequest, what: str, user_id: int, hours: HoursForm, day_off: DayOffForm) -> bool:
    """Do what was posted; whether it was done."""
    if what == "hours" and hours.is_valid():
        set_working_hours(user_id=user_id, hours=hours.hours)
        return True
    if what == "day_off" and day_off.is_valid():
        try:
            add_day_off(user_id=user_id, **day_off.cleaned_data)
        except ValidationError as problem:
            day_off.add_error(None, problem)
            return False
        return True
    if what == "back_at_work":
        number = request.POST.get("day_off", "")
        if number.isascii() and number.isdigit() and len(number) < 19:
            remove_day_off(user_id=user_id, day_off_id=int(number))
        return True
    return False


def team_page(request: HttpRequest, door: Door, team: CleaningTeam | None) -> HttpResponse:
    """The form of a team, new or not; saving or removing it leads back to the people."""
    back = f"{door.back}#teams"
    if request.method == "POST" and team is not None and request.POST.get("what") == "remove":
        name = team.name
        remove_team(team=team, user_id=request.user.pk, now=timezone.now())
        messages.success(request, _("The team %(name)s is gone.") % {"name": name})
        return redirect(back)
    form = TeamForm(request.POST if request.method == "POST" else None, people=door.people, team=team)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            save_team(
                hotel=door.hotel,
                company=door.company,
                team=team,
                name=values["name"],
                member_ids=values["members"],
            )
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect(back)
    context = {
        "title": team.name if team else _("New team"),
        "form": form,
        "team": team,
        "back": door.back,
        "tabs": door.tabs,
        "company": door.company,
    }
    return render(request, "cleaning/people_team.html", context)


def address_or_nothing(name: str, *args: object) -> str:
    """The address of that name; empty where there is no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
