"""One ``reservation`` of B.XML -> one neutral record. Pure.

B.XML names its status, real dates and plain decimals. Reading its queue takes the bookings out of it. Source:
https://developers.booking.com/connectivity/docs/reservations-api/managing-reservations-bxml
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from integrations.providers.booking_com import people
from integrations.providers.booking_com.amounts import MAJOR
from integrations.providers.booking_com.item import (
    LONGEST_NOTE,
    LONGEST_TEXT,
    Element,
    Item,
    Message,
    words_of,
)
from integrations.providers.booking_com.moments import instant_there
from integrations.providers.booking_com.ota_nights import LONGEST_STAY_DAYS, NO_PRICE, rate_reference
from integrations.providers.booking_com.tables import (
    ADULT,
    CHANNEL,
    CHILD,
    GUEST_TYPES,
    INFANT,
    NO_WORDS,
    status_of,
)
from integrations.values import (
    OddValue,
    clean,
    count,
    country_code,
    currency_code,
    identifier,
    local_date,
    shown,
)
from reservations.choices import DetailKind, StayStatus
from reservations.money import read_amount
from reservations.records import DetailRecord, NightRecord, PersonRecord, ReservationRecord, StayRecord

#: The status of a change; the time of the change may have no field of its own.
_CHANGES = frozenset({"modified", "cancelled", "canceled"})
_YES = frozenset({"1", "yes", "true"})


def external_id_of(element: Element) -> str:
    """The reservation's id. Raises :class:`OddValue` when it has none."""
    external_id = identifier(_text(element, "id"), "id")
    if external_id is None:
        raise OddValue("the reservation has no id")
    return external_id


def map_reservation(element: Element, external_id: str, message: Message) -> ReservationRecord:
    """The neutral record of one reservation. Raises :class:`OddValue` when a room of it cannot be read."""
    item = Item(message, element)
    item.property_ref = identifier(_text(element, "hotel_id"), "hotel_id")
    code = _text(element, "currencycode")
    rooms = element.findall("room")
    code = code or next((found for room in rooms if (found := _text(room, "currencycode"))), None)
    item.currency = _currency(item, code)
    word = _text(element, "status")
    status = _status(item, word)
    stays = [_stay(item, room, status, number) for number, room in enumerate(rooms, start=1)]
    if not stays and status is not StayStatus.CANCELLED:
        raise OddValue("the booking names no room")
    if len({stay.external_id for stay in stays}) != len(stays):
        raise OddValue("two rooms have the same number")
    customer = element.find("customer")
    booked_at = _booked_at(item, element)
    return ReservationRecord(
        external_id=external_id,
        status=status,
        stays=tuple(stays),
        channel=CHANNEL,
        channel_ref=external_id,
        property_ref=item.property_ref,
        # The summary says less than the queues and numbers rooms otherwise, so it is the oldest of all tellings.
        booked_at=None if word is None else booked_at,
        updated_at=_updated_at(item, element, word, booked_at),
        booker=people.NOBODY if customer is None else _booker(item, customer),
        total=_total(item, element, rooms, stays),
        currency=item.currency,
        commission=_commission(item, element, rooms),
        notes=_notes(item, customer, rooms),
        details=tuple(_details(item, element)),
        warnings=tuple(item.warnings),
    )


def _status(item: Item, word: str | None) -> StayStatus:
    if word is None:
        # GUESS: the summary lists bookings that are still to come, so one without a word is a booking.
        return StayStatus.CONFIRMED
    status = status_of(word)
    if status is StayStatus.UNKNOWN:
        item.warn(f"status {shown(word)} is not known")
    return status


# -- rooms -----------------------------------------------------------------------------------------------------


