"""The page of damages and lost property: what is open, who found it, and what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cleaning.choices import FindingKind
from cleaning.finding_forms import FindingFilter, FindingForm
from cleaning.finding_selectors import FindingLine, findings_of, open_findings, with_guests
from cleaning.findings import open_finding_again, report_finding, settle_finding
from cleaning.models import Finding
from cleaning.photos import PhotoRefused, store_photo
from reservations.hotel_pages import hotel_page
from reservations.models import Hotel, Room
from reservations.permissions import Permission, permissions_here

PAGE_SIZE = 30


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.SEE_CLEANING)
def cleaning_findings(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """Findings, the open ones first; what is posted is a new one."""
    held = permissions_here(request)
    rooms = list(
        Room.objects.of(hotel).filter(is_active=True).select_related("property").order_by("name", "pk")
    )
    form = FindingForm(rooms=rooms)
    if request.method == "POST":
        form = FindingForm(request.POST, request.FILES, rooms=rooms)
        if form.is_valid() and _reported(request, hotel, form):
            messages.success(request, _("Thank you. The desk sees it now."))
            return redirect("cleaning_findings", slug=hotel.slug)
    chosen = FindingFilter(request.GET)
    page = Paginator(findings_of(hotel, **chosen.wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    found = list(page.object_list)
    sees_guests = Permission.SEE_RESERVATIONS in held
    context = {
        "title": _("Damages and lost property"),
        "form": form,
        "filter": chosen,
        "is_settled": chosen.wanted["settled"],
        "page": page,
        "lines": with_guests(hotel, found) if sees_guests else [FindingLine(row) for row in found],
        "open": open_findings(hotel),
        "may_settle": _may_settle(held),
        "may_block": Permission.CHANGE_RESERVATIONS in held,
        "sees_guests": sees_guests,
        "outcomes": _outcomes(),
        "today": timezone.now().date(),
    }
    return render(request, "cleaning/findings.html", context)


@require_POST
@hotel_page(Permission.SEE_CLEANING)
def cleaning_finding_settle(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Say what became of a finding (``outcome``), or open it again (``again``)."""
    if not _may_settle(permissions_here(request)):
        raise PermissionDenied
    get_object_or_404(Finding.objects.of(hotel), pk=pk)
    address = reverse("cleaning_findings", args=[hotel.slug])
    if "again" in request.POST:
        open_finding_again(hotel_id=hotel.pk, finding_id=pk)
        return redirect(f"{address}#finding-{pk}")
    try:
        settle_finding(
            hotel_id=hotel.pk,
            finding_id=pk,
            user_id=request.user.pk,
            outcome=request.POST.get("outcome", ""),
            now=timezone.now(),
        )
    except ValidationError as refusal:
        messages.warning(request, " ".join(refusal.messages))
        return redirect(f"{address}#finding-{pk}")
    messages.success(request, _("Settled. It is kept under the settled ones."))
    return redirect(address)


def _reported(request: HttpRequest, hotel: Hotel, form: FindingForm) -> bool:
    """Whether the finding and its photo are stored; else neither is, and the form says why."""
    values, now = form.cleaned_data, timezone.now()
    try:
        with transaction.atomic():
            finding = report_finding(
                hotel_id=hotel.pk,
                kind=values["kind"],
                text=values["text"],
                place=values["place"],
                room_id=values["room"],
                user_id=request.user.pk,
                now=now,
            )
            if values["photo"]:
                store_photo(
                    hotel_id=hotel.pk,
                    upload=values["photo"],
                    finding_id=finding.pk,
                    user_id=request.user.pk,
                    taken_at=now,
                )
    except PhotoRefused as refusal:
        form.add_error("photo", str(refusal))
        return False
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return False
    return True


def _may_settle(held: Any) -> bool:
    return Permission.SEE_RESERVATIONS in held or Permission.PLAN_CLEANING in held


def _outcomes() -> dict[str, list[str]]:
    """Words that are often the right ones, by kind."""
    return {
        str(FindingKind.DAMAGE): [_("Repaired"), _("Replaced"), _("Charged to the guest"), _("No damage")],
        str(FindingKind.LOST_ITEM): [
            _("Given back to the guest"),
            _("Sent to the guest"),
            _("Handed to the police"),
            _("Thrown away"),
        ],
    }
