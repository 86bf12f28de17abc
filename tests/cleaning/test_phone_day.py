"""The day on the phone: what it shows, to whom, in which order, and that its buttons work without a script."""

from __future__ import annotations

import io
import re
import uuid
from datetime import time, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from cleaning.choices import CompanyRole, Priority, TaskState
from cleaning.decisions import assign_tasks, override_task
from cleaning.doors import keep_codes
from cleaning.models import (
    Checklist,
    ChecklistItem,
    ChecklistTick,
    CleanerMessage,
    CleaningCompany,
    CleaningRule,
    CleaningTask,
    CleaningTeam,
    CompanyContract,
    CompanyMember,
    Finding,
    Photo,
)
from cleaning.phone.day import day_of
from cleaning.photos import store_photo
from cleaning.work import finish_task, not_possible, start_task
from reservations.choices import Role
from reservations.models import Membership, Property
from tests.cleaning.houses import NOW, TODAY, book, change, days, room_of, task_of
from tests.cleaning.pictures import upload
from tests.people import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def give(task, person, team=None):
    given = {task.pk: (None, team.pk) if team else (person.pk, None)}
    assign_tasks(hotel_id=task.hotel_id, given=given, user_id=None, now=NOW)
    return CleaningTask.objects.get(pk=task.pk)


def leaving(hotel, room, day=TODAY):
    return task_of(book(hotel, room, day - timedelta(days=1), day, plan=True), "departure")


@pytest.fixture
def task(hotel, cleaner):
    return give(leaving(hotel, "101"), cleaner)


@pytest.fixture
def phone(client, cleaner):
    client.force_login(cleaner)
    return client


def rooms(tasks):
    return [task.room for task in tasks]


class TestOrder:
    def test_what_is_begun_comes_first_then_what_is_urgent_and_what_could_not_be_done_last(
        self, hotel, cleaner
    ):
        tasks = {room: give(leaving(hotel, room), cleaner) for room in ("101", "102", "103", "104", "105")}
        arrives = book(hotel, "103", TODAY, days(1), plan=True)
        assert arrives.pk
        at = {"hotel_id": hotel.pk, "user_id": cleaner.pk, "now": NOW}
        start_task(task_id=tasks["104"].pk, **at)
        not_possible(task_id=tasks["101"].pk, problem="refused", **at)
        finish_task(task_id=tasks["102"].pk, **at)

        day = day_of(cleaner, NOW)

        assert rooms(day.to_do) == ["104", "103", "105"]
        assert rooms(day.stuck) == ["101"]
        assert rooms(day.done) == ["102"]
        assert day.to_do[1].is_urgent
        assert day.total == 5

    def test_unfinished_work_of_yesterday_comes_with_today_and_done_work_does_not(self, hotel, cleaner):
        late = give(leaving(hotel, "101"), cleaner)
        done = give(leaving(hotel, "102"), cleaner)
        finish_task(hotel_id=hotel.pk, task_id=done.pk, user_id=cleaner.pk, now=NOW)

        day = day_of(cleaner, NOW + timedelta(days=1))

        assert [(task.pk, task.when) for task in day.to_do] == [(late.pk, "left_over")]
        assert day.done == ()

    def test_the_next_days_stand_below(self, hotel, cleaner):
        for room, count in (("101", 0), ("102", 1), ("103", 6), ("104", 7)):
            give(leaving(hotel, room, days(count)), cleaner)

        day = day_of(cleaner, NOW)

        assert rooms(day.to_do) == ["101"]
        assert [(each.name, rooms(each.tasks)) for each in day.later] == [
            ("Tomorrow", ["102"]),
            ("Sunday 8 June", ["103"]),
        ]

    def test_today_is_what_the_house_calls_so(self, hotel, cleaner, task):
        one_at_night = NOW.replace(hour=23, minute=30)  # 01:30 in Madrid, before the night audit
        five_in_the_morning = one_at_night + timedelta(hours=4)

        assert day_of(cleaner, one_at_night).to_do[0].when == "today"
        assert day_of(cleaner, five_in_the_morning).to_do[0].when == "left_over"

    def test_all_hotels_of_a_person_with_their_names(self, hotel, other_hotel, cleaner, task):
        Membership.objects.create(hotel=other_hotel, user=cleaner, role=Role.CLEANER)
        give(leaving(other_hotel, "1"), cleaner)

        day = day_of(cleaner, NOW)

        assert day.several_houses
        assert {task.house for task in day.to_do} == {"Hotel Paradise", "Hostal Mirador"}

    def test_cancelled_work_is_not_shown(self, hotel, cleaner, task):
        override_task(hotel_id=hotel.pk, task_id=task.pk, changes={"skip": True}, now=NOW)

        assert day_of(cleaner, NOW).tasks == []


