"""The life of one booking, told in any order and more than once, ends in the same rows."""

from __future__ import annotations

import itertools
from typing import Any

from django.db import transaction

from integrations.contracts import Capability
from reservations.choices import StayStatus
from reservations.models import Hotel, Reservation
from tests.contract.cases import Case, Fixture, for_providers
from tests.reservations.records import Desk, picture


def told(hotel: Hotel, order: tuple[Fixture, ...]) -> dict[str, Any]:
    """Everything the intake answers for after these payloads; nothing of it stays."""
    with transaction.atomic():
        desk = Desk(hotel)
        for fixture in order:
            desk.take(*fixture.read().records)
        seen = picture(hotel)
        transaction.set_rollback(True)
    return seen


@for_providers(Capability.READ)
def test_the_story_tells_of_one_booking_that_is_cancelled_in_the_end(case: Case, hotel: Hotel) -> None:
    desk = Desk(hotel)
    for fixture in case.story():
        (record,) = fixture.read().records
        desk.take(record)

    reservation = Reservation.objects.get(hotel=hotel)
    assert reservation.status == StayStatus.CANCELLED
    versions = [fixture.read().records[0].version for fixture in case.story()]
    assert versions == sorted(set(versions)), "each telling of the story is newer than the one before"


@for_providers(Capability.READ)
def test_created_modified_and_cancelled_converge_in_every_order(case: Case, hotel: Hotel) -> None:
    story = case.story()
    expected = told(hotel, tuple(story))
    assert expected["reservations"]

    for order in itertools.permutations(story):
        assert told(hotel, order) == expected, [fixture.path.stem for fixture in order]


@for_providers(Capability.READ)
def test_repetitions_and_latecomers_change_nothing(case: Case, hotel: Hotel) -> None:
    story = case.story()
    expected = told(hotel, tuple(story))

    assert told(hotel, (*story, *story)) == expected
    assert told(hotel, (*reversed(story), story[0], story[0])) == expected
