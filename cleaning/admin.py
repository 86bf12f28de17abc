"""The admin's lists of cleaning: the hours of each house, and every task to look at by day."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cleaning import people_admin  # noqa: F401 - registers its lists
from cleaning.horizon import replan_property
from cleaning.models import CleaningHours, CleaningTask
from cleaning.wording import place_text, until_text
from reservations.admin_scope import HotelScopedAdmin, ScopedRelatedFilter
from reservations.permissions import Permission


@admin.register(CleaningHours)
class CleaningHoursAdmin(HotelScopedAdmin):
    """Saving hours plans the house anew; work that was started or finished stays as it is."""

    see = Permission.SEE_CLEANING
    manage = Permission.PLAN_CLEANING
    list_display = ("property", "starts_at", "ends_at")
    list_select_related = ("property",)

    def save_model(self, request: HttpRequest, obj: CleaningHours, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        _plan_anew(obj.property_id)

    def delete_model(self, request: HttpRequest, obj: CleaningHours) -> None:
        super().delete_model(request, obj)
        _plan_anew(obj.property_id)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        houses = list(queryset.values_list("property_id", flat=True))
        super().delete_queryset(request, queryset)
        for property_id in houses:
            _plan_anew(property_id)


@admin.register(CleaningTask)
class CleaningTaskAdmin(HotelScopedAdmin):
    """Every task, to find and to look at; people decide and work on the pages of cleaning, which each row opens.

    Only for those who plan: a row names its stay, and with it the guest.
    """

    see = Permission.PLAN_CLEANING
    read_only = True
    list_display = ("date", "place", "kind", "until", "minutes", "priority", "assignee", "state")
    list_display_links = ("date", "place")
    list_filter = (
        "date",
        "kind",
        "state",
        "priority",
        "turnover",
        "overbooked",
        ("property", ScopedRelatedFilter),
    )
    list_select_related = ("property", "room", "room_type", "assignee")
    date_hierarchy = "date"
    search_fields = ("room__name", "room_type__name", "assignee__name")
    ordering = ("date", "priority", "window_end", "pk")

    @admin.display(description=_("room"), ordering="room__name")
    def place(self, task: CleaningTask) -> str:
        return place_text(task)

    @admin.display(description=_("until"), ordering="window_end")
    def until(self, task: CleaningTask) -> str:
        return until_text(task)

    def view_on_site(self, task: CleaningTask) -> str:
        return reverse("cleaning_task", args=[task.hotel.slug, task.pk])


def _plan_anew(property_id: int) -> None:
    transaction.on_commit(partial(replan_property, property_id=property_id, now=timezone.now()))
