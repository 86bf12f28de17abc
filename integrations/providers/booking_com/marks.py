"""Digests that are equal when two messages say the same, whenever they were sent."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from lxml import etree

from integrations.providers.booking_com.item import Element

_SENDING = re.compile(
    rb"""\s(?:TimeStamp|EchoToken|TransactionIdentifier|SequenceNmbr)\s*=\s*(?:"[^"]*"|'[^']*')"""
)
_RUID = re.compile(rb"<!--\s*RUID:[^>]*-->\s*\Z")
#: The start tag of the root ends within so many bytes.
_HEAD = 2_000
_TAIL = 400


def mark_of_page(body: bytes) -> str:
    """32 hex digits of what a page says: neither when it was sent nor the number of the call is in it."""
    head, tail = body[:_HEAD], body[_HEAD:]
    if tail:
        tail = tail[:-_TAIL] + _RUID.sub(b"", tail[-_TAIL:])
    else:
        head = _RUID.sub(b"", head)
    return _digest(_SENDING.sub(b"", head) + tail.rstrip())


def marks_of(body: bytes, items: Sequence[Element]) -> list[str]:
    """32 hex digits of what each of ``items`` says, found in ``body`` in this order."""
    return [_digest(piece) for piece in _pieces(body, items) or map(_written, items)]


def _pieces(body: bytes, items: Sequence[Element]) -> list[memoryview] | None:
    """The bytes of each item, found in the body; None where the body is not written in the plainest way."""
    if not items:
        return None
    tag: str = items[0].tag
    name = (f"{items[0].prefix}:" if items[0].prefix else "") + tag.rpartition("}")[2]
    end = f"</{name}>".encode()
    first = re.search(rb"<" + re.escape(name.encode()) + rb"[\s>]", body)
    if first is None:
        return None
    whole, start, last = memoryview(body), first.start(), 0
    pieces = []
    while (stop := body.find(end, start)) >= 0:
        pieces.append(whole[start:stop])
        last = stop + len(end)
        start = body.find(b"<", last)
    # A comment or a CDATA section may hold anything, also what looks like an end. The search for one byte is quick.
    holds_marks = body.find(b"!", 0, last) >= 0 and body.find(b"<!", 0, last) >= 0
    return pieces if len(pieces) == len(items) and not holds_marks else None


def _written(item: Element) -> bytes:
    written: bytes = etree.tostring(item, encoding="utf-8", with_tail=False)
    return written


def _digest(piece: bytes | memoryview) -> str:
    return hashlib.blake2b(piece, digest_size=16).hexdigest()
