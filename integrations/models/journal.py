"""What happened: runs, log lines, calls to the outside and alerts.

Sentences are not stored: a row keeps a code and its parameters, and :mod:`integrations.phrases` says it in the
language of whoever reads.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from integrations import phrases
from integrations.models.connections import Connection
from reservations.models.hotels import HotelOwned
from reservations.wording import moment_text


class SyncRun(HotelOwned):
    """One pull, import or test of one connection."""

    class Kind(models.TextChoices):
        IMPORT = "import", _("First import")
        PULL = "pull", _("Update")
        TEST = "test", _("Test")
        DISCOVER = "discover", _("Reading rooms")
        PUSH = "push", _("Sending")
        COMPARE = "compare", _("Comparing")

    class Trigger(models.TextChoices):
        PERSON = "person", _("by hand")
        SCHEDULE = "schedule", _("by schedule")
        WEBHOOK = "webhook", _("by webhook")

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    connection = models.ForeignKey(
        Connection, models.CASCADE, related_name="runs", verbose_name=_("connection")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    trigger = models.CharField(pgettext_lazy("run", "started"), max_length=10, choices=Trigger.choices)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.QUEUED)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("user"),
    )
    pages = models.PositiveIntegerField(_("pages"), default=0)
    seen = models.PositiveIntegerField(_("bookings read"), default=0)
    expected = models.PositiveIntegerField(_("bookings expected"), null=True, blank=True)
    created = models.PositiveIntegerField(_("new bookings"), default=0)
    changed = models.PositiveIntegerField(_("changed bookings"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged bookings"), default=0)
    failed = models.PositiveIntegerField(_("bookings with a problem"), default=0)
    error_code = models.CharField(_("error code"), max_length=32, blank=True)
    error_detail = models.CharField(_("what the other side said"), max_length=500, blank=True)
    queued_at = models.DateTimeField(_("queued"))
    started_at = models.DateTimeField(_("begun"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        ordering = ("-queued_at", "-pk")
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = (
            models.UniqueConstraint(
                fields=("connection",), condition=Q(state="running"), name="one_run_per_connection"
            ),
            models.UniqueConstraint(
                fields=("connection",), condition=Q(state="queued"), name="one_waiting_run_per_connection"
            ),
        )
        indexes = (models.Index(fields=("connection", "-queued_at"), name="run_latest"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {moment_text(self.queued_at)}"


class LogEntry(HotelOwned):
    """One line a person can read."""

    class Level(models.TextChoices):
        INFO = "info", _("Note")
        WARNING = "warning", _("Warning")
        ERROR = "error", _("Error")

    connection = models.ForeignKey(
        Connection, models.CASCADE, null=True, blank=True, related_name="log", verbose_name=_("connection")
    )
    run = models.ForeignKey(
        SyncRun, models.SET_NULL, null=True, blank=True, related_name="log", verbose_name=_("run")
    )
    message_id = models.PositiveBigIntegerField(null=True, blank=True)
    reservation_id = models.PositiveBigIntegerField(null=True, blank=True)
    at = models.DateTimeField(_("when"))
    level = models.CharField(_("level"), max_length=8, choices=Level.choices, default=Level.INFO)
    code = models.CharField(max_length=40)
    params = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = _("log entry")
        verbose_name_plural = _("log entries")
        indexes = (
            models.Index(fields=("connection", "-at", "-id"), name="log_latest"),
            models.Index(fields=("hotel", "-at"), name="log_hotel_latest"),
        )

    def __str__(self) -> str:
        return phrases.say(self.code, {"connection": "", **self.readable_params})

    @property
    def readable_params(self) -> dict[str, Any]:
        """The parameters with the codes of this table's own lists in words."""
        trigger = self.params.get("trigger")
        if trigger in SyncRun.Trigger.values:
            return {**self.params, "trigger": str(SyncRun.Trigger(trigger).label)}
        return dict(self.params)


class Exchange(HotelOwned):
    """One call to the outside: where, how long, what came back; no bodies, no secrets."""

    hotel = models.ForeignKey(
        "reservations.Hotel", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("hotel")
    )
    connection = models.ForeignKey(
        Connection,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="exchanges",
        verbose_name=_("connection"),
    )
    provider = models.CharField(_("integration"), max_length=40)
    at = models.DateTimeField(_("when"))
    method = models.CharField(_("method"), max_length=8)
    url = models.CharField(_("address"), max_length=300)
    status = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"), default=0)
    size = models.PositiveIntegerField(_("bytes"), default=0)
    request_id = models.CharField(_("number at the other side"), max_length=80, blank=True)
    error = models.CharField(_("error"), max_length=200, blank=True)
    for_token = models.BooleanField(default=False)

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = _("call to the outside")
        verbose_name_plural = _("calls to the outside")
        indexes = (
            models.Index(fields=("connection", "-at"), name="exchange_latest"),
            models.Index(fields=("provider", "-at"), name="exchange_of_provider"),
            models.Index(fields=("provider", "-at"), name="exchange_for_token", condition=Q(for_token=True)),
        )

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


class Alert(HotelOwned):
    """One problem, not one failure: opened once, counted, resolved by itself when the cause is gone."""

    connection = models.ForeignKey(
        Connection, models.CASCADE, null=True, blank=True, related_name="alerts", verbose_name=_("connection")
    )
    code = models.CharField(max_length=40)
    #: What exactly has the problem, so that the same problem is found again.
    subject = models.CharField(max_length=160, blank=True)
    params = models.JSONField(default=dict, blank=True)
    count = models.PositiveIntegerField(_("how often"), default=1)
    opened_at = models.DateTimeField(_("opened"))
    last_at = models.DateTimeField(_("last time"))
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)

    class Meta:
        ordering = ("-last_at", "-pk")
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = (
            models.UniqueConstraint(
                fields=("hotel", "code", "subject"),
                condition=Q(resolved_at__isnull=True),
                name="one_open_alert_per_problem",
            ),
        )

    def __str__(self) -> str:
        """The sentence; asks for the connection when it is not at hand."""
        name = self.connection.name if self.connection else ""
        return phrases.say(self.code, {**self.params, "connection": name})
