"""The JSON of the Hostaway API: rows of listings, units, reservations and calendar days, and the envelope."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from integrations.providers.hostaway.sandbox.world import CHANNELS, Day, Listing, Reservation, Unit, World

#: Keys of a delivery that comes before the rest of the booking is known.
PARTIAL_KEYS = ("id", "listingMapId", "status")


class ApiProblemError(Exception):
    """An answer of the API that is an error; the message stands in `result`, or in `message` for a rate limit."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message

    @property
    def body(self) -> dict[str, Any]:
        return failure(self.status, self.message)


def failure(status: int, message: str) -> dict[str, Any]:
    """Return the envelope of an error; only a rate limit puts its text into `message`."""
    return {"status": "fail", "message" if status == 429 else "result": message}


def write_time(instant: datetime | None) -> str | None:
    """Return a UTC instant as the API writes it, without a zone mark."""
    return instant.strftime("%Y-%m-%d %H:%M:%S") if instant else None


def number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def flag(value: bool | None) -> int | None:
    return None if value is None else int(value)


def channel_name(channel: int) -> str:
    return CHANNELS.get(channel, f"channel{channel}")


def listing_row(listing: Listing, *, resources: bool) -> dict[str, Any]:
    return {
        "id": listing.id,
        "name": listing.name,
        "externalListingName": listing.name,
        "internalListingName": listing.name,
        "address": f"{listing.address}, {listing.city}",
        "city": listing.city,
        "country": "Spain",
        "countryCode": "ES",
        "zipcode": listing.zip_code,
        "lat": listing.latitude,
        "lng": listing.longitude,
        "timeZoneName": listing.time_zone,
        "currencyCode": listing.currency,
        "personCapacity": listing.capacity,
        "bedroomsNumber": listing.bedrooms,
        "checkInTimeStart": listing.check_in_from,
        "checkInTimeEnd": listing.check_in_until,
        "checkOutTime": listing.check_out,
        "price": number(listing.price),
        "minNights": listing.minimum_stay,
        "maxNights": 1125,
        "cleaningFee": number(listing.cleaning_fee),
        "cleannessStatus": None,
        "cleaningInstruction": None,
        "doorSecurityCode": "",
        "specialStatus": "archived" if listing.archived else None,
        "latestActivityOn": "2031-01-01 08:00:00",
        # GUESS: the units of a multi-unit listing come with its resources; listingUnits gives them in any case.
        "listingUnits": [unit_row(unit) for unit in listing.units] if resources else [],
        "customFieldValues": [],
    }


def unit_row(unit: Unit) -> dict[str, Any]:
    return {
        "id": unit.id,
        "name": unit.name,
        "unitNumber": unit.number,
        "ground": None,
        "listingMapIdUnit": unit.own_listing,
    }


