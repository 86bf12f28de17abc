"""The operators' lists of cleaning companies and their people. Hotels make and end contracts on their own pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from cleaning.contracts import end_contract, give_back
from cleaning.models import CleaningCompany, CompanyContract, CompanyMember
from reservations.models import Hotel


class OperatorsOnly(admin.ModelAdmin):
    """Rows of no hotel: operators see and change them, nobody else."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)


@admin.register(CleaningCompany)
class CleaningCompanyAdmin(OperatorsOnly):
    """The firms that clean for hotels."""

    list_display = ("name", "slug")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}

    def delete_model(self, request: HttpRequest, obj: CleaningCompany) -> None:
        _end_contracts(request, [obj])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        _end_contracts(request, list(queryset))
        super().delete_queryset(request, queryset)


@admin.register(CompanyMember)
class CompanyMemberAdmin(OperatorsOnly):
    """Who plans and who cleans in each company. Who leaves loses what is not finished."""

    list_display = ("user", "company", "role")
    list_filter = ("company", "role")
    list_select_related = ("user", "company")
    search_fields = ("user__name", "user__email", "company__name")
    autocomplete_fields = ("company",)

    def save_model(self, request: HttpRequest, obj: CompanyMember, form: Any, change: bool) -> None:
        before = CompanyMember.objects.filter(pk=obj.pk).values("company_id")
        hotels = _hotels_of(before)
        super().save_model(request, obj, form, change)
        _give_back(request, hotels)

    def delete_model(self, request: HttpRequest, obj: CompanyMember) -> None:
        hotels = _hotels_of([obj.company_id])
        super().delete_model(request, obj)
        _give_back(request, hotels)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        hotels = _hotels_of(queryset.values("company_id"))
        super().delete_queryset(request, queryset)
        _give_back(request, hotels)


def _hotels_of(company_ids: Any) -> list[Hotel]:
    contracts = CompanyContract.objects.filter(company_id__in=company_ids)
    return list(Hotel.objects.filter(pk__in=contracts.values("hotel_id")))


def _end_contracts(request: HttpRequest, companies: list[CleaningCompany]) -> None:
    for contract in CompanyContract.objects.filter(company__in=companies).select_related("hotel"):
        end_contract(
            hotel=contract.hotel, contract_id=contract.pk, user_id=request.user.pk, now=timezone.now()
        )


@transaction.atomic
def _give_back(request: HttpRequest, hotels: list[Hotel]) -> None:
    for hotel in hotels:
        give_back(hotel, user_id=request.user.pk, now=timezone.now())
