"""How cleaners get in: personal links, doors with their codes, and what their phones did without a network."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cleaning.choices import LinkPurpose
from reservations.encrypted import EncryptedTextField
from reservations.models import Room
from reservations.models.hotels import HotelOwned


def new_token() -> str:
    """32 characters that nobody guesses, for addresses."""
    return secrets.token_urlsafe(24)


class PersonalLink(models.Model):
    """An address that stands for one person. Only its digest is kept; the address itself is shown once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="personal_links")
    purpose = models.CharField(_("for"), max_length=8, choices=LinkPurpose.choices)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        ordering = ("-made_at", "-pk")
        verbose_name = _("personal link")
        verbose_name_plural = _("personal links")

    def __str__(self) -> str:
        return f"{self.user} · {self.get_purpose_display()}"


class DoorAccess(HotelOwned):
    """A room's door: the code that opens it, and the token in the QR code on it."""

    room = models.OneToOneField(Room, models.CASCADE, verbose_name=_("room"), related_name="door_access")
    code = EncryptedTextField(_("door code"), blank=True, default="")
    token = models.CharField(max_length=40, unique=True, default=new_token, editable=False)

    class Meta:
        verbose_name = _("door")
        verbose_name_plural = _("doors")

    def __str__(self) -> str:
        return f"{self.room}"


class PhoneAction(models.Model):
    """One thing that a phone did, by the number that the phone gave it: sent twice, it is done once."""

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    task = models.ForeignKey(
        "cleaning.CleaningTask", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=16)
    #: When it was done, as the phone says, and when it reached us.
    done_at = models.DateTimeField()
    received_at = models.DateTimeField()
    #: What the phone was answered, to be answered again.
    answer = models.JSONField()

    class Meta:
        verbose_name = _("action on a phone")
        verbose_name_plural = _("actions on phones")

    def __str__(self) -> str:
        return f"{self.kind}"
