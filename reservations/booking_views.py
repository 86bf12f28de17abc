"""The pages on which the desk searches, makes, changes and cancels its own bookings."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from reservations.booking_change_forms import CancelForm, ChangeForm
from reservations.booking_checks import NoRoomLeft, check_changeable
from reservations.booking_forms import BookingForm, SearchForm
from reservations.booking_search import Asked, TypeOffer, free_rooms, search
from reservations.desk_bookings import (
    DirectBooking,
    book,
    cancel_booking,
    change_booking,
    direct_booking,
)
from reservations.guests import known_guests
from reservations.hotel_pages import hotel_page
from reservations.ledger import account_of
from reservations.models import Guest, Hotel, Reservation
from reservations.permissions import Permission
from reservations.wording import money_text


@require_safe
@hotel_page(Permission.CHANGE_RESERVATIONS)
def booking_search(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """What can be sold for the dates and guests of the address."""
    form = SearchForm(request, hotel=hotel)
    asked = form.asked()
    context = {
        "title": _("New booking"),
        "form": form,
        "asked": asked,
        "offers": search(asked) if asked else [],
        "query": _query(asked) if asked else "",
    }
    return render(request, "reservations/booking_search.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.CHANGE_RESERVATIONS)
def booking_new(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """The guest's side of a booking: the address says dates, guests, room type and rate."""
    asked = SearchForm(request, hotel=hotel).asked()
    if asked is None:
        return redirect("booking_search", hotel.slug)
    offer = _offer(asked, request.GET.get("type", ""))
    plan_id = request.GET.get("plan", "")
    rate = offer.rate(int(plan_id)) if plan_id.isdecimal() else None
    rate = rate if rate and rate.is_for_sale else None
    form = BookingForm(
        _posted(request),
        kind=offer.kind,
        rate=rate,
        rooms=free_rooms(offer.kind, asked.arrival, asked.departure),
        known=_guest(hotel, request.GET.get("guest", "")),
    )
    gone = False
    if request.method == "POST" and form.is_valid():
        try:
            made = book(
                hotel=hotel,
                user=request.user,
                token=form.cleaned_data["token"],
                wish=form.wish(asked, offer),
                anyway="anyway" in request.POST,
            )
        except ValidationError as problem:
            form.refused(problem)
            gone = isinstance(problem, NoRoomLeft)
        else:
            messages.success(request, _("Booked. The code is %(code)s.") % {"code": made.channel_ref})
            return redirect("reservation_detail", hotel.slug, made.pk)
    find = request.GET.get("find", "").strip()
    context = {
        "title": _("New booking"),
        "asked": asked,
        "offer": offer,
        "rate": rate,
        "form": form,
        "gone": gone,
        # After a refusal another look: somebody was faster.
        "others": [other for other in search(asked) if other.kind.pk != offer.kind.pk and not other.obstacles]
        if gone
        else [],
        "query": _query(asked),
        "find": find,
        "found": known_guests(hotel, find) if find else [],
    }
    return render(request, "reservations/booking_new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.CHANGE_RESERVATIONS)
def booking_change(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Change a booking of the desk. What is posted is shown first (``check``) or saved (``save``)."""
    booking = _direct(request, hotel, pk)
    if isinstance(booking, HttpResponse):
        return booking
    house = booking.reservation.property or booking.stay.property
    form = ChangeForm(_posted(request), booking=booking, house=house)
    gone, not_saved, offers, quoted = False, False, [], None
    if request.method == "POST" and form.is_valid():
        wish = form.wish()
        offers = search(wish.asked, without=booking.stay)
        quoted = form.chosen_price(offers)
        wants_saving = request.POST.get("action") == "save" or "anyway" in request.POST
        not_saved = wants_saving and not form.price_was_seen()
        if wants_saving and not not_saved:
            try:
                change_booking(
                    hotel=hotel,
                    user=request.user,
                    reservation_id=pk,
                    wish=wish,
                    seen=form.cleaned_data["seen"],
                    any_room=bool(form.cleaned_data.get("any_room")),
                    anyway="anyway" in request.POST,
                )
            except ValidationError as problem:
                form.refused(problem)
                gone = isinstance(problem, NoRoomLeft)
            else:
                messages.success(request, _("The booking is changed."))
                return redirect("reservation_detail", hotel.slug, pk)
    context = {
        "title": _("Change the booking"),
        "reservation": booking.reservation,
        "booking": booking,
        "house": house,
        "form": form,
        "gone": gone,
        "not_saved": not_saved,
        "offers": offers,
        "quoted": quoted,
        "chosen": next((one for one in offers if one.kind == form.cleaned_data.get("room_type")), None)
        if offers
        else None,
    }
    return render(request, "reservations/booking_change.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.CHANGE_RESERVATIONS)
def booking_cancel(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Ask why and what is charged, then cancel a booking of the desk."""
    booking = _direct(request, hotel, pk)
    if isinstance(booking, HttpResponse):
        return booking
    form = CancelForm(_posted(request), version=booking.version)
    refusal = None
    try:
        check_changeable(booking.stay, to_cancel=True)
    except ValidationError as problem:
        refusal = " ".join(problem.messages)
    if request.method == "POST" and form.is_valid():
        try:
            reservation = cancel_booking(
                hotel=hotel,
                user=request.user,
                reservation_id=pk,
                reason=form.cleaned_data["reason"],
                fee=form.cleaned_data["fee"],
                seen=form.cleaned_data["seen"],
            )
        except ValidationError as problem:
            form.refused(problem)
        else:
            messages.success(request, _cancelled(reservation))
            return redirect("reservation_detail", hotel.slug, pk)
    context = {
        "title": _("Cancel the booking"),
        "reservation": booking.reservation,
        "booking": booking,
        "account": account_of(booking.reservation),
        "form": form,
        "refusal": refusal,
    }
    return render(request, "reservations/booking_cancel.html", context)


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _query(asked: Asked) -> str:
    """The part of an address that says what is asked for."""
    return urlencode(
        {
            "property": asked.house.pk,
            "arrival": asked.arrival.isoformat(),
            "departure": asked.departure.isoformat(),
            "adults": asked.adults,
            "children": asked.children,
        }
    )


def _offer(asked: Asked, kind_id: str) -> TypeOffer:
    found = next((offer for offer in search(asked) if str(offer.kind.pk) == kind_id), None)
    if found is None:
        raise Http404
    return found


def _guest(hotel: Hotel, guest_id: str) -> Guest | None:
    return Guest.objects.of(hotel).filter(pk=int(guest_id)).first() if guest_id.isdecimal() else None


def _direct(request: HttpRequest, hotel: Hotel, pk: int) -> DirectBooking | HttpResponse:
    """The booking, or the way back to its page with a sentence when it is a channel's."""
    try:
        return direct_booking(hotel, pk)
    except Reservation.DoesNotExist:
        raise Http404 from None
    except ValidationError as problem:
        messages.warning(request, " ".join(problem.messages))
        return redirect(reverse("reservation_detail", args=[hotel.slug, pk]))


def _cancelled(reservation: Reservation) -> str:
    account = account_of(reservation)
    if not account.to_refund:
        return _("The booking is cancelled.")
    return _("The booking is cancelled. %(amount)s is to be given back.") % {
        "amount": money_text(account.to_refund, account.currency)
    }
