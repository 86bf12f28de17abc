"""Offers that are refused and trouble while sending, over real HTTP against the sandbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from integrations.errors import RateLimited, Rejected, Unreachable
from integrations.http import ProviderSession
from integrations.models import Connection
from integrations.providers.booking_com import selling
from integrations.providers.booking_com.client import BookingComClient
from integrations.providers.booking_com.provider import PROVIDER
from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.providers.booking_com.sandbox.seed import (
    DOUBLE,
    GARDEN_ROOM,
    HOTEL,
    OTHER_HOTEL,
    SINGLE,
    STANDARD,
)
from tests.providers.booking_com.offer_calls import (
    AVAILABILITY,
    START,
    night,
    offers,
    push,
    refusals,
)

pytestmark = pytest.mark.django_db


# --- what is refused -----------------------------------------------------------------------------------------


def test_a_part_that_is_refused_does_not_take_the_others_with_it(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    told = [*offers(units=2, nights=3), *offers(999, units=1, nights=2)]

    receipts = push(session, told)

    assert set(refusals(receipts)) == {("999", None, offer.date) for offer in told if offer.room_ref == "999"}
    assert set(refusals(receipts).values()) == {"ROOM_ID_INVALID: there is no such room type"}
    assert night(sandbox).count == 2
    assert len(sandbox.requests("POST", AVAILABILITY)) == 1


def test_a_call_in_which_everything_is_refused_gives_each_its_own_sentence(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    told = [*offers(999, units=1), *offers(DOUBLE, 77, closed=True)]

    receipts = push(session, told)

    assert refusals(receipts) == {
        ("999", None, START): "ROOM_ID_INVALID: there is no such room type",
        (str(DOUBLE), "77", START): "This room type has no such rate",
    }


def test_a_price_out_of_bounds_is_refused_and_its_restrictions_hold(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    told = offers(rate=STANDARD, price=Decimal("1.00"), currency="EUR", minimum_stay=3)

    (receipt,) = push(session, told)

    assert refusals([receipt])[str(DOUBLE), str(STANDARD), START].startswith("PRICE_BELOW_MIN_PRICE")
    assert night(sandbox).rates[STANDARD].minimum == 3


def test_another_hotels_room_is_refused_without_trying_every_piece(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    receipts = push(session, offers(GARDEN_ROOM, units=1, nights=3))

    assert len(refusals(receipts)) == 3
    assert len(sandbox.requests("POST", AVAILABILITY)) == 1


def test_where_nothing_is_allowed_no_piece_of_it_is_tried(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    sandbox.fail_next(9, 403, '<fault string="Not for this account"/>', path_part=AVAILABILITY)

    receipts = push(session, [*offers(units=2), *offers(SINGLE, units=3)])

    assert list(refusals(receipts).values()) == ["Not for this account"] * 2
    assert len(sandbox.requests("POST", AVAILABILITY)) == 1


def test_a_refusal_that_names_no_part_is_narrowed_down(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    """A call with rooms of two properties is refused as a whole by the sandbox, which names none of them."""
    sandbox.add_account("llavero-demo", "llavero-demo-secret", [HOTEL, OTHER_HOTEL])
    told = [*offers(units=2), *offers(SINGLE, units=3), *offers(GARDEN_ROOM, units=1)]

    receipts = push(session, told)

    assert refusals(receipts) == {}
    assert (night(sandbox).count, night(sandbox, SINGLE).count) == (2, 3)
    assert night(sandbox, GARDEN_ROOM, hotel=OTHER_HOTEL).count == 1
    assert len(sandbox.requests("POST", AVAILABILITY)) <= 5


def test_a_refusal_that_is_never_explained_ends_with_its_status(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    told = [*offers(units=2), *offers(SINGLE, units=3)]
    sandbox.fail_next(9, 400, "<html>no", path_part=AVAILABILITY)

    receipts = push(session, told)

    assert set(refusals(receipts).values()) == {"HTTP 400"}
    assert len(refusals(receipts)) == 2
    assert len(sandbox.requests("POST", AVAILABILITY)) == 3


def test_a_part_that_breaks_the_whole_call_is_left_out_of_the_next(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    """Errors of the schema refuse a call as a whole although only some parts are named."""
    body = '<OTA_HotelAvailNotifRS><Errors><Error RecordID="2" ShortText="odd"/></Errors></OTA_HotelAvailNotifRS>'
    sandbox.fail_next(1, 400, body, path_part=AVAILABILITY)

    receipts = push(session, [*offers(units=2), *offers(SINGLE, units=3)])

    assert list(refusals(receipts).values()) == ["odd"]
    assert [(night(sandbox).count, night(sandbox, SINGLE).count)] == [(6, 3)]


# --- what fails at their side ----------------------------------------------------------------------------------


def test_a_part_that_meets_a_failure_of_their_system_is_sent_again(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    """It is in no receipt, so that it waits on, and the others are taken."""
    failing, good = offers(SINGLE, units=3), offers(units=2)
    sandbox.system_errors(1)
    receipts = PROVIDER.push_offers(session, [*failing, *good])

    receipt = next(receipts)
    with pytest.raises(Unreachable, match="System error"):
        next(receipts)

    assert (receipt.accepted, receipt.refused) == (tuple(good), ())
    assert night(sandbox).count == 2
    assert push(session, failing)[0].accepted == tuple(failing)


@pytest.mark.parametrize(
    ("status", "record"), [(200, 'RecordID="1"'), (400, 'RecordID="1"'), (200, ""), (400, "")]
)
def test_a_failure_of_their_system_is_no_refusal(
    session: ProviderSession, sandbox: BookingComSandbox, status: int, record: str
) -> None:
    body = (
        f'<OTA_HotelAvailNotifRS><Errors><Error Type="3" Code="448" {record} ShortText="System error"/></Errors>'
        "</OTA_HotelAvailNotifRS>"
    )
    sandbox.fail_next(1, status, body, path_part=AVAILABILITY)

    with pytest.raises(Unreachable, match="System error"):
        push(session, offers(units=2))

    assert len(sandbox.requests("POST", AVAILABILITY)) == 1


def test_a_price_whose_restrictions_failed_is_sent_again_with_them(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    sandbox.system_errors(1)

    with pytest.raises(Unreachable, match="System error"):
        push(session, offers(rate=STANDARD, price=Decimal(99), currency="EUR", closed=True))

    assert night(sandbox).rates[STANDARD].price == Decimal(99)


# --- trouble -------------------------------------------------------------------------------------------------


def test_a_storm_in_the_middle_keeps_what_was_receipted(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    following = (START + timedelta(days=40)).replace(day=1)
    receipts = PROVIDER.push_offers(session, [*offers(units=2), *offers(units=1, first=following)])
    first = next(receipts)
    sandbox.fail_next(9, 429, "Slow down")

    with pytest.raises(RateLimited):
        next(receipts)

    assert [offer.date for offer in first.accepted] == [START]
    assert night(sandbox).count == 2


def test_trouble_at_the_other_side_is_raised_after_a_few_tries(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    sandbox.fail_next(9, 500, path_part=AVAILABILITY)

    with pytest.raises(Unreachable):
        push(session, offers(units=2))

    assert len(sandbox.requests("POST", AVAILABILITY)) == 3


def test_a_token_that_ends_in_the_middle_is_renewed_once(
    session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    following = (START + timedelta(days=40)).replace(day=1)
    receipts = PROVIDER.push_offers(session, [*offers(units=2), *offers(units=1, first=following)])
    next(receipts)
    sandbox.expire_tokens()

    assert next(receipts).refused == ()
    assert len(sandbox.requests("POST", "/exchange")) == 2


def test_an_account_without_the_right_to_send_prices_keeps_its_bookings(
    connection: Connection, session: ProviderSession, sandbox: BookingComSandbox
) -> None:
    sandbox.fail_next(9, 401, path_part=AVAILABILITY)

    with pytest.raises(Rejected):
        push(session, offers(units=2))

    connection.refresh_from_db()
    assert connection.is_live


def test_a_very_large_month_is_cut_into_several_calls(
    session: ProviderSession, sandbox: BookingComSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selling, "MOST_PARTS", 10)
    told = [o for n in range(20) for o in offers(first=START + timedelta(days=n), units=n % 4)]
    told += [o for n in range(8) for o in offers(SINGLE, first=START + timedelta(days=n), units=n % 3)]

    client = BookingComClient(session)
    receipts = list(selling.push(client, told, now=datetime.now(UTC), prices_include_tax=True))

    assert len(sandbox.requests("POST", AVAILABILITY)) == 2
    assert sum(len(receipt.accepted) for receipt in receipts) == len(told)
    assert [night(sandbox, day=START + timedelta(days=n)).count for n in range(5)] == [0, 1, 2, 3, 0]
