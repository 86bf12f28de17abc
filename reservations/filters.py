"""The search and the filters of the list of reservations, read from the address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reservations.channels import channel_name
from reservations.choices import StayStatus
from reservations.models import Hotel, Property


class ReservationFilter(forms.Form):
    """Every field may be empty. A value that makes no sense is an error of its field and is not applied."""

    SORTS = (("changed", _("Latest change")), ("arrival", _("Arrival, soonest first")))

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Guest, code, e-mail or room")}),
    )
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("Any")), *StayStatus.choices]
    )
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    property = forms.ModelChoiceField(
        label=_("Property"), required=False, queryset=Property.objects.none(), empty_label=_("Any")
    )
    arrival_from = forms.DateField(
        label=_("Arrival from"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    arrival_to = forms.DateField(
        label=_("Arrival to"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    attention = forms.BooleanField(label=_("Needs attention"), required=False)
    sort = forms.ChoiceField(label=_("Order"), required=False, choices=SORTS)

    def __init__(self, data: Any, *, hotel: Hotel, channels: list[str], **kwargs: Any) -> None:
        super().__init__(data, auto_id="filter_%s", label_suffix="", **kwargs)
        names = sorted(
            ((slug, channel_name(slug)) for slug in channels if slug), key=lambda pair: pair[1].lower()
        )
        self.fields["channel"].choices = [("", _("Any")), *names]
        self.fields["property"].queryset = Property.objects.of(hotel)

    def wanted(self) -> dict[str, Any]:
        """The values that make sense and are not empty."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", False)}

    def is_narrowed(self) -> bool:
        """Whether anything but the order was asked for."""
        return bool(self.wanted().keys() - {"sort"}) or bool(self.errors)

    def uses_more(self) -> bool:
        """Whether one of the filters that are folded away is in use."""
        more = {"property", "arrival_from", "arrival_to", "sort"}
        return bool(more & self.wanted().keys()) or bool(more & self.errors.keys())
