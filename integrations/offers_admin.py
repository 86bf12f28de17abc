"""Lists of what is on sale at the connections: what waits, how far each night has got, and which rate is which."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from integrations.admin_base import BY_CONNECTION, IntegrationAdmin
from integrations.models import AvailabilityState, OutboxJob, RateMapping, WrongNumberDay
from integrations.on_sale_words import values_text
from integrations.phrases import say_error


@admin.register(OutboxJob)
class OutboxJobAdmin(IntegrationAdmin):
    list_display = ("changed_at", "connection", "kind", "first", "last", "attempts", "not_before", "trouble")
    list_filter = ("kind", BY_CONNECTION)
    list_select_related = ("connection",)
    fields = ("connection", "kind", "first", "last", "changed_at", "attempts", "not_before", "trouble")
    readonly_fields = fields

    @admin.display(description=_("trouble"))
    def trouble(self, row: OutboxJob) -> str:
        return say_error(row.error_code, row.error) if row.error_code else "—"


@admin.register(AvailabilityState)
class AvailabilityStateAdmin(IntegrationAdmin):
    list_display = (
        "date",
        "connection",
        "room_mapping",
        "rate_mapping",
        "state",
        "accepted_text",
        "accepted_at",
    )
    list_filter = ("state", BY_CONNECTION)
    date_hierarchy = "date"
    list_select_related = ("connection", "room_mapping", "rate_mapping")
    fields = (
        "date",
        "connection",
        "room_mapping",
        "rate_mapping",
        "state",
        "sent_text",
        "accepted_text",
        "read_text",
        "error",
        "request_id",
        "queued_at",
        "sent_at",
        "accepted_at",
        "read_at",
    )
    readonly_fields = fields

    @admin.display(description=_("sent last"))
    def sent_text(self, row: AvailabilityState) -> str:
        return _said(row.value)

    @admin.display(description=_("accepted last"))
    def accepted_text(self, row: AvailabilityState) -> str:
        return _said(row.accepted)

    @admin.display(description=_("read back"))
    def read_text(self, row: AvailabilityState) -> str:
        return _said(row.read_value)


@admin.register(RateMapping)
class RateMappingAdmin(IntegrationAdmin):
    list_display = (
        "external_name",
        "connection",
        "property_ref",
        "room_ref",
        "external_ref",
        "rate_plan",
        "ignored",
    )
    list_filter = ("ignored", BY_CONNECTION)
    search_fields = ("external_name", "external_ref")
    list_select_related = ("connection", "rate_plan")
    fields = list_display
    readonly_fields = fields


@admin.register(WrongNumberDay)
class WrongNumberDayAdmin(IntegrationAdmin):
    list_display = ("day", "connection", "nights", "seconds", "longest")
    list_filter = (BY_CONNECTION,)
    date_hierarchy = "day"
    list_select_related = ("connection",)
    fields = list_display
    readonly_fields = fields


def _said(values: dict[str, Any]) -> str:
    return values_text(values) if values else "—"
