"""Whole runs in which something is refused, misplaced or different: the rest is read, and people are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import Alert, Connection, ConnectionStatus, InboxMessage, SyncRun
from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.providers.booking_com.sandbox.seed import DOUBLE, HOTEL
from integrations.providers.booking_com.sandbox.selling import RoomWish
from reservations.choices import StayStatus
from reservations.models import Reservation
from tests.providers.booking_com.queue_calls import SUMMARY
from tests.providers.booking_com.test_queues_looking_back import refusing
from tests.providers.booking_com.test_queues_run import known, mapped, ours, run

__all__ = ["mapped"]

pytestmark = pytest.mark.django_db(transaction=True)
IMPORT = SyncRun.Kind.IMPORT


def of(number: str) -> Reservation:
    return Reservation.objects.get(sources__external_id=number)


def open_alerts() -> dict[str, dict[str, Any]]:
    return {alert.code: alert.params for alert in Alert.objects.filter(resolved_at=None)}


def answering(sandbox: BookingComSandbox, wrong: Callable[[Any], bool]) -> None:
    """From now on the sandbox refuses the calls that are ``wrong``."""
    handle: Callable[..., Any] = sandbox.handle

    def refuse(request: Any) -> Any:
        if wrong(request):
            sandbox.fail_next(1, 400, '<fault string="These words are not known"/>', path_part=request.path)
        return handle(request)

    sandbox.handle = refuse


def rewrite(sandbox: BookingComSandbox, number: str, text: str) -> None:
    with sandbox.lock:
        reservation = sandbox.world.reservations[number]
        reservation.message.text, reservation.card = (text, ""), ""


def unreadable(number: str) -> str:
    return (
        "<HotelReservation><RoomStays><RoomStay/></RoomStays><ResGlobalInfo><HotelReservationIDs>"
        f'<HotelReservationID ResID_Value="{number}"/></HotelReservationIDs></ResGlobalInfo></HotelReservation>'
    )


# --- soon after booking --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [0, 3])
def test_a_change_and_a_cancellation_soon_after_booking_are_taken(
    mapped: Connection, sandbox: BookingComSandbox, ahead: int
) -> None:
    """Also when the moment of booking should be in a zone that is further ahead than ours is taken to be."""
    run(mapped, IMPORT)
    made = sandbox.book()
    with sandbox.lock:
        sandbox.reservation(made).created += timedelta(hours=ahead)
    run(mapped)
    sandbox.advance_clock(1)
    sandbox.modify(made, adults=2)
    run(mapped)
    assert [stay.adults for stay in of(made).stays.all()] == [2]

    sandbox.advance_clock(1)
    sandbox.cancel(made)
    run(mapped)

    assert of(made).status == StayStatus.CANCELLED
    assert ours(sandbox) == []


# --- answers that are not taken ------------------------------------------------------------------------------


def test_an_acknowledgement_that_is_not_taken_keeps_no_change_waiting(
    mapped: Connection, sandbox: BookingComSandbox
) -> None:
    run(mapped, IMPORT)
    cancelled, made = sandbox.book(), ""
    run(mapped)
    made = sandbox.book()
    sandbox.advance_clock(1)
    sandbox.cancel(cancelled)
    answering(sandbox, lambda request: request.method == "POST" and made.encode() in request.body)
    read_until = mapped.cursor["properties"]

    done = run(mapped)

    assert (done.state, done.error_detail) == (SyncRun.State.FAILED, "These words are not known")
    assert of(cancelled).status == StayStatus.CANCELLED
    assert made in known()
    assert ours(sandbox) == [made]
    assert mapped.cursor["properties"] != read_until


def test_a_refusal_that_is_not_taken_keeps_no_change_waiting(
    mapped: Connection, sandbox: BookingComSandbox
) -> None:
    run(mapped, IMPORT)
    cancelled = sandbox.book()
    run(mapped)
    bad = sandbox.book()
    rewrite(sandbox, bad, unreadable(bad))
    sandbox.advance_clock(1)
    sandbox.cancel(cancelled)
    answering(sandbox, lambda request: request.method == "POST" and b"<Errors" in request.body)

    assert run(mapped).state == SyncRun.State.DONE
    assert of(cancelled).status == StayStatus.CANCELLED
    assert ours(sandbox) == [bad]


# --- the summary ---------------------------------------------------------------------------------------------


def test_a_first_import_without_the_summary_is_told_and_counts(
    mapped: Connection, sandbox: BookingComSandbox
) -> None:
    waiting = ours(sandbox)
    sandbox.fail_next(9, 403, '<fault string="Not for this account"/>', path_part=SUMMARY)

    done = run(mapped, IMPORT)

    assert (done.state, mapped.status) == (SyncRun.State.DONE, ConnectionStatus.CONNECTED)
    assert known() == set(waiting)
    assert "messages_failed" in open_alerts()
    assert mapped.cursor["properties"]
    sandbox.clear_requests()
    run(mapped)
    assert sandbox.requests("POST", SUMMARY) == []


def booked(sandbox: BookingComSandbox) -> str:
    """A booking of next month."""
    first = sandbox.today(HOTEL) + timedelta(days=30)
    return sandbox.book(RoomWish(DOUBLE, first, first + timedelta(days=2)))


def night_comes(connection: Connection, sandbox: BookingComSandbox) -> None:
    """The next run reads the summary, after a silence in which nothing else could be read."""
    before = (timezone.now() - timedelta(hours=1)).isoformat()
    connection.cursor["properties"] = dict.fromkeys(connection.cursor["properties"], before)
    connection.save(update_fields=["cursor"])
    refusing(sandbox, "last_change")


def test_a_summary_that_is_refused_later_leaves_the_connection_well(
    mapped: Connection, sandbox: BookingComSandbox
) -> None:
    run(mapped, IMPORT)
    night_comes(mapped, sandbox)
    sandbox.fail_next(9, 400, '<fault string="Not for this account"/>', path_part=SUMMARY)

    run(mapped)
    run(mapped)

    assert mapped.status == ConnectionStatus.CONNECTED
    assert len(sandbox.requests("POST", SUMMARY)) == 2  # the first import's, and one of that night


def test_a_summary_that_says_the_same_opens_no_alert(mapped: Connection, sandbox: BookingComSandbox) -> None:
    run(mapped, IMPORT)
    made = booked(sandbox)
    sandbox.cancel(booked(sandbox))
    run(mapped)
    night_comes(mapped, sandbox)

    run(mapped)

    assert len(sandbox.requests("POST", SUMMARY)) == 2
    assert made in known()
    assert "bookings_differ" not in open_alerts()


def test_what_the_summary_tells_otherwise_is_told_and_not_applied(
    mapped: Connection, sandbox: BookingComSandbox
) -> None:
    """Moved, sold as another room, cancelled and restored there; of none of it a message came here."""
    run(mapped, IMPORT)
    moved, cancelled, restored, same = (booked(sandbox) for _ in range(4))
    run(mapped)
    sandbox.advance_clock(1)
    sandbox.cancel(restored)
    run(mapped)
    with sandbox.lock:
        nights = sandbox.reservation(moved).rooms[0].nights
        nights.append(replace(nights[-1], day=nights[-1].day + timedelta(days=1)))
        sandbox.reservation(cancelled).cancelled = True
        sandbox.reservation(restored).cancelled = False
    arrivals = {number: (of(number).departure, of(number).status) for number in (moved, cancelled, restored)}
    night_comes(mapped, sandbox)

    run(mapped)

    told = open_alerts()["bookings_differ"]
    assert told == {"count": 3, "refs": ", ".join(sorted([moved, cancelled, restored]))}
    assert same not in told["refs"]
    assert {number: (of(number).departure, of(number).status) for number in arrivals} == arrivals


def test_the_alert_goes_once_the_summary_says_the_same_again(
    mapped: Connection, sandbox: BookingComSandbox
) -> None:
    run(mapped, IMPORT)
    made = booked(sandbox)
    run(mapped)
    with sandbox.lock:
        sandbox.reservation(made).cancelled = True
    night_comes(mapped, sandbox)
    run(mapped)
    assert open_alerts()["bookings_differ"]["refs"] == made

    with sandbox.lock:
        sandbox.reservation(made).cancelled = False
    night_comes(mapped, sandbox)
    run(mapped)

    assert "bookings_differ" not in open_alerts()


# --- bookings in another place -------------------------------------------------------------------------------


def test_a_booking_in_another_place_is_told_and_kept_once(
    mapped: Connection, sandbox: BookingComSandbox
) -> None:
    run(mapped, IMPORT)
    made = sandbox.book()
    rewrite(sandbox, made, f"<Wrapped>{unreadable(made)}</Wrapped>")
    before = InboxMessage.objects.count()

    for _ in range(3):
        assert run(mapped).state == SyncRun.State.DONE

    assert ours(sandbox) == [made]
    assert InboxMessage.objects.count() - before == 1
    assert "messages_failed" in open_alerts()
