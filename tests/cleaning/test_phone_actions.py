"""What phones send: done once, in the person's own scope, at the time at which it was done."""

from __future__ import annotations

import io
import json
import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import Image

from cleaning.choices import TaskEventKind, TaskState
from cleaning.decisions import assign_tasks
from cleaning.models import (
    Checklist,
    ChecklistItem,
    ChecklistTick,
    CleanerMessage,
    CleaningTask,
    Finding,
    PhoneAction,
    Photo,
    TaskEvent,
)
from cleaning.phone import actions
from cleaning.phone.actions import NotUnderstood, perform, read_action
from cleaning.phone.forgetting import forget_phone_actions
from reservations.choices import Role
from reservations.models import Membership
from tests.cleaning.houses import NOW, TODAY, book, days, task_of
from tests.people import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def task(hotel, cleaner):
    """The guest of 101 leaves today, and Ilie cleans."""
    task = task_of(book(hotel, "101", days(-2), TODAY, plan=True), "departure")
    assign_tasks(hotel_id=hotel.pk, given={task.pk: (cleaner.pk, None)}, user_id=None, now=NOW)
    return CleaningTask.objects.get(pk=task.pk)


@pytest.fixture
def bath(hotel, task):
    """The only line of the list for departures."""
    checklist = Checklist.objects.create(hotel=hotel, name="Salida", kind="departure")
    return ChecklistItem.objects.create(hotel=hotel, checklist=checklist, texts={"en": "Bath"})


@pytest.fixture
def phone(client, cleaner):
    client.force_login(cleaner)
    return client


def picture(color="red"):
    out = io.BytesIO()
    Image.new("RGB", (80, 60), color).save(out, "JPEG")
    return SimpleUploadedFile("photo.jpg", out.getvalue(), "image/jpeg")


