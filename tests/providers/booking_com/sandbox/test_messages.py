"""What the messages of the Booking.com sandbox say: rooms, nights, money, guests, cards."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.providers.booking_com.sandbox.seed import DOUBLE, GARDEN_ROOM, SINGLE, STANDARD, SUITE
from integrations.providers.booking_com.sandbox.selling import RoomWish
from integrations.providers.booking_com.sandbox.world import Extra, RefusedError
from tests.providers.booking_com.sandbox.conftest import MODIFY, NEW, Client, every, only

FIRST, LAST = date(2031, 6, 10), date(2031, 6, 12)


def message(client: Client, number: str, path: str = NEW) -> etree._Element:
    (item,) = client.read(path, id=number)
    return item


def totals(item: etree._Element) -> tuple[str | None, str | None, str | None]:
    """Amount, decimal places and currency of the whole booking."""
    total = every(only(item, "ResGlobalInfo"), "Total")[0]
    return total.get("AmountAfterTax"), total.get("DecimalPlaces"), total.get("CurrencyCode")


def test_a_booking_of_two_rooms_with_their_own_dates(quiet: Client, sandbox: BookingComSandbox) -> None:
    number = sandbox.book(
        RoomWish(DOUBLE, FIRST, LAST, guest="Mara Quill", adults=2, child_ages=(6,), comment="Late train"),
        RoomWish(SINGLE, date(2031, 6, 11), date(2031, 6, 14), guest="Noé Garrigue"),
        guest="Mara Quill",
        flags=("booker_is_genius",),
        remarks="Two rooms side by side, please.",
    )
    item = message(quiet, number)
    first, second = every(item, "RoomStay")
    assert first.get("IndexNumber") != second.get("IndexNumber")
    assert [only(room, "RoomType").get("RoomTypeCode") for room in (first, second)] == [
        str(DOUBLE),
        str(SINGLE),
    ]
    assert [r.get("EffectiveDate") for r in every(first, "RoomRate")] == ["2031-06-10", "2031-06-11"]
    assert [r.get("EffectiveDate") for r in every(second, "RoomRate")] == [
        "2031-06-11",
        "2031-06-12",
        "2031-06-13",
    ]
    assert every(first, "RoomRate")[0].get("RatePlanCode") == str(STANDARD)
    assert [dict(count.attrib) for count in every(first, "GuestCount")] == [
        {"Count": "2", "AgeQualifyingCode": "10"},
        {"Count": "1", "AgeQualifyingCode": "8", "Age": "6"},
    ]
    assert [surname.text for surname in every(only(item, "ResGuests"), "Surname")] == [
        "Mara Quill",
        "Noé Garrigue",
    ]
    assert [reference.get("RPH") for reference in every(item, "ResGuestRPH")] == ["1", "2"]
    assert only(item, "flag").get("name") == "booker_is_genius"
    assert only(only(first, "Comments"), "Text").text == "Late train"
    assert only(first, "MealPlan").text == "Breakfast is included in the room rate."
    assert totals(item) == ("45750", "2", "EUR")
    assert only(first, "BasicPropertyInfo").get("HotelCode") == "4400123"


def test_prices_of_nights_add_up_to_rooms_and_rooms_to_the_booking(
    quiet: Client, sandbox: BookingComSandbox
) -> None:
    number = sandbox.book(RoomWish(DOUBLE, FIRST, LAST), RoomWish(SUITE, FIRST, date(2031, 6, 15)))
    item = message(quiet, number)
    rooms = 0
    for room in every(item, "RoomStay"):
        nights = [int(only(rate, "Total").get("AmountAfterTax", "")) for rate in every(room, "RoomRate")]
        (total,) = room.findall("{*}Total")
        assert sum(nights) == int(total.get("AmountAfterTax", ""))
        rooms += sum(nights)
        assert only(room, "CommissionPayableAmount").get("Amount") == str(sum(nights) * 15 // 100)
    assert totals(item)[0] == str(rooms)


@pytest.mark.parametrize(
    ("currency", "price", "amount", "places"),
    [("EUR", "120.5", "12050", "2"), ("JPY", "18000", "18000", "0"), ("KWD", "36.125", "36125", "3")],
)
def test_amounts_are_minor_units_of_their_currency(
    quiet: Client, sandbox: BookingComSandbox, currency: str, price: str, amount: str, places: str
) -> None:
    wish = RoomWish(DOUBLE, FIRST, date(2031, 6, 11), price=Decimal(price))
    assert totals(message(quiet, sandbox.book(wish, currency=currency))) == (amount, places, currency)


def test_a_property_can_have_its_prices_without_tax(other: Client, sandbox: BookingComSandbox) -> None:
    item = message(other, sandbox.book(RoomWish(GARDEN_ROOM, FIRST, LAST)))
    total = every(only(item, "ResGlobalInfo"), "Total")[0]
    assert dict(total.attrib) == {"AmountBeforeTax": "36000", "DecimalPlaces": "0", "CurrencyCode": "JPY"}


def test_card_data_comes_once_and_never_again(quiet: Client, sandbox: BookingComSandbox) -> None:
    number = sandbox.book(RoomWish(DOUBLE, FIRST, LAST))
    payment = only(message(quiet, number), "PaymentCard")
    assert payment.get("CardNumber") == "4111111111111111"
    assert payment.get("SeriesCode")
    assert only(payment, "CardHolderName").text
    assert every(message(quiet, number), "PaymentCard") == []
    quiet.acknowledge(NEW, number)
    sandbox.modify(number, departure=date(2031, 6, 14))
    answer = quiet("GET", MODIFY)
    assert number in answer.text
    assert "PaymentCard" not in answer.text
    assert "4111111111111111" not in answer.text


def test_a_virtual_card_says_when_it_can_be_charged(quiet: Client, sandbox: BookingComSandbox) -> None:
    item = message(quiet, sandbox.book(RoomWish(DOUBLE, FIRST, LAST), card="virtual", remarks="Hello."))
    payment = only(item, "PaymentCard")
    assert payment.get("EffectiveDate") == "2031-06-10"
    assert payment.get("CurrentBalance") == "24000"
    assert "virtual card" in str(every(only(item, "ResGlobalInfo"), "Text")[0].text)


def test_a_booking_without_a_card_has_none(quiet: Client, sandbox: BookingComSandbox) -> None:
    assert every(message(quiet, sandbox.book(RoomWish(DOUBLE, FIRST, LAST), card="")), "PaymentCard") == []


def test_extras_taxes_penalties_and_wishes_are_told(quiet: Client, sandbox: BookingComSandbox) -> None:
    plain = RoomWish(SUITE, FIRST, LAST, request="Non-Smoking")
    with_extras = RoomWish(DOUBLE, FIRST, LAST, extras=(Extra(1, Decimal(36), 2), Extra(5, Decimal(10))))
    item = message(quiet, sandbox.book(plain, with_extras))
    first, second = every(item, "RoomStay")
    assert only(first, "SpecialRequest").get("Name") == "smoking preference"
    assert every(first, "ServiceRPH") == []
    assert [reference.get("RPH") for reference in every(second, "ServiceRPH")] == ["1", "2"]
    services = every(item, "Service")
    assert [only(service, "Fee").get("Amount") for service in services] == ["3600", "1000"]
    assert only(services[0], "TimeSpan").get("Duration") == "2"
    assert only(first, "AmountPercent").get("Amount") == "42000"
    taxes = every(only(first, "GuestView"), "Tax")
    assert [(tax.get("Type"), tax.get("Amount")) for tax in taxes] == [
        ("Inclusive", "3818"),
        ("Exclusive", "200"),
    ]


def test_guests_can_be_counted_without_their_ages(quiet: Client, sandbox: BookingComSandbox) -> None:
    sandbox.room_level_guests = False
    item = message(quiet, sandbox.book(RoomWish(DOUBLE, FIRST, LAST, adults=2, child_ages=(4, 4))))
    assert dict(only(item, "GuestCount").attrib) == {"Count": "4"}


def test_a_change_is_the_whole_booking_under_the_same_room_numbers(
    quiet: Client, sandbox: BookingComSandbox
) -> None:
    number = sandbox.book(RoomWish(DOUBLE, FIRST, LAST), RoomWish(SINGLE, FIRST, LAST))
    before = [room.get("IndexNumber") for room in every(message(quiet, number), "RoomStay")]
    quiet.acknowledge(NEW, number)
    sandbox.modify(number, room=int(before[0] or 0), room_type=SUITE, add=RoomWish(SINGLE, FIRST, LAST))
    rooms = every(message(quiet, number, MODIFY), "RoomStay")
    assert [room.get("IndexNumber") for room in rooms[:2]] == before
    assert rooms[2].get("IndexNumber") not in before
    codes = [only(room, "RoomType").get("RoomTypeCode") for room in rooms]
    assert codes == [str(SUITE), str(SINGLE), str(SINGLE)]


def test_a_removed_room_is_missing_from_the_message(quiet: Client, sandbox: BookingComSandbox) -> None:
    number = sandbox.book(RoomWish(DOUBLE, FIRST, LAST), RoomWish(SINGLE, FIRST, LAST))
    first, second = (int(r.get("IndexNumber", "")) for r in every(message(quiet, number), "RoomStay"))
    quiet.acknowledge(NEW, number)
    sandbox.remove_room(number, first)
    assert [r.get("IndexNumber") for r in every(message(quiet, number, MODIFY), "RoomStay")] == [str(second)]
    with pytest.raises(RefusedError):
        sandbox.remove_room(number, second)


def test_nights_that_stay_keep_their_price(quiet: Client, sandbox: BookingComSandbox) -> None:
    number = sandbox.book(RoomWish(DOUBLE, FIRST, LAST, price=Decimal(99)))
    sandbox.modify(number, departure=date(2031, 6, 13))
    assert [str(night.price) for night in sandbox.reservation(number).rooms[0].nights] == [
        "99.00",
        "99.00",
        "120.00",
    ]


def test_what_xml_cannot_hold_does_not_break_a_message(quiet: Client, sandbox: BookingComSandbox) -> None:
    number = sandbox.book(
        RoomWish(DOUBLE, FIRST, LAST, comment="a\x00b\ud800c\x1f"),
        guest='<Bobby> & "Tables"\x07',
        remarks="]]>",
    )
    item = message(quiet, number)
    assert only(only(item, "ResGuests"), "Surname").text == '<Bobby> & "Tables"'
    assert only(only(item, "RoomStay"), "Comments")[0][0].text == "abc"


def test_a_message_is_written_once(quiet: Client, sandbox: BookingComSandbox) -> None:
    number = sandbox.book(RoomWish(DOUBLE, FIRST, LAST))
    quiet.ids(NEW)
    written = sandbox.reservation(number).message.text
    quiet.ids(NEW)
    assert sandbox.reservation(number).message.text is written


@pytest.mark.parametrize("number", ["1", ""])
def test_a_booking_that_does_not_exist_cannot_be_changed(sandbox: BookingComSandbox, number: str) -> None:
    with pytest.raises(RefusedError):
        sandbox.modify(number)
    with pytest.raises(RefusedError):
        sandbox.cancel(number)
