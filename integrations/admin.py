"""Lists of what the integrations did, to look at. Nothing that is encrypted is ever a column or a field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from integrations import (
    offers_admin,  # noqa: F401 - registers its lists
    words,
)
from integrations.admin_base import BY_CONNECTION, BY_PROVIDER, IntegrationAdmin
from integrations.applications import fields_from_environment, missing_fields, save_application
from integrations.forms import form_field
from integrations.models import (
    Alert,
    Connection,
    Exchange,
    InboxMessage,
    LogEntry,
    ProviderApplication,
    SyncRun,
)
from integrations.phrases import say_error
from integrations.registry import UnknownProvider, all_providers, provider_name


@admin.register(Connection)
class ConnectionAdmin(IntegrationAdmin):
    list_display = ("name", "integration", "status", "status_since", "last_success_at", "next_run_at")
    list_filter = ("status", BY_PROVIDER)
    search_fields = ("name",)
    fields = (
        "name",
        "integration",
        "status",
        "status_since",
        "trouble",
        "failures",
        "last_success_at",
        "next_run_at",
        "token_expires_at",
        "catalogue_at",
        "created_at",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        return super().get_queryset(request).defer("credentials", "webhook_token", "catalogue")

    @admin.display(description=_("trouble"))
    def trouble(self, row: Connection) -> str:
        return words.what_happened(row) or "—"


@admin.register(InboxMessage)
class InboxMessageAdmin(IntegrationAdmin):
    """Operators also see messages for which no hotel was found."""

    list_display = (
        "received_at",
        "integration",
        "connection",
        "kind",
        "event",
        "external_id",
        "state",
        "attempts",
    )
    list_filter = ("state", "kind", BY_PROVIDER, BY_CONNECTION)
    search_fields = ("external_id", "event")
    date_hierarchy = "received_at"
    list_select_related = ("connection",)
    fields = (
        "received_at",
        "integration",
        "connection",
        "kind",
        "event",
        "external_id",
        "property_ref",
        "size",
        "state",
        "attempts",
        "duplicates",
        "not_before",
        "processed_at",
        "problem_list",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboxMessage]:
        rows = admin.ModelAdmin.get_queryset(self, request).defer("body")
        wanted = Q(hotel_id__in=self.visible_hotels(request))
        if request.user.is_superuser:
            wanted |= Q(hotel=None)
        return rows.filter(wanted)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser or super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: InboxMessage | None = None) -> bool:
        if request.user.is_superuser and (obj is None or obj.hotel_id is None):
            return True
        return super().has_view_permission(request, obj)

    @admin.display(description=_("problems"))
    def problem_list(self, row: InboxMessage) -> str:
        return "; ".join(words.say_problem(problem) for problem in row.problems) or "—"


@admin.register(SyncRun)
class SyncRunAdmin(IntegrationAdmin):
    list_display = (
        "queued_at",
        "connection",
        "kind",
        "trigger",
        "state",
        "seen",
        "created",
        "changed",
        "failed",
    )
    list_filter = ("state", "kind", "trigger", BY_CONNECTION)
    date_hierarchy = "queued_at"
    list_select_related = ("connection",)
    fields = (
        "connection",
        "kind",
        "trigger",
        "user",
        "state",
        "trouble",
        "queued_at",
        "started_at",
        "finished_at",
        "pages",
        "seen",
        "expected",
        "created",
        "changed",
        "unchanged",
        "failed",
    )
    readonly_fields = fields

    @admin.display(description=_("trouble"))
    def trouble(self, row: SyncRun) -> str:
        return say_error(row.error_code, row.error_detail) if row.error_code else "—"


@admin.register(LogEntry)
class LogEntryAdmin(IntegrationAdmin):
    list_display = ("at", "connection", "level", "sentence")
    list_filter = ("level", BY_CONNECTION)
    date_hierarchy = "at"
    list_select_related = ("connection",)
    fields = ("at", "connection", "level", "sentence")
    readonly_fields = fields

    @admin.display(description=_("what happened"))
    def sentence(self, row: LogEntry) -> str:
        return words.say_line(row)


@admin.register(Exchange)
class ExchangeAdmin(IntegrationAdmin):
    list_display = ("at", "connection", "method", "url", "status", "milliseconds", "size")
    list_filter = (BY_PROVIDER, BY_CONNECTION)
    date_hierarchy = "at"
    list_select_related = ("connection",)
    fields = (
        "at",
        "integration",
        "connection",
        "method",
        "url",
        "status",
        "milliseconds",
        "size",
        "request_id",
        "error",
    )
    readonly_fields = fields


@admin.register(Alert)
class AlertAdmin(IntegrationAdmin):
    list_display = ("opened_at", "sentence", "count", "last_at", "resolved_at")
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), BY_CONNECTION)
    list_select_related = ("connection",)
    fields = ("opened_at", "sentence", "count", "last_at", "resolved_at")
    readonly_fields = fields

    @admin.display(description=_("what is wrong"))
    def sentence(self, row: Alert) -> str:
        return words.say_alert(row)


class ProviderApplicationForm(forms.ModelForm):
    """A box for each declared field. Boxes of what is stored are empty and stay as stored when left so."""

    class Meta:
        model = ProviderApplication
        fields = ("provider",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (slug, provider.declaration.name)
            for slug, provider in all_providers().items()
            if provider.declaration.application_fields
        ]
        if "provider" in self.fields:
            self.fields["provider"] = forms.ChoiceField(label=_("integration"), choices=choices)
        slugs = [self.instance.provider] if self.instance.pk else [slug for slug, _name in choices]
        for slug in slugs:
            provider = all_providers().get(slug)
            for declared in provider.declaration.application_fields if provider else ():
                box = form_field(declared, optional=True)
                # Everything is a secret's box here: what is stored is never shown again, whatever its kind.
                box.widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"})
                if declared.name in fields_from_environment(slug):
                    box.disabled, box.help_text = True, _("Set by the environment of this installation.")
                box.label = _("%(label)s: %(value)s") % {
                    "label": provider.declaration.name,
                    "value": declared.label,
                }
                self.fields[f"{slug}-{declared.name}"] = box

    def clean_provider(self) -> str:
        slug: str = self.cleaned_data["provider"]
        if ProviderApplication.objects.filter(provider=slug).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("This integration has its row already: change that one."))
        return slug

    def given(self, slug: str) -> dict[str, str]:
        start = f"{slug}-"
        return {
            name.removeprefix(start): str(value)
            for name, value in self.cleaned_data.items()
            if name.startswith(start) and value and not self.fields[name].disabled
        }


@admin.register(ProviderApplication)
class ProviderApplicationAdmin(admin.ModelAdmin):
    """The operator's registrations: entered here, never shown again."""

    form = ProviderApplicationForm
    list_display = ("integration", "complete", "changed_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProviderApplication]:
        return super().get_queryset(request).defer("credentials", "webhook_token")

    def get_readonly_fields(
        self, request: HttpRequest, obj: ProviderApplication | None = None
    ) -> tuple[str, ...]:
        return ("integration",) if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: ProviderApplication | None = None) -> list[Any]:
        boxes = list(ProviderApplicationForm(instance=obj).fields)
        first = "integration" if obj else "provider"
        return [(None, {"fields": [first, *(name for name in boxes if name != "provider")]})]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        # The boxes are made by the form itself; the admin must not look for them among the model's fields.
        return super().get_form(request, obj, change, **{**kwargs, "fields": () if obj else ("provider",)})

    def save_model(self, request: HttpRequest, obj: ProviderApplication, form: Any, change: bool) -> None:
        stored = save_application(obj.provider, form.given(obj.provider))
        obj.pk, obj.changed_at = stored.pk, stored.changed_at

    @admin.display(description=_("integration"), ordering="provider")
    def integration(self, row: ProviderApplication) -> str:
        return provider_name(row.provider)

    @admin.display(description=_("complete"), boolean=True)
    def complete(self, row: ProviderApplication) -> bool:
        try:
            return not missing_fields(row.provider)
        except UnknownProvider:
            return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)
