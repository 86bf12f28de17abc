"""The hotel's pages of people: who cleans, when and where, in which teams, and for which companies."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from cleaning.capacity import houses_of
from cleaning.contracts import company_with_code, end_contract, share_with_company
from cleaning.models import CleanerArea, CleaningTeam, CompanyContract
from cleaning.people import people_who_clean
from cleaning.people_forms import AreasForm, ShareForm
from cleaning.people_selectors import PersonRow, rows_of_hotel
from cleaning.person_page import Door, address_or_nothing, person_forms, team_page
from cleaning.staffing import places_of, set_areas
from reservations.hotel_pages import hotel_page
from reservations.models import Hotel, Property
from reservations.permissions import Permission, permissions_here


@require_safe
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_people(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """Everybody who cleans for the hotel, the teams, and the companies it shares with. About twenty queries."""
    houses = houses_of(hotel)
    rows = rows_of_hotel(hotel, houses, timezone.now())
    for row in rows:
        row.links_url = address_or_nothing("cleaner_links", hotel.slug, row.person.pk)
    context: dict[str, Any] = {
        "title": _("People who clean"),
        "rows": rows,
        "teams": CleaningTeam.objects.filter(hotel=hotel).prefetch_related("members"),
        "may_share": _may_share(request),
        "contracts": CompanyContract.objects.of(hotel)
        .select_related("company")
        .prefetch_related("properties", "company__members")
        .order_by("company__name"),
        "members_url": _members_url(request),
    }
    return render(request, "cleaning/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_people_person(request: HttpRequest, hotel: Hotel, user_id: int) -> HttpResponse:
    """One person: hours, days off and areas. A company's people are shown their hours only."""
    person = get_object_or_404(people_who_clean(hotel), pk=user_id)
    houses = houses_of(hotel)
    row = rows_of_hotel(hotel, houses, timezone.now(), [person])[0]
    back = reverse("cleaning_people_person", args=[hotel.slug, user_id])
    areas = _areas_form(request, hotel, houses, person)
    if request.method == "POST" and request.POST.get("what") == "areas":
        if areas.is_valid():
            set_areas(hotel=hotel, user_id=user_id, places=areas.chosen)
            messages.success(request, _("Saved."))
            return redirect(back)
        answer: HttpResponse | dict[str, Any] = person_forms(None, row)
    else:
        answer = person_forms(request, row, may_set=row.hours_are_set_here, back=back)
    if isinstance(answer, HttpResponse):
        return answer
    context = answer | {
        "title": str(person),
        "subtitle": _subtitle(row),
        "back": reverse("cleaning_people", args=[hotel.slug]),
        "row": row,
        "may_set": row.hours_are_set_here,
        "areas": areas,
        "links_url": address_or_nothing("cleaner_links", hotel.slug, user_id),
        "tabs": "cleaning/tabs.html",
    }
    return render(request, "cleaning/people_person.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_team_new(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """A new team of the hotel."""
    return team_page(request, _door(hotel), None)


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_team(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """A team of the hotel: its name and people, or its end."""
    team = get_object_or_404(CleaningTeam.objects.filter(hotel=hotel), pk=pk)
    return team_page(request, _door(hotel), team)


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.MANAGE_HOTEL)
def cleaning_company_share(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """Share the hotel's cleaning with a company."""
    form = ShareForm(request.POST if request.method == "POST" else None, houses=houses_of(hotel))
    back = reverse("cleaning_people", args=[hotel.slug])
    if request.method == "POST" and form.is_valid():
        try:
            contract = share_with_company(
                hotel=hotel,
                company=company_with_code(form.cleaned_data["company"]),
                property_ids=form.cleaned_data["properties"],
                user_id=request.user.pk,
                now=timezone.now(),
            )
        except ValidationError as problem:
            form.add_error(None if "company" not in problem.error_dict else "company", problem.messages)
        else:
            shared = _("Shared with %(company)s. Its people can be given work now.")
            messages.success(request, shared % {"company": contract.company})
            return redirect(f"{back}#companies")
    context = {"title": _("Share with a cleaning company"), "form": form, "back": back, "contract": None}
    return render(request, "cleaning/people_share.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.MANAGE_HOTEL)
def cleaning_company(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """What is shared with one company: other properties, or the end of it."""
    contracts = CompanyContract.objects.of(hotel).select_related("company").prefetch_related("properties")
    contract = get_object_or_404(contracts, pk=pk)
    back = reverse("cleaning_people", args=[hotel.slug])
    now = timezone.now()
    if request.method == "POST" and request.POST.get("what") == "end":
        lost = end_contract(hotel=hotel, contract_id=pk, user_id=request.user.pk, now=now)
        messages.success(request, _ended(str(contract.company), lost))
        return redirect(f"{back}#companies")
    data = request.POST if request.method == "POST" else None
    form = ShareForm(data, houses=houses_of(hotel), contract=contract)
    if request.method == "POST" and form.is_valid():
        share_with_company(
            hotel=hotel,
            company=contract.company,
            property_ids=form.cleaned_data["properties"],
            user_id=request.user.pk,
            now=now,
        )
        messages.success(request, _("Saved."))
        return redirect(f"{back}#companies")
    context = {"title": str(contract.company), "form": form, "back": back, "contract": contract}
    return render(request, "cleaning/people_share.html", context)


def _door(hotel: Hotel) -> Door:
    return Door(
        hotel=hotel,
        people=list(people_who_clean(hotel)),
        back=reverse("cleaning_people", args=[hotel.slug]),
        tabs="cleaning/tabs.html",
    )


def _areas_form(request: HttpRequest, hotel: Hotel, houses: list[Property], person: Any) -> AreasForm:
    rows = CleanerArea.objects.of(hotel).filter(user=person)
    posted = request.method == "POST" and request.POST.get("what") == "areas"
    return AreasForm(
        request.POST if posted else None,
        places=places_of(hotel),
        houses={house.pk: house for house in houses},
        chosen=[(row.property_id, row.area) for row in rows],
    )


def _subtitle(row: PersonRow) -> str:
    named = [name for name in row.companies if name]
    return " · ".join([*([row.role] if row.role else []), *named])


def _ended(company: str, lost: int) -> str:
    if not lost:
        return _("%(company)s sees nothing of the hotel any more.") % {"company": company}
    words = ngettext(
        "%(company)s sees nothing of the hotel any more. %(count)s task waits for somebody else.",
        "%(company)s sees nothing of the hotel any more. %(count)s tasks wait for somebody else.",
        lost,
    )
    return words % {"company": company, "count": lost}


def _may_share(request: HttpRequest) -> bool:
    return Permission.MANAGE_HOTEL in permissions_here(request)


def _members_url(request: HttpRequest) -> str:
    return address_or_nothing("admin:reservations_membership_changelist") if _may_share(request) else ""
