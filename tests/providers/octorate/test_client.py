"""Properties, paging and re-reading, over real HTTP against the sandbox."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.contracts import Hint, PullWindow, ReadContext
from integrations.errors import PropertyClosed, ProtocolBroken
from integrations.http import ProviderSession
from integrations.providers.octorate import client
from integrations.providers.octorate.provider import PROVIDER
from integrations.providers.octorate.sandbox import OctorateSandbox
from integrations.providers.octorate.searches import search_of
from tests.providers.octorate.calls import (
    APARTMENTS,
    HOTEL,
    fetch,
    ids_in,
    pull,
    window,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]


# --- properties -----------------------------------------------------------------------------------------------


def test_discovery_finds_properties_types_rates_and_rooms(session: ProviderSession) -> None:
    hotel, apartments = PROVIDER.discover(session)
    assert (hotel.ref, hotel.name, hotel.timezone, hotel.currency) == (
        HOTEL,
        "Hotel Paradise",
        "Europe/Madrid",
        "EUR",
    )
    assert (hotel.check_in, hotel.check_out, hotel.city) == ("15:00", "11:00", "Valencia")
    kinds = {
        kind: [room for room in hotel.rooms if room.kind == kind] for kind in ("room_type", "rate", "room")
    }
    assert [(room.name, room.quantity, room.capacity) for room in kinds["room_type"]] == [
        ("Individual", 4, 1),
        ("Doble", 6, 3),
        ("Suite", 2, 4),
    ]
    assert [room.name for room in kinds["room"]] == [str(number) for number in range(101, 113)]
    types = {room.ref for room in kinds["room_type"]}
    assert {room.parent_ref for room in kinds["rate"]} == {room.parent_ref for room in kinds["room"]} == types
    assert apartments.timezone == "Atlantic/Canary"


@pytest.mark.parametrize(
    ("fields", "zone", "hours"),
    [
        ({"timeZone": {"id": "Asia/Tokyo", "displayName": "Japan"}}, "Asia/Tokyo", ("15:00", "11:00")),
        ({"timeZone": "Mars/Olympus"}, None, ("15:00", "11:00")),
        ({"checkinStart": 0, "checkout": 24}, "Europe/Rome", ("00:00", None)),
        ({"checkinStart": "9", "checkout": "late"}, "Europe/Rome", ("09:00", None)),
        ({"checkinStart": {}, "checkout": []}, "Europe/Rome", (None, None)),
    ],
    ids=str,
)
def test_discovery_takes_odd_properties(
    session: ProviderSession,
    octorate_sandbox: OctorateSandbox,
    fields: dict[str, Any],
    zone: str | None,
    hours: tuple[str | None, str | None],
) -> None:
    row = {"id": HOTEL, "name": "P", "timeZone": "Europe/Rome", "checkinStart": 15, "checkout": 11, **fields}
    octorate_sandbox.fail_next(1, 200, json.dumps([row]), path_part="/v1/accommodation")
    octorate_sandbox.fail_next(1, 200, "[]", path_part="/v1/accommodation")
    if zone is None:
        octorate_sandbox.fail_next(1, 200, json.dumps(row), path_part=f"/v1/accommodation/{HOTEL}")
    (place,) = PROVIDER.discover(session)
    assert (place.timezone, (place.check_in, place.check_out)) == (zone, hours)


def test_a_list_that_repeats_its_first_page_ends(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    rows = json.dumps([{"id": "1"}, {"id": "2"}, {"name": "no id"}, 5])
    octorate_sandbox.fail_next(9, 200, rows, path_part="/v1/accommodation")
    assert [row["id"] for row in client.OctorateClient(session).accommodations()] == ["1", "2"]
    assert len(octorate_sandbox.requests("GET", "/v1/accommodation")) == 2


@pytest.mark.parametrize("body", ["<html>", "{}", '"x"', "[" * 100_000])
def test_an_answer_of_the_wrong_shape_is_a_broken_protocol(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, body: str
) -> None:
    octorate_sandbox.fail_next(1, 200, body, path_part="/accommodation")
    with pytest.raises(ProtocolBroken):
        PROVIDER.test_connection(session)


# --- pulling --------------------------------------------------------------------------------------------------


def test_the_first_import_has_every_stay_that_is_not_over_and_the_recent_ones(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    today = octorate_sandbox.world.today(HOTEL)
    world = octorate_sandbox.world
    expected = {
        str(booking.id)
        for booking in world.bookings.values()
        if booking.accommodation in (HOTEL, APARTMENTS)
        and booking.status != "CANCELLED"
        and today - timedelta(days=7) <= world.departure(booking)
    }
    assert any(world.arrival(world.bookings[int(one)]) < today - timedelta(days=2) for one in expected)
    pages = pull(session, window(HOTEL, APARTMENTS))
    assert expected <= set(ids_in(pages))
    assert [page.property_ref for page in pages] == sorted(page.property_ref or "" for page in pages)
    assert {page.property_ref: page.total for page in pages} == {
        place: sum(page.items for page in pages if page.property_ref == place)
        for place in (HOTEL, APARTMENTS)
    }


@pytest.mark.parametrize("rows", [1, 99, 100, 101, 250])
def test_every_reading_has_every_row_once_however_many_pages_there_are(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, rows: int
) -> None:
    made = octorate_sandbox.seed_many(rows, date.today() + timedelta(days=1), notify=False)
    place = octorate_sandbox.world.bookings[made[0]].accommodation
    pages = [page for page in pull(session, window(place)) if page.items]
    reading = [100] * (rows // 100) + [rows % 100] * (rows % 100 > 0)
    times = len(pages) // len(reading)
    assert times == (1 if rows <= 100 else 2), "what fits one page cannot move while it is read"
    assert [page.items for page in pages] == reading * times
    for first in range(0, len(pages), len(reading)):
        ids = ids_in(pages[first : first + len(reading)])
        assert sorted(ids) == sorted(str(number) for number in made)
    assert len({page.number for page in pages}) == len(pages)
    assert all((page.total or 0) >= rows * times for page in pages)


def test_a_booking_that_moves_up_while_pages_are_read_is_found(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    made = octorate_sandbox.seed_many(250, date.today() + timedelta(days=1), notify=False)
    place = octorate_sandbox.world.bookings[made[0]].accommodation
    pages = PROVIDER.pull_reservations(session, window(place))
    read = [next(pages)]
    gone = ids_in(read)[0]
    octorate_sandbox.cancel(int(gone))
    read += list(pages)
    assert {str(number) for number in made} <= set(ids_in(read))


def test_an_import_that_was_cut_short_in_its_second_reading_goes_on_there_and_ends(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    made = octorate_sandbox.seed_many(250, date.today() + timedelta(days=1), notify=False)
    place = octorate_sandbox.world.bookings[made[0]].accommodation
    whole = pull(session, window(place))
    assert len(whole) == 6
    rest = pull(session, replace(window(place), first_page=whole[4].number))
    assert [page.number for page in rest] == [page.number for page in whole[4:]]


def test_changes_are_read_once(session: ProviderSession, octorate_sandbox: OctorateSandbox) -> None:
    made = octorate_sandbox.seed_many(250, date.today() + timedelta(days=1), notify=False)
    place = octorate_sandbox.world.bookings[made[0]].accommodation
    since = timezone.now() - timedelta(days=400)
    assert [page.items for page in pull(session, window(place, since=since)) if page.items] == [100, 100, 50]


def test_a_booking_of_a_distant_year_is_read_by_the_first_import(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    arrival = octorate_sandbox.world.today(HOTEL) + timedelta(days=700)
    number = octorate_sandbox.book(accommodation=HOTEL, arrival=arrival)["id"]
    assert str(number) in ids_in(pull(session, window()))


def test_changes_and_cancellations_come_with_the_pull_of_changes(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    since = timezone.now() - timedelta(minutes=15)
    made = octorate_sandbox.book(accommodation=HOTEL)
    octorate_sandbox.cancel(made["id"])
    records = [
        record
        for page in pull(session, window(since=since))
        for record in PROVIDER.read(page.body, ReadContext()).records
    ]
    assert {str(made["id"]): "cancelled"}.items() <= {r.external_id: str(r.status) for r in records}.items()


def test_one_refused_property_does_not_hide_the_others(session: ProviderSession) -> None:
    pages = PROVIDER.pull_reservations(session, window("999999", HOTEL, "999998"))
    assert next(pages).property_ref == HOTEL
    with pytest.raises(PropertyClosed) as closed:
        list(pages)
    assert closed.value.property_refs == ("999999", "999998")


def test_one_refused_property_does_not_hide_what_is_read_again_of_the_others(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    number = str(octorate_sandbox.book(accommodation=HOTEL)["id"])
    hints = [Hint("reservation", "1", "999999"), Hint("reservation", number, HOTEL)]
    pages = PROVIDER.fetch_reservations(session, hints)
    assert ids_in([next(pages)]) == [number]
    with pytest.raises(PropertyClosed) as closed:
        list(pages)
    assert closed.value.property_refs == ("999999",)


NOON = datetime(2031, 7, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "since", "chosen", "expected"),
    [
        ("Europe/Madrid", NOON, {}, ("MODIFIED_BETWEEN", "2031-07-14", "2031-07-16")),
        ("Asia/Tokyo", NOON, {}, ("MODIFIED_BETWEEN", "2031-07-13", "2031-07-17")),
        ("America/Lima", NOON, {}, ("MODIFIED_BETWEEN", "2031-07-13", "2031-07-17")),
        (None, NOON, {}, ("MODIFIED_BETWEEN", "2031-07-13", "2031-07-17")),
        # 22:30 UTC is past midnight in Rome.
        (
            "Europe/Rome",
            datetime(2031, 7, 14, 22, 30, tzinfo=UTC),
            {},
            ("MODIFIED_BETWEEN", "2031-07-14", "2031-07-16"),
        ),
        ("Europe/Madrid", None, {}, ("CHECKOUT", "2031-07-08", "2041-07-12")),
        ("Europe/Madrid", None, {"import_past_days": 0}, ("CHECKOUT", "2031-07-15", "2041-07-12")),
        ("Europe/Madrid", None, {"import_past_days": "x"}, ("CHECKOUT", "2031-07-08", "2041-07-12")),
        # A setting that connections once had.
        ("Europe/Madrid", None, {"import_future_days": 30}, ("CHECKOUT", "2031-07-08", "2041-07-12")),
        ("Asia/Tokyo", None, {"import_past_days": "1"}, ("CHECKOUT", "2031-07-13", "2041-07-12")),
    ],
    ids=str,
)
def test_searches_ask_for_days_in_rome(
    zone: str | None, since: datetime | None, chosen: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    zones = {HOTEL: zone} if zone else {}
    query = dict(search_of(chosen, PullWindow((HOTEL,), since, NOON, zones), HOTEL))
    assert (query["type"], query["startDate"], query["endDate"]) == expected


def rows(first: int, number: int, **page: Any) -> str:
    return json.dumps({"data": [{"id": first + n} for n in range(number)], "page": {"page": 0, **page}})


@pytest.mark.parametrize(
    ("answers_given", "pages_read", "calls"),
    [
        pytest.param([rows(0, 0)], [0], 1, id="nothing"),
        pytest.param(
            [rows(0, 5), rows(5, 0)], [5], 2, id="the server gives 5 a page: only an empty page ends it"
        ),
        pytest.param([rows(0, 5), rows(5, 5), rows(10, 2)], [5, 5, 2], 3, id="a shorter page ends it"),
        pytest.param(
            [rows(0, 5), rows(5, 2, next={"href": "x"}), rows(7, 1), rows(8, 0)],
            [5, 2, 1],
            3,
            id="a next link goes on",
        ),
        pytest.param([rows(0, 5), rows(0, 5)], [5], 2, id="a server that ignores the page number"),
        pytest.param([json.dumps([{"id": 1}]), "[]"], [1], 2, id="a bare list as the schema has it"),
    ],
)
def test_paging_believes_the_rows_and_nothing_else(
    session: ProviderSession,
    octorate_sandbox: OctorateSandbox,
    answers_given: list[str],
    pages_read: list[int],
    calls: int,
) -> None:
    for body in answers_given:
        octorate_sandbox.fail_next(1, 200, body, path_part="/reservation/")
    assert [page.items for page in pull(session, window(since=timezone.now()))] == pages_read
    assert len(octorate_sandbox.requests("GET", "/reservation/")) == calls


def test_full_pages_that_repeat_are_a_broken_protocol(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.fail_next(9, 200, rows(0, client.PAGE_SIZE), path_part="/reservation/")
    with pytest.raises(ProtocolBroken):
        pull(session, window())


def test_pages_without_end_are_stopped(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LAST_PAGE", 3)
    for number in range(9):
        octorate_sandbox.fail_next(1, 200, rows(number, 1), path_part="/reservation/")
    with pytest.raises(ProtocolBroken):
        pull(session, window())


# --- re-reading -----------------------------------------------------------------------------------------------


def test_named_reservations_are_read_again_by_property(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    bookings = octorate_sandbox.world.bookings.values()
    hints = [Hint("reservation", str(booking.id), booking.accommodation) for booking in bookings]
    pages = fetch(session, *hints, hints[0], Hint("message", "1"), Hint("reservation", "../x", HOTEL))
    assert sorted(ids_in(pages)) == sorted({hint.external_id for hint in hints})
    asked = [call.query["ids[]"] for call in octorate_sandbox.requests("GET", "/reservation/")]
    assert max(len(ids) for ids in asked) <= 50


def test_a_reservation_that_is_gone_gives_an_empty_page(session: ProviderSession) -> None:
    (page,) = fetch(session, Hint("reservation", "1", HOTEL))
    assert (page.items, page.property_ref) == (0, HOTEL)
    assert PROVIDER.read(page.body, ReadContext()).records == []


@pytest.mark.parametrize("status", [404, 422])
def test_an_answer_that_says_gone_is_an_empty_page(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, status: int
) -> None:
    octorate_sandbox.fail_next(1, status, '{"type": "ApiResourceMissing"}', path_part="/reservation/")
    (page,) = fetch(session, Hint("reservation", "880001", HOTEL))
    assert PROVIDER.read(page.body, ReadContext()).records == []


def test_a_hint_without_a_property_is_looked_for_in_all(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    number = next(b.id for b in octorate_sandbox.world.bookings.values() if b.accommodation == APARTMENTS)
    assert ids_in(fetch(session, Hint("reservation", str(number)))) == [str(number)]


def test_other_rows_than_were_asked_for_are_a_broken_protocol(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.fail_next(1, 200, rows(7, 2), path_part="/reservation/")
    with pytest.raises(ProtocolBroken):
        fetch(session, Hint("reservation", "7", HOTEL))
