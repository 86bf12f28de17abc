"""The closed word lists of cleaning, shared by planner, models and pages."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TaskKind(models.TextChoices):
    DEPARTURE = "departure", pgettext_lazy("cleaning", "Departure")
    STAY_OVER = "stay_over", _("Stay-over")
    ARRIVAL_CHECK = "arrival_check", _("Arrival check")


class TaskState(models.TextChoices):
    """PLANNED and CANCELLED follow the stays; the others belong to the people and no sync touches them."""

    PLANNED = "planned", _("To do")
    IN_PROGRESS = "in_progress", _("In progress")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


#: States that the planner may change; every other state is frozen.
OPEN_STATES = (TaskState.PLANNED, TaskState.CANCELLED)
FROZEN_STATES = (TaskState.IN_PROGRESS, TaskState.DONE)


class Priority(models.IntegerChoices):
    """The order of work: the lower number comes first."""

    GUEST_WAITING = 10, _("Guest waiting")
    GUEST_ARRIVES = 20, _("Guest arrives today")
    DEPARTURE = 30, _("Departure, nobody arrives")
    STAY_OVER = 40, _("Stay-over")
    WHEN_TIME_IS_LEFT = 50, _("When time is left")
