"""How the Octorate sandbox writes its objects: the shapes of the Connect API."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from integrations.providers.octorate.sandbox.world import (
    CHANNELS,
    DIRECT_CHANNELS,
    Booking,
    PhysicalRoom,
    Place,
    Product,
    World,
    nights,
)

ROME = ZoneInfo("Europe/Rome")
DEFAULT_PLACE_FIELDS = (
    "id,name,currency,timeZone,timeZoneOffset,phoneNumber,address,latitude,longitude,zipCode,city,"
    "checkinStart,checkinEnd,checkout"
)


class ApiProblemError(Exception):
    """An answer with an ApiError body."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        element: str = "",
        nested: list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"type": kind, "message": message, "nested": nested or []}
        if element:
            self.body["element"] = element


def bad_parameter(message: str, element: str) -> ApiProblemError:
    return ApiProblemError(400, "ApiParamsExemption", message, element)


def not_valid(message: str, element: str = "", nested: list[dict[str, Any]] | None = None) -> ApiProblemError:
    return ApiProblemError(400, "ApiValidationFailed", message, element, nested)


def missing(element: str) -> ApiProblemError:
    return ApiProblemError(404, "ApiResourceMissing", f"{element} not found", element)


def write_instant(instant: datetime) -> str:
    """Return `2031-03-01T09:00:03.5Z[UTC]`: no fraction on whole seconds, else one to three digits."""
    instant = instant.astimezone(UTC)
    fraction = f".{instant.microsecond // 1000:03d}".rstrip("0").rstrip(".")
    return f"{instant:%Y-%m-%dT%H:%M:%S}{fraction}Z[UTC]"


def read_instant(text: object, element: str) -> datetime:
    """Return the UTC instant of `2031-03-01T09:00:03Z`, with or without the `[UTC]` tail."""
    try:
        value = datetime.fromisoformat(re.sub(r"\[[^\]]*\]$", "", str(text)))
    except ValueError:
        raise bad_parameter("errDateFormat", element) from None
    if not 2000 <= value.year <= 2200:
        raise bad_parameter("errDateInterval", element)
    return value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


def read_date(text: str, element: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise bad_parameter("errDateFormat", element)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise bad_parameter("errDateFormat", element) from None
    if not 2000 <= day.year <= 2200:
        raise bad_parameter("errDateInterval", element)
    return day


def rome_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ROME)


def read_number(text: str, element: str, lowest: int, highest: int, message: str = "errNumber") -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", text) or not lowest <= int(text) <= highest:
        raise bad_parameter(message, element)
    return int(text)


def project(row: dict[str, Any], fields: str) -> dict[str, Any]:
    """Keep the first-level keys named in a comma-separated list; an empty list keeps all."""
    wanted = {name.strip() for name in fields.split(",") if name.strip()}
    return {key: value for key, value in row.items() if key in wanted} if wanted else row


def money(amount: Decimal) -> float:
    return float(round(amount, 2))


def place_row(place: Place) -> dict[str, Any]:
    return {
        "id": place.id,
        "name": place.name,
        "currency": place.currency,
        "timeZone": place.time_zone,
        # The winter offset all year round, as the real service writes it.
        "timeZoneOffset": place.standard_offset,
        "phoneNumber": "+34 600 000 100",
        "address": place.address,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "zipCode": place.zip_code,
        "city": place.city,
        "checkinStart": place.checkin_start,
        "checkinEnd": place.checkin_end,
        "checkout": place.checkout,
        "sandboxProperty": True,
        "propertyCategory": "HOTEL",
        "networkActive": True,
        "networkInfo": {"accessEnabled": True, "accessNetwork": "910002", "accessRoot": place.id == "910001"},
        "contact": {"email": place.owner_email, "givenName": "Olmo", "familyName": "Serra"},
    }


def product_row(product: Product) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": product.id,
        "name": product.name,
        "accommodationId": product.accommodation,
        "adults": product.adults,
        "children": product.children,
        "infants": 1,
        "quantity": product.quantity,
        "roomCategory": product.category,
        "breakfastIncluded": product.parent is not None and product.price_rule != "PERCENT",
        "notRefundable": product.price_rule == "PERCENT",
    }
    if product.parent:
        row["derivedRule"] = {
            "parent": product.parent,
            "availability": product.linked,
            "stopSell": True,
            "price": product.price_rule,
            "priceValue": money(product.price_value),
        }
    return row


def room_row(room: PhysicalRoom, place: Place) -> dict[str, Any]:
    return {
        "clean": room.clean,
        "cleaningDays": [],
        "cleaningFrequency": 0,
        "id": room.id,
        "linesChangeFrequency": 3,
        "name": room.name,
        "notes": "",
        "parentId": room.parent,
        "timeZone": place.time_zone,
    }


