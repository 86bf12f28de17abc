from __future__ import annotations

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from integrations.inbox import packed
from integrations.models import InboxMessage, LogEntry
from tests.integrations.conftest import queries_of

State = InboxMessage.State


@pytest.fixture
def url(connection):
    return reverse("connection_messages", args=[connection.hotel.slug, connection.pk])


@pytest.fixture
def signed_in(client, manager):
    client.force_login(manager)
    return client


def message(connection, number=1, body=b"{}", **fields):
    values = {
        "hotel": connection.hotel if connection else None,
        "connection": connection,
        "provider": "octorate",
        "kind": "webhook",
        "event": "RESERVATION_CHANGE",
        "external_id": f"88000{number}",
        "dedupe_key": f"d{number}",
        "state": State.DEAD,
        "attempts": 3,
        "body": packed(body),
        "received_at": timezone.now(),
    }
    return InboxMessage.objects.create(**{**values, **fields})


def page_of(connection, row, name="connection_message"):
    return reverse(name, args=[connection.hotel.slug, connection.pk, row.pk])


class TestList:
    def test_state_subject_tries_and_problems_are_told(self, signed_in, url, connection):
        message(
            connection, problems=[{"where": "event 3", "message": "DTEND is before DTSTART"}], duplicates=2
        )

        page = signed_in.get(url).content.decode()

        assert "880001" in page
        assert "3 tries" in page
        assert "came 2 more times" in page
        assert "event 3: DTEND is before DTSTART" in page

    def test_it_can_be_narrowed_to_a_state(self, signed_in, url, connection):
        message(connection, 1, state=State.DONE)
        message(connection, 2, state=State.DEAD)

        page = signed_in.get(f"{url}?show=dead").content.decode()

        assert "880002" in page
        assert "880001" not in page

    def test_an_unknown_state_shows_all(self, signed_in, url, connection):
        message(connection)

        assert "880001" in signed_in.get(f"{url}?show=nonsense").content.decode()

    def test_fifty_cost_no_more_queries_than_two(self, signed_in, url, connection):
        for n in range(2):
            message(connection, n)
        few = queries_of(signed_in, url)
        for n in range(2, 50):
            message(connection, n)

        assert queries_of(signed_in, url) == few

    def test_bodies_are_not_on_it(self, signed_in, url, connection):
        message(connection, body=b'{"guest": "Mara Quill"}')

        assert "Mara Quill" not in signed_in.get(url).content.decode()


class TestReplay:
    def test_one_message_is_processed_again(self, signed_in, url, connection):
        row = message(connection)

        response = signed_in.post(page_of(connection, row, "connection_message_replay"))

        row.refresh_from_db()
        assert response.status_code == 303
        assert (row.state, row.attempts) == (State.RECEIVED, 0)
        assert LogEntry.objects.get(code="message_replayed").message_id == row.pk

    def test_all_failed_ones_are_processed_again_and_no_others(self, signed_in, connection):
        dead, done = message(connection, 1), message(connection, 2, state=State.DONE)

        signed_in.post(reverse("connection_messages_replay", args=[connection.hotel.slug, connection.pk]))

        dead.refresh_from_db()
        done.refresh_from_db()
        assert (dead.state, done.state) == (State.RECEIVED, State.DONE)


class TestBody:
    def test_json_is_laid_out_and_the_inner_text_opened(self, signed_in, connection):
        body = json.dumps({"type": "X", "content": json.dumps({"guest": "Mara Quill"})}).encode()

        page = signed_in.get(page_of(connection, message(connection, body=body))).content.decode()

        assert "&quot;guest&quot;: &quot;Mara Quill&quot;" in page

    def test_secrets_and_card_numbers_are_taken_out(self, signed_in, connection):
        body = b'{"access_token": "tok-12345678", "note": "card 4111 1111 1111 1111"}'

        page = signed_in.get(page_of(connection, message(connection, body=body))).content.decode()

        assert "tok-12345678" not in page
        assert "4111" not in page

    @pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"<html>", b"", b"[" * 5000])
    def test_what_is_not_json_is_shown_and_escaped(self, signed_in, connection, body):
        response = signed_in.get(page_of(connection, message(connection, body=body)))

        assert response.status_code == 200
        assert b"<pre" in response.content
        assert b"<html></pre>" not in response.content

    def test_a_body_of_a_lost_key_is_said_to_be_closed(self, signed_in, connection, settings):
        row = message(connection, body=b"{}")
        field = InboxMessage._meta.get_field("body")
        InboxMessage.objects.filter(pk=row.pk).update(duplicates=0)
        from django.db import connection as database

        with database.cursor() as cursor:
            cursor.execute(
                f"UPDATE {InboxMessage._meta.db_table} SET {field.column} = %s WHERE id = %s",  # noqa: S608
                [b"gAAAAABnot-our-key", row.pk],
            )

        response = signed_in.get(page_of(connection, row))

        assert response.status_code == 200
        assert "cannot be opened" in response.content.decode()


