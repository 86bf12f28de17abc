"""The hotel and what it owns: people, properties, room types, rooms and closures."""

from __future__ import annotations

import zoneinfo
from datetime import date, datetime, time
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reservations.choices import ClosureKind, Role
from reservations.days import business_day
from reservations.scope import HotelScopedQuerySet
from reservations.wording import date_text


def validate_timezone(name: str) -> None:
    """Raise ``ValidationError`` unless ``name`` is a zone of the IANA database, such as Europe/Madrid."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("%(name)s is not a known time zone."), params={"name": name})


class HotelQuerySet(HotelScopedQuerySet["Hotel"]):
    def visible_to(self, user: Any) -> Self:
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(pk__in=Membership.objects.filter(user_id=user.pk).values("hotel_id"))


class Hotel(models.Model):
    """The business that signs in; everything belongs to one."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("short name in addresses"), unique=True, max_length=60)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = HotelQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        verbose_name = _("hotel")
        verbose_name_plural = _("hotels")

    def __str__(self) -> str:
        return self.name


class HotelOwned(models.Model):
    """A row of one hotel."""

    hotel = models.ForeignKey(Hotel, models.CASCADE, verbose_name=_("hotel"), related_name="+")

    objects = HotelScopedQuerySet.as_manager()

    class Meta:
        abstract = True


class Membership(HotelOwned):
    """A user's role in a hotel."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"), related_name="memberships"
    )
    hotel = models.ForeignKey(Hotel, models.CASCADE, verbose_name=_("hotel"), related_name="memberships")
    role = models.CharField(_("role"), max_length=24, choices=Role.choices)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = (
            models.UniqueConstraint(fields=("user", "hotel"), name="membership_once_per_user_and_hotel"),
        )

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class Invitation(HotelOwned):
    """A role that a hotel offers to somebody who has an account already; it counts once the person says yes."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"), related_name="invitations"
    )
    role = models.CharField(_("role"), max_length=24, choices=Role.choices)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("invited by"),
        null=True,
        blank=True,
        related_name="+",
    )
    made_at = models.DateTimeField(_("made"))

    class Meta:
        ordering = ("hotel", "made_at", "pk")
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = (
            models.UniqueConstraint(fields=("user", "hotel"), name="invitation_once_per_user_and_hotel"),
        )

    def __str__(self) -> str:
        return f"{self.user.email} · {self.get_role_display()}"


class Property(HotelOwned):
    """A house at one address, with its own clock and hours."""

    hotel = models.ForeignKey(Hotel, models.CASCADE, verbose_name=_("hotel"), related_name="properties")
    name = models.CharField(_("name"), max_length=120)
    timezone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Madrid", validators=[validate_timezone]
    )
    check_in_from = models.TimeField(_("check-in from"), default=time(15))
    check_out_until = models.TimeField(_("check-out until"), default=time(11))
    day_begins_at = models.TimeField(
        _("the day begins at"),
        default=time(4),
        help_text=_("The night audit: what happens earlier still belongs to the day before."),
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="EUR",
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Three capital letters, such as EUR."))],
    )
    country = models.CharField(
        _("country"), max_length=2, blank=True, help_text=_("Two letters, such as ES.")
    )

    class Meta:
        ordering = ("name", "pk")
        verbose_name = _("property")
        verbose_name_plural = _("properties")
        constraints = (
            models.UniqueConstraint(fields=("hotel", "name"), name="property_name_once_per_hotel"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)

    def today(self, now: datetime) -> date:
        """The day that the house works on at ``now`` (aware)."""
        return business_day(now, self.zone, self.day_begins_at)


class RoomType(HotelOwned):
    """A category that is sold."""

    property = models.ForeignKey(
        Property, models.CASCADE, verbose_name=_("property"), related_name="room_types"
    )
    name = models.CharField(_("name"), max_length=120)
    capacity = models.PositiveSmallIntegerField(
        _("guests at most"), default=2, validators=[MinValueValidator(1)]
    )

    class Meta:
        ordering = ("property", "name", "pk")
        verbose_name = _("room type")
        verbose_name_plural = _("room types")
        constraints = (
            models.UniqueConstraint(fields=("property", "name"), name="room_type_name_once_per_property"),
        )

    def __str__(self) -> str:
        return self.name


class Room(HotelOwned):
    """A door that is sold and cleaned."""

    property = models.ForeignKey(Property, models.CASCADE, verbose_name=_("property"), related_name="rooms")
    room_type = models.ForeignKey(RoomType, models.PROTECT, verbose_name=_("room type"), related_name="rooms")
    name = models.CharField(_("name or number"), max_length=60)
    area = models.CharField(_("floor or area"), max_length=60, blank=True)
    #: The apartment that this room belongs to when both are sold: taking one takes the other.
    parent = models.ForeignKey(
        "self",
        models.SET_NULL,
        verbose_name=_("part of"),
        related_name="children",
        null=True,
        blank=True,
        help_text=_("The apartment that is also sold as a whole. Whoever takes it takes this room too."),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ("property", "name", "pk")
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        constraints = (
            models.UniqueConstraint(fields=("property", "name"), name="room_name_once_per_property"),
        )

    def __str__(self) -> str:
        return self.name


class RoomClosure(HotelOwned):
    """Days on which a room is not for sale; ``last`` is the first day it is free again (half-open)."""

    room = models.ForeignKey(Room, models.CASCADE, verbose_name=_("room"), related_name="closures")
    first = models.DateField(_("from"))
    last = models.DateField(_("until"), help_text=_("The first day on which the room is free again."))
    kind = models.CharField(
        _("reason"), max_length=16, choices=ClosureKind.choices, default=ClosureKind.OUT_OF_ORDER
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        ordering = ("first", "pk")
        verbose_name = _("room closure")
        verbose_name_plural = _("room closures")
        constraints = (
            models.CheckConstraint(condition=Q(last__gt=F("first")), name="closure_ends_after_it_starts"),
        )
        indexes = (models.Index(fields=("room", "last", "first"), name="closure_room_span"),)

    def __str__(self) -> str:
        return f"{self.room} · {date_text(self.first)}"
