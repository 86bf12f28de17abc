"""Bookings that are told late, in part, too long or in the wrong place: nothing of them is lost without a word."""

from __future__ import annotations

import pytest

from integrations.contracts import MessageKind
from integrations.providers.booking_com.item import LONGEST_NOTE
from reservations.choices import StayStatus
from tests.providers.booking_com.reading_samples import (
    changed,
    one_room,
    read,
    record_of,
    stay_of,
)

LAST_NIGHT = (
    '<RoomRate EffectiveDate="2031-06-11" RatePlanCode="55501"><Rates><Rate>'
    '<Total AmountAfterTax="12000" DecimalPlaces="2" CurrencyCode="EUR"/></Rate></Rates></RoomRate>'
)
CHANGED, CANCELLED = "ota_hotelresmodifynotif__changed", "ota_hotelresmodifynotif__cancelled"
NO_PRICE = "a room has no price for some of its nights"


# --- when ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2031-02-03T08:14:55", "2031-02-03 07:14:55+00:00"),
        ("2031-07-03T08:14:55", "2031-07-03 06:14:55+00:00"),
        ("2031-02-03T08:14:55+00:00", "2031-02-03 08:14:55+00:00"),
        ("2031-02-03T08:14:55Z", "2031-02-03 08:14:55+00:00"),
        ("2031-02-03T08:14:55-05:00", "2031-02-03 13:14:55+00:00"),
    ],
)
def test_a_moment_without_a_zone_is_in_booking_coms_own(written: str, read_as: str) -> None:
    record = record_of(one_room(('ResID_Date="2031-02-03T08:14:55"', f'ResID_Date="{written}"')))
    assert str(record.booked_at) == read_as


def test_a_moment_without_a_zone_from_others_is_utc() -> None:
    body = changed(
        "ota_hotelresnotif__other_sender",
        ('CreateDateTime="2031-02-03T08:10:00+00:00"', 'CreateDateTime="2031-02-03T08:10:00"'),
    )
    assert str(record_of(body).booked_at) == "2031-02-03 08:10:00+00:00"


@pytest.mark.parametrize("name", [CHANGED, CANCELLED])
def test_a_change_is_never_older_than_its_booking(name: str) -> None:
    """Whatever zone the moment of booking is in: an older telling would be ignored, and acknowledged."""
    booked = 'ResID_Date="2031-02-06T23:14:55"'
    first = record_of(one_room(('ResID_Date="2031-02-03T08:14:55"', booked)))

    change = record_of(changed(name, ('ResID_Date="2031-02-03T08:14:55"', booked)))

    assert change.version >= first.version


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00", "9999-12-31T23:59:59"])
def test_a_moment_that_nobody_can_mean_is_a_warning(moment: str) -> None:
    record = record_of(one_room(('ResID_Date="2031-02-03T08:14:55"', f'ResID_Date="{moment}"')))
    assert record.booked_at is None
    assert record.warnings == (f"ResID_Date is not an instant: {moment}",)


# --- nights without a price ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bare",
    [
        '<RoomRate EffectiveDate="2031-06-11" RatePlanCode="55501"/>',
        '<RoomRate EffectiveDate="2031-06-11" RatePlanCode="55501"><Rates/></RoomRate>',
    ],
)
def test_a_last_night_without_a_price_is_a_night(bare: str) -> None:
    body = one_room((LAST_NIGHT, bare))
    stay = stay_of(body)

    assert (str(stay.arrival), str(stay.departure)) == ("2031-06-10", "2031-06-12")
    assert [(night.amount is None, night.rate_ref) for night in stay.nights] == [
        (False, "55501"),
        (True, "55501"),
    ]
    assert record_of(body).warnings == (NO_PRICE,)


def test_a_night_that_is_told_with_a_price_and_without_keeps_the_price() -> None:
    stay = stay_of(one_room((LAST_NIGHT, '<RoomRate EffectiveDate="2031-06-11"/>' + LAST_NIGHT)))
    assert [str(night.amount) for night in stay.nights] == ["120.00", "120.00"]


