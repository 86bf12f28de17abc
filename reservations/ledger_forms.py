"""What people fill in to add a line to the account of a reservation, or to take one back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reservations.booking_forms import ServiceForm, amount_field
from reservations.choices import ChargePurpose, LedgerKind
from reservations.ledger import Account
from reservations.ledger_choices import PaymentMethod
from reservations.money import minor_digits

#: What the desk may add.
ADDED = (LedgerKind.PAYMENT, LedgerKind.CHARGE, LedgerKind.REFUND)


class EntryForm(ServiceForm):
    """A payment, a charge or a refund; ``seen`` is the newest line that the person knows."""

    amount = amount_field(_("Amount"), required=True)
    purpose = forms.ChoiceField(label=_("For"), choices=ChargePurpose.choices)
    method = forms.ChoiceField(label=_("Paid by"), choices=PaymentMethod.choices)
    note = forms.CharField(
        label=_("Note"),
        max_length=200,
        required=False,
        help_text=_("Such as a receipt's number. No card numbers."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, kind: LedgerKind, account: Account) -> None:
        self.kind = kind
        start = {"seen": account.last_id, "amount": _usual(kind, account), "purpose": ChargePurpose.EXTRA}
        if kind == LedgerKind.CHARGE and not account.charged:
            start["purpose"] = ChargePurpose.STAY
        super().__init__(data, initial=start, auto_id="entry_%s", label_suffix="")
        self.fields["amount"].label = _("Amount in %(currency)s") % {"currency": account.currency}
        del self.fields["method" if kind == LedgerKind.CHARGE else "purpose"]


class ReversalForm(ServiceForm):
    """Why a line is taken back."""

    note = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="reversal_%s", label_suffix="")


def _usual(kind: LedgerKind, account: Account) -> Any:
    """What is mostly entered: all that is due, what the booking costs, all that is to be given back."""
    amount = {
        LedgerKind.PAYMENT: account.balance,
        LedgerKind.CHARGE: account.expected if not account.charged else None,
        LedgerKind.REFUND: account.to_refund,
    }[kind]
    return round(amount, minor_digits(account.currency)) if amount and amount > 0 else None
