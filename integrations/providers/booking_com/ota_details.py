"""Further facts of an OTA reservation that staff should read: meals, taxes, terms, requests, extras, payment, marks."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from integrations.providers.booking_com.item import LONGEST_TEXT, Element, Item, words_of
from integrations.providers.booking_com.tables import CARD_BRANDS, FEE_CODES, TAX_NAMES
from integrations.values import clean, local_date
from reservations.choices import DetailKind
from reservations.records import DetailRecord

if TYPE_CHECKING:
    from integrations.providers.booking_com.ota_rooms import Room

#: More facts of one kind than anybody reads.
MOST_DETAILS = 40
_SHORT = 80


def read_room_type(room: Room, room_type: Element) -> None:
    """The meals that came with the room's description."""
    meal_plan = room.item.message.namespace + "MealPlan"
    for description in room_type[:]:
        for part in description[:]:
            if part.tag == meal_plan and (text := room.item.words(part)):
                room.details.append(DetailRecord(DetailKind.MEAL_PLAN, text))


def read_booking_condition(room: Room, extensions: Element) -> None:
    """The terms as the guest read them when booking."""
    booking_condition = room.item.message.namespace + "BookingCondition"
    for part in extensions.iter():
        if part.tag == booking_condition and (text := room.item.words(part)):
            room.details.append(DetailRecord(DetailKind.POLICY, text))


def _read_penalties(room: Room, penalties: Element) -> None:
    amount_percent = room.item.message.namespace + "AmountPercent"
    for penalty in penalties[:MOST_DETAILS]:
        amount = currency = None
        for percent in penalty[:]:
            if percent.tag == amount_percent:
                amount, currency = room.item.amount_of(percent)
        said = _penalty(penalty.get("PolicyCode"), penalty.get("From"))
        if said or amount is not None:
            room.details.append(DetailRecord(DetailKind.POLICY, said or "cancellation fee", amount, currency))


@functools.lru_cache(maxsize=1024)
def _penalty(code: str | None, start: str | None) -> str:
    code, start = _word(code), _word(start)
    return " ".join(([f"policy {code}"] if code else []) + ([f"from {start}"] if start else []))


def _read_price_details(room: Room, prices: Element) -> None:
    """Taxes and fees as the guest sees them, else as the hotel does; both views tell the same ones."""
    namespace = room.item.message.namespace
    views = {view.tag: view for view in prices[:]}
    view = views.get(namespace + "GuestView", views.get(namespace + "HotelView"))
    if view is not None:
        taxes = list(view.iter(namespace + "Tax"))[:MOST_DETAILS]
        room.details += [_tax(room.item, tax) for tax in taxes]


def _tax(item: Item, tax: Element) -> DetailRecord:
    """One tax or fee, and whether the price includes it."""
    amount, currency = item.amount_of(tax)
    percent = tax.get("Percent") if amount is None else None
    kind, text = _name_of_tax(
        tax.get("Code"), tax.get("Type"), item.cut(_words_inside(tax) or "", LONGEST_TEXT), percent
    )
    return DetailRecord(kind, text, amount, currency)


@functools.lru_cache(maxsize=1024)
def _name_of_tax(
    code: str | None, inclusion: str | None, text: str | None, percent: str | None
) -> tuple[DetailKind, str]:
    """Remembered, because a page holds the same few taxes over and over."""
    code, percent = _word(code), _word(percent)
    if percent:
        text = f"{text or 'tax'} {percent} %"
    included = {"inclusive": " (included)", "exclusive": " (not included)"}.get((inclusion or "").lower(), "")
    kind = DetailKind.FEE if code in FEE_CODES else DetailKind.TAX
    return kind, f"{text or TAX_NAMES.get(code or '', 'tax')}{included}"


def _words_inside(element: Element) -> str | None:
    """The first text that stands in an element inside ``element``."""
    for part in element[:]:
        if text := words_of(part) or _words_inside(part):
            return text
    return None