# --- bookings in another place -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("ota_hotelresnotif__one_room", [("<HotelReservations>", '<HotelReservations xmlns="">')]),
        (CANCELLED, [("<HotelResModifies>", '<HotelResModifies xmlns="">')]),
        (CANCELLED, [("HotelResModify>", "HotelReservation>")]),
        (CANCELLED, [("HotelResModify>", "HotelReservation>"), ("HotelResModifies", "HotelReservations")]),
        (
            "page__bxml_new_modified_cancelled",
            [("<reservations>", "<reservations><list>"), ("</reservations>", "</list></reservations>")],
        ),
    ],
)
def test_bookings_in_another_place_are_no_empty_page(name: str, changes: list[tuple[str, str]]) -> None:
    result = read(changed(name, *changes))

    assert result.records == []
    (problem,) = result.errors
    assert "stand where none are expected" in problem.message
    assert problem.external_id is None


def test_a_booking_in_another_place_does_not_hide_the_others() -> None:
    stray = "<Other><HotelReservation/></Other></HotelReservations>"
    result = read(one_room(("</HotelReservations>", stray)))
    assert [record.external_id for record in result.records] == ["6001002003"]
    assert len(result.errors) == 1


# --- words ---------------------------------------------------------------------------------------------------


def test_a_long_comment_is_kept_whole() -> None:
    words = "x" * (LONGEST_NOTE - 8) + " THE END"
    record = record_of(one_room(("Late train", words)))
    assert record.notes == words
    assert record.warnings == ()


def test_what_is_cut_from_a_comment_is_told() -> None:
    record = record_of(one_room(("Late train", "x" * (LONGEST_NOTE + 1))))
    assert record.notes == "x" * LONGEST_NOTE
    assert record.warnings == (f"a text was cut to {LONGEST_NOTE} characters",)


@pytest.mark.parametrize("place", ["Breakfast is included.", "Non-Smoking"])
def test_what_is_cut_from_other_words_is_told(place: str) -> None:
    record = record_of(one_room((place, "y" * 1_001)))
    assert record.warnings == ("a text was cut to 1000 characters",)


def test_words_inside_other_elements_count() -> None:
    record = record_of(one_room(("Late train", "please <b>no</b> nuts<br/>at all")))
    assert record.notes == "please no nuts at all"


def test_remarks_of_the_other_flavour_are_kept_whole_and_cuts_are_told() -> None:
    name = "page__bxml_new_modified_cancelled"
    long, too_long = (read(changed(name, ("Late train", "x" * size))).records[0] for size in (3_000, 6_000))
    assert (long.notes, long.warnings) == ("x" * 3_000, ())
    assert too_long.warnings == (f"a text was cut to {LONGEST_NOTE} characters",)


# --- who sells and what it costs -----------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["Commit", "Modify"])
def test_what_the_own_queue_holds_is_booking_coms_whatever_it_says(word: str) -> None:
    body = one_room(("<OTA_HotelResNotifRQ ", f'<OTA_HotelResNotifRQ ResStatus="{word}" '))
    record = record_of(body, kind=MessageKind.POLL)
    assert (record.channel, record.channel_ref) == ("booking_com", "6001002003")
    assert record.status == StayStatus.CONFIRMED
    assert record_of(body, kind=MessageKind.WEBHOOK).channel is None


SUMMARY = (
    "<reservations><reservation><id>6001002003</id><hotel_id>4400123</hotel_id>"
    "<room><roomreservation_id>1</roomreservation_id><id>90001101</id><currencycode>EUR</currencycode>"
    "<arrival_date>2031-06-10</arrival_date><departure_date>2031-06-12</departure_date>"
    "<totalprice>240.00</totalprice></room>"
    "<room><roomreservation_id>2</roomreservation_id><id>90001102</id><currencycode>{currency}</currencycode>"
    "<arrival_date>2031-06-10</arrival_date><departure_date>2031-06-11</departure_date>"
    "{price}</room></reservation></reservations>"
)


@pytest.mark.parametrize(
    ("currency", "price", "total"),
    [
        ("EUR", "<totalprice>99.50</totalprice>", "339.50"),
        ("USD", "<totalprice>99.50</totalprice>", "None"),
        ("EUR", "", "None"),
    ],
)
def test_a_booking_without_a_total_costs_what_its_rooms_cost(currency: str, price: str, total: str) -> None:
    record = record_of(SUMMARY.format(currency=currency, price=price).encode())
    assert (str(record.total), record.currency) == (total, "EUR")
