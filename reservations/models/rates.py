"""What a night costs and who may book it: rate plans, their nights, and the edits that can be undone."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reservations.models.hotels import Hotel, HotelOwned, Property, RoomType
from reservations.rate_choices import MealPlan, RateEditKind


class RatePlan(HotelOwned):
    """Terms under which the rooms of a property are sold, such as "Non-refundable, with breakfast"."""

    hotel = models.ForeignKey(Hotel, models.CASCADE, verbose_name=_("hotel"), related_name="rate_plans")
    property = models.ForeignKey(
        Property, models.CASCADE, verbose_name=_("property"), related_name="rate_plans"
    )
    name = models.CharField(_("name"), max_length=120)
    meal_plan = models.CharField(
        _("meals"), max_length=16, choices=MealPlan.choices, default=MealPlan.ROOM_ONLY
    )
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ("property", "position", "name", "pk")
        verbose_name = _("rate plan")
        verbose_name_plural = _("rate plans")
        constraints = (
            models.UniqueConstraint(fields=("property", "name"), name="rate_plan_name_once_per_property"),
        )

    def __str__(self) -> str:
        return self.name


class RateEdit(HotelOwned):
    """One change of many nights: who, when, what, and what stood there before, so that it can be undone."""

    property = models.ForeignKey(
        Property, models.CASCADE, verbose_name=_("property"), related_name="+", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("when"))
    kind = models.CharField(_("what"), max_length=8, choices=RateEditKind.choices)
    #: What was asked for, by name and as text, for :func:`reservations.rate_wording.edit_text`.
    asked = models.JSONField(default=dict)
    #: The nights that became different lie between ``first`` and ``last`` (half-open).
    first = models.DateField(_("from"))
    last = models.DateField(_("until"))
    nights = models.PositiveIntegerField(_("nights"))
    #: What the touched nights held before, as :func:`reservations.rate_cells.packed` writes it.
    before = models.JSONField()
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("change of rates")
        verbose_name_plural = _("changes of rates")
        indexes = (models.Index(fields=("property", "-id"), name="rate_edit_latest"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_kind_display()}"


class DailyRate(HotelOwned):
    """Price and restrictions of one rate plan for one room type and night. A night without row has none."""

    rate_plan = models.ForeignKey(
        RatePlan, models.CASCADE, verbose_name=_("rate plan"), related_name="nights", db_index=False
    )
    room_type = models.ForeignKey(
        RoomType, models.CASCADE, verbose_name=_("room type"), related_name="rates", db_index=False
    )
    date = models.DateField(_("night"))
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=3, null=True, blank=True)
    minimum_stay = models.PositiveSmallIntegerField(
        _("shortest stay"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    maximum_stay = models.PositiveSmallIntegerField(
        _("longest stay"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    closed = models.BooleanField(_("closed"), default=False)
    closed_to_arrival = models.BooleanField(_("no arrival"), default=False)
    closed_to_departure = models.BooleanField(_("no departure"), default=False)
    #: The edit that wrote this night last: an edit can be undone while all its nights still name it.
    edit = models.ForeignKey(RateEdit, models.SET_NULL, null=True, blank=True, related_name="rates")

    class Meta:
        ordering = ("date", "pk")
        verbose_name = _("rate of a night")
        verbose_name_plural = _("rates of nights")
        constraints = (
            # Also the index of the grid: nights of some plans and types between two dates.
            models.UniqueConstraint(
                fields=("rate_plan", "room_type", "date"), name="rate_once_per_plan_type_and_night"
            ),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gt=0), name="rate_price_above_zero"
            ),
            models.CheckConstraint(
                condition=Q(minimum_stay__isnull=True)
                | Q(maximum_stay__isnull=True)
                | Q(maximum_stay__gte=F("minimum_stay")),
                name="rate_longest_stay_not_below_shortest",
            ),
        )
        indexes = (models.Index(fields=("room_type", "date"), name="rate_type_date"),)

    def __str__(self) -> str:
        return f"{self.date}"
