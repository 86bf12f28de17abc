"""What people fill in about people: weekly hours, days off, areas, teams, and companies to share with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from cleaning.capacity import Span
from cleaning.models import CleaningTeam, CompanyContract
from cleaning.people_wording import weekday_name
from cleaning.proposal_facts import Place
from reservations.models import Property

WEEKDAYS = range(7)


def _date_field(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))


class HoursForm(forms.Form):
    """A line for each weekday; a day without hours is free."""

    def __init__(self, data: Any = None, *, week: Mapping[int, Span], **kwargs: Any) -> None:
        super().__init__(data, auto_id="hours_%s", **kwargs)
        for weekday in WEEKDAYS:
            day = weekday_name(weekday)
            starts, ends = week.get(weekday, (None, None))
            for name, label, value in (
                ("from", _now("%(day)s, from"), starts),
                ("until", _now("%(day)s, until"), ends),
            ):
                widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
                self.fields[f"{name}_{weekday}"] = forms.TimeField(
                    label=label % {"day": day}, required=False, initial=value, widget=widget
                )

    @property
    def lines(self) -> list[tuple[str, Any, Any]]:
        """Weekday, from and until, to be shown as a grid."""
        return [
            (weekday_name(weekday), self[f"from_{weekday}"], self[f"until_{weekday}"]) for weekday in WEEKDAYS
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for weekday in WEEKDAYS:
            starts, ends = cleaned.get(f"from_{weekday}"), cleaned.get(f"until_{weekday}")
            if (starts is None) != (ends is None) and not self._has_error(weekday):
                self.add_error(f"until_{weekday}", _("Give both hours, or none for a free day."))
            elif starts and ends and ends <= starts:
                self.add_error(f"until_{weekday}", _("Work must end later than it starts."))
        return cleaned

    def _has_error(self, weekday: int) -> bool:
        return self.has_error(f"from_{weekday}") or self.has_error(f"until_{weekday}")

    @property
    def hours(self) -> dict[int, Span]:
        """The hours by weekday, once the form is valid."""
        return {
            weekday: (self.cleaned_data[f"from_{weekday}"], self.cleaned_data[f"until_{weekday}"])
            for weekday in WEEKDAYS
            if self.cleaned_data[f"from_{weekday}"]
        }


class DayOffForm(forms.Form):
    first = _date_field(_("First day off"))
    last = _date_field(_("Last day off"))
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=120, help_text=_("Only planners see it. May be empty.")
    )


class AreasForm(forms.Form):
    """Houses and floors to tick."""

    places = forms.MultipleChoiceField(
        label=_("Usually cleans in"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        data: Any = None,
        *,
        places: Sequence[Place],
        houses: Mapping[int, Property],
        chosen: Sequence[Place] = (),
        **kwargs: Any,
    ) -> None:
        initial = {"places": [_place_value(place) for place in chosen]}
        super().__init__(data, initial=initial, **kwargs)
        self.fields["places"].choices = [
            (_place_value(place), _place_label(place, houses)) for place in places if place[0] in houses
        ]

    @property
    def chosen(self) -> list[Place]:
        """The ticked places, once the form is valid."""
        found = []
        for value in self.cleaned_data["places"]:
            number, _colon, area = value.partition(":")
            found.append((int(number), area))
        return found


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Name of the team"), max_length=60)
    members = forms.TypedMultipleChoiceField(
        label=_("People"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, data: Any = None, *, people: Sequence[Any], team: CleaningTeam | None = None, **kwargs: Any
    ) -> None:
        known = {person.pk for person in people}
        initial = {}
        if team is not None:
            members = [person.pk for person in team.members.all() if person.pk in known]
            initial = {"name": team.name, "members": members}
        super().__init__(data, initial=initial, **kwargs)
        self.fields["members"].choices = [(person.pk, str(person)) for person in people]


class ShareForm(forms.Form):
    """A company by the code that it gave; ``contract`` given, only the houses may be changed."""

    company = forms.CharField(
        label=_("Code of the company"),
        max_length=60,
        help_text=_("The company's planner finds it on the page of their people and tells it to you."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    properties = forms.TypedMultipleChoiceField(
        label=_("Properties"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: all of them."),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        houses: Sequence[Property],
        contract: CompanyContract | None = None,
        **kwargs: Any,
    ) -> None:
        initial = {}
        if contract is not None:
            initial = {"properties": [house.pk for house in contract.properties.all()]}
        super().__init__(data, initial=initial, **kwargs)
        self.fields["properties"].choices = [(house.pk, house.name) for house in houses]
        if contract is not None:
            del self.fields["company"]


def _place_value(place: Place) -> str:
    return f"{place[0]}:{place[1]}"


def _place_label(place: Place, houses: Mapping[int, Property]) -> str:
    name = houses[place[0]].name
    if not place[1]:
        return _now("%(house)s, everywhere") % {"house": name}
    return _now("%(house)s, area %(area)s") % {"house": name, "area": place[1]}
