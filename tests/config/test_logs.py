"""Log lines are for people on call: without secrets, without card numbers, with what is needed to find a request."""

from __future__ import annotations

import pytest

from config.logs import HIDDEN, redact_event, redact_text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('{"access_token": "abc.def-123"}', "abc.def-123"),
        ("client_id=4&client_secret=tops3cret&x=1", "tops3cret"),
        ("GET /callback/some/?code=oneshot123&state=st4te", "oneshot123"),
        ("GET /callback/some/?code=oneshot123&state=st4te", "st4te"),
        ("Authorization: Bearer abcdefghijkl", "abcdefghijkl"),
        ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("POST /hooks/some/Zm9vYmFyLXNlY3JldA/ 200", "Zm9vYmFyLXNlY3JldA"),
        ("paid with 4111 1111 1111 1111 today", "4111 1111 1111 1111"),
        ("paid with 4111111111111111.", "4111111111111111"),
        ("password: hunter22", "hunter22"),
    ],
)
def test_secrets_leave_the_text(text, secret):
    cleaned = redact_text(text)

    assert secret not in cleaned
    assert HIDDEN in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "booking 4400123456 arrives 2031-06-10",
        "phone +34 600 000 201",
        "run state: queued",
        "status code: 404",
        "3 rooms at 120.00 EUR",
    ],
)
def test_harmless_text_stays(text):
    assert redact_text(text) == text


def test_values_are_hidden_by_the_name_of_their_key_at_any_depth():
    event = {"event": "called", "headers": {"X-Api-Key": "k1", "Accept": "json"}, "tokens": ["a", "b"]}

    cleaned = redact_event(None, "info", event)

    assert cleaned["headers"] == {"X-Api-Key": HIDDEN, "Accept": "json"}
    assert cleaned["tokens"] == HIDDEN


def test_the_status_of_an_answer_is_not_a_secret():
    assert redact_event(None, "info", {"event": "request_finished", "code": 404})["code"] == 404


def test_a_one_shot_code_is_a_secret():
    assert redact_event(None, "info", {"event": "exchange", "code": "oneshot"})["code"] == HIDDEN


def test_an_exception_is_logged_without_what_it_quotes():
    cleaned = redact_event(None, "error", {"event": "failed", "exception": "ValueError: access_token=abc123"})

    assert "abc123" not in cleaned["exception"]
