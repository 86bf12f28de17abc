"""What is asked of a range of nights, and what it makes of each of them. Pure functions, no database."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from operator import itemgetter
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from reservations.money import minor_digits
from reservations.rate_cells import NightTerms
from reservations.wording import date_text

#: Days of the week as :meth:`datetime.date.weekday` counts them, Monday 0.
EVERY_DAY = frozenset(range(7))
LONGEST_STAY = 365
_HIGHEST_PRICE = Decimal(10) ** 10
_LARGEST_PERCENT = 1000


class Mark(enum.Enum):
    """Instead of a value: leave what is there, or take it away."""

    KEEP = "keep"
    CLEAR = "clear"


KEEP = Mark.KEEP
CLEAR = Mark.CLEAR


@dataclass(frozen=True, slots=True)
class Percent:
    """Prices so many per cent higher, or lower when negative; nights without a price stay without."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Amount:
    """Prices higher by an amount of the property's currency, or lower when negative."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class RateChange:
    """What becomes of a night. Each field is :data:`KEEP`, a value, or :data:`CLEAR` (no price, no rule)."""

    price: Decimal | Percent | Amount | Mark = KEEP
    minimum_stay: int | Mark = KEEP
    maximum_stay: int | Mark = KEEP
    closed: bool | Mark = KEEP
    closed_to_arrival: bool | Mark = KEEP
    closed_to_departure: bool | Mark = KEEP

    def check(self, currency: str) -> None:
        """Raise ``ValidationError``, by field, for values that no night can have."""
        errors: dict[str, str] = {}
        if message := _price_problem(self.price, currency):
            errors["price"] = message
        for name in ("minimum_stay", "maximum_stay"):
            value = getattr(self, name)
            if not isinstance(value, Mark) and not 1 <= value <= LONGEST_STAY:
                errors[name] = _("A number of nights from 1 to %(most)s.") % {"most": LONGEST_STAY}
        shortest, longest = self.minimum_stay, self.maximum_stay
        if not isinstance(shortest, Mark) and not isinstance(longest, Mark) and longest < shortest:
            errors.setdefault("maximum_stay", _("The longest stay cannot be shorter than the shortest stay."))
        if all(getattr(self, name) is KEEP for name in NightTerms._fields):
            raise ValidationError(_("Say what is to change: a price or a rule."), code="nothing")
        if errors:
            raise ValidationError(errors)

    def applied_to(self, terms: NightTerms, currency: str) -> NightTerms:
        """What ``terms`` become."""
        changed: dict[str, Any] = {"price": moved_price(terms.price, self.price, currency)}
        for name in NightTerms._fields[1:]:
            value = getattr(self, name)
            if value is KEEP:
                continue
            nothing = None if name.endswith("_stay") else False
            changed[name] = nothing if value is CLEAR else value
        return terms._replace(**changed)

    def as_json(self) -> dict[str, Any]:
        """The fields that are not kept, as text, numbers and booleans; a cleared one is ``None``."""
        return {
            name: _plain(value) for name in NightTerms._fields if (value := getattr(self, name)) is not KEEP
        }


def moved_price(
    price: Decimal | None, change: Decimal | Percent | Amount | Mark, currency: str
) -> Decimal | None:
    """``price`` after ``change``, rounded half up to the places of ``currency``."""
    if isinstance(change, Decimal):
        return change
    if change is CLEAR:
        return None
    if price is None or change is KEEP:
        return price
    assert not isinstance(change, Mark)  # noqa: S101 - KEEP and CLEAR are done with
    moved = price * (100 + change.value) / 100 if isinstance(change, Percent) else price + change.value
    return moved.quantize(Decimal(1).scaleb(-minor_digits(currency)), rounding=ROUND_HALF_UP)


def check_nights(nights: Iterable[tuple[date, NightTerms]]) -> None:
    """Raise ``ValidationError`` for the first night with an impossible price or pair of rules."""
    for day, terms in sorted(nights, key=itemgetter(0)):
        if terms.price is not None and terms.price <= 0:
            raise ValidationError(
                {"price": _("On %(day)s the price would be zero or less.") % {"day": date_text(day)}}
            )
        if terms.price is not None and terms.price >= _HIGHEST_PRICE:
            raise ValidationError(
                {"price": _("On %(day)s the price would be too high.") % {"day": date_text(day)}}
            )
        if terms.minimum_stay and terms.maximum_stay and terms.maximum_stay < terms.minimum_stay:
            words = {"day": date_text(day), "longest": terms.maximum_stay, "shortest": terms.minimum_stay}
            message = _(
                "On %(day)s the longest stay (%(longest)s) would be shorter than the shortest stay (%(shortest)s)."
            )
            raise ValidationError({"maximum_stay": message % words})


def check_percent(value: Decimal) -> str:
    """What is wrong with ``value`` as a change in per cent; empty when nothing is."""
    if not value.is_finite() or not -100 < value <= _LARGEST_PERCENT:
        return _("A percentage above -100 and up to %(most)s.") % {"most": _LARGEST_PERCENT}
    return ""


def _price_problem(price: Decimal | Percent | Amount | Mark, currency: str) -> str:
    if isinstance(price, Mark):
        return ""
    if isinstance(price, Percent):
        return check_percent(price.value)
    value = price.value if isinstance(price, Amount) else price
    if not value.is_finite() or abs(value) >= _HIGHEST_PRICE:
        return _("This is not an amount.")
    if isinstance(price, Decimal) and value <= 0:
        return _("A price above zero.")
    digits = minor_digits(currency)
    if value != value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP):
        return _("%(currency)s has %(digits)s decimal places.") % {"currency": currency, "digits": digits}
    return ""


def _plain(value: Any) -> Any:
    if value is CLEAR:
        return None
    if isinstance(value, Percent):
        return {"percent": str(value.value)}
    if isinstance(value, Amount):
        return {"amount": str(value.value)}
    return str(value) if isinstance(value, Decimal) else value
