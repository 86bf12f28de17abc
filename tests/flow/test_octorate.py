"""The main job, end to end over real HTTP: Octorate's bookings become stays, nights and cleaning tasks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import requests
from django.utils import timezone

from cleaning.models import CleaningTask
from integrations.access import fresh_access_token
from integrations.applications import application_for
from integrations.connections import discover
from integrations.inbox import body_of, claim, route_unrouted
from integrations.models import (
    Alert,
    Connection,
    ConnectionStatus,
    InboxMessage,
    LogEntry,
    PropertyMapping,
    RoomMapping,
    SyncRun,
)
from integrations.phrases import say
from integrations.placements import reapply, reapply_soon
from integrations.sync import execute_run, request_due_runs, request_run
from integrations.tasks import place_again
from reservations.choices import StayState, StayStatus
from reservations.models import Guest, Reservation, ReservationSource, Room, Stay, StayNight
from tests.flow.conftest import APARTMENTS, PARADISE, House, connect

FAR = date.today() + timedelta(days=200)


def in_days(days: int) -> date:
    return date.today() + timedelta(days=days)


def stay_of(number: int) -> Stay:
    return Stay.objects.get(external_key=f"{number}/{number}")


def open_tasks(stay: Stay) -> set[tuple[str, date, str]]:
    return {
        (task.kind, task.date, task.room.name if task.room else "")
        for task in CleaningTask.objects.filter(stay=stay, state="planned").select_related("room")
    }


def sentences(connection: Connection) -> list[str]:
    return [say(line.code, line.params) for line in LogEntry.objects.filter(connection=connection)]


class TestFirstImport:
    def test_reservations_guests_and_cleaning_are_there_afterwards(self, house: House):
        run = house.read_all(SyncRun.Kind.IMPORT)

        assert run.state == SyncRun.State.DONE
        assert run.seen > 30
        assert run.failed == 0
        assert run.expected
        assert Guest.objects.count() == Reservation.objects.count() == run.created > 25
        assert CleaningTask.objects.filter(date=in_days(1)).exists()
        assert house.connection.last_success_at
        assert house.connection.next_run_at > timezone.now()

    def test_only_mapped_properties_are_read(self, house: House):
        house.read_all()

        assert not Stay.objects.filter(unmapped=True).exists()
        places = {s.content["property_ref"] for r in Reservation.objects.all() for s in r.sources.all()}
        assert places == {PARADISE}

    def test_a_booking_of_three_rooms_is_one_reservation(self, house: House):
        house.read_all()

        group = Reservation.objects.get(sources__external_id="880007")
        assert {s.external_id for s in group.sources.all()} == {"880007", "880008", "880009"}
        assert group.stays.count() == 3

    def test_reading_again_changes_nothing(self, house: House):
        house.read_all(SyncRun.Kind.IMPORT)
        run = house.read_all(SyncRun.Kind.IMPORT)

        assert (run.created, run.changed) == (0, 0)
        assert run.unchanged == run.seen

    def test_pages_in_which_nothing_changed_are_counted_and_not_kept(self, house: House):
        house.read_all(SyncRun.Kind.IMPORT)
        kept = InboxMessage.objects.count()
        run = house.read_all(SyncRun.Kind.IMPORT)

        assert run.unchanged == run.seen > 0
        assert InboxMessage.objects.count() == kept

    def test_a_card_number_in_a_note_is_stored_nowhere(self, house: House):
        number = house.sandbox.book(room="101", arrival=FAR, notes="charge 4111 1111 1111 1111 please")["id"]
        house.read_all(SyncRun.Kind.IMPORT)
        house.work()

        booking = Reservation.objects.get(sources__external_id=str(number))
        assert booking.notes == "charge [hidden] please"
        assert "4111 1111" not in str(booking.sources.get().content)
        assert not any(b"4111 1111 1111 1111" in body_of(message) for message in InboxMessage.objects.all())

    def test_what_a_webhook_told_is_read_again_by_the_next_page(self, house: House):
        house.read_all(SyncRun.Kind.IMPORT)
        source = ReservationSource.objects.first()
        assert source.raw_digest
        house.sandbox.fail_next(10, 500, path_part="/rest/v1/reservation")
        house.sandbox.change(int(source.external_id), notes="Late train")
        house.work()

        source.refresh_from_db()
        assert (source.content["notes"], source.raw_digest) == ("Late train", "")

    def test_the_next_run_reads_only_what_changed(self, house: House):
        house.read_all(SyncRun.Kind.IMPORT)
        number = house.sandbox.book(room="101", arrival=FAR)["id"]
        run = house.read_all()

        assert run.created == 1
        assert stay_of(number).room.name == "101"

    def test_a_property_mapped_later_gets_its_own_first_import(self, house: House):
        house.read_all()
        PropertyMapping.objects.filter(external_ref=APARTMENTS).update(property=house.hotel.properties.get())
        run = house.read_all()

        assert run.created > 0
        assert Stay.objects.filter(unmapped=True).exists()


class TestWebhooks:
    @pytest.fixture(autouse=True)
    def _imported(self, house: House) -> None:
        house.read_all(SyncRun.Kind.IMPORT)

    def test_a_booking_a_change_a_move_and_a_cancellation_arrive(self, house: House):
        number = house.sandbox.book(
            room="101", arrival=in_days(40), departure=in_days(43), guest="Ines Roldan"
        )["id"]
        house.work()
        stay = stay_of(number)
        assert (stay.arrival, stay.departure, stay.room.name) == (in_days(40), in_days(43), "101")
        assert ("departure", in_days(43), "101") in open_tasks(stay)

        house.sandbox.change(number, departure=in_days(45))
        house.work()
        stay = stay_of(number)
        assert stay.departure == in_days(45)
        assert [n.date for n in stay.nights.all()] == [in_days(n) for n in range(40, 45)]
        assert ("departure", in_days(45), "101") in open_tasks(stay)

        house.sandbox.move_room(number, "102")
        house.work()
        stay = stay_of(number)
        assert {n.room.name for n in stay.nights.all()} == {"102"}
        assert ("departure", in_days(45), "102") in open_tasks(stay)

        house.sandbox.cancel(number)
        house.work()
        assert stay_of(number).status == StayStatus.CANCELLED
        assert not StayNight.objects.filter(stay=stay).exists()
        assert open_tasks(stay) == set()

        said = sentences(house.connection)
        assert any("Ines Roldan" in s and s.startswith("New booking") for s in said)
        assert any("was cancelled" in s and "Ines Roldan" in s for s in said)

    def test_check_in_and_check_out_follow(self, house: House):
        number = house.sandbox.book(room="101", arrival=in_days(0) if _free(house, "101") else FAR)["id"]
        house.work()
        house.sandbox.check_in(number)
        house.work()

        assert stay_of(number).state == StayState.IN_HOUSE

    def test_a_split_stay_becomes_two_stays(self, house: House):
        number = house.sandbox.book(room="105", arrival=FAR, departure=FAR + timedelta(4))["id"]
        house.sandbox.split(number, "106", FAR + timedelta(2))
        house.work()

        stays = Reservation.objects.get(sources__external_id=str(number)).stays.order_by("arrival")
        assert [(s.room.name, s.arrival, s.departure) for s in stays] == [
            ("105", FAR, FAR + timedelta(2)),
            ("106", FAR + timedelta(2), FAR + timedelta(4)),
        ]

    def test_deliveries_out_of_order_and_doubled_end_the_same(self, house: House):
        house.sandbox.hold()
        number = house.sandbox.book(room="101", arrival=FAR)["id"]
        house.sandbox.change(number, departure=FAR + timedelta(3))
        house.sandbox.cancel(number)
        house.sandbox.release(out_of_order=True)
        house.sandbox.send_duplicates(3)
        house.work()

        assert stay_of(number).status == StayStatus.CANCELLED
        assert Reservation.objects.filter(sources__external_id=str(number)).count() == 1

    def test_the_same_event_again_is_answered_and_not_stored(self, house: House):
        house.sandbox.book(room="101", arrival=FAR)
        house.work()
        before = InboxMessage.objects.filter(kind="webhook").count()
        house.sandbox.send_duplicates(3)
        house.sandbox.deliveries.wait_until_idle()

        assert InboxMessage.objects.filter(kind="webhook").count() == before
        assert InboxMessage.objects.filter(kind="webhook").order_by("-id").first().duplicates == 3

    def test_when_the_api_is_down_the_message_itself_counts_and_is_tried_again(self, house: House):
        house.sandbox.fail_next(10, 500, path_part="/rest/v1/reservation")
        number = house.sandbox.book(room="101", arrival=FAR)["id"]
        house.work()

        assert stay_of(number).room.name == "101"
        message = InboxMessage.objects.get(kind="webhook", external_id=str(number))
        assert message.state == InboxMessage.State.FAILED
        assert message.not_before > timezone.now()

    def test_an_unknown_room_is_stored_shown_and_placed_when_it_is_mapped(self, house: House):
        number = house.sandbox.book_unknown_room(arrival=FAR)["id"]
        house.work()
        assert stay_of(number).unmapped
        alert = Alert.objects.get(code="unmapped_rooms", resolved_at=None)

        row = RoomMapping.objects.get(connection=house.connection, external_name="101")
        RoomMapping.objects.create(
            hotel=house.hotel,
            connection=house.connection,
            property_ref=PARADISE,
            external_kind="room_type",
            external_ref=stay_of(number).room_ref,
            room_type=row.room.room_type,
        )
        assert reapply(house.connection) == 1

        assert not stay_of(number).unmapped
        alert.refresh_from_db()
        assert alert.resolved_at

    def test_an_unknown_status_keeps_the_booking_and_opens_an_alert(self, house: House):
        number = house.sandbox.book(room="101", arrival=FAR)["id"]
        house.sandbox.set_status(number, "LATER_MAYBE")
        house.work()

        assert stay_of(number).status in (StayStatus.CONFIRMED, StayStatus.UNKNOWN)
        assert StayNight.objects.filter(stay=stay_of(number)).exists()

    def test_a_property_that_nobody_knows_waits_and_is_routed_later(self, house: House):
        PropertyMapping.objects.filter(external_ref=APARTMENTS).delete()
        number = house.sandbox.book(accommodation=APARTMENTS, arrival=FAR)["id"]
        house.work()
        message = InboxMessage.objects.get(external_id=str(number))
        assert message.state == InboxMessage.State.UNROUTED

        discover(connection=house.connection)
        PropertyMapping.objects.filter(external_ref=APARTMENTS).update(property=house.hotel.properties.get())
        assert route_unrouted(house.connection, [APARTMENTS]) == 1
        house.work()
        assert Stay.objects.filter(external_key=f"{number}/{number}").exists()

    def test_a_property_that_is_not_used_here_brings_no_bookings(self, house: House):
        number = house.sandbox.book(accommodation=APARTMENTS, arrival=FAR)["id"]
        house.work()

        message = InboxMessage.objects.get(external_id=str(number))
        assert message.state == InboxMessage.State.IGNORED
        assert message.counts["ignored"] == [f"property {APARTMENTS} is not used here"]
        assert not Stay.objects.filter(external_key=f"{number}/{number}").exists()

    def test_of_two_bookings_of_one_room_the_second_gets_another_of_its_type(self, house: House):
        first = house.sandbox.book(room="101", arrival=FAR)["id"]
        second = house.sandbox.book(room="101", arrival=FAR, overbook=True)["id"]
        house.work()

        rooms = [stay_of(first).room, stay_of(second).room]
        assert rooms[0] != rooms[1]
        assert rooms[0].room_type == rooms[1].room_type
        assert not Alert.objects.filter(code="overbooked").exists()

    def test_more_bookings_than_rooms_are_all_kept_and_shown(self, house: House):
        kind = Room.objects.get(name="101").room_type
        first = house.sandbox.book(room="101", arrival=FAR)["id"]
        others = [
            house.sandbox.book(room="101", arrival=FAR, overbook=True)["id"]
            for _ in range(kind.rooms.count())
        ]
        house.work()

        flagged = [number for number in (first, *others) if stay_of(number).overbooked]
        assert len(flagged) == 1
        assert Alert.objects.filter(code="overbooked", resolved_at=None).count() == 1

        house.sandbox.cancel(first)
        house.work()
        assert not stay_of(flagged[0]).overbooked or flagged == [first]
        assert not Alert.objects.filter(code="overbooked", resolved_at=None).exists()


def _free(house: House, room: str) -> bool:
    return not StayNight.objects.filter(room__name=room, date=date.today()).exists()


class TestAccess:
    def test_an_expired_token_is_renewed_and_the_call_repeated(self, house: House):
        house.sandbox.expire_tokens()
        run = house.read_all()

        assert run.state == SyncRun.State.DONE
        assert len(house.sandbox.requests("POST", "/identity/refresh")) == 1

    def test_a_revoked_grant_needs_a_person_once_and_is_not_tried_again(self, house: House):
        house.read_all()
        house.sandbox.revoke_grants()
        run = house.read_all()

        assert run.state == SyncRun.State.FAILED
        assert house.connection.status == ConnectionStatus.NEEDS_REAUTH
        assert house.connection.next_run_at is None
        assert Alert.objects.filter(code="needs_reconnect", resolved_at=None).count() == 1
        assert request_due_runs(timezone.now() + timedelta(days=30)) == []

    def test_what_arrives_without_access_waits_and_is_read_after_reconnecting(self, house: House, manager):
        house.read_all()
        house.sandbox.revoke_grants()
        house.read_all()
        number = house.sandbox.book(room="101", arrival=FAR)["id"]
        house.work()
        assert InboxMessage.objects.get(external_id=str(number)).state == InboxMessage.State.RECEIVED

        connect(house.hotel, manager, house.sandbox, house.connection)
        house.work()

        assert stay_of(number).room.name == "101"
        assert house.connection.status == ConnectionStatus.CONNECTED
        assert not Alert.objects.filter(code="needs_reconnect", resolved_at=None).exists()

    def test_a_grant_that_is_found_dead_by_a_webhook_opens_one_alert_and_the_message_waits(
        self, house: House, manager
    ):
        house.read_all()
        house.sandbox.revoke_grants()
        number = house.sandbox.book(room="101", arrival=FAR)["id"]
        house.work()

        assert stay_of(number).room.name == "101", "what the message itself said counts already"
        message = InboxMessage.objects.get(kind="webhook", external_id=str(number))
        assert (message.state, message.attempts) == (InboxMessage.State.RECEIVED, 0)
        assert house.connection.status == ConnectionStatus.NEEDS_REAUTH
        assert Alert.objects.filter(code="needs_reconnect", resolved_at=None).count() == 1

        connect(house.hotel, manager, house.sandbox, house.connection)
        house.work()
        message.refresh_from_db()
        assert message.state == InboxMessage.State.DONE

    def test_a_used_up_quota_waits_and_says_so(self, house: House):
        house.sandbox.exhaust_quota()
        run = house.read_all()

        assert (run.state, run.error_code) == (SyncRun.State.FAILED, "rate_limited")
        assert house.connection.next_run_at > timezone.now()
        assert house.connection.status == ConnectionStatus.CONNECTED

    def test_the_token_is_in_no_log_line_message_or_run(self, house: House):
        token = fresh_access_token(house.connection)
        house.read_all()

        for model in (LogEntry, SyncRun, InboxMessage, Alert):
            for row in model.objects.values():
                assert token not in str(row)


class TestRuns:
    def test_an_outage_ends_the_run_and_keeps_the_cursor(self, house: House):
        house.read_all()
        cursor = house.connection.cursor
        house.sandbox.fail_next(30, 503, path_part="/rest/v1/reservation")
        run = house.read_all()

        assert run.state == SyncRun.State.FAILED
        assert house.connection.cursor == cursor
        assert house.connection.status == ConnectionStatus.ERROR
        assert Alert.objects.filter(code="connection_failing", resolved_at=None).exists()

        house.sandbox.clear_switches()
        assert house.read_all().state == SyncRun.State.DONE
        assert house.connection.status == ConnectionStatus.CONNECTED
        assert not Alert.objects.filter(resolved_at=None).exists()

    def test_a_large_import_that_was_cut_short_goes_on_where_it_was(self, house: House):
        house.sandbox.seed_many(700, date.today())
        discover(connection=house.connection)
        PropertyMapping.objects.exclude(external_ref="910099").update(property=None)
        PropertyMapping.objects.filter(external_ref="910099").update(property=house.hotel.properties.get())
        house.sandbox.quota -= house.sandbox.quota_left() - 5
        cut = house.read_all(SyncRun.Kind.IMPORT)
        assert (cut.state, cut.error_code) == (SyncRun.State.FAILED, "rate_limited")
        assert 0 < Stay.objects.count() < 700
        before = len(house.sandbox.requests("GET", "/rest/v1/reservation/910099"))

        house.sandbox.restore_quota()
        house.sandbox.quota = 5000
        run = house.read_all()

        assert run.state == SyncRun.State.DONE
        assert Stay.objects.count() == 700
        calls = house.sandbox.requests("GET", "/rest/v1/reservation/910099")[before:]
        assert calls[0].query["page"] == ["3"], "one page again, the rest goes on"
        assert "unfinished" not in house.connection.cursor

    def test_a_run_whose_worker_died_is_closed_and_done_again(self, house: House):
        run = request_run(connection=house.connection)
        SyncRun.objects.filter(pk=run.pk).update(state=SyncRun.State.RUNNING, started_at=timezone.now())

        again = house.read_all()

        run.refresh_from_db()
        assert run.state == SyncRun.State.FAILED
        assert again.state == SyncRun.State.DONE

    def test_a_due_connection_gets_one_run_however_often_the_sweep_looks(self, house: House):
        Connection.objects.update(next_run_at=timezone.now())

        first = request_due_runs(timezone.now())
        second = request_due_runs(timezone.now())

        assert (len(first), second) == (1, [])
        assert execute_run(first[0])

    def test_a_message_whose_worker_died_is_claimed_again(self, house: House):
        house.read_all()
        number = house.sandbox.book(room="101", arrival=FAR)["id"]
        house.sandbox.deliveries.wait_until_idle()
        assert claim(house.connection.pk)
        house.work()
        assert not Stay.objects.filter(external_key=f"{number}/{number}").exists(), "it is still claimed"

        InboxMessage.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        house.work()
        assert stay_of(number).room.name == "101"


class TestTheWebhookDoor:
    @pytest.fixture
    def address(self, house: House) -> str:
        return application_for("octorate").webhook_url

    def stored(self) -> int:
        return InboxMessage.objects.count()

    @pytest.mark.parametrize(
        "body", [b"", b"not json", b"\xff\xfe\x00", b"[1, 2", b'"text"', b"null", b"{" * 5000]
    )
    def test_what_is_no_event_is_refused_and_not_stored(self, address, body):
        answer = requests.post(address, data=body, timeout=10)

        assert 400 <= answer.status_code < 500
        assert self.stored() == 0

    def test_an_oversized_body_is_refused(self, address):
        answer = requests.post(address, data=b"x" * 1_100_000, timeout=10)

        assert answer.status_code == 413
        assert self.stored() == 0

    def test_a_wrong_address_is_not_found(self, address):
        answer = requests.post(address.rstrip("/") + "x/", data=b"{}", timeout=10)

        assert answer.status_code == 404
        assert self.stored() == 0

    def test_a_body_that_contradicts_itself_is_refused(self, address):
        body = {"type": "RESERVATION_CHANGE", "reference": "1", "content": '{"id": 2}'}

        assert requests.post(address, json=body, timeout=10).status_code == 400
        assert self.stored() == 0

    def test_a_test_of_the_address_is_answered(self, address):
        assert requests.get(address, timeout=10).status_code == 200
        assert requests.post(address, json={"ping": True}, timeout=10).status_code == 200
        assert self.stored() == 0

    def test_a_flat_event_is_understood(self, house: House, address):
        number = house.sandbox.book(room="101", arrival=FAR)["id"]
        house.work()
        Reservation.objects.all().delete()
        body = {"event": "reservation.created", "data": {"id": number, "accommodation": {"id": PARADISE}}}

        assert requests.post(address, json=body, timeout=10).status_code == 200
        house.work()
        assert stay_of(number).room.name == "101"


def test_a_mapping_saved_with_many_bookings_places_some_now_and_has_a_worker_do_the_rest(
    house: House, manager, monkeypatch
):
    house.read_all()
    numbers = [house.sandbox.book_unknown_room(arrival=FAR + timedelta(n))["id"] for n in range(3)]
    house.work()
    monkeypatch.setattr("integrations.placements.BATCH", 2)
    row = RoomMapping.objects.get(connection=house.connection, external_name="101")
    RoomMapping.objects.create(
        hotel=house.hotel,
        connection=house.connection,
        property_ref=PARADISE,
        external_kind="room_type",
        external_ref=stay_of(numbers[0]).room_ref,
        room_type=row.room.room_type,
    )

    assert reapply_soon(house.connection, user=manager) == 2
    assert Stay.objects.filter(unmapped=True).count() == 1

    place_again(house.connection.pk)
    assert not Stay.objects.filter(unmapped=True).exists()
    assert not Alert.objects.filter(code="unmapped_rooms", resolved_at=None).exists()
