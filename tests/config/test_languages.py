"""The language of a page: the profile's, else the one chosen on this device, else the browser's, else English."""

from __future__ import annotations

import pytest

LOGIN = "/accounts/login/"
CHOOSE = "/accounts/language/"


def language_of(client, path=LOGIN, asked="") -> str:
    return client.get(path, headers={"accept-language": asked} if asked else {})["Content-Language"]


@pytest.mark.parametrize(
    ("asked", "expected"), [("fr-CA,fr;q=0.9", "fr"), ("es", "es"), ("de,ja", "en"), ("", "en")]
)
def test_a_stranger_reads_the_language_of_the_browser_or_english(client, db, asked, expected):
    assert language_of(client, asked=asked) == expected


def test_the_language_of_the_profile_wins_over_the_browser(client, manager):
    manager.language = "fr"
    manager.save()
    client.force_login(manager)

    assert language_of(client, "/accounts/password/change/", asked="es") == "fr"


def test_choosing_a_language_keeps_it_on_the_profile(client, manager):
    client.force_login(manager)

    response = client.post(CHOOSE, {"language": "es", "next": "/accounts/password/change/"})

    manager.refresh_from_db()
    assert manager.language == "es"
    assert response["Location"] == "/accounts/password/change/"
    assert language_of(client, "/accounts/password/change/", asked="fr") == "es"


def test_a_stranger_chooses_a_language_for_this_device(client, db):
    client.post(CHOOSE, {"language": "fr", "next": LOGIN})

    assert language_of(client, asked="es") == "fr"


def test_an_unknown_language_is_refused(client, manager):
    client.force_login(manager)

    assert client.post(CHOOSE, {"language": "xx"}).status_code == 400
    manager.refresh_from_db()
    assert manager.language == "en"


def test_choosing_a_language_never_leads_to_another_site(client, db):
    response = client.post(CHOOSE, {"language": "fr", "next": "//elsewhere.example.org/"})

    assert response["Location"] == "/"


def test_a_link_alone_changes_no_language(client, manager):
    client.force_login(manager)

    assert client.get(CHOOSE, {"language": "es"}).status_code == 405


def test_a_forgotten_language_on_a_profile_falls_back_to_the_browser(client, manager):
    manager.language = "xx"
    manager.save()
    client.force_login(manager)

    assert language_of(client, "/accounts/password/change/", asked="es") == "es"
