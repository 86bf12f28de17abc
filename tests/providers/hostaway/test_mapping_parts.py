"""Who booked, what it costs and what else one reservation of Hostaway says."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.providers.hostaway.samples import details_of, read_one, records_of, stay_of

# --- people ---------------------------------------------------------------------------------------------------


def test_the_guest_is_named_as_far_as_the_channel_does() -> None:
    booker = read_one().booker
    assert (booker.name, booker.first_name, booker.last_name) == ("Ada Sample", "Ada", "Sample")
    assert booker.email == "ada-7fk2@guest.airbnb.com"
    assert (booker.phone, booker.language, booker.country) == ("+44 7700 900123", "en", "GB")


def test_a_guest_often_has_no_last_name() -> None:
    booker = read_one(guestName=None, guestFirstName="Imanol", guestLastName=None).booker
    assert (booker.name, booker.first_name, booker.last_name) == ("Imanol", "Imanol", None)
    assert read_one(guestName="Imanol", guestFirstName=None, guestLastName="").booker.name == "Imanol"


@pytest.mark.parametrize("odd", ["no address", "@example.org", "a b@example.org", "x" * 300 + "@example.org"])
def test_an_address_that_is_none_is_told_without_repeating_it(odd: str) -> None:
    record = read_one(guestEmail=odd)
    assert record.booker.email is None
    assert record.warnings == ("the guest's e-mail address is not one",)


def test_names_and_numbers_too_long_for_any_column_are_cut_or_left() -> None:
    record = read_one(guestName="x" * 300, guestFirstName="y" * 200, phone="1" * 60)
    assert record.booker.name == "x" * 200
    assert record.booker.first_name == "y" * 100
    assert record.booker.phone is None
    assert len(record.warnings) == 3


@pytest.mark.parametrize(
    ("changes", "party"),
    [
        ({}, (2, 1, 0)),
        ({"children": None, "infants": None}, (2, None, None)),
        ({"adults": None, "children": None, "infants": None, "numberOfGuests": 3}, (3, None, None)),
        ({"adults": None, "children": 1, "infants": 1, "numberOfGuests": 4}, (2, 1, 1)),
        ({"adults": None, "children": 2, "numberOfGuests": 2}, (1, 2, 0)),
        ({"adults": None, "numberOfGuests": None}, (None, 1, 0)),
        ({"adults": "two"}, (3 - 1, 1, 0)),
        ({"adults": 0, "children": None, "infants": None, "numberOfGuests": 2}, (2, None, None)),
        ({"adults": 0, "children": None, "infants": None, "numberOfGuests": None}, (0, None, None)),
        ({"adults": -1, "numberOfGuests": None}, (None, 1, 0)),
    ],
)
def test_adults_fall_back_to_the_number_of_guests(
    changes: dict[str, Any], party: tuple[int | None, ...]
) -> None:
    stay = stay_of(**changes)
    assert (stay.adults, stay.children, stay.infants) == party


# --- money ----------------------------------------------------------------------------------------------------


def test_a_booking_of_a_calendar_feed_blocks_and_has_no_price() -> None:
    record = records_of("page__many_kinds")["900011"]
    assert (record.status, record.channel) == ("confirmed", "vrbo")
    assert (record.total, record.currency) == (None, None)
    assert record.booked_at == datetime(2031, 2, 3, 8, 15, 34, tzinfo=UTC)
    assert record.stays[0].room_ref == "5005"
    assert record.stays[0].total is None


@pytest.mark.parametrize(
    ("changes", "total"),
    [
        ({"totalPrice": 0, "status": "cancelled"}, None),
        ({"totalPrice": 0, "status": "expired"}, None),
        ({"totalPrice": 120, "status": "cancelled"}, Decimal("120.00")),
        ({"totalPrice": 0, "channelId": 2015}, None),
        ({"totalPrice": 90, "channelId": 2015}, Decimal("90.00")),
        ({"totalPrice": 0}, Decimal("0.00")),
        ({"totalPrice": None}, None),
        ({"totalPrice": "412.5"}, Decimal("412.50")),
        ({"totalPrice": 41250, "currency": "JPY"}, Decimal("41250")),
    ],
)
def test_a_total_of_0_says_nothing_where_nothing_was_sold(changes: dict[str, Any], total: Any) -> None:
    assert read_one(**changes).total == total


@pytest.mark.parametrize("odd", [True, "free", [], {}, "9" * 400, "NaN"])
def test_what_is_no_amount_is_a_warning(odd: Any) -> None:
    record = read_one(totalPrice=odd)
    assert record.total is None
    assert record.warnings == ("totalPrice is not an amount",)


def test_the_currency_falls_back_to_the_listings() -> None:
    assert read_one(currency=None, context={"currencies": {"5005": "GBP"}}).currency == "GBP"
    assert read_one(currency=None, context={"currency": "CHF"}).currency == "CHF"
    assert read_one(currency=None).currency is None
    assert read_one(currency="Euro").warnings == ("currency is not an ISO code",)


# --- what else is said ----------------------------------------------------------------------------------------


def test_fees_payment_and_notes_of_staff_are_details() -> None:
    record = records_of("page__many_kinds")["900010"]
    told = [(str(d.kind), d.text, "" if d.amount is None else str(d.amount)) for d in record.details]
    assert told == [
        ("request", "Pets: 1", ""),
        ("flag", "Give them rooms side by side", ""),
        ("fee", "cleaningFee", "35.50"),
        ("fee", "Pet fee", "20.00"),
        ("payment", "Partially paid", ""),
        ("payment", "Remaining balance", "180.00"),
    ]


def test_the_cleaning_fee_is_told_once() -> None:
    assert ("fee", "Cleaning fee", "40.00") in details_of()
    listed = [{"name": "Cleaning", "amount": 40}, {"name": "Linen", "amount": 0}]
    assert [text for kind, text, _ in details_of(reservationFees=listed) if kind == "fee"] == ["Cleaning"]
    linen = [{"name": "Linen", "amount": 12}]
    assert [text for kind, text, _ in details_of(reservationFees=linen) if kind == "fee"] == [
        "Cleaning fee",
        "Linen",
    ]


def test_hours_taxes_and_payment_are_told_where_they_are() -> None:
    told = details_of(checkInTime=22, checkOutTime=9, taxAmount=7.2, paymentStatus=None, cleaningFee=None)
    assert told == [
        ("request", "Check-in 22:00", ""),
        ("request", "Check-out 09:00", ""),
        ("tax", "Tax", "7.20"),
        ("payment", "Paid", ""),
    ]
    assert details_of(checkInTime=99, cleaningFee=0, paymentStatus="Unknown", isPaid=0) == []


def test_notes_are_the_guests_and_the_channels_words_each_once() -> None:
    assert read_one(guestNote="Cot", comment="Cot").notes == "Cot"
    assert read_one(guestNote="Cot", comment="Late").notes == "Cot\nLate"
    assert read_one(guestNote=None, comment=None, hostNote="Ours").notes is None
    long = read_one(guestNote="x" * 9_000)
    assert len(long.notes or "") == 5_000
    assert long.warnings == ("the notes were cut to 5000 characters",)


def test_neither_the_door_code_nor_a_card_is_read() -> None:
    record = read_one(
        ccNumberEndingDigits=1881, cvc="737", ccName="A SAMPLE", doorCodeInstruction="Turn twice"
    )
    written = str(record.to_json())
    assert [word for word in ("4471", "1881", "737", "A SAMPLE", "Turn twice") if word in written] == []