class TestWhoMay:
    def test_a_receptionist_sees_the_list_and_neither_bodies_nor_buttons(
        self, client, receptionist, url, connection
    ):
        row = message(connection)
        client.force_login(receptionist)

        page = client.get(url).content.decode()

        assert "880001" in page
        assert "replay-" not in page
        assert client.get(page_of(connection, row)).status_code == 403
        assert client.post(page_of(connection, row, "connection_message_replay")).status_code == 403
        row.refresh_from_db()
        assert row.state == State.DEAD

    def test_a_message_of_another_connection_is_not_found(self, signed_in, connection, other_hotel):
        from tests.integrations.conftest import make_connection

        theirs = message(make_connection(other_hotel), 9)

        assert signed_in.get(page_of(connection, theirs)).status_code == 404
        assert signed_in.post(page_of(connection, theirs, "connection_message_replay")).status_code == 404

    def test_a_stranger_finds_nothing(self, client, stranger, url):
        client.force_login(stranger)

        assert client.get(url).status_code == 404

    def test_an_anonymous_visitor_is_sent_to_sign_in(self, client, url):
        assert reverse("account_login") in client.get(url)["Location"]


class TestAdmin:
    def test_operators_alone_see_messages_without_a_hotel(self, client, operator, manager, connection):
        message(None, 7, state=State.UNROUTED)
        url = reverse("admin:integrations_inboxmessage_changelist")

        client.force_login(operator)
        assert "880007" in client.get(url).content.decode()
        client.force_login(manager)
        assert "880007" not in client.get(url).content.decode()

    def test_operators_do_not_see_a_hotels_messages(self, client, operator, connection):
        row = message(connection, 8)
        client.force_login(operator)

        assert (
            "880008" not in client.get(reverse("admin:integrations_inboxmessage_changelist")).content.decode()
        )
        url = reverse("admin:integrations_inboxmessage_change", args=[row.pk])
        assert "880008" not in client.get(url, follow=True).content.decode()

    @pytest.mark.parametrize(
        "model", ["connection", "inboxmessage", "syncrun", "logentry", "exchange", "alert"]
    )
    def test_lists_are_there_to_look_at_only(self, client, manager, connection, model):
        message(connection)
        client.force_login(manager)

        assert client.get(reverse(f"admin:integrations_{model}_changelist")).status_code == 200
        assert client.get(reverse(f"admin:integrations_{model}_add")).status_code == 403

    def test_a_connections_row_shows_nothing_secret(self, client, manager, connection):
        client.force_login(manager)

        page = client.get(
            reverse("admin:integrations_connection_change", args=[connection.pk])
        ).content.decode()

        assert "Octorate" in page
        assert "an-access-token" not in page

    def test_an_operator_stores_a_registration_that_is_never_shown_again(self, client, operator):
        from integrations.applications import application_for
        from integrations.models import ProviderApplication

        client.force_login(operator)
        client.post(
            reverse("admin:integrations_providerapplication_add"),
            {
                "provider": "octorate",
                "octorate-client_id": "some-client-0001",
                "octorate-client_secret": "hidden-secret-0002",
            },
        )
        row = ProviderApplication.objects.get()
        url = reverse("admin:integrations_providerapplication_change", args=[row.pk])

        assert "hidden-secret" not in client.get(url).content.decode()
        client.post(url, {"octorate-client_id": "another-client-03", "octorate-client_secret": ""})
        assert application_for("octorate").credentials == {
            "client_id": "another-client-03",
            "client_secret": "hidden-secret-0002",
        }

    def test_a_manager_does_not_see_registrations(self, client, manager):
        client.force_login(manager)

        assert client.get(reverse("admin:integrations_providerapplication_changelist")).status_code == 403