def act(phone, kind, task, *, number=None, **fields):
    sent = {"id": str(number or uuid.uuid4()), "kind": kind, "task": task and task.pk, **fields}
    answer = phone.post("/my/actions/", json.dumps(sent), content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def send_photo(phone, task, *, number=None, **fields):
    sent = {"id": str(number or uuid.uuid4()), "task": task.pk, "photo": picture(), **fields}
    answer = phone.post("/my/photos/", sent)
    assert answer.status_code == 200, answer.content
    return answer.json()


def state(task):
    return CleaningTask.objects.get(pk=task.pk).state


class TestOnce:
    def test_the_same_number_gives_the_same_answer_and_does_nothing(self, phone, task):
        number = uuid.uuid4()
        first = act(phone, "start", task, number=number)
        act(phone, "pause", task)
        again = act(phone, "start", task, number=number)

        assert first == again == {"ok": True, "task": task.pk, "state": "in_progress"}
        assert state(task) == TaskState.PAUSED
        assert TaskEvent.objects.filter(task=task, what=TaskEventKind.STARTED).count() == 1

    def test_a_refusal_is_kept_as_an_answer_too(self, phone, task, manager):
        number = uuid.uuid4()
        assign_tasks(hotel_id=task.hotel_id, given={task.pk: (None, None)}, user_id=None, now=NOW)
        refused = act(phone, "start", task, number=number)
        assign_tasks(
            hotel_id=task.hotel_id,
            given={task.pk: (PhoneAction.objects.get().user_id, None)},
            user_id=None,
            now=NOW,
        )

        assert refused["ok"] is False
        assert "given to somebody else" in refused["message"]
        assert act(phone, "start", task, number=number) == refused
        assert state(task) == TaskState.ASSIGNED

    def test_a_finding_and_its_photo_sent_twice_are_one(self, phone, task):
        report, photo = uuid.uuid4(), uuid.uuid4()
        for _time in range(2):
            answer = act(phone, "finding", task, number=report, finding="damage", text="Lamp is broken")
            assert answer["ok"]
            assert send_photo(phone, task, number=photo, of=str(report))["ok"]

        finding = Finding.objects.get()
        assert (finding.text, finding.room.name) == ("Lamp is broken", "101")
        assert Photo.objects.get().finding == finding

    def test_what_fails_leaves_nothing_and_works_the_next_time(self, phone, cleaner, task, monkeypatch):
        number = uuid.uuid4()
        action = read_action({"id": str(number), "kind": "start", "task": task.pk}, now=NOW)

        def broken(*_of):
            raise RuntimeError("the database went away")

        with monkeypatch.context() as patch:
            patch.setitem(actions._EFFECTS, "start", broken)
            with pytest.raises(RuntimeError):
                perform(user=cleaner, action=action, now=NOW)
        assert not PhoneAction.objects.exists()

        assert act(phone, "start", task, number=number)["ok"]
        assert state(task) == TaskState.IN_PROGRESS

    def test_somebody_elses_number_tells_nothing(self, phone, hotel, task):
        number = uuid.uuid4()
        act(phone, "start", task, number=number)
        other = Client()
        other.force_login(make_person("other@example.org", hotel, Role.CLEANER))

        answer = act(other, "start", task, number=number)

        assert answer == {"ok": False, "message": "Somebody else sent this before.", "task": None}

    @pytest.mark.django_db(transaction=True)
    def test_at_the_same_moment_it_is_done_once(self, hotel, cleaner, task):
        number = uuid.uuid4()
        action = read_action(
            {"id": str(number), "kind": "finding", "task": task.pk, "finding": "damage", "text": "Lamp"},
            now=NOW,
        )
        answers = []
        together = threading.Barrier(4)

        def send():
            together.wait()
            try:
                answers.append(perform(user=cleaner, action=action, now=NOW))
            finally:
                connection.close()

        threads = [threading.Thread(target=send) for _each in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(answers) == 4
        assert all(answer == answers[0] for answer in answers)
        assert Finding.objects.count() == 1


class TestWork:
    def test_a_whole_clean(self, phone, task, bath, cleaner):
        for kind, fields, after in (
            ("accept", {}, "accepted"),
            ("start", {}, "in_progress"),
            ("tick", {"item": bath.pk}, "in_progress"),
            ("pause", {}, "paused"),
            ("start", {}, "in_progress"),
            ("finish", {}, "done"),
        ):
            assert act(phone, kind, task, **fields) == {"ok": True, "task": task.pk, "state": after}

        assert ChecklistTick.objects.get().done_by == cleaner
        assert CleaningTask.objects.get(pk=task.pk).finished_by == cleaner

    def test_unticking(self, phone, task, bath):
        act(phone, "tick", task, item=bath.pk)
        act(phone, "untick", task, item=bath.pk)

        assert not ChecklistTick.objects.exists()

    def test_an_open_line_stands_against_the_end(self, phone, task, bath):
        act(phone, "start", task)

        answer = act(phone, "finish", task)

        assert answer == {"ok": False, "message": "Still open: Bath", "task": task.pk}
        assert state(task) == TaskState.IN_PROGRESS

    def test_a_photo_of_a_line_that_needs_one(self, phone, task, bath):
        bath.needs_photo = True
        bath.save()
        act(phone, "tick", task, item=bath.pk)
        assert act(phone, "finish", task)["ok"] is False

        assert send_photo(phone, task, item=bath.pk)["ok"]
        assert act(phone, "finish", task)["ok"]
        assert Photo.objects.get().item == bath

    def test_not_possible_with_its_reason(self, phone, task):
        answer = act(phone, "not_possible", task, problem="no_access", remark="The lock blinks red")

        assert answer["state"] == "not_possible"
        task.refresh_from_db()
        assert (task.problem, task.remark) == ("no_access", "The lock blinks red")
        assert act(phone, "not_possible", task, problem="bored")["ok"] is False

    def test_taking_a_press_back(self, phone, task):
        act(phone, "finish", task)
        answer = act(phone, "reopen", task)

        assert answer["state"] == "assigned"
        assert state(task) == TaskState.ASSIGNED

    def test_a_finding_without_words_is_refused_kindly(self, phone, task):
        answer = act(phone, "finding", task, finding="lost_item", text="  ")

        assert answer == {"ok": False, "message": "Say what it is.", "task": task.pk}

    def test_a_photo_of_a_finding_that_was_refused_is_refused(self, phone, task):
        number = uuid.uuid4()
        act(phone, "finding", task, number=number, finding="damage", text="")

        assert send_photo(phone, task, of=str(number))["ok"] is False
        assert not Photo.objects.exists()

    def test_a_file_that_is_no_photo_is_refused_kindly(self, phone, task):
        answer = phone.post(
            "/my/photos/",
            {"id": str(uuid.uuid4()), "task": task.pk, "photo": SimpleUploadedFile("a.jpg", b"no photo")},
        )

        assert answer.status_code == 200
        assert answer.json()["ok"] is False
        assert not Photo.objects.exists()

    def test_an_inspection_passes_or_sends_back(self, phone, hotel, cleaner, task):
        for kind, after in (("send_back", TaskState.PAUSED), ("pass", TaskState.INSPECTED)):
            CleaningTask.objects.filter(pk=task.pk).update(is_inspected=True)
            act(phone, "finish", task)
            inspection = CleaningTask.objects.get(inspects=task, finished_at=None)
            assign_tasks(hotel_id=hotel.pk, given={inspection.pk: (cleaner.pk, None)}, user_id=None, now=NOW)
            assert act(phone, kind, inspection, remark="Hair in the bath")["ok"]
            assert state(task) == after

    def test_reading_a_message(self, phone, cleaner, stranger):
        own = CleanerMessage.objects.create(user=cleaner, created_at=NOW, subject="1 new", text="101")
        other = CleanerMessage.objects.create(user=stranger, created_at=NOW, subject="2 new", text="1")

        assert act(phone, "read", None, messages=[own.pk, other.pk, "x"])["ok"]

        own.refresh_from_db()
        other.refresh_from_db()
        assert own.read_at == NOW
        assert other.read_at is None


class TestTime:
    def test_it_was_done_when_the_phone_says(self, phone, task):
        act(phone, "start", task, at="2031-06-02T09:10:00Z")
        act(phone, "finish", task, at="2031-06-02T11:40:00.000+02:00")

        task.refresh_from_db()
        assert task.started_at == datetime(2031, 6, 2, 9, 10, tzinfo=UTC)
        assert task.worked_seconds == 30 * 60
        action = PhoneAction.objects.get(kind="start")
        assert action.done_at == task.started_at
        assert action.received_at == NOW

    @pytest.mark.parametrize(
        ("said", "taken"),
        [
            ("2031-06-05T10:00:00Z", NOW),
            ("2031-05-01T10:00:00Z", NOW - timedelta(hours=48)),
            (None, NOW),
            ("soon", NOW),
            ("2031-13-45T10:00:00Z", NOW),
        ],
    )
    def test_never_in_the_future_nor_long_ago(self, said, taken):
        sent = {"id": str(uuid.uuid4()), "kind": "start", "task": 1, "at": said}

        assert read_action(sent, now=NOW).done_at == taken


class TestScope:
    """Whatever a phone names, only the person's own tasks are touched."""

    KINDS = (
        ("accept", {}),
        ("start", {}),
        ("pause", {}),
        ("finish", {}),
        ("not_possible", {"problem": "refused"}),
        ("reopen", {}),
        ("pass", {}),
        ("send_back", {"remark": "no"}),
        ("tick", {"item": 1}),
        ("untick", {"item": 1}),
        ("finding", {"finding": "damage", "text": "Lamp"}),
    )

    @pytest.mark.parametrize(("kind", "fields"), KINDS)
    def test_not_a_colleagues(self, client, hotel, task, kind, fields):
        client.force_login(make_person("other@example.org", hotel, Role.CLEANER))
        before = CleaningTask.objects.values().get(pk=task.pk)

        answer = act(client, kind, task, **fields)

        assert answer["ok"] is False
        assert CleaningTask.objects.values().get(pk=task.pk) == before
        assert not Finding.objects.exists()

    @pytest.mark.parametrize("who", ["stranger", "receptionist", "manager"])
    def test_not_of_another_hotel_nor_without_being_given_it(self, client, request, who, task):
        client.force_login(request.getfixturevalue(who))

        assert act(client, "start", task)["ok"] is False
        assert send_photo(client, task)["ok"] is False
        assert state(task) == TaskState.ASSIGNED
        assert not Photo.objects.exists()

    def test_no_photo_goes_to_what_a_colleague_reported(self, phone, client, hotel, task):
        number = uuid.uuid4()
        act(phone, "finding", task, number=number, finding="damage", text="Lamp")
        other = make_person("other@example.org", hotel, Role.CLEANER)
        own = task_of(book(hotel, "102", days(-2), TODAY, plan=True), "departure")
        assign_tasks(hotel_id=hotel.pk, given={own.pk: (other.pk, None)}, user_id=None, now=NOW)
        client.force_login(other)

        assert send_photo(client, own, of=str(number))["ok"] is False
        assert not Photo.objects.exists()

    def test_not_after_leaving_the_hotel(self, phone, cleaner, task):
        Membership.objects.filter(user=cleaner).delete()

        assert act(phone, "start", task)["ok"] is False

    def test_not_a_line_of_another_hotels_list(self, phone, other_hotel, task, bath):
        checklist = Checklist.objects.create(hotel=other_hotel, name="Salida", kind="departure")
        foreign = ChecklistItem.objects.create(hotel=other_hotel, checklist=checklist, texts={"en": "X"})

        assert act(phone, "tick", task, item=foreign.pk)["ok"] is False
        assert not ChecklistTick.objects.exists()


class TestDoor:
    def test_a_session_that_ended_is_told_so(self, client, task):
        answer = client.post("/my/actions/", "{}", content_type="application/json")

        assert answer.status_code == 401
        assert client.post("/my/photos/", {"photo": picture()}).status_code == 401

    def test_what_another_person_did_on_this_phone_is_not_taken_as_ones_own(self, phone, cleaner, task):
        sent = {"id": str(uuid.uuid4()), "kind": "start", "task": task.pk, "person": cleaner.pk + 1}

        answer = phone.post("/my/actions/", json.dumps(sent), content_type="application/json")

        assert answer.status_code == 409
        assert state(task) == TaskState.ASSIGNED

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "[]",
            "{",
            '{"id": "1"}',
            '{"id": "6a0e3a52-6f0c-4c1b-9d53-1f1a6a2a7c11", "kind": "delete"}',
            "x" * 30_000,
        ],
    )
    def test_nonsense_is_no_action(self, phone, body):
        answer = phone.post("/my/actions/", body, content_type="application/json")

        assert answer.status_code == 400
        assert not PhoneAction.objects.exists()

    @pytest.mark.parametrize("number", ["", "x", 1.5, True, -3, 2**70, None])
    def test_a_line_needs_its_number(self, phone, task, number):
        sent = {"id": str(uuid.uuid4()), "kind": "tick", "task": task.pk, "item": number}

        answer = phone.post("/my/actions/", json.dumps(sent), content_type="application/json")

        assert answer.status_code == 400
        assert not PhoneAction.objects.exists()

    def test_a_time_without_a_zone_is_not_understood(self):
        with pytest.raises(NotUnderstood):
            read_action({"id": str(uuid.uuid4()), "kind": "start", "at": "2031-06-02T10:00:00"}, now=NOW)

    def test_forged_forms_are_refused(self, cleaner, task):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(cleaner)

        answer = strict.post(
            "/my/actions/",
            json.dumps({"id": str(uuid.uuid4()), "kind": "start", "task": task.pk}),
            content_type="application/json",
        )
        assert answer.status_code == 403
        strict.get("/my/day.json")
        token = strict.cookies["csrftoken"].value
        answer = strict.post(
            "/my/actions/",
            json.dumps({"id": str(uuid.uuid4()), "kind": "start", "task": task.pk}),
            content_type="application/json",
            headers={"X-CSRFToken": token},
        )
        assert answer.json()["ok"]


