from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.contracts import MessageKind
from integrations.models.connections import Connection
from integrations.registry import provider_name
from reservations.encrypted import EncryptedTextField
from reservations.models.hotels import Hotel
from reservations.scope import HotelScopedQuerySet


class InboxMessage(models.Model):
    """What arrived, stored before it is read. ``body`` is the raw bytes, compressed and encrypted."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Waiting")
        DONE = "done", _("Processed")
        IGNORED = "ignored", _("Not used")
        FAILED = "failed", _("Failed, will be tried again")
        DEAD = "dead", _("Failed")
        UNROUTED = "unrouted", _("No hotel found")

    #: Empty while no connection is known for the property that the message names.
    hotel = models.ForeignKey(
        Hotel, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("hotel")
    )
    connection = models.ForeignKey(
        Connection,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name=_("connection"),
    )
    provider = models.CharField(_("integration"), max_length=40)
    kind = models.CharField(_("kind"), max_length=8, choices=MessageKind.choices)
    event = models.CharField(_("event"), max_length=60, blank=True)
    external_id = models.CharField(_("about"), max_length=120, blank=True)
    property_ref = models.CharField(_("property at the other side"), max_length=120, blank=True)
    dedupe_key = models.CharField(max_length=120)
    duplicates = models.PositiveIntegerField(_("repeated"), default=0)
    body = EncryptedTextField(blank=True, default="")
    size = models.PositiveIntegerField(_("bytes"), default=0)
    run = models.ForeignKey(
        "integrations.SyncRun", models.SET_NULL, null=True, blank=True, related_name="messages"
    )

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RECEIVED)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    problems = models.JSONField(default=list, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    received_at = models.DateTimeField(_("received"))
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)

    objects = HotelScopedQuerySet.as_manager()

    class Meta:
        ordering = ("-received_at", "-pk")
        verbose_name = _("received message")
        verbose_name_plural = _("received messages")
        constraints = (
            models.UniqueConstraint(fields=("provider", "dedupe_key"), name="message_once_per_event"),
        )
        indexes = (
            models.Index(
                fields=("not_before", "id"),
                name="message_waiting",
                condition=Q(state__in=("received", "failed")),
            ),
            models.Index(fields=("connection", "-received_at"), name="message_latest"),
            models.Index(
                fields=("provider", "property_ref"), name="message_unrouted", condition=Q(state="unrouted")
            ),
        )

    def __str__(self) -> str:
        return f"{provider_name(self.provider)} · {self.get_kind_display()} · {self.external_id or self.pk}"
