"""Acknowledging and refusing, over real HTTP against the sandbox."""

from __future__ import annotations

import pytest
from lxml import etree

from integrations.contracts import Problem, Taken
from integrations.errors import (
    Rejected,
    Unreachable,
)
from integrations.http import ProviderSession
from integrations.providers.booking_com.provider import PROVIDER
from integrations.providers.booking_com.sandbox import BookingComSandbox
from tests.providers.booking_com.queue_calls import (
    NEW,
    ids_of,
    pages_of,
    run,
    window,
)

pytestmark = pytest.mark.django_db


def test_only_what_is_on_the_page_is_acknowledged(session: ProviderSession, queue: BookingComSandbox) -> None:
    made = queue.book()
    page = next(pages_of(session))
    elsewhere = Problem("reservation 1", "no dates", "1")
    nameless = Problem("item 2", "no id")

    PROVIDER.acknowledge(session, Taken(page, (made, made, "6999999999"), (elsewhere, nameless)))

    (call,) = queue.requests("POST", NEW)
    numbers = etree.fromstring(call.body.encode()).iter("{*}HotelReservationID")
    assert [number.get("ResID_Value") for number in numbers] == [made]


def test_nothing_stored_and_nothing_refused_is_no_call(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    queue.book()
    PROVIDER.acknowledge(session, Taken(next(pages_of(session)), ()))

    assert queue.requests("POST", "OTA_") == []


def test_a_newer_version_that_waits_does_not_keep_the_others_from_being_acknowledged(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    made = queue.fill_queue(10)
    page = next(pages_of(session))
    queue.cancel(made[4])  # now it waits as a modification, and its first message is none any more

    PROVIDER.acknowledge(session, Taken(page, tuple(made)))

    assert queue.waiting() == [made[4]]
    assert len(queue.requests("POST", NEW)) == 2
    assert ids_of(run(session, window())) == [made[4]]
    assert queue.waiting() == []


def test_a_refusal_that_names_nothing_is_narrowed_down(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    made = queue.fill_queue(8)
    page = next(pages_of(session))
    wrong = '<fault string="Hotel reservation has transaction message of the wrong type"/>'
    queue.fail_next(1, 400, wrong, path_part=NEW)

    PROVIDER.acknowledge(session, Taken(page, tuple(made)))

    assert queue.waiting() == []
    assert len(queue.requests("POST", NEW)) == 3


def test_a_booking_that_is_gone_is_no_error(session: ProviderSession, queue: BookingComSandbox) -> None:
    made = queue.fill_queue(3)
    page = next(pages_of(session))
    with queue.lock:
        del queue.world.reservations[made[0]]

    PROVIDER.acknowledge(session, Taken(page, tuple(made)))

    assert [answer.reservation for answer in queue.acknowledged()] == made[1:]


def test_a_property_that_is_not_ours_any_more_is_refused_for_good(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    made = queue.book()
    page = next(pages_of(session))
    queue.fail_next(3, 403, '<fault string="Access denied for hotel"/>', path_part=NEW)

    with pytest.raises(Rejected, match="Access denied for hotel"):
        PROVIDER.acknowledge(session, Taken(page, (made,)))


def test_words_that_are_not_understood_are_told_and_not_taken_for_usual(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    made = queue.book()
    page = next(pages_of(session))
    queue.fail_next(3, 400, '<fault string="TimeStamp is missing"/>', path_part=NEW)

    with pytest.raises(Rejected, match="TimeStamp is missing"):
        PROVIDER.acknowledge(session, Taken(page, (made,)))


def test_a_lost_answer_to_an_acknowledgement_harms_nothing(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    made = queue.book()
    page = next(pages_of(session))
    queue.lose_next_acknowledgement_answer()

    PROVIDER.acknowledge(session, Taken(page, (made,)))

    assert len(queue.requests("POST", NEW)) == 2
    assert queue.waiting() == []
    assert [answer.reservation for answer in queue.acknowledged()] == [made]


def test_an_acknowledgement_that_never_arrives_is_raised_and_the_booking_comes_again(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    made = queue.book()
    page = next(pages_of(session))
    queue.fail_next(3, 500, path_part=NEW)

    with pytest.raises(Unreachable):
        PROVIDER.acknowledge(session, Taken(page, (made,)))

    assert ids_of(run(session, window())) == [made]


def test_a_token_that_ends_between_reading_and_acknowledging_is_renewed(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    made = queue.book()
    page = next(pages_of(session))
    queue.expire_tokens()

    PROVIDER.acknowledge(session, Taken(page, (made,)))

    assert queue.waiting() == []


def test_more_refusals_than_a_message_may_hold_are_split(
    session: ProviderSession, queue: BookingComSandbox
) -> None:
    made = queue.fill_queue(150)
    page = next(pages_of(session))
    problems = tuple(Problem(f"reservation {one}", "no dates", one) for one in made)

    PROVIDER.acknowledge(session, Taken(page, (), problems))

    assert len(queue.refused()) == 150
    assert len(queue.requests("POST", NEW)) == 2


@pytest.mark.parametrize("status", [400, 403])
def test_a_refusal_that_is_not_taken_changes_nothing(
    session: ProviderSession, queue: BookingComSandbox, status: int
) -> None:
    made = queue.fill_queue(2)
    page = next(pages_of(session))
    PROVIDER.acknowledge(session, Taken(page, (made[0],)))
    queue.fail_next(3, status, '<fault string="Error code 450 is not known"/>', path_part=NEW)

    PROVIDER.acknowledge(session, Taken(page, (), (Problem("reservation", "no dates", made[1]),)))

    assert queue.waiting() == [made[1]]
