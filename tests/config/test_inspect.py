"""`manage.py inspect`, run as people run it: a process with arguments, output and an exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config.management.commands.inspect import MAXIMUM_BYTES, without_cards
from tests.providers.octorate.samples import booking, fixture

ROOT = Path(__file__).parents[2]
CARD = "4111 1111 1111 1111"


def inspect(*arguments: str, body: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "manage.py", "inspect", *arguments],
        cwd=ROOT,
        input=body,
        capture_output=True,
        check=False,
        timeout=60,
        env={
            **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
            # Nobody answers there, so whatever asks the database fails.
            "DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing",
            **environment,
        },
    )


def document(*arguments: str, body: bytes = b"", **environment: str) -> dict[str, Any]:
    done = inspect("octorate", *arguments, body=body, **environment)
    assert (done.returncode, done.stderr) == (0, b"")
    read: dict[str, Any] = json.loads(done.stdout.decode())
    return read


def written(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_a_file_becomes_one_json_document_without_a_database(tmp_path: Path) -> None:
    path = tmp_path / "payload.json"
    path.write_bytes(fixture("RESERVATION_CONFIRMED__from_waiting"))
    read = document(str(path))
    assert list(read) == ["provider", "records", "fetch", "ignored", "errors"]
    assert read["provider"] == "octorate"
    assert read["records"][0]["type"] == "reservation"
    assert read["fetch"] == [{"kind": "reservation", "external_id": "880001"}]


def test_standard_input_works_as_a_file_does() -> None:
    read = document("-", "--kind", "poll", body=fixture("page__one_bad_row"))
    assert [record["external_id"] for record in read["records"]] == ["880001", "880003"]
    assert [error["where"] for error in read["errors"]] == ["reservation 880004"]


def test_ignored_events_are_listed_with_their_reason() -> None:
    read = document("-", body=fixture("CHAT_MESSAGE_RECEIVED__not_used"))
    assert read["ignored"] == [{"reason": "event type CHAT_MESSAGE_RECEIVED is not used"}]


def test_an_empty_file_is_an_empty_answer() -> None:
    assert document("-") == {"provider": "octorate", "records": [], "fetch": [], "ignored": [], "errors": []}


def test_options_say_what_the_payload_does_not() -> None:
    raw = booking(
        accommodation={"id": "910001"}, guests=[], currency=None, checkin="2031-04-01T23:00:00Z[UTC]"
    )
    arguments = ("--option", "timezone=Europe/Rome", "--option", "currency=chf", "--header", "X-Any: thing")
    (record,) = document("-", *arguments, body=written(raw))["records"]
    assert (record["stays"][0]["arrival"], record["currency"]) == ("2031-04-02", "CHF")


def test_output_is_utf8_whatever_the_terminal_says() -> None:
    raw = written(booking(channelNotes="Años — 東京 🗝"))
    assert (
        document("-", body=raw, PYTHONIOENCODING="ascii", LC_ALL="C")["records"][0]["notes"]
        == "Años — 東京 🗝"
    )


def test_card_numbers_leave_free_text_and_identifiers_stay() -> None:
    raw = booking(
        channelNotes=f"card {CARD} 12/30", channelRefer="4111111111111111", refer="4111111111111111"
    )
    raw["guests"][0]["familyName"] = "4111111111111111"
    done = document("-", body=written(raw))
    (record,) = done["records"]
    assert record["notes"] == "card [hidden] 12/30"
    assert record["booker"]["last_name"] == "[hidden]"
    assert record["stays"][0]["guest_name"] == "Mara [hidden]"
    assert (record["channel_ref"], record["group_ref"]) == ("4111111111111111",) * 2


@pytest.mark.parametrize(
    ("arguments", "body", "word"),
    [
        pytest.param(["octorate", "-"], b"<!DOCTYPE html>", "web page", id="a web page"),
        pytest.param(["octorate", "-"], b'{"data": [', "breaks off", id="cut"),
        pytest.param(["octorate", "-"], b"\xff\xfe", "UTF-8", id="no UTF-8"),
        pytest.param(["octorate", "-"], b"[" * 100_000, "deep", id="too deep"),
        pytest.param(["octorate", "-"], b" " * (MAXIMUM_BYTES + 1), "larger", id="too large"),
        pytest.param(["octorate", "no-such-file.json"], b"", "no file", id="no file"),
        pytest.param(["octorate", "tests"], b"", "cannot be read", id="a folder"),
        pytest.param(["nobody", "-"], b"", "no integration", id="no such integration"),
        pytest.param(
            ["octorate", "-", "--option", "zone=x"], b"", "'zone' is not known", id="unknown option"
        ),
        pytest.param(["octorate", "-", "--option", "timezone"], b"", "not known", id="option without value"),
        pytest.param(["octorate", "-", "--option", "timezone=Mars"], b"", "Mars", id="unknown time zone"),
        pytest.param(["octorate", "-", "--option", "currency=€"], b"", "currency", id="odd currency"),
        pytest.param(["octorate", "-", "--option", "amounts=some"], b"", "amounts", id="odd amounts"),
        pytest.param(["octorate", "-", "--header", "nothing"], b"", "header", id="odd header"),
        pytest.param(["octorate", "-", "--kind", "pigeon"], b"", "pigeon", id="odd kind"),
        pytest.param(["octorate"], b"", "file", id="no file named"),
    ],
)
def test_what_is_not_understood_ends_with_2_and_a_sentence(
    arguments: list[str], body: bytes, word: str
) -> None:
    done = inspect(*arguments, body=body)
    assert done.returncode == 2
    assert done.stdout == b""
    said = done.stderr.decode()
    assert word in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"pay with {CARD}", "pay with [hidden]"),
        ("4111111111111111", "[hidden]"),
        ("4111-1111-1111-1111, thanks", "[hidden], thanks"),
        (f"{CARD} 12/30 123", "[hidden] 12/30 123"),
        (f"room 12 {CARD}", "room 12 [hidden]"),
        (f"{CARD} {CARD}", "[hidden] [hidden]"),
        ("amex 3782 822463 10005", "amex [hidden]"),
        ("４１１１１１１１１１１１１１１１", "[hidden]"),
        ("booking 4111111111111112", "booking 4111111111111112"),
        ("call +34 600 000 201", "call +34 600 000 201"),
        ("12/30 and 2031-04-02", "12/30 and 2031-04-02"),
        ("9" * 5000, "9" * 5000),
        ("", ""),
    ],
)
def test_what_counts_as_a_card_number(text: str, expected: str) -> None:
    assert without_cards(text) == expected


def test_a_reader_that_stops_listening_causes_no_traceback() -> None:
    many = written([booking(id=number) for number in range(1, 2000)])
    program = f"'{sys.executable}' manage.py inspect octorate - | head -c 10"
    done = subprocess.run(
        ["sh", "-c", program], cwd=ROOT, input=many, capture_output=True, check=False, timeout=60
    )
    assert done.stderr == b""
