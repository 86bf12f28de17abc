"""What enters through the intake, and what the rows say afterwards."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from reservations.choices import ChangeKind, StayState, StayStatus
from reservations.events import stays_changed
from reservations.intake import place_again
from reservations.models import (
    Guest,
    Reservation,
    ReservationChange,
    ReservationSource,
    Room,
    Stay,
    StayNight,
)
from reservations.records import ReservationRecord
from tests.reservations.records import EPOCH, FIRST, Desk, booking, picture, stay

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(hotel) -> Desk:
    return Desk(hotel)


def test_a_new_booking_leaves_one_row_of_each_kind(desk):
    result = desk.take(booking(channel="booking_com", channel_ref="BC-1"))

    assert [change.kind for change in result.changes] == [ChangeKind.CREATED]
    reservation = Reservation.objects.get()
    assert (reservation.channel_ref, reservation.status, reservation.total) == (
        "BC-1",
        StayStatus.CONFIRMED,
        Decimal("160.00"),
    )
    assert reservation.booker == Guest.objects.get(name="Mara Quill", email="mara@example.org")
    row = reservation.stays.get()
    assert (row.room.name, row.arrival, row.departure, row.unmapped) == (
        "101",
        FIRST,
        FIRST + timedelta(2),
        False,
    )
    assert [(n.date, n.price) for n in row.nights.all()] == [
        (FIRST, Decimal("80")),
        (FIRST + timedelta(1), Decimal("80")),
    ]
    assert ReservationChange.objects.get().kind == ChangeKind.CREATED


def test_the_departure_day_is_no_night(desk):
    desk.take(booking("A", stays=(stay(nights=2),)), booking("B", stays=(stay(arrival=2, nights=1),)))

    assert not Stay.objects.filter(overbooked=True).exists()
    assert StayNight.objects.filter(date=FIRST + timedelta(2)).get().stay.external_key == "B/1"


def test_the_same_record_again_writes_nothing(desk):
    record = booking()
    desk.take(record, digests={"A": "one"})
    before = picture(desk.hotel), ReservationChange.objects.count()

    with CaptureQueriesContext(connection) as queries:
        result = desk.take(record, digests={"A": "one"})

    assert result.unchanged == 1
    assert not [q for q in queries if q["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert (picture(desk.hotel), ReservationChange.objects.count()) == before


def test_an_older_version_never_wins(desk):
    desk.take(booking(version=5, stays=(stay(room="102"),)))
    desk.take(booking(version=4, stays=(stay(room="103"),)))

    assert Stay.objects.get().room.name == "102"


def test_a_change_moves_nights_and_is_told_in_the_history(desk):
    desk.take(booking())
    result = desk.take(booking(version=2, stays=(stay(arrival=1, nights=3, room="105"),)))

    assert [n.date.day for n in StayNight.objects.order_by("date")] == [11, 12, 13]
    assert {n.room.name for n in StayNight.objects.all()} == {"105"}
    change = ReservationChange.objects.filter(kind=ChangeKind.CHANGED).get()
    assert change.fields["arrival"] == ["2031-06-10", "2031-06-11"]
    assert change.fields["room"] == ["101", "105"]
    assert {"arrival", "departure", "room"} <= set(result.changes[0].fields)


def test_a_cancellation_keeps_the_booking_and_frees_the_nights(desk):
    desk.take(booking())
    result = desk.take(booking(version=2, status=StayStatus.CANCELLED))

    assert result.changes[0].kind == ChangeKind.CANCELLED
    assert Reservation.objects.get().status == StayStatus.CANCELLED
    assert Reservation.objects.get().cancelled_at == EPOCH + timedelta(minutes=2)
    assert Stay.objects.count() == 1
    assert not StayNight.objects.exists()


def test_a_cancelled_booking_may_be_confirmed_again(desk):
    desk.take(booking())
    desk.take(booking(version=2, status=StayStatus.CANCELLED))
    result = desk.take(booking(version=3))

    assert result.changes[0].kind == ChangeKind.RESTORED
    assert StayNight.objects.count() == 2


def test_a_cancellation_without_stays_cancels_the_stays_that_are_known(desk):
    desk.take(booking())
    desk.take(booking(version=2, status=StayStatus.CANCELLED, stays=()))

    assert Stay.objects.get().status == StayStatus.CANCELLED
    assert not StayNight.objects.exists()


def test_a_cancellation_that_came_first_stays_a_cancellation(desk):
    desk.take(booking(version=2, status=StayStatus.CANCELLED, stays=()))
    desk.take(booking(version=1))

    assert Reservation.objects.get().status == StayStatus.CANCELLED
    assert Stay.objects.get().status == StayStatus.CANCELLED
    assert not StayNight.objects.exists()


def test_an_unknown_status_keeps_what_was_known(desk):
    desk.take(booking(version=1, status=StayStatus.CANCELLED))
    result = desk.take(booking(version=2, status=StayStatus.UNKNOWN))

    assert Reservation.objects.get().status == StayStatus.CANCELLED
    assert result.unknown_status == ["A"]
    assert desk.take(booking(version=2, status=StayStatus.UNKNOWN)).unknown_status == []


def test_an_unknown_status_from_the_start_holds_the_room_and_is_reported(desk):
    result = desk.take(booking(status=StayStatus.UNKNOWN))

    assert result.unknown_status == ["A"]
    assert StayNight.objects.count() == 2


def test_an_inquiry_and_a_no_show_hold_no_room(desk):
    desk.take(
        booking("A", status=StayStatus.INQUIRY),
        booking("B", status=StayStatus.NO_SHOW),
    )

    assert not StayNight.objects.exists()
    assert Stay.objects.count() == 2


def test_an_unmapped_room_is_stored_and_reported(desk):
    result = desk.take(booking(stays=(stay(room="nobody knows"),)))

    row = Stay.objects.get()
    assert (row.unmapped, row.room, row.room_ref) == (True, None, "nobody knows")
    assert StayNight.objects.count() == 2
    assert result.unmapped == {(1, "P", "nobody knows")}


def test_mapping_a_room_later_places_the_parked_stay(desk):
    desk.take(booking(stays=(stay(room="nobody knows"),)))
    Room.objects.filter(name="101").update(name="nobody knows")

    result = place_again(
        hotel_id=desk.hotel.pk,
        reservation_ids=[Reservation.objects.get().pk],
        place=desk.place,
        now=EPOCH,
    )

    assert result.changes[0].kind == ChangeKind.PLACED
    assert Stay.objects.get().room.name == "nobody knows"
    assert StayNight.objects.filter(room__name="nobody knows").count() == 2


def test_a_move_from_one_room_to_another_is_a_change(desk):
    desk.take(booking(stays=(stay(room="101"),)))

    result = desk.take(booking(version=2, stays=(stay(room="102"),)))

    assert result.changes[0].kind == ChangeKind.CHANGED
    change = ReservationChange.objects.latest("pk")
    assert (change.kind, change.fields["room"]) == (ChangeKind.CHANGED, ["101", "102"])


def test_rooms_of_one_group_are_stays_of_one_booking(desk):
    desk.take(
        booking("1", group_ref="G", stays=(stay("1", room="101"),)),
        booking("2", group_ref="G", stays=(stay("2", room="102"),)),
    )

    reservation = Reservation.objects.get()
    assert reservation.stays.count() == 2
    assert reservation.total == Decimal("320")


def test_one_room_of_a_group_may_be_cancelled_alone(desk):
    rooms = [
        booking("1", group_ref="G", stays=(stay("1", room="101"),)),
        booking("2", group_ref="G", stays=(stay("2", room="102"),)),
    ]
    desk.take(*rooms)
    desk.take(
        booking(
            "2",
            version=2,
            group_ref="G",
            status=StayStatus.CANCELLED,
            stays=(stay("2", room="102", status=StayStatus.CANCELLED),),
        )
    )

    reservation = Reservation.objects.get()
    assert reservation.status == StayStatus.CONFIRMED
    assert reservation.total == Decimal("160")
    assert {s.room.name: s.status for s in reservation.stays.all()} == {
        "101": StayStatus.CONFIRMED,
        "102": StayStatus.CANCELLED,
    }


def test_a_room_that_a_change_drops_is_gone_and_told(desk):
    two = booking(stays=(stay("1", room="101"), stay("2", room="102")))
    desk.take(two)
    desk.take(booking(version=2, stays=(stay("1", room="101"),)))

    assert [s.room.name for s in Stay.objects.all()] == ["101"]
    assert ReservationChange.objects.filter(fields__has_key="room_dropped").exists()


def test_a_booking_told_by_two_connections_is_one_booking_and_the_better_one_leads(desk):
    manager = Desk(desk.hotel, connection_id=1, rank=20)
    channel = Desk(desk.hotel, connection_id=2, rank=10)
    manager.take(booking("77", channel="booking_com", channel_ref="4400", notes="Late train"))
    kept = Stay.objects.get().pk
    channel.take(
        booking("4400", channel="booking_com", channel_ref="4400", name="Mara J. Quill", stays=(stay("9"),))
    )

    reservation = Reservation.objects.get()
    assert reservation.sources.count() == 2
    assert reservation.booker.name == "Mara J. Quill"
    assert reservation.notes == "Late train"
    assert [s.pk for s in reservation.stays.all()] == [kept], (
        "the stay keeps its row, its tasks and its history"
    )


def test_equal_codes_of_a_direct_channel_are_not_one_booking(desk):
    Desk(desk.hotel, connection_id=1).take(booking("1", channel="direct", channel_ref="7"))
    Desk(desk.hotel, connection_id=2).take(
        booking("1", channel="direct", channel_ref="7", stays=(stay(room="102"),))
    )

    assert Reservation.objects.count() == 2


def test_a_code_that_becomes_known_later_keeps_the_booking_and_its_history(desk):
    desk.take(booking(version=1))
    first = Reservation.objects.get().pk
    desk.take(booking(version=2, channel="airbnb", channel_ref="HM1"))

    reservation = Reservation.objects.get()
    assert (reservation.pk, reservation.booking_key) == (first, "airbnb:HM1")


def test_a_group_that_becomes_known_later_keeps_the_booking(desk):
    desk.take(booking(version=1))
    first = Reservation.objects.get().pk
    desk.take(booking(version=2, group_ref="G"))
    desk.take(booking("B", version=3, group_ref="G", stays=(stay(room="102"),)))

    reservation = Reservation.objects.get()
    assert (reservation.pk, reservation.booking_key, reservation.stays.count()) == (first, "group:1:G", 2)


def test_a_booking_that_turns_out_to_be_another_ones_joins_it(desk):
    desk.take(booking("A", channel="airbnb", channel_ref="HM1"))
    other = Desk(desk.hotel, connection_id=2, rank=30)
    other.take(booking("X", version=1))
    other.take(booking("X", version=2, channel="airbnb", channel_ref="HM1"))

    reservation = Reservation.objects.get()
    assert reservation.sources.count() == 2
    assert Stay.objects.count() == 1
    assert not Stay.objects.filter(overbooked=True).exists()


class TestOverbooking:
    def test_who_booked_first_has_the_room_whoever_is_heard_first(self, desk):
        desk.take(booking("late", booked=50))
        result = desk.take(booking("early", booked=10))

        flags = {s.external_key: s.overbooked for s in Stay.objects.all()}
        assert flags == {"late/1": True, "early/1": False}
        assert list(result.overbooked.values()) == [True]
        assert StayNight.objects.count() == 4

    def test_a_conflict_ends_by_itself_when_its_cause_goes(self, desk):
        desk.take(booking("A", booked=1), booking("B", booked=2))
        assert Stay.objects.get(overbooked=True).external_key == "B/1"

        result = desk.take(booking("A", version=9, booked=1, status=StayStatus.CANCELLED))

        assert not Stay.objects.filter(overbooked=True).exists()
        assert not StayNight.objects.filter(overbooked=True).exists()
        assert list(result.overbooked.values()) == [False]
        assert ReservationChange.objects.filter(kind=ChangeKind.SETTLED).exists()

    def test_a_batch_is_judged_after_its_cancellations(self, desk):
        desk.take(booking("A"))
        desk.take(booking("B", booked=5), booking("A", version=2, status=StayStatus.CANCELLED))

        assert not Stay.objects.filter(overbooked=True).exists()

    def test_moving_the_loser_to_a_free_room_settles_it(self, desk):
        desk.take(booking("A", booked=1), booking("B", booked=2))
        desk.take(booking("B", version=2, booked=2, stays=(stay(room="102"),)))

        assert not Stay.objects.filter(overbooked=True).exists()
        assert StayNight.objects.filter(overbooked=False).count() == 4

    def test_cancelling_the_loser_clears_its_flag(self, desk):
        desk.take(booking("A", booked=1), booking("B", booked=2))
        result = desk.take(booking("B", version=2, booked=2, status=StayStatus.CANCELLED))

        assert not Stay.objects.filter(overbooked=True).exists()
        assert list(result.overbooked.values()) == [False]

    def test_the_winner_moving_onto_another_booking_is_judged_there(self, desk):
        desk.take(booking("A", booked=9, stays=(stay(room="101"),)))
        desk.take(booking("B", booked=1, stays=(stay(room="102"),)))
        desk.take(booking("A", version=2, booked=9, stays=(stay(room="102"),)))

        assert Stay.objects.get(overbooked=True).external_key == "A/1"

    def test_the_guest_who_is_in_the_house_has_the_room(self, desk):
        desk.take(booking("A", booked=1), booking("B", booked=2))
        in_house = stay(stay_state=StayState.IN_HOUSE)
        desk.take(booking("B", version=2, booked=2, stays=(in_house,)))

        assert {s.external_key: s.overbooked for s in Stay.objects.all()} == {"A/1": True, "B/1": False}

    def test_ten_bookings_for_one_room_leave_one_holder_and_nine_flagged(self, desk):
        for number in range(10):
            desk.take(booking(f"R{number}", booked=number))

        assert Stay.objects.count() == 10
        assert Stay.objects.filter(overbooked=True).count() == 9
        assert StayNight.objects.filter(overbooked=False).count() == 2

    def test_the_database_itself_refuses_a_room_sold_twice(self, desk):
        desk.take(booking("A"), booking("B", stays=(stay(room="102"),)))
        night = StayNight.objects.filter(room__name="102").first()
        night.room = Room.objects.get(name="101")

        with pytest.raises(IntegrityError), transaction.atomic():
            night.save()


def test_one_event_a_batch_names_rooms_left_and_entered(desk):
    desk.take(booking())
    heard = []

    def listen(sender, change, **kwargs):
        heard.append(change)

    stays_changed.connect(listen)
    try:
        desk.take(
            booking(version=2, stays=(stay(arrival=4, room="102"),)), booking("B", stays=(stay(room="103"),))
        )
    finally:
        stays_changed.disconnect(listen)

    (change,) = heard
    assert change.room_ids == set(
        Room.objects.filter(name__in=("101", "102", "103")).values_list("pk", flat=True)
    )
    assert (change.first, change.last) == (FIRST, FIRST + timedelta(6))


def test_a_bigger_batch_takes_no_more_statements(desk):
    def statements(start: int, count: int) -> int:
        records = [
            booking(f"N{n}", stays=(stay(arrival=n, nights=1, room="101"),))
            for n in range(start, start + count)
        ]
        with CaptureQueriesContext(connection) as queries:
            desk.take(*records)
        # The test's own placer asks for each room; the product's has all mappings in memory.
        return sum(
            1
            for q in queries
            if '"reservations_room"."name" =' not in q["sql"] and "_property" not in q["sql"]
        )

    assert statements(0, 5) == statements(10, 150)


def test_hotels_do_not_share_bookings(desk, other_hotel):
    desk.take(booking(channel="airbnb", channel_ref="HM1"))
    Desk(other_hotel, connection_id=5).take(
        booking(channel="airbnb", channel_ref="HM1", stays=(stay(room="1"),))
    )

    assert Reservation.objects.filter(hotel=desk.hotel).count() == 1
    assert Reservation.objects.filter(hotel=other_hotel).count() == 1


def test_what_is_stored_reads_back_as_the_same_record(desk):
    record = booking(notes="ñandú", channel="airbnb", channel_ref="HM1")
    desk.take(record)

    assert ReservationRecord.from_json(ReservationSource.objects.get().content) == record