def reservation_row(
    world: World, reservation: Reservation, *, resources: bool = False, policy: bool = False
) -> dict[str, Any]:
    """Return one reservation; without `resources` the lists inside are empty, as the real service answers."""
    listing = world.listings[reservation.listing]
    given, _, family = reservation.guest.partition(" ")
    children = reservation.children or 0
    row: dict[str, Any] = {
        "id": reservation.id,
        "hostawayReservationId": reservation.id,
        "listingMapId": listing.id,
        "listingName": listing.name,
        "channelId": reservation.channel,
        "channelName": channel_name(reservation.channel),
        "source": reservation.source or channel_name(reservation.channel),
        "reservationId": reservation.channel_reference,
        "channelReservationId": reservation.channel_reference,
        "confirmationCode": reservation.confirmation_code or None,
        "status": reservation.status,
        "arrivalDate": reservation.arrival.isoformat(),
        "departureDate": reservation.departure.isoformat(),
        "nights": reservation.nights,
        "isDatesUnspecified": int(reservation.dates_unspecified),
        "previousArrivalDate": _date(reservation.previous_arrival),
        "previousDepartureDate": _date(reservation.previous_departure),
        "checkInTime": reservation.check_in_time,
        "checkOutTime": reservation.check_out_time,
        "guestName": reservation.guest,
        "guestFirstName": given or None,
        "guestLastName": family or None,
        "guestEmail": reservation.email or None,
        "phone": reservation.phone or None,
        "guestCountry": reservation.country or None,
        "guestLocale": reservation.language or None,
        "numberOfGuests": None if reservation.adults is None else reservation.adults + children,
        "adults": reservation.adults,
        "children": reservation.children,
        "infants": reservation.infants,
        "pets": reservation.pets,
        "totalPrice": number(reservation.total),
        "cleaningFee": number(listing.cleaning_fee) if reservation.total else None,
        "taxAmount": None,
        "currency": listing.currency,
        "isPaid": int(reservation.is_paid),
        "paymentStatus": "Paid" if reservation.is_paid else "Unknown",
        "reservationDate": write_time(reservation.reservation_date),
        "insertedOn": write_time(reservation.inserted),
        "updatedOn": write_time(reservation.updated),
        "latestActivityOn": write_time(reservation.latest_activity),
        "cancellationDate": write_time(reservation.cancelled_at),
        "cancelledBy": reservation.cancelled_by or None,
        "bookingcomNoShowReportedAt": write_time(reservation.no_show_at),
        "hostNote": reservation.host_note or None,
        "guestNote": reservation.guest_note or None,
        "comment": reservation.comment or None,
        "doorCode": reservation.door_code or None,
        "hostProxyEmail": None,
        "reservationUnit": [],
        "reservationFees": [],
        "customFieldValues": [],
        "financeField": [],
    }
    if resources:
        row["reservationUnit"] = _unit_rows(listing, reservation)
        row["reservationFees"] = _fee_rows(listing, reservation)
        row["customFieldValues"] = list(reservation.custom_fields)
    if resources or policy:
        row["hostProxyEmail"] = f"host-{reservation.id}@example.org"
    if policy:
        row["cancellationPolicyName"] = "flexible"
        row["cancellationPolicyId"] = 101
    return row


def _date(day: Any) -> str | None:
    return day.isoformat() if day else None


def _unit_rows(listing: Listing, reservation: Reservation) -> list[dict[str, Any]]:
    if not listing.units:
        return []
    adults = (reservation.adults or 0) // max(1, len(reservation.places))
    return [
        {
            "id": reservation.id * 10 + order,
            "listingUnitId": place,
            "guestName": reservation.guest,
            "adults": adults,
            "children": reservation.children,
            "infants": reservation.infants,
            "totalPrice": number(round(reservation.total / len(reservation.places), 2)),
            "externalReservationUnitId": None,
        }
        for order, place in enumerate(reservation.places, start=1)
    ]


def _fee_rows(listing: Listing, reservation: Reservation) -> list[dict[str, Any]]:
    if not (reservation.total and listing.cleaning_fee):
        return []
    return [{"id": reservation.id * 10, "name": "cleaningFee", "amount": number(listing.cleaning_fee)}]


def day_row(day: Day, reservations: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return one night; counts of units are null for a single listing."""
    listing, settings = day.listing, day.settings
    multi = bool(listing.units)
    return {
        "id": listing.id * 100_000 + day.night.toordinal() % 100_000,
        "date": day.night.isoformat(),
        "isAvailable": int(day.available > 0),
        "isProcessed": 1,
        "status": day.status,
        "price": number(day.price),
        "minimumStay": day.minimum_stay,
        "maximumStay": settings.maximum_stay or 1125,
        "closedOnArrival": flag(settings.closed_on_arrival),
        "closedOnDeparture": flag(settings.closed_on_departure),
        "note": settings.note,
        "countAvailableUnits": day.total if multi else None,
        "availableUnitsToSell": day.available if multi else None,
        "countPendingUnits": day.pending if multi else None,
        "countBlockingReservations": day.reserved if multi else None,
        "countBlockedUnits": day.blocked if multi else None,
        # GUESS: read back, the wish equals what is left to sell; only writing it is documented.
        "desiredUnitsToSell": day.available if multi else None,
        "reservations": reservations or [],
    }
