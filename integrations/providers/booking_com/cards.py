"""Takes payment cards out of a document before anything else sees it.

What may stay is that there is a card, its two-letter brand and, of a virtual card, from when it may be charged and
what is on it. Source: https://developers.booking.com/connectivity/docs/api-reference/paymentcard
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from lxml import etree

from integrations.contracts import UnreadablePayload
from integrations.providers.booking_com import ota_xml

#: A document without any of these, in small letters, holds no card.
_TELL_TALES = (b"card", b"c_", b"series", b"cvc", b"cvv", b"magnetic")

#: Attributes of a ``PaymentCard`` that stay, each only in the shape that holds no part of a plain card: the
#: ``EffectiveDate`` of a plain card is the month when it became valid.
_ALLOWED: Mapping[str, re.Pattern[str]] = {
    "CardCode": re.compile(r"[A-Za-z]{2}"),
    "EffectiveDate": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "CurrentBalance": re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,3})?"),
    "CurrencyCode": re.compile(r"[A-Za-z]{3}"),
    "DecimalPlaces": re.compile(r"[0-9]"),
}
_CARD_NAMES = (
    r"card[._-]?(?:number|holder|issuer|expir|security|type)[\w.-]*"
    r"|series[._-]?code|cvc[0-9]?|cvv[0-9]?|magnetic[._-]?stripe[\w.-]*|[cd]c_[\w.-]*|vccexpirationdate"
)
_IS_CARD_NAME = re.compile(_CARD_NAMES, re.IGNORECASE)
_NAMES = _CARD_NAMES.encode()
_BROKEN_DOCUMENT: tuple[tuple[re.Pattern[bytes], bytes], ...] = (
    # A whole card, its children included, or up to the end of a document that was cut short.
    (
        re.compile(
            rb"<((?:[\w.-]+:)?PaymentCard)\b(?:[^>]*/>|.*?(?:</\1\s*>|\Z))", re.DOTALL | re.IGNORECASE
        ),
        rb"<\1/>",
    ),
    # Elements that are named like a part of a card, or what is there of them.
    (
        re.compile(
            rb"<((?:[\w.-]+:)?(?:" + _NAMES + rb"))(?=[\s/>]|\Z)(?:[^>]*/>|.*?(?:</\1\s*>|\Z))",
            re.DOTALL | re.IGNORECASE,
        ),
        b"",
    ),
    # Attributes that are named so, in either quotes, or open to the end.
    (
        re.compile(
            rb"\s(?:[\w.-]+:)?(?:" + _NAMES + rb""")\s*=\s*(?:"[^"]*(?:"|\Z)|'[^']*(?:'|\Z)|[^\s>]*)""",
            re.IGNORECASE,
        ),
        b"",
    ),
    (re.compile(rb"<!--(?!\s*RUID:).*?(?:-->|\Z)", re.DOTALL), b""),
)


def without_card_data(body: bytes) -> bytes:
    """``body`` without payment card data; the same object when it holds none. Doing it twice changes nothing more.

    OTA cards keep what :data:`_ALLOWED` names, of B.XML's ``cc_…`` and ``dc_…`` fields nothing stays. From a document
    that is no good XML, everything that looks like a card is cut by its text. Never raises.
    """
    small = body.lower()
    if b"\x00" in small[:200]:
        small = small.replace(b"\x00", b"")
    if not any(word in small for word in _TELL_TALES):
        return body
    try:
        root = ota_xml.parse(body)
    except UnreadablePayload:
        return _cut_by_text(body)
    if not _cut_from_tree(root) and not _has_comments(body):
        return body
    # Comments inside the tree went with the parser; the one behind it names the call and stays.
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=body.lstrip()[:5] == b"<?xml")
    number = ota_xml.ruid(body)
    return written + f"\n<!-- RUID: [{number}] -->".encode() if number else written


def _has_comments(body: bytes) -> bool:
    return body.count(b"<!--") > (1 if ota_xml.ruid(body) else 0)


def _cut_from_tree(root: etree._Element) -> bool:
    """Whether anything had to go from the tree under ``root``."""
    changed = False
    for element in list(root.iter(etree.Element)):
        if _is_payment_card(element.tag):
            changed |= _cut_from_card(element)
            continue
        if element is not root and _names_card_data(element.tag):
            _remove(element)
            changed = True
            continue
        for attribute in element.keys():  # noqa: SIM118 - an element iterates over its children
            if _names_card_data(attribute):
                del element.attrib[attribute]
                changed = True
    return changed


def _cut_from_card(card: etree._Element) -> bool:
    changed = False
    for attribute, value in card.items():
        if not _may_stay(attribute.rpartition("}")[2], value):
            del card.attrib[attribute]
            changed = True
    if len(card) or (card.text or "").strip():
        del card[:]
        card.text = None
        changed = True
    return changed


@functools.lru_cache(maxsize=1024)
def _is_payment_card(tag: str) -> bool:
    return tag.rpartition("}")[2].lower() == "paymentcard"


@functools.lru_cache(maxsize=1024)
def _names_card_data(tag: str) -> bool:
    """Whether an element or an attribute is named like a part of a card. Remembered: the same few names come again."""
    return _IS_CARD_NAME.fullmatch(tag.rpartition("}")[2]) is not None


def _may_stay(name: str, value: str) -> bool:
    pattern = _ALLOWED.get(name)
    return pattern is not None and pattern.fullmatch(value.strip()) is not None


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        tail = element.tail or ""
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
        parent.remove(element)


def _cut_by_text(body: bytes) -> bytes:
    try:
        text = ota_xml.as_utf8(body)
    except UnreadablePayload:
        text = body.replace(b"\x00", b"")
    for pattern, put in _BROKEN_DOCUMENT:
        text = pattern.sub(put, text)
    return body if text == body else text
