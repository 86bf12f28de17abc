"""The account of a reservation: what was charged, paid and given back.

Lines are only ever added. A wrong line is taken back by another one, so that the account tells what happened and
when; every sum is computed from the lines.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reservations.card_numbers import refuse_card_number
from reservations.choices import ChargePurpose, LedgerKind
from reservations.ledger_choices import PaymentMethod, PaymentStatus
from reservations.locks import lock_hotel
from reservations.models import Hotel, LedgerEntry, Reservation
from reservations.money import minor_digits
from reservations.wording import money_text

ZERO = Decimal(0)
#: No line is above this: nobody pays it, and a slip of the hand is found.
MOST = Decimal(10) ** 9


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as the account shows it. ``effect`` is what it does to ``balance``, the amount still to be paid."""

    entry: LedgerEntry
    effect: Decimal
    balance: Decimal
    is_reversed: bool

    @property
    def may_be_reversed(self) -> bool:
        return not self.is_reversed and self.entry.kind != LedgerKind.REVERSAL

    @property
    def words(self) -> str:
        """What the line is about: the purpose of a charge, the way of a payment."""
        if self.entry.purpose:
            return str(self.entry.get_purpose_display())
        method = self.entry.method
        return str(PaymentMethod(method).label) if method in PaymentMethod.values else method


@dataclass(frozen=True, slots=True)
class Account:
    """The lines of a reservation, oldest first, and their sums without what was reversed.

    ``balance`` is still to be paid; below zero it is to be given back. ``expected`` is what the booking costs by
    whoever told of it, which is not a charge.
    """

    currency: str
    expected: Decimal | None
    lines: Sequence[Line]
    charged: Decimal
    paid: Decimal
    refunded: Decimal

    @property
    def balance(self) -> Decimal:
        return self.charged - self.paid + self.refunded

    @property
    def to_refund(self) -> Decimal:
        return max(ZERO, -self.balance)

    @property
    def kept(self) -> Decimal:
        """What was paid and not given back."""
        return self.paid - self.refunded

    @property
    def last_id(self) -> int:
        """The newest entry, for a form to say what it has seen; 0 for an empty account."""
        return max((line.entry.pk for line in self.lines), default=0)

    @property
    def status(self) -> PaymentStatus:
        if self.balance < ZERO:
            return PaymentStatus.TO_REFUND
        if not self.charged:
            return PaymentStatus.NOTHING
        if not self.balance:
            return PaymentStatus.PAID
        return PaymentStatus.PART if self.kept else PaymentStatus.OPEN


def account_of(reservation: Reservation) -> Account:
    """The account of ``reservation``. One query, and one for its property if that is not at hand."""
    rows = LedgerEntry.objects.filter(reservation=reservation).select_related("user", "reverses")
    return _account(reservation, list(rows.order_by("occurred_at", "pk")))


def balances_of(reservation_ids: Collection[int]) -> dict[int, tuple[Decimal, str]]:
    """What is still to be paid, below zero to be given back, and its currency, by reservation. One query.

    Reservations without a line are left out.
    """
    found: dict[int, tuple[Decimal, str]] = {}
    rows = LedgerEntry.objects.filter(reservation_id__in=reservation_ids).select_related("reverses")
    for entry in rows.order_by("occurred_at", "pk"):
        balance, currency = found.get(entry.reservation_id, (ZERO, entry.currency))
        found[entry.reservation_id] = balance + _effect(entry), currency
    return found


@transaction.atomic
def add_entry(
    *,
    hotel: Hotel,
    user: Any,
    reservation_id: int,
    kind: LedgerKind,
    amount: Decimal,
    purpose: ChargePurpose | str = "",
    method: PaymentMethod | str = "",
    note: str = "",
    seen: int | None = None,
    at: datetime | None = None,
) -> LedgerEntry:
    """Add a charge, a payment or a refund; ``amount`` is positive, in the account's currency.

    ``seen`` is :attr:`Account.last_id` of the account that the person looked at: with it, nothing is added to an
    account that has grown since, so that neither a second press nor a second person enters a payment twice. Raises
    ``ValidationError`` and, for a reservation that is not of ``hotel``, ``Reservation.DoesNotExist``.
    """
    lock_hotel(hotel.pk)
    reservation = Reservation.objects.of(hotel).select_related("property").get(pk=reservation_id)
    account = account_of(reservation)
    if kind == LedgerKind.REVERSAL:
        raise ValidationError(_("A line is taken back with the button beside it."))
    _check_seen(account, seen)
    amount = _checked_amount(amount, account.currency)
    if kind == LedgerKind.REFUND and amount > account.kept:
        raise ValidationError({"amount": _not_above_paid(account)})
    if kind == LedgerKind.CHARGE:
        purpose, method = ChargePurpose(purpose or ChargePurpose.EXTRA), ""
    else:
        purpose, method = "", _checked_method(method)
    return LedgerEntry.objects.create(
        hotel=hotel,
        reservation=reservation,
        kind=kind,
        amount=amount,
        currency=account.currency,
        purpose=purpose,
        method=method,
        note=_checked_note(note),
        occurred_at=at or timezone.now(),
        user=user,
    )


