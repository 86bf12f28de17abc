"""Booking.com's dialect of OTA: what each of its oddities becomes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from integrations.providers.booking_com import reading
from reservations.choices import StayStatus
from tests.providers.booking_com.reading_samples import (
    changed,
    error_of,
    fixture,
    one_room,
    read,
    record_of,
    stay_of,
    told,
)

NIGHT = (
    '<RoomRate EffectiveDate="{day}" RatePlanCode="55501"><Rates><Rate>'
    '<Total AmountAfterTax="12000" DecimalPlaces="2" CurrencyCode="EUR"/></Rate></Rates></RoomRate>'
)
FIRST, SECOND = NIGHT.format(day="2031-06-10"), NIGHT.format(day="2031-06-11")
CODED_GUESTS = (
    '<GuestCount Count="2" AgeQualifyingCode="10"/><GuestCount Count="1" AgeQualifyingCode="8" Age="6"/>'
)
ROOM_COMMISSION = '<CommissionPayableAmount Amount="3600" DecimalPlaces="2" CurrencyCode="EUR"/>'


def test_a_new_booking_becomes_the_public_shape() -> None:
    assert record_of(fixture("ota_hotelresnotif__one_room")).to_json() == {
        "type": "reservation",
        "external_id": "6001002003",
        "group_ref": None,
        "channel": "booking_com",
        "channel_ref": "6001002003",
        "property_ref": "4400123",
        "status": "confirmed",
        "booked_at": "2031-02-03T07:14:55Z",
        "updated_at": None,
        "cancelled_at": None,
        "booker": {
            "name": "Mara Quill",
            "first_name": "Mara",
            "last_name": "Quill",
            "email": "mquill.123456@guest.booking.com",
            "phone": "+49 30 5550100",
            "language": None,
            "country": "DE",
        },
        "total": "240.00",
        "currency": "EUR",
        "commission": "36.00",
        "notes": "Late train",
        "stays": [
            {
                "external_id": "7701",
                "room_ref": "90001101",
                "room_type_ref": "90001101",
                "rate_ref": "55501",
                "arrival": "2031-06-10",
                "departure": "2031-06-12",
                "status": "confirmed",
                "stay_state": None,
                "adults": 2,
                "children": 1,
                "infants": 0,
                "child_ages": [6],
                "guest_name": "Mara Quill",
                "total": "240.00",
                "nights": [
                    {"date": "2031-06-10", "amount": "120.00", "rate_ref": "55501"},
                    {"date": "2031-06-11", "amount": "120.00", "rate_ref": "55501"},
                ],
            }
        ],
        "warnings": [],
    }


def test_marks_meals_and_requests_are_details() -> None:
    record = record_of(fixture("ota_hotelresnotif__one_room"))
    assert told(record.details) == [("flag", "booker_is_genius", None)]
    assert told(record.stays[0].details) == [
        ("meal_plan", "Breakfast is included.", None),
        ("request", "smoking preference: Non-Smoking", None),
    ]


# --- rooms and dates ------------------------------------------------------------------------------------------


def test_rooms_of_one_booking_have_their_own_dates_guests_and_prices() -> None:
    record = record_of(fixture("ota_hotelresnotif__two_rooms"))
    first, second = record.stays
    assert (first.external_id, str(first.arrival), str(first.departure)) == (
        "7701",
        "2031-06-10",
        "2031-06-12",
    )
    assert (second.external_id, str(second.arrival), str(second.departure)) == (
        "7702",
        "2031-06-11",
        "2031-06-14",
    )
    assert (first.guest_name, second.guest_name) == ("Mara Quill", "Tomás Ibarra Sol")
    assert (first.total, second.total, record.total) == (Decimal("240"), Decimal("480"), Decimal("720"))


def test_the_rate_may_change_inside_a_stay() -> None:
    stay = record_of(fixture("ota_hotelresnotif__two_rooms")).stays[1]
    assert [night.rate_ref for night in stay.nights] == ["55502", "55502", "55501"]
    assert [str(night.amount) for night in stay.nights] == ["150.00", "150.00", "180.00"]
    assert stay.rate_ref == "55502"


def test_nights_in_any_order_are_one_stay() -> None:
    mixed = one_room((FIRST, "FIRST"), (SECOND, FIRST), ("FIRST", SECOND))
    assert record_of(mixed).stays == record_of(one_room()).stays


def test_the_letters_of_a_virtual_card_are_no_part_of_the_rate() -> None:
    stay = stay_of(fixture("ota_hotelresnotif__everything"))
    assert {night.rate_ref for night in stay.nights} == {stay.rate_ref} == {"55501"}


@pytest.mark.parametrize("code", ["VCC", "SUMMERVCC"])
def test_a_rate_that_is_a_word_keeps_its_letters(code: str) -> None:
    assert stay_of(one_room(('RatePlanCode="55501"', f'RatePlanCode="{code}"'))).rate_ref == code


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (f"{FIRST}\n      {SECOND}", "", "names no dates"),
        (SECOND, FIRST, "told twice"),
        ('EffectiveDate="2031-06-11"', 'EffectiveDate="2031-06-31"', "not a date"),
        ('EffectiveDate="2031-06-11"', 'EffectiveDate="2041-06-11"', "too long"),
        ('EffectiveDate="2031-06-11"', 'EffectiveDate="9999-12-31"', "not a date"),
        (
            '<BasicPropertyInfo HotelCode="4400123"/>',
            f'<BasicPropertyInfo HotelCode="{"4" * 200}"/>',
            "longer",
        ),
        ("<Rates>", '<Rates x="1"><Rate UnitMultiplier="0" EffectiveDate="2031-06-10"/>', "no night"),
        (SECOND, SECOND.replace("EUR", "USD"), "EUR and in USD"),
    ],
)
def test_a_room_that_cannot_be_understood_is_a_problem_and_never_a_cancellation(
    old: str, new: str, sentence: str
) -> None:
    assert sentence in error_of(one_room((old, new)))
    assert sentence in error_of(changed("ota_hotelresmodifynotif__plain_card", (old, new))), (
        "also in the queue of changes, where a booking without rooms is a cancellation"
    )


def test_two_rooms_with_the_same_number_are_a_problem() -> None:
    assert "same number" in error_of(changed("ota_hotelresnotif__two_rooms", ('"7702"', '"7701"')))


def test_rooms_in_two_properties_are_a_problem() -> None:
    text = fixture("ota_hotelresnotif__two_rooms").decode().replace('"4400123"', '"4400999"', 1)
    assert "two properties" in error_of(text.encode())


def test_a_missing_night_is_a_warning() -> None:
    record = record_of(one_room(('EffectiveDate="2031-06-11"', 'EffectiveDate="2031-06-12"')))
    assert (str(record.stays[0].departure), len(record.stays[0].nights)) == ("2031-06-13", 2)
    assert record.warnings == ("room 7701 has no price for some of its nights",)


def test_one_bad_booking_hides_no_other_and_is_named() -> None:
    result = read(fixture("page__one_bad_reservation"))
    assert [record.external_id for record in result.records] == ["6001002003", "6001002005"]
    (problem,) = result.errors
    assert (problem.where, problem.external_id) == ("reservation 6001002004", "6001002004")
    assert set(result.digests) == {"6001002003", "6001002005"}


def test_a_booking_without_an_id_is_a_problem_without_one() -> None:
    (problem,) = read(one_room(('ResID_Value="6001002003" ', ""))).errors
    assert (problem.where, problem.external_id) == ("item 1", None)


# --- changes and cancellations --------------------------------------------------------------------------------


def test_a_change_is_the_whole_booking_and_leaves_out_the_room_that_went() -> None:
    record = record_of(fixture("ota_hotelresmodifynotif__room_removed"))
    assert record.status == StayStatus.CONFIRMED
    assert [stay.external_id for stay in record.stays] == ["7702"]
    assert str(record.updated_at) == "2031-02-05 10:00:00+00:00"


def test_a_change_without_rooms_is_a_cancellation() -> None:
    record = record_of(fixture("ota_hotelresmodifynotif__cancelled"))
    assert (record.status, record.stays, record.property_ref) == (StayStatus.CANCELLED, (), None)
    assert record.external_id == "6001002003"
    assert str(record.updated_at) == "2031-02-06 08:30:00+00:00"


def test_a_cancellation_needs_its_id_only() -> None:
    body = b"""<OTA_HotelResModifyNotifRQ xmlns="http://www.opentravel.org/OTA/2003/05"><HotelResModifies>
        <HotelResModify><ResGlobalInfo><HotelReservationIDs><HotelReservationID ResID_Value="5"/>
        </HotelReservationIDs></ResGlobalInfo></HotelResModify></HotelResModifies></OTA_HotelResModifyNotifRQ>"""
    record = record_of(body)
    assert (record.external_id, record.status, record.total) == ("5", StayStatus.CANCELLED, None)


def test_an_empty_list_of_rooms_is_a_cancellation_of_the_dialect() -> None:
    body = changed("ota_hotelresmodifynotif__cancelled", ("<ResGlobalInfo>", "<RoomStays/><ResGlobalInfo>"))
    assert record_of(body).status == StayStatus.CANCELLED


def test_a_list_of_rooms_that_holds_something_else_is_a_problem() -> None:
    for foreign in ("<Room/>", '<RoomStay xmlns="urn:other"/>'):
        rooms = f"<RoomStays>{foreign}</RoomStays><ResGlobalInfo>"
        assert "no RoomStay" in error_of(
            changed("ota_hotelresmodifynotif__cancelled", ("<ResGlobalInfo>", rooms))
        )


def test_a_new_booking_without_rooms_is_a_problem() -> None:
    text = fixture("ota_hotelresmodifynotif__cancelled").decode()
    body = text.replace("HotelResModifies", "HotelReservations").replace("OTA_HotelResModify", "OTA_HotelRes")
    assert "names no room" in error_of(body.replace("HotelResModify>", "HotelReservation>").encode())


@pytest.mark.parametrize("word", ["Cancel", "CANCELLED", "cancelled by guest"])
@pytest.mark.parametrize("place", ["<OTA_HotelResNotifRQ ", "<HotelReservation>"])
def test_a_status_that_begins_with_cancel_cancels_wherever_it_stands(word: str, place: str) -> None:
    with_status = place.rstrip("> ") + f' ResStatus="{word}"' + place[-1]
    record = record_of(one_room((place, with_status)))
    assert record.status == StayStatus.CANCELLED
    assert [stay.status for stay in record.stays] == [StayStatus.CANCELLED]


def test_a_told_cancellation_counts_although_its_rooms_cannot_be_read() -> None:
    body = one_room(("<HotelReservation>", '<HotelReservation ResStatus="Cancel">'), (SECOND, FIRST))
    record = record_of(body)
    assert (record.status, record.stays) == (StayStatus.CANCELLED, ())
    assert "told twice" in record.warnings[0]


def test_a_told_change_without_rooms_is_a_problem() -> None:
    body = changed(
        "ota_hotelresmodifynotif__cancelled", ("<HotelResModify>", '<HotelResModify ResStatus="Modify">')
    )
    assert "names no room" in error_of(body)


def test_a_new_booking_that_comes_again_later_is_no_news() -> None:
    later = one_room(("08:15:30", "09:59:59"), ("RVhBTVBMRTE=", "T1RIRVI="))
    first, again = read(one_room()), read(later)
    assert first.digests == again.digests
    assert first.records == again.records
    assert reading.page_key(later) == reading.page_key(one_room())
    assert read(later, known=lambda ids: first.digests).unchanged == 1


def test_the_digest_is_the_same_wherever_the_booking_stands_in_a_page() -> None:
    alone, among = read(one_room()), read(fixture("page__one_bad_reservation"))
    assert alone.digests["6001002003"] == among.digests["6001002003"]


def test_another_content_is_another_digest_and_another_key() -> None:
    other = one_room(('"7701"', '"7700"'))
    assert read(other).digests != read(one_room()).digests
    assert reading.page_key(other) != reading.page_key(one_room())


def test_a_comment_in_the_page_does_not_mix_up_the_digests() -> None:
    head, first, _, last = fixture("page__one_bad_reservation").decode().split("  <HotelReservation>")
    marked = first.replace("<RoomStays>", "<!-- </HotelReservation> --><RoomStays>")
    # As many ends as bookings, but not where the bookings end.
    page = "  <HotelReservation>".join([head, marked, last]).replace(
        "</HotelReservations>", "<HotelReservation/></HotelReservations>"
    )
    before, after = read(page.encode()), read(page.replace("Inés Roca", "Inés Rocas").encode())
    assert {one for one in before.digests if before.digests[one] != after.digests[one]} == {"6001002005"}


def test_only_what_is_new_is_read_again() -> None:
    page = fixture("page__one_bad_reservation")
    known = {"6001002003": read(page).digests["6001002003"], "6001002005": "older"}
    result = read(page, known=lambda ids: {one: known[one] for one in ids if one in known})
    assert (result.unchanged, result.unchanged_ids) == (1, ["6001002003"])
    assert [record.external_id for record in result.records] == ["6001002005"]


def test_the_ids_of_a_page_are_all_of_them_in_their_order() -> None:
    assert reading.ids(fixture("page__one_bad_reservation")) == ["6001002003", "6001002004", "6001002005"]
    assert reading.ids(fixture("page__bxml_new_modified_cancelled")) == [
        "6001002050",
        "6001002051",
        "6001002052",
    ]
    assert reading.ids(b"") == []


# --- money ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("places", "currency", "amount"),
    [
        ("0", "JPY", "24000"),
        ("2", "JPY", "240"),
        ("3", "KWD", "24.000"),
        ("2", "EUR", "240.00"),
        ("0", "EUR", "24000.00"),
    ],
)
def test_amounts_count_the_unit_that_decimal_places_names(places: str, currency: str, amount: str) -> None:
    record = record_of(
        one_room(('DecimalPlaces="2"', f'DecimalPlaces="{places}"'), ('"EUR"', f'"{currency}"'))
    )
    assert (str(record.total), record.currency) == (amount, currency)
    assert str(record.stays[0].total) == amount


@pytest.mark.parametrize(
    ("amounts", "total", "warned"),
    [(None, "240.00", True), ("minor", "240.00", False), ("major", "24000.00", False)],
)
def test_without_decimal_places_the_currencys_own_unit_is_taken_and_told(
    amounts: Any, total: str, warned: bool
) -> None:
    record = record_of(one_room((' DecimalPlaces="2"', "")), amounts=amounts)
    assert str(record.total) == total
    assert any("smallest unit" in warning for warning in record.warnings) is warned


@pytest.mark.parametrize(("amounts", "total"), [(None, "240.00"), ("major", "240.00"), ("minor", "2.40")])
def test_an_amount_with_a_point_is_in_major_units(amounts: Any, total: str) -> None:
    body = one_room(('"24000" DecimalPlaces="2"', '"240.00"'))
    record = record_of(body, amounts=amounts)
    assert str(record.total) == total
    assert not record.warnings


def test_prices_before_tax_are_read_where_the_property_has_them_so() -> None:
    assert record_of(one_room(("AmountAfterTax", "AmountBeforeTax"))).stays[0].nights[0].amount == Decimal(
        "120"
    )


@pytest.mark.parametrize("amount", ["", "abc", "9" * 30, "NaN", "Infinity", "1e999999", "٣"])
def test_an_amount_that_is_none_costs_the_booking_nothing_but_its_price(amount: str) -> None:
    record = record_of(one_room(('AmountAfterTax="24000"', f'AmountAfterTax="{amount}"')))
    assert (record.total, record.stays[0].total) == (None, None)
    assert bool(record.warnings) is bool(amount)


def test_without_a_currency_the_propertys_own_is_taken() -> None:
    body = one_room((' CurrencyCode="EUR"', ""))
    assert record_of(body).currency is None
    assert record_of(body, currencies={"4400123": "CHF"}).currency == "CHF"
    assert record_of(body, currency="GBP").currency == "GBP"


def test_a_room_in_another_currency_than_the_booking_is_a_problem() -> None:
    text = fixture("ota_hotelresnotif__two_rooms").decode()
    before, after = text.split('<RoomStay IndexNumber="7702">')
    room, rest = after.split("</RoomStays>")
    body = f'{before}<RoomStay IndexNumber="7702">{room.replace("EUR", "USD")}</RoomStays>{rest}'
    assert "one of its rooms in USD" in error_of(body.encode())


def test_the_commission_is_the_sum_of_the_rooms() -> None:
    assert record_of(fixture("ota_hotelresnotif__two_rooms")).commission == Decimal("108")


def test_the_bookings_own_commission_wins_over_the_rooms() -> None:
    own = f"<TotalCommissions>{ROOM_COMMISSION}"
    body = changed("ota_hotelresnotif__everything", (own, own.replace("3600", "4000")))
    assert record_of(body).commission == Decimal("40")


def test_a_commission_in_another_currency_is_told_and_not_mixed_up() -> None:
    record = record_of(one_room((ROOM_COMMISSION, ROOM_COMMISSION.replace("EUR", "USD"))))
    assert record.commission is None
    assert record.warnings == ("the commission is in another currency than the price: 36.00 USD",)


# --- guests and words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "party"),
    [
        ('<GuestCount Count="3"/>', (3, None, None, ())),
        ('<GuestCount Count="2" AgeQualifyingCode="10"/>', (2, 0, 0, ())),
        (
            '<GuestCount Count="1" AgeQualifyingCode="10"/><GuestCount Count="2" AgeQualifyingCode="7"/>',
            (1, 0, 2, ()),
        ),
        ('<GuestCount Count="1" AgeQualifyingCode="10"/><GuestCount Count="2" Age="4"/>', (1, 2, 0, (4, 4))),
        (
            '<GuestCount Count="2" AgeQualifyingCode="10"/><GuestCount Count="1" AgeQualifyingCode="8" Age="0"/>'
            '<GuestCount Count="1" AgeQualifyingCode="8" Age="11"/>',
            (2, 2, 0, (0, 11)),
        ),
        (
            '<GuestCount Count="1" AgeQualifyingCode="10"/><GuestCount Count="x" AgeQualifyingCode="8"/>',
            (1, 0, 0, ()),
        ),
        ("", (None, None, None, ())),
    ],
)
def test_guests_are_counted_by_their_age_codes(counts: str, party: tuple[Any, ...]) -> None:
    stay = stay_of(one_room((CODED_GUESTS, counts)))
    assert (stay.adults, stay.children, stay.infants, stay.child_ages) == party


def test_an_age_code_of_its_own_counts_as_adults_and_is_told() -> None:
    record = record_of(one_room(('AgeQualifyingCode="8"', 'AgeQualifyingCode="99"')))
    assert (record.stays[0].adults, record.stays[0].children) == (3, 0)
    assert record.warnings == ("age code 99 is not known; its guests count as adults",)


def test_a_guest_number_may_point_nowhere() -> None:
    assert stay_of(one_room(('ResGuestRPH RPH="1"', 'ResGuestRPH RPH="9"'))).guest_name is None


def test_without_a_given_name_the_surname_holds_all_of_it() -> None:
    body = one_room(
        ("<GivenName>Mara</GivenName><Surname>Quill</Surname>", "<Surname>Ana Luz Prado</Surname>")
    )
    booker = record_of(body).booker
    assert (booker.name, booker.first_name, booker.last_name) == ("Ana Luz Prado", "Ana Luz", "Prado")


def test_a_single_name_is_a_surname() -> None:
    booker = record_of(one_room(("<GivenName>Mara</GivenName>", ""))).booker
    assert (booker.name, booker.first_name, booker.last_name) == ("Quill", None, "Quill")


def test_names_in_any_script_and_with_entities_survive() -> None:
    booker = record_of(one_room((">Quill<", ">O&#39;Neill &amp; 山田<"))).booker
    assert booker.last_name == "O'Neill & 山田"


def test_what_is_too_long_or_odd_about_the_booker_is_told() -> None:
    record = record_of(
        one_room(("+49 30 5550100", "5" * 60), ("mquill.123456@guest.booking.com", "no address"))
    )
    assert (record.booker.phone, record.booker.email) == (None, None)
    assert len(record.warnings) == 2
    assert record_of(one_room((">Quill<", f">{'Q' * 500}<"))).booker.last_name == "Q" * 100


@pytest.mark.parametrize("nothing", ["None.", "none", "-", "N/A", " ", ""])
def test_comments_that_say_nothing_are_no_notes(nothing: str) -> None:
    assert record_of(one_room(("Late train", nothing))).notes is None


def test_the_words_for_the_booking_come_before_those_for_a_room_each_once() -> None:
    assert record_of(one_room(("None.", "Quiet, please"))).notes == "Quiet, please\nLate train"
    assert record_of(one_room(("None.", "Late train"))).notes == "Late train"


def test_taxes_terms_extras_and_the_virtual_card_are_details() -> None:
    record = record_of(fixture("ota_hotelresnotif__everything"))
    assert told(record.stays[0].details) == [
        ("meal_plan", "Breakfast is included.", None),
        ("policy", "Free cancellation until one day before.", None),
        ("policy", "policy 152 from 2031-06-09T00:00:00", "120.00 EUR"),
        ("request", "smoking preference: Non-Smoking", None),
        ("tax", "City tax (not included)", "6.00 EUR"),
        ("tax", "VAT (included)", "15.70 EUR"),
        ("extra", "service 2, nights: 2", "18.00 EUR"),
    ]
    assert told(record.details) == [
        ("flag", "booker_is_genius", None),
        ("payment", "virtual card (Mastercard), may be charged from 2031-06-10", "240.00 EUR"),
    ]


def test_an_extra_that_no_room_names_belongs_to_the_booking() -> None:
    record = record_of(changed("ota_hotelresnotif__everything", ('ServiceRPH RPH="1"', 'ServiceRPH RPH="8"')))
    assert ("extra", "service 2, nights: 2", "18.00 EUR") in told(record.details)
    assert "extra" not in [kind for kind, _, _ in told(record.stays[0].details)]


def test_a_card_that_could_not_be_read_is_told_so() -> None:
    record = record_of(changed("ota_hotelresmodifynotif__plain_card", ('CardCode="VI"', 'CardCode="XX"')))
    assert ("payment", "card that could not be read", None) in told(record.details)