def _stay(item: Item, room: Element, status: StayStatus, number: int) -> StayRecord:
    name = identifier(_text(room, "roomreservation_id"), "roomreservation_id") or str(number)
    arrival, departure = (_day(room, field) for field in ("arrival_date", "departure_date"))
    if departure <= arrival:
        raise OddValue(f"room {shown(name)}: the departure {departure} is not after the arrival {arrival}")
    if (departure - arrival).days > LONGEST_STAY_DAYS:
        raise OddValue(f"room {shown(name)}: a stay from {arrival} to {departure} is too long to be meant")
    nights = _nights(item, room, arrival, departure)
    room_type = identifier(_text(room, "id"), "room id")
    adults, children, infants, ages = _party(item, room)
    return StayRecord(
        external_id=name,
        arrival=arrival,
        departure=departure,
        status=status,
        room_ref=room_type,
        room_type_ref=room_type,
        rate_ref=nights[0].rate_ref if nights else None,
        adults=adults,
        children=children,
        infants=infants,
        child_ages=ages,
        guest_name=(_text(room, "guest_name") or "")[: people.LONGEST_NAME] or None,
        total=_amount(item, _text(room, "totalprice")),
        nights=nights,
        details=tuple(_room_details(item, room)),
    )


def _day(room: Element, field: str) -> date:
    text = _text(room, field)
    day = local_date(text)
    if day is None or not 2000 <= day.year <= 2200:
        raise OddValue(f"{field} is not a date: {shown(text)}" if text else f"{field} is missing")
    return day


def _nights(item: Item, room: Element, arrival: date, departure: date) -> tuple[NightRecord, ...]:
    nights: dict[date, NightRecord] = {}
    for price in room.iterchildren("price"):
        day = local_date((price.get("date") or "").strip())
        if day is None:
            item.warn("a night's price names no day")
            continue
        if day in nights:
            raise OddValue(f"the night of {day} is told twice")
        if not arrival <= day < departure:
            item.warn(f"the price of {day} is not for a night of this stay")
            continue
        nights[day] = NightRecord(day, _amount(item, words_of(price)), rate_reference(price.get("rate_id")))
    if nights and len(nights) != (departure - arrival) // timedelta(days=1):
        item.warn(NO_PRICE)
    return tuple(nights[day] for day in sorted(nights))


def _party(item: Item, room: Element) -> tuple[int | None, int | None, int | None, tuple[int, ...]]:
    """Adults, children, infants and ages. A number of guests without their kinds tells nothing of children."""
    found: dict[str, int] = {}
    ages: list[int] = []
    for guest in room.iterfind("guest_counts/guest_count"):
        number = item.tolerate(count, guest.get("count"), "count")
        word = clean(guest.get("type") or "").lower()
        kind = GUEST_TYPES.get(word)
        if number is None:
            continue
        if kind is None:
            item.warn(f"guest type {shown(word)} is not known; its guests count as adults")
        found[kind or ADULT] = found.get(kind or ADULT, 0) + number
        age = item.tolerate(count, guest.get("age"), "age")
        if kind == CHILD and age is not None:
            ages += [age] * min(number, 50)
    if found:
        return found.get(ADULT, 0), found.get(CHILD, 0), found.get(INFANT, 0), tuple(ages)
    return item.tolerate(count, _text(room, "numberofguests"), "numberofguests"), None, None, ()


# -- money and times -------------------------------------------------------------------------------------------


def _currency(item: Item, code: str | None) -> str | None:
    currency = currency_code(code)
    if code and currency is None:
        item.warn("currency is not an ISO code")
    context = item.message.context
    return currency or context.currencies.get(item.property_ref or "") or context.currency


def _amount(item: Item, text: str | None, currency: str | None = None) -> Decimal | None:
    """A plain decimal in major units; the caller's own word may say that it is not."""
    if text is None:
        return None
    try:
        minor = item.message.context.amounts not in (None, MAJOR)
        return read_amount(text if len(text) <= 20 else "-", currency or item.currency, minor=minor)
    except (ValueError, ArithmeticError):
        item.warn("an amount is not a number")
        return None


def _total(item: Item, element: Element, rooms: list[Element], stays: list[StayRecord]) -> Decimal | None:
    """What the booking costs: its own word, else the sum of its rooms, as the summary tells it."""
    if (text := _text(element, "totalprice")) is not None:
        return _amount(item, text)
    totals = [stay.total for stay in stays if stay.total is not None]
    currencies = {currency_code(_text(room, "currencycode")) or item.currency for room in rooms}
    if not totals or len(totals) != len(rooms) or currencies != {item.currency}:
        return None
    return sum(totals[1:], totals[0])


