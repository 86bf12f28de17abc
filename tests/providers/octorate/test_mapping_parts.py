"""What one reservation of Octorate becomes: rooms, ids, split stays, people and money."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.providers.octorate.samples import ABSENT, booker, booking, dates, error_of, read, read_one

# --- rooms, ids -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pms", "product", "room", "kind"),
    [
        (601105, 501002, "601105", "501002"),
        ("601105", "501002", "601105", "501002"),
        (0, 501002, "501002", "501002"),
        ("0", 501002, "501002", "501002"),
        (None, 501002, "501002", "501002"),
        (-1, 501002, "501002", "501002"),
        (601105, None, "601105", None),
        (0, 0, None, None),
    ],
    ids=repr,
)
def test_the_most_specific_room_is_the_assigned_one_else_the_sold_product(
    pms: Any, product: Any, room: str | None, kind: str | None
) -> None:
    stay = read_one(pmsProduct=pms, product=product).stays[0]
    assert (stay.room_ref, stay.room_type_ref) == (room, kind)


def test_references_written_as_bare_numbers_are_read_as_text() -> None:
    record = read_one(refer=27475272242861871781, channelRefer=4400123456, id="880001")
    assert (record.group_ref, record.channel_ref, record.external_id) == (
        "27475272242861871781",
        "4400123456",
        "880001",
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"id": ABSENT},
        {"id": 0},
        {"id": [880001]},
        {"id": True},
        {"id": 1.5},
        {"id": "x" * 121},
        {"channelRefer": "x" * 121},
        {"refer": {"a": 1}},
        {"product": [1]},
        {"accommodation": {"id": "9" * 121}},
    ],
)
def test_ids_that_are_none_or_too_long_are_item_errors(fields: dict[str, Any]) -> None:
    assert error_of(booking(**fields))


@pytest.mark.parametrize("accommodation", ["910001", 910001, {"id": 910001}], ids=repr)
def test_the_property_may_be_named_by_its_id_alone(accommodation: Any) -> None:
    assert read_one(accommodation=accommodation).property_ref == "910001"


# --- split stays ----------------------------------------------------------------------------------------------


def split(start: Any, room: Any = 601106, **more: Any) -> dict[str, Any]:
    return {"splitRoom": {"id": room, "name": "106"}, "splitStart": start, **more}


def test_a_split_stay_is_two_stays_of_one_booking() -> None:
    record = read_one(split=split("2031-04-03"))
    first, second = record.stays
    assert dates(record) == [("2031-04-02", "2031-04-03"), ("2031-04-03", "2031-04-04")]
    assert (first.external_id, first.room_ref) == ("880001", "601105")
    assert (second.external_id, second.room_ref, second.room_type_ref) == ("880001-split", "601106", "501002")
    assert [night.date for night in first.nights] == [date(2031, 4, 2)]
    assert (first.total, second.total) == (Decimal("94.00"), Decimal("94.00"))
    assert record.total == Decimal("228.00")


def test_a_split_told_under_the_other_name_is_read_too() -> None:
    assert [stay.room_ref for stay in read_one(splitOriginal=split("2031-04-03")).stays] == [
        "601105",
        "601106",
    ]


def test_when_the_booking_already_shows_the_new_room_the_original_names_the_old_one() -> None:
    record = read_one(pmsProduct=601106, split=split("2031-04-03"), splitOriginal=split("2031-04-02", 601105))
    assert [stay.room_ref for stay in record.stays] == ["601105", "601106"]


@pytest.mark.parametrize("start", ["2031-04-01", "2031-04-04", "2031-05-01", None, "", "then", 5])
def test_a_split_outside_the_dates_or_without_a_day_is_ignored_with_a_warning(start: Any) -> None:
    record = read_one(split=split(start))
    assert [stay.room_ref for stay in record.stays] == ["601105"]
    assert record.warnings


@pytest.mark.parametrize("room", [None, 0, "", [1]])
def test_a_split_without_a_room_is_ignored_with_a_warning(room: Any) -> None:
    record = read_one(split=split("2031-04-03", room))
    assert len(record.stays) == 1
    assert record.warnings


def test_a_split_into_the_same_room_is_one_stay() -> None:
    assert len(read_one(split=split("2031-04-03", 601105)).stays) == 1


def test_a_split_on_the_day_of_arrival_puts_the_whole_stay_into_the_second_room() -> None:
    record = read_one(split=split("2031-04-02"))
    assert [(stay.external_id, stay.room_ref) for stay in record.stays] == [("880001", "601106")]
    assert record.warnings


def test_a_split_into_another_property_leaves_a_warning() -> None:
    record = read_one(split=split("2031-04-03", splitAccommodation={"id": "910002"}))
    assert any("910002" in warning for warning in record.warnings)


# --- people ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "name", "first", "last"),
    [
        ({}, "Mara Quill", "Mara", "Quill"),
        ({"guests": booker(givenName="")}, "Quill", None, "Quill"),
        ({"guests": booker(familyName=None)}, "Mara", "Mara", None),
        ({"guests": [], "firstName": "Iker", "lastName": "Landaluz"}, "Iker Landaluz", "Iker", "Landaluz"),
        ({"guests": [], "guest": {"firstName": "Iker", "lastName": "L"}}, "Iker L", "Iker", "L"),
        ({"guests": [], "guestsList": "Zofia Wilczek, Nil Ferrer"}, "Zofia Wilczek", None, None),
        ({"guests": []}, None, None, None),
        ({"guests": "Mara"}, None, None, None),
        ({"guests": [None, 3, {"type": "GUEST"}]}, None, None, None),
        (
            {"guests": booker(givenName="  Ma\x00ra ", familyName="Quill\ud800")},
            "Mara Quill",
            "Mara",
            "Quill",
        ),
    ],
)
def test_who_booked(fields: dict[str, Any], name: Any, first: Any, last: Any) -> None:
    person = read_one(**fields).booker
    assert (person.name, person.first_name, person.last_name) == (name, first, last)


def test_who_sleeps_is_the_first_registered_guest_when_nobody_is_named_as_booker() -> None:
    record = read_one(guests=[{"type": "GUEST", "givenName": "Nil", "familyName": "Ferrer"}])
    assert record.booker.name is None
    assert record.stays[0].guest_name == "Nil Ferrer"


@pytest.mark.parametrize(
    ("fields", "email", "warned"),
    [
        ({"guests": booker(email="")}, None, False),
        ({"guests": booker(email=None), "guestMailAddress": "iker@example.org"}, "iker@example.org", False),
        ({"guests": booker(email="not one")}, None, True),
        ({"guests": booker(email="a" * 250 + "@example.org")}, None, True),
        ({"guests": booker(email=["a@example.org"])}, None, False),
    ],
)
def test_email(fields: dict[str, Any], email: str | None, warned: bool) -> None:
    record = read_one(**fields)
    assert record.booker.email == email
    assert bool(record.warnings) == warned


@pytest.mark.parametrize(
    ("value", "language"),
    [("EN", "en"), ("es", "es"), ("pt-BR", "pt"), ("", None), ("Italian", None), (5, None)],
)
def test_language(value: Any, language: str | None) -> None:
    assert read_one(guests=booker(language=value)).booker.language == language


@pytest.mark.parametrize(
    ("fields", "country"),
    [
        ({"nationality": "gb"}, "GB"),
        ({"residenceCountry": "FR", "nationality": "GB"}, "FR"),
        ({"nationality": ""}, None),
        ({"nationality": "United Kingdom"}, None),
    ],
)
def test_country_only_where_it_is_stated(fields: dict[str, Any], country: str | None) -> None:
    assert read_one(guests=booker(**fields)).booker.country == country


def test_names_and_notes_that_are_too_long_are_cut_with_a_warning() -> None:
    record = read_one(guests=booker(givenName="a" * 300, familyName="b" * 300), channelNotes="n" * 9000)
    assert len(record.booker.first_name or "") == 100
    assert len(record.booker.name or "") == 200
    assert len(record.notes or "") == 5000
    assert len(record.warnings) >= 2


def test_a_telephone_number_that_is_too_long_is_left_out_because_a_part_of_it_calls_a_stranger() -> None:
    record = read_one(guests=booker(phone="+" + "4" * 60))
    assert record.booker.phone is None
    assert record.warnings


@pytest.mark.parametrize(
    ("fields", "notes"),
    [
        ({"channelNotes": "  Late train\x00 "}, "Late train"),
        ({"channelNotes": ABSENT}, None),
        ({"privateNotes": "VIP", "housekeepingNotes": "Cot"}, "Late train\nVIP\nCot"),
        ({"channelNotes": "", "houseKeepingNotes": "Cot"}, "Cot"),
        ({"privateNotes": "Late train"}, "Late train"),
        ({"channelNotes": {"text": "x"}}, None),
    ],
)
def test_notes_of_guest_staff_and_housekeeping(fields: dict[str, Any], notes: str | None) -> None:
    assert read_one(**fields).notes == notes


@pytest.mark.parametrize(
    ("total", "children", "infants", "expected"),
    [
        (3, 1, 0, (2, 1, 0)),
        (4, 1, 1, (2, 1, 1)),
        (2, 2, 0, (1, 2, 0)),
        (0, 0, 0, (1, 0, 0)),
        (2, None, None, (2, None, None)),
        (None, 1, None, (None, 1, None)),
        ("3", "1", "0", (2, 1, 0)),
    ],
    ids=repr,
)
def test_adults_are_all_guests_less_children_and_infants_and_at_least_one(
    total: Any, children: Any, infants: Any, expected: tuple[Any, Any, Any]
) -> None:
    stay = read_one(totalGuest=total, totalChildren=children, totalInfants=infants).stays[0]
    assert (stay.adults, stay.children, stay.infants) == expected


@pytest.mark.parametrize("value", [-1, 10**6, 10**30, 1.5, "many", [2], {"n": 2}, True])
def test_an_odd_number_of_people_is_null_with_a_warning(value: Any) -> None:
    record = read_one(totalGuest=value)
    assert record.stays[0].adults is None
    assert any("totalGuest" in warning for warning in record.warnings)


# --- money ----------------------------------------------------------------------------------------------------


def part(kind: str, price: Any, **more: Any) -> dict[str, Any]:
    return {"type": kind, "price": price, "included": True, **more}


@pytest.mark.parametrize(
    ("fields", "total", "stay_total"),
    [
        ({"totalGross": 228}, "228.00", "188.00"),
        ({"totalGross": "228.5"}, "228.50", "188.00"),
        ({"totalGross": ABSENT}, "228.00", "188.00"),
        ({"totalGross": ABSENT, "priceBreakdown": []}, "188.00", "188.00"),
        (
            {
                "totalGross": ABSENT,
                "priceBreakdown": [
                    part("EXTRA", 10),
                    part("BREAKFAST", 9),
                    part("DISCOUNT", -5),
                    part("ROOM_NET", 188),
                    part("VAT", 18),
                    part("TOURIST_TAX", 8, included=False),
                    part("COMMISSION", 28),
                ],
            },
            "202.00",
            "188.00",
        ),
        ({"totalGross": 228, "roomGross": ABSENT}, "228.00", "228.00"),
        ({"totalGross": ABSENT, "roomGross": None}, None, None),
        ({"totalGross": 0.1, "roomGross": 0.1}, "0.10", "0.10"),
    ],
)
def test_totals(fields: dict[str, Any], total: str | None, stay_total: str | None) -> None:
    written = read_one(**fields).to_json()
    assert (written["total"], written["stays"][0]["total"]) == (total, stay_total)


@pytest.mark.parametrize(
    ("fields", "currency"),
    [
        ({"currency": "usd"}, "USD"),
        ({"currency": {"currencyCode": "USD", "displayName": "US Dollar"}}, "USD"),
        ({"currency": ABSENT}, "EUR"),
        ({"currency": ABSENT, "accommodation": {"id": "910001", "currency": {"currencyCode": "CHF"}}}, "CHF"),
        ({"currency": ABSENT, "accommodation": {"id": "910001"}}, "GBP"),
        ({"currency": ABSENT, "accommodation": {"id": "910009"}}, "SEK"),
    ],
)
def test_currency(fields: dict[str, Any], currency: str) -> None:
    result = read(booking(**fields), currencies={"910001": "GBP"}, currency="SEK", timezone="Europe/Rome")
    assert result.records[0].currency == currency


def test_amounts_have_the_places_of_their_currency() -> None:
    assert read_one(currency="JPY", totalGross=12000, roomGross=12000.0).to_json()["total"] == "12000"
    assert read_one(currency="KWD", totalGross=12.5).to_json()["total"] == "12.500"


@pytest.mark.parametrize("value", ["free", [1], {"a": 1}, True, 10**15, 1e300, "9" * 200, float("nan")])
def test_an_amount_that_is_none_is_null_with_a_warning(value: Any) -> None:
    record = read_one(totalGross=value, roomGross=ABSENT)
    assert record.total is None
    assert any("totalGross" in warning for warning in record.warnings)


def test_commission_is_the_sum_of_its_parts() -> None:
    parts = [part("COMMISSION", 10.5, included=False), part("COMMISSION", 3, included=False)]
    assert read_one(priceBreakdown=parts).commission == Decimal("13.50")
    assert read_one(priceBreakdown=[]).commission is None


def test_nights_are_the_daily_prices_in_their_order() -> None:
    nights = (
        read_one(
            priceBreakdown=[
                part("DAILY_ROOM_PRICE", 95, day="2031-04-03"),
                part("DAILY_ROOM_PRICE", 90, day="2031-04-02"),
                part("DAILY_ROOM_PRICE", 1, day="2031-04-02"),
            ],
            ratePlan=55501,
        )
        .stays[0]
        .nights
    )
    assert [(str(night.date), night.amount, night.rate_ref) for night in nights] == [
        ("2031-04-02", Decimal("91.00"), "55501"),
        ("2031-04-03", Decimal("95.00"), "55501"),
    ]


@pytest.mark.parametrize("day", ["2031-04-04", "2030-01-01", None, "first", 5, []])
def test_a_price_of_no_night_of_the_stay_is_left_out_with_a_warning(day: Any) -> None:
    record = read_one(priceBreakdown=[part("DAILY_ROOM_PRICE", 95, day=day)])
    assert record.stays[0].nights == ()
    assert record.warnings


@pytest.mark.parametrize("parts", [None, "x", {"type": "EXTRA"}, [None, 3, [], {}, {"type": ["VAT"]}]])
def test_a_price_list_that_is_none_is_no_list(parts: Any) -> None:
    assert read_one(priceBreakdown=parts).stays[0].nights == ()


def test_a_group_row_whose_rooms_disagree_says_so() -> None:
    record = read_one(grouped=True, rooms=3, statusDisagree=True)
    assert record.warnings == ("the rooms of this group have different statuses",)
