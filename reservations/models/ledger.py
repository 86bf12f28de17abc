"""The account of a reservation: lines are added and never changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reservations.choices import ChargePurpose, LedgerKind
from reservations.models.bookings import Reservation
from reservations.models.hotels import HotelOwned


class LedgerEntry(HotelOwned):
    """One charge, payment or refund, or the reversal of one of them. ``amount`` is always positive."""

    # A reservation with an account is not deleted; its hotel may be, with everything.
    reservation = models.ForeignKey(
        Reservation, models.RESTRICT, verbose_name=_("reservation"), related_name="ledger"
    )
    kind = models.CharField(_("what"), max_length=8, choices=LedgerKind.choices)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=3)
    currency = models.CharField(_("currency"), max_length=3)
    #: What a charge is for; the charge of the stay is found again when its price changes.
    purpose = models.CharField(_("for"), max_length=12, choices=ChargePurpose.choices, blank=True)
    method = models.CharField(_("paid by"), max_length=20, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    #: The line that a reversal takes back.
    reverses = models.OneToOneField(
        "self", models.RESTRICT, null=True, blank=True, related_name="reversed_by"
    )
    occurred_at = models.DateTimeField(_("when"))
    recorded_at = models.DateTimeField(_("entered"), auto_now_add=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("occurred_at", "pk")
        verbose_name = _("line of an account")
        verbose_name_plural = _("accounts")
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="ledger_amount_above_zero"),
            models.CheckConstraint(
                condition=Q(kind=LedgerKind.REVERSAL, reverses__isnull=False)
                | (~Q(kind=LedgerKind.REVERSAL) & Q(reverses__isnull=True)),
                name="ledger_reversal_names_its_line",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount} {self.currency}"
