"""Doors: codes that only the right person sees, and squares that open the right task."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection

from cleaning.decisions import assign_tasks
from cleaning.doors import door_codes, keep_codes, make_tokens
from cleaning.models import CleaningTask, CleaningTeam, DoorAccess
from cleaning.work import finish_task
from reservations.models import Room
from tests.cleaning.houses import NOW, TODAY, book, days, room_of, task_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def departure(hotel):
    """The guest of 101 leaves today."""
    return task_of(book(hotel, "101", days(-2), TODAY, plan=True), "departure")


def give(task, person, now=NOW):
    assign_tasks(hotel_id=task.hotel_id, given={task.pk: (person.pk, None)}, user_id=None, now=now)
    task.refresh_from_db()
    return task


def keep(hotel, **codes):
    rooms = dict(Room.objects.filter(hotel=hotel).values_list("name", "pk"))
    return keep_codes(hotel_id=hotel.pk, codes={rooms[name[1:]]: code for name, code in codes.items()})


class TestCodes:
    def test_they_are_kept_encrypted(self, hotel):
        keep(hotel, r101="4711#")

        with connection.cursor() as cursor:
            cursor.execute("SELECT code FROM cleaning_dooraccess")
            (stored,) = cursor.fetchone()
        assert "4711" not in str(bytes(stored) if not isinstance(stored, str) else stored)
        assert DoorAccess.objects.get().code == "4711#"

    def test_keeping_the_same_again_changes_nothing(self, hotel):
        assert keep(hotel, r101="4711", r102="0815") == 2
        assert keep(hotel, r101="4711", r102="") == 1
        assert [door.code for door in DoorAccess.objects.order_by("room__name")] == ["4711", ""]

    def test_a_long_one_is_refused_and_none_kept(self, hotel):
        with pytest.raises(ValidationError):
            keep(hotel, r101="1", r102="9" * 41)
        assert not DoorAccess.objects.exists()

    def test_not_for_a_room_of_another_hotel(self, hotel, other_hotel):
        with pytest.raises(Room.DoesNotExist):
            keep_codes(hotel_id=hotel.pk, codes={room_of(other_hotel, "1").pk: "4711"})

    def test_only_on_the_day_and_until_the_task_is_done(self, hotel, cleaner, departure):
        keep(hotel, r101="4711")
        task = give(departure, cleaner)

        assert door_codes([task], NOW) == {task.pk: "4711"}
        assert door_codes([task], NOW - timedelta(days=1)) == {}
        assert door_codes([task], NOW + timedelta(days=1)) == {}
        # The night audit at four: at two in the morning it is still the same day in Madrid.
        assert door_codes([task], NOW.replace(hour=23, minute=59)) == {task.pk: "4711"}
        task = finish_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=NOW)
        assert door_codes([task], NOW) == {}


class TestPage:
    address = "/h/paradise/cleaning/doors/"

    def test_codes_are_set_and_never_shown(self, client, hotel, housekeeping_manager):
        client.force_login(housekeeping_manager)
        room = room_of(hotel, "101")

        page = client.post(self.address, {f"code-{room.pk}": "4711"}, follow=True)

        assert "1 door code changed." in page.content.decode()
        assert "4711" not in page.content.decode()
        assert "••••" in page.content.decode()

    def test_an_empty_field_leaves_a_code_and_the_box_takes_it_away(
        self, client, hotel, housekeeping_manager
    ):
        keep(hotel, r101="4711", r102="0815")
        client.force_login(housekeeping_manager)

        client.post(self.address, {f"remove-{room_of(hotel, '102').pk}": "on"})

        assert [door.code for door in DoorAccess.objects.order_by("room__name")] == ["4711", ""]

    def test_a_wrong_one_is_said_at_its_room(self, client, hotel, housekeeping_manager):
        client.force_login(housekeeping_manager)

        page = client.post(self.address, {f"code-{room_of(hotel, '101').pk}": "9" * 41})

        assert page.status_code == 400
        assert "At most 40 characters." in page.content.decode()
        assert "9" * 41 not in page.content.decode()

    def test_only_planners(self, client, cleaner, receptionist, stranger):
        for person, status in ((cleaner, 403), (receptionist, 403), (stranger, 404)):
            client.force_login(person)
            assert client.get(self.address).status_code == status
            assert client.get(f"{self.address}print/").status_code == status

    def test_the_sheet_has_a_square_for_every_room(self, client, hotel, housekeeping_manager):
        client.force_login(housekeeping_manager)

        page = client.post(f"{self.address}print/", follow=True).content.decode()

        assert page.count('class="qr"') == 12
        assert "style=" not in page.split('class="squares"')[1]
        tokens = set(DoorAccess.objects.values_list("token", flat=True))
        client.post(f"{self.address}print/")
        assert set(DoorAccess.objects.values_list("token", flat=True)) == tokens

    def test_a_new_square_ends_the_old_one(self, client, hotel, housekeeping_manager):
        make_tokens(hotel_id=hotel.pk)
        door = DoorAccess.objects.get(room__name="101")
        client.force_login(housekeeping_manager)

        client.post(f"{self.address}{door.room_id}/renew/")

        assert client.get(f"/q/{door.token}/").status_code == 404

    def test_not_of_another_hotels_room(self, client, other_hotel, housekeeping_manager):
        make_tokens(hotel_id=other_hotel.pk)
        client.force_login(housekeeping_manager)

        room = room_of(other_hotel, "1")
        assert client.post(f"{self.address}{room.pk}/renew/").status_code == 404

    def test_the_number_of_queries_does_not_grow(
        self, client, hotel, housekeeping_manager, django_assert_max_num_queries
    ):
        make_tokens(hotel_id=hotel.pk)
        client.force_login(housekeeping_manager)
        with django_assert_max_num_queries(9):
            client.get(self.address)


class TestSquare:
    @pytest.fixture(autouse=True)
    def _now(self):
        with time_machine.travel(NOW, tick=False):
            yield

    @pytest.fixture
    def address(self, hotel):
        make_tokens(hotel_id=hotel.pk)
        return f"/q/{DoorAccess.objects.get(hotel=hotel, room__name='101').token}/"

    def test_it_opens_the_task_of_whoever_has_it(self, client, cleaner, departure, address):
        give(departure, cleaner)
        client.force_login(cleaner)

        assert client.get(address)["Location"] == f"/my/tasks/{departure.pk}/"

    def test_of_several_the_unfinished_and_most_urgent(self, client, hotel, cleaner, departure, address):
        give(departure, cleaner)
        arrival = book(hotel, "101", TODAY, days(2), plan=True)
        finish_task(hotel_id=hotel.pk, task_id=departure.pk, user_id=cleaner.pk, now=NOW)
        extra = CleaningTask.objects.get(pk=departure.pk)
        extra.pk, extra.key, extra.open_key, extra.state = None, "extra:1", "extra:1", "assigned"
        extra.finished_at = extra.finished_by = None
        extra.save()
        client.force_login(cleaner)

        assert arrival.pk
        assert client.get(address)["Location"] == f"/my/tasks/{extra.pk}/"

    def test_of_a_team(self, client, hotel, cleaner, departure, address):
        team = CleaningTeam.objects.create(hotel=hotel, name="Norte")
        team.members.add(cleaner)
        assign_tasks(hotel_id=hotel.pk, given={departure.pk: (None, team.pk)}, user_id=None, now=NOW)
        client.force_login(cleaner)

        assert client.get(address)["Location"] == f"/my/tasks/{departure.pk}/"

    def test_without_a_task_a_kind_page_that_tells_nothing(self, client, cleaner, departure, address):
        client.force_login(cleaner)

        page = client.get(address)

        assert page.status_code == 200
        assert "You have no task in this room today" in page.content.decode()
        assert "101" not in page.content.decode()

    def test_a_stranger_learns_nothing_either(self, client, stranger, departure, address):
        client.force_login(stranger)

        page = client.get(address).content.decode()

        assert "You have no task in this room today" in page
        assert "Paradise" not in page

    @pytest.mark.parametrize("who", ["receptionist", "housekeeping_manager"])
    def test_desk_and_planner_see_the_rooms_day(self, client, request, who, departure, address):
        client.force_login(request.getfixturevalue(who))

        page = client.get(address).content.decode()

        assert "Room 101 today" in page
        assert "Departure" in page

    def test_signed_out_it_remembers_where_to_go(self, client, address):
        assert client.get(address)["Location"] == f"/accounts/login/?next={address}"

    def test_an_unknown_one_is_not_found(self, client, cleaner):
        client.force_login(cleaner)
        assert client.get("/q/nothing-of-ours/").status_code == 404
