"""Doors: their codes, the sheet of squares to hang on them, and what a scanned square opens."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cleaning.doors import Door, doors_of, keep_codes, make_tokens, renew_token, square, task_behind
from cleaning.models import CleaningTask, DoorAccess
from cleaning.people import tasks_of_person
from cleaning.selectors import shown_on
from reservations.hotel_pages import hotel_page
from reservations.models import Hotel, Room
from reservations.permissions import Permission, permissions_of


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_doors(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """Every room's door code, which can be set and taken away and is never shown here."""
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            changed = keep_codes(hotel_id=hotel.pk, codes=_codes(request, hotel))
        except ValidationError as problem:
            problems = problem.message_dict
        else:
            said = ngettext("%(count)s door code changed.", "%(count)s door codes changed.", changed)
            messages.success(request, said % {"count": changed})
            return redirect(request.path)
    doors = doors_of(hotel)
    context = {
        "title": _("Doors"),
        "subtitle": _("Codes for those who clean, and a square on each door that opens its task."),
        "groups": _by_house(doors),
        "problems": {int(room_id): " ".join(said) for room_id, said in problems.items()},
        "has_squares": any(door.token for door in doors),
    }
    response = render(request, "cleaning/doors.html", context, status=400 if problems else 200)
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_doors_print(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """A sheet to print with the square of every room; pressing the button makes those that are missing."""
    if request.method == "POST":
        make_tokens(hotel_id=hotel.pk)
        return redirect("cleaning_doors_print", slug=hotel.slug)
    doors = [(door, square(door.address)) for door in doors_of(hotel) if door.token]
    context = {"title": _("Squares for the doors"), "doors": doors}
    return render(request, "cleaning/doors_print.html", context)


@require_POST
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_door_renew(request: HttpRequest, hotel: Hotel, room_id: int) -> HttpResponse:
    """Another square for one door, because the old one got into wrong hands."""
    room = get_object_or_404(Room.objects.of(hotel), pk=room_id, door_access__isnull=False)
    renew_token(hotel_id=hotel.pk, room_id=room.pk)
    messages.success(request, _("%(room)s has a new square. Print it and hang it up.") % {"room": room.name})
    return redirect("cleaning_doors", slug=hotel.slug)


@require_safe
def door(request: HttpRequest, token: str) -> HttpResponse:
    """What a scanned square opens: the person's most urgent task in the room today, else a kind page.

    Whoever plans or works at the desk sees the room's tasks of today. 404 for an unknown square.
    """
    if "\x00" in token:  # which a database would not even compare
        raise Http404
    now = timezone.now()
    found = get_object_or_404(DoorAccess.objects.select_related("room__property", "hotel"), token=token)
    task = task_behind(tasks_of_person(request.user), found, now)
    if task is not None:
        return redirect("my_task", pk=task.pk)
    held = permissions_of(request.user, found.hotel)
    context: dict[str, Any] = {"title": _("Nothing to do here today"), "tasks": None}
    if {Permission.PLAN_CLEANING, Permission.SEE_RESERVATIONS} & held:
        today = found.room.property.today(now)
        tasks = CleaningTask.objects.of(found.hotel).filter(shown_on(today, now), room_id=found.room_id)
        context = {
            "title": _("Room %(room)s today") % {"room": found.room.name},
            "tasks": tasks.select_related("property", "room", "room_type", "assignee"),
            "at": found.hotel,
            "day_url": f"{reverse('cleaning_day', args=[found.hotel.slug])}?{urlencode({'day': today})}",
        }
    return render(request, "cleaning/door_open.html", context)


def _codes(request: HttpRequest, hotel: Hotel) -> dict[int, str]:
    """What the form asks for: a new code where one was typed, none where the box to take it away is ticked."""
    rooms = Room.objects.of(hotel).order_by().values_list("pk", flat=True)
    codes = {}
    for room_id in rooms:
        typed = request.POST.get(f"code-{room_id}", "").strip()
        if typed or f"remove-{room_id}" in request.POST:
            codes[room_id] = typed
    return codes


def _by_house(doors: Sequence[Door]) -> list[tuple[str, list[Door]]]:
    return [
        (house, list(members))
        for house, members in itertools.groupby(doors, lambda door: door.room.property.name)
    ]
