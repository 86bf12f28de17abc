"""Rules of cleaning and the tasks planned from stays."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cleaning.choices import FROZEN_STATES, OPEN_STATES, Priority, TaskKind, TaskState
from cleaning.planner import Rules
from reservations.models import Hotel, Property, Room, RoomType, Stay
from reservations.models.hotels import HotelOwned
from reservations.wording import date_text

DEFAULTS = Rules()
MINUTES = [MinValueValidator(1), MaxValueValidator(600)]
DAYS = [MaxValueValidator(30)]


class CleaningRules(HotelOwned):
    """What one house wants; a house without a row follows :class:`cleaning.planner.Rules`."""

    property = models.OneToOneField(
        Property, models.CASCADE, verbose_name=_("property"), related_name="cleaning_rules"
    )
    departure_minutes = models.PositiveSmallIntegerField(
        _("minutes for a departure"), default=DEFAULTS.departure_minutes, validators=MINUTES
    )
    stay_over_minutes = models.PositiveSmallIntegerField(
        _("minutes for a stay-over"), default=DEFAULTS.stay_over_minutes, validators=MINUTES
    )
    arrival_check_minutes = models.PositiveSmallIntegerField(
        _("minutes for an arrival check"), default=DEFAULTS.arrival_check_minutes, validators=MINUTES
    )
    stay_over_every_days = models.PositiveSmallIntegerField(
        _("clean for guests who stay every … days"),
        default=DEFAULTS.stay_over_every_days,
        validators=DAYS,
        help_text=_("Counted from arrival: 1 is every day, 0 is never."),
    )
    arrival_check_after_empty_days = models.PositiveSmallIntegerField(
        _("check a room before arrival when empty for … days"),
        default=DEFAULTS.arrival_check_after_empty_days,
        validators=DAYS,
        help_text=_("0 is never. A room that was closed since the last departure is checked too."),
    )
    day_starts_at = models.TimeField(_("cleaning starts at"), default=DEFAULTS.day_starts_at)
    day_ends_at = models.TimeField(
        _("cleaning ends at"),
        default=DEFAULTS.day_ends_at,
        help_text=_("A room into which nobody arrives on that day is ready by this time."),
    )

    class Meta:
        ordering = ("property__name", "pk")
        verbose_name = _("cleaning rules")
        verbose_name_plural = _("cleaning rules")
        constraints = (
            models.CheckConstraint(
                condition=Q(day_ends_at__gt=F("day_starts_at")),
                name="cleaning_day_ends_after_it_starts",
                violation_error_message=_("Cleaning must end later than it starts."),
            ),
        )

    def __str__(self) -> str:
        return str(self.property)

    def clean(self) -> None:
        """Refuse rules for a property of another hotel."""
        if self.property_id and self.hotel_id and self.property.hotel_id != self.hotel_id:
            raise ValidationError({"property": _("This property belongs to another hotel.")})


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


class CleaningTask(HotelOwned):
    """One piece of work in one room on one day. ``date`` is the property's local date, windows are instants.

    ``key`` names the wish of a stay that the task serves. ``open_key`` repeats it while the planner may still change
    the task and is empty from the moment somebody starts, so there is one open task per wish, and a started or
    finished one never stands in the way of a new one.
    """

    # No index of its own where one below begins with the same column or nobody looks rows up by it.
    hotel = models.ForeignKey(
        Hotel, models.CASCADE, verbose_name=_("hotel"), related_name="cleaning_tasks", db_index=False
    )
    property = models.ForeignKey(
        Property, models.CASCADE, verbose_name=_("property"), related_name="cleaning_tasks", db_index=False
    )
    room = models.ForeignKey(
        Room,
        models.SET_NULL,
        verbose_name=_("room"),
        related_name="cleaning_tasks",
        null=True,
        blank=True,
    )
    room_type = models.ForeignKey(
        RoomType,
        models.SET_NULL,
        verbose_name=_("room type"),
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
    )
    stay = models.ForeignKey(
        Stay,
        models.SET_NULL,
        verbose_name=_("stay"),
        related_name="cleaning_tasks",
        null=True,
        blank=True,
    )
    kind = models.CharField(_("kind"), max_length=16, choices=TaskKind.choices)
    key = models.CharField(max_length=48, editable=False)
    open_key = models.CharField(max_length=48, null=True, unique=True, editable=False)  # noqa: DJ001
    date = models.DateField(_("day"))
    window_start = models.DateTimeField(_("from"))
    window_end = models.DateTimeField(_("ready by"))
    turnover = models.BooleanField(_("a guest arrives on the same day"), default=False)
    overbooked = models.BooleanField(_("stay is overbooked"), default=False)
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority.choices, default=Priority.DEPARTURE
    )
    minutes = models.PositiveSmallIntegerField(_("minutes"), validators=MINUTES)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("assigned to"),
        related_name="cleaning_tasks",
        null=True,
        blank=True,
    )
    state = models.CharField(_("state"), max_length=12, choices=TaskState.choices, default=TaskState.PLANNED)
    #: What a person decided, by field; see :mod:`cleaning.overrides`.
    overrides = models.JSONField(default=dict, blank=True, editable=False)
    #: What the rules say for the fields in ``overrides``.
    planned = models.JSONField(default=dict, blank=True, editable=False)
    #: All computed values as text (:attr:`cleaning.planner.DesiredTask.fingerprint`); empty when no stay wants it.
    fingerprint = models.CharField(max_length=160, blank=True, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("started by"),
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
    )
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    finished_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("finished by"),
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
    )
    changed_at = models.DateTimeField(_("last change"))

    class Meta:
        ordering = ("date", "priority", "window_end", "pk")
        verbose_name = _("cleaning task")
        verbose_name_plural = _("cleaning tasks")
        constraints = (
            models.CheckConstraint(
                condition=Q(window_end__gte=F("window_start")), name="cleaning_window_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[*OPEN_STATES], open_key__isnull=False)
                | Q(state__in=[*FROZEN_STATES], open_key__isnull=True),
                name="cleaning_open_key_while_open",
            ),
        )
        indexes = (
            models.Index(fields=("hotel", "date", "changed_at"), name="cleaning_day"),
            models.Index(fields=("property", "date"), name="cleaning_property_day"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.room or '—'} · {date_text(self.date)}"
