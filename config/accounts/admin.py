"""People in the admin: operators add and edit them; for everyone else the list does not exist."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.accounts.models import User
from reservations.models import Membership


def _one_spelling(form: forms.ModelForm[User]) -> str:
    # Sign-in looks addresses up in lower case.
    return str(form.cleaned_data["email"]).strip().lower()


class PersonCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name", "language")
        field_classes: dict[str, Any] = {}

    def clean_email(self) -> str:
        return _one_spelling(self)


class PersonChangeForm(UserChangeForm):
    class Meta:
        model = User
        fields = ("email", "name", "language", "is_active", "is_superuser", "password")
        field_classes: dict[str, Any] = {}

    def clean_email(self) -> str:
        return _one_spelling(self)


class MembershipInline(admin.TabularInline):
    model = Membership
    fields = ("hotel", "role")
    extra = 1
    verbose_name_plural = _("hotels and roles")


@admin.register(User)
class PersonAdmin(BaseUserAdmin):
    form = PersonChangeForm
    add_form = PersonCreationForm
    inlines = (MembershipInline,)
    list_display = ("email", "name", "language", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "language")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "language")}),
        (_("Access"), {"fields": ("is_active", "is_superuser", "last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "language", "usable_password", "password1", "password2")}),
    )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people = super().get_queryset(request)
        return people if request.user.is_superuser else people.none()


# Roles come from memberships; Django's groups would be a second, silent source of rights.
admin.site.unregister(Group)
