"""How messages go out: tried, tried again later, given up with the reason, never lost."""

from __future__ import annotations

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from cleaning.choices import DeliveryState
from cleaning.message_channels import SendFailed, forget_channel, register_channel
from cleaning.message_delivery import LEASE, PAUSES, deliver_messages, try_again
from cleaning.messages import write_messages
from cleaning.models import CleanerMessage, MessageDelivery
from cleaning.tasks import tell_people
from tests.cleaning.houses import NOW, TODAY, book, days, task_of
from tests.cleaning.test_messages import give

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
DUE = NOW + MINUTE


class Pigeon:
    """A way of sending as another app would bring it."""

    slug = "pigeon"
    label = "Pigeon"

    def __init__(self):
        self.failures = []
        self.sent = []

    def address_of(self, user):
        return f"loft of {user.name}"

    def send(self, message):
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message)


@pytest.fixture
def pigeon():
    channel = Pigeon()
    register_channel(channel)
    yield channel
    forget_channel("pigeon")


@pytest.fixture
def written(hotel, cleaner, housekeeping_manager):
    """A message to the cleaner, not sent yet."""
    give(
        task_of(book(hotel, "101", TODAY, days(2), plan=True), "departure"), cleaner, by=housekeeping_manager
    )

    def write():
        assert write_messages(DUE) == 1
        return CleanerMessage.objects.get()

    return write


def delivery(slug="email"):
    return MessageDelivery.objects.get(channel=slug)


def test_an_e_mail_has_text_and_html_and_a_link_to_the_own_day(written, cleaner, settings):
    message = written()
    assert deliver_messages(DUE) == 1
    (sent,) = mail.outbox
    assert sent.to == [cleaner.email]
    assert sent.subject == message.subject
    (html, kind) = sent.alternatives[0][:2]
    assert kind == "text/html"
    for body in (sent.body, html):
        assert "101 · Departure" in body
        assert settings.PUBLIC_BASE_URL in body
    assert (delivery().state, delivery().sent_at) == (DeliveryState.SENT, DUE)


def test_what_went_out_is_not_sent_again(written):
    written()
    deliver_messages(DUE)
    assert deliver_messages(DUE + timedelta(days=1)) == 0
    assert len(mail.outbox) == 1


def test_every_attempt_bears_the_same_number(written, monkeypatch):
    written()
    numbers = []

    def out_of_order(self, messages):
        numbers.extend(message.extra_headers["Message-ID"] for message in messages)
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(EmailBackend, "send_messages", out_of_order)
    deliver_messages(DUE)
    deliver_messages(DUE + PAUSES[0])
    assert len(numbers) == 2
    assert len(set(numbers)) == 1


def test_a_failure_is_tried_again_later_with_its_reason_shown(written, pigeon):
    written()
    pigeon.failures = [SendFailed("the loft is closed")]
    deliver_messages(DUE)
    assert (delivery("pigeon").state, delivery("pigeon").error) == (
        DeliveryState.WAITING,
        "the loft is closed",
    )
    assert deliver_messages(DUE + PAUSES[0] - timedelta(seconds=1)) == 0
    assert deliver_messages(DUE + PAUSES[0]) == 1
    assert (delivery("pigeon").attempts, delivery("pigeon").error) == (2, "")


def test_one_way_that_fails_does_not_hold_up_the_other(written, pigeon):
    written()
    pigeon.failures = [ZeroDivisionError()]
    assert deliver_messages(DUE) == 1
    assert len(mail.outbox) == 1
    assert delivery("pigeon").error == "ZeroDivisionError"


def test_it_is_given_up_after_so_many_attempts_and_can_be_tried_again_by_a_person(written, pigeon):
    written()
    pigeon.failures = [SendFailed("no wind")] * (len(PAUSES) + 1)
    now = DUE
    for pause in (*PAUSES, timedelta(days=1)):
        deliver_messages(now)
        now += pause
    assert (delivery("pigeon").state, delivery("pigeon").error) == (DeliveryState.FAILED, "no wind")
    assert deliver_messages(now) == 0
    try_again(delivery_id=delivery("pigeon").pk, now=now)
    assert deliver_messages(now) == 1


def test_an_address_that_does_not_exist_is_not_tried_again(written, pigeon):
    written()
    pigeon.failures = [SendFailed("no such loft", permanent=True)]
    deliver_messages(DUE)
    assert (delivery("pigeon").state, delivery("pigeon").attempts) == (DeliveryState.FAILED, 1)


def test_a_mailbox_that_is_refused_for_good_is_given_up_at_once(written, monkeypatch, cleaner):
    written()

    def refuse(self, messages):
        raise smtplib.SMTPRecipientsRefused({cleaner.email: (550, b"no such person")})

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    deliver_messages(DUE)
    assert delivery().state == DeliveryState.FAILED


def test_a_worker_that_dies_while_it_sends_loses_nothing(written, pigeon):
    written()
    pigeon.failures = [KeyboardInterrupt()]
    MessageDelivery.objects.filter(channel="email").delete()
    with pytest.raises(KeyboardInterrupt):
        deliver_messages(DUE)
    assert delivery("pigeon").state == DeliveryState.WAITING
    assert deliver_messages(DUE + LEASE - timedelta(seconds=1)) == 0
    assert deliver_messages(DUE + LEASE) == 1


def test_a_way_whose_app_is_gone_fails_with_a_sentence(written, pigeon):
    written()
    forget_channel("pigeon")
    deliver_messages(DUE)
    assert delivery("pigeon").state == DeliveryState.FAILED
    assert delivery("pigeon").error


def test_who_may_not_sign_in_any_more_gets_nothing(written, cleaner):
    written()
    cleaner.is_active = False
    cleaner.save()
    deliver_messages(DUE)
    assert mail.outbox == []
    assert delivery().state == DeliveryState.FAILED


def test_a_way_is_told_what_it_needs_and_no_more(written, pigeon, hotel, cleaner):
    message = written()
    deliver_messages(DUE)
    (sent,) = pigeon.sent
    assert (sent.address, sent.language) == ("loft of Ilie Munteanu", "en")
    assert (sent.user_id, sent.hotel_ids) == (cleaner.pk, (hotel.pk,))
    assert (sent.subject, sent.text) == (message.subject, message.text)


def test_the_task_of_every_minute_writes_and_sends(hotel, cleaner, housekeeping_manager, time_machine):
    time_machine.move_to(NOW, tick=False)
    give(
        task_of(book(hotel, "101", TODAY, days(2), plan=True), "departure"), cleaner, by=housekeeping_manager
    )
    tell_people()
    assert mail.outbox == []
    time_machine.move_to(DUE, tick=False)
    tell_people()
    tell_people()
    assert len(mail.outbox) == 1
