"""What a stay that the desk books costs: by a rate, by agreement, or as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from reservations.booking_search import Asked, search
from reservations.card_numbers import refuse_card_number
from reservations.choices import DetailKind
from reservations.models import RatePlan, RoomType, Stay
from reservations.money import minor_digits
from reservations.records import DetailRecord, NightRecord
from reservations.wording import money_text

#: No stay costs this much; a slip of the hand is found.
MOST = Decimal(10) ** 8


@dataclass(frozen=True, slots=True)
class Price:
    """What every night costs, and what staff should read of it."""

    total: Decimal
    nights: tuple[NightRecord, ...]
    details: tuple[DetailRecord, ...]
    rate_ref: str | None = None


def rate_price(
    asked: Asked,
    kind: RoomType,
    plan: RatePlan,
    *,
    quoted: Decimal | None = None,
    without: Stay | None = None,
) -> Price:
    """The price of a rate plan as it is now.

    Raises ``ValidationError`` when its rules forbid the stay, or when it is not ``quoted`` any more: what the guest
    was told and what is booked are the same.
    """
    offers = search(asked, without=without)
    rate = next((offer.rate(plan.pk) for offer in offers if offer.kind.pk == kind.pk), None)
    if rate is None or rate.total is None or rate.obstacles:
        reasons = "; ".join(rate.obstacles) if rate else _("it is no longer sold")
        text = _("%(plan)s cannot be booked: %(reasons)s. Choose another rate, or enter a price by hand.")
        raise ValidationError({"price": text % {"plan": plan.name, "reasons": reasons}})
    if quoted is not None and quoted != rate.total:
        text = _(
            "The price is %(price)s now; it was %(quoted)s when you opened the page. Book it again if that is fine."
        )
        words = {
            "price": money_text(rate.total, asked.house.currency),
            "quoted": money_text(quoted, asked.house.currency),
        }
        raise ValidationError({"price": text % words}, code="other_price")
    ref = str(plan.pk)
    return Price(
        rate.total,
        tuple(NightRecord(day, rate.prices[day], ref) for day in asked.nights),
        (DetailRecord(DetailKind.MEAL_PLAN, f"{plan.name} · {plan.get_meal_plan_display()}"),),
        ref,
    )


def agreed_price(asked: Asked, total: Decimal, reason: str) -> Price:
    """A price that somebody typed in, spread over the nights. Raises ``ValidationError``."""
    currency = asked.house.currency
    digits = minor_digits(currency)
    if total < 0 or total >= MOST:
        raise ValidationError({"price": _("Enter the price of the whole stay, zero or more.")})
    if total != round(total, digits):
        text = _("%(currency)s has %(digits)s decimals at most.") % {"currency": currency, "digits": digits}
        raise ValidationError({"price": text})
    if not reason.strip():
        raise ValidationError({"reason": _("Say why the price is another one, for whoever asks later.")})
    try:
        refuse_card_number(reason)
    except ValidationError as problem:
        raise ValidationError({"reason": problem}) from None
    nights = spread(total, asked.nights, currency)
    return Price(
        total,
        tuple(NightRecord(day, amount) for day, amount in nights.items()),
        (DetailRecord(DetailKind.PRICE_BY_HAND, reason.strip()),),
    )


def spread(total: Decimal, days: Sequence[date], currency: str) -> Mapping[date, Decimal]:
    """``total`` over the nights in equal parts; the first night has what does not divide."""
    places = Decimal(1).scaleb(-minor_digits(currency))
    each = (total / len(days)).quantize(places, rounding=ROUND_DOWN)
    amounts = dict.fromkeys(days, each)
    amounts[days[0]] += total.quantize(places) - each * len(days)
    return amounts
