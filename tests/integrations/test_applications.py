"""The operator's registration at a provider."""

from __future__ import annotations

import pytest
from django.db import connection as database

from integrations.applications import (
    application_for,
    digest_of,
    fields_from_environment,
    find_application_by_webhook_token,
    missing_fields,
    redirect_uri,
    save_application,
    webhook_url,
)
from integrations.models import ProviderApplication
from integrations.registry import UnknownProvider
from tests.integrations.outside import all_at_once, install_lodge

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lodge(monkeypatch, settings):
    settings.PUBLIC_BASE_URL = "https://keys.example.org"
    provider = install_lodge(monkeypatch, "https://api.lodge.example")
    monkeypatch.delenv("LODGE_CLIENT_ID")
    monkeypatch.delenv("LODGE_CLIENT_SECRET")
    return provider


def test_without_any_registration_every_required_field_is_missing():
    assert [field.name for field in missing_fields("lodge")] == ["client_id", "client_secret"]
    assert application_for("lodge").credentials == {}


def test_what_the_operator_saves_is_used():
    save_application("lodge", {"client_id": " id ", "client_secret": "secret"})
    assert application_for("lodge").credentials == {"client_id": "id", "client_secret": "secret"}
    assert missing_fields("lodge") == ()


def test_an_empty_value_keeps_what_was_stored():
    save_application("lodge", {"client_id": "id", "client_secret": "secret"})
    save_application("lodge", {"client_id": "new id", "client_secret": ""})
    assert application_for("lodge").credentials == {"client_id": "new id", "client_secret": "secret"}


def test_a_field_the_provider_does_not_have_is_refused():
    with pytest.raises(ValueError, match="password"):
        save_application("lodge", {"password": "x"})


def test_the_environment_wins_field_by_field(monkeypatch):
    save_application("lodge", {"client_id": "id", "client_secret": "secret"})
    monkeypatch.setenv("LODGE_CLIENT_ID", "id of the environment")
    assert application_for("lodge").credentials == {
        "client_id": "id of the environment",
        "client_secret": "secret",
    }
    assert fields_from_environment("lodge") == {"client_id"}


def test_addresses_are_the_declared_ones_unless_the_environment_names_others(monkeypatch):
    assert application_for("lodge").urls == {"api": "https://api.lodge.example"}
    monkeypatch.setenv("LODGE_API_URL", "http://127.0.0.1:9000/lodge")
    assert application_for("lodge").urls == {"api": "http://127.0.0.1:9000/lodge"}


def test_an_unknown_provider_has_no_registration():
    with pytest.raises(UnknownProvider):
        application_for("no_such")


def test_the_redirect_address_is_fixed():
    assert redirect_uri("lodge") == "https://keys.example.org/callback/lodge/"


def test_the_webhook_address_is_unguessable_and_stays():
    first = webhook_url("lodge")
    token = first.removeprefix("https://keys.example.org/hooks/lodge/").removesuffix("/")
    assert len(token) >= 43  # 32 random bytes
    assert webhook_url("lodge") == application_for("lodge").webhook_url == first


def test_saving_credentials_does_not_move_the_webhook_address():
    first = webhook_url("lodge")
    save_application("lodge", {"client_id": "id"})
    assert webhook_url("lodge") == first


def test_the_webhook_token_finds_the_registration_and_nothing_else_does():
    token = webhook_url("lodge").split("/")[-2]
    found = find_application_by_webhook_token("lodge", token)
    assert found is not None
    assert found.provider == "lodge"
    assert find_application_by_webhook_token("lodge", token[:-1]) is None
    assert find_application_by_webhook_token("another", token) is None
    assert find_application_by_webhook_token("lodge", "") is None
    assert find_application_by_webhook_token("lodge", digest_of(token)) is None


def test_no_secret_is_printed():
    save_application("lodge", {"client_id": "id", "client_secret": "very-secret"})
    application = application_for("lodge")
    assert "very-secret" not in repr(application)
    assert application.webhook_url not in repr(application)
    assert str(ProviderApplication.objects.get()) == "Lodge"


def test_no_secret_is_in_the_database():
    save_application("lodge", {"client_id": "id", "client_secret": "very-secret"})
    token = webhook_url("lodge").split("/")[-2]
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT credentials, webhook_token, webhook_digest FROM integrations_providerapplication"
        )
        stored = b" ".join(
            bytes(value) if not isinstance(value, str) else value.encode() for value in cursor.fetchone()
        )
    assert b"very-secret" not in stored
    assert token.encode() not in stored


@pytest.mark.django_db(transaction=True)
def test_of_many_first_needs_at_once_one_address_comes():
    addresses = all_at_once(lambda: webhook_url("lodge"), 6)
    assert len(set(addresses)) == 1
    assert str(addresses[0]).startswith("https://")
