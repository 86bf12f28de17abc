"""Availability, restrictions and prices sent to the Booking.com sandbox: checked, applied, answered by item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from lxml import etree

from integrations.providers.booking_com.sandbox.calendar import NO_LIMIT, RateNight, RoomNight
from integrations.providers.booking_com.sandbox.core import BookingCore
from integrations.providers.booking_com.sandbox.wire import (
    FORBIDDEN,
    INVALID,
    MISSING_FIELD,
    OFFICE,
    SYSTEM,
    WRONG_HOTEL,
    WRONG_RATE,
    WRONG_ROOM,
    ItemError,
    RefusedCall,
    find_all,
    ota_answer,
    ota_root,
    supply,
)
from integrations.providers.booking_com.sandbox.world import ONE_DAY, Account, Hotel, RoomType, nights_between
from integrations.sandbox import Request, Response

AVAILABILITY_PATH, PRICE_PATH = "/hotels/ota/OTA_HotelAvailNotif", "/hotels/ota/OTA_HotelRateAmountNotif"
FURTHEST = timedelta(days=3 * 365)
MOST_ROOMS, LONGEST_RULE = 254, 31
LOWEST_EUROS, HIGHEST_EUROS = Decimal(5), Decimal(50_000)
#: What one euro is in other currencies, roughly: enough for the bounds of a price.
PER_EURO = {"EUR": Decimal(1), "JPY": Decimal(160), "KWD": Decimal("0.33")}
RESTRICTIONS = {
    "": "closed",
    "Master": "closed",
    "Arrival": "closed_to_arrival",
    "Departure": "closed_to_departure",
}
LENGTHS = {
    ("SetMinLOS", False): "minimum",
    ("SetMaxLOS", False): "maximum",
    ("SetMinLOS", True): "minimum_from_arrival",
    ("SetMaxLOS", True): "maximum_from_arrival",
}


class ItemRefused(Exception):
    """One message of the call cannot be applied."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


@dataclass(frozen=True)
class Target:
    """What one message speaks of: nights [first, last] of a room type, for one of its rates or for all."""

    room: RoomType
    hotel: Hotel
    first: date
    last: date
    rate: int = 0

    @property
    def days(self) -> list[date]:
        return list(nights_between(self.first, self.last + ONE_DAY))


@dataclass(frozen=True)
class Change:
    """One value of a message; `field` is the name it has in the calendar."""

    field: str
    value: int | bool | Decimal
    warning: str = ""


Reader = Callable[[etree._Element, Target], list[Change]]


