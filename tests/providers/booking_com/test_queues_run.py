"""Whole runs as a worker does them: stored and committed first, acknowledged then, and nothing twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.connections import discover
from integrations.inbox import body_of
from integrations.models import Connection, InboxMessage, PropertyMapping, SyncRun
from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.providers.booking_com.sandbox.seed import HOTEL
from integrations.sync import execute_run, request_run
from reservations.choices import StayStatus
from reservations.models import Hotel, Reservation, ReservationSource

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mapped(connection: Connection, hotel: Hotel) -> Connection:
    discover(connection=connection)
    PropertyMapping.objects.filter(connection=connection).update(property=hotel.properties.get())
    return connection


def run(connection: Connection, kind: str = SyncRun.Kind.PULL) -> SyncRun:
    made = request_run(connection=connection, kind=kind)
    execute_run(made.pk)
    made.refresh_from_db()
    connection.refresh_from_db()
    return made


def ours(sandbox: BookingComSandbox) -> list[str]:
    """What waits for the property of the connection."""
    return [one for one in sandbox.waiting() if sandbox.reservation(one).property == HOTEL]


def known() -> set[str]:
    return set(ReservationSource.objects.values_list("external_id", flat=True))


def test_the_first_import_stores_everything_and_empties_the_queues(
    mapped: Connection, sandbox: BookingComSandbox
) -> None:
    waiting = ours(sandbox)
    assert waiting

    done = run(mapped, SyncRun.Kind.IMPORT)

    assert (done.state, done.failed) == (SyncRun.State.DONE, 0)
    assert ours(sandbox) == []
    assert set(waiting) <= known()
    assert sorted(answer.reservation for answer in sandbox.acknowledged()) == sorted(waiting)


def test_a_booking_its_change_and_its_end_arrive_one_after_another(
    mapped: Connection, sandbox: BookingComSandbox
) -> None:
    run(mapped, SyncRun.Kind.IMPORT)
    made = sandbox.book()
    run(mapped)
    sandbox.advance_clock(1)
    sandbox.modify(made, adults=2)
    run(mapped)
    reservation = Reservation.objects.get(sources__external_id=made)
    assert [stay.adults for stay in reservation.stays.all()] == [2]

    sandbox.advance_clock(1)
    sandbox.cancel(made)
    run(mapped)

    reservation.refresh_from_db()
    assert reservation.status == StayStatus.CANCELLED
    assert ours(sandbox) == []


@pytest.mark.parametrize("card", ["", "card"])
def test_a_booking_that_was_stored_and_never_acknowledged_is_stored_once_and_acknowledged_then(
    mapped: Connection, sandbox: BookingComSandbox, card: str
) -> None:
    """Given again it says the same, but for a card, which is given once only."""
    run(mapped, SyncRun.Kind.IMPORT)
    made = sandbox.book(card=card)
    sandbox.fail_next(3, 500, path_part="OTA_HotelResNotif")  # the reading is tried three times, in vain
    assert run(mapped).state == SyncRun.State.FAILED
    assert made not in known()

    with sandbox.lock:
        before = len(sandbox.world.answers)
    failing_acknowledgements(sandbox, 3)
    assert run(mapped).state == SyncRun.State.FAILED
    assert made in known()
    assert len(sandbox.world.answers) == before

    assert run(mapped).state == SyncRun.State.DONE
    assert ours(sandbox) == []
    assert ReservationSource.objects.filter(external_id=made).count() == 1


def failing_acknowledgements(sandbox: BookingComSandbox, times: int) -> None:
    """Let the next POSTs to the queues fail, and only those."""
    handle = sandbox.handle
    left = [times]

    def fail(request):
        if request.method == "POST" and "OTA_HotelRes" in request.path and left[0]:
            left[0] -= 1
            sandbox.fail_next(1, 500, path_part=request.path)
        return handle(request)

    sandbox.handle = fail


def test_an_unreadable_booking_is_refused_kept_once_and_does_not_hold_up_the_others(
    mapped: Connection, sandbox: BookingComSandbox
) -> None:
    run(mapped, SyncRun.Kind.IMPORT)
    bad, good = sandbox.book(), sandbox.book()
    with sandbox.lock:
        reservation = sandbox.world.reservations[bad]
        reservation.message.text = (
            "<HotelReservation><RoomStays><RoomStay/></RoomStays><ResGlobalInfo><HotelReservationIDs>"
            f'<HotelReservationID ResID_Value="{bad}"/></HotelReservationIDs></ResGlobalInfo></HotelReservation>',
            "",
        )
        reservation.card = ""
    stored_before = InboxMessage.objects.count()

    for _ in range(3):
        run(mapped)

    assert good in known()
    assert bad not in known()
    assert ours(sandbox) == [bad]
    assert {answer.reservation for answer in sandbox.refused()} == {bad}
    # One page with both bookings, and one that says the bad one alone.
    assert InboxMessage.objects.count() - stored_before == 2


def test_no_card_is_in_the_database(mapped: Connection, sandbox: BookingComSandbox) -> None:
    run(mapped, SyncRun.Kind.IMPORT)
    sandbox.book(card="card")
    sandbox.book(card="virtual")
    run(mapped)

    for message in InboxMessage.objects.all():
        body = body_of(message)
        assert b"4111111111111111" not in body
        assert b"5555555555554444" not in body
        assert b"CardHolderName" not in body


def test_empty_polls_leave_no_rows_behind(mapped: Connection, sandbox: BookingComSandbox) -> None:
    run(mapped, SyncRun.Kind.IMPORT)
    before = InboxMessage.objects.count()

    for _ in range(3):
        assert run(mapped).state == SyncRun.State.DONE

    assert InboxMessage.objects.count() == before
    assert mapped.last_success_at is not None
    assert mapped.last_success_at > timezone.now() - timedelta(minutes=1)
