"""Sessions live under one name of this machine: the public one."""

from __future__ import annotations

import pytest

HTML = {"accept": "text/html"}
LOGIN = "/accounts/login/?next=/x"


def test_a_browser_at_the_other_name_of_this_machine_is_led_to_the_public_one(client, db, settings):
    settings.PUBLIC_BASE_URL = "http://127.0.0.1:8000"

    response = client.get(LOGIN, headers={**HTML, "host": "localhost:8000"})

    assert (response.status_code, response["Location"]) == (302, f"http://127.0.0.1:8000{LOGIN}")


@pytest.mark.parametrize(
    ("public", "host", "headers"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", HTML),  # already there
        ("http://127.0.0.1:8000", "localhost:8001", HTML),  # another server
        ("https://llavero.example.org", "localhost:8000", HTML),  # behind a proxy
        ("http://127.0.0.1:8000", "localhost:8000", {}),  # a health check, a script
    ],
)
def test_everyone_else_is_served_where_they_are(client, db, settings, public, host, headers):
    settings.PUBLIC_BASE_URL = public

    assert client.get("/accounts/login/", headers={**headers, "host": host}).status_code == 200


def test_what_is_sent_is_never_redirected(client, db, settings):
    settings.PUBLIC_BASE_URL = "http://127.0.0.1:8000"

    response = client.post("/accounts/login/", {}, headers={**HTML, "host": "localhost:8000"})

    assert response.status_code == 200
