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
    # Of the desk's own bookings; their words are the reason that somebody gave.
    PRICE_BY_HAND = "price_by_hand", _("Price by hand")
    CANCELLATION = "cancellation", _("Cancelled")


class StayState(models.TextChoices):
    """Where the guest is now."""

    EXPECTED = "expected", _("Expected")
    IN_HOUSE = "in_house", _("In house")
    DEPARTED = "departed", _("Departed")


class DeskState(models.TextChoices):
    """What the desk saw of a guest, whatever the channel tells."""

    IN_HOUSE = "in_house", _("Checked in")
    DEPARTED = "departed", _("Checked out")
    NO_SHOW = "no_show", _("Did not come")


class RoomChoice(models.TextChoices):
    """Who chose the room of a stay, and so who may choose another."""

    AUTOMATIC = "automatic", _("Chosen by Llavero")
    TOLD = "told", _("Given by the channel")
    SOLD = "sold", _("Sold as this room")
    PERSON = "person", _("Chosen by the hotel")


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
    MOVED = "moved", _("Moved to another room")
    ARRIVED = "arrived", _("Checked in")
    LEFT = "left", _("Checked out")
    NO_SHOW = "no_show", _("Did not come")


class ConflictKind(models.TextChoices):
    """What is wrong with a stay's place in the house."""

    TYPE_FULL = "type_full", _("More bookings than rooms")
    ROOM_TAKEN = "room_taken", _("Room sold twice")
    NO_WHOLE_ROOM = "no_whole_room", _("No room free for the whole stay")
    ROOM_CLOSED = "room_closed", _("Room closed during the stay")


class ConflictCause(models.TextChoices):
    """How it came to that."""

    DOUBLE_MAPPING = "double_mapping", _("Two products of a channel sell the same rooms")
    LATE_PUSH = "late_push", _("Sold before the channel knew the new number")
    EXTRANET_EDIT = "extranet_edit", _("Changed by hand at the channel")
    FEED_LAG = "feed_lag", _("The calendar feed is read only now and then")
    REOPENED = "reopened", _("The channel put the room on sale again by itself")
    SECONDS_APART = "seconds_apart", _("Sold within moments of each other")
    BOOKED_ANYWAY = "booked_anyway", _("Booked at the desk although nothing was free")
    ROOM_WITHDRAWN = "room_withdrawn", _("A room was taken off sale after it was sold")
    UNKNOWN = "unknown", _("Cause not known")


class ConflictEnd(models.TextChoices):
    """Why a conflict is over."""

    SOLVED = "solved", _("Solved by a person")
    MOVED = "moved", _("A room became free")
    GONE = "gone", _("The stay was cancelled or changed")


class PlanningEditKind(models.TextChoices):
    """What was done on the planning board."""

    MOVE = "move", _("Moved")
    SPLIT = "split", _("Split over rooms")
    JOIN = "join", _("Put together again")
    PIN = "pin", _("Room promised")
    UNPIN = "unpin", _("Room no longer promised")
    SOLVE = "solve", _("Conflict solved")
    BLOCK = "block", _("Room blocked")
    UNBLOCK = "unblock", _("Block removed")
    AUTOMATIC = "automatic", _("Rearranged by Llavero")


class ChargePurpose(models.TextChoices):
    """What a charge is for."""

    STAY = "stay", _("Stay")
    EXTRA = "extra", _("Extra")
    CANCELLATION = "cancellation", _("Cancellation")


class LedgerKind(models.TextChoices):
    """A line of the account of a reservation."""

    CHARGE = "charge", _("Charge")
    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")
    REVERSAL = "reversal", _("Reversal")
