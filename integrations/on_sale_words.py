"""The words and signs of what is on sale: values of a night, and how far they have got."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_time
from babel.numbers import format_decimal
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.models import AvailabilityState
from reservations.rate_cells import NightTerms
from reservations.rate_grid import signs_of
from reservations.rate_wording import price_parts, rules_text
from reservations.wording import active_locale, moment_text, money_text

State = AvailabilityState.State

#: Shown for a settled night whose number has changed here since and is not being sent.
HELD = "held"

#: In the order of the legend.
SIGNS: Mapping[str, str] = {
    State.QUEUED: "…",
    State.SENT: "→",
    State.ACCEPTED: "✓",
    State.READ_BACK: "✓✓",
    State.REFUSED: "✕",
    State.DRIFTED: "≠",
    HELD: "‖",
}
TONES: Mapping[str, str] = {
    State.QUEUED: "info",
    State.SENT: "info",
    State.ACCEPTED: "ok",
    State.READ_BACK: "ok",
    State.REFUSED: "bad",
    State.DRIFTED: "bad",
    HELD: "warn",
}
_HELD_LABEL = gettext_lazy("Changed here, not sent")


def state_label(state: str) -> str | Promise:
    """The state in the active language."""
    return _HELD_LABEL if state == HELD else State(state).label


def terms_of(values: Mapping[str, Any]) -> NightTerms:
    """Price and rules in ``values``, which are as :func:`integrations.offers.values_of` puts them."""
    price = values.get("price")
    return NightTerms(
        None if price is None else Decimal(str(price)),
        values.get("minimum_stay"),
        values.get("maximum_stay") or None,
        bool(values.get("closed")),
        bool(values.get("closed_to_arrival")),
        bool(values.get("closed_to_departure")),
    )


def short_values(values: Mapping[str, Any]) -> tuple[str, str, str]:
    """What fits into a cell: the number or price, its cents, and the signs of its rules."""
    if "units" in values:
        return str(values["units"]), "", ""
    terms = terms_of(values)
    price, cents = ("·", "") if terms.price is None else price_parts(terms.price)
    return price, cents, signs_of(terms)


def values_text(values: Mapping[str, Any]) -> str:
    """Text such as "3 rooms left" or "€90.50, at least 2 nights"; a dash for nothing."""
    if "units" in values:
        units = int(values["units"])
        return ngettext("%(count)s room left", "%(count)s rooms left", units) % {"count": units}
    terms = terms_of(values)
    price = money_text(terms.price, str(values.get("currency") or ""))
    return ", ".join(part for part in (price, *rules_text(terms)) if part) or "—"


def since_text(when: datetime, today: date) -> str:
    """Text such as "11:05", with the day when it is not ``today``; both on the clock of the reader."""
    local = timezone.localtime(when)
    return format_time(local, "short", locale=active_locale()) if local.date() == today else moment_text(when)


def minutes_text(minutes: float) -> str:
    """Text such as "3.5 minutes"."""
    shown = round(minutes, 1 if minutes < 10 else 0)
    plural = int(shown) if shown.is_integer() else 2
    number = format_decimal(shown, locale=active_locale())
    return ngettext("%(number)s minute", "%(number)s minutes", plural) % {"number": number}


def no_price() -> str:
    return _("no price is set here, so none is sent")


def nothing_sent() -> str:
    return _("nothing was sent yet")
