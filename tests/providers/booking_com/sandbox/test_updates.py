"""Availability, restrictions and prices at the Booking.com sandbox: what is applied, refused and warned about."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import requests

from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.providers.booking_com.sandbox.calendar import RoomNight
from integrations.providers.booking_com.sandbox.seed import (
    DOUBLE,
    GARDEN_ROOM,
    HOTEL,
    NON_REFUNDABLE,
    OTHER_HOTEL,
    OTHER_STANDARD,
    SINGLE,
    STANDARD,
)
from integrations.providers.booking_com.sandbox.selling import RoomWish
from integrations.providers.booking_com.sandbox.world import RefusedError
from tests.providers.booking_com.sandbox.conftest import OTA, Client, document, every

AVAILABILITY, PRICES = "/supply/hotels/ota/OTA_HotelAvailNotif", "/supply/hotels/ota/OTA_HotelRateAmountNotif"
FIRST, LAST = date(2031, 6, 20), date(2031, 6, 22)
OPEN, CLOSE = '<RestrictionStatus Status="Open"/>', '<RestrictionStatus Status="Close"/>'


def span(room: object = DOUBLE, rate: object = "", start: str = "2031-06-20", end: str = "2031-06-21") -> str:
    plan = f' RatePlanCode="{rate}"' if rate else ""
    return f'<StatusApplicationControl Start="{start}" End="{end}" InvTypeCode="{room}"{plan}/>'


def available(client: Client, *messages: str, **headers: str) -> requests.Response:
    """Send availability messages; each is what stands inside, and may begin with attributes and a `>`."""
    inner = "".join(
        f'<AvailStatusMessage LocatorID="{n}" {m}</AvailStatusMessage>' for n, m in enumerate(messages, 1)
    )
    body = f"<AvailStatusMessages>{inner}</AvailStatusMessages>"
    return client("POST", AVAILABILITY, wrap("OTA_HotelAvailNotifRQ", body), headers=headers)


def priced(client: Client, *messages: tuple[str, str], **headers: str) -> requests.Response:
    """Send price messages; each is (span, attributes of the amount)."""
    inner = "".join(
        f'<RateAmountMessage LocatorID="{n}">{control}<Rates><Rate><BaseByGuestAmts><BaseByGuestAmt {amount}/>'
        "</BaseByGuestAmts></Rate></Rates></RateAmountMessage>"
        for n, (control, amount) in enumerate(messages, 1)
    )
    body = f"<RateAmountMessages>{inner}</RateAmountMessages>"
    return client("POST", PRICES, wrap("OTA_HotelRateAmountNotifRQ", body), headers=headers)


def wrap(root: str, body: str) -> str:
    attributes = f'xmlns="{OTA}" TimeStamp="2031-06-03T10:00:00+00:00" Target="Production" Version="3.000"'
    return f"<{root} {attributes}>{body}</{root}>"


def errors(answer: requests.Response) -> list[tuple[str, str, str]]:
    """(record, code, first word of the text) of every error."""
    return [
        (e.get("RecordID", ""), e.get("Code", ""), e.get("ShortText", "").split(":")[0])
        for e in every(document(answer), "Error")
    ]


def nights(sandbox: BookingComSandbox, room: int = DOUBLE) -> list[RoomNight]:
    return sandbox.calendar(HOTEL, room, FIRST, LAST)


def stay(room: int = DOUBLE, rate: int = STANDARD) -> RoomWish:
    return RoomWish(room, FIRST, LAST, rate=rate)


def test_a_system_error_is_of_one_part_and_the_others_are_applied(
    client: Client, sandbox: BookingComSandbox
) -> None:
    sandbox.system_errors()

    answer = available(client, f'BookingLimit="3">{span()}', f'BookingLimit="2">{span(SINGLE)}')

    assert (answer.status_code, errors(answer)) == (200, [("1", "448", "System error")])
    assert nights(sandbox)[0].updated is None
    assert nights(sandbox, SINGLE)[0].count == 2
    assert available(client, f'BookingLimit="3">{span()}').status_code == 200


def test_a_count_is_applied_to_both_ends_of_the_span(client: Client, sandbox: BookingComSandbox) -> None:
    assert nights(sandbox)[0].updated is None
    answer = available(client, f'BookingLimit="3">{span()}')
    assert answer.status_code == 200
    assert every(document(answer), "Success")
    assert every(document(answer), "Warnings") == []
    assert [night.count for night in nights(sandbox)] == [3, 3]
    assert nights(sandbox)[0].updated == sandbox.now()
    beyond = sandbox.calendar(HOTEL, DOUBLE, LAST, date(2031, 6, 23))
    assert (beyond[0].count, beyond[0].updated) == (6, None)
    assert [night.count for night in nights(sandbox, SINGLE)] == [4, 4]


def test_zero_sells_nothing_and_255_sells_without_limit(client: Client, sandbox: BookingComSandbox) -> None:
    available(client, f'BookingLimit="0">{span()}')
    with pytest.raises(RefusedError, match="sold out"):
        sandbox.book(stay())
    available(client, f'BookingLimit="255">{span()}')
    sandbox.book(*[stay()] * 7)
    assert nights(sandbox)[0].count == 255


def test_a_booking_lowers_the_count_and_a_cancellation_does_not_raise_it(
    client: Client, sandbox: BookingComSandbox
) -> None:
    available(client, f'BookingLimit="2">{span()}')
    number = sandbox.book(stay())
    assert [night.count for night in nights(sandbox)] == [1, 1]
    sandbox.cancel(number)
    assert [night.count for night in nights(sandbox)] == [1, 1]
    available(client, f'BookingLimit="2">{span()}')
    assert [night.count for night in nights(sandbox)] == [2, 2]


def test_sold_out_refuses_unless_the_guest_was_faster(client: Client, sandbox: BookingComSandbox) -> None:
    available(client, f'BookingLimit="1">{span()}')
    with pytest.raises(RefusedError, match="sold out"):
        sandbox.book(stay(), stay())
    assert [night.count for night in nights(sandbox)] == [1, 1]
    before = sandbox.waiting()
    number = sandbox.book(stay(), stay(), force=True)
    assert [night.count for night in nights(sandbox)] == [0, 0]
    assert sandbox.waiting() == [*before, number]


def test_a_change_that_finds_no_room_changes_nothing(client: Client, sandbox: BookingComSandbox) -> None:
    number = sandbox.book(stay(), RoomWish(SINGLE, FIRST, LAST))
    available(client, f'BookingLimit="0">{span(SINGLE, start="2031-06-22", end="2031-06-22")}')
    with pytest.raises(RefusedError, match="Single Room is sold out"):
        sandbox.modify(number, departure=date(2031, 6, 23))
    assert sandbox.reservation(number).departure == LAST
    assert sandbox.calendar(HOTEL, DOUBLE, LAST, date(2031, 6, 23))[0].count == 6


def test_closed_rooms_stay_closed_until_they_are_opened(client: Client, sandbox: BookingComSandbox) -> None:
    available(client, f">{span()}{CLOSE}")
    available(client, f'BookingLimit="5">{span()}')
    assert [(night.closed, night.count) for night in nights(sandbox)] == [(True, 5), (True, 5)]
    with pytest.raises(RefusedError, match="closed"):
        sandbox.book(stay())
    available(client, f">{span()}{OPEN}")
    sandbox.book(stay())


def test_one_rate_can_be_closed(client: Client, sandbox: BookingComSandbox) -> None:
    available(client, f">{span(rate=NON_REFUNDABLE)}{CLOSE}")
    with pytest.raises(RefusedError, match="closed"):
        sandbox.book(stay(rate=NON_REFUNDABLE))
    sandbox.book(stay(rate=STANDARD))
    assert not nights(sandbox)[0].closed


def test_restrictions_of_stays_are_kept_and_obeyed(client: Client, sandbox: BookingComSandbox) -> None:
    lengths = (
        '<LengthsOfStay><LengthOfStay MinMaxMessageType="SetMinLOS" Time="3"/>'
        '<LengthOfStay MinMaxMessageType="SetMaxLOS" Time="5"/></LengthsOfStay>'
    )
    assert available(client, f">{span(rate=STANDARD)}{lengths}").status_code == 200
    assert [(n.rates[STANDARD].minimum, n.rates[STANDARD].maximum) for n in nights(sandbox)] == [(3, 5)] * 2
    assert nights(sandbox)[0].rates[NON_REFUNDABLE].minimum == 0
    with pytest.raises(RefusedError, match="at least 3"):
        sandbox.book(stay())
    with pytest.raises(RefusedError, match="at most 5"):
        sandbox.book(RoomWish(DOUBLE, FIRST, date(2031, 6, 27)))
    sandbox.book(RoomWish(DOUBLE, FIRST, date(2031, 6, 23)))


def test_arrival_and_departure_can_be_closed(client: Client, sandbox: BookingComSandbox) -> None:
    first_night, last_day = span(end="2031-06-20"), span(start="2031-06-22", end="2031-06-22")
    available(client, f'>{first_night}<RestrictionStatus Status="Close" Restriction="Arrival"/>')
    with pytest.raises(RefusedError, match="No arrival"):
        sandbox.book(stay())
    available(client, f'>{first_night}<RestrictionStatus Status="Open" Restriction="Arrival"/>')
    available(client, f'>{last_day}<RestrictionStatus Status="Close" Restriction="Departure"/>')
    with pytest.raises(RefusedError, match="No departure"):
        sandbox.book(stay())
    sandbox.book(RoomWish(DOUBLE, FIRST, date(2031, 6, 23)))


def test_a_shortest_stay_can_count_from_the_arrival_only(client: Client, sandbox: BookingComSandbox) -> None:
    length = '<LengthOfStay MinMaxMessageType="SetMinLOS" Time="4"/>'
    lengths = f'<LengthsOfStay ArrivalDateBased="1">{length}</LengthsOfStay>'
    available(client, f">{span(end='2031-06-20')}{lengths}")
    assert nights(sandbox)[0].rates[STANDARD].minimum_from_arrival == 4
    with pytest.raises(RefusedError, match="at least 4"):
        sandbox.book(stay())
    sandbox.book(RoomWish(DOUBLE, date(2031, 6, 19), date(2031, 6, 21)))


def test_prices_are_applied_and_charged(client: Client, sandbox: BookingComSandbox) -> None:
    answer = priced(
        client, (span(rate=STANDARD), 'AmountAfterTax="13550" DecimalPlaces="2" CurrencyCode="EUR"')
    )
    assert answer.status_code == 200
    assert [night.rates[STANDARD].price for night in nights(sandbox)] == [Decimal("135.50")] * 2
    assert nights(sandbox)[0].rates[NON_REFUNDABLE].price == Decimal("108.00")
    assert sandbox.reservation(sandbox.book(stay())).total == Decimal("271.00")


def test_prices_of_a_property_without_tax_and_without_cents(
    other: Client, sandbox: BookingComSandbox
) -> None:
    control = span(GARDEN_ROOM, OTHER_STANDARD)
    assert priced(other, (control, 'AmountBeforeTax="21000" DecimalPlaces="0"')).status_code == 200
    row = sandbox.calendar(OTHER_HOTEL, GARDEN_ROOM, FIRST, LAST)[0].rates[OTHER_STANDARD]
    assert row.price == Decimal(21000)
    assert priced(other, (control, 'AmountAfterTax="21000" DecimalPlaces="0"')).status_code == 400


def test_good_messages_count_although_others_are_wrong(client: Client, sandbox: BookingComSandbox) -> None:
    answer = available(
        client,
        f'BookingLimit="1">{span(1234)}',
        f'BookingLimit="2">{span()}',
        f">{span(rate=9)}{CLOSE}",
        f'BookingLimit="x">{span(SINGLE)}',
        f'BookingLimit="1">{span(GARDEN_ROOM)}',
    )
    assert answer.status_code == 200
    assert every(document(answer), "Success") == []
    assert [(record, code) for record, code, _ in errors(answer)] == [
        ("1", "402"),
        ("3", "436"),
        ("4", "320"),
        ("5", "497"),
    ]
    assert [night.count for night in nights(sandbox)] == [2, 2]
    assert [night.count for night in nights(sandbox, SINGLE)] == [4, 4]


def test_a_call_in_which_nothing_works_is_400_and_a_forbidden_one_403(
    client: Client, sandbox: BookingComSandbox
) -> None:
    wrong = available(client, f'BookingLimit="1">{span(1234)}', f'BookingLimit="1">{span(GARDEN_ROOM)}')
    assert (wrong.status_code, len(errors(wrong))) == (400, 2)
    forbidden = available(client, f'BookingLimit="1">{span(GARDEN_ROOM)}')
    assert (forbidden.status_code, errors(forbidden)[0][1]) == (403, "497")
    assert sandbox.calendar(OTHER_HOTEL, GARDEN_ROOM, FIRST, LAST)[0].count == 3


@pytest.mark.parametrize(
    ("message", "code", "word"),
    [
        (f'BookingLimit="1">{span("")}', "402", "ROOM_ID_MISSING"),
        (f'BookingLimit="1">{span("abc")}', "402", "ROOM_ID_INVALID"),
        (f'BookingLimit="1">{span(start="2031-06-01", end="2031-06-02")}', "320", "NOT_A_VALID_DATE"),
        (f'BookingLimit="1">{span(start="2034-07-01", end="2034-07-01")}', "320", "NOT_A_VALID_DATE"),
        (f'BookingLimit="1">{span(start="20310620", end="20310620")}', "320", "NOT_A_VALID_DATE"),
        (
            f'BookingLimit="1">{span(start="2031-06-22", end="2031-06-21")}',
            "320",
            "FROM_DATE_SHOULD_BE_LESS_THAN_TO_DATE",
        ),
        (f'BookingLimit="-1">{span()}', "320", "BookingLimit must be a whole number from 0 to 254"),
        (f'BookingLimit="1">{span(rate=STANDARD)}', "320", None),
        (f'BookingLimit="1">{span()}{OPEN}', "320", None),
        (f">{span()}", "321", None),
        (f'>{span()}<RestrictionStatus Status="Ajar"/>', "320", None),
        (
            f'>{span()}<LengthsOfStay><LengthOfStay MinMaxMessageType="SetMinLOS" Time="32"/></LengthsOfStay>',
            "320",
            None,
        ),
        ("><Nothing/>", "321", None),
    ],
)
def test_what_availability_refuses(client: Client, message: str, code: str, word: str | None) -> None:
    answer = available(client, message)
    assert answer.status_code == 400
    ((record, found, text),) = errors(answer)
    assert (record, found) == ("1", code)
    assert word in (None, text)


@pytest.mark.parametrize(
    ("control", "amount", "code", "word"),
    [
        (span(), 'AmountAfterTax="9000" DecimalPlaces="2"', "436", None),
        (span(rate=9), 'AmountAfterTax="9000" DecimalPlaces="2"', "436", None),
        (span(rate=STANDARD), 'AmountAfterTax="499" DecimalPlaces="2"', "320", "PRICE_BELOW_MIN_PRICE"),
        (span(rate=STANDARD), 'AmountAfterTax="5000001" DecimalPlaces="2"', "320", "PRICE_EXCEEDS_MAX_PRICE"),
        (span(rate=STANDARD), 'AmountAfterTax="90.50" DecimalPlaces="2"', "320", None),
        (span(rate=STANDARD), 'AmountAfterTax="9000"', "320", None),
        (span(rate=STANDARD), 'AmountBeforeTax="9000" DecimalPlaces="2"', "320", None),
        (span(rate=STANDARD), 'AmountAfterTax="9" AmountBeforeTax="9" DecimalPlaces="0"', "320", None),
        (span(rate=STANDARD), 'AmountAfterTax="9000" DecimalPlaces="2" CurrencyCode="USD"', "320", None),
        (span(rate=STANDARD), 'AmountAfterTax="9000" DecimalPlaces="2" NumberOfGuests="2"', "321", None),
    ],
)
def test_what_prices_refuse(
    client: Client, sandbox: BookingComSandbox, control: str, amount: str, code: str, word: str | None
) -> None:
    answer = priced(client, (control, amount))
    assert answer.status_code == 400
    ((record, found, text),) = errors(answer)
    assert (record, found) == ("1", code)
    assert word in (None, text)
    assert nights(sandbox)[0].rates[STANDARD].price == Decimal("120.00")


def test_a_call_speaks_of_one_month_and_one_property(
    client: Client, mount: str, sandbox: BookingComSandbox
) -> None:
    july = span(start="2031-07-01", end="2031-07-01")
    assert available(client, f'BookingLimit="1">{span()}', f'BookingLimit="1">{july}').status_code == 400
    long = span(start="2031-06-30", end="2031-07-01")
    assert available(client, f'BookingLimit="1">{long}').status_code == 400
    sandbox.add_account("both", "secret", [HOTEL, OTHER_HOTEL])
    both = Client(mount, {"client_id": "both", "client_secret": "secret"})
    both.sign_in()
    answer = available(both, f'BookingLimit="1">{span()}', f'BookingLimit="1">{span(GARDEN_ROOM)}')
    assert (answer.status_code, errors(answer)[0][1]) == (400, "392")
    assert nights(sandbox)[0].count == 6


def test_warnings_come_with_success(client: Client, sandbox: BookingComSandbox) -> None:
    answer = available(client, f'BookingLimit="4">{span()}', f'BookingLimit="2">{span(end="2031-06-20")}')
    root = document(answer)
    assert (answer.status_code, len(every(root, "Success"))) == (200, 1)
    (warning,) = every(root, "Warning")
    assert warning.get("RecordID") == "2"
    assert warning.get("ShortText", "").startswith("WARN_DUPLICATE_DATES")
    assert nights(sandbox)[0].count == 4
    many = document(available(client, f'BookingLimit="300">{span()}'))
    assert "254" in every(many, "Warning")[0].get("ShortText", "")
    assert nights(sandbox)[0].count == 254


@pytest.mark.parametrize(
    "headers", [{"Content-Type": "application/json"}, {"Content-Type": ""}, {"Accept-Version": "1.0"}]
)
def test_headers_of_another_time_are_refused(
    client: Client, sandbox: BookingComSandbox, headers: dict[str, str]
) -> None:
    answer = available(client, f'BookingLimit="1">{span()}', **headers)
    assert answer.status_code == 400
    assert nights(sandbox)[0].count == 6
    assert available(client, f'BookingLimit="1">{span()}', **{"Accept-Version": "1.1"}).status_code == 200


@pytest.mark.parametrize("body", ["", "<x/>", wrap("OTA_HotelAvailNotifRQ", ""), "<!DOCTYPE x []><x/>"])
def test_a_document_without_messages_is_refused(client: Client, body: str) -> None:
    answer = client("POST", AVAILABILITY, body)
    assert answer.status_code == 400
    assert errors(answer)


def test_updates_are_counted_by_the_minute(client: Client, sandbox: BookingComSandbox) -> None:
    sandbox.calls_per_minute = 2
    statuses = [available(client, f'BookingLimit="{n}">{span()}').status_code for n in (1, 2, 3)]
    assert statuses == [200, 200, 429]
    assert nights(sandbox)[0].count == 2
    sandbox.reset()
    client.sign_in()
    assert [available(client, f'BookingLimit="1">{span()}').status_code for _ in range(3)] == [200] * 3