class TestWords:
    def test_why_and_until_when(self, hotel, cleaner, task):
        book(hotel, "101", TODAY, days(1), plan=True)
        CleaningTask.objects.filter(pk=task.pk).update(vacated_at=NOW.replace(hour=8, minute=12))
        override_task(
            hotel_id=hotel.pk, task_id=task.pk, changes={"note": "Sofa bed for two", "minutes": 50}, now=NOW
        )

        (shown,) = day_of(cleaner, NOW).to_do

        assert shown.until == "until 15:00"
        assert shown.reasons == ("The guest left at 10:12", "A guest arrives at 15:00")
        assert (shown.note, shown.minutes) == ("Sofa bed for two", 50)

    def test_a_guest_who_waits(self, hotel, cleaner, task):
        CleaningTask.objects.filter(pk=task.pk).update(priority=Priority.GUEST_WAITING)

        (shown,) = day_of(cleaner, NOW).to_do

        assert shown.until == "at once"
        assert "A guest is waiting for this room" in shown.reasons

    def test_no_name_of_a_guest_is_anywhere(self, phone, task):
        task.stay.guest_name = "Ondina Velasco"
        task.stay.save()

        assert "Ondina" not in phone.get("/my/").content.decode()
        assert "Ondina" not in phone.get(f"/my/tasks/{task.pk}/").content.decode()
        assert "Ondina" not in phone.get("/my/day.json").content.decode()

    def test_the_persons_language(self, phone, cleaner, task):
        cleaner.language = "es"
        cleaner.save()

        page = phone.get("/my/").content.decode()

        assert '<html lang="es">' in page
        assert "Salida" in page

    def test_what_an_inspection_said(self, hotel, cleaner, phone, task):
        CleaningTask.objects.filter(pk=task.pk).update(
            state=TaskState.PAUSED, open_key=None, remark="Hair in the bath"
        )

        assert "Hair in the bath" in phone.get(f"/my/tasks/{task.pk}/").content.decode()

    def test_an_empty_day_says_so(self, phone):
        assert "Nothing to clean today" in phone.get("/my/").content.decode()


class TestChecklist:
    def test_the_lists_of_every_task_with_what_is_done(self, hotel, cleaner, task):
        own = give(leaving(hotel, "102"), cleaner)
        usual = Checklist.objects.create(hotel=hotel, name="Salida", kind="departure")
        suite = Checklist.objects.create(hotel=hotel, name="Suite", kind="departure", is_default=False)
        bath = ChecklistItem.objects.create(hotel=hotel, checklist=usual, texts={"en": "Bath"}, position=2)
        bed = ChecklistItem.objects.create(
            hotel=hotel, checklist=usual, texts={"es": "Cama", "en": "Bed"}, position=1, is_required=False
        )
        ChecklistItem.objects.create(hotel=hotel, checklist=usual, texts={"en": "Old"}, is_active=False)
        jacuzzi = ChecklistItem.objects.create(hotel=hotel, checklist=suite, texts={"en": "Jacuzzi"})
        CleaningTask.objects.filter(pk=own.pk).update(checklist=suite)
        ChecklistTick.objects.create(hotel=hotel, task=task, item=bath, done_by=cleaner, done_at=NOW)

        shown = {each.room: each for each in day_of(cleaner, NOW).to_do}

        assert [(line.pk, line.text, line.is_done, line.is_required) for line in shown["101"].lines] == [
            (bed.pk, "Bed", False, False),
            (bath.pk, "Bath", True, True),
        ]
        assert shown["101"].done_lines == 1
        assert [line.pk for line in shown["102"].lines] == [jacuzzi.pk]

    def test_not_of_another_hotel(self, hotel, other_hotel, cleaner, task):
        foreign = Checklist.objects.create(hotel=other_hotel, name="Salida", kind="departure")
        ChecklistItem.objects.create(hotel=other_hotel, checklist=foreign, texts={"en": "Foreign"})

        assert day_of(cleaner, NOW).to_do[0].lines == ()


