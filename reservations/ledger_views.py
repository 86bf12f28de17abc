"""The account of a reservation: its part of the reservation's page, and the pages that add to it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reservations.choices import LedgerKind
from reservations.hotel_pages import hotel_page
from reservations.ledger import account_of, add_entry, reverse_entry
from reservations.ledger_forms import ADDED, EntryForm, ReversalForm
from reservations.models import Hotel, LedgerEntry, Reservation
from reservations.permissions import Permission, permissions_here

_TITLES = {
    LedgerKind.PAYMENT: lambda: _("Enter a payment"),
    LedgerKind.CHARGE: lambda: _("Enter a charge"),
    LedgerKind.REFUND: lambda: _("Give money back"),
}


def ledger_panel(request: HttpRequest, reservation: Reservation) -> SafeString | None:
    """The account on the reservation's page; nothing while it is empty and the user may not add to it. One query."""
    may_change = Permission.CHANGE_RESERVATIONS in permissions_here(request)
    account = account_of(reservation)
    if not account.lines and not may_change:
        return None
    context = {"reservation": reservation, "account": account, "may_change": may_change}
    return render_to_string("reservations/ledger.html", context, request)


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.CHANGE_RESERVATIONS)
def ledger_add(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Add a payment, a charge or a refund (``kind`` in the address) to the account of a reservation."""
    reservation = Reservation.objects.of(hotel).select_related("booker", "property").filter(pk=pk).first()
    kind = next((one for one in ADDED if one == request.GET.get("kind", ADDED[0])), None)
    if reservation is None or kind is None:
        raise Http404
    account = account_of(reservation)
    form = EntryForm(request.POST if request.method == "POST" else None, kind=kind, account=account)
    if request.method == "POST" and form.is_valid():
        try:
            add_entry(hotel=hotel, user=request.user, reservation_id=pk, kind=kind, **form.cleaned_data)
        except ValidationError as problem:
            form.refused(problem)
        else:
            messages.success(request, _("The line is in the account."))
            return redirect("reservation_detail", hotel.slug, pk)
    context = {
        "title": _TITLES[kind](),
        "reservation": reservation,
        "account": account,
        "form": form,
        "kind": kind,
    }
    return render(request, "reservations/ledger_add.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.CHANGE_RESERVATIONS)
def ledger_reverse(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Take a line of an account back."""
    entry = LedgerEntry.objects.of(hotel).select_related("reservation__booker").filter(pk=pk).first()
    if entry is None:
        raise Http404
    form = ReversalForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            reverse_entry(hotel=hotel, user=request.user, entry_id=pk, note=form.cleaned_data["note"])
        except ValidationError as problem:
            form.refused(problem)
        else:
            messages.success(request, _("The line is taken back."))
            return redirect("reservation_detail", hotel.slug, entry.reservation_id)
    context = {
        "title": _("Take a line back"),
        "entry": entry,
        "reservation": entry.reservation,
        "form": form,
    }
    return render(request, "reservations/ledger_reverse.html", context)