class UpdateRoutes(BookingCore):
    @supply("POST", AVAILABILITY_PATH)
    def update_availability(self, request: Request) -> Response:
        return self._update(
            request, "OTA_HotelAvailNotif", "AvailStatusMessages/AvailStatusMessage", _availability
        )

    @supply("POST", PRICE_PATH)
    def update_prices(self, request: Request) -> Response:
        return self._update(
            request, "OTA_HotelRateAmountNotif", "RateAmountMessages/RateAmountMessage", _price
        )

    def _update(self, request: Request, name: str, path: str, read: Reader) -> Response:
        account = self.authenticate(request)
        if request.header("content-type").partition(";")[0].strip() not in ("application/xml", "text/xml"):
            raise RefusedCall(400, "The Content-Type must be application/xml.")
        if request.header("accept-version") not in ("", "1.1"):
            raise RefusedCall(400, "This Accept-Version is not supported any more.")
        messages = find_all(ota_root(request.body, name + "RQ"), path)
        if not messages:
            raise RefusedCall(400, f"{path} is missing.", code=MISSING_FIELD)
        self._require_one_hotel_and_month(account, messages)
        errors, warnings, applied = [], [], 0
        seen: set[tuple[str, int, int, date]] = set()
        for message in messages:
            record = message.get("LocatorID", "")
            if self.take_system_error():
                errors.append(ItemError(SYSTEM, record, "System error"))
                continue
            try:
                target = self._target(account, message)
                changes = read(message, target)
            except ItemRefused as refused:
                errors.append(ItemError(refused.code, record, refused.text))
                continue
            applied += 1
            warnings += [ItemError(INVALID, record, change.warning) for change in changes if change.warning]
            if self._apply(target, changes, seen):
                text = "WARN_DUPLICATE_DATES: the first value of a night counts"
                warnings.append(ItemError(INVALID, record, text))
        if applied:
            return ota_answer(name + "RS", self.stamp(), errors=errors, warnings=warnings)
        denied = all(error.code == FORBIDDEN for error in errors)
        raise RefusedCall(403 if denied else 400, errors[0].text, items=errors)

    def _require_one_hotel_and_month(self, account: Account, messages: list[etree._Element]) -> None:
        # GUESS: both are rules of use; that breaking them refuses the whole call is not public.
        hotels, months = set(), set()
        for message in messages:
            for control in find_all(message, "StatusApplicationControl"):
                room = self.world.room_types.get(_number(control.get("InvTypeCode", "")))
                if room is not None and room.property in account.properties:
                    hotels.add(room.property)
                months |= {control.get(side, "")[:7] for side in ("Start", "End")}
        if len(hotels) > 1:
            raise RefusedCall(400, "One call speaks of one property.", code=WRONG_HOTEL)
        if len(months) > 1:
            raise RefusedCall(400, "One call speaks of one calendar month.", code=INVALID)

    def _target(self, account: Account, message: etree._Element) -> Target:
        controls = find_all(message, "StatusApplicationControl")
        if len(controls) != 1:
            raise ItemRefused(MISSING_FIELD, "StatusApplicationControl must stand once in a message")
        control = controls[0]
        if not control.get("InvTypeCode"):
            raise ItemRefused(WRONG_ROOM, "ROOM_ID_MISSING: InvTypeCode is missing")
        room = self.world.room_types.get(_number(control.get("InvTypeCode", "")))
        if room is None:
            raise ItemRefused(WRONG_ROOM, "ROOM_ID_INVALID: there is no such room type")
        if room.property not in account.properties:
            raise ItemRefused(FORBIDDEN, "Not authorised for this room type")
        rate = control.get("RatePlanCode", "")
        if rate and room.rate(_number(rate)) is None:
            raise ItemRefused(WRONG_RATE, "This room type has no such rate")
        first, last = self._valid_day(control.get("Start", "")), self._valid_day(control.get("End", ""))
        if first > last:
            raise ItemRefused(INVALID, "FROM_DATE_SHOULD_BE_LESS_THAN_TO_DATE: Start is after End")
        return Target(room, self.world.hotels[room.property], first, last, _number(rate) if rate else 0)

    def _valid_day(self, text: str) -> date:
        today = self.now().astimezone(OFFICE).date()
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise ItemRefused(INVALID, "NOT_A_VALID_DATE: write dates as YYYY-MM-DD") from None
        if str(day) != text or not today - ONE_DAY <= day <= today + FURTHEST:
            raise ItemRefused(INVALID, f"NOT_A_VALID_DATE: {day} is in the past or too far away")
        return day

    def _apply(self, target: Target, changes: list[Change], seen: set[tuple[str, int, int, date]]) -> bool:
        """Write the values; returns whether a night had already got one of them in this call."""
        repeated = False
        for day in target.days:
            night = self.stock.night(target.room, day)
            for change in changes:
                key = (change.field, target.room.id, target.rate, day)
                if key in seen:
                    repeated = True
                    continue
                seen.add(key)
                _write(night, target.rate, change)
                night.updated = self.now()
        return repeated


def _write(night: RoomNight, rate: int, change: Change) -> None:
    if change.field == "count":
        night.count = int(change.value)
    elif change.field == "closed" and not rate:
        night.closed = bool(change.value)
    else:
        rows: list[RateNight] = [night.rates[rate]] if rate else list(night.rates.values())
        for row in rows:
            setattr(row, change.field, change.value)


