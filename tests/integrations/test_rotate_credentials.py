"""Changing the key that closes the secrets."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.utils import timezone

from integrations.management.commands import rotate_credentials
from integrations.models import Connection, InboxMessage, ProviderApplication
from reservations.encrypted import CredentialsUnreadable
from tests.integrations.keys import fernet_keys
from tests.integrations.outside import connect

pytestmark = pytest.mark.django_db

OLD = "the-old-key-of-more-than-32-characters"
NEW = "the-new-key-of-more-than-32-characters"


def rotate(*arguments: str) -> str:
    out = io.StringIO()
    call_command("rotate_credentials", *arguments, stdout=out, stderr=out)
    return out.getvalue()


@pytest.fixture
def secrets_under_the_old_key(hotel, monkeypatch) -> None:
    monkeypatch.setattr(rotate_credentials, "BATCH", 2)  # so that five rows are three batches
    with fernet_keys(OLD):
        for number in range(5):
            connect(hotel, credentials={"access_token": f"token {number}"})
        ProviderApplication.objects.create(provider="lodge", credentials={"client_secret": "secret"})
        InboxMessage.objects.create(
            provider="lodge", kind="webhook", dedupe_key="1", body="Ym9keQ==", received_at=timezone.now()
        )


def tokens() -> list[str]:
    return [row.credentials["access_token"] for row in Connection.objects.order_by("pk")]


def test_the_four_steps_of_a_rotation(secrets_under_the_old_key):
    expected = [f"token {number}" for number in range(5)]
    with fernet_keys(NEW, OLD):  # 1 and 2: the new key first, everywhere
        assert tokens() == expected
        with pytest.raises(CommandError, match="still need an older key"):
            rotate("--check")
        assert rotate().startswith("13 values")  # 3: two columns of five and of one, one of one
        assert "Nothing needs an older key" in rotate("--check")
    with fernet_keys(NEW):  # 4: without the old key
        assert tokens() == expected
        assert ProviderApplication.objects.get().credentials == {"client_secret": "secret"}
        assert InboxMessage.objects.get().body == "Ym9keQ=="


def test_without_the_command_dropping_the_old_key_loses_everything(secrets_under_the_old_key):
    with fernet_keys(NEW), pytest.raises(CredentialsUnreadable):
        tokens()


def test_what_is_stored_while_both_keys_are_there_is_under_the_new_one(secrets_under_the_old_key):
    with fernet_keys(NEW, OLD):
        Connection.objects.update(credentials={"access_token": "fresh"}, webhook_token="")
    with fernet_keys(NEW):
        assert tokens() == ["fresh"] * 5


def test_checking_changes_nothing(secrets_under_the_old_key):
    with fernet_keys(NEW, OLD), pytest.raises(CommandError):
        rotate("--check")
    with fernet_keys(OLD):
        assert len(tokens()) == 5


def test_a_second_run_finds_nothing_to_do(secrets_under_the_old_key):
    with fernet_keys(NEW, OLD):
        rotate()
        before = ciphertexts()
        assert rotate().startswith("0 values")
        assert ciphertexts() == before


def test_a_lost_value_is_named_and_the_others_are_still_done(secrets_under_the_old_key, hotel):
    with fernet_keys("a-key-that-nobody-has-any-more-at-all"):
        lost = connect(hotel)
    with fernet_keys(NEW, OLD), pytest.raises(CommandError, match="2 values cannot be opened"):
        rotate()
    with fernet_keys(NEW):
        Connection.objects.filter(pk=lost.pk).update(
            credentials={"access_token": "entered again"}, webhook_token=""
        )
        assert tokens() == [*(f"token {number}" for number in range(5)), "entered again"]


def ciphertexts() -> list[bytes]:
    with database.cursor() as cursor:
        cursor.execute("SELECT credentials FROM integrations_connection ORDER BY id")
        return [bytes(value) for (value,) in cursor.fetchall()]
