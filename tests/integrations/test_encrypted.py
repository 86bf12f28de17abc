"""Columns that hold ciphertext only."""

from __future__ import annotations

import io

import pytest
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.db.models import F

from integrations.models import Connection
from reservations.encrypted import CredentialsUnreadable
from tests.integrations.keys import fernet_keys
from tests.integrations.outside import connect

pytestmark = pytest.mark.django_db

SECRET = "correct-horse-battery"
VALUE = {"access_token": SECRET, "number": 3, "nothing": None, "list": [1, "zwei", True], "name": "Ñandú"}


@pytest.fixture
def connection(hotel) -> Connection:
    return connect(hotel, credentials=VALUE, webhook_token=SECRET)


def raw_bytes() -> bytes:
    with database.cursor() as cursor:
        cursor.execute("SELECT credentials, webhook_token FROM integrations_connection")
        return b" ".join(bytes(value) for row in cursor.fetchall() for value in row)


def test_a_value_comes_back_as_it_was(connection):
    stored = Connection.objects.get()
    assert (stored.credentials, stored.webhook_token) == (VALUE, SECRET)


def test_the_database_holds_ciphertext(connection):
    assert SECRET.encode() not in raw_bytes()
    assert b"access_token" not in raw_bytes()


def test_the_same_value_is_never_the_same_ciphertext(connection):
    before = raw_bytes()
    connection.save()
    assert raw_bytes() != before


def test_update_keeps_the_secret(connection):
    Connection.objects.update(credentials={"access_token": "new"}, webhook_token="new")
    stored = Connection.objects.get()
    assert (stored.credentials, stored.webhook_token) == ({"access_token": "new"}, "new")


def test_update_from_another_column_keeps_the_secret(connection):
    Connection.objects.update(webhook_token=F("webhook_token"), failures=F("failures") + 1)
    assert Connection.objects.get().webhook_token == SECRET


def test_bulk_update_keeps_the_secret(connection, other_hotel):
    another = connect(other_hotel, credentials={"access_token": "other"})
    connection.credentials = {**VALUE, "number": 4}
    another.webhook_token = "second"
    Connection.objects.bulk_update([connection, another], ["credentials", "webhook_token"])
    assert Connection.objects.get(pk=connection.pk).credentials == {**VALUE, "number": 4}
    assert Connection.objects.get(pk=another.pk).credentials == {"access_token": "other"}
    assert Connection.objects.get(pk=another.pk).webhook_token == "second"
    assert SECRET.encode() not in raw_bytes()


def test_bulk_create_keeps_the_secret(connection):
    connection.pk = None
    Connection.objects.bulk_create([connection])
    assert [row.credentials for row in Connection.objects.all()] == [VALUE, VALUE]


def test_a_wrong_key_is_said_and_shows_nothing(connection):
    with (
        fernet_keys("another-key-of-more-than-32-characters"),
        pytest.raises(CredentialsUnreadable) as caught,
    ):
        Connection.objects.get()
    assert caught.value.__cause__ is None
    assert "gAAAA" not in str(caught.value)  # how ciphertext begins


def test_an_older_key_still_opens_what_it_closed(connection, settings):
    with fernet_keys("another-key-of-more-than-32-characters", *settings.FERNET_KEYS):
        assert Connection.objects.get().credentials == VALUE


@pytest.mark.parametrize("output", ["json", "xml", "jsonl"])
def test_dumpdata_refuses(connection, output):
    out = io.StringIO()
    with pytest.raises(CommandError, match="encrypted and cannot be exported"):
        call_command("dumpdata", "integrations.connection", format=output, stdout=out)
    assert SECRET not in out.getvalue()


def test_nothing_can_be_found_by_its_secret(connection):
    with pytest.raises(FieldError):
        Connection.objects.filter(webhook_token=SECRET).exists()


def test_no_secret_is_printed(connection):
    assert SECRET not in repr(connection) + str(connection)
