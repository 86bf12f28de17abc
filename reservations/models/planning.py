"""What the planning board keeps: conflicts between stays, and edits that can be undone."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reservations.choices import ConflictCause, ConflictEnd, ConflictKind, PlanningEditKind
from reservations.models.bookings import Stay
from reservations.models.hotels import HotelOwned, Property, Room, RoomType
from reservations.wording import date_text


class Conflict(HotelOwned):
    """One stay that has no place in the house, or not the one it needs. Opened and closed with the stays themselves;
    a closed one stays as a record of what happened."""

    stay = models.ForeignKey(Stay, models.CASCADE, verbose_name=_("stay"), related_name="conflicts")
    property = models.ForeignKey(Property, models.CASCADE, verbose_name=_("property"), related_name="+")
    room_type = models.ForeignKey(
        RoomType, models.SET_NULL, verbose_name=_("room type"), related_name="+", null=True, blank=True
    )
    #: The room that the stay wants, when it wants one in particular.
    room = models.ForeignKey(
        Room, models.SET_NULL, verbose_name=_("room"), related_name="+", null=True, blank=True
    )
    kind = models.CharField(_("what"), max_length=16, choices=ConflictKind.choices)
    cause = models.CharField(
        _("cause"), max_length=16, choices=ConflictCause.choices, default=ConflictCause.UNKNOWN
    )
    #: The nights in trouble, half-open.
    first = models.DateField(_("from"))
    last = models.DateField(_("until"))
    #: Ids of the stays that hold the rooms on those nights.
    rivals = models.JSONField(default=list)
    #: What every channel had been told when it happened; see :mod:`reservations.evidence`.
    evidence = models.JSONField(default=list)
    opened_at = models.DateTimeField(_("since"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    ended = models.CharField(_("ended"), max_length=8, choices=ConflictEnd.choices, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("first", "pk")
        verbose_name = _("conflict")
        verbose_name_plural = _("conflicts")
        constraints = (
            models.UniqueConstraint(
                fields=("stay",), condition=Q(closed_at__isnull=True), name="conflict_once_per_stay"
            ),
            models.CheckConstraint(condition=Q(last__gt=F("first")), name="conflict_ends_after_it_starts"),
        )
        indexes = (
            models.Index(
                fields=("hotel", "first"), name="conflict_open", condition=Q(closed_at__isnull=True)
            ),
            models.Index(fields=("hotel", "-opened_at"), name="conflict_latest"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {date_text(self.first)}"


class PlanningEdit(HotelOwned):
    """One change of who sleeps where, with the state before and after, so that it can be undone."""

    property = models.ForeignKey(
        Property, models.CASCADE, verbose_name=_("property"), related_name="planning_edits"
    )
    kind = models.CharField(_("what"), max_length=10, choices=PlanningEditKind.choices)
    at = models.DateTimeField(_("when"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    #: Names for the sentence that tells of it: guest, rooms from and to, dates.
    told = models.JSONField(default=dict)
    #: The places of every stay and closure it touched; see :mod:`reservations.planning`.
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("change of the planning")
        verbose_name_plural = _("changes of the planning")
        indexes = (models.Index(fields=("property", "-id"), name="planning_edit_latest"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_kind_display()}"