class TestScope:
    def test_only_ones_own(self, client, hotel, task, receptionist, stranger):
        for person in (receptionist, stranger, make_person("other@example.org", hotel, Role.CLEANER)):
            client.force_login(person)
            assert day_of(person, NOW).tasks == []
            assert client.get(f"/my/tasks/{task.pk}/").status_code == 404
            assert client.post(f"/my/tasks/{task.pk}/", {"do": "start", "id": "1"})["Location"] == "/my/"
        task.refresh_from_db()
        assert task.state == TaskState.ASSIGNED

    def test_a_team_shares_its_tasks(self, hotel, cleaner):
        team = CleaningTeam.objects.create(hotel=hotel, name="Norte")
        team.members.add(cleaner)
        give(leaving(hotel, "101"), None, team)

        assert rooms(day_of(cleaner, NOW).to_do) == ["101"]

    def test_a_companys_cleaner_until_the_contract_ends(self, hotel):
        firm = CleaningCompany.objects.create(name="Limpiezas Brisa", slug="brisa")
        contract = CompanyContract.objects.create(hotel=hotel, company=firm)
        person = make_person("brisa@example.org")
        CompanyMember.objects.create(company=firm, user=person, role=CompanyRole.CLEANER)
        give(leaving(hotel, "101"), person)

        assert rooms(day_of(person, NOW).to_do) == ["101"]
        contract.delete()
        assert day_of(person, NOW).tasks == []

    def test_signed_out_the_page_asks_to_sign_in(self, client, task):
        assert client.get("/my/")["Location"] == "/accounts/login/?next=/my/"
        answer = client.get("/my/day.json")
        assert answer.status_code == 401
        assert answer.json() == {"ok": False, "problem": "signed_out"}


class TestCodes:
    @pytest.fixture
    def code(self, hotel):
        keep_codes(hotel_id=hotel.pk, codes={room_of(hotel, "101").pk: "4711-0815"})
        return "4711-0815"

    def test_in_the_data_until_the_houses_day_ends(self, phone, task, code):
        sent = phone.get("/my/day.json")

        # Four in the morning in Madrid.
        assert sent.json()["codes"] == [{"task": task.pk, "code": code, "until": "2031-06-03T02:00:00Z"}]
        assert code not in sent.json()["html"]
        assert sent["Cache-Control"] == "private, no-store"

    def test_on_the_tasks_own_page_and_never_on_the_page_that_phones_keep(self, phone, task, code):
        page = phone.get(f"/my/tasks/{task.pk}/")

        assert code in page.content.decode()
        assert page["Cache-Control"] == "private, no-store"
        assert code not in phone.get("/my/").content.decode()

    def test_not_after_the_task_is_done(self, phone, hotel, cleaner, task, code):
        finish_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=NOW)

        assert phone.get("/my/day.json").json()["codes"] == []
        assert code not in phone.get(f"/my/tasks/{task.pk}/").content.decode()

    @pytest.mark.parametrize("hours", [-24, 24])
    def test_not_on_another_day(self, phone, task, code, hours):
        with time_machine.travel(NOW + timedelta(hours=hours), tick=False):
            assert phone.get("/my/day.json").json()["codes"] == []
            assert code not in phone.get(f"/my/tasks/{task.pk}/").content.decode()

    def test_not_for_whom_the_task_was_taken_from(self, phone, hotel, task, code):
        other = make_person("other@example.org", hotel, Role.CLEANER)
        give(task, other)

        assert phone.get("/my/day.json").json()["codes"] == []

    def test_not_for_a_colleague_planner_or_desk(self, client, hotel, task, code, manager, receptionist):
        for person in (manager, receptionist):
            client.force_login(person)
            assert client.get("/my/day.json").json()["codes"] == []


