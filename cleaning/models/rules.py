"""What a hotel wants cleaned: hours of each house, rules by scope, and the edits of them that can be undone."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from cleaning.choices import RULED_KINDS, RuleEditKind, TaskKind
from cleaning.models.checklists import Checklist
from cleaning.plan_terms import Hours
from reservations.models import Hotel, Property, RatePlan, RoomType
from reservations.models.hotels import HotelOwned

DEFAULT_HOURS = Hours()
MINUTES = [MinValueValidator(1), MaxValueValidator(600)]


def _days(most: int) -> list[MaxValueValidator]:
    return [MaxValueValidator(most)]


class CleaningHours(HotelOwned):
    """When people clean in one house; a house without a row follows :class:`cleaning.plan_terms.Hours`."""

    property = models.OneToOneField(
        Property, models.CASCADE, verbose_name=_("property"), related_name="cleaning_hours"
    )
    starts_at = models.TimeField(_("cleaning starts at"), default=DEFAULT_HOURS.starts_at)
    ends_at = models.TimeField(
        _("cleaning ends at"),
        default=DEFAULT_HOURS.ends_at,
        help_text=_("A room into which nobody arrives on that day is ready by this time."),
    )

    class Meta:
        ordering = ("property__name", "pk")
        verbose_name = _("cleaning hours")
        verbose_name_plural = _("cleaning hours")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="cleaning_day_ends_after_it_starts",
                violation_error_message=_("Cleaning must end later than it starts."),
            ),
        )

    def __str__(self) -> str:
        return str(self.property)

    def clean(self) -> None:
        """Refuse hours for a property of another hotel."""
        if self.property_id and self.hotel_id and self.property.hotel_id != self.hotel_id:
            raise ValidationError({"property": _("This property belongs to another hotel.")})


class CleaningRule(HotelOwned):
    """What one kind of work means where the rule applies. An empty scope field means "all".

    Of the rules of a kind that fit a stay the closest one is taken as a whole
    (:class:`cleaning.rule_book.RuleBook`); where none fits, the defaults there hold.
    """

    hotel = models.ForeignKey(Hotel, models.CASCADE, verbose_name=_("hotel"), related_name="cleaning_rules")
    kind = models.CharField(
        _("kind"), max_length=16, choices=[(kind.value, kind.label) for kind in RULED_KINDS]
    )
    property = models.ForeignKey(
        Property, models.CASCADE, verbose_name=_("property"), related_name="+", null=True, blank=True
    )
    room_type = models.ForeignKey(
        RoomType, models.CASCADE, verbose_name=_("room type"), related_name="+", null=True, blank=True
    )
    rate_plan = models.ForeignKey(
        RatePlan, models.CASCADE, verbose_name=_("rate plan"), related_name="+", null=True, blank=True
    )
    channel = models.CharField(_("channel"), max_length=40, blank=True)
    is_wanted = models.BooleanField(
        _("is done"), default=True, help_text=_("Off: where this rule fits, there is no task of this kind.")
    )
    minutes = models.PositiveSmallIntegerField(_("minutes"), validators=MINUTES)
    every_days = models.PositiveSmallIntegerField(
        _("every … days"), default=0, validators=_days(400), help_text=_("0: not by days.")
    )
    first_day = models.PositiveSmallIntegerField(
        _("for the first time on day …"),
        default=0,
        validators=_days(60),
        help_text=_("Counted from arrival; 0: after as many days as between two times."),
    )
    shortest_stay = models.PositiveSmallIntegerField(
        _("only for stays of at least … nights"), default=0, validators=_days(60)
    )
    every_departures = models.PositiveSmallIntegerField(
        _("every … departures"), default=0, validators=_days(400), help_text=_("0: not by departures.")
    )
    counts_from = models.DateField(
        _("counted from"),
        null=True,
        blank=True,
        help_text=_("The day of the last deep cleaning of rooms for which none is recorded."),
    )
    after_empty_days = models.PositiveSmallIntegerField(
        _("when empty for … days"),
        default=0,
        validators=_days(60),
        help_text=_("A room that was closed since the last departure is checked too."),
    )
    slip_days = models.PositiveSmallIntegerField(
        _("may wait up to … days"),
        default=0,
        validators=_days(14),
        help_text=_("As long as nobody arrives."),
    )
    starts_at = models.TimeField(_("not before"), null=True, blank=True)
    ends_at = models.TimeField(_("ready by"), null=True, blank=True)
    is_inspected = models.BooleanField(_("is inspected afterwards"), default=False)
    checklist = models.ForeignKey(
        Checklist, models.SET_NULL, verbose_name=_("checklist"), related_name="+", null=True, blank=True
    )

    class Meta:
        ordering = ("kind", "pk")
        verbose_name = _("cleaning rule")
        verbose_name_plural = _("cleaning rules")
        constraints = (
            models.UniqueConstraint(
                "hotel",
                "kind",
                Coalesce("property", 0),
                Coalesce("room_type", 0),
                Coalesce("rate_plan", 0),
                "channel",
                name="cleaning_rule_once_per_scope",
                violation_error_message=_("There is a rule for exactly this already."),
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="cleaning_rule_ends_after_it_starts",
                violation_error_message=_("Cleaning must end later than it starts."),
            ),
        )

    def __str__(self) -> str:
        return str(TaskKind(self.kind).label)


class RuleEdit(HotelOwned):
    """One change of one rule: who, when, and what stood there before and after, so that it can be undone."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("when"))
    what = models.CharField(_("what"), max_length=8, choices=RuleEditKind.choices)
    #: The rule's number; it is given back when a removed rule returns.
    rule_id = models.BigIntegerField()
    #: The rule's columns as :func:`cleaning.rules.packed` writes them; null where there was, or is, no rule.
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = _("change of a cleaning rule")
        verbose_name_plural = _("changes of cleaning rules")
        indexes = (models.Index(fields=("hotel", "-at"), name="cleaning_rule_edits"),)

    def __str__(self) -> str:
        return self.get_what_display()


class PlannedThrough(HotelOwned):
    """The last day that has been planned for a house, so that each new day is planned once."""

    property = models.OneToOneField(
        Property, models.CASCADE, verbose_name=_("property"), related_name="cleaning_planned_through"
    )
    day = models.DateField(_("planned through"))

    class Meta:
        verbose_name = _("planned through")
        verbose_name_plural = _("planned through")

    def __str__(self) -> str:
        return f"{self.day}"
