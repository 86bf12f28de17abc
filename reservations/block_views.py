"""The form that blocks a room, and the blocks that the room has. It works as a page and in a dialog of the board."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from reservations.choices import ClosureKind
from reservations.hotel_pages import hotel_page
from reservations.models import Hotel, PlanningEdit, Room, RoomClosure
from reservations.move_forms import BlockForm, checked
from reservations.permissions import Permission
from reservations.planning_answers import accepted, answered, card, wants_json, way_back
from reservations.planning_checks import today_at
from reservations.room_blocks import block_room, unblock_room


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.CHANGE_RESERVATIONS)
def planning_block(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """Block a room. ``room`` and ``from`` in the address fill in the form."""
    rooms = list(Room.objects.of(hotel).filter(is_active=True).select_related("property"))
    if request.method == "POST":
        form = BlockForm(request.POST, rooms=rooms)

        def act() -> PlanningEdit:
            values: dict[str, Any] = dict(checked(form).cleaned_data)
            values |= {"room_id": values.pop("room"), "kind": ClosureKind(values["kind"])}
            return block_room(hotel=hotel, user=request.user, **values)

        if wants_json(request):
            return answered(request, hotel, act)
        try:
            return accepted(request, hotel, act())
        except ValidationError as refusal:
            if form.is_valid():
                form.add_error(None, refusal)
    else:
        form = BlockForm(rooms=rooms, initial=_initial(request, rooms))
    wanted = str(form["room"].value() or "")
    room = next((room for room in rooms if str(room.pk) == wanted), None)
    context = {
        "title": _("Block room %(room)s") % {"room": room.name} if room else _("Block a room"),
        "form": form,
        "closures": _closures_to_come(room) if room else [],
        "feed_block": str(ClosureKind.FEED_BLOCK),
        "back": way_back(request, hotel),
    }
    return card(request, "planning_block", context)


@require_POST
@hotel_page(Permission.CHANGE_RESERVATIONS)
def planning_unblock(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Remove a block."""

    def act() -> PlanningEdit:
        return unblock_room(hotel=hotel, user=request.user, closure_id=pk)

    return answered(request, hotel, act)


def _initial(request: HttpRequest, rooms: list[Room]) -> dict[str, Any]:
    wanted = request.GET.get("room", "")
    try:
        first = date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        first = None
    today = today_at(rooms[0].property) if rooms else date.today()
    return BlockForm.initial_for(wanted, first, today)


def _closures_to_come(room: Room) -> list[RoomClosure]:
    return list(room.closures.filter(last__gt=today_at(room.property)).order_by("first", "pk"))