class TestData:
    def test_the_same_day_is_a_304(self, phone, task):
        first = phone.get("/my/day.json")

        assert phone.get("/my/day.json", headers={"if-none-match": first["ETag"]}).status_code == 304

    @pytest.mark.parametrize("what", ["tick", "code", "note", "language", "news", "day", "state"])
    def test_any_change_is_another_day(self, phone, hotel, cleaner, task, what):
        checklist = Checklist.objects.create(hotel=hotel, name="Salida", kind="departure")
        bath = ChecklistItem.objects.create(hotel=hotel, checklist=checklist, texts={"en": "Bath"})
        first = phone.get("/my/day.json")
        now = NOW
        if what == "tick":
            ChecklistTick.objects.create(hotel=hotel, task=task, item=bath, done_by=cleaner, done_at=NOW)
        elif what == "code":
            keep_codes(hotel_id=hotel.pk, codes={task.room_id: "4711"})
        elif what == "note":
            override_task(hotel_id=hotel.pk, task_id=task.pk, changes={"note": "Two beds"}, now=NOW)
        elif what == "language":
            cleaner.language = "fr"
            cleaner.save()
        elif what == "news":
            CleanerMessage.objects.create(user=cleaner, created_at=NOW, subject="1 new", text="101")
        elif what == "state":
            start_task(hotel_id=hotel.pk, task_id=task.pk, user_id=cleaner.pk, now=NOW)
        else:
            now = NOW + timedelta(days=1)
        with time_machine.travel(now, tick=False):
            answer = phone.get("/my/day.json", headers={"if-none-match": first["ETag"]})

        assert answer.status_code == 200

    def test_it_brings_the_cookie_that_actions_are_sent_with(self, phone):
        assert "csrftoken" in phone.get("/my/day.json").cookies

    def test_the_number_of_queries_does_not_grow(self, phone, hotel, cleaner, django_assert_num_queries):
        Checklist.objects.create(hotel=hotel, name="Salida", kind="departure")
        give(leaving(hotel, "101"), cleaner)
        keep_codes(hotel_id=hotel.pk, codes={room_of(hotel, "101").pk: "1"})
        with django_assert_num_queries(6):
            day_of(cleaner, NOW)
        for room in ("102", "103", "104", "105"):
            give(leaving(hotel, room), cleaner)
        with django_assert_num_queries(6):
            assert len(day_of(cleaner, NOW).to_do) == 5


class TestWithoutAScript:
    def press(self, phone, task, do, *, number=None, **fields):
        return phone.post(
            f"/my/tasks/{task.pk}/", {"do": do, "id": str(number or uuid.uuid4()), **fields}, follow=True
        )

    def test_the_list_leads_to_the_task(self, phone, task):
        page = phone.get("/my/").content.decode()

        assert f'href="/my/tasks/{task.pk}/"' in page
        own = phone.get(f"/my/tasks/{task.pk}/").content.decode()
        assert re.search(rf'<article id="task-{task.pk}"[^>]*>', own)
        assert "hidden" not in re.search(rf'<article id="task-{task.pk}"[^>]*>', own).group()

    def test_buttons_work(self, phone, hotel, cleaner, task):
        checklist = Checklist.objects.create(hotel=hotel, name="Salida", kind="departure")
        bath = ChecklistItem.objects.create(hotel=hotel, checklist=checklist, texts={"en": "Bath"})
        self.press(phone, task, "start")
        page = self.press(phone, task, "finish").content.decode()
        assert "Still open: Bath" in page
        self.press(phone, task, f"tick:{bath.pk}")
        page = self.press(phone, task, "finish")

        assert page.redirect_chain == [("/my/", 302)]
        task.refresh_from_db()
        assert task.state == TaskState.DONE

    def test_one_form_pressed_twice_does_it_once(self, phone, task):
        number = uuid.uuid4()
        for _time in range(2):
            self.press(phone, task, "finding", number=number, finding="damage", text="Lamp")

        assert Finding.objects.count() == 1

    def test_another_button_of_the_same_form_is_another_thing(self, phone, task):
        number = uuid.uuid4()
        self.press(phone, task, "start", number=number)
        self.press(phone, task, "pause", number=number)

        task.refresh_from_db()
        assert task.state == TaskState.PAUSED

    def test_a_finding_with_its_photo(self, phone, task):
        out = io.BytesIO()
        Image.new("RGB", (40, 30)).save(out, "JPEG")
        photo = SimpleUploadedFile("a.jpg", out.getvalue(), "image/jpeg")

        self.press(phone, task, "finding", finding="lost_item", text="Ring", place="Desk", photo=photo)

        finding = Finding.objects.get()
        assert (finding.kind, finding.place, finding.task) == ("lost_item", "Desk", task)
        assert Photo.objects.get().finding == finding

    def test_nonsense_changes_nothing(self, phone, task):
        self.press(phone, task, "fly")
        self.press(phone, task, "tick:x")

        task.refresh_from_db()
        assert task.state == TaskState.ASSIGNED


