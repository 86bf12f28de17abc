"""Two workers that tell people at the same time tell everything once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from cleaning.message_delivery import deliver_messages
from cleaning.messages import write_messages
from cleaning.models import CleanerMessage, TaskEvent
from cleaning.overdue import tell_overdue
from tests.cleaning.houses import NOW, TODAY, book, days, task_of
from tests.cleaning.test_messages import give
from tests.reservations.test_intake_races import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)
DUE = NOW + timedelta(minutes=1)


@pytest.fixture
def task(hotel):
    return task_of(book(hotel, "101", days(-2), TODAY, plan=True), "departure")


def test_one_message_is_written_by_whoever_comes_first(task, cleaner, housekeeping_manager):
    give(task, cleaner, by=housekeeping_manager)
    assert all_at_once(*[lambda: write_messages(DUE)] * 4) == []
    assert CleanerMessage.objects.count() == 1


def test_one_mail_is_sent_by_whoever_comes_first(task, cleaner, housekeeping_manager):
    give(task, cleaner, by=housekeeping_manager)
    write_messages(DUE)
    assert all_at_once(*[lambda: deliver_messages(DUE)] * 4) == []
    assert len(mail.outbox) == 1


def test_late_work_is_told_once_by_whoever_comes_first(task, housekeeping_manager):
    end = task.window_end
    assert all_at_once(*[lambda: tell_overdue(end)] * 4) == []
    assert TaskEvent.objects.filter(what="overdue").count() == 1
