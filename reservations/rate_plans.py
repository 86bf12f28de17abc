"""Rate plans: adding one, and taking one in or out of use, which everybody who sells it hears of."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reservations.events import FAR, RatesChanged, rates_changed
from reservations.locks import lock_hotel
from reservations.models import DailyRate, RatePlan


@transaction.atomic
def save_plan(plan: RatePlan) -> RatePlan:
    """Store a new or changed plan. A plan that goes in or out of use changes all its nights from today on.

    Raises ``ValidationError`` for a property of another hotel or a name that the property has already.
    """
    lock_hotel(plan.hotel_id)
    if plan.property.hotel_id != plan.hotel_id:
        raise ValidationError({"property": _("This belongs to another hotel.")})
    namesakes = RatePlan.objects.filter(property_id=plan.property_id, name=plan.name).exclude(pk=plan.pk)
    if namesakes.exists():
        raise ValidationError({"name": _("This property has a rate plan of that name already.")})
    was_active = RatePlan.objects.filter(pk=plan.pk).values_list("is_active", flat=True).first()
    plan.save()
    if was_active is not None and was_active != plan.is_active:
        _tell_of_all_nights(plan)
    return plan


def _tell_of_all_nights(plan: RatePlan) -> None:
    today = timezone.localtime(timezone.now(), plan.property.zone).date()
    kinds = (
        DailyRate.objects.filter(rate_plan=plan, date__gte=today)
        .order_by()
        .values_list("room_type_id", flat=True)
        .distinct()
    )
    if cells := frozenset((plan.pk, kind) for kind in kinds):
        rates_changed.send(sender=None, change=RatesChanged(plan.hotel_id, cells, today, today + FAR))
