"""What becomes of offers that Octorate refuses, and of answers that are none, over real HTTP against the sandbox."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from integrations.contracts import Offer
from integrations.errors import (
    Misconfigured,
    Missing,
    ProtocolBroken,
    RateLimited,
    Unreachable,
)
from integrations.http import ProviderSession
from integrations.models import Connection, ConnectionStatus
from integrations.providers.octorate.sandbox import OctorateSandbox
from tests.providers.octorate.calls import HOTEL
from tests.providers.octorate.offering import (
    BREAKFAST,
    BULK,
    CHEAPER,
    DOUBLE,
    SINGLE,
    accepted,
    push,
    read,
    refused,
    sent,
    units,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]


# --- refusals -------------------------------------------------------------------------------------------------


def test_a_read_only_contract_is_said_in_one_call_and_costs_no_grant(
    session: ProviderSession, connection: Connection, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    octorate_sandbox.permit("accommodation", "READONLY")
    offers = units(first, 700)
    (receipt,) = push(session, *offers)
    assert list(refused([receipt])) == offers
    (sentence,) = set(refused([receipt]).values())
    assert "Ask Octorate for write access" in sentence
    assert "Caller not in requested role" in sentence
    assert receipt.request_id
    assert len(sent(octorate_sandbox)) == 1
    connection.refresh_from_db()
    assert connection.status == ConnectionStatus.CONNECTED
    assert read(session, first, 1)


@pytest.mark.parametrize(
    "body",
    [
        '{"message": "Caller not in requested role"}',
        "<html><body>Caller not in requested role</body></html>",
        '{"type": "ApiSecurityException", "message": "no"}',
    ],
)
def test_every_form_of_not_allowed_is_a_refusal(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date, body: str
) -> None:
    octorate_sandbox.fail_next(1, 403, body, path_part=BULK)
    (offer,) = units(first, 1)
    assert "Ask Octorate for write access" in refused(push(session, offer))[offer]


def test_one_refused_offer_does_not_take_the_others_with_it(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    # The sandbox, too, writes nothing of a call in which one item is wrong.
    nights = [first + timedelta(days=2 * n) for n in range(8)]
    offers = [Offer(HOTEL, DOUBLE, night, rate_ref=DOUBLE, price=Decimal(90)) for night in nights]
    offers[5] = replace(offers[5], price=Decimal(99_000_000))
    receipts = push(session, *offers)
    assert accepted(receipts) == [offer for offer in offers if offer is not offers[5]]
    assert refused(receipts) == {
        offers[5]: "ApiValidationFailed: The value has the wrong type: price",
    }


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (400, '{"type": "ApiValidationFailed", "message": "no"}', "ApiValidationFailed: no"),
        (404, '{"type": "ApiResourceMissing", "message": "gone"}', "ApiResourceMissing: gone"),
        (422, '{"type": "ApiResourceMissing"}', "ApiResourceMissing"),
        (409, "busy", "HTTP 409"),
        (200, '{"success": false, "message": "closed"}', "closed"),
        (200, '{"success": false, "process": []}', "an error without a word"),
        (200, '{"type": "ApiValidationFailed", "message": "no"}', "ApiValidationFailed: no"),
        (
            200,
            '[{"success": true}, {"type": "ApiParamsExemption", "message": "no"}]',
            "ApiParamsExemption: no",
        ),
    ],
)
def test_an_error_body_is_a_refusal_with_its_sentence(
    session: ProviderSession,
    octorate_sandbox: OctorateSandbox,
    first: date,
    status: int,
    body: str,
    sentence: str,
) -> None:
    octorate_sandbox.fail_next(1, status, body, path_part=BULK)
    (offer,) = units(first, 1)
    assert refused(push(session, offer)) == {offer: sentence}


@pytest.mark.parametrize("body", ["", " ", "{}", "[]", "null", '{"process": [1], "success": true}', '"ok"'])
def test_an_answer_that_complains_of_nothing_is_an_acceptance(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date, body: str
) -> None:
    octorate_sandbox.fail_next(1, 200, body, path_part=BULK)
    (offer,) = units(first, 1)
    assert accepted(push(session, offer)) == [offer]


def test_one_property_that_is_not_opened_hides_no_other(session: ProviderSession, first: date) -> None:
    strange, ours = units(first, 2, place="999999"), units(first, 1)
    receipts = push(session, *strange, *ours)
    assert accepted(receipts) == ours
    assert list(refused(receipts)) == strange
    assert "no longer opens this property" in refused(receipts)[strange[0]]


def test_of_a_property_that_closes_in_the_middle_what_was_taken_stays_taken(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    (taken,) = push(session, *units(first, 1))
    octorate_sandbox.fail_next(1, 404, '{"type": "ApiResourceMissing"}', path_part="/roomrates/")
    unknown = Offer(HOTEL, "599999", first, units=1)
    receipts = push(session, unknown, *units(first, 1))
    assert taken.accepted
    assert set(refused(receipts)) == {unknown, *units(first, 1)}


# --- bad days -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, "<!doctype html><p>Sign in</p>", ProtocolBroken),
        (200, '{"process": [48', ProtocolBroken),
        (200, "[" * 100_000, ProtocolBroken),
        (200, '{"type": "ApiQuotaException", "message": "x"}', RateLimited),
        (403, '{"type": "ApiQuotaException"}', RateLimited),
        (403, '{"type": "WrongEnviroment", "message": "x"}', Misconfigured),
        (404, "not here", Misconfigured),
        (429, "slow down", RateLimited),
    ],
)
def test_what_is_no_answer_to_the_items_is_raised(
    session: ProviderSession,
    octorate_sandbox: OctorateSandbox,
    first: date,
    status: int,
    body: str,
    error: type[Exception],
) -> None:
    octorate_sandbox.fail_next(1, status, body, path_part=BULK)
    with pytest.raises(error):
        push(session, *units(first, 1))
    assert len(octorate_sandbox.requests("POST", BULK)) == 1


def test_a_firewall_is_no_refusal(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    octorate_sandbox.fail_next(9, 403, "<html>Firewall</html>", path_part=BULK)
    with pytest.raises(Unreachable):
        push(session, *units(first, 1))


def test_a_write_whose_answer_was_lost_is_repeated(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    octorate_sandbox.fail_next(1, 0, path_part=BULK)
    octorate_sandbox.fail_next(1, 500, path_part=BULK)
    (offer,) = units(first, 1)
    assert accepted(push(session, offer)) == [offer]


def test_an_old_token_is_renewed_and_the_write_repeated(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    (offer,) = units(first, 1)
    octorate_sandbox.fail_next(1, 403, '{"type": "ApiLoginExpired"}', path_part=BULK)
    assert accepted(push(session, offer)) == [offer]
    assert len(octorate_sandbox.requests("POST", "/identity/refresh")) == 1


@pytest.mark.parametrize(
    "body",
    [
        "<html>Sign in</html>",
        '{"data": [{"id": 501',
        '{"data": 5}',
        # The first products of the property, whatever was asked for: unknown parameters are ignored.
        '{"data": [{"id": 501001, "days": []}, {"id": 501009, "days": []}]}',
        '{"data": [{"days": []}]}',
    ],
)
def test_a_reading_that_is_not_what_was_asked_for_is_a_broken_protocol(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date, body: str
) -> None:
    octorate_sandbox.fail_next(1, 200, body, path_part=f"/calendar/{HOTEL}")
    with pytest.raises(ProtocolBroken):
        read(session, first, 1, SINGLE)


def test_a_property_that_is_gone_is_missing(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    octorate_sandbox.fail_next(1, 404, '{"type": "ApiResourceMissing"}', path_part="/roomrates/")
    with pytest.raises(Missing):
        read(session, first, 1)


# --- pages of a reading ---------------------------------------------------------------------------------------


def add_products(sandbox: OctorateSandbox, count: int) -> None:
    base = sandbox.world.products[int(DOUBLE)]
    for number in range(count):
        ref = 700_001 + number
        sandbox.world.products[ref] = replace(
            base, id=ref, parent=int(DOUBLE), linked=True, name=f"Rate {ref}"
        )


def test_more_products_than_a_page_holds_are_asked_for_in_turns_of_20(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    add_products(octorate_sandbox, 45)
    back = read(session, first, 2)
    assert len({offer.rate_ref for offer in back if offer.rate_ref}) == 48
    assert len(back) == len(set(back)) == (48 + 1) * 2
    calls = octorate_sandbox.requests("GET", f"/calendar/{HOTEL}")
    assert [len(call.query["product[]"]) for call in calls] == [20, 20, 8]
    assert {call.query["size"][0] for call in calls} == {"20"}


def test_a_server_that_gives_fewer_a_page_is_read_to_the_end(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    day = {"date": first.isoformat(), "price": 80}
    pages = [[DOUBLE, CHEAPER], [BREAKFAST]]
    for page in pages:
        body = {"data": [{"id": int(ref), "days": [day]} for ref in page]}
        octorate_sandbox.fail_next(1, 200, json.dumps(body), path_part=f"/calendar/{HOTEL}")
    rates = [offer.rate_ref for offer in read(session, first, 1) if offer.rate_ref]
    assert rates == [DOUBLE, CHEAPER, BREAKFAST]
    calls = octorate_sandbox.requests("GET", f"/calendar/{HOTEL}")
    assert [call.query["page"] for call in calls] == [["0"], ["1"]]


def test_a_product_without_a_calendar_ends_the_reading(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    body = json.dumps({"data": [{"id": int(DOUBLE), "days": []}]})
    octorate_sandbox.fail_next(9, 200, body, path_part=f"/calendar/{HOTEL}")
    assert read(session, first, 1) == []
    assert len(octorate_sandbox.requests("GET", f"/calendar/{HOTEL}")) == 2
