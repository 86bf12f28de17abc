"""Forms made from what a provider declares, and the reading of the mapping page's form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from babel.dates import format_timedelta
from django import forms
from django.utils.translation import gettext_lazy as _

from integrations.applications import fields_from_environment
from integrations.contracts import Capability, Declaration, Field
from integrations.mapping_table import CREATE_HERE, IGNORE
from integrations.mappings import CREATE, NOT_USED, NOTHING, Target
from integrations.models import Connection
from integrations.outbox import SEND_AVAILABILITY, SEND_RATES
from reservations.wording import active_locale

#: Where a connection keeps its own rhythm; without it the provider's is used.
POLL_MINUTES = "poll_minutes"
_LONGEST_TEXT = 2000
#: A provider that is usually read every few hours is not built for being asked every minute.
_RARELY = timedelta(hours=1)
_RARELY_MINIMUM = 5


def form_field(declared: Field, *, optional: bool = False) -> forms.Field:
    """The input for ``declared``. A secret's box is always empty: what is stored is never shown again."""
    required = declared.required and not optional
    common: dict[str, Any] = {
        "label": declared.label,
        "help_text": declared.help,
        "required": required,
        "initial": None if declared.secret else declared.default,
    }
    if declared.kind == "boolean":
        return forms.BooleanField(**{**common, "required": False})
    if declared.kind == "integer":
        return forms.IntegerField(min_value=declared.minimum, max_value=declared.maximum, **common)
    if declared.kind == "choice":
        choices = list(declared.choices) if required else [("", "—"), *declared.choices]
        return forms.ChoiceField(choices=choices, **common)
    if declared.kind == "url":
        return forms.URLField(assume_scheme="https", max_length=_LONGEST_TEXT, **common)
    if declared.secret or declared.kind == "password":
        widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"})
        return forms.CharField(max_length=_LONGEST_TEXT, widget=widget, **common)
    return forms.CharField(max_length=_LONGEST_TEXT, **common)


class ApplicationForm(forms.Form):
    """The operator's registration at one provider; an empty box keeps what is stored."""

    def __init__(self, slug: str, declaration: Declaration, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="application", **kwargs)
        fixed = fields_from_environment(slug)
        for declared in declaration.application_fields:
            self.fields[declared.name] = form_field(declared, optional=True)
            if declared.name in fixed:
                self.fields[declared.name].disabled = True
                self.fields[declared.name].help_text = _("Set by the environment of this installation.")

    def given(self) -> dict[str, str]:
        """What was typed in, without what the environment sets."""
        return {
            name: str(value)
            for name, value in self.cleaned_data.items()
            if value and not self.fields[name].disabled
        }


class CredentialsForm(forms.Form):
    """What a hotel types in to connect an account without a consent page."""

    def __init__(self, declaration: Declaration, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="account", **kwargs)
        self._secrets = [declared.name for declared in declaration.credential_fields]
        for declared in (*declaration.credential_fields, *declaration.settings_fields):
            self.fields[declared.name] = form_field(declared)

    @property
    def credentials(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self._secrets}

    @property
    def account_settings(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in self._secrets}


class SettingsForm(forms.Form):
    """A connection's name, how often it is read, and whatever its provider lets people choose."""

    name = forms.CharField(label=_("Name"), max_length=120)

    def __init__(self, connection: Connection, declaration: Declaration, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="settings", **kwargs)
        self.fields["name"].initial = connection.name
        self._declared = list(declaration.settings_fields)
        if Capability.PULL_RESERVATIONS in declaration.capabilities:
            self._declared.append(_rhythm(declaration))
        if Capability.PUSH_OFFERS in declaration.capabilities:
            self._declared += _switches()
        for declared in self._declared:
            self.fields[declared.name] = form_field(declared, optional=declared.secret)
            if not declared.secret:
                self.fields[declared.name].initial = connection.settings.get(declared.name, declared.default)

    def chosen(self) -> dict[str, Any]:
        """The settings to store; a secret that was left empty stays as it is."""
        return {
            declared.name: self.cleaned_data[declared.name]
            for declared in self._declared
            if not (declared.secret and not self.cleaned_data[declared.name])
        }


