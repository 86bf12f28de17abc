"""The words of bookings made at the desk, and of accounts, in templates."""

from __future__ import annotations

from django import template

from reservations import desk_source
from reservations.ledger_choices import PaymentStatus
from reservations.models import Reservation

register = template.Library()

_PAYMENT_TONES = {
    PaymentStatus.OPEN: "warn",
    PaymentStatus.PART: "warn",
    PaymentStatus.PAID: "ok",
    PaymentStatus.TO_REFUND: "bad",
}


@register.filter
def is_direct(reservation: Reservation) -> bool:
    """Whether the desk made the booking and so may change it."""
    return desk_source.is_direct(reservation)


@register.filter
def payment_tone(status: PaymentStatus) -> str:
    """The badge's tone for what an account says."""
    return _PAYMENT_TONES.get(status, "quiet")
