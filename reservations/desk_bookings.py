"""Bookings that the hotel makes itself, at the desk or on the telephone.

Each is told by the desk as channels tell theirs (:mod:`reservations.desk_source`): making, changing and cancelling are
versions of one record that enter through :mod:`reservations.intake`, so that rooms, cleaning and every channel follow.
Every function is one transaction that has locked the hotel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reservations.booking_checks import (
    check_changeable,
    check_dates,
    check_moved,
    check_room,
    check_scope,
    check_text,
    check_token,
    refuse_trouble,
)
from reservations.booking_prices import Price, agreed_price, rate_price
from reservations.booking_search import Asked
from reservations.choices import ChargePurpose, DetailKind, LedgerKind, RoomChoice, StayStatus
from reservations.desk_source import (
    DESK,
    DESK_CONNECTION,
    DeskPlaces,
    booking_code,
    desk_external_id,
)
from reservations.intake import take_in
from reservations.ledger import add_entry, charge_stay
from reservations.locks import lock_hotel
from reservations.models import Hotel, RatePlan, Reservation, ReservationSource, Room, RoomType, Stay
from reservations.planning import unpin_stay
from reservations.records import DetailRecord, PersonRecord, ReservationRecord, StayRecord
from reservations.sources import effective_record

STAY_ID = "1"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the desk wants booked.

    The price is that of ``plan``, which must still be ``quoted``, or the one ``agreed`` for the whole stay, with a
    ``reason``. With neither, a changed booking keeps its price.
    """

    asked: Asked
    kind: RoomType
    guest: PersonRecord
    plan: RatePlan | None = None
    quoted: Decimal | None = None
    agreed: Decimal | None = None
    reason: str = ""
    room: Room | None = None
    notes: str = ""
    channel: str = "direct"


@dataclass(frozen=True, slots=True)
class DirectBooking:
    """A booking of the desk: its rows, and what the desk said last. ``version`` grows with every telling."""

    reservation: Reservation
    source: ReservationSource
    record: ReservationRecord
    stay: Stay

    @property
    def told(self) -> StayRecord:
        return self.record.stays[0]

    @property
    def version(self) -> int:
        return self.source.version


def direct_booking(hotel: Hotel, reservation_id: int) -> DirectBooking:
    """A booking of the desk. Three queries.

    Raises ``Reservation.DoesNotExist`` for one that is not of ``hotel``, and ``ValidationError`` for one that a
    channel told of: it is changed there.
    """
    rows = Reservation.objects.of(hotel).select_related("property", "booker")
    reservation = rows.get(pk=reservation_id)
    source = reservation.sources.filter(connection_id=DESK_CONNECTION).first()
    if source is None:
        raise ValidationError(_("A channel told of this booking: it is changed there."), code="not_direct")
    stay = reservation.stays.select_related("room", "room_type", "property").get(part_of=None)
    return DirectBooking(reservation, source, effective_record(source), stay)


@transaction.atomic
def book(*, hotel: Hotel, user: Any, token: str, wish: Wish, anyway: bool = False) -> Reservation:
    """Make a booking and charge it. One ``token`` makes one booking, however often it is sent.

    Raises ``ValidationError``; it is a :class:`~reservations.booking_checks.NoRoomLeft` when somebody, the new guest
    or another one, would be left without a room. With ``anyway`` that is wanted, and the conflict is shown.
    """
    lock_hotel(hotel.pk)
    check_token(token)
    external_id = desk_external_id(hotel.pk, token)
    made = _source(external_id)
    if made is not None:
        return made.reservation
    asked, now = wish.asked, timezone.now()
    check_scope(hotel, asked.house, wish.kind, wish.plan, wish.room)
    check_dates(asked)
    _check_words(wish)
    if wish.room is not None:
        check_room(wish.room, wish.kind, asked, anyway=anyway)
    price = _price(wish)
    if price is None:
        raise ValidationError({"price": _("Choose a rate, or enter a price by hand.")})
    record = ReservationRecord(
        external_id=external_id,
        status=StayStatus.CONFIRMED,
        stays=(),
        channel_ref=booking_code(external_id),
        property_ref=str(asked.house.pk),
        booked_at=now,
        currency=asked.house.currency,
    )
    room_ref = str(wish.room.pk) if wish.room else None
    record = _filled(record, wish, price, room_ref)
    _tell(hotel, user, record, now, anyway=anyway)
    source = ReservationSource.objects.select_related("reservation").get(
        external_id=external_id, connection_id=DESK_CONNECTION
    )
    charge_stay(hotel=hotel, user=user, reservation=source.reservation, amount=price.total)
    return source.reservation


