"""The closed word lists of the account of a reservation."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaymentMethod(models.TextChoices):
    """How money came or went."""

    CASH = "cash", _("Cash")
    CARD = "card", _("Card at the desk")
    TRANSFER = "transfer", _("Bank transfer")
    CHANNEL = "channel", _("Paid at the channel")
    OTHER = "other", _("Other")


class PaymentStatus(models.TextChoices):
    """What an account says at a glance; always computed from its lines."""

    NOTHING = "nothing", _("Nothing charged")
    OPEN = "open", _("Not paid")
    PART = "part", _("Partly paid")
    PAID = "paid", _("Paid")
    TO_REFUND = "to_refund", _("To refund")