def test_numbers_are_forgotten_after_ninety_days(phone, task):
    act(phone, "accept", task)

    assert forget_phone_actions(now=NOW + timedelta(days=90)) == 0
    assert forget_phone_actions(now=NOW + timedelta(days=91)) == 1
    assert state(task) == TaskState.ACCEPTED


class TestHostileContent:
    """What a phone never sends, and what must not hold up what it sends afterwards."""

    def send(self, client, body):
        return client.post("/my/actions/", body, content_type="application/json")

    @pytest.mark.parametrize("text", ["tap\x00 drips", "tap \ud83d drips"])
    def test_text_that_no_database_holds_is_kept_without_it(self, client, cleaner, task, text):
        client.force_login(cleaner)
        sent = {
            "id": str(uuid.uuid4()),
            "kind": "finding",
            "task": task.pk,
            "finding": "damage",
            "text": text,
            "at": None,
        }

        answer = self.send(client, json.dumps(sent))

        assert answer.status_code == 200
        found = Finding.objects.get().text
        assert "\x00" not in found
        assert (found[:3], found[-5:]) == ("tap", "drips")

    @pytest.mark.parametrize("named", [5, "all", {"a": 1}])
    def test_messages_of_a_wrong_shape_are_none(self, client, cleaner, task, named):
        client.force_login(cleaner)
        sent = {"id": str(uuid.uuid4()), "kind": "read", "messages": named, "at": None}

        assert self.send(client, json.dumps(sent)).status_code == 200

    def test_a_body_nested_without_end_is_refused(self, client, cleaner):
        assert self.send(client, "[" * 15_000).status_code == 401
        client.force_login(cleaner)
        assert self.send(client, "[" * 15_000).status_code == 400
