"""The admin's lists of a hotel: what it has (editable by its managers) and what was booked (to look at)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from reservations import ledger_admin, members_admin  # noqa: F401 - they register their lists
from reservations.admin_scope import HotelRowForm, HotelScopedAdmin, ScopedRelatedFilter, hotels_where
from reservations.channels import channel_name
from reservations.closures import change_closure, close_room, remove_rooms, reopen, save_room
from reservations.models import (
    Guest,
    Hotel,
    Property,
    RatePlan,
    Reservation,
    Room,
    RoomClosure,
    RoomType,
    Stay,
)
from reservations.permissions import Permission
from reservations.rate_plans import save_plan
from reservations.wording import money_text

BY_PROPERTY = ("property", ScopedRelatedFilter)
BY_ROOM_TYPE = ("room_type", ScopedRelatedFilter)


@admin.register(Hotel)
class HotelAdmin(admin.ModelAdmin):
    """Operators register hotels; a hotel's managers may change its name."""

    list_display = ("name", "slug", "created_at")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hotel]:
        rows = super().get_queryset(request)
        if request.user.is_superuser:
            return rows
        return rows.filter(pk__in=hotels_where(request, Permission.MANAGE_HOTEL))

    def get_readonly_fields(self, request: HttpRequest, obj: Hotel | None = None) -> tuple[str, ...]:
        """The short name is part of every address: only an operator changes it."""
        return () if request.user.is_superuser else ("slug",)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Hotel | None = None) -> dict[str, Any]:
        return self.prepopulated_fields if request.user.is_superuser and obj is None else {}

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may_change(request, None)

    def has_view_permission(self, request: HttpRequest, obj: Hotel | None = None) -> bool:
        return self._may_change(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Hotel | None = None) -> bool:
        return self._may_change(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Hotel | None = None) -> bool:
        """Nobody: a hotel with bookings is not deleted by a press on a button."""
        return False

    @staticmethod
    def _may_change(request: HttpRequest, obj: Hotel | None) -> bool:
        if not request.user.is_active:
            return False
        managed = hotels_where(request, Permission.MANAGE_HOTEL)
        return request.user.is_superuser or (bool(managed) if obj is None else obj.pk in managed)


class SetUpAdmin(HotelScopedAdmin):
    """What the hotel has: seen by those who see reservations, changed by its managers."""


@admin.register(Property)
class PropertyAdmin(SetUpAdmin):
    list_display = ("name", "timezone", "check_in_from", "check_out_until", "currency")
    search_fields = ("name",)


@admin.register(RoomType)
class RoomTypeAdmin(SetUpAdmin):
    list_display = ("name", "property", "capacity")
    list_filter = (BY_PROPERTY,)
    list_select_related = ("property",)
    search_fields = ("name",)


