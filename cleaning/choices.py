"""The closed word lists of cleaning, shared by planner, models and pages."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TaskKind(models.TextChoices):
    DEPARTURE = "departure", pgettext_lazy("cleaning", "Departure")
    STAY_OVER = "stay_over", _("Stay-over")
    LINEN = "linen", _("Linen change")
    ARRIVAL_CHECK = "arrival_check", _("Arrival check")
    DEEP = "deep", _("Deep cleaning")
    INSPECTION = "inspection", _("Inspection")
    EXTRA = "extra", _("Extra task")


#: Kinds that rules ask for; an inspection follows a finished task, an extra task is a person's wish.
RULED_KINDS = (
    TaskKind.DEPARTURE,
    TaskKind.STAY_OVER,
    TaskKind.LINEN,
    TaskKind.ARRIVAL_CHECK,
    TaskKind.DEEP,
)


class TaskOrigin(models.TextChoices):
    """Who asked for a task, and so who may make it go."""

    RULES = "rules", _("The rules")
    PERSON = "person", _("A person")
    FOLLOW_UP = "follow_up", _("A finished task")


class TaskState(models.TextChoices):
    """The first three and CANCELLED follow stays and decisions; the others are work, and no sync touches them."""

    PLANNED = "planned", _("To do")
    ASSIGNED = "assigned", _("Assigned")
    ACCEPTED = "accepted", _("Accepted")
    IN_PROGRESS = "in_progress", _("In progress")
    PAUSED = "paused", _("Paused")
    NOT_POSSIBLE = "not_possible", _("Not possible")
    DONE = "done", _("Done")
    INSPECTED = "inspected", _("Inspected")
    CANCELLED = "cancelled", _("Cancelled")


#: Nobody has begun, somebody may.
WAITING_STATES = (TaskState.PLANNED, TaskState.ASSIGNED, TaskState.ACCEPTED)
#: States that the planner may change; every other state is frozen.
OPEN_STATES = (*WAITING_STATES, TaskState.CANCELLED)
BEGUN_STATES = (TaskState.IN_PROGRESS, TaskState.PAUSED)
FINISHED_STATES = (TaskState.DONE, TaskState.INSPECTED)
FROZEN_STATES = (*BEGUN_STATES, TaskState.NOT_POSSIBLE, *FINISHED_STATES)
#: What is still work; a task that was not possible waits for somebody to try again.
TO_DO = (*WAITING_STATES, *BEGUN_STATES)
UNFINISHED = (*TO_DO, TaskState.NOT_POSSIBLE)


class Problem(models.TextChoices):
    """Why a task was not possible."""

    DO_NOT_DISTURB = "do_not_disturb", _("Do not disturb")
    REFUSED = "refused", _("Guest does not want it")
    NO_ACCESS = "no_access", _("Door does not open")
    OTHER = "other", _("Another reason")


class Priority(models.IntegerChoices):
    """The order of work: the lower number comes first."""

    GUEST_WAITING = 10, _("Guest waiting")
    GUEST_ARRIVES = 20, _("Guest arrives today")
    DEPARTURE = 30, _("Departure, nobody arrives")
    STAY_OVER = 40, _("Stay-over")
    WHEN_TIME_IS_LEFT = 50, _("When time is left")


class TaskEventKind(models.TextChoices):
    """What happened to a task; the lines of its story, and what people are told."""

    ASSIGNED = "assigned", _("Assigned")
    TAKEN_AWAY = "taken_away", _("Given to somebody else")
    CHANGED = "changed", _("Changed")
    CANCELLED = "cancelled", _("Cancelled")
    RESTORED = "restored", _("Wanted again")
    DECIDED = "decided", _("Decided by a person")
    ACCEPTED = "accepted", _("Accepted")
    STARTED = "started", _("Started")
    PAUSED = "paused", _("Paused")
    RESUMED = "resumed", _("Resumed")
    FINISHED = "finished", _("Finished")
    NOT_POSSIBLE = "not_possible", _("Not possible")
    REOPENED = "reopened", _("Taken back")
    INSPECTED = "inspected", _("Passed inspection")
    SENT_BACK = "sent_back", _("Sent back")
    READY = "ready", _("Room ready for the guest")
    OVERDUE = "overdue", _("Overdue")


class RuleEditKind(models.TextChoices):
    ADDED = "added", _("Rule added")
    CHANGED = "changed", _("Rule changed")
    REMOVED = "removed", _("Rule removed")


class CompanyRole(models.TextChoices):
    PLANNER = "planner", _("Planner")
    CLEANER = "cleaner", _("Cleaner")


class LinkPurpose(models.TextChoices):
    SIGN_IN = "sign_in", _("Opens the cleaner's day")
    CALENDAR = "calendar", _("Calendar feed")


class FindingKind(models.TextChoices):
    DAMAGE = "damage", _("Damage")
    LOST_ITEM = "lost_item", _("Lost property")


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
