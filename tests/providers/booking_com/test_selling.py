"""What is on sale, over real HTTP against the sandbox: what it then sells."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from integrations.http import ProviderSession
from integrations.models import Connection, Exchange
from integrations.providers.booking_com import ari_messages
from integrations.providers.booking_com.moments import CENTRAL_EUROPE
from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.providers.booking_com.sandbox.seed import (
    DOUBLE,
    GARDEN_ROOM,
    NON_REFUNDABLE,
    OTHER_HOTEL,
    OTHER_STANDARD,
    SINGLE,
    STANDARD,
)
from tests.providers.booking_com.offer_calls import (
    AVAILABILITY,
    PRICES,
    START,
    calls,
    night,
    offers,
    push,
    spans,
)

pytestmark = pytest.mark.django_db


# --- what is sold then ---------------------------------------------------------------------------------------


def test_numbers_restrictions_and_prices_are_what_is_sold_then(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    told = [
        *offers(units=3, closed=False),
        *offers(
            rate=STANDARD,
            price=Decimal("131.50"),
            currency="EUR",
            minimum_stay=2,
            maximum_stay=7,
            closed=False,
            closed_to_arrival=True,
            closed_to_departure=False,
        ),
        *offers(rate=NON_REFUNDABLE, closed=True),
    ]

    receipts = push(session, told)

    sold = night(sandbox)
    assert (sold.count, sold.closed) == (3, False)
    standard = sold.rates[STANDARD]
    assert standard.price == Decimal("131.50")
    assert (standard.minimum, standard.maximum) == (2, 7)
    assert (standard.closed, standard.closed_to_arrival, standard.closed_to_departure) == (False, True, False)
    assert sold.rates[NON_REFUNDABLE].closed
    assert sorted(o.date for r in receipts for o in r.accepted) == [o.date for o in told]
    assert [r.refused for r in receipts] == [(), ()]


def test_each_receipt_has_the_number_of_its_call(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    receipts = push(session, [*offers(units=1), *offers(rate=STANDARD, price=Decimal(99), currency="EUR")])

    numbers = [receipt.request_id for receipt in receipts]
    assert len(set(numbers)) == 2
    assert set(numbers) <= set(Exchange.objects.values_list("request_id", flat=True))


def test_a_message_never_crosses_the_end_of_a_month_and_joins_equal_nights(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    first = START - timedelta(days=2)
    told = [*offers(units=2, nights=5, first=first), *offers(SINGLE, units=4, nights=2, first=START)]

    push(session, told)

    before, after = calls(sandbox, AVAILABILITY)
    last = START - timedelta(days=1)
    assert spans(before) == [(first.isoformat(), last.isoformat(), str(DOUBLE), None)]
    assert spans(after) == [
        (START.isoformat(), (START + timedelta(days=1)).isoformat(), str(SINGLE), None),
        (START.isoformat(), (START + timedelta(days=2)).isoformat(), str(DOUBLE), None),
    ]
    assert [night(sandbox, day=first + timedelta(days=n)).count for n in range(6)] == [2, 2, 2, 2, 2, 6]


def test_a_room_is_opened_before_its_number_is_told(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    push(session, [*offers(units=2, closed=False), *offers(SINGLE, units=1, closed=False)])

    (message,) = calls(sandbox, AVAILABILITY)
    kinds = [
        "limit" if part.get("BookingLimit") else "status" for part in message.iter("{*}AvailStatusMessage")
    ]
    assert kinds == ["status", "status", "limit", "limit"]


@pytest.mark.parametrize(("units", "sold"), [(0, 0), (254, 254), (255, 254), (10_000, 254)])
def test_a_number_never_reads_as_no_limit(
    session: ProviderSession, sandbox: BookingComSandbox, units: int, sold: int
) -> None:
    push(session, offers(units=units))

    assert night(sandbox).count == sold


def test_nights_that_are_long_over_are_not_sent(session: ProviderSession, sandbox: BookingComSandbox) -> None:
    today = timezone.now().astimezone(CENTRAL_EUROPE).date()
    told = [offer for n in (-3, -2, -1, 0) for offer in offers(units=1, first=today + timedelta(days=n))]

    receipts = push(session, told)

    assert sorted(o.date for r in receipts for o in r.accepted) == [o.date for o in told]
    sent = {span[0] for message in calls(sandbox, AVAILABILITY) for span in spans(message)}
    assert min(sent) == (today - timedelta(days=1)).isoformat()


def test_a_number_is_never_told_for_one_rate_alone(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    push(session, [*offers(rate=STANDARD, units=3, closed=False)])

    (message,) = calls(sandbox, AVAILABILITY)
    assert [part.get("BookingLimit") for part in message.iter("{*}AvailStatusMessage")] == [None]


def test_an_offer_that_says_nothing_costs_no_call(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    (receipt,) = push(session, offers())

    assert len(receipt.accepted) == 1
    assert not sandbox.requests("POST", "Notif")


def test_prices_go_on_the_side_of_taxes_that_the_connection_says(
    connection: Connection, session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    connection.settings = {"prices_include_tax": False}
    told = offers(rate=STANDARD, price=Decimal(150), currency="EUR")

    (receipt,) = push(session, told)

    assert [refusal.message for refusal in receipt.refused] == [
        "This property takes prices as AmountAfterTax only"
    ]


# --- money ---------------------------------------------------------------------------------------------------


def test_yen_have_no_decimals(connection: Connection, sandbox: BookingComSandbox) -> None:
    connection.credentials = {
        "client_id": "llavero-other",
        "client_secret": "llavero-other-secret",
        "property_id": str(OTHER_HOTEL),
    }
    connection.settings = {"prices_include_tax": False}
    connection.save()
    told = offers(GARDEN_ROOM, OTHER_STANDARD, hotel=OTHER_HOTEL, price=Decimal("21500"), currency="JPY")

    from integrations.http import session_for

    with session_for(connection) as session:
        (receipt,) = push(session, told)

    assert receipt.refused == ()
    assert night(sandbox, GARDEN_ROOM, hotel=OTHER_HOTEL).rates[OTHER_STANDARD].price == Decimal(21500)


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        ("120", "EUR", ("12000", "2")),
        ("120.005", "EUR", ("12001", "2")),
        ("18000", "JPY", ("18000", "0")),
        ("41.125", "KWD", ("41125", "3")),
        ("41.1", "KWD", ("41100", "3")),
    ],
)
def test_amounts_are_in_the_smallest_coin(amount: str, currency: str, written: tuple[str, str]) -> None:
    told = offers(rate=STANDARD, price=Decimal(amount), currency=currency)

    (part,) = ari_messages.prices(told, include_tax=True)

    (found,) = part.element.iter("{*}BaseByGuestAmt")
    assert (found.get("AmountAfterTax"), found.get("DecimalPlaces")) == written
    assert found.get("CurrencyCode") == currency


def test_a_price_without_a_currency_is_not_guessed_at(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    told = [*offers(rate=STANDARD, price=Decimal(150)), *offers(units=2)]

    receipts = push(session, told)

    assert [refusal.offer for receipt in receipts for refusal in receipt.refused] == told[:1]
    assert not sandbox.requests("POST", PRICES)
    assert night(sandbox).count == 2
