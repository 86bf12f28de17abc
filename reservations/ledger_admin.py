"""The admin's list of accounts: to look at only, lines are added on the reservation's page."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from reservations.admin_scope import HotelScopedAdmin
from reservations.models import LedgerEntry
from reservations.wording import money_text


@admin.register(LedgerEntry)
class LedgerEntryAdmin(HotelScopedAdmin):
    read_only = True
    list_display = ("occurred_at", "kind", "sum_of_line", "purpose", "method", "reservation", "user")
    list_filter = ("kind", "purpose", "occurred_at")
    list_select_related = ("reservation", "user")
    search_fields = ("reservation__channel_ref", "reservation__booker__name", "note")
    ordering = ("-occurred_at", "-pk")
    readonly_fields = ("sum_of_line", "recorded_at")
    fields = (
        "hotel",
        "reservation",
        "kind",
        "sum_of_line",
        "purpose",
        "method",
        "note",
        "reverses",
        "occurred_at",
        "recorded_at",
        "user",
    )

    @admin.display(description=_("amount"), ordering="amount")
    def sum_of_line(self, row: LedgerEntry) -> str:
        return money_text(row.amount, row.currency)
