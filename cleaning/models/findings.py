"""What cleaners find in a room, and photos of it. Photos are files that only our own views give out."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.db import models
from django.utils.translation import gettext_lazy as _

from cleaning.choices import FindingKind
from cleaning.models.checklists import ChecklistItem
from reservations.models import Property, Room
from reservations.models.hotels import HotelOwned


def private_storage() -> Any:
    """Files outside every public folder."""
    return storages["private"]


def photo_path(photo: Photo, name: str) -> str:
    """An unguessable place below the hotel's own folder."""
    return f"photos/{photo.hotel_id}/{uuid.uuid4().hex}.jpg"


class Finding(HotelOwned):
    """A damage or a thing that a guest left; open until the desk has settled it."""

    property = models.ForeignKey(Property, models.CASCADE, related_name="+", db_index=False)
    room = models.ForeignKey(
        Room, models.SET_NULL, verbose_name=_("room"), related_name="findings", null=True, blank=True
    )
    task = models.ForeignKey(
        "cleaning.CleaningTask", models.SET_NULL, related_name="findings", null=True, blank=True
    )
    kind = models.CharField(_("kind"), max_length=12, choices=FindingKind.choices)
    text = models.CharField(_("what"), max_length=500)
    place = models.CharField(_("where it is kept"), max_length=120, blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    reported_at = models.DateTimeField(_("reported"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    outcome = models.CharField(_("outcome"), max_length=300, blank=True)

    class Meta:
        ordering = ("-reported_at", "-pk")
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        indexes = (
            models.Index(fields=("hotel", "-reported_at"), name="finding_latest"),
            models.Index(fields=("hotel",), name="finding_open", condition=models.Q(settled_at__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.room or '—'}"


class Photo(HotelOwned):
    """A picture of a room, made smaller and without the facts that a camera writes into it."""

    task = models.ForeignKey(
        "cleaning.CleaningTask", models.CASCADE, related_name="photos", null=True, blank=True
    )
    finding = models.ForeignKey(Finding, models.CASCADE, related_name="photos", null=True, blank=True)
    item = models.ForeignKey(ChecklistItem, models.SET_NULL, related_name="+", null=True, blank=True)
    image = models.FileField(upload_to=photo_path, storage=private_storage)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    taken_at = models.DateTimeField(_("taken"))

    class Meta:
        ordering = ("taken_at", "pk")
        verbose_name = _("photo")
        verbose_name_plural = _("photos")

    def __str__(self) -> str:
        return f"#{self.pk}"
