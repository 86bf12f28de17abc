"""The page of rates: a month of prices and free rooms, and the forms that change them."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_skeleton
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from reservations.hotel_pages import hotel_page
from reservations.last_house import house_shown
from reservations.models import Hotel, Property, RateEdit, RatePlan, RoomType
from reservations.permissions import Permission, permissions_here
from reservations.rate_forms import ChangeForm, CopyForm, PlanForm
from reservations.rate_grid import latest_edits, month_grid
from reservations.rate_plans import save_plan
from reservations.rates import FARTHEST, undo
from reservations.wording import active_locale

#: Months before this one show the current month.
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the address asks for: a property with its room types and rate plans, and a month."""

    hotel: Hotel
    houses: Sequence[Property]
    house: Property
    kinds: Sequence[RoomType]
    plans: Sequence[RatePlan]
    month: date
    today: date

    @property
    def last_of_month(self) -> date:
        return self.month.replace(day=calendar.monthrange(self.month.year, self.month.month)[1])

    def url(self, **more: Any) -> str:
        """The page's address for the same property and month."""
        query = {"property": self.house.pk, "month": self.month.strftime("%Y-%m"), **more}
        return f"{reverse('rates', args=[self.hotel.slug])}?{urlencode(query)}"


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.SEE_RATES)
def rates(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """A month of one property. What is posted is shown first (``preview``) or saved (``save``)."""
    may_set = _may_set(request)
    if request.method == "POST" and not may_set:
        raise PermissionDenied
    shown = _shown(request, hotel)
    if shown is None:
        return render(request, "reservations/rates.html", {"title": _("Rates"), "may_set": may_set})
    forms = _forms(request, shown)
    posted = forms.get(request.POST.get("what", ""))
    if request.method == "POST" and posted is not None and posted.is_valid():
        if isinstance(posted, PlanForm):
            save_plan(posted.instance)
            messages.success(request, _("The rate plan is there. Now give its nights a price."))
            return redirect(f"{shown.url()}#grid-heading")
        if request.POST.get("action") == "save" and (edit := posted.save(request.user)):
            return redirect(f"{shown.url(edited=edit.pk, month=_month_of(edit, shown))}#edited")
    return render(request, "reservations/rates.html", _context(request, shown, forms, may_set))


@require_POST
@hotel_page(Permission.SET_RATES)
def rates_preview(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """How many nights the form, as it is filled in now, would change."""
    shown = _shown(request, hotel)
    if shown is None:
        raise Http404
    form = _forms(request, shown).get(request.POST.get("what", ""))
    draft = form.draft if form is not None and not isinstance(form, PlanForm) and form.is_valid() else None
    return render(request, "reservations/rates_preview.html", {"draft": draft})


@require_POST
@hotel_page(Permission.SET_RATES)
def rates_undo(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Take an edit back, and show the month that was looked at."""
    try:
        undo(hotel=hotel, user=request.user, edit_id=pk)
    except RateEdit.DoesNotExist:
        raise Http404 from None
    except ValidationError as problem:
        messages.warning(request, " ".join(problem.messages))
    else:
        messages.success(request, _("Undone: these nights are again as they were before."))
    shown = _shown(request, hotel)
    return redirect(shown.url() if shown else reverse("rates", args=[hotel.slug]))


def _may_set(request: HttpRequest) -> bool:
    return Permission.SET_RATES in permissions_here(request)


def _shown(request: HttpRequest, hotel: Hotel) -> Shown | None:
    """What to show; None for a hotel without a property. Three queries."""
    houses = list(Property.objects.of(hotel))
    if not houses:
        return None
    house = house_shown(request, hotel, houses)
    today = timezone.localtime(timezone.now(), house.zone).date()
    return Shown(
        hotel=hotel,
        houses=houses,
        house=house,
        kinds=list(RoomType.objects.filter(property=house).order_by("name", "pk")),
        plans=[plan for plan in RatePlan.objects.filter(property=house) if plan.is_active],
        month=_month(request.GET.get("month", ""), today),
        today=today,
    )


def _month(text: str, today: date) -> date:
    """The first day of the month that ``text`` names ("2027-03"); of the current one when it names none."""
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return month if EARLIEST <= month <= today + FARTHEST else today.replace(day=1)


def _month_of(edit: RateEdit, shown: Shown) -> str:
    """The month to look at after ``edit``: the one that is shown, unless all of the edited nights lie elsewhere."""
    is_seen = edit.first <= shown.last_of_month and edit.last > shown.month
    return (shown.month if is_seen else edit.first).strftime("%Y-%m")


def _forms(request: HttpRequest, shown: Shown) -> dict[str, ChangeForm | CopyForm | PlanForm]:
    """The page's three forms by name; the posted one is bound."""

    def data(name: str) -> Any:
        return request.POST if request.method == "POST" and request.POST.get("what") == name else None

    first, last = max(shown.month, shown.today), max(shown.last_of_month, shown.today)
    choices: dict[str, Any] = {"hotel": shown.hotel, "plans": shown.plans, "kinds": shown.kinds}
    change = ChangeForm.initial_for(first=first, last=last, plans=shown.plans, kinds=shown.kinds)
    copy = CopyForm.initial_for(first=first, last=last, plans=shown.plans)
    return {
        "change": ChangeForm(data("change"), initial=change, **choices),
        "copy": CopyForm(data("copy"), initial=copy, **choices),
        "plan": PlanForm(data("plan"), house=shown.house),
    }


def _context(request: HttpRequest, shown: Shown, forms: dict[str, Any], may_set: bool) -> dict[str, Any]:
    edits = latest_edits(shown.house)
    edited = request.GET.get("edited", "")
    before, after = shown.month - timedelta(days=1), shown.last_of_month + timedelta(days=1)
    return {
        "title": _("Rates"),
        "shown": shown,
        "month_name": capfirst(format_skeleton("yMMMM", shown.month, locale=active_locale())),
        "month_before": before if before >= EARLIEST else None,
        "month_after": after if after <= shown.today + FARTHEST else None,
        "grid": month_grid(
            house=shown.house,
            kinds=shown.kinds,
            plans=shown.plans,
            month=shown.month,
            today=shown.today,
        ),
        "forms": forms,
        "edits": edits,
        "edited": next((line for line in edits if str(line.edit.pk) == edited), None),
        "may_set": may_set,
        "here": shown.url(),
    }
