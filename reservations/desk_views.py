"""The front desk: who comes, who goes, who is in house; what is done for them; and the list of the day on paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reservations import front_desk
from reservations.desk_forms import DeskFilter
from reservations.desk_lines import Line
from reservations.desk_news import desk_news
from reservations.desk_selectors import Days, desk_day, marks_of_day, rooms_to_give
from reservations.hotel_pages import hotel_page
from reservations.live import live_response, live_token
from reservations.models import Conflict, Hotel, Property, Stay
from reservations.permissions import Permission, permissions_here
from reservations.selectors import bookings_stamp
from reservations.stay_layout import guest_of
from reservations.visits import Visit, visit_of
from reservations.wording import date_text

#: Days farther away than this show today: nobody works there.
FARTHEST = timedelta(days=800)


@require_safe
@hotel_page(Permission.SEE_RESERVATIONS)
def desk(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """Arrivals, departures and guests in house of one day; the lists keep themselves fresh."""
    form, days, today = _shown(request, hotel)
    marks = marks_of_day(hotel, days)
    held = permissions_here(request)
    news = desk_news(hotel, held, timezone.now()) if days.shown == days.today else []
    # Read before the lists: what happens in between is shown again, not missed.
    token = live_token(bookings_stamp(hotel), sorted(days.shown.items()), sorted(marks.items()), news)

    def context() -> dict[str, Any]:
        return _context(request, hotel, form, days, today) | {
            "found": desk_day(hotel, days, marks, text=form.text, everywhere=form.is_everywhere),
            "news": news,
            "conflicts_url": _address("conflict_list", hotel.slug),
            "seconds": 2,
        }

    return live_response(
        request, "reservations/desk_lists.html", context, token, page="reservations/desk.html"
    )


@require_safe
@hotel_page(Permission.SEE_RESERVATIONS)
def desk_list(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """The same lists for paper."""
    form, days, today = _shown(request, hotel)
    found = desk_day(hotel, days, marks_of_day(hotel, days), text=form.text, everywhere=form.is_everywhere)
    context = _context(request, hotel, form, days, today) | {
        "found": found,
        "title": _("List of the day"),
        "printed_at": timezone.now(),
    }
    return render(request, "reservations/desk_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.SEE_RESERVATIONS)
def desk_check_in(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Check a guest in. What stands in the way is shown with the rooms to choose from."""
    _must_be_allowed(request)
    visit = _visit(hotel, pk)
    back = _back(request, hotel)
    if request.method == "POST":
        room = request.POST.get("room", "")
        try:
            front_desk.check_in(
                hotel=hotel,
                user=request.user,
                stay_id=pk,
                room_id=int(room) if room.isdecimal() and len(room) < 19 else None,
                force=request.POST.get("force") == "1",
            )
        except ValidationError as refusal:
            messages.warning(request, " ".join(refusal.messages))
            if refusal.code == "overbooked" and (way := _way_out(hotel, visit)):
                return redirect(way)
            if refusal.code in ("room", "early", "occupied"):
                return redirect(f"{request.path}?{urlencode({'next': back})}")
        else:
            messages.success(request, _("%(guest)s has checked in.") % {"guest": guest_of(visit.head)})
        return redirect(back)
    today = _today(visit.head.property)
    line, part = Line(visit, today, today, ()), visit.part_on(today)
    offers = rooms_to_give(hotel, visit, today)
    own = next((one for one in offers if one.room.pk == part.room_id and not part.overbooked), None)
    context = {
        "title": _("Check in %(guest)s") % {"guest": line.guest},
        "line": line,
        "part": part,
        "offers": offers,
        "own": own,
        "needs_force": line.may_come_early or bool(own and own.still_there),
        "way_out": _way_out(hotel, visit) if part.overbooked else "",
        "back": back,
    }
    return render(request, "reservations/desk_check_in.html", context)


