"""Switches for what is sent, the rhythm of reading, and the connection page's words about what is on sale."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from integrations.accounts import webhook_login_of
from integrations.forms import SettingsForm
from integrations.models import Connection, ConnectionStatus, OutboxJob
from integrations.registry import all_providers
from integrations.sending import send_waiting
from tests.integrations.conftest import make_connection
from tests.integrations.test_outbox import book


@pytest.fixture
def signed_in(client, manager):
    client.force_login(manager)
    return client


def page_of(client, connection) -> str:
    url = reverse("connection_detail", args=[connection.hotel.slug, connection.pk])
    return " ".join(client.get(url).content.decode().split())


def save(client, connection, **switches: str):
    url = reverse("connection_settings", args=[connection.hotel.slug, connection.pk])
    data = {f"settings-{name}": value for name, value in switches.items()}
    return client.post(url, {"settings-name": connection.name, **data})


class TestSwitches:
    def test_both_are_on_from_the_start(self, signed_in, channel):
        page = page_of(signed_in, channel)

        for name in ("send_availability", "send_rates"):
            (box,) = re.findall(rf'<input type="checkbox" name="settings-{name}"[^>]*>', page)
            assert "checked" in box

    def test_switched_off_nothing_is_sent_and_switched_on_everything_that_changed(
        self, signed_in, channel, board, desk, today
    ):
        day = today + timedelta(days=3)
        save(signed_in, channel, send_rates="on")
        book(desk, day)
        assert not OutboxJob.objects.exists()

        save(signed_in, channel, send_rates="on", send_availability="on")
        send_waiting(channel.pk)

        assert board.units("double", day) == 5

    def test_saving_the_name_sends_nothing(self, signed_in, channel):
        assert save(signed_in, channel, send_rates="on", send_availability="on").status_code == 303

        assert not OutboxJob.objects.exists()

    def test_a_provider_that_cannot_be_told_has_none(self, signed_in, hotel, keybox):
        connection = make_connection(hotel, provider=keybox, name="Keys")

        assert "send_availability" not in page_of(signed_in, connection)


class TestTheRhythm:
    @pytest.mark.parametrize(
        ("slug", "words", "minimum"),
        [
            ("keybox", "every 10 minutes", 1),
            ("booking_com", "every 20 seconds", 1),
            ("hostaway", "every 8 hours", 5),
        ],
    )
    def test_the_usual_one_is_said_and_a_rare_one_is_not_made_frequent(
        self, hotel, keybox, slug, words, minimum
    ):
        connection = Connection(hotel=hotel, provider=slug, name="x")

        field = SettingsForm(connection, all_providers()[slug].declaration).fields["poll_minutes"]

        assert words in str(field.help_text)
        assert field.min_value == minimum


class TestTheConnectionPage:
    def test_one_sentence_says_how_it_stands_and_leads_on(self, signed_in, channel, desk, today):
        url = reverse("connection_on_sale", args=[channel.hotel.slug, channel.pk])
        assert "Everything that is on sale was accepted." in page_of(signed_in, channel)

        book(desk, today + timedelta(days=3))

        page = page_of(signed_in, channel)
        assert "1 night waits to be sent since" in page
        assert f'href="{url}"' in page

    def test_a_provider_that_cannot_be_told_says_nothing_of_it(self, signed_in, hotel, keybox):
        assert "On sale" not in page_of(signed_in, make_connection(hotel, provider=keybox, name="Keys"))


class TestThePushAddress:
    @pytest.fixture
    def pushed(self, hotel):
        return make_connection(hotel, provider="booking_com", name="Booking.com", credentials={"key": "k"})

    def make_password(self, client, connection):
        return client.post(reverse("connection_push_password", args=[connection.hotel.slug, connection.pk]))

    def test_a_new_password_is_shown_once(self, signed_in, pushed):
        response = self.make_password(signed_in, pushed)

        pushed.refresh_from_db()
        login, password = webhook_login_of(pushed)
        assert password in response.content.decode()
        assert "no-store" in response["Cache-Control"]
        page = page_of(signed_in, pushed)
        assert login in page
        assert f"/hooks/booking_com/{pushed.webhook_token}/" in page
        assert password not in page

    def test_the_next_one_is_another_and_nothing_else_is_lost(self, signed_in, pushed):
        self.make_password(signed_in, pushed)
        pushed.refresh_from_db()
        first = webhook_login_of(pushed)

        self.make_password(signed_in, pushed)

        pushed.refresh_from_db()
        assert webhook_login_of(pushed) != first
        assert pushed.credentials["key"] == "k"

    def test_a_receptionist_sees_neither_address_nor_button(self, client, receptionist, pushed):
        client.force_login(receptionist)

        assert "/hooks/" not in page_of(client, pushed)
        assert self.make_password(client, pushed).status_code == 403

    def test_a_stranger_finds_nothing(self, client, stranger, pushed):
        client.force_login(stranger)

        assert self.make_password(client, pushed).status_code == 404

    def test_one_that_is_subscribed_by_itself_has_none(self, signed_in, hotel):
        connection = make_connection(hotel)

        assert "/hooks/" not in page_of(signed_in, connection)
        assert self.make_password(signed_in, connection).status_code == 404

    def test_a_disconnected_one_has_none(self, signed_in, pushed):
        Connection.objects.update(status=ConnectionStatus.DISCONNECTED)

        assert self.make_password(signed_in, pushed).status_code == 404
