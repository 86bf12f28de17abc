"""What must be sent, and how far it has got: night by night, for every room at every connection."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from integrations.models.connections import Connection, RateMapping, RoomMapping
from reservations.models.hotels import HotelOwned
from reservations.wording import date_text


class OutboxJob(HotelOwned):
    """Something to be sent, written in the transaction of the change that asks for it.

    Jobs of one subject are one row until it is sent: a later change widens the span and raises ``version``, so that
    a worker who sent the earlier state does not end the job. What is sent is read when it is sent.
    """

    class Kind(models.TextChoices):
        AVAILABILITY = "availability", _("Rooms left")
        RATES = "rates", _("Prices and restrictions")

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="jobs")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    #: The key of what it is about; for offers that of the room mapping.
    subject = models.CharField(max_length=40)
    first = models.DateField(_("from"))
    last = models.DateField(_("until"))
    version = models.PositiveIntegerField(default=1)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)
    error_code = models.CharField(max_length=32, blank=True)
    error = models.CharField(_("what the other side said"), max_length=500, blank=True)
    #: When the oldest change that is still to be sent was made.
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("job of the outbox")
        verbose_name_plural = _("jobs of the outbox")
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "kind", "subject"), name="outbox_one_job_per_subject"
            ),
        )
        indexes = (models.Index(fields=("not_before", "connection"), name="outbox_due"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {date_text(self.first)}"


class AvailabilityState(HotelOwned):
    """What one connection was told of one night of a room, or of a rate of it, and what it said to that."""

    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("availability", "Waiting to be sent")
        SENT = "sent", pgettext_lazy("availability", "Sent, no answer yet")
        ACCEPTED = "accepted", pgettext_lazy("availability", "Accepted")
        REFUSED = "refused", pgettext_lazy("availability", "Refused")
        READ_BACK = "read_back", pgettext_lazy("availability", "Accepted and read back")
        DRIFTED = "drifted", pgettext_lazy("availability", "Different at the other side")

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="availability")
    room_mapping = models.ForeignKey(RoomMapping, models.CASCADE, related_name="nights")
    rate_mapping = models.ForeignKey(
        RateMapping, models.CASCADE, null=True, blank=True, related_name="nights"
    )
    date = models.DateField(_("night"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    #: What was sent last, as :func:`integrations.offers.values_of` puts it; empty before the first time.
    value = models.JSONField(default=dict)
    #: What the other side took last.
    accepted = models.JSONField(default=dict)
    read_value = models.JSONField(default=dict)
    error = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=80, blank=True)
    #: Since when a change waits; the other side may sell a wrong number from then on.
    queued_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("state of a night")
        verbose_name_plural = _("states of nights")
        constraints = (
            models.UniqueConstraint(
                fields=("room_mapping", "date"),
                condition=Q(rate_mapping__isnull=True),
                name="availability_once_per_room_and_night",
            ),
            models.UniqueConstraint(
                fields=("rate_mapping", "date"),
                condition=Q(rate_mapping__isnull=False),
                name="availability_once_per_rate_and_night",
            ),
        )
        indexes = (
            models.Index(
                fields=("connection", "date"),
                name="availability_unconfirmed",
                condition=~Q(state__in=("accepted", "read_back")),
            ),
            models.Index(fields=("connection", "date"), name="availability_of_connection"),
        )

    def __str__(self) -> str:
        return f"{date_text(self.date)} {self.get_state_display()}"


class WrongNumberDay(HotelOwned):
    """How long a connection sold a wrong number on one day (UTC): the sum over its nights, in seconds."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="wrong_numbers")
    day = models.DateField(_("day"))
    nights = models.PositiveIntegerField(_("nights corrected"), default=0)
    seconds = models.FloatField(_("seconds"), default=0)
    longest = models.FloatField(_("longest, in seconds"), default=0)

    class Meta:
        verbose_name = _("wrong numbers on sale")
        verbose_name_plural = _("wrong numbers on sale")
        constraints = (
            models.UniqueConstraint(fields=("connection", "day"), name="wrong_numbers_once_per_day"),
        )

    def __str__(self) -> str:
        return f"{date_text(self.day)}"