def _commission(item: Item, element: Element, rooms: list[Element]) -> Decimal | None:
    if (text := _text(element, "commissionamount")) is not None:
        return _amount(item, text)
    told = [
        amount for room in rooms if (amount := _amount(item, _text(room, "commissionamount"))) is not None
    ]
    return sum(told[1:], told[0]) if told else None


def _booked_at(item: Item, element: Element) -> datetime | None:
    if text := _text(element, "booked_at"):
        return _instant(item, text, "booked_at")
    day, time = _text(element, "date"), _text(element, "time")
    return _instant(item, f"{day}T{time or '00:00:00'}", "date") if day else None


def _updated_at(
    item: Item, element: Element, word: str | None, booked_at: datetime | None
) -> datetime | None:
    """When it was changed; never before it was booked, however the clocks differ that tell of both."""
    moment = item.message.sent_at if word and word.lower() in _CHANGES else None
    if text := _text(element, "modified_at"):
        moment = _instant(item, text, "modified_at")
    return max(moment, booked_at) if moment and booked_at else moment


def _instant(item: Item, text: str, name: str) -> datetime | None:
    moment: datetime | None = item.tolerate(instant_there, text, name)
    return moment


# -- people and words ------------------------------------------------------------------------------------------


def _booker(item: Item, customer: Element) -> PersonRecord:
    return people.person(
        item,
        _text(customer, "first_name"),
        _text(customer, "last_name"),
        email=_text(customer, "email"),
        phone=_text(customer, "telephone"),
        country=country_code(_text(customer, "countrycode")),
    )


def _notes(item: Item, customer: Element | None, rooms: list[Element]) -> str | None:
    told = [] if customer is None else [_words(item, customer, "remarks", LONGEST_NOTE)]
    told += [_words(item, room, "remarks", LONGEST_NOTE) for room in rooms]
    notes = dict.fromkeys(text for text in told if text and text.lower() not in NO_WORDS)
    return item.cut("\n".join(notes), LONGEST_NOTE) or None


def _details(item: Item, element: Element) -> list[DetailRecord]:
    details = []
    if fee := _amount(item, _text(element, "total_cancellation_fee")):
        details.append(DetailRecord(DetailKind.FEE, "cancellation fee", fee))
    if text := _words(item, element, "reservation_extra_info"):
        details.append(DetailRecord(DetailKind.FLAG, text))
    if text := _words(item, element, "loyalty_id"):
        details.append(DetailRecord(DetailKind.FLAG, f"loyalty {text}"))
    return details


def _room_details(item: Item, room: Element) -> list[DetailRecord]:
    details = []
    for field, kind in (("meal_plan", DetailKind.MEAL_PLAN), ("info", DetailKind.POLICY)):
        if text := _words(item, room, field):
            details.append(DetailRecord(kind, text))
    if smoking := {"0": "non-smoking", "1": "smoking"}.get(_text(room, "smoking") or ""):
        details.append(DetailRecord(DetailKind.REQUEST, smoking))
    view = room.find("price_details/guest")
    if view is None:
        view = room.find("price_details/hotel")
    for component in view.iterchildren("extracomponent") if view is not None else ():
        included = (component.get("included") or "").lower() in _YES
        text = f"{item.words(component) or component.get('text') or 'tax'} ({'' if included else 'not '}included)"
        amount = _amount(item, component.get("amount"), component.get("currency"))
        details.append(DetailRecord(DetailKind.TAX, clean(text), amount, component.get("currency")))
    for addon in room.iterfind("addons/addon"):
        name, nights = _words(item, addon, "name") or "add-on", _words(item, addon, "nights")
        text = f"{name}, nights: {nights}" if nights else name
        details.append(DetailRecord(DetailKind.EXTRA, text, _amount(item, _text(addon, "totalprice"))))
    return details


def _words(item: Item, element: Element, name: str, longest: int = LONGEST_TEXT) -> str | None:
    """What people are to read in the first child of that name."""
    return item.words(element.find(name), longest)


def _text(element: Element, name: str) -> str | None:
    """The clean text of the first child of that name; None when it is empty or not there."""
    return words_of(element.find(name))