def _rhythm(declaration: Declaration) -> Field:
    usual = format_timedelta(declaration.poll_every, locale=active_locale())
    if Capability.RECEIVE_WEBHOOK in declaration.capabilities:
        help_text = _("Empty: every %(time)s. Changes that the other side reports arrive at once anyway.")
    else:
        help_text = _("Empty: every %(time)s.")
    return Field(
        POLL_MINUTES,
        _("Read every … minutes"),
        help_text % {"time": usual},
        kind="integer",
        required=False,
        minimum=_RARELY_MINIMUM if declaration.poll_every >= _RARELY else 1,
        maximum=24 * 60,
    )


def _switches() -> list[Field]:
    return [
        Field(
            SEND_AVAILABILITY,
            _("Send availability"),
            _(
                "How many rooms are left, night by night. Off: what stands there now stays, and may be sold twice."
            ),
            kind="boolean",
            required=False,
            default=True,
        ),
        Field(
            SEND_RATES,
            _("Send prices"),
            _("Prices and restrictions of the rates that are assigned to your rate plans."),
            kind="boolean",
            required=False,
            default=True,
        ),
    ]


@dataclass(slots=True)
class MappingChoices:
    """What the mapping form says, still unchecked against the database. ``odd`` holds what cannot be read."""

    properties: dict[int, int | None] = field(default_factory=dict)
    rooms: dict[int, Target] = field(default_factory=dict)
    odd: dict[tuple[str, int], str] = field(default_factory=dict)


def read_mapping(
    posted: Mapping[str, str],
    *,
    row_property: Mapping[int, int],
    room_names: Mapping[tuple[int, str], Sequence[int]],
) -> MappingChoices:
    """The choices in ``posted``.

    ``row_property``: the PropertyMapping key of each RoomMapping key; ``room_names``: our rooms by (property, name in
    lower case), for boxes that people type into. The rooms of a property that is chosen anew are left out: the lists
    they were chosen from were another property's.
    """
    choices = MappingChoices()
    anew: set[int] = set()
    for name, value in posted.items():
        kind, _dash, key = name.partition("-")
        if kind != "property" or not _is_key(key):
            continue
        pk = int(key)
        try:
            choices.properties[pk] = _property(value)
        except ValueError:
            choices.odd["property", pk] = str(_("This property does not exist here."))
            continue
        if value != posted.get(f"shown-{key}", value):
            anew.add(pk)
    for name, value in posted.items():
        kind, _dash, key = name.partition("-")
        if kind not in ("room", "name") or not _is_key(key):
            continue
        pk = int(key)
        place = row_property.get(pk)
        if place in anew:
            continue
        try:
            if kind == "name":
                choices.rooms[pk] = _typed(value, choices.properties.get(place or 0), room_names)
            else:
                choices.rooms[pk] = _target(value)
        except ValueError as unreadable:
            choices.odd["room", pk] = str(unreadable)
    return choices


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


def _property(value: str) -> int | None:
    if value == "":
        return None
    if value == CREATE_HERE:
        return CREATE
    if not _is_key(value):
        raise ValueError(value)
    return int(value)


def _target(value: str) -> Target:
    if value == "":
        return NOTHING
    if value == IGNORE:
        return NOT_USED
    kind, _colon, key = value.partition(":")
    if kind not in ("type", "room") or not _is_key(key):
        raise ValueError(str(_("This room does not exist here.")))
    return Target(room_type=int(key)) if kind == "type" else Target(room=int(key))


def _typed(
    value: str, property_id: int | None, room_names: Mapping[tuple[int, str], Iterable[int]]
) -> Target:
    text = value.strip()
    if not text:
        return NOTHING
    if text in ("-", "—"):
        return NOT_USED
    found = list(room_names.get((property_id or 0, text.casefold()), ()))
    if len(found) != 1:
        raise ValueError(str(_("There is no room “%(name)s” here.")) % {"name": text[:60]})
    return Target(room=found[0])
