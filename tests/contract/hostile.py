"""Payloads that nobody sends in good faith, and recorded ones spoiled in every way that is quick to try."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "blanks": b" \r\n\t",
    "html": b"<!DOCTYPE html><html><body>Sign in</body></html>",
    "xml-bomb": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "not-utf8": b'{"id": "\xff\xfe\xfa"}',
    "utf16": '{"id": 1}'.encode("utf-16"),
    "null-bytes": b"\x00" * 64,
    "null-in-text": b'{"id": "a\\u0000b", "event": "\\u0000", "type": "\\u0000", "data": "\\u0000"}',
    "half-surrogate": b'[{"id": "\\ud800", "name": "\\udfff"}]',
    "deep-arrays": b"[" * 100_000,
    "deep-objects": b'{"data":' * 50_000 + b"1" + b"}" * 50_000,
    "deep-but-closed": b'{"data": ' + b"[" * 900 + b"]" * 900 + b"}",
    "huge-number": b'{"id": ' + b"9" * 50_000 + b"}",
    "huge-exponent": b'{"id": 1e999999999, "total": -1e-999999999}',
    "no-numbers": b'{"id": NaN, "total": Infinity}',
    "junk-array": b'[null, true, 1, "x", [], {}, [[]], {"id": null}, {"id": {}}, {"id": [1]}]',
    "junk-page": b'{"data": [null, 1, "x", [], {}], "page": "x", "result": 7, "reservations": {"id": 1}}',
    "bare-text": b'"text"',
    "bare-null": b"null",
    "two-documents": b"{} {}",
    "cut": b'{"data": [{"id": 1, "sta',
    "long-line": b"x" * 200_000,
    "form": b"a=1&a=2&b=%00%ff",
    "csv": b'id;arrival\r\n"1;2031-06-10\r\n\r\n;;;;;\r\n',
    "calendar": b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:99999999\r\n",
}

ODD_VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 10**30, 1.5, "", " ", "\x00", "\ud800", "x" * 5_000, "9" * 400),
    *("2031-02-30", "9999-12-31", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "Infinity"),
    *([], {}, [None], [[]], {"id": {}}, ["2031-06-10"]),
)


def spoiled_bytes(body: bytes) -> Iterator[bytes]:
    """``body`` cut short, doubled, and with bytes changed; the same ones in every run."""
    chance = random.Random(len(body))
    for part in range(12):
        yield body[: len(body) * part // 12]
    yield body + body
    for _ in range(40):
        spoiled = bytearray(body)
        for _ in range(chance.randint(1, 4)):
            spoiled[chance.randrange(len(spoiled))] = chance.choice(b'\x00\xff"{}[],:;\n<&9-')
        yield bytes(spoiled)


def spoiled_values(body: bytes) -> Iterator[bytes]:
    """A JSON ``body`` with each of its values, in turn, replaced by each odd one; nothing for other formats."""
    try:
        document = json.loads(body)
    except ValueError:
        return
    for variant in _variants(document):
        yield json.dumps(variant).encode()


def _variants(value: Any) -> Iterator[Any]:
    yield from ODD_VALUES
    if isinstance(value, dict):
        for key, child in value.items():
            yield {name: other for name, other in value.items() if name != key}
            for variant in _variants(child):
                yield {**value, key: variant}
    elif isinstance(value, list) and value:
        for variant in _variants(value[0]):
            yield [variant, *value[1:]]
    elif isinstance(value, str) and value[:1] in ("{", "["):
        # Some systems put JSON text inside their JSON.
        for variant in _variants(json.loads(value)):
            yield json.dumps(variant)