@transaction.atomic
def reverse_entry(
    *, hotel: Hotel, user: Any, entry_id: int, note: str = "", at: datetime | None = None
) -> LedgerEntry:
    """Take a line back by another one of the same amount.

    Raises ``LedgerEntry.DoesNotExist`` for a line that is not of ``hotel``, and ``ValidationError`` for a line that
    is taken back already, or for a payment of which a part was refunded.
    """
    lock_hotel(hotel.pk)
    rows = LedgerEntry.objects.of(hotel).select_related("reservation__property", "reversed_by")
    entry = rows.get(pk=entry_id)
    if entry.kind == LedgerKind.REVERSAL:
        raise ValidationError(_("This line takes another one back. Enter that one anew instead."))
    if hasattr(entry, "reversed_by"):
        raise ValidationError(_("This line is taken back already."))
    account = account_of(entry.reservation)
    if entry.kind == LedgerKind.PAYMENT and entry.amount > account.kept:
        raise ValidationError(_("A part of this payment was given back. Take that refund back first."))
    return LedgerEntry.objects.create(
        hotel=hotel,
        reservation=entry.reservation,
        kind=LedgerKind.REVERSAL,
        amount=entry.amount,
        currency=entry.currency,
        reverses=entry,
        note=_checked_note(note),
        occurred_at=at or timezone.now(),
        user=user,
    )


def charge_stay(
    *, hotel: Hotel, user: Any, reservation: Reservation, amount: Decimal | None, note: str = ""
) -> None:
    """Have the account charge ``amount`` for the stay: another charge for it is taken back, none is written for zero.

    The caller is inside a transaction.
    """
    lock_hotel(hotel.pk)
    standing = [
        line.entry
        for line in account_of(reservation).lines
        if line.may_be_reversed and line.entry.purpose == ChargePurpose.STAY
    ]
    if amount is not None and [entry.amount for entry in standing] == [amount]:
        return
    for entry in standing:
        reverse_entry(hotel=hotel, user=user, entry_id=entry.pk, note=note)
    if amount:
        add_entry(
            hotel=hotel,
            user=user,
            reservation_id=reservation.pk,
            kind=LedgerKind.CHARGE,
            amount=amount,
            purpose=ChargePurpose.STAY,
            note=note,
        )


def _account(reservation: Reservation, entries: Sequence[LedgerEntry]) -> Account:
    reversed_ids = {entry.reverses_id for entry in entries if entry.reverses_id}
    lines, balance = [], ZERO
    for entry in entries:
        effect = _effect(entry)
        balance += effect
        lines.append(Line(entry, effect, balance, entry.pk in reversed_ids))
    standing = [entry for entry in entries if entry.pk not in reversed_ids]
    return Account(
        currency=_currency(reservation, entries),
        expected=reservation.total,
        lines=lines,
        charged=_sum(standing, LedgerKind.CHARGE),
        paid=_sum(standing, LedgerKind.PAYMENT),
        refunded=_sum(standing, LedgerKind.REFUND),
    )


def _currency(reservation: Reservation, entries: Sequence[LedgerEntry]) -> str:
    """An account keeps the currency of its first line, whatever is told of the booking later."""
    if entries:
        return entries[0].currency
    if reservation.currency:
        return reservation.currency
    return reservation.property.currency if reservation.property else ""


def _effect(entry: LedgerEntry) -> Decimal:
    if entry.reverses is not None:
        return -_effect(entry.reverses)
    return -entry.amount if entry.kind == LedgerKind.PAYMENT else entry.amount


def _sum(entries: Iterable[LedgerEntry], kind: LedgerKind) -> Decimal:
    return sum((entry.amount for entry in entries if entry.kind == kind), ZERO)


def _check_seen(account: Account, seen: int | None) -> None:
    if seen is not None and seen != account.last_id:
        raise ValidationError(
            _(
                "This account has a new line since you opened the page. Look at it, then enter yours if it is missing."
            ),
            code="stale",
        )


def _checked_amount(amount: Decimal, currency: str) -> Decimal:
    if not currency:
        raise ValidationError(_("Nothing says in which currency this booking is. Map its property first."))
    if amount <= ZERO:
        raise ValidationError({"amount": _("Enter an amount above zero.")})
    if amount >= MOST:
        raise ValidationError({"amount": _("This amount is too large.")})
    places = Decimal(1).scaleb(-minor_digits(currency))
    if amount != amount.quantize(places):
        text = _("%(currency)s has %(digits)s decimals at most.")
        raise ValidationError({"amount": text % {"currency": currency, "digits": minor_digits(currency)}})
    return amount.quantize(places)


def _checked_method(method: str) -> PaymentMethod:
    if method not in PaymentMethod.values:
        raise ValidationError({"method": _("Say how it was paid.")})
    return PaymentMethod(method)


def _checked_note(note: str) -> str:
    try:
        refuse_card_number(note)
    except ValidationError as problem:
        raise ValidationError({"note": problem}) from None
    return note.strip()[:200]


def _not_above_paid(account: Account) -> str:
    if not account.kept:
        return _("Nothing has been paid that could be given back.")
    return _("At most %(amount)s can be given back: more was not paid.") % {
        "amount": money_text(account.kept, account.currency)
    }
