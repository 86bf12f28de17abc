"""What the lists of integrations have in common: rows of the user's hotels, to look at only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from integrations.registry import provider_name
from reservations.admin_scope import HotelScopedAdmin, ScopedRelatedFilter
from reservations.permissions import Permission

BY_CONNECTION = ("connection", ScopedRelatedFilter)


class ProviderFilter(admin.AllValuesFieldListFilter):
    """A filter by provider that shows what people call them."""

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        for choice in super().choices(changelist):
            yield {**choice, "display": provider_name(str(choice["display"]))}


BY_PROVIDER = ("provider", ProviderFilter)


class IntegrationAdmin(HotelScopedAdmin):
    """What the outside did is looked at here; the pages of the hotel act on it."""

    see: ClassVar[Permission] = Permission.SEE_CONNECTIONS
    manage: ClassVar[Permission] = Permission.MANAGE_CONNECTIONS
    read_only: ClassVar[bool] = True

    @admin.display(description=_("integration"), ordering="provider")
    def integration(self, row: Any) -> str:
        return provider_name(row.provider)