@transaction.atomic
def change_booking(
    *,
    hotel: Hotel,
    user: Any,
    reservation_id: int,
    wish: Wish,
    seen: int,
    any_room: bool = False,
    anyway: bool = False,
) -> Reservation:
    """Have a booking of the desk become ``wish``; a new price is charged in place of the old one.

    ``seen`` is the :attr:`DirectBooking.version` that the person looked at. The room stays while it is of the type;
    ``any_room`` gives up a room that somebody had chosen. Raises as :func:`book` and :func:`direct_booking` do.
    """
    lock_hotel(hotel.pk)
    booking = direct_booking(hotel, reservation_id)
    _check_seen(booking, seen)
    check_changeable(booking.stay)
    asked, told = wish.asked, booking.told
    check_scope(hotel, asked.house, wish.kind, wish.plan, None)
    moves = (asked.arrival, asked.departure) != (told.arrival, told.departure)
    retyped = str(wish.kind.pk) != told.room_type_ref
    if moves:
        check_dates(asked, as_before=told)
    if moves or retyped:
        check_moved(booking.stay, told, asked, retyped=retyped)
    _check_words(wish)
    price = _price(wish, booking.stay)
    if price is None:
        if moves or retyped:
            raise ValidationError(
                {"price": _("The nights are other ones now: choose a rate, or enter a price by hand.")}
            )
        price = Price(told.total or Decimal(0), told.nights, told.details, told.rate_ref)
    if any_room and booking.stay.room_choice == RoomChoice.PERSON:
        unpin_stay(hotel=hotel, user=user, stay_id=booking.stay.pk)
    record = _filled(booking.record, wish, price, None if any_room or retyped else told.room_ref)
    _tell(hotel, user, record, _after(booking), anyway=anyway)
    if price.total != told.total:
        charge_stay(hotel=hotel, user=user, reservation=booking.reservation, amount=price.total)
    booking.reservation.refresh_from_db()
    return booking.reservation


@transaction.atomic
def cancel_booking(
    *, hotel: Hotel, user: Any, reservation_id: int, reason: str, seen: int, fee: Decimal = Decimal(0)
) -> Reservation:
    """Cancel a booking of the desk: its room is free, its charge is taken back, and ``fee`` is charged instead.

    Raises ``ValidationError`` without a reason, and for a guest who has come; else as :func:`change_booking`.
    """
    lock_hotel(hotel.pk)
    booking = direct_booking(hotel, reservation_id)
    _check_seen(booking, seen)
    check_changeable(booking.stay, to_cancel=True)
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": _("Say why it is cancelled, for whoever asks later.")})
    check_text("reason", reason)
    now = _after(booking)
    record = replace(
        booking.record.with_status(StayStatus.CANCELLED),
        cancelled_at=now,
        details=(*booking.record.details, DetailRecord(DetailKind.CANCELLATION, reason)),
    )
    _tell(hotel, user, record, now, anyway=True)
    charge_stay(hotel=hotel, user=user, reservation=booking.reservation, amount=Decimal(0), note=reason[:200])
    if fee:
        add_entry(
            hotel=hotel,
            user=user,
            reservation_id=booking.reservation.pk,
            kind=LedgerKind.CHARGE,
            amount=fee,
            purpose=ChargePurpose.CANCELLATION,
        )
    booking.reservation.refresh_from_db()
    return booking.reservation


def _tell(hotel: Hotel, user: Any, record: ReservationRecord, now: datetime, *, anyway: bool) -> None:
    result = take_in(
        hotel_id=hotel.pk,
        source=DESK,
        records=[replace(record, updated_at=now)],
        place=DeskPlaces(hotel.pk),
        now=now,
        user_id=user.pk,
    )
    if not anyway:
        refuse_trouble(result, record.external_id)


def _filled(record: ReservationRecord, wish: Wish, price: Price, room_ref: str | None) -> ReservationRecord:
    """``record`` with everything that a wish says."""
    asked = wish.asked
    stay = StayRecord(
        external_id=STAY_ID,
        arrival=asked.arrival,
        departure=asked.departure,
        room_ref=room_ref,
        room_type_ref=str(wish.kind.pk),
        rate_ref=price.rate_ref,
        adults=asked.adults,
        children=asked.children,
        guest_name=wish.guest.name,
        total=price.total,
        nights=price.nights,
        details=price.details,
    )
    return replace(
        record,
        stays=(stay,),
        channel=wish.channel,
        booker=wish.guest,
        total=price.total,
        notes=wish.notes.strip() or None,
    )


def _price(wish: Wish, stay: Stay | None = None) -> Price | None:
    if wish.agreed is not None:
        return agreed_price(wish.asked, wish.agreed, wish.reason)
    if wish.plan is None:
        return None
    return rate_price(wish.asked, wish.kind, wish.plan, quoted=wish.quoted, without=stay)


def _check_words(wish: Wish) -> None:
    if not (wish.guest.name or "").strip():
        raise ValidationError({"name": _("Say who comes.")})
    check_text("name", wish.guest.name or "")
    check_text("notes", wish.notes)


def _check_seen(booking: DirectBooking, seen: int) -> None:
    if seen != booking.version:
        raise ValidationError(
            _("Somebody changed this booking since you opened the page. Look at it again."), code="stale"
        )


def _source(external_id: str) -> ReservationSource | None:
    rows = ReservationSource.objects.filter(external_id=external_id, connection_id=DESK_CONNECTION)
    return rows.select_related("reservation").first()


def _after(booking: DirectBooking) -> datetime:
    """Now, and in any case later than what the desk said last: the newer telling must win whatever clocks do."""
    last = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=booking.version)
    return max(timezone.now(), last + timedelta(microseconds=1))