@require_POST
@hotel_page(Permission.SEE_RESERVATIONS)
def desk_check_out(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Check a guest out and go back to the lists."""
    return _act(request, hotel, pk, front_desk.check_out, _("%(guest)s has checked out."))


@require_POST
@hotel_page(Permission.SEE_RESERVATIONS)
def desk_no_show(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """A guest did not come; go back to the lists."""
    return _act(
        request, hotel, pk, front_desk.no_show, _("%(guest)s is marked as no-show. The room is free.")
    )


@require_POST
@hotel_page(Permission.SEE_RESERVATIONS)
def desk_take_back(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Take the last check-in, check-out or no-show back and go back to the lists."""
    return _act(request, hotel, pk, front_desk.take_back, _("Taken back for %(guest)s."))


def _act(
    request: HttpRequest, hotel: Hotel, pk: int, service: Callable[..., Stay], done: str
) -> HttpResponse:
    _must_be_allowed(request)
    visit = _visit(hotel, pk)
    try:
        service(hotel=hotel, user=request.user, stay_id=pk)
    except ValidationError as refusal:
        messages.warning(request, " ".join(refusal.messages))
    else:
        messages.success(request, done % {"guest": guest_of(visit.head)})
    return redirect(_back(request, hotel))


def _must_be_allowed(request: HttpRequest) -> None:
    if not _may_act(request):
        raise PermissionDenied


def _may_act(request: HttpRequest) -> bool:
    return Permission.CHANGE_RESERVATIONS in permissions_here(request)


def _visit(hotel: Hotel, pk: int) -> Visit:
    try:
        return visit_of(hotel, pk)
    except Stay.DoesNotExist:
        raise Http404 from None


def _today(house: Property | None) -> date:
    now = timezone.now()
    return house.today(now) if house else timezone.localdate(now)


def _shown(request: HttpRequest, hotel: Hotel) -> tuple[DeskFilter, Days, date]:
    """What the address asks for, and today where the first of the shown properties is. One query."""
    form = DeskFilter(request.GET, houses=list(Property.objects.of(hotel)))
    today = _today(form.chosen[0] if form.chosen else None)
    wanted = form.day_wanted
    if wanted and abs(wanted - today) > FARTHEST:
        wanted = None
    return form, Days.of(form.chosen, wanted), today


def _context(request: HttpRequest, hotel: Hotel, form: DeskFilter, days: Days, today: date) -> dict[str, Any]:
    day = next(iter(days.shown.values()), today)
    return {
        "title": _("Front desk"),
        "subtitle": date_text(day),
        "form": form,
        "has_houses": bool(form.houses),
        "several_houses": len(form.chosen) > 1,
        "day": day,
        "today": today,
        "is_today": day == today,
        "zone": form.chosen[0].zone if form.chosen else None,
        "yesterday": day - timedelta(days=1),
        "tomorrow": day + timedelta(days=1),
        "may_act": _may_act(request),
        "here": _here(request, hotel),
    }


def _here(request: HttpRequest, hotel: Hotel) -> str:
    """The page's address without what only the lists themselves ask with."""
    query = request.GET.copy()
    query.pop("state", None)
    address = reverse("desk", args=[hotel.slug])
    return f"{address}?{query.urlencode()}" if query else address


def _back(request: HttpRequest, hotel: Hotel) -> str:
    """The page of this hotel that the person came from; only ever an address of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    if own and wanted.startswith(f"/h/{hotel.slug}/"):
        return wanted
    return reverse("desk", args=[hotel.slug])


def _way_out(hotel: Hotel, visit: Visit) -> str:
    """Where the conflict of a guest without a room is solved; empty while there is no such page."""
    conflict = Conflict.objects.of(hotel).filter(stay_id__in=visit.ids, closed_at=None).first()
    return (_address("conflict", hotel.slug, conflict.pk) if conflict else "") or _address(
        "conflict_list", hotel.slug
    )


def _address(name: str, *args: object) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
