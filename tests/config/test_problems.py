"""When something goes wrong people read a sentence, in their language, never a traceback."""

from __future__ import annotations

import pytest
from django.http import Http404
from django.test import Client, RequestFactory

from config import problems


def test_an_unknown_page_is_a_sentence(client, manager):
    client.force_login(manager)

    response = client.get("/no/such/page/")

    assert response.status_code == 404
    assert "Page not found" in response.content.decode()


def test_an_unknown_page_is_a_sentence_for_strangers_too(client, db):
    assert client.get("/no/such/page/").status_code == 404


def test_a_form_from_before_signing_in_is_a_sentence(manager):
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager)

    response = client.post("/accounts/language/", {"language": "es"})

    assert response.status_code == 403
    assert "This form is too old" in response.content.decode()


def test_a_crash_is_a_sentence(client, manager, monkeypatch):
    def crash(request):
        raise RuntimeError("secret detail of the inside")

    monkeypatch.setattr("config.accounts.views._way_back", crash)
    client.force_login(manager)
    client.raise_request_exception = False

    response = client.post("/accounts/language/", {"language": "es"})

    assert response.status_code == 500
    assert "card-body" in response.content.decode()
    assert "secret detail" not in response.content.decode()


@pytest.mark.django_db
def test_words_are_left_when_even_the_page_cannot_be_made(rf: RequestFactory, monkeypatch):
    def crash(*arguments, **options):
        raise RuntimeError("templates are gone")

    monkeypatch.setattr(problems, "render", crash)

    response = problems.not_found(rf.get("/"), Http404())

    assert (response.status_code, response["Content-Type"]) == (404, "text/plain; charset=utf-8")
    assert "Page not found" in response.content.decode()
