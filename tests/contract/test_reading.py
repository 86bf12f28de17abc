"""Reading is pure: recorded payloads become records, hostile ones a sentence, and nothing outside is touched.

These tests have no database and no network, so a reader that asks either fails them.
"""

from __future__ import annotations

import io
import json
from copy import deepcopy

import pytest
from django.core.management import call_command

from integrations.contracts import Capability, ReadResult, UnreadablePayload
from reservations.records import ReservationRecord
from tests.contract.cases import Case, Fixture, for_fixtures, for_providers
from tests.contract.hostile import HOSTILE, spoiled_bytes, spoiled_values
from tests.contract.shapes import assert_document

pytestmark = pytest.mark.disable_socket


@for_fixtures()
def test_a_recorded_payload_becomes_what_its_name_says(fixture: Fixture) -> None:
    result = fixture.read()

    if fixture.event == "error":
        assert not result.records
        assert result.errors
    elif fixture.path.stem.endswith("__not_used"):
        assert (result.records, result.fetch, result.errors) == ([], [], [])
        assert result.ignored
    else:
        assert len(result.errors) == fixture.bad_items, result.errors
        assert result.records or result.fetch


@for_fixtures()
def test_reading_twice_gives_the_same(fixture: Fixture) -> None:
    first = fixture.read()

    assert fixture.read() == first == deepcopy(first)


@for_fixtures()
def test_what_was_read_before_is_only_counted(fixture: Fixture) -> None:
    first = fixture.read()

    again = fixture.read(known=lambda external_ids: first.digests)

    assert again.unchanged == len(first.digests)
    assert not {record.external_id for record in again.records} & first.digests.keys()


@for_fixtures()
def test_a_record_survives_being_written_down(fixture: Fixture) -> None:
    for record in fixture.read().records:
        assert ReservationRecord.from_json(json.loads(json.dumps(record.to_content()))) == record


@for_fixtures()
def test_inspect_prints_one_document_of_the_public_shape(fixture: Fixture) -> None:
    printed = io.StringIO()
    headers = [f"{name}: {value}" for name, value in fixture.headers.items()]
    kind = fixture.kind.value

    call_command("inspect", fixture.case.slug, str(fixture.path), kind=kind, header=headers, stdout=printed)

    document = json.loads(printed.getvalue())
    assert_document(document)
    result = fixture.read()
    assert len(document["records"]) == len(result.records)
    assert len(document["errors"]) == len(result.errors)


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
@for_providers(Capability.READ)
def test_hostile_bytes_are_refused_with_a_sentence(case: Case, body: bytes) -> None:
    for fixture in case.fixtures()[:1]:
        assert_told(fixture, body)


@for_fixtures()
def test_a_payload_that_was_spoiled_on_its_way_is_told_not_raised(fixture: Fixture) -> None:
    for body in spoiled_bytes(fixture.body):
        assert_told(fixture, body)


@for_fixtures()
def test_an_odd_value_anywhere_spoils_at_most_its_own_item(fixture: Fixture) -> None:
    for body in spoiled_values(fixture.body):
        assert_told(fixture, body)


def assert_told(fixture: Fixture, body: bytes) -> None:
    """Fail unless ``body`` is refused with a sentence or becomes records that a database can hold."""
    try:
        result = fixture.read(body)
    except UnreadablePayload as unreadable:
        sentence = str(unreadable)
    else:
        assert_storable(result)
        sentence = "read"
    assert 0 < len(sentence) < 300


def assert_storable(result: ReadResult) -> None:
    assert isinstance(result, ReadResult)
    for record in result.records:
        written = json.dumps(record.to_json())
        assert "\\u0000" not in written
        assert 0 < len(record.external_id) <= 120
    for problem in result.errors:
        assert problem.message
        assert len(problem.message) < 500
