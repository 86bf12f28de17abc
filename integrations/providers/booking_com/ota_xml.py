"""The only door through which XML enters this folder: no entities, no DTD, no network, bounded size and depth."""

from __future__ import annotations

import re

from lxml import etree

from integrations.contracts import UnreadablePayload
from integrations.values import shown

MAXIMUM_BYTES = 5 * 1024 * 1024
MAXIMUM_DEPTH = 64

#: All of them but UTF-16 agree with ASCII on ASCII, so that a tag looks the same in each.
_ENCODINGS = frozenset({"utf-8", "us-ascii", "ascii", "iso-8859-1", "latin1", "iso-8859-15", "windows-1252"})
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_BLANKS = b" \t\r\n"
_DECLARATION = re.compile(
    rb"""<\?xml\s[^?>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["'][^?>]{0,200}\?>"""
)
_PROLOG = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_RUID = re.compile(rb"<!--\s*RUID:\s*\[([^\]\s<>]{1,200})\]\s*-->\s*\Z")
_LONGEST_TAIL = 400
_TOO_DEEP = etree.XPath("boolean(/*" + "/*" * MAXIMUM_DEPTH + ")")


def parse(body: bytes) -> etree._Element:
    """The root element. A comment before or after the root is allowed, a DOCTYPE is not.

    Raises :class:`UnreadablePayload` with one plain sentence for everything that is not XML of a sane size and depth
    in the encoding it declares.
    """
    if len(body) > MAXIMUM_BYTES:
        raise UnreadablePayload(f"The payload is larger than {MAXIMUM_BYTES // 1024 // 1024} MB.")
    text = as_utf8(body).lstrip(_BLANKS)
    _check_beginning(text)
    try:
        root = etree.fromstring(text, new_parser())
    except etree.XMLSyntaxError as error:
        raise UnreadablePayload(_what_is_wrong(text, error)) from None
    except (ValueError, LookupError):
        raise UnreadablePayload("The payload is not XML.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadablePayload("The payload has a document type declaration, which is not allowed.")
    if _TOO_DEEP(root):
        raise _too_deep()
    return root


def new_parser() -> etree.XMLParser:
    """A parser that resolves, loads and fetches nothing. Comments inside the tree are left out."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )


def ruid(body: bytes) -> str:
    """The number that Booking.com gives a call, from the comment behind the root; empty when there is none.

    Source: https://developers.booking.com/connectivity/docs/ota-hotelproductnotif
    """
    match = _RUID.search(body[-_LONGEST_TAIL:])
    return match[1].decode("ascii", "ignore") if match else ""


def local_name(element: etree._Element) -> str:
    """The name of ``element`` without its namespace."""
    tag: str = element.tag
    return tag.rpartition("}")[2]


def as_utf8(body: bytes) -> bytes:
    """``body`` in an encoding that agrees with ASCII: UTF-16 is written anew, others come back as the same object.

    Raises :class:`UnreadablePayload` for encodings that nobody sends bookings in.
    """
    if body.startswith(_UTF16_MARKS) or body[:4] in (b"<\x00?\x00", b"\x00<\x00?"):
        return _from_utf16(body)
    match = _DECLARATION.match(body.lstrip(b"\xef\xbb\xbf" + _BLANKS)[:600])
    if match is None:
        return body
    name = match[1].decode().lower()
    if name == "utf-16":
        # Programs that hold their text as UTF-16 write that word and then send UTF-8.
        return body.replace(match[0], b"", 1)
    if name not in _ENCODINGS:
        raise UnreadablePayload(f"The payload declares the encoding {shown(name)}, which is not supported.")
    return body


def _from_utf16(body: bytes) -> bytes:
    named = "utf-16" if body.startswith(_UTF16_MARKS) else "utf-16-le" if body[:1] == b"<" else "utf-16-be"
    try:
        text = body.decode(named)
    except UnicodeDecodeError:
        raise UnreadablePayload("The payload is not in the encoding that it declares.") from None
    try:
        written = text.encode()
    except UnicodeEncodeError:
        raise UnreadablePayload("The payload is not in the encoding that it declares.") from None
    return _DECLARATION.sub(b"", written, count=1)


def _check_beginning(text: bytes) -> None:
    start = text.removeprefix(b"\xef\xbb\xbf")
    end = _PROLOG.match(start).end()  # type: ignore[union-attr]
    beginning = start[end : end + 40].lower()
    if beginning.startswith((b"<!doctype html", b"<html")):
        raise UnreadablePayload("The payload is a web page, not XML.")
    if beginning.startswith(b"<!doctype"):
        raise UnreadablePayload("The payload has a document type declaration, which is not allowed.")
    if beginning.startswith((b"{", b"[")):
        raise UnreadablePayload("The payload is JSON, not XML.")
    if not beginning:
        raise UnreadablePayload("The payload is empty.")
    if not beginning.startswith(b"<"):
        raise UnreadablePayload("The payload is not XML.")


def _what_is_wrong(text: bytes, error: etree.XMLSyntaxError) -> str:
    said = str(error.msg or "").lower()
    if "depth" in said:
        return str(_too_deep())
    if "encod" in said or "utf-8" in said or "invalid bytes" in said:
        return "The payload is not in the encoding that it declares."
    line, column = error.position
    ends = text.rstrip(_BLANKS)
    lines = ends.count(b"\n") + 1
    if not ends.endswith(b">") or (line >= lines and "premature end" in said):
        return "The payload is XML that breaks off before its end."
    return f"The payload is not well-formed XML (line {line}, column {column})."


def _too_deep() -> UnreadablePayload:
    return UnreadablePayload(f"The payload is nested more than {MAXIMUM_DEPTH} levels deep.")
