"""What discovery finds is what pulling and fetching understand, and what they bring is what the reader reads."""

from __future__ import annotations

from collections import Counter

import pytest

from integrations.catalogue import store_catalogue
from integrations.contracts import (
    Capability,
    ExternalProperty,
    Hint,
    MessageKind,
    Page,
    ReadContext,
    ReadResult,
)
from integrations.http import ProviderSession
from integrations.models import Connection, PropertyMapping, RoomMapping
from tests.contract.cases import Case, for_providers
from tests.contract.reaching import window

FINDS = (Capability.DISCOVER, Capability.PULL_RESERVATIONS, Capability.READ)


@pytest.fixture
def properties(case: Case, session: ProviderSession) -> list[ExternalProperty]:
    return list(case.provider.discover(session))


@pytest.fixture
def pages(case: Case, session: ProviderSession, properties: list[ExternalProperty]) -> list[Page]:
    """A first import of everything that was found."""
    refs = [found.ref for found in properties]
    return list(case.provider.pull_reservations(session, window(*refs)))


@pytest.fixture
def context(properties: list[ExternalProperty]) -> ReadContext:
    """What a worker knows of the properties when it reads a page."""
    return ReadContext(
        kind=MessageKind.POLL,
        timezones={found.ref: found.timezone for found in properties if found.timezone},
        currencies={found.ref: found.currency for found in properties if found.currency},
    )


def read_all(case: Case, pages: list[Page], context: ReadContext) -> list[ReadResult]:
    return [case.provider.read(page.body, context) for page in pages]


@for_providers(Capability.DISCOVER)
def test_everything_found_has_a_reference_of_its_own(case: Case, properties: list[ExternalProperty]) -> None:
    assert properties
    assert max(Counter(found.ref for found in properties).values()) == 1
    for found in properties:
        # A rate may be a rate of several room types.
        named = Counter(
            (room.kind, room.ref, room.parent_ref if room.kind == "rate" else "") for room in found.rooms
        )
        assert all(times == 1 for times in named.values()), named.most_common(3)
        assert {room.kind for room in found.rooms} <= {"room_type", "room", "rate"}
        types = {room.ref for room in found.rooms if room.kind == "room_type"}
        assert {room.parent_ref for room in found.rooms if room.kind == "room"} <= types | {None}


@for_providers(Capability.DISCOVER)
def test_everything_found_can_be_mapped(
    case: Case, connection: Connection, properties: list[ExternalProperty]
) -> None:
    store_catalogue(connection, properties)

    assert PropertyMapping.objects.count() == len(properties)
    rooms = [room for found in properties for room in found.rooms if room.kind != "rate"]
    assert RoomMapping.objects.count() == len(rooms)


@for_providers(*FINDS)
def test_pulled_pages_are_read_without_an_error(case: Case, pages: list[Page], context: ReadContext) -> None:
    results = read_all(case, pages, context)

    assert [problem for result in results for problem in result.errors] == []
    assert sum(len(result.records) for result in results) == sum(page.items for page in pages) > 0


@for_providers(*FINDS)
def test_pulled_bookings_are_of_the_properties_and_rooms_that_were_found(
    case: Case, pages: list[Page], properties: list[ExternalProperty], context: ReadContext
) -> None:
    rooms = {found.ref: {room.ref for room in found.rooms} for found in properties}
    for result in read_all(case, pages, context):
        for record in result.records:
            assert record.property_ref in rooms
            refs = {ref for stay in record.stays for ref in (stay.room_ref, stay.room_type_ref) if ref}
            assert refs <= rooms[record.property_ref], record.external_id


@for_providers(*FINDS)
def test_a_pull_goes_on_where_it_was_cut_short(
    case: Case, session: ProviderSession, properties: list[ExternalProperty], pages: list[Page]
) -> None:
    first = properties[0].ref
    whole = [page for page in pages if page.property_ref == first]
    assert [page.number for page in whole] == list(range(len(whole)))

    # What waits for an acknowledgement comes again by itself.
    kept = [page for page in whole if not page.queue]
    rest = list(case.provider.pull_reservations(session, window(first, first_page=kept[-1].number)))

    again = [page.body for page in rest if not page.queue]
    assert again[:1] == [kept[-1].body] or (kept[-1].number == 0 and kept != whole)


@for_providers(*FINDS, Capability.FETCH_RESERVATIONS)
def test_a_fetched_booking_is_the_one_that_was_pulled(
    case: Case, session: ProviderSession, pages: list[Page], context: ReadContext
) -> None:
    records = [record for result in read_all(case, pages, context) for record in result.records][:3]
    hints = [Hint("reservation", record.external_id, record.property_ref) for record in records]

    fetched = list(case.provider.fetch_reservations(session, hints))

    found = [record for result in read_all(case, fetched, context) for record in result.records]
    assert sorted(found, key=lambda record: record.external_id) == sorted(
        records, key=lambda record: record.external_id
    )


@for_providers(*FINDS, Capability.LIST_DEPARTURES)
def test_listed_are_the_bookings_that_leave_on_these_days_and_no_others(
    case: Case, session: ProviderSession, pages: list[Page], context: ReadContext
) -> None:
    departures = {
        record.external_id: max(stay.departure for stay in record.stays)
        for result in read_all(case, pages, context)
        for record in result.records
        if record.stays
    }
    days = sorted(departures.values())
    first, last = days[len(days) // 4], days[3 * len(days) // 4]
    leaving = {external_id for external_id, day in departures.items() if first <= day < last}
    assert leaving

    listed = list(case.provider.list_departures(session, first, last))

    assert leaving <= set(listed)
    assert set(listed) & departures.keys() == leaving
    assert len(listed) == len(set(listed))


@for_providers(Capability.FETCH_RESERVATIONS, Capability.DISCOVER)
def test_a_booking_that_is_not_there_is_no_record_and_no_error(
    case: Case, session: ProviderSession, properties: list[ExternalProperty], context: ReadContext
) -> None:
    hint = Hint("reservation", "987654321", properties[0].ref)

    for result in read_all(case, list(case.provider.fetch_reservations(session, [hint])), context):
        assert (result.records, result.errors) == ([], [])
