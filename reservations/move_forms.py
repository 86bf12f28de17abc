"""What people fill in on the card of a stay and on the form that blocks a room."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reservations.choices import ClosureKind
from reservations.models import Room
from reservations.move_choices import RoomOption, SwapOption
from reservations.planning_checks import Part
from reservations.room_claims import natural_order
from reservations.stay_layout import StayLayout, guest_of
from reservations.wording import span_text

ONE_DAY = timedelta(days=1)

AnyForm = TypeVar("AnyForm", bound=forms.Form)


class RoomSelect(forms.Select):
    """A select that shows rooms which cannot be chosen, so that it says why."""

    def __init__(self, attrs: Any = None, choices: Any = (), disabled: Collection[str] = ()) -> None:
        super().__init__(attrs, choices)
        self.disabled = set(disabled)

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.disabled:
            option["attrs"]["disabled"] = True
        return option


def _date_field(label: Any, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, help_text=help_text, widget=widget)


class RoomForm(forms.Form):
    """The room that a stay moves to, or in which it is put together."""

    room = forms.TypedChoiceField(label=gettext_lazy("Room"), coerce=int, widget=RoomSelect)

    def __init__(
        self, data: Any = None, *, options: Sequence[RoomOption], prefix_of_ids: str = "move"
    ) -> None:
        super().__init__(data, auto_id=f"{prefix_of_ids}_%s", label_suffix="")
        groups: dict[str, list[tuple[str, str]]] = {}
        for option in options:
            groups.setdefault(_group(option), []).append((str(option.room.pk), _option_text(option)))
        field: Any = self.fields["room"]
        field.choices = list(groups.items())
        field.widget.disabled = {str(option.room.pk) for option in options if option.obstacles}
        self.has_free = any(not option.obstacles for option in options)


def _group(option: RoomOption) -> str:
    if option.obstacles:
        return _("Not free")
    return _("Free, as booked") if option.is_booked_type else _("Free, another type")


def _option_text(option: RoomOption) -> str:
    parts = [option.room.name]
    if not option.is_booked_type:
        parts.append(option.room.room_type.name)
    if option.reason:
        parts.append(option.reason)
    return " · ".join(parts)


class SwapForm(forms.Form):
    """The guest to change places with."""

    other = forms.TypedChoiceField(label=gettext_lazy("Change places with"), coerce=int)

    def __init__(self, data: Any = None, *, options: Sequence[SwapOption]) -> None:
        super().__init__(data, auto_id="swap_%s", label_suffix="")
        self.fields["other"].choices = [  # type: ignore[attr-defined]
            (str(option.stay.pk), _swap_text(option)) for option in options
        ]


def _swap_text(option: SwapOption) -> str:
    dates = span_text(option.stay.arrival, option.stay.departure)
    return f"{option.room.name} · {guest_of(option.stay)}, {dates}"


class SplitForm(forms.Form):
    """Two rooms and the day on which the guest goes from one to the other."""

    day = _date_field(gettext_lazy("Day of the move"))
    first_room = forms.TypedChoiceField(label=gettext_lazy("Room until then"), coerce=int)
    second_room = forms.TypedChoiceField(label=gettext_lazy("Room from then on"), coerce=int)

    def __init__(self, data: Any = None, *, layout: StayLayout, rooms: Iterable[Room]) -> None:
        names = [(str(room.pk), f"{room.name} · {room.room_type.name}") for room in _in_order(rooms)]
        initial = {"day": layout.arrival + ONE_DAY, "first_room": layout.head.room_id}
        super().__init__(data, auto_id="split_%s", label_suffix="", initial=initial)
        self.layout = layout
        for name in ("first_room", "second_room"):
            self.fields[name].choices = [("", _("Choose a room")), *names]  # type: ignore[attr-defined]
        attrs = self.fields["day"].widget.attrs
        attrs["min"], attrs["max"] = layout.arrival + ONE_DAY, layout.departure - ONE_DAY

    def parts(self) -> list[Part]:
        """The two parts, from the cleaned fields."""
        cut = self.cleaned_data["day"]
        return [
            (self.layout.arrival, cut, self.cleaned_data["first_room"]),
            (cut, self.layout.departure, self.cleaned_data["second_room"]),
        ]


class BlockForm(forms.Form):
    """A room that cannot be sold for a while."""

    KINDS = [(str(kind), kind.label) for kind in (ClosureKind.OUT_OF_ORDER, ClosureKind.OWNER_BLOCK)]

    room = forms.TypedChoiceField(label=gettext_lazy("Room"), coerce=int)
    first = _date_field(gettext_lazy("From"))
    last = _date_field(gettext_lazy("Until"), gettext_lazy("The first day on which the room is free again."))
    kind = forms.ChoiceField(label=gettext_lazy("Reason"), choices=KINDS)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=200)
    confirmed = forms.BooleanField(
        label=gettext_lazy("Block it even if guests have to stay in it or lose their room"), required=False
    )

    def __init__(
        self, data: Any = None, *, rooms: Iterable[Room], initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, auto_id="block_%s", label_suffix="", initial=initial)
        by_house: dict[str, list[tuple[str, str]]] = {}
        for room in _in_order(rooms):
            by_house.setdefault(room.property.name, []).append((str(room.pk), room.name))
        groups: Any = (
            by_house.items() if len(by_house) > 1 else [one for own in by_house.values() for one in own]
        )
        self.fields["room"].choices = [("", _("Choose a room")), *groups]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last <= first:
            raise ValidationError(
                {"last": _("The room must be free again on a later day than it is closed.")}
            )
        return cleaned

    @staticmethod
    def initial_for(room_id: str, first: date | None, today: date) -> dict[str, Any]:
        """What the form begins with: the room that was asked for, and one night."""
        begin = first or today
        return {"room": room_id, "first": begin, "last": begin + ONE_DAY}


def checked(form: AnyForm) -> AnyForm:
    """``form``, which is valid; else its errors as one ``ValidationError``."""
    if not form.is_valid():
        names = {name: field.label for name, field in form.fields.items()}
        raise ValidationError(
            [
                f"{names[name]}: {text}" if name in names else text
                for name, texts in form.errors.items()
                for text in texts
            ]
        )
    return form


def _in_order(rooms: Iterable[Room]) -> list[Room]:
    return sorted(rooms, key=lambda room: natural_order(room.name))
