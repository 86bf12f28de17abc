"""What people fill in at the front desk: which day and which house they look at, and whom they look for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reservations.models import Property


class DeskFilter(forms.Form):
    """Every field may be empty. A value that makes no sense is not applied."""

    day = forms.DateField(
        label=gettext_lazy("Day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    house = forms.ChoiceField(label=gettext_lazy("Property"), required=False)
    q = forms.CharField(
        label=gettext_lazy("Search"),
        required=False,
        max_length=120,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": gettext_lazy("Guest or room"), "autocomplete": "off"}
        ),
    )

    def __init__(self, data: Any, *, houses: Sequence[Property], **kwargs: Any) -> None:
        super().__init__(data, auto_id="filter_%s", label_suffix="", **kwargs)
        names = [(str(house.pk), house.name) for house in houses]
        self.fields["house"].choices = [("", _("All")), *names]  # type: ignore[attr-defined]
        self.houses = houses
        self.is_valid()

    @property
    def day_wanted(self) -> date | None:
        return self.cleaned_data.get("day")

    @property
    def text(self) -> str:
        return str(self.cleaned_data.get("q") or "").strip()

    @property
    def chosen(self) -> Sequence[Property]:
        """The properties to show: the one that was asked for, else all."""
        wanted = self.cleaned_data.get("house")
        return [house for house in self.houses if str(house.pk) == wanted] or self.houses

    @property
    def is_everywhere(self) -> bool:
        """Whether no property was asked for, so that stays of an unknown one are shown too."""
        return not self.cleaned_data.get("house")

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text or self.cleaned_data.get("house"))
