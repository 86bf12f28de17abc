"""Takes secrets and card numbers out of text. Imports nothing of the project, so settings and logs may use it."""

from __future__ import annotations

import re

_SECRET_IN_TEXT = re.compile(
    r"((?:access_token|refresh_token|client_secret|code_verifier|password|token|api_key)"
    r"[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]+",
    re.IGNORECASE,
)
#: Words that are secrets in an address or a form and everyday words elsewhere.
_SECRET_IN_QUERY = re.compile(r"((?:^|[?&])(?:code|state)=)[^\s\"'&]+")
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+", re.IGNORECASE)
#: Addresses whose last part is known to nobody but whom they were given to.
_SECRET_PATH = re.compile(r"(/(?:hooks/[a-z0-9_]+|k|my/calendar)/)[^/\s\"']+")
_CARD = re.compile(r"(?<![\d.])(?:\d[ -]?){12,18}\d(?!\d)")
HIDDEN = "[hidden]"


def redact_text(text: str) -> str:
    """``text`` without token values, authorization headers, secret addresses and card numbers."""
    text = _SECRET_IN_TEXT.sub(rf"\1{HIDDEN}", text)
    text = _SECRET_IN_QUERY.sub(rf"\1{HIDDEN}", text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    text = _SECRET_PATH.sub(rf"\1{HIDDEN}", text)
    return _CARD.sub(_hide_if_card, text)


def passes_luhn(digits: str) -> bool:
    """Whether ``digits`` end in the check digit that payment cards carry (ISO/IEC 7812-1)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit)
        if position % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def _hide_if_card(match: re.Match[str]) -> str:
    run = match.group()
    span = _card_in(run)
    return run if span is None else run[: span[0]] + HIDDEN + run[span[1] :]


def _card_in(run: str) -> tuple[int, int] | None:
    """Where in a run of digits in groups the longest card number lies: other numbers, such as its expiry date, may
    stand right before or behind it."""
    groups = [group.span() for group in re.finditer(r"\d+", run)]
    found: tuple[int, int] | None = None
    longest = 0
    for first, (start, _end) in enumerate(groups):
        for _start, end in groups[first:]:
            digits = re.sub(r"\D", "", run[start:end])
            if longest < len(digits) and 13 <= len(digits) <= 19 and passes_luhn(digits):
                found, longest = (start, end), len(digits)
    return found


#: The look behind comes second, so that the search leaps from one first digit to the next.
_CARD_BYTES = re.compile(rb"[3-6](?<![\d.][3-6])(?:[ -]?\d){12,18}(?!\d)")
#: What stands before a value that is nothing but digits, in JSON, XML and forms, with the name of that value.
_VALUE_STARTS = re.compile(
    rb"""(?:"(?P<json>[^"]{1,60})"\s*:\s*"?|<(?P<element>[\w:]{1,60})[^<>]*>|(?P<name>[\w:]{1,60})="?)$"""
)
_VALUE_ENDS = (b'"', b",", b"}", b"]", b"<", b"&", b"\r", b"\n", b"")
_MAY_HOLD_A_CARD = re.compile(rb"card|pan\b|note|comment|remark|message|request|text", re.IGNORECASE)


def without_cards(body: bytes) -> bytes:
    """``body`` with payment card numbers replaced by ``[hidden]``, before it is stored anywhere.

    Looks for runs of 13 to 19 digits, also grouped by blanks or dashes, that carry a card's first digit and check
    digit. An ungrouped run that is the whole value of a field which is not about cards or free text is an id of the
    sender and stays: changing it would lose the booking.
    """

    def hide(match: re.Match[bytes]) -> bytes:
        run = match.group()
        span = _card_in(run.decode())
        if span is None:
            return run
        if run.isdigit() and body[match.end() : match.end() + 1] in _VALUE_ENDS:
            start = _VALUE_STARTS.search(body[max(match.start() - 140, 0) : match.start()])
            if start and not _MAY_HOLD_A_CARD.search(start["json"] or start["element"] or start["name"]):
                return run
        return run[: span[0]] + HIDDEN.encode() + run[span[1] :]

    return _CARD_BYTES.sub(hide, body)
