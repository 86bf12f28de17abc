"""The card of a stay with all that can be done about its room. It works as a page and in a dialog of the board."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from reservations import planning
from reservations.choices import RoomChoice
from reservations.hotel_pages import hotel_page
from reservations.models import Conflict, Hotel, PlanningEdit, Room, Stay
from reservations.move_choices import room_options, swap_options
from reservations.move_forms import RoomForm, SplitForm, SwapForm, checked
from reservations.permissions import Permission, permissions_here
from reservations.planning_answers import answered, card, number, way_back
from reservations.planning_checks import why_it_stays
from reservations.planning_undo import undo
from reservations.stay_layout import StayLayout, guest_of, layouts_of


@require_safe
@hotel_page(Permission.SEE_RESERVATIONS)
def planning_stay(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Who it is, where the guest sleeps, and the forms that change it."""
    layout = _layout(hotel, pk)
    row = layout.row(pk)
    fixed_by = why_it_stays(layout, row)
    context = {
        "title": guest_of(row),
        "row": row,
        "layout": layout,
        "reservation": row.reservation,
        "number": layout.rows.index(row) + 1,
        "is_upgraded": bool(row.room and row.room.room_type_id != row.room_type_id),
        "conflict_url": _conflict_url(hotel, layout),
        "fixed_by": fixed_by,
        "back": way_back(request, hotel),
        "may_change": _may_change(request),
    }
    if _may_change(request) and not fixed_by:
        context |= _forms(hotel, layout, row)
    return card(request, "planning_stay", context)


def _forms(hotel: Hotel, layout: StayLayout, row: Stay) -> dict[str, Any]:
    options = room_options(hotel, row)
    swaps = swap_options(hotel, row, options)
    has_room = row.room is not None and not row.overbooked
    found: dict[str, Any] = {
        "move_form": RoomForm(options=options),
        "swap_form": SwapForm(options=swaps) if swaps else None,
        "may_pin": has_room and row.room_choice not in (RoomChoice.PERSON, RoomChoice.SOLD),
        "may_unpin": has_room and row.room_choice == RoomChoice.PERSON,
        "split_form": None,
        "join_form": None,
    }
    if (layout.departure - layout.arrival).days > 1:
        found["split_form"] = SplitForm(layout=layout, rooms=_rooms(hotel, layout.head))
    if len(layout.rows) > 1:
        own = [part.pk for part in layout.rows]
        together = room_options(hotel, row, span=(layout.arrival, layout.departure), without=own)
        found["join_form"] = RoomForm(options=together, prefix_of_ids="join")
    return found


@require_POST
@hotel_page(Permission.CHANGE_RESERVATIONS)
def planning_move(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Move the stay to ``room``. ``seen`` is the room in which the user saw it, 0 for none."""
    room_id = number(request, "room")
    seen = number(request, "seen") if request.POST.get("seen") else None

    def act() -> PlanningEdit:
        return planning.move_stay(hotel=hotel, user=request.user, stay_id=pk, room_id=room_id, seen=seen)

    return answered(request, hotel, act, refused_at=_card_url(request, hotel, pk))


@require_POST
@hotel_page(Permission.CHANGE_RESERVATIONS)
def planning_swap(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Have the stay and the stay ``other`` change places."""
    other_id = number(request, "other")

    def act() -> PlanningEdit:
        here, there = _layout(hotel, pk).row(pk), _layout(hotel, other_id).row(other_id)
        if here.room_id is None or there.room_id is None or here.overbooked or there.overbooked:
            raise ValidationError(_("Both guests need a room of their own to change places."))
        moves = [(pk, there.room_id), (other_id, here.room_id)]
        return planning.move_stays(hotel=hotel, user=request.user, moves=moves)

    return answered(request, hotel, act, refused_at=_card_url(request, hotel, pk))


@require_POST
@hotel_page(Permission.CHANGE_RESERVATIONS)
def planning_split(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Spread the stay over two rooms: one up to ``day``, another from then on."""
    layout = _layout(hotel, pk)
    form = SplitForm(request.POST, layout=layout, rooms=_rooms(hotel, layout.head))

    def act() -> PlanningEdit:
        return planning.split_stay(hotel=hotel, user=request.user, stay_id=pk, parts=checked(form).parts())

    return answered(request, hotel, act, refused_at=_card_url(request, hotel, pk))


@require_POST
@hotel_page(Permission.CHANGE_RESERVATIONS)
def planning_join(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Put a split stay together again in ``room``."""
    room_id = number(request, "room")

    def act() -> PlanningEdit:
        return planning.join_stay(hotel=hotel, user=request.user, stay_id=pk, room_id=room_id)

    return answered(request, hotel, act, refused_at=_card_url(request, hotel, pk))


@require_POST
@hotel_page(Permission.CHANGE_RESERVATIONS)
def planning_pin(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Promise the guest the room."""

    def act() -> PlanningEdit:
        return planning.pin_stay(hotel=hotel, user=request.user, stay_id=pk)

    return answered(request, hotel, act, refused_at=_card_url(request, hotel, pk))


@require_POST
@hotel_page(Permission.CHANGE_RESERVATIONS)
def planning_unpin(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Take the promise back."""

    def act() -> PlanningEdit:
        return planning.unpin_stay(hotel=hotel, user=request.user, stay_id=pk)

    return answered(request, hotel, act, refused_at=_card_url(request, hotel, pk))


@require_POST
@hotel_page(Permission.CHANGE_RESERVATIONS)
def planning_undo(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Take a change of the planning back."""

    def act() -> PlanningEdit:
        return undo(hotel=hotel, user=request.user, edit_id=pk)

    return answered(request, hotel, act, said=_("Undone: everything is where it was before."))


def _layout(hotel: Hotel, pk: int) -> StayLayout:
    found = layouts_of(hotel, [pk])
    if pk not in found:
        raise Http404
    return found[pk]


def _rooms(hotel: Hotel, head: Stay) -> list[Room]:
    rooms = Room.objects.of(hotel).filter(property=head.property, is_active=True)
    return list(rooms.select_related("room_type"))


def _may_change(request: HttpRequest) -> bool:
    return Permission.CHANGE_RESERVATIONS in permissions_here(request)


def _card_url(request: HttpRequest, hotel: Hotel, pk: int) -> str:
    """The stay's own page, which leads back to where this one leads."""
    query = urlencode({"next": way_back(request, hotel)})
    return f"{reverse('planning_stay', args=[hotel.slug, pk])}?{query}"


def _conflict_url(hotel: Hotel, layout: StayLayout) -> str:
    """Where the conflict of this stay is explained; empty when it has none."""
    rows = [row.pk for row in layout.rows]
    conflict = Conflict.objects.of(hotel).filter(stay_id__in=rows, closed_at=None).first()
    if conflict is None:
        return ""
    try:
        return reverse("conflict", args=[hotel.slug, conflict.pk])
    except NoReverseMatch:
        return ""
