"""What people fill in about findings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cleaning.choices import FindingKind
from cleaning.findings import PLACE_LENGTH, TEXT_LENGTH
from reservations.models import Room


class FindingFilter(forms.Form):
    """Every field may be empty. A value that makes no sense is not applied."""

    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All")), *FindingKind.choices])
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", pgettext_lazy("findings", "Open")), ("settled", pgettext_lazy("findings", "Settled"))],
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data, auto_id="filter_%s", label_suffix="")
        self.is_valid()

    @property
    def wanted(self) -> dict[str, Any]:
        """As :func:`cleaning.finding_selectors.findings_of` takes it."""
        values = self.cleaned_data
        return {"kind": values.get("kind", ""), "settled": values.get("state") == "settled"}


class FindingForm(forms.Form):
    """Something that somebody found or a guest complained of."""

    kind = forms.ChoiceField(label=_("Kind"), choices=FindingKind.choices)
    room = forms.TypedChoiceField(label=_("Room"), coerce=int)
    text = forms.CharField(label=_("In a few words"), max_length=TEXT_LENGTH)
    place = forms.CharField(
        label=_("Where it is kept"),
        required=False,
        max_length=PLACE_LENGTH,
        help_text=_("For a lost thing: the shelf, the safe ..."),
    )
    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    def __init__(self, data: Any = None, files: Any = None, *, rooms: list[Room], **kwargs: Any) -> None:
        super().__init__(data, files, label_suffix="", **kwargs)
        several = len({room.property_id for room in rooms}) > 1
        self.fields["room"].choices = [
            ("", "—"),
            *((room.pk, f"{room.name} · {room.property}" if several else room.name) for room in rooms),
        ]
