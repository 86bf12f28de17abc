"""What log lines and alerts say: whole sentences of the reader's language, codes of ours never."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from integrations.errors import Unreachable
from integrations.models import Alert, InboxMessage, LogEntry, SyncRun
from integrations.phrases import PHRASES, say, say_error
from integrations.words import say_line, say_problem

CHANGED = {"ref": "R-1", "guest": "Mara Quill", "fields": ["room_type", "guest_phone", "phone"]}


def test_days_are_said_as_the_reader_writes_them():
    params = {"ref": "R-1", "guest": "Mara Quill", "arrival": "2031-06-10", "departure": "2031-06-12"}

    with override("es"):
        said = say("reservation_created", params)

    assert said == "Nueva reserva R-1: Mara Quill, del mar 10 jun 2031 al jue 12 jun 2031."


def test_a_day_that_is_not_known_stays_a_dash():
    params = {"ref": "R-1", "guest": "—", "arrival": "—", "departure": "—"}

    assert say("reservation_created", params) == "New booking R-1: —, — to —."


def test_changed_fields_have_the_names_people_use_each_once():
    assert say("reservation_changed", CHANGED) == "Booking R-1 of Mara Quill changed: room type, telephone."


def test_changed_fields_are_named_in_the_readers_language():
    with override("fr"):
        assert "type de chambre, téléphone" in say("reservation_changed", CHANGED)


def test_a_change_without_named_fields_is_a_whole_sentence():
    assert say("reservation_changed", {**CHANGED, "fields": []}) == "Booking R-1 of Mara Quill changed."


def test_an_overbooked_stay_without_a_room_names_none():
    facts = {"guest": "Mara Quill", "room": "", "room_type": "Suite", "date": "2031-06-10"}

    said = say("overbooked", facts)

    assert said == "Mara Quill has no room: more Suite are sold than there are from Tue 10 Jun 2031."


def test_a_lost_permission_is_said_without_the_connection_on_its_own_page():
    line = LogEntry(code="needs_reconnect", params={})

    assert say_line(line) == "The permission to read this account has ended: please reconnect."


def test_the_other_sides_words_stand_in_brackets_behind_a_translated_sentence():
    with override("es"):
        said = say("test_failed", {"error_code": Unreachable.code, "error": "no answer within 10 s"})

    assert said == "La prueba ha fallado. El sistema externo no ha respondido. (no answer within 10 s)"


def test_a_detail_without_a_code_stands_in_brackets_too():
    said = say("message_item_failed", {"where": "event 3", "error": "DTEND is before DTSTART"})

    assert said == "Part of a message could not be read. (event 3: DTEND is before DTSTART)"


def test_an_unknown_error_is_never_the_bare_words_of_the_other_side():
    assert say_error("not_in_the_table", "Zugriff verweigert") == "Something went wrong. (Zugriff verweigert)"


def test_a_problem_of_a_message_begins_with_a_sentence():
    with override("fr"):
        said = say_problem({"where": "event 3", "message": "DTEND is before DTSTART"})

    assert said == "Cet élément n’a pas pu être lu. (event 3: DTEND is before DTSTART)"


@pytest.mark.parametrize("code", sorted(PHRASES))
def test_the_admins_titles_are_sentences(code):
    for row in (LogEntry(code=code), Alert(code=code)):
        assert str(row) != code


def test_the_admins_title_of_a_line_says_how_a_run_began():
    line = LogEntry(code="run_started", params={"trigger": SyncRun.Trigger.SCHEDULE.value})

    assert str(line) == "Started reading bookings (by schedule)."


def test_the_admins_title_of_a_message_has_the_name_of_its_integration():
    assert (
        str(InboxMessage(provider="octorate", kind="webhook", external_id="77")) == "Octorate · Webhook · 77"
    )
