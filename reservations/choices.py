"""The closed word lists of the hotel's truth, shared by records, models and pages."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class StayStatus(models.TextChoices):
    """What a booking is worth: does it hold its room, and does a guest come."""

    CONFIRMED = "confirmed", _("Confirmed")
    PENDING = "pending", _("Pending")
    CANCELLED = "cancelled", _("Cancelled")
    INQUIRY = "inquiry", _("Inquiry")
    NO_SHOW = "no_show", _("No-show")
    BLOCK = "block", _("Blocked")
    UNKNOWN = "unknown", _("Status not understood")


#: Statuses that take the room off sale. An unknown word holds the room: selling it twice is the worse mistake.
HOLDING_STATUSES = frozenset({StayStatus.CONFIRMED, StayStatus.PENDING, StayStatus.BLOCK, StayStatus.UNKNOWN})

#: Statuses with a guest who sleeps and leaves a room to clean.
GUEST_STATUSES = frozenset({StayStatus.CONFIRMED, StayStatus.PENDING, StayStatus.UNKNOWN})


class DetailKind(models.TextChoices):
    """What a further fact of a booking is about."""

    MEAL_PLAN = "meal_plan", _("Meals")
    TAX = "tax", _("Tax")
    FEE = "fee", _("Fee")
    EXTRA = "extra", _("Extra")
    POLICY = "policy", _("Cancellation terms")
    REQUEST = "request", _("Request")
    PAYMENT = "payment", _("Payment")
    FLAG = "flag", _("Mark")


class StayState(models.TextChoices):
    """Where the guest is now."""

    EXPECTED = "expected", _("Expected")
    IN_HOUSE = "in_house", _("In house")
    DEPARTED = "departed", _("Departed")


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    RECEPTIONIST = "receptionist", _("Receptionist")
    HOUSEKEEPING_MANAGER = "housekeeping_manager", _("Housekeeping manager")
    CLEANER = "cleaner", _("Cleaner")


class ClosureKind(models.TextChoices):
    OUT_OF_ORDER = "out_of_order", _("Out of order")
    OWNER_BLOCK = "owner_block", _("Owner block")
    FEED_BLOCK = "feed_block", _("Blocked by a feed")


class ChangeKind(models.TextChoices):
    CREATED = "created", _("Booked")
    CHANGED = "changed", _("Changed")
    CANCELLED = "cancelled", _("Cancelled")
    RESTORED = "restored", _("Confirmed again")
    PLACED = "placed", _("Room given")
    OVERBOOKED = "overbooked", _("Overbooked")
    SETTLED = "settled", _("No longer overbooked")