class TestApp:
    def test_the_manifest_in_the_persons_language(self, phone, cleaner):
        cleaner.language = "es"
        cleaner.save()

        answer = phone.get("/my/manifest.webmanifest")

        assert answer["Content-Type"].startswith("application/manifest+json")
        described = answer.json()
        assert (described["scope"], described["start_url"], described["lang"]) == ("/my/", "/my/", "es")
        assert {icon["sizes"] for icon in described["icons"]} == {"192x192", "512x512"}
        assert "maskable" in {icon["purpose"] for icon in described["icons"]}

    def test_the_worker_names_the_shell_and_its_version(self, client):
        answer = client.get("/my/sw.js")
        text = answer.content.decode()

        assert answer["Content-Type"].startswith("text/javascript")
        assert answer["Cache-Control"] == "no-cache"
        assert '"/static/cleaning/phone/phone.js"' in text
        assert re.search(r'const VERSION = "[0-9a-f]{16}";', text)

    def test_the_page_keeps_to_the_content_security_policy(self, phone, task):
        answer = phone.get(f"/my/tasks/{task.pk}/")
        page = answer.content.decode()

        assert "default-src 'self'" in answer["Content-Security-Policy"]
        assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", page)


def test_houses_of_one_hotel_are_told_apart(hotel, cleaner, task):
    own = give(leaving(hotel, "102"), cleaner)
    annex = Property.objects.create(hotel=hotel, name="Annex", timezone="Atlantic/Canary")
    CleaningTask.objects.filter(pk=own.pk).update(property=annex)

    shown = {each.room: each for each in day_of(cleaner, NOW).to_do}

    assert (shown["101"].house, shown["102"].house) == ("Hotel Paradise", "Annex")
    # The same window, an hour earlier by the annex's clock.
    assert shown["101"].until != shown["102"].until


class TestWordsOfWork:
    def test_a_room_to_be_tried_again_is_not_all_done(self, hotel, cleaner, phone, task):
        other = give(leaving(hotel, "102"), cleaner)
        at = {"hotel_id": hotel.pk, "user_id": cleaner.pk, "now": NOW}
        finish_task(task_id=task.pk, **at)
        not_possible(task_id=other.pk, problem="refused", **at)

        assert "All done" not in phone.get("/my/").content.decode()
        finish_task(task_id=other.pk, **at)
        assert "All done" in phone.get("/my/").content.decode()

    def test_hours_that_people_decided_are_not_those_of_guests(self, hotel, cleaner, task):
        arriving = book(hotel, "101", TODAY, days(1), plan=True)
        change(arriving, arrives_at=time(16, 30))
        changes = {"start": time(12), "end": time(23, 30)}
        override_task(hotel_id=hotel.pk, task_id=task.pk, changes=changes, now=NOW)

        (shown,) = day_of(cleaner, NOW).to_do

        assert shown.until == "until 23:30"
        assert shown.reasons == ("The guest leaves by 11:00", "A guest arrives at 16:30")

    def test_a_check_says_when_its_own_guest_comes(self, hotel, cleaner):
        CleaningRule.objects.create(
            hotel=hotel, kind="arrival_check", minutes=10, after_empty_days=1, ends_at=time(12)
        )
        check = task_of(book(hotel, "103", TODAY, days(1), plan=True), "arrival_check")
        give(check, cleaner)

        (shown,) = day_of(cleaner, NOW).to_do

        assert (shown.until, shown.reasons) == ("until 12:00", ("A guest arrives at 15:00",))

    def test_what_is_to_be_done_stands_in_the_row(self, hotel, cleaner, phone, task):
        changes = {"note": "Sofa bed for two"}
        override_task(hotel_id=hotel.pk, task_id=task.pk, changes=changes, now=NOW)

        row = phone.get("/my/").content.decode().partition(f'data-row="{task.pk}"')[2].partition("</li>")[0]

        assert "Sofa bed for two" in row

    def test_photos_are_small_pictures_that_open(self, hotel, cleaner, phone, task):
        room = store_photo(
            hotel_id=hotel.pk, upload=upload(), task_id=task.pk, user_id=cleaner.pk, taken_at=NOW
        )
        page = phone.get(f"/my/tasks/{task.pk}/").content.decode()

        assert f'<a href="/my/photos/{room.pk}/"><img src="/my/photos/{room.pk}/" loading="lazy"' in page
        assert phone.get(f"/my/photos/{room.pk}/")["Content-Type"] == "image/jpeg"
