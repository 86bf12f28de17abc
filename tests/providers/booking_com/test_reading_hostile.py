"""Payloads that nobody sends in good faith: one sentence, no traceback, nothing fetched and nothing expanded."""

from __future__ import annotations

import time

import pytest

from integrations.contracts import UnreadablePayload
from integrations.providers.booking_com import ota_xml, reading
from tests.providers.booking_com.reading_samples import fixture, one_room, read, record_of

LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>'
    b"<reservations><reservation><id>&d;</id></reservation></reservations>"
)
EXTERNAL = (
    b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><reservations><reservation><id>&x;</id></reservation>'
    b"</reservations>"
)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        pytest.param(LAUGHS, "document type", id="billion laughs"),
        pytest.param(EXTERNAL, "document type", id="external entity"),
        pytest.param(
            b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd"><reservations/>',
            "document type",
            id="external DTD",
        ),
        pytest.param(
            b"<!-- x --> <?pi x?><!DOCTYPE r><reservations/>", "document type", id="hidden behind a comment"
        ),
        pytest.param('<!DOCTYPE r [<!ENTITY x "y">]><r/>'.encode("utf-16"), "document type", id="in UTF-16"),
        pytest.param(b"<!DOCTYPE html><html><p>Sign in</html>", "web page", id="a web page"),
        pytest.param(b"\n<html><body><br></body></html>", "web page", id="a web page without a doctype"),
        pytest.param(b'{"a": 1}', "JSON", id="JSON"),
        pytest.param(b"hello", "not XML", id="text"),
        pytest.param(b"\x00" * 64, "not XML", id="null bytes"),
        pytest.param(b"<!-- nothing -->", "empty", id="a comment alone"),
        pytest.param(fixture("ota_hotelresnotif__one_room")[:700], "breaks off", id="cut in a tag"),
        pytest.param(b"<reservations><reservation>", "breaks off", id="cut behind a tag"),
        pytest.param(b"<reservations></reservation>", "well-formed", id="wrong end"),
        pytest.param(b"<reservations/><reservations/>", "well-formed", id="two documents"),
        pytest.param(b"<reservations>&nbsp;</reservations>", "well-formed", id="unknown entity"),
        pytest.param(b"<reservations>\x01</reservations>", "well-formed", id="control character"),
        pytest.param("<reservations>á</reservations>".encode("latin-1"), "encoding", id="latin-1 undeclared"),
        pytest.param(b'<?xml version="1.0" encoding="UTF-7"?><reservations/>', "encoding", id="UTF-7"),
        pytest.param(b"\xff\xfe<", "encoding", id="half a character of UTF-16"),
        pytest.param(b"<a>" * 65 + b"</a>" * 65, "64 levels", id="65 levels"),
        pytest.param(b"<a>" * 1_000 + b"</a>" * 1_000, "64 levels", id="1,000 levels"),
        pytest.param(b"<a>" * 100_000, "64 levels", id="100,000 open elements"),
        pytest.param(b"<reservations>" + b" " * ota_xml.MAXIMUM_BYTES, "larger", id="too large"),
        pytest.param(b"<OTA_PingRQ/>", "another kind", id="another message"),
        pytest.param(b"<rss/>", "another kind", id="another language"),
    ],
)
def test_a_payload_that_is_none_is_refused_with_one_sentence(body: bytes, word: str) -> None:
    started = time.monotonic()
    with pytest.raises(UnreadablePayload, match=word) as refused:
        read(body)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 120
    assert time.monotonic() - started < 2


def test_64_levels_are_not_too_deep() -> None:
    assert ota_xml.parse(b"<a>" * 64 + b"</a>" * 64).tag == "a"


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("UTF-8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("UTF-16", "utf-16-le"),
        ("UTF-16", "utf-16-be"),
        ("UTF-16", "utf-8"),
        ("ISO-8859-1", "iso-8859-1"),
        ("windows-1252", "cp1252"),
    ],
)
def test_names_survive_every_encoding_that_is_used(declared: str, written: str) -> None:
    text = one_room((">Quill<", ">Núñez<"), ('encoding="UTF-8"', f'encoding="{declared}"')).decode()
    assert record_of(text.encode(written)).booker.last_name == "Núñez"


def test_a_document_type_inside_a_comment_does_no_harm() -> None:
    assert record_of(one_room(("<RoomStays>", "<!-- <!DOCTYPE x> --><RoomStays>")))


def test_blanks_before_the_declaration_do_no_harm() -> None:
    assert record_of(b"\r\n" + one_room())


@pytest.mark.parametrize(
    ("body", "ruid"),
    [
        (b"<a/>\n<!-- RUID: [QUJDRA==] -->\n", "QUJDRA=="),
        (b"<a/><!--RUID: [x/y+z] -->", "x/y+z"),
        (b"<a><!-- RUID: [x] --></a>", ""),
        (b"<a/>", ""),
        (b"", ""),
    ],
)
def test_the_number_of_a_call_stands_behind_the_root(body: bytes, ruid: str) -> None:
    assert ota_xml.ruid(body) == ruid


def told(body: bytes) -> str:
    """The sentence that refuses ``body``, or that it was read."""
    try:
        read(body)
        reading.ids(body)
    except UnreadablePayload as unreadable:
        return str(unreadable)
    return "read"


def test_no_spoiled_message_raises_anything_but_a_sentence() -> None:
    body = fixture("ota_hotelresnotif__everything")
    spoiled = (
        body[:position] + put + body[position + 1 :]
        for position in range(0, len(body), 7)
        for put in (b"<", b'"', b"\x00", b"\xff")
    )
    sentences = {told(one) for one in spoiled}
    assert "read" in sentences
    assert all(0 < len(sentence) < 200 for sentence in sentences)


def test_attributes_and_texts_of_any_size_spoil_nothing_but_their_own_booking() -> None:
    page = fixture("page__one_bad_reservation").decode()
    for name in ("RoomTypeCode", "IndexNumber", "HotelCode", "RatePlanCode", "ResID_Value"):
        start = page.index(f'{name}="') + len(name) + 2
        spoiled = page[:start] + "9" * 5_000 + page[page.index('"', start) :]
        result = read(spoiled.encode())
        assert [record.external_id for record in result.records] == ["6001002005"], name
