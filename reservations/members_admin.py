"""The admin's lists of the people of a hotel: who belongs to it, and who was asked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reservations.admin_scope import HotelRowForm, HotelScopedAdmin
from reservations.members import check_role_change, invite, person_with_address
from reservations.models import Hotel, Invitation, Membership
from reservations.permissions import Permission


class MembershipForm(HotelRowForm):
    """A person is named by e-mail address, so that nobody can leaf through the people of other hotels."""

    email = forms.EmailField(
        label=_("E-mail"), help_text=_("Who has no account yet gets one. Who has one is asked first.")
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        required=False,
        help_text=_("For a new account; existing people keep theirs."),
    )
    actor: Any = None

    class Meta:
        model = Membership
        fields = ("hotel", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("email", "name"):
                self.fields.pop(name, None)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        hotel = self.instance.hotel if self.instance.pk else cleaned.get("hotel")
        role = cleaned.get("role")
        if not hotel or not role:
            return cleaned
        old = Membership.objects.get(pk=self.instance.pk).role if self.instance.pk else None
        check_role_change(actor=self.actor, hotel=hotel, old=old, new=role)
        email = cleaned.get("email")
        if email and Membership.objects.of(hotel).filter(user__email__iexact=email).exists():
            self.add_error("email", _("This person already belongs to the hotel."))
        return cleaned


@admin.register(Membership)
class MembershipAdmin(HotelScopedAdmin):
    """Who works in the hotel, and as what. Operators reach the members of every hotel."""

    form = MembershipForm
    see = manage = Permission.MANAGE_HOTEL
    list_display = ("person", "email", "role")
    list_filter = ("role",)
    list_select_related = ("user",)
    search_fields = ("user__name", "user__email")
    ordering = ("hotel", "role", "user__name", "pk")

    def visible_hotels(self, request: HttpRequest) -> set[int]:
        if request.user.is_active and request.user.is_superuser:
            return set(Hotel.objects.values_list("pk", flat=True))
        return super().visible_hotels(request)

    managed_hotels = visible_hotels

    @admin.display(description=_("person"), ordering="user__name")
    def person(self, row: Membership) -> str:
        return str(row.user)

    @admin.display(description=_("e-mail"), ordering="user__email")
    def email(self, row: Membership) -> str:
        return row.user.email

    def get_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        return ("person", "email", "hotel", "role") if obj else ("hotel", "email", "name", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        return ("person", "email", "hotel") if obj else ()

    def get_form(self, request: HttpRequest, obj: Membership | None = None, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["fields"] = ("hotel", "role")
        form = super().get_form(request, obj, **kwargs)
        return type("BoundMembershipForm", (form,), {"actor": request.user})

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """An existing account is only invited, except by an operator, who answers for it."""
        if not change:
            typed = form.cleaned_data
            obj.user, is_new = person_with_address(email=typed["email"], name=typed["name"])
            if not is_new and not request.user.is_superuser:
                invite(
                    hotel=obj.hotel, user=obj.user, role=obj.role, invited_by=request.user, now=timezone.now()
                )
                return
        super().save_model(request, obj, form, change)

    def log_addition(self, request: HttpRequest, obj: Membership, message: Any) -> Any:
        return super().log_addition(request, obj, message) if obj.pk else None

    def response_add(
        self, request: HttpRequest, obj: Membership, post_url_continue: str | None = None
    ) -> HttpResponse:
        if obj.pk:
            return super().response_add(request, obj, post_url_continue)
        said = _("%(email)s has an account already, so the person is asked first, at %(address)s.")
        address = request.build_absolute_uri(reverse("invitations"))
        self.message_user(request, said % {"email": obj.user.email, "address": address}, messages.SUCCESS)
        return redirect("admin:reservations_invitation_changelist")

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        if not super().has_delete_permission(request, obj):
            return False
        if obj is None:
            return True
        try:
            check_role_change(actor=request.user, hotel=obj.hotel, old=obj.role, new=None)
        except ValidationError:
            return False
        return True

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """People are removed one by one: two last owners in one press would pass the check each by each."""
        return {}


@admin.register(Invitation)
class InvitationAdmin(HotelScopedAdmin):
    """Who was asked and has not answered yet; taking an invitation back is all that can be done with one."""

    see = manage = Permission.MANAGE_HOTEL
    list_display = ("email", "role", "invited_by", "made_at")
    list_select_related = ("user", "invited_by")
    fields = ("hotel", "email", "role", "invited_by", "made_at")

    @admin.display(description=_("e-mail"), ordering="user__email")
    def email(self, row: Invitation) -> str:
        # Not the name: whoever was invited by a mistyped address stays unknown.
        return row.user.email

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
