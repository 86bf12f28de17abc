"""What people fill in: the filters of a day, and their decisions about one task."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cleaning.choices import Priority, TaskKind, TaskState
from cleaning.decisions import MOST_MINUTES, NOTE_LENGTH, computed_values
from cleaning.models import CleaningTask
from reservations.models import Property
from reservations.wording import date_text

NOBODY = "0"


def date_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class DayFilter(forms.Form):
    """Every field may be empty. A value that makes no sense is not applied."""

    day = forms.DateField(label=_("Day"), required=False, widget=date_input())
    house = forms.ChoiceField(label=_("Property"), required=False)
    kind = forms.ChoiceField(label=_("Work"), required=False, choices=[("", _("All")), *TaskKind.choices])
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *TaskState.choices])
    assignee = forms.ChoiceField(label=_("Assigned to"), required=False)

    def __init__(
        self, data: Any, *, properties: list[Property], people: list[Any], user: Any, **kwargs: Any
    ) -> None:
        super().__init__(data, auto_id="filter_%s", label_suffix="", **kwargs)
        self.fields["house"].choices = [("", _("All")), *((str(row.pk), row.name) for row in properties)]
        mine = [(str(user.pk), _("Me"))] if any(person.pk == user.pk for person in people) else []
        others = [(str(person.pk), str(person)) for person in people if person.pk != user.pk]
        self.fields["assignee"].choices = [("", _("All")), *mine, (NOBODY, _("Nobody")), *others]
        self.is_valid()

    @property
    def day_wanted(self) -> date | None:
        return self.cleaned_data.get("day")

    @property
    def wanted(self) -> dict[str, Any]:
        """The filters that make sense and are not empty, as :func:`cleaning.selectors.tasks_of_day` takes them."""
        values = {
            name: value
            for name, value in self.cleaned_data.items()
            if name != "day" and value not in (None, "")
        }
        for name in ("house", "assignee"):
            if name in values:
                values[name] = int(values[name])
        return values

    @property
    def is_narrowed(self) -> bool:
        return bool(self.wanted)


class DecisionForm(forms.Form):
    """One task as it stands; what is changed becomes a decision, what equals the rules stops being one."""

    date = forms.DateField(label=_("Day"), widget=date_input())
    priority = forms.TypedChoiceField(label=_("Priority"), choices=Priority.choices, coerce=int)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=MOST_MINUTES)
    assignee = forms.TypedChoiceField(label=_("Assigned to"), required=False, coerce=int, empty_value=None)
    skip = forms.BooleanField(label=_("Skip this task"), required=False)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": NOTE_LENGTH}),
    )

    def __init__(self, data: Any = None, *, task: CleaningTask, people: list[Any], **kwargs: Any) -> None:
        self.computed = computed_values(task)
        initial = {
            "date": task.date,
            "priority": task.priority,
            "minutes": task.minutes,
            "assignee": task.assignee_id,
            "skip": bool(task.overrides.get("skip")),
            "note": task.overrides.get("note", ""),
        }
        super().__init__(data, initial=initial, **kwargs)
        self.fields["assignee"].choices = [
            ("", _("Nobody")),
            *((person.pk, str(person)) for person in people),
        ]
        self.fields["date"].help_text = self._said(task, "date", date_text(self.computed.date))
        self.fields["priority"].help_text = self._said(
            task, "priority", Priority(self.computed.priority).label
        )
        self.fields["minutes"].help_text = self._said(task, "minutes", str(self.computed.minutes))

    @staticmethod
    def _said(task: CleaningTask, field: str, value: str) -> str:
        """What the rules say, where a person said otherwise."""
        return _("The rules say: %(value)s") % {"value": value} if field in task.overrides else ""

    @property
    def decided(self) -> tuple[dict[str, Any], list[str]]:
        """What was changed: decisions by field, and fields that go back to the rules."""
        changes: dict[str, Any] = {}
        drop: list[str] = []
        for name in self.changed_data:
            value = self.cleaned_data[name]
            if value in (None, "", False) or value == getattr(self.computed, name, None):
                drop.append(name)
            else:
                changes[name] = value
        return changes, drop