def _availability(message: etree._Element, target: Target) -> list[Change]:
    limit = message.get("BookingLimit")
    statuses, lengths = find_all(message, "RestrictionStatus"), find_all(message, "LengthsOfStay")
    if limit is not None:
        if target.rate or statuses or lengths:
            raise ItemRefused(INVALID, "BookingLimit is for the room type and stands alone in its message")
        return [_count(limit)]
    changes = [_status(status) for status in statuses]
    for group in lengths:
        from_arrival = group.get("ArrivalDateBased", "") in ("1", "true")
        changes += [_length(length, from_arrival) for length in find_all(group, "LengthOfStay")]
    if not changes:
        raise ItemRefused(MISSING_FIELD, "The message changes nothing")
    return changes


def _count(text: str) -> Change:
    count = _number(text)
    if count < 0:
        raise ItemRefused(INVALID, "BookingLimit must be a whole number from 0 to 254")
    if count > NO_LIMIT:
        return Change("count", MOST_ROOMS, warning=f"BookingLimit {count} was taken as {MOST_ROOMS}")
    return Change("count", count)


def _status(status: etree._Element) -> Change:
    field = RESTRICTIONS.get(status.get("Restriction", ""))
    if field is None or status.get("Status") not in ("Open", "Close"):
        raise ItemRefused(INVALID, "RestrictionStatus has an unknown value")
    return Change(field, status.get("Status") == "Close")


def _length(length: etree._Element, from_arrival: bool) -> Change:
    field = LENGTHS.get((length.get("MinMaxMessageType", ""), from_arrival))
    nights = _number(length.get("Time", ""))
    if field is None or not 0 <= nights <= LONGEST_RULE:
        raise ItemRefused(INVALID, "LengthOfStay has an unknown type or a time outside 0 to 31")
    return Change(field, nights)


def _price(message: etree._Element, target: Target) -> list[Change]:
    if not target.rate:
        raise ItemRefused(WRONG_RATE, "RatePlanCode is missing")
    amounts = find_all(message, "Rates/Rate/BaseByGuestAmts/BaseByGuestAmt")
    plain = [amount for amount in amounts if not amount.get("NumberOfGuests")]
    if len(plain) != 1:
        raise ItemRefused(MISSING_FIELD, "One BaseByGuestAmt without NumberOfGuests is needed")
    # GUESS: a property with standard prices takes no notice of prices for a number of guests.
    ignored = "WARN_UNPROCESSED_ADDITIONAL_GUEST: this property has one price" if len(amounts) > 1 else ""
    return [Change("price", _amount(plain[0], target.hotel), warning=ignored)]


def _amount(element: etree._Element, hotel: Hotel) -> Decimal:
    side, other = "AmountAfterTax", "AmountBeforeTax"
    if not hotel.taxed:
        side, other = other, side
    if element.get(other) is not None or element.get(side) is None:
        raise ItemRefused(INVALID, f"This property takes prices as {side} only")
    places, number = _number(element.get("DecimalPlaces", "")), _number(element.get(side, ""))
    if number < 0 or not 0 <= places <= 4:
        raise ItemRefused(INVALID, "A price is a whole number of minor units with DecimalPlaces")
    if element.get("CurrencyCode", hotel.currency) != hotel.currency:
        raise ItemRefused(INVALID, f"This property has prices in {hotel.currency}")
    price = Decimal(number).scaleb(-places)
    euros = price / PER_EURO[hotel.currency]
    if euros < LOWEST_EUROS:
        raise ItemRefused(INVALID, "PRICE_BELOW_MIN_PRICE: the price is below 5 euros")
    if euros > HIGHEST_EUROS:
        raise ItemRefused(INVALID, "PRICE_EXCEEDS_MAX_PRICE: the price is above 50,000 euros")
    return price


def _number(text: str) -> int:
    """The whole number that the text is, or -1."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1
