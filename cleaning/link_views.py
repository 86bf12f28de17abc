"""Personal links: the page where a planner makes them, and the page that opens one."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from cleaning.choices import LinkPurpose
from cleaning.company_views import company_page
from cleaning.doors import square
from cleaning.link_sessions import sign_in_by
from cleaning.links import (
    LinkRefused,
    find_link,
    links_of,
    make_link,
    may_make_links,
    may_sign_in_by_link,
    note_use,
    revoke_link,
)
from cleaning.models import CleaningCompany
from cleaning.people import people_of_company, people_who_clean
from reservations.hotel_pages import hotel_page
from reservations.models import Hotel
from reservations.permissions import Permission


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("token")
def personal_link(request: HttpRequest, token: str) -> HttpResponse:
    """One button that signs the link's person in; a preview of the address, which only reads it, signs in nobody."""
    slower: HttpResponse | None = ratelimit.consume_or_429(request, action="personal_link")
    if slower is not None:
        return slower
    now = timezone.now()
    link = find_link(token, LinkPurpose.SIGN_IN, now)
    if link is None:
        return _quietly(
            render(request, "cleaning/link_over.html", {"title": _("Ask for a new link")}, status=404)
        )
    if request.method == "POST":
        sign_in_by(link, request)
        note_use(link, now)
        return _quietly(redirect("my_day"))
    with translation.override(link.user.language):
        context = {"title": _("Your day"), "person": link.user}
        return _quietly(render(request, "cleaning/link_open.html", context))


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.PLAN_CLEANING)
def cleaner_links(request: HttpRequest, hotel: Hotel, user_id: int) -> HttpResponse:
    """The links of one person who cleans for the hotel: make, show once, withdraw."""
    person = get_object_or_404(people_who_clean(hotel), pk=user_id)
    back = reverse("cleaning_people_person", args=[hotel.slug, person.pk])
    return _links_page(request, person, {"tabs": "cleaning/tabs.html", "back": back})


@require_http_methods(["GET", "HEAD", "POST"])
@company_page
def company_cleaner_links(request: HttpRequest, company: CleaningCompany, user_id: int) -> HttpResponse:
    """The same for a planner of a cleaning company and its own people; 404 for everybody else."""
    person = get_object_or_404(people_of_company(company.pk), pk=user_id)
    back = reverse("company_person", args=[company.slug, person.pk])
    return _links_page(
        request, person, {"tabs": "cleaning/company_tabs.html", "back": back, "company": company}
    )


def _links_page(request: HttpRequest, person: Any, context: dict[str, Any]) -> HttpResponse:
    now = timezone.now()
    if request.method == "POST":
        purpose = request.POST.get("purpose", "")
        if purpose not in LinkPurpose.values:
            return redirect(request.path)
        if request.POST.get("action") == "withdraw":
            # Who may not make a link may not end another planner's either.
            if may_make_links(request.user, person) and revoke_link(
                user=person, purpose=LinkPurpose(purpose), now=now
            ):
                messages.success(request, _("The link does not work any more."))
            return redirect(request.path)
        try:
            _link, address = make_link(
                user=person, purpose=LinkPurpose(purpose), made_by=request.user, now=now
            )
        except LinkRefused as refusal:
            messages.warning(request, str(refusal))
        else:
            context |= {"address": address, "square": square(address), "made_for": purpose}
    live = links_of(person, now)
    context |= {
        "title": _("Links of %(name)s") % {"name": person},
        "person": person,
        "may_make": may_make_links(request.user, person),
        "may_sign_in": may_sign_in_by_link(person),
        "kinds": [(value, label, live.get(value)) for value, label in LinkPurpose.choices],
    }
    return _quietly(render(request, "cleaning/links.html", context))


def _quietly(response: HttpResponse) -> HttpResponse:
    """No copy, no search engine, and no other page learns the address."""
    response["Cache-Control"] = "private, no-store"
    # Not "no-referrer": browsers then send the form without its origin, and it is refused as forged.
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response
