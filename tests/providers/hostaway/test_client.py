"""Listings, paging and re-reading, over real HTTP against the sandbox."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integrations.contracts import ExternalProperty, Hint, ReadContext
from integrations.errors import ProtocolBroken
from integrations.http import ProviderSession
from integrations.models import Connection, ConnectionStatus
from integrations.providers.hostaway import client
from integrations.providers.hostaway.provider import PROVIDER
from integrations.providers.hostaway.sandbox import HostawaySandbox
from integrations.providers.hostaway.sandbox.seed import (
    A1,
    ATTIC,
    DEMO_ACCOUNT,
    DOUBLE_THREE,
    DOUBLES,
    OTHER_ACCOUNT,
)

pytestmark = pytest.mark.django_db


def found_by(session: ProviderSession) -> dict[str, ExternalProperty]:
    return {place.ref: place for place in PROVIDER.discover(session)}


# --- listings -------------------------------------------------------------------------------------------------


def test_a_listing_is_a_property_with_one_room_type_that_has_a_price(session: ProviderSession) -> None:
    place = found_by(session)[str(A1)]
    assert (place.name, place.timezone, place.currency) == ("Apartamento A1", "Atlantic/Canary", "EUR")
    assert (place.check_in, place.check_out, place.city) == ("16:00", "10:00", "Las Palmas")
    (room,) = place.rooms
    assert (room.ref, room.kind, room.quantity, room.capacity, room.priced) == (
        str(A1),
        "room_type",
        1,
        4,
        True,
    )


def test_a_multi_unit_listing_has_its_units_but_not_those_that_are_listings_themselves(
    session: ProviderSession,
) -> None:
    found = found_by(session)
    listing, *units = found[str(DOUBLES)].rooms
    assert (listing.kind, listing.quantity) == ("room_type", 3)
    assert [(unit.kind, unit.name, unit.parent_ref) for unit in units] == [
        ("room", "Double 1", str(DOUBLES)),
        ("room", "Double 2", str(DOUBLES)),
    ]
    assert str(DOUBLE_THREE) in found
    assert str(ATTIC) in found, "bookings of an archived listing still name it"


def test_an_answer_that_does_not_tell_units_is_asked_for_them(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    row = {"id": DOUBLES, "name": "Doubles"}
    page = {"status": "success", "result": [row, {"name": "no id"}, 7]}
    sandbox.fail_next(1, 200, json.dumps(page), path_part="/v1/listings")
    sandbox.fail_next(1, 200, json.dumps({"status": "success", "result": []}), path_part="/v1/listings")
    (place,) = PROVIDER.discover(session)
    assert [room.name for room in place.rooms] == ["Doubles", "Double 1", "Double 2"]
    assert (place.timezone, place.currency, place.check_in, place.city) == (None, None, None, None)


@pytest.mark.parametrize(
    ("fields", "zone", "hours"),
    [
        (
            {"timeZoneName": "Asia/Tokyo", "checkInTimeStart": 0, "checkOutTime": 24},
            "Asia/Tokyo",
            ("00:00", None),
        ),
        (
            {"timeZoneName": "Mars/Olympus", "checkInTimeStart": "9", "checkOutTime": []},
            None,
            ("09:00", None),
        ),
        ({"timeZoneName": 7, "checkInTimeStart": {}, "checkOutTime": "late"}, None, (None, None)),
    ],
    ids=["midnight", "no such zone", "no hours"],
)
def test_discovery_takes_odd_listings(
    session: ProviderSession, sandbox: HostawaySandbox, fields: dict[str, Any], zone: Any, hours: Any
) -> None:
    row = {"id": 5, "listingUnits": [{"id": None}, {"id": {}}, {"id": 9}, {"id": 9}, 7], **fields}
    for rows in ([row], []):
        body = json.dumps({"status": "success", "result": rows})
        sandbox.fail_next(1, 200, body, path_part="/v1/listings")
    (place,) = PROVIDER.discover(session)
    assert (place.name, place.timezone, (place.check_in, place.check_out)) == ("5", zone, hours)
    assert [room.ref for room in place.rooms] == ["5", "9"]


def test_all_pages_of_listings_are_read_and_a_repeated_one_ends_them(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    pages = [[{"id": n, "listingUnits": []} for n in part] for part in ([1, 2], [3, 4], [3, 4])]
    for rows in pages:
        body = json.dumps({"status": "success", "result": rows})
        sandbox.fail_next(1, 200, body, path_part="/v1/listings")
    assert [place.ref for place in PROVIDER.discover(session)] == ["1", "2", "3", "4"]
    offsets = [call.query["offset"] for call in sandbox.requests("GET", "/v1/listings")]
    assert offsets == [["0"], [str(client.LISTINGS_PER_PAGE)], [str(2 * client.LISTINGS_PER_PAGE)]]


@pytest.mark.parametrize(
    "body",
    [
        "<html>",
        "[]",
        "{}",
        '{"result": []}',
        '{"status": "success"}',
        '{"status": "success", "result": {}}',
        "[" * 100_000,
    ],
    ids=["page", "list", "object", "no status", "no result", "no list", "deep"],
)
def test_an_answer_of_the_wrong_shape_is_a_broken_protocol(
    session: ProviderSession, sandbox: HostawaySandbox, body: str
) -> None:
    sandbox.fail_next(1, 200, body)
    with pytest.raises(ProtocolBroken):
        PROVIDER.test_connection(session)


# --- re-reading -----------------------------------------------------------------------------------------------


def test_named_reservations_are_read_again_with_their_units(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    made = sandbox.book(DOUBLES, units=2, overbook=True)
    hint = Hint("reservation", str(made["id"]), str(DOUBLES))
    pages = list(PROVIDER.fetch_reservations(session, [hint, hint, Hint("message", "1")]))
    (page,) = pages
    assert (page.property_ref, page.items) == (str(DOUBLES), 1)
    (record,) = PROVIDER.read(page.body, ReadContext()).records
    assert record.external_id == str(made["id"])
    assert len(record.stays) == 2
    assert len({stay.room_ref for stay in record.stays}) == 2


def test_a_reservation_that_is_gone_or_no_number_gives_no_page(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    hints = [Hint("reservation", "987654321"), Hint("reservation", "../tasks"), Hint("reservation", "١")]
    assert list(PROVIDER.fetch_reservations(session, hints)) == []
    assert len(sandbox.requests("GET", "/reservations/")) == 1


def test_a_reservation_out_of_the_accounts_rights_hides_no_other(
    session: ProviderSession, sandbox: HostawaySandbox, connection: Connection
) -> None:
    theirs, ours = (
        next(row["id"] for row in sandbox.rows(account)) for account in (OTHER_ACCOUNT, DEMO_ACCOUNT)
    )
    hints = [Hint("reservation", str(number)) for number in (theirs, ours)]
    (page,) = PROVIDER.fetch_reservations(session, hints)
    assert json.loads(page.body)["result"]["id"] == ours
    connection.refresh_from_db()
    assert connection.status == ConnectionStatus.CONNECTED


def test_a_list_where_one_reservation_was_asked_for_is_a_broken_protocol(
    session: ProviderSession, sandbox: HostawaySandbox
) -> None:
    sandbox.fail_next(1, 200, '{"status": "success", "result": []}')
    with pytest.raises(ProtocolBroken):
        list(PROVIDER.fetch_reservations(session, [Hint("reservation", "1")]))
