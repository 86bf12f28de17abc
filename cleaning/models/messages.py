"""What people who clean are told, and how it went out."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cleaning.choices import DeliveryState


class CleanerMessage(models.Model):
    """Everything that one person had to be told at one time. Its events are the lines of it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("to"), related_name="cleaning_messages"
    )
    created_at = models.DateTimeField(_("written"))
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))

    class Meta:
        ordering = ("-created_at", "-pk")
        verbose_name = _("message to a person")
        verbose_name_plural = _("messages to people")
        indexes = (models.Index(fields=("user", "-created_at"), name="cleaner_message_latest"),)

    def __str__(self) -> str:
        return self.subject


class MessageDelivery(models.Model):
    """One message on one way, such as e-mail."""

    message = models.ForeignKey(CleanerMessage, models.CASCADE, related_name="deliveries")
    channel = models.CharField(_("by"), max_length=20)
    state = models.CharField(
        _("state"), max_length=8, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    error = models.CharField(_("problem"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = (
            models.UniqueConstraint(fields=("message", "channel"), name="delivery_once_per_channel"),
        )
        indexes = (
            models.Index(
                fields=("next_attempt_at",),
                name="delivery_waiting",
                condition=models.Q(state=DeliveryState.WAITING),
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} · {self.get_state_display()}"
