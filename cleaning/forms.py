"""What people fill in: the filters of a day, their decisions about one task, and tasks that they wish for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cleaning import who
from cleaning.choices import Priority, Problem, TaskKind, TaskState
from cleaning.decisions import MOST_MINUTES, NOTE_LENGTH, computed_values
from cleaning.models import CleaningTask
from cleaning.task_values import end_text
from cleaning.work import REMARK_LENGTH
from reservations.models import Property, Room
from reservations.wording import date_text, short_date_text

BY_ROOM, BY_PERSON = "room", "person"


def date_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def time_input() -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})


def text_area(length: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": 3, "maxlength": length})


def who_select(choices: list[tuple[str, Any]]) -> SafeString:
    """A hidden select that the cards of a board take their choices from, so that each card is small."""
    attributes = {"id": "who-choices", "hidden": True, "disabled": True}
    return forms.Select(choices=choices).render("who", None, attributes)


class DayFilter(forms.Form):
    """Every field may be empty. A value that makes no sense is not applied."""

    day = forms.DateField(label=_("Day"), required=False, widget=date_input())
    by = forms.ChoiceField(required=False, choices=[(BY_ROOM, BY_ROOM), (BY_PERSON, BY_PERSON)])
    house = forms.ChoiceField(label=_("Property"), required=False)
    area = forms.ChoiceField(label=_("Floor or area"), required=False)
    kind = forms.ChoiceField(label=_("Work"), required=False, choices=[("", _("All")), *TaskKind.choices])
    # Not "state": with that the page itself asks whether anything is new.
    stage = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *TaskState.choices])
    assignee = forms.ChoiceField(label=_("Assigned to"), required=False)

    def __init__(
        self,
        data: Any,
        *,
        properties: Sequence[Property],
        people: Sequence[Any],
        teams: Sequence[Any] = (),
        areas: Iterable[str] = (),
        user: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, auto_id="filter_%s", label_suffix="", **kwargs)
        everything = ("", _("All"))
        self.fields["house"].choices = [everything, *((str(row.pk), row.name) for row in properties)]
        self.fields["area"].choices = [everything, *((area, area) for area in areas)]
        self.fields["assignee"].choices = [everything, *who.choices(people, teams, me=user)]
        self.is_valid()

    @property
    def day_wanted(self) -> date | None:
        return self.cleaned_data.get("day")

    @property
    def by_person(self) -> bool:
        return self.cleaned_data.get("by") == BY_PERSON

    @property
    def wanted(self) -> dict[str, Any]:
        """The filters that make sense and are not empty, as :func:`cleaning.selectors.tasks_of_day` takes them."""
        values = {
            name: self.cleaned_data[name]
            for name in ("house", "area", "kind", "stage")
            if self.cleaned_data.get(name)
        }
        if "house" in values:
            values["house"] = int(values["house"])
        if self.cleaned_data.get("assignee"):
            values["given"] = who.who_of(self.cleaned_data["assignee"])
        return values

    @property
    def is_narrowed(self) -> bool:
        return bool(self.wanted)


class DecisionForm(forms.Form):
    """One task as it stands; what is changed becomes a decision, what equals the rules stops being one."""

    date = forms.DateField(label=_("Day"), widget=date_input())
    start = forms.TimeField(label=pgettext_lazy("time", "From"), required=False, widget=time_input())
    end = forms.TimeField(label=pgettext_lazy("time", "Until"), required=False, widget=time_input())
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=MOST_MINUTES)
    priority = forms.TypedChoiceField(label=_("Priority"), choices=Priority.choices, coerce=int)
    assignee = forms.ChoiceField(label=_("Assigned to"), required=False)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=NOTE_LENGTH, widget=text_area(NOTE_LENGTH)
    )
    skip = forms.BooleanField(label=_("Skip this task"), required=False)
    reason = forms.CharField(label=_("Why it is skipped"), required=False, max_length=NOTE_LENGTH)

    def __init__(
        self,
        data: Any = None,
        *,
        task: CleaningTask,
        people: Sequence[Any],
        teams: Sequence[Any] = (),
        **kwargs: Any,
    ) -> None:
        self.computed = computed_values(task)
        begins, ends = (
            timezone.localtime(moment, task.property.zone).replace(second=0, microsecond=0)
            for moment in (task.window_start, task.window_end)
        )
        initial = {
            "date": task.date,
            "start": begins.time(),
            "end": ends.time(),
            "priority": task.priority,
            "minutes": task.minutes,
            "assignee": who.value_of_task(task),
            "skip": bool(task.overrides.get("skip")),
            "reason": task.overrides.get("reason", ""),
            "note": task.overrides.get("note", ""),
        }
        super().__init__(data, initial=initial, **kwargs)
        self.fields["assignee"].choices = who.choices(people, teams, present=task)
        said = {
            "date": date_text(self.computed.date),
            "start": f"{self.computed.start:%H:%M}",
            "end": end_text(self.computed),
            "priority": Priority(self.computed.priority).label,
            "minutes": str(self.computed.minutes),
        }
        for name, value in said.items():
            if name in task.overrides:
                self.fields[name].help_text = _("The rules say: %(value)s") % {"value": value}
        if ends.date() > task.date:
            day = _("On %(day)s, as long as it waits.") % {"day": short_date_text(ends.date())}
            self.fields["end"].help_text = " ".join([day, *filter(None, [str(self.fields["end"].help_text)])])

    @property
    def decided(self) -> tuple[dict[str, Any], list[str]]:
        """What was changed: decisions by field, and fields that go back to the rules."""
        changes: dict[str, Any] = {}
        drop: list[str] = []
        for name in self.changed_data:
            value = self.cleaned_data[name]
            if name == "assignee":
                user_id, team_id = who.who_of(value)
                changes |= {"assignee": user_id} if user_id else {"team": team_id} if team_id else {}
                drop += [] if user_id or team_id else ["assignee", "team"]
            elif value in (None, "", False) or value == getattr(self.computed, name, None):
                drop.append(name)
            else:
                changes[name] = value
        return changes, drop


class ProblemForm(forms.Form):
    """Why a task was not possible."""

    problem = forms.ChoiceField(label=_("Why not"), choices=Problem.choices)
    remark = forms.CharField(label=_("In words"), required=False, max_length=REMARK_LENGTH)

    def clean(self) -> dict[str, Any]:
        """Another reason needs words."""
        values = super().clean() or {}
        if values.get("problem") == Problem.OTHER and not values.get("remark"):
            self.add_error("remark", _("Say in a few words what it was."))
        return values


class ExtraTaskForm(forms.Form):
    """A task that a person wishes for."""

    place = forms.ChoiceField(label=_("Room"))
    kind = forms.ChoiceField(
        label=_("Work"),
        initial=TaskKind.EXTRA,
        choices=[(kind.value, kind.label) for kind in TaskKind if kind != TaskKind.INSPECTION],
    )
    date = forms.DateField(label=_("Day"), widget=date_input())
    start = forms.TimeField(
        label=pgettext_lazy("time", "From"),
        required=False,
        widget=time_input(),
        help_text=_("Empty: as long as people clean in the house."),
    )
    end = forms.TimeField(label=pgettext_lazy("time", "Until"), required=False, widget=time_input())
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=MOST_MINUTES, initial=30)
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Priority.choices, coerce=int, initial=Priority.WHEN_TIME_IS_LEFT
    )
    assignee = forms.ChoiceField(label=_("Assigned to"), required=False)
    note = forms.CharField(
        label=_("What is to be done"), max_length=NOTE_LENGTH, widget=text_area(NOTE_LENGTH)
    )

    def __init__(
        self,
        data: Any = None,
        *,
        properties: Sequence[Property],
        rooms: Iterable[Room],
        people: Sequence[Any],
        teams: Sequence[Any],
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        doors: dict[int, list[tuple[str, str]]] = {house.pk: [] for house in properties}
        for room in rooms:
            doors[room.property_id].append((f"{room.property_id}-{room.pk}", room.name))
        self.fields["place"].choices = [
            (house.name, [*doors[house.pk], (f"{house.pk}-0", _("No room: somewhere in the house"))])
            for house in properties
        ]
        self.fields["assignee"].choices = who.choices(people, teams)

    @property
    def wish(self) -> dict[str, Any]:
        """What :func:`cleaning.extra_tasks.wish_task` takes."""
        values = dict(self.cleaned_data)
        house, _dash, room = values.pop("place").partition("-")
        start: time | None = values["start"]
        return values | {
            "property_id": int(house),
            "room_id": int(room) or None,
            "day": values.pop("date"),
            "kind": TaskKind(values["kind"]),
            "priority": Priority(values["priority"]),
            "start": start,
            "given": who.who_of(values.pop("assignee")),
        }
