"""What a service says when a task cannot do what was asked."""

from __future__ import annotations

from django.utils.translation import gettext as _

from cleaning.choices import FINISHED_STATES, TaskState
from cleaning.models import CleaningTask


class TaskRefused(Exception):
    """A task cannot do what was asked; the text says why, for the person who asked."""


def why_over(task: CleaningTask) -> str:
    """A sentence that says why nothing more can be done with the task."""
    if task.state in FINISHED_STATES:
        return _("This task is done already.")
    if task.state == TaskState.CANCELLED:
        return _("This task was cancelled.")
    return _("This task is not assigned to anybody yet.")
