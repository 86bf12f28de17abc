"""The pages of checklists: all lists by kind of work, and the lines of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cleaning import checklist_services as services
from cleaning.checklist_forms import ItemForm, ListForm, NameForm
from cleaning.choices import TaskKind
from cleaning.models import Checklist, ChecklistItem
from reservations.hotel_pages import hotel_page
from reservations.models import Hotel
from reservations.permissions import Permission, permissions_here


@dataclass(frozen=True, slots=True)
class KindOfLists:
    kind: str
    label: str
    lists: list[Any]


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.SEE_CLEANING)
def cleaning_checklists(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """Every list by kind. What is posted makes a new one (``add``), or a proposed one of a kind (``proposal``)."""
    may_plan = _may_plan(request)
    form = ListForm(request.POST if "add" in request.POST else None)
    if request.method == "POST":
        if not may_plan:
            raise PermissionDenied
        if request.POST.get("proposal") in TaskKind.values:
            checklist = services.start_with_proposal(hotel_id=hotel.pk, kind=request.POST["proposal"])
            messages.success(request, _("A list to begin with. Change it until it fits your house."))
            return redirect("cleaning_checklist", slug=hotel.slug, pk=checklist.pk)
        if form.is_valid():
            try:
                checklist = services.add_list(hotel_id=hotel.pk, **form.cleaned_data)
                return redirect("cleaning_checklist", slug=hotel.slug, pk=checklist.pk)
            except ValidationError as refusal:
                form.add_error(None, refusal)
    in_use = Count("items", filter=Q(items__is_active=True))
    found = list(Checklist.objects.of(hotel).annotate(number=in_use).order_by("-is_default", "name", "pk"))
    context = {
        "title": _("Checklists"),
        "kinds": [
            KindOfLists(str(kind), str(label), [row for row in found if row.kind == kind])
            for kind, label in TaskKind.choices
        ],
        "has_lists": bool(found),
        "form": form,
        "may_plan": may_plan,
    }
    return render(request, "cleaning/checklists.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.SEE_CLEANING)
def cleaning_checklist(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """The lines of one list; what is posted is a new line."""
    checklist = get_object_or_404(Checklist.objects.of(hotel), pk=pk)
    may_plan = _may_plan(request)
    if request.method == "POST" and not may_plan:
        raise PermissionDenied
    form = ItemForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _saved(form, hotel, checklist, None):
        return redirect(f"{_address(hotel, checklist.pk)}#new-line")
    items = list(checklist.items.order_by("position", "pk"))
    context = {
        "title": checklist.name,
        "subtitle": checklist.get_kind_display(),
        "checklist": checklist,
        "items": [item for item in items if item.is_active],
        "retired": [item for item in items if not item.is_active],
        "form": form,
        "name_form": NameForm(initial={"name": checklist.name}),
        "may_plan": may_plan,
    }
    return render(request, "cleaning/checklist.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_checklist_item(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """One line, to be written anew."""
    item = get_object_or_404(ChecklistItem.objects.of(hotel).select_related("checklist"), pk=pk)
    form = ItemForm(request.POST if request.method == "POST" else None, item=item)
    if request.method == "POST" and _saved(form, hotel, item.checklist, item.pk):
        return redirect(f"{_address(hotel, item.checklist_id)}#line-{item.pk}")
    context = {"title": _("Change the line"), "item": item, "checklist": item.checklist, "form": form}
    return render(request, "cleaning/checklist_item.html", context)


@require_POST
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_checklist_item_act(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Move a line (``up``, ``down``), take it out of use (``retire``) or bring it back (``use``)."""
    item = get_object_or_404(ChecklistItem.objects.of(hotel), pk=pk)
    acts: dict[str, Callable[[], object]] = {
        "up": lambda: services.move_item(hotel_id=hotel.pk, item_id=pk, up=True),
        "down": lambda: services.move_item(hotel_id=hotel.pk, item_id=pk, up=False),
        "retire": lambda: services.use_item(hotel_id=hotel.pk, item_id=pk, is_used=False),
        "use": lambda: services.use_item(hotel_id=hotel.pk, item_id=pk, is_used=True),
    }
    if act := acts.get(request.POST.get("act", "")):
        act()
    return redirect(f"{_address(hotel, item.checklist_id)}#line-{pk}")


@require_POST
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_checklist_act(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Rename a list (``rename``), make it the usual one of its kind (``usual``), or remove it (``remove``)."""
    get_object_or_404(Checklist.objects.of(hotel), pk=pk)
    act = request.POST.get("act")
    try:
        if act == "rename":
            services.rename_list(hotel_id=hotel.pk, checklist_id=pk, name=request.POST.get("name", ""))
        elif act == "usual":
            services.make_usual(hotel_id=hotel.pk, checklist_id=pk)
        elif act == "remove":
            services.remove_list(hotel_id=hotel.pk, checklist_id=pk)
            messages.success(request, _("The list is removed."))
            return redirect("cleaning_checklists", slug=hotel.slug)
    except ValidationError as refusal:
        messages.warning(request, " ".join(refusal.messages))
    return redirect(_address(hotel, pk))


def _saved(form: ItemForm, hotel: Hotel, checklist: Checklist, item_id: int | None) -> bool:
    """Whether the form was valid and its line is stored; else the form says what is wrong."""
    if not form.is_valid():
        return False
    try:
        services.save_item(hotel_id=hotel.pk, checklist_id=checklist.pk, item_id=item_id, **form.values)
    except ValidationError as refusal:
        form.add_error(None, " ".join(refusal.messages))
        return False
    return True


def _may_plan(request: HttpRequest) -> bool:
    return Permission.PLAN_CLEANING in permissions_here(request)


def _address(hotel: Hotel, pk: int) -> str:
    return reverse("cleaning_checklist", args=[hotel.slug, pk])
