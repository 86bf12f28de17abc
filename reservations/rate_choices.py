"""The closed word lists of rates."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class MealPlan(models.TextChoices):
    """What a guest of a rate eats in the house."""

    ROOM_ONLY = "room_only", _("Room only")
    BREAKFAST = "breakfast", _("Breakfast")
    HALF_BOARD = "half_board", _("Half board")
    FULL_BOARD = "full_board", _("Full board")
    ALL_INCLUSIVE = "all_inclusive", _("All inclusive")


class RateEditKind(models.TextChoices):
    """How many nights were changed at once."""

    RANGE = "range", _("Changed")
    COPY = "copy", _("Copied")
