"""What people fill in about rules: one form per kind of work, with the fields of that kind, and a house's hours."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cleaning.choices import TaskKind
from cleaning.models import Checklist, CleaningHours, CleaningRule
from cleaning.rule_book import DEFAULT_RULES
from reservations.channels import channel_name
from reservations.models import Hotel, Property, RatePlan, Reservation, RoomType

#: Where a rule holds. A deep cleaning belongs to a room, whoever sleeps there.
_STAY_SCOPE = ("property", "room_type", "rate_plan", "channel")
_ROOM_SCOPE = ("property", "room_type")
_CYCLE = ("every_days", "first_day", "shortest_stay")
_ALWAYS = ("starts_at", "ends_at", "is_inspected", "checklist")
FIELDS_OF_KIND = {
    TaskKind.DEPARTURE: ("minutes", "slip_days", *_ALWAYS),
    TaskKind.STAY_OVER: (*_CYCLE, "minutes", *_ALWAYS),
    TaskKind.LINEN: (*_CYCLE, "minutes", *_ALWAYS),
    TaskKind.ARRIVAL_CHECK: ("after_empty_days", "minutes", *_ALWAYS),
    TaskKind.DEEP: ("every_days", "every_departures", "counts_from", "minutes", *_ALWAYS),
}
#: What is asked of each kind so that a wanted rule ever leads to a task.
_NEEDED = {
    TaskKind.STAY_OVER: ("every_days",),
    TaskKind.LINEN: ("every_days",),
    TaskKind.ARRIVAL_CHECK: ("after_empty_days",),
    TaskKind.DEEP: ("counts_from",),
}


def _time_input() -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class RuleForm(forms.ModelForm):
    """A rule of one kind, which is that of ``instance``. Valid means that the instance holds what was filled in."""

    channel = forms.ChoiceField(label=_("Channel"), required=False)

    class Meta:
        model = CleaningRule
        fields = (
            *_STAY_SCOPE,
            "is_wanted",
            "every_days",
            "first_day",
            "shortest_stay",
            "every_departures",
            "counts_from",
            "after_empty_days",
            "minutes",
            "slip_days",
            *_ALWAYS,
        )
        widgets = {
            "starts_at": _time_input(),
            "ends_at": _time_input(),
            "counts_from": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        }

    def __init__(self, data: Any = None, *, hotel: Hotel, instance: CleaningRule, **kwargs: Any) -> None:
        self.kind = TaskKind(instance.kind)
        if instance.pk is None:
            default = DEFAULT_RULES[self.kind]
            kwargs["initial"] = {
                **{
                    name: getattr(default, name)
                    for name in FIELDS_OF_KIND[self.kind]
                    if hasattr(default, name)
                },
                **kwargs.get("initial", {}),
            }
        super().__init__(data, instance=instance, label_suffix="", **kwargs)
        scope = _ROOM_SCOPE if self.kind == TaskKind.DEEP else _STAY_SCOPE
        wanted = {*scope, "is_wanted", *FIELDS_OF_KIND[self.kind]}
        for name in [name for name in self.fields if name not in wanted]:
            del self.fields[name]
        several = Property.objects.of(hotel).count() > 1
        self._offer("property", Property.objects.of(hotel), _("All properties"), several=False)
        self._offer("room_type", RoomType.objects.of(hotel), _("All room types"), several=several)
        self._offer("rate_plan", RatePlan.objects.of(hotel), _("All rates"), several=several)
        self._offer(
            "checklist",
            Checklist.objects.of(hotel).filter(kind=self.kind),
            _("The usual one"),
            several=False,
        )
        if "channel" in self.fields:
            self.fields["channel"].choices = [("", _("All channels")), *_channels(hotel, instance.channel)]
        if self.kind == TaskKind.DEEP:
            self.fields["every_days"].label = _("Every … days")

    def _offer(self, name: str, rows: Any, empty: Any, *, several: bool) -> None:
        """Only rows of the hotel; with their property where there are several."""
        if name not in self.fields:
            return
        field = self.fields[name]
        field.queryset = rows.select_related("property") if several else rows
        field.empty_label = empty
        if several:
            field.label_from_instance = lambda row: f"{row.name} ({row.property.name})"

    @property
    def scope_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in _STAY_SCOPE if name in self.fields]

    @property
    def work_fields(self) -> list[forms.BoundField]:
        """What the work is like, in the order of its kind."""
        return [self[name] for name in FIELDS_OF_KIND[self.kind]]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        house = values.get("property")
        for name in ("room_type", "rate_plan"):
            row = values.get(name)
            if row is not None and house is not None and row.property_id != house.pk:
                self.add_error(name, _("This belongs to another property than the one chosen above."))
        kind, plan = values.get("room_type"), values.get("rate_plan")
        if kind is not None and plan is not None and kind.property_id != plan.property_id:
            self.add_error("rate_plan", _("This rate belongs to another property than the room type."))
        if values.get("is_wanted"):
            self._ask_for_what_is_needed(values)
        start, end = values.get("starts_at"), values.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("Cleaning must end later than it starts."))
        return values

    def _ask_for_what_is_needed(self, values: dict[str, Any]) -> None:
        for name in _NEEDED.get(self.kind, ()):
            if name not in self.errors and not values.get(name):
                self.add_error(name, _("Needed, or no task would ever come of this rule."))
        if self.kind == TaskKind.DEEP and not (values.get("every_days") or values.get("every_departures")):
            self.add_error("every_days", _("Say after how many days or departures."))

    def validate_constraints(self) -> None:
        """The service looks for a rule of the same scope, under the hotel's lock."""

    def refused(self, problem: ValidationError) -> None:
        """Show what the service said at the field it is about, or above the form."""
        if hasattr(problem, "error_dict"):
            for name, errors in problem.error_dict.items():
                self.add_error(name if name in self.fields else None, errors)
        else:
            self.add_error(None, problem)


class HoursForm(forms.ModelForm):
    """When people clean in one house."""

    class Meta:
        model = CleaningHours
        fields = ("starts_at", "ends_at")
        widgets = {"starts_at": _time_input(), "ends_at": _time_input()}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        start, end = values.get("starts_at"), values.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("Cleaning must end later than it starts."))
        return values

    def validate_constraints(self) -> None:
        """Asked above, with the sentence at its field."""


def _channels(hotel: Hotel, chosen: str) -> list[tuple[str, str]]:
    """Where the hotel's guests booked so far. One query."""
    seen = Reservation.objects.of(hotel).exclude(channel="").order_by().values_list("channel", flat=True)
    slugs = {*seen.distinct(), chosen} - {""}
    return sorted(((slug, channel_name(slug)) for slug in slugs), key=lambda choice: choice[1].lower())