def reservation_row(world: World, booking: Booking, *, brief_place: bool = False) -> dict[str, Any]:
    """Return the whole reservation object, with the id of the property alone if `brief_place`."""
    place = world.places[booking.accommodation]
    arrival, departure = world.arrival(booking), world.departure(booking)
    product = world.products.get(booking.product)
    room = world.rooms.get(booking.room)
    prices, room_gross, total = _prices(world, booking, arrival, departure, place)
    row: dict[str, Any] = {
        "id": booking.id,
        "refer": booking.refer,
        "channelId": booking.channel_id,
        "channelName": CHANNELS.get(booking.channel_id, f"Portal {booking.channel_id}"),
        "channelRefer": booking.channel_refer,
        "status": booking.status,
        "checkin": write_instant(booking.checkin),
        "checkout": write_instant(booking.checkout),
        "createTime": write_instant(booking.created),
        "updateTime": write_instant(booking.updated),
        "guests": [
            {**guest, "checkin": arrival.isoformat(), "checkout": departure.isoformat()}
            for guest in booking.guests
        ],
        "product": booking.product,
        "pmsProduct": booking.room,
        "roomName": room.name if room else "",
        "roomNameGuest": product.name if product else "",
        "totalGuest": booking.adults + booking.children + booking.infants,
        "totalChildren": booking.children,
        "totalInfants": booking.infants,
        "roomGross": money(room_gross),
        "totalGross": money(total),
        "totalPaid": money(booking.paid),
        "touristTax": 0,
        "currency": place.currency,
        "freeCancellation": not (product and product.price_rule == "PERCENT"),
        "paymentStatus": _payment_status(booking.paid, total),
        "paymentType": "UNKNOWN",
        "payments": [],
        "priceBreakdown": prices,
        "grouped": False,
        "rooms": 1,
        "linkedReservations": [n for n in world.by_refer.get(booking.refer, []) if n != booking.id],
        "noShow": booking.no_show,
        "itemCompleted": False,
        "accommodation": {"id": place.id} if brief_place else _light_place(place),
    }
    row.update(_optional_fields(world, booking, place, arrival))
    return row


def _light_place(place: Place) -> dict[str, Any]:
    return {"currency": place.currency, "id": place.id, "name": place.name, "timeZone": place.time_zone}


def _optional_fields(world: World, booking: Booking, place: Place, arrival: date) -> dict[str, Any]:
    row: dict[str, Any] = {}
    instants = {
        "effectiveCheckin": booking.effective_checkin,
        "effectiveCheckout": booking.effective_checkout,
        "cancelledTime": booking.cancelled_at,
    }
    texts = {
        "cancelledBy": booking.cancelled_by,
        "arrivalTime": booking.arrival_time,
        "channelNotes": booking.channel_notes,
        "privateNotes": booking.private_notes,
        "housekeepingNotes": booking.housekeeping_notes,
    }
    row.update({name: write_instant(value) for name, value in instants.items() if value})
    row.update({name: value for name, value in texts.items() if value})
    if booking.split_start:
        # GUESS: the part after the split in `split`, where it came from in `splitOriginal`; the specification
        # gives both the same shape and says only that the move does not change the booking itself.
        light = _light_place(place)
        target, origin = world.rooms[booking.split_room], world.rooms.get(booking.room)
        row["split"] = {
            "splitRoom": {"id": target.id, "name": target.name},
            "splitAccommodation": light,
            "splitStart": booking.split_start.isoformat(),
        }
        row["splitOriginal"] = {
            "splitRoom": {"id": booking.room, "name": origin.name if origin else ""},
            "splitAccommodation": light,
            "splitStart": arrival.isoformat(),
        }
    return row


def _prices(
    world: World, booking: Booking, arrival: date, departure: date, place: Place
) -> tuple[list[dict[str, Any]], Decimal, Decimal]:
    stay = list(nights(arrival, departure))
    room_gross = booking.gross if booking.gross is not None else booking.nightly * len(stay)
    shares = [round(room_gross / len(stay), 2)] * len(stay)
    shares[-1] = room_gross - sum(shares[:-1])
    lines: list[dict[str, Any]] = [
        {
            "type": "DAILY_ROOM_PRICE",
            "day": night.isoformat(),
            "price": money(share),
            "reference": f"{booking.id}{number:03d}",
            "included": True,
        }
        for number, (night, share) in enumerate(zip(stay, shares, strict=True))
    ]
    lines.append({"type": "ROOM_NET", "price": money(room_gross), "included": True})
    lines.append({"type": "VAT", "price": 0.0, "included": True})
    if place.cleaning_fee:
        lines.append({"type": "CLEANING", "price": money(place.cleaning_fee), "included": True})
    if booking.channel_id not in DIRECT_CHANNELS:
        commission = room_gross * Decimal("0.15")
        lines.append({"type": "COMMISSION", "price": money(commission), "included": False})
    return lines, room_gross, room_gross + place.cleaning_fee


def _payment_status(paid: Decimal, total: Decimal) -> str:
    if paid <= 0:
        return "UNPAID"
    return "PAID" if paid >= total else "PARTIALLY_PAID"


def page_links(address: str, page: int, last_page: int) -> dict[str, Any]:
    """Return the `page` object; `totalPages` is the index of the last page, not a count."""
    links: dict[str, Any] = {"page": page, "totalPages": last_page}
    links["self"] = {"href": f"{address}?page={page}", "rel": "self"}
    if page < last_page:
        links["next"] = {"href": f"{address}?page={page + 1}", "rel": "next"}
    return links
