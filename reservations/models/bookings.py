"""Bookings: guests, reservations, how each source knows them, stays, nights and their history."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reservations.choices import ChangeKind, DeskState, RoomChoice, StayState, StayStatus
from reservations.models.hotels import Hotel, HotelOwned, Property, Room, RoomType
from reservations.wording import date_text

AMOUNT = {"max_digits": 14, "decimal_places": 3, "null": True, "blank": True}


class Guest(HotelOwned):
    """A person who booked. Relay addresses of channels are marked and never used to match people."""

    name = models.CharField(_("name"), max_length=200, blank=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    email_is_relay = models.BooleanField(_("address made by a channel"), default=False)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)

    class Meta:
        ordering = ("name", "pk")
        verbose_name = _("guest")
        verbose_name_plural = _("guests")
        indexes = (models.Index(fields=("hotel", "name"), name="guest_hotel_name"),)

    def __str__(self) -> str:
        return self.name or "—"


class Reservation(HotelOwned):
    """One booking, whoever tells of it. ``booking_key`` is the same for every source that tells of it."""

    hotel = models.ForeignKey(Hotel, models.CASCADE, verbose_name=_("hotel"), related_name="reservations")
    property = models.ForeignKey(
        Property,
        models.PROTECT,
        verbose_name=_("property"),
        related_name="reservations",
        null=True,
        blank=True,
    )
    booking_key = models.CharField(max_length=200, editable=False)
    channel = models.CharField(_("channel"), max_length=40, blank=True)
    channel_ref = models.CharField(_("code at the channel"), max_length=120, blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=StayStatus.choices, default=StayStatus.CONFIRMED
    )
    booker = models.ForeignKey(
        Guest, models.PROTECT, verbose_name=_("booked by"), related_name="reservations", null=True, blank=True
    )
    arrival = models.DateField(_("arrival"), null=True, blank=True)
    departure = models.DateField(_("departure"), null=True, blank=True)
    total = models.DecimalField(_("total"), **AMOUNT)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    commission = models.DecimalField(_("commission"), **AMOUNT)
    notes = models.TextField(_("notes"), blank=True)
    #: Further facts as :class:`reservations.records.DetailRecord` puts them; words of the channel, shown as they are.
    details = models.JSONField(_("details"), default=list, blank=True)
    booked_at = models.DateTimeField(_("booked"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    created_at = models.DateTimeField(_("first heard of"))
    changed_at = models.DateTimeField(_("last change"))

    class Meta:
        ordering = ("-changed_at", "-pk")
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = (
            models.UniqueConstraint(fields=("hotel", "booking_key"), name="reservation_once_per_booking"),
        )
        indexes = (
            models.Index(fields=("hotel", "-changed_at", "-id"), name="reservation_latest"),
            models.Index(fields=("hotel", "arrival", "id"), name="reservation_arrivals"),
            models.Index(fields=("hotel", "channel_ref"), name="reservation_channel_ref"),
        )

    def __str__(self) -> str:
        return self.channel_ref or f"#{self.pk}"


class ReservationSource(HotelOwned):
    """How one connection knows one booking (or one room of it): its latest content and version."""

    reservation = models.ForeignKey(
        Reservation, models.CASCADE, verbose_name=_("reservation"), related_name="sources"
    )
    #: A number, not a foreign key: bookings outlive connections, and this app knows nothing of them.
    connection_id = models.PositiveBigIntegerField(_("connection"))
    provider = models.CharField(_("integration"), max_length=40)
    rank = models.PositiveSmallIntegerField(default=50)
    external_id = models.CharField(_("id at the other side"), max_length=120)
    version = models.BigIntegerField(default=0)
    known_status = models.CharField(max_length=12, blank=True)
    known_status_version = models.BigIntegerField(default=-1)
    content = models.JSONField()
    raw_digest = models.CharField(max_length=32, blank=True)
    message_id = models.PositiveBigIntegerField(_("last message"), null=True, blank=True)
    received_at = models.DateTimeField(_("last heard"))

    class Meta:
        verbose_name = _("source of a reservation")
        verbose_name_plural = _("sources of reservations")
        constraints = (
            # The id first: it narrows the search whatever the database believes of the sizes of connections.
            models.UniqueConstraint(
                fields=("external_id", "connection_id"), name="source_once_per_connection"
            ),
        )
        indexes = (
            models.Index(
                fields=("connection_id",), name="source_status_unknown", condition=Q(known_status="")
            ),
        )

    def __str__(self) -> str:
        return f"{self.provider} {self.external_id}"


class Stay(HotelOwned):
    """One booked room of a reservation. Dates are the property's, half-open."""

    reservation = models.ForeignKey(
        Reservation, models.CASCADE, verbose_name=_("reservation"), related_name="stays"
    )
    #: Which item of which source this is: ``<source external id>/<stay external id>``.
    external_key = models.CharField(_("key at the source"), max_length=250)
    property = models.ForeignKey(
        Property, models.PROTECT, verbose_name=_("property"), related_name="stays", null=True, blank=True
    )
    room_type = models.ForeignKey(
        RoomType, models.PROTECT, verbose_name=_("room type"), related_name="stays", null=True, blank=True
    )
    room = models.ForeignKey(
        Room, models.PROTECT, verbose_name=_("room"), related_name="stays", null=True, blank=True
    )
    room_choice = models.CharField(
        _("room chosen by"), max_length=10, choices=RoomChoice.choices, default=RoomChoice.AUTOMATIC
    )
    #: The room that the sources name; another one there is a newer decision than ours.
    told_room = models.ForeignKey(Room, models.SET_NULL, related_name="+", null=True, blank=True)
    #: The first part of a stay that is spread over several rooms; parts follow each other without a gap.
    part_of = models.ForeignKey("self", models.CASCADE, related_name="parts", null=True, blank=True)
    #: What the channel calls the room, kept so that an unmapped stay can be shown and placed later.
    room_ref = models.CharField(_("room at the other side"), max_length=120, blank=True)
    arrival = models.DateField(_("arrival"))
    departure = models.DateField(_("departure"))
    status = models.CharField(_("status"), max_length=12, choices=StayStatus.choices)
    state = models.CharField(
        _("guest is"), max_length=8, choices=StayState.choices, default=StayState.EXPECTED
    )
    adults = models.PositiveSmallIntegerField(_("adults"), null=True, blank=True)
    children = models.PositiveSmallIntegerField(_("children"), null=True, blank=True)
    infants = models.PositiveSmallIntegerField(_("infants"), null=True, blank=True)
    guest_name = models.CharField(_("guest"), max_length=200, blank=True)
    total = models.DecimalField(_("price"), **AMOUNT)
    #: What it was sold as, where the rate of the channel is mapped.
    rate_plan = models.ForeignKey(
        "reservations.RatePlan",
        models.SET_NULL,
        verbose_name=_("rate plan"),
        related_name="+",
        null=True,
        blank=True,
    )
    booked_at = models.DateTimeField(_("booked"), null=True, blank=True)
    unmapped = models.BooleanField(_("room not mapped"), default=False)
    #: Further facts as :class:`reservations.records.DetailRecord` puts them; words of the channel, shown as they are.
    details = models.JSONField(_("details"), default=list, blank=True)
    overbooked = models.BooleanField(_("overbooked"), default=False)
    #: What the desk saw; it survives whatever the channel tells.
    desk_state = models.CharField(max_length=8, choices=DeskState.choices, blank=True)
    checked_in_at = models.DateTimeField(_("checked in"), null=True, blank=True)
    checked_out_at = models.DateTimeField(_("checked out"), null=True, blank=True)
    #: Hours agreed with the guest, other than those of the house (local time).
    arrives_at = models.TimeField(_("arrives at"), null=True, blank=True)
    leaves_at = models.TimeField(_("leaves at"), null=True, blank=True)
    #: Rooms that the guest left in mid-stay for another one: pairs of the room's id and the moment as ISO text.
    left_rooms = models.JSONField(default=list, blank=True, editable=False)
    #: Since when its feed does not name the stay any more, while nobody knows yet whether that is a cancellation.
    missing_since = models.DateTimeField(_("not in its feed since"), null=True, blank=True)
    #: The day on which a guest left before the booked departure; the nights from then on are free.
    left_on = models.DateField(_("left early on"), null=True, blank=True)

    class Meta:
        ordering = ("arrival", "pk")
        verbose_name = _("stay")
        verbose_name_plural = _("stays")
        constraints = (
            models.UniqueConstraint(fields=("reservation", "external_key"), name="stay_once_per_reservation"),
            models.CheckConstraint(
                condition=Q(departure__gt=F("arrival")), name="stay_departs_after_it_arrives"
            ),
        )
        indexes = (
            models.Index(fields=("hotel", "arrival"), name="stay_arrivals"),
            models.Index(fields=("hotel", "departure"), name="stay_departures"),
            models.Index(fields=("room", "departure", "arrival"), name="stay_room_span"),
            models.Index(fields=("room_type", "departure", "arrival"), name="stay_type_span"),
            models.Index(fields=("hotel", "arrival"), name="stay_unmapped", condition=Q(unmapped=True)),
            models.Index(fields=("hotel", "arrival"), name="stay_overbooked", condition=Q(overbooked=True)),
            models.Index(fields=("hotel", "departure"), name="stay_roomless", condition=Q(room__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.guest_name or '—'} · {date_text(self.arrival)}"


class StayNight(HotelOwned):
    """One night that a stay holds. Released nights have no row, so the constraint speaks of sold nights only."""

    stay = models.ForeignKey(Stay, models.CASCADE, verbose_name=_("stay"), related_name="nights")
    date = models.DateField(_("night"))
    room_type = models.ForeignKey(
        RoomType, models.PROTECT, verbose_name=_("room type"), related_name="+", null=True, blank=True
    )
    room = models.ForeignKey(
        Room,
        models.PROTECT,
        verbose_name=_("room"),
        related_name="nights",
        null=True,
        blank=True,
        # The index below begins with it.
        db_index=False,
    )
    price = models.DecimalField(_("price"), **AMOUNT)
    overbooked = models.BooleanField(_("overbooked"), default=False)

    class Meta:
        ordering = ("date", "pk")
        verbose_name = _("night")
        verbose_name_plural = _("nights")
        constraints = (
            models.UniqueConstraint(fields=("stay", "date"), name="night_once_per_stay"),
            models.UniqueConstraint(
                fields=("room", "date"), condition=Q(overbooked=False), name="room_sold_once_per_night"
            ),
        )
        indexes = (
            models.Index(fields=("room", "date"), name="night_room_date"),
            models.Index(fields=("room_type", "date"), name="night_roomless", condition=Q(room__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.date}"


class LinkedNight(HotelOwned):
    """One night of a room that is sold alone and as part of an apartment, whoever takes it: the constraint keeps the
    apartment and its rooms apart, as the one of :class:`StayNight` keeps two stays of one room apart."""

    room = models.ForeignKey(Room, models.PROTECT, related_name="linked_nights", db_index=False)
    date = models.DateField(_("night"))
    stay = models.ForeignKey(Stay, models.CASCADE, related_name="linked_nights")

    class Meta:
        verbose_name = _("night of a linked room")
        verbose_name_plural = _("nights of linked rooms")
        constraints = (
            models.UniqueConstraint(fields=("room", "date"), name="linked_room_sold_once_per_night"),
        )

    def __str__(self) -> str:
        return f"{self.date}"


class ReservationChange(HotelOwned):
    """One line of a reservation's history: who or which message changed what, from and to."""

    reservation = models.ForeignKey(
        Reservation, models.CASCADE, verbose_name=_("reservation"), related_name="changes"
    )
    stay = models.ForeignKey(Stay, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("when"))
    kind = models.CharField(_("what"), max_length=12, choices=ChangeKind.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    connection_id = models.PositiveBigIntegerField(null=True, blank=True)
    provider = models.CharField(max_length=40, blank=True)
    message_id = models.PositiveBigIntegerField(null=True, blank=True)
    #: ``{"field": [old, new]}`` with values as text a person can read.
    fields = models.JSONField(default=dict)

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = _("change")
        verbose_name_plural = _("history")
        indexes = (models.Index(fields=("hotel", "-at"), name="change_latest"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_kind_display()}"
