"""The history of a reservation as sentences: field names and values a person can read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reservations.channels import channel_name
from reservations.choices import ChangeKind, StayState, StayStatus
from reservations.models import ReservationChange
from reservations.wording import date_text, money_text

FIELD_LABELS = {
    "status": gettext_lazy("Status"),
    "state": gettext_lazy("Guest is"),
    "total": gettext_lazy("Total"),
    "commission": gettext_lazy("Commission"),
    "currency": gettext_lazy("Currency"),
    "notes": gettext_lazy("Notes"),
    "channel": gettext_lazy("Channel"),
    "channel_ref": gettext_lazy("Code at the channel"),
    "arrival": gettext_lazy("Arrival"),
    "departure": gettext_lazy("Departure"),
    "arrives_at": gettext_lazy("Arrives at"),
    "leaves_at": gettext_lazy("Leaves at"),
    "room": gettext_lazy("Room"),
    "room_type": gettext_lazy("Room type"),
    "adults": gettext_lazy("Adults"),
    "children": gettext_lazy("Children"),
    "infants": gettext_lazy("Infants"),
    "name": gettext_lazy("Name"),
    "guest_name": gettext_lazy("Guest"),
    "email": gettext_lazy("E-mail"),
    "guest_email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Telephone"),
    "guest_phone": gettext_lazy("Telephone"),
    "property": gettext_lazy("Property"),
    "room_added": gettext_lazy("Room added"),
    "room_dropped": gettext_lazy("Room dropped"),
}
_AMOUNTS = frozenset({"total", "commission"})
_DATES = frozenset({"arrival", "departure"})
_ISO_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


@dataclass(frozen=True, slots=True)
class ToldField:
    """One "label: old → new"; ``old`` or ``new`` is empty when there was or is nothing."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ToldChange:
    """One entry of the history, ready for a page. ``tone`` is a badge's tone."""

    at: datetime
    what: str
    tone: str
    who: str
    provider: str
    message_id: int | None
    stay: str
    fields: tuple[ToldField, ...]


_TONES = {
    ChangeKind.CREATED: "info",
    ChangeKind.CANCELLED: "bad",
    ChangeKind.RESTORED: "ok",
    ChangeKind.OVERBOOKED: "bad",
    ChangeKind.SETTLED: "ok",
}


def told(changes: Iterable[ReservationChange], currency: str) -> list[ToldChange]:
    """The entries in the order of ``changes`` (rows with ``user`` and ``stay__room`` at hand: no query here)."""
    changes = list(changes)
    several_stays = len({change.stay_id for change in changes if change.stay_id}) > 1
    return [
        ToldChange(
            at=change.at,
            what=change.get_kind_display(),
            tone=_TONES.get(ChangeKind(change.kind), "quiet"),
            who=str(change.user) if change.user else "",
            provider=change.provider,
            message_id=change.message_id,
            stay=_stay(change) if several_stays and change.stay else "",
            fields=tuple(
                ToldField(
                    field_label(name),
                    _value(name, old, currency),
                    _value(name, new, currency),
                )
                for name, (old, new) in change.fields.items()
            ),
        )
        for change in changes
    ]


def field_label(name: str) -> str:
    """What people call the field ``name``, in the active language; its own name in plain letters when unknown."""
    return str(FIELD_LABELS.get(name) or name.replace("_", " ").capitalize())


def _stay(change: ReservationChange) -> str:
    stay = change.stay
    return str(stay.room or stay.room_ref or _("no room"))


def _value(name: str, value: object, currency: str) -> str:
    if value is None or value == "":
        return ""
    text = str(value)
    if name == "status" and text in StayStatus.values:
        return str(StayStatus(text).label)
    if name == "state" and text in StayState.values:
        return str(StayState(text).label)
    if name == "channel":
        return channel_name(text)
    if name in _AMOUNTS:
        try:
            return money_text(Decimal(text), currency)
        except InvalidOperation:
            return text
    if name in _DATES or name in ("room_added", "room_dropped"):
        return _ISO_DAY.sub(_readable_day, text)
    return text


def _readable_day(found: re.Match[str]) -> str:
    try:
        return date_text(date.fromisoformat(found.group()))
    except ValueError:
        return found.group()
