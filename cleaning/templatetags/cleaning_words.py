"""The words of a cleaning task in templates, and the tabs over the pages of cleaning."""

from __future__ import annotations

from typing import NamedTuple

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cleaning import wording
from reservations.permissions import Permission

register = template.Library()
register.filter("until", wording.until_text)
register.filter("marks", wording.marks_of)
register.filter("task_tone", wording.state_tone)
register.filter("place", wording.place_text)
register.filter("since", wording.since_text)
register.filter("deadline", wording.deadline_text)
register.filter("who", wording.who_text)
register.filter("remark_of", wording.remark_text)
register.filter("worked", wording.worked_text)
register.filter("minutes", wording.minutes_text)


@register.filter
def share(part: int, whole: int) -> int:
    """How many hundredths ``part`` is of ``whole``, at most 100; all of nothing is 100."""
    if part <= 0:
        return 0
    return 100 if part >= whole else round(100 * part / whole)


class _Page(NamedTuple):
    """One page of cleaning; it is the current tab on every address whose name starts with one of ``owns``."""

    url_name: str
    label: str | Promise
    permission: Permission
    owns: tuple[str, ...]


class Tab(NamedTuple):
    label: str | Promise
    url: str
    current: bool
    #: The page itself, not one below it.
    exact: bool


_PAGES = (
    _Page(
        "cleaning_day",
        pgettext_lazy("cleaning", "Day"),
        Permission.SEE_CLEANING,
        ("cleaning_day", "cleaning_task", "cleaning_add"),
    ),
    _Page("cleaning_week", pgettext_lazy("cleaning", "Week"), Permission.SEE_CLEANING, ("cleaning_week",)),
    _Page("cleaning_rooms", _("Rooms"), Permission.SEE_CLEANING, ("cleaning_room",)),
    _Page(
        "cleaning_assign", pgettext_lazy("cleaning", "Assign"), Permission.PLAN_CLEANING, ("cleaning_assign",)
    ),
    _Page(
        "cleaning_people",
        _("People"),
        Permission.PLAN_CLEANING,
        ("cleaning_people", "cleaning_team", "cleaning_compan", "cleaner_"),
    ),
    _Page("cleaning_doors", _("Doors"), Permission.PLAN_CLEANING, ("cleaning_door",)),
    _Page("cleaning_rules", pgettext_lazy("cleaning", "Rules"), Permission.SEE_CLEANING, ("cleaning_rule",)),
    _Page("cleaning_checklists", _("Checklists"), Permission.SEE_CLEANING, ("cleaning_checklist",)),
    _Page("cleaning_findings", _("Findings"), Permission.SEE_CLEANING, ("cleaning_finding",)),
    _Page("cleaning_messages", _("Messages"), Permission.PLAN_CLEANING, ("cleaning_message",)),
    _Page(
        "cleaning_measured",
        pgettext_lazy("cleaning", "Measured"),
        Permission.PLAN_CLEANING,
        ("cleaning_measured",),
    ),
)


@register.simple_tag(takes_context=True)
def cleaning_tabs(context: template.Context) -> list[Tab]:
    """The pages of cleaning that this person may open in the hotel of the page. No query."""
    request = context["request"]
    hotel, held = request.hotel, request.hotel_permissions
    match = request.resolver_match
    name = (match.url_name if match else "") or ""
    tabs = []
    for page in _PAGES:
        if page.permission not in held:
            continue
        try:
            url = reverse(page.url_name, args=[hotel.slug])
        except NoReverseMatch:
            continue
        tabs.append(Tab(page.label, url, name.startswith(page.owns), name == page.url_name))
    return tabs
