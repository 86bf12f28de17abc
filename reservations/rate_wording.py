"""Sentences about rates: what a night says, what an edit did."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from babel.dates import get_day_names
from babel.numbers import format_decimal, get_decimal_symbol
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reservations.models import RateEdit
from reservations.rate_cells import NightTerms
from reservations.rate_choices import RateEditKind
from reservations.wording import active_locale, money_text, span_text


def price_parts(price: Decimal) -> tuple[str, str]:
    """A price without its currency, short: ("1,090", "") or ("90", ".50")."""
    locale = active_locale()
    if price == price.to_integral_value():
        return format_decimal(price, format="#,##0", locale=locale), ""
    text = format_decimal(price, format="#,##0.00#", locale=locale)
    whole, mark, cents = text.rpartition(get_decimal_symbol(locale))
    return whole, mark + cents


def weekday_names() -> list[str]:
    """The days of the week from Monday on: "Mon"."""
    names = get_day_names("abbreviated", "stand-alone", active_locale())
    return [names[number] for number in range(7)]


def rules_text(terms: NightTerms) -> list[str]:
    """The restrictions of a night, each as a few words."""
    words = []
    if terms.closed:
        words.append(_("closed"))
    if terms.minimum_stay:
        words.append(
            ngettext("at least %(count)s night", "at least %(count)s nights", terms.minimum_stay)
            % {"count": terms.minimum_stay}
        )
    if terms.maximum_stay:
        words.append(
            ngettext("at most %(count)s night", "at most %(count)s nights", terms.maximum_stay)
            % {"count": terms.maximum_stay}
        )
    if terms.closed_to_arrival:
        words.append(_("no arrival"))
    if terms.closed_to_departure:
        words.append(_("no departure"))
    return words


def edit_text(edit: RateEdit, currency: str) -> str:
    """What an edit was asked to do, such as "Standard · Suite · 1–31 Dec 2026 · price +10%"."""
    asked = edit.asked
    if edit.kind == RateEditKind.COPY:
        return _copy_text(asked)
    parts = [", ".join(asked["plans"]), ", ".join(asked["types"]), _nights_text(asked)]
    if asked["weekdays"]:
        names = weekday_names()
        parts.append(" ".join(names[number] for number in asked["weekdays"]))
    parts.append(", ".join(_change_texts(asked["changes"], currency)))
    return " · ".join(parts)


def _copy_text(asked: dict[str, Any]) -> str:
    start, end = date.fromisoformat(asked["first"]), date.fromisoformat(asked["last"])
    first = date.fromisoformat(asked["target_first"])
    kinds = [name if name == other else f"{name} → {other}" for name, other in asked["types"]]
    source, target = asked["source"], asked["target"]
    parts = [
        source if source == target else f"{source} → {target}",
        ", ".join(kinds),
        _nights_text(asked)
        if first == start
        else f"{_nights_text(asked)} → {_span(first, first + (end - start))}",
    ]
    if asked["percent"]:
        parts.append(_percent(asked["percent"]))
    return " · ".join(parts)


def _nights_text(asked: dict[str, Any]) -> str:
    return _span(date.fromisoformat(asked["first"]), date.fromisoformat(asked["last"]))


def _span(first: date, last: date) -> str:
    """Nights from the first to the last, both included."""
    return span_text(first, last) if last - first >= timedelta(days=1) else span_text(first, first)


def _change_texts(changes: dict[str, Any], currency: str) -> list[str]:
    words = []
    if "price" in changes:
        words.append(_price_change(changes["price"], currency))
    lengths = (
        ("minimum_stay", _("shortest stay"), _("no shortest stay")),
        ("maximum_stay", _("longest stay"), _("no longest stay")),
    )
    for name, text, none in lengths:
        if name in changes:
            words.append(f"{text} {changes[name]}" if changes[name] else none)
    switches = (
        ("closed", _("closed"), _("open")),
        ("closed_to_arrival", _("no arrival"), _("arrival allowed")),
        ("closed_to_departure", _("no departure"), _("departure allowed")),
    )
    words += [on if changes[name] else off for name, on, off in switches if name in changes]
    return words


def _price_change(price: Any, currency: str) -> str:
    if price is None:
        return _("no price")
    if isinstance(price, dict):
        if "percent" in price:
            return _("price %(change)s") % {"change": _percent(price["percent"])}
        amount = Decimal(price["amount"])
        return _("price %(change)s") % {"change": ("+" if amount > 0 else "") + money_text(amount, currency)}
    return _("price %(price)s") % {"price": money_text(Decimal(price), currency)}


def _percent(value: str) -> str:
    """Text such as "+10%" or "-7.5%"."""
    return format_decimal(Decimal(value), format="+#,##0.##;-#,##0.##", locale=active_locale()) + "%"
