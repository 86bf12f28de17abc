"""The admin's lists for hotels: rows of the user's hotels only, and rights that follow from the user's role there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from reservations.choices import Role
from reservations.models import Hotel, Membership
from reservations.permissions import ROLE_PERMISSIONS, Permission


def hotels_where(request: HttpRequest, permission: Permission) -> set[int]:
    """Ids of the hotels in which the request's user holds ``permission``. One query per request."""
    roles: dict[int, str] | None = getattr(request, "_hotel_roles", None)
    if roles is None:
        user = request.user
        rows = Membership.objects.filter(user_id=user.pk) if user.is_active else Membership.objects.none()
        roles = dict(rows.values_list("hotel_id", "role"))
        request._hotel_roles = roles  # type: ignore[attr-defined]
    return {hotel for hotel, role in roles.items() if permission in ROLE_PERMISSIONS[Role(role)]}


def has_hotel(model: type[models.Model]) -> bool:
    """Whether rows of ``model`` belong to a hotel by a field of that name."""
    return any(field.name == "hotel" and field.is_relation for field in model._meta.fields)


class HotelFilter(admin.SimpleListFilter):
    """The user's hotels as a filter; hidden for people of one hotel."""

    title = _("hotel")
    parameter_name = "hotel"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        hotels = Hotel.objects.filter(pk__in=model_admin.visible_hotels(request)).values_list("pk", "name")
        choices = [(str(pk), name) for pk, name in hotels]
        return choices if len(choices) > 1 else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(hotel_id=int(value)) if value and value.isdigit() else queryset


class ScopedRelatedFilter(admin.RelatedFieldListFilter):
    """A filter by a related row that offers rows of the user's hotels only."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        ordering = self.field_admin_ordering(field, request, model_admin)
        return field.get_choices(
            include_blank=False,
            ordering=ordering,
            limit_choices_to={"hotel_id__in": model_admin.visible_hotels(request)},
        )


class HotelRowForm(forms.ModelForm):
    """Refuses a row whose references belong to another hotel than the row itself."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        hotel_id = self.instance.hotel_id if self.instance.pk else getattr(cleaned.get("hotel"), "pk", None)
        if hotel_id is None:
            return cleaned
        for name in self.fields:
            related = cleaned.get(name)
            if isinstance(related, models.Model) and getattr(related, "hotel_id", hotel_id) != hotel_id:
                self.add_error(name, _("This belongs to another hotel."))
        return cleaned


class _NamedWithProperty(forms.ModelChoiceField):
    """Rooms and room types by property and name: "101" alone may exist in two houses."""

    def label_from_instance(self, row: Any) -> str:
        return f"{row.property} · {row.name}"


class HotelScopedAdmin(admin.ModelAdmin):
    """Base of every list of rows that belong to a hotel.

    ``see`` and ``manage`` name the permissions for reading and for changing; ``read_only`` forbids changing to
    everybody, because such rows come from the channels.
    """

    form = HotelRowForm
    see: ClassVar[Permission] = Permission.SEE_RESERVATIONS
    manage: ClassVar[Permission] = Permission.MANAGE_HOTEL
    read_only: ClassVar[bool] = False
    show_full_result_count = False
    list_per_page = 50

    # --- what is seen ---------------------------------------------------------------------------------------

    def visible_hotels(self, request: HttpRequest) -> set[int]:
        """Ids of the hotels whose rows this list shows to the user."""
        return hotels_where(request, self.see)

    def managed_hotels(self, request: HttpRequest) -> set[int]:
        """Ids of the hotels whose rows the user may add, change and delete here."""
        return set() if self.read_only else hotels_where(request, self.manage)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(hotel_id__in=self.visible_hotels(request))

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [HotelFilter, *super().get_list_filter(request)]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        columns = list(super().get_list_display(request))
        several = request.user.is_superuser or len(self.visible_hotels(request)) > 1
        return [*columns, "hotel"] if several else columns

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        return list({*(super().get_list_select_related(request) or ()), "hotel"})

    # --- what is allowed ------------------------------------------------------------------------------------

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(self.visible_hotels(request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._holds(self.visible_hotels(request), obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.managed_hotels(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._holds(self.managed_hotels(request), obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._holds(self.managed_hotels(request), obj)

    @staticmethod
    def _holds(hotels: Iterable[int], obj: Any) -> bool:
        return bool(hotels) if obj is None else obj.hotel_id in hotels

    # --- what can be chosen ---------------------------------------------------------------------------------

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[Any, ...]:
        """A row stays in its hotel: the hotel is chosen once."""
        fields = tuple(super().get_readonly_fields(request, obj))
        return (*fields, "hotel") if obj is not None and "hotel" not in fields else fields

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial = super().get_changeform_initial_data(request)
        hotels = self.managed_hotels(request)
        if len(hotels) == 1:
            initial.setdefault("hotel", next(iter(hotels)))
        return initial

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        related = db_field.related_model
        if related is Hotel:
            kwargs["queryset"] = Hotel.objects.filter(pk__in=self.managed_hotels(request))
        elif has_hotel(related):
            rows = related._default_manager.filter(hotel_id__in=self.managed_hotels(request))
            if {"property", "name"} <= {field.name for field in related._meta.fields}:
                kwargs.setdefault("form_class", _NamedWithProperty)
                rows = rows.select_related("property").order_by("property__name", "name")
            kwargs["queryset"] = rows
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