def _read_requests(room: Room, requests: Element) -> None:
    for request in requests[:MOST_DETAILS]:
        name = _word(request.get("Name") or request.get("RequestCode"))
        text = words_of(request)
        for part in request[:]:
            text = text or room.item.words(part)
        if name or text:
            said = f"{name}: {text}" if name and text else name or text or ""
            room.details.append(DetailRecord(DetailKind.REQUEST, said))


def _read_room_extensions(room: Room, extensions: Element) -> None:
    read_booking_condition(room, extensions)


def services_by_number(item: Item, services: Element) -> list[tuple[str | None, DetailRecord]]:
    """Each add-on with the number by which a room names it."""
    namespace = item.message.namespace
    found: list[tuple[str | None, DetailRecord]] = []
    for service in services[:MOST_DETAILS]:
        code = _word(service.get("ServiceInventoryCode"))
        said = [
            text
            for one in service.iter(namespace + "Text", namespace + "Description")
            if (text := item.words(one))
        ]
        text = said[0] if said else f"service {code}" if code else "service"
        for span in service.iter(namespace + "TimeSpan"):
            if nights := _word(span.get("Duration")):
                text = f"{text}, nights: {nights}"
        amount = currency = None
        for price in service.iter(namespace + "Fee", namespace + "Total"):
            if amount is None:
                money = price.get("Amount") or price.get("AmountAfterTax") or price.get("AmountBeforeTax")
                amount, currency = item.money(money, price.get("DecimalPlaces"), price.get("CurrencyCode"))
        number = service.get("ServiceRPH")
        found.append((number, DetailRecord(DetailKind.EXTRA, text, amount, currency)))
    return found


def flags_of(extensions: Element, namespace: str) -> list[DetailRecord]:
    """The marks that Booking.com sets on a booking, such as ``booker_is_genius``."""
    names = [
        _word(flag.get("name"))
        for held in extensions[:]
        for flag in held[:]
        if flag.tag == namespace + "flag"
    ]
    return [DetailRecord(DetailKind.FLAG, name) for name in names[:MOST_DETAILS] if name]


def payment_of(item: Item, guarantee: Element) -> list[DetailRecord]:
    """That there is a card, whether it is a virtual one, from when it may be charged and what is on it.

    Nothing else of the card is looked at.
    """
    cards = [one for one in guarantee.iter() if one.tag == item.message.namespace + "PaymentCard"]
    return [_card(item, card) for card in cards[:MOST_DETAILS]]


def _card(item: Item, card: Element) -> DetailRecord:
    code = (card.get("CardCode") or "").upper()
    # A plain card's date is the month of its issue; the full date is when a virtual card may be charged.
    start = local_date(card.get("EffectiveDate"))
    balance, currency = (card.get("CurrentBalance"), card.get("CurrencyCode"))
    if start is None and balance is None:
        return DetailRecord(DetailKind.PAYMENT, f"card{_brand(code)}")
    balance = balance if balance and len(balance) < 12 else None
    amount, named = item.money(balance, card.get("DecimalPlaces"), currency)
    text = f"virtual card{_brand(code)}" + (f", may be charged from {start}" if start else "")
    return DetailRecord(DetailKind.PAYMENT, text, amount, named)


def _brand(code: str) -> str:
    if code == "XX":
        return " that could not be read"
    return f" ({CARD_BRANDS[code]})" if code in CARD_BRANDS else ""


def _word(value: str | None) -> str | None:
    return (clean(value)[:_SHORT] or None) if value else None


#: What stands in a room, by its name.
ROOM_PARTS: Mapping[str, Callable[[Room, Element], None]] = {
    "CancelPenalties": _read_penalties,
    "PriceDetails": _read_price_details,
    "SpecialRequests": _read_requests,
    "TPA_Extensions": _read_room_extensions,
}