class RoomForm(HotelRowForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        house, kind = cleaned.get("property"), cleaned.get("room_type")
        if house and kind and kind.property_id != house.pk:
            self.add_error("room_type", _("This room type belongs to another property."))
        parent = cleaned.get("parent")
        if parent and house and parent.property_id != house.pk:
            self.add_error("parent", _("This room belongs to another property."))
        elif parent and (parent.pk == self.instance.pk or parent.parent_id):
            self.add_error("parent", _("Choose an apartment that is not part of another one."))
        elif parent and self.instance.pk and self.instance.children.exists():
            self.add_error("parent", _("Other rooms are part of this one, so it cannot be part of another."))
        return cleaned


@admin.register(Room)
class RoomAdmin(SetUpAdmin):
    form = RoomForm
    list_display = ("name", "room_type", "property", "area", "is_active")
    list_filter = (BY_PROPERTY, BY_ROOM_TYPE, "is_active")
    list_select_related = ("property", "room_type")
    search_fields = ("name", "area")

    def save_model(self, request: HttpRequest, obj: Room, form: Any, change: bool) -> None:
        save_room(obj)

    def delete_model(self, request: HttpRequest, obj: Room) -> None:
        remove_rooms([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        remove_rooms(queryset)


@admin.register(RoomClosure)
class RoomClosureAdmin(SetUpAdmin):
    list_display = ("room", "first", "last", "kind", "note")
    list_filter = ("kind", "first")
    list_select_related = ("room",)
    search_fields = ("room__name", "note")

    def save_model(self, request: HttpRequest, obj: RoomClosure, form: Any, change: bool) -> None:
        if change:
            change_closure(obj)
        else:
            close_room(obj)

    def delete_model(self, request: HttpRequest, obj: RoomClosure) -> None:
        reopen([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[RoomClosure]) -> None:
        reopen(queryset)


@admin.register(RatePlan)
class RatePlanAdmin(SetUpAdmin):
    """The terms of sale; their prices are set on the page of rates."""

    see = Permission.SEE_RATES
    manage = Permission.SET_RATES
    list_display = ("name", "property", "meal_plan", "is_active", "position")
    list_filter = (BY_PROPERTY, "is_active")
    list_select_related = ("property",)
    search_fields = ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: RatePlan | None = None) -> tuple[str, ...]:
        """A plan stays in its property: its prices are those of the property's room types."""
        fields = super().get_readonly_fields(request, obj)
        return (*fields, "property") if obj else fields

    def save_model(self, request: HttpRequest, obj: RatePlan, form: Any, change: bool) -> None:
        save_plan(obj)

    def has_delete_permission(self, request: HttpRequest, obj: RatePlan | None = None) -> bool:
        """Only a plan that never had prices: others are taken out of use, and their nights stay readable."""
        return super().has_delete_permission(request, obj) and (obj is None or not obj.nights.exists())

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Deleting many at once would not ask for each whether it had prices."""
        return {}


class BookedAdmin(HotelScopedAdmin):
    """What the channels told: to look at only."""

    read_only = True


@admin.register(Guest)
class GuestAdmin(BookedAdmin):
    list_display = ("name", "email", "phone", "country")
    search_fields = ("name", "email", "phone")


@admin.register(Reservation)
class ReservationAdmin(BookedAdmin):
    list_display = (
        "code",
        "booker",
        "channel_label",
        "status",
        "arrival",
        "departure",
        "amount",
        "changed_at",
    )
    list_filter = ("status", BY_PROPERTY, "arrival")
    list_select_related = ("booker",)
    search_fields = ("channel_ref", "booker__name", "booker__email")
    readonly_fields = ("channel_label", "amount", "commission_amount")
    fields = (
        "hotel",
        "property",
        "channel_label",
        "channel_ref",
        "status",
        "booker",
        "arrival",
        "departure",
        "amount",
        "commission_amount",
        "notes",
        "booked_at",
        "cancelled_at",
        "created_at",
        "changed_at",
    )

    @admin.display(description=_("code"), ordering="channel_ref")
    def code(self, row: Reservation) -> str:
        return row.channel_ref or f"#{row.pk}"

    @admin.display(description=_("channel"), ordering="channel")
    def channel_label(self, row: Reservation) -> str:
        return channel_name(row.channel)

    @admin.display(description=_("total"), ordering="total")
    def amount(self, row: Reservation) -> str:
        return money_text(row.total, row.currency)

    @admin.display(description=_("commission"), ordering="commission")
    def commission_amount(self, row: Reservation) -> str:
        return money_text(row.commission, row.currency)

    def view_on_site(self, row: Reservation) -> str | None:
        """The staff's own page of the reservation."""
        try:
            return reverse("reservation_detail", args=[row.hotel.slug, row.pk])
        except NoReverseMatch:
            return None


@admin.register(Stay)
class StayAdmin(BookedAdmin):
    list_display = (
        "guest_name",
        "room",
        "room_type",
        "arrival",
        "departure",
        "status",
        "state",
        "unmapped",
        "overbooked",
    )
    list_filter = ("status", "state", "unmapped", "overbooked", BY_PROPERTY, BY_ROOM_TYPE, "arrival")
    list_select_related = ("room", "room_type")
    search_fields = ("guest_name", "room__name", "reservation__channel_ref")
    readonly_fields = ("price",)
    fields = (
        "hotel",
        "reservation",
        "guest_name",
        "property",
        "room_type",
        "room",
        "room_ref",
        "arrival",
        "departure",
        "status",
        "state",
        "adults",
        "children",
        "infants",
        "price",
        "booked_at",
        "unmapped",
        "overbooked",
    )

    @admin.display(description=_("price"))
    def price(self, row: Stay) -> str:
        return money_text(row.total, row.reservation.currency)
