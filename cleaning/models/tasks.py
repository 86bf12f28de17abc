"""Pieces of work in rooms, and what happened to each."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cleaning.choices import (
    FROZEN_STATES,
    OPEN_STATES,
    UNFINISHED,
    Priority,
    Problem,
    TaskEventKind,
    TaskKind,
    TaskOrigin,
    TaskState,
)
from cleaning.models.checklists import Checklist
from cleaning.models.messages import CleanerMessage
from cleaning.models.people import CleaningTeam
from cleaning.models.rules import MINUTES
from reservations.models import Hotel, Property, Room, RoomType, Stay
from reservations.models.hotels import HotelOwned
from reservations.wording import date_text


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
    origin = models.CharField(
        _("asked for by"), max_length=10, choices=TaskOrigin.choices, default=TaskOrigin.RULES
    )
    #: The finished task that an inspection looks at.
    inspects = models.ForeignKey(
        "self", models.CASCADE, related_name="inspections", null=True, blank=True, editable=False
    )
    key = models.CharField(max_length=48, editable=False)
    open_key = models.CharField(max_length=48, null=True, unique=True, editable=False)  # noqa: DJ001
    date = models.DateField(_("day"))
    window_start = models.DateTimeField(_("from"))
    window_end = models.DateTimeField(_("ready by"))
    turnover = models.BooleanField(_("a guest arrives on the same day"), default=False)
    overbooked = models.BooleanField(_("stay is overbooked"), default=False)
    #: The feed does not name the stay any more, and nobody knows yet whether that is so.
    doubtful = models.BooleanField(_("stay may be cancelled"), default=False)
    #: When the guest who leaves was seen to go.
    vacated_at = models.DateTimeField(_("guest left"), null=True, blank=True)
    is_inspected = models.BooleanField(_("is inspected afterwards"), default=False)
    checklist = models.ForeignKey(
        Checklist,
        models.SET_NULL,
        verbose_name=_("checklist"),
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
    )
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
    team = models.ForeignKey(
        CleaningTeam,
        models.SET_NULL,
        verbose_name=_("team"),
        related_name="+",
        null=True,
        blank=True,
    )
    state = models.CharField(_("state"), max_length=12, choices=TaskState.choices, default=TaskState.PLANNED)
    #: What a person decided, by field; see :mod:`cleaning.overrides`.
    overrides = models.JSONField(default=dict, blank=True, editable=False)
    #: What the rules say for the fields in ``overrides``.
    planned = models.JSONField(default=dict, blank=True, editable=False)
    #: All computed values as text (:attr:`cleaning.plan_terms.DesiredTask.fingerprint`); empty when no stay wants it.
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
    #: Since when somebody works without a break, and how long they did before that.
    working_since = models.DateTimeField(null=True, blank=True, editable=False)
    worked_seconds = models.PositiveIntegerField(default=0, editable=False)
    problem = models.CharField(_("why not"), max_length=16, choices=Problem.choices, blank=True)
    #: What an inspection or the person at the door had to say about it last.
    remark = models.CharField(_("remark"), max_length=300, blank=True)
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
    #: Who was told that it is late: 0 nobody, 1 the planners, 2 the managers too.
    overdue_step = models.PositiveSmallIntegerField(default=0, editable=False)
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
            models.Index(
                fields=("window_end",),
                name="cleaning_unfinished",
                condition=Q(state__in=[*UNFINISHED]),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.room or '—'} · {date_text(self.date)}"


class TaskEvent(HotelOwned):
    """One line of a task's story. With a ``recipient`` it waits until that person has been told of it."""

    task = models.ForeignKey(CleaningTask, models.CASCADE, related_name="events")
    at = models.DateTimeField(_("when"))
    what = models.CharField(_("what"), max_length=14, choices=TaskEventKind.choices)
    #: Who did it; nobody when the bookings or the rules did.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    #: Values before and after by name, as JSON; a remark; a reason.
    data = models.JSONField(default=dict, blank=True)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    message = models.ForeignKey(CleanerMessage, models.SET_NULL, null=True, blank=True, related_name="events")

    class Meta:
        ordering = ("at", "pk")
        verbose_name = _("event of a task")
        verbose_name_plural = _("events of tasks")
        indexes = (
            models.Index(
                fields=("recipient", "at"),
                name="cleaning_untold",
                condition=Q(recipient__isnull=False, message__isnull=True),
            ),
            # Every page of the desk asks for the latest of these every few seconds.
            models.Index(
                fields=("hotel", "-at"),
                name="cleaning_rooms_ready",
                condition=Q(what=TaskEventKind.READY),
            ),
        )

    def __str__(self) -> str:
        return self.get_what_display()
