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
_HOOK_PATH = re.compile(r"(/hooks/[a-z0-9_]+/)[^/\s\"']+")
_CARD = re.compile(r"(?<![\d.])(?:\d[ -]?){12,18}\d(?!\d)")
HIDDEN = "[hidden]"


def redact_text(text: str) -> str:
    """``text`` without token values, authorization headers, webhook addresses and card numbers."""
    text = _SECRET_IN_TEXT.sub(rf"\1{HIDDEN}", text)
    text = _SECRET_IN_QUERY.sub(rf"\1{HIDDEN}", text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    text = _HOOK_PATH.sub(rf"\1{HIDDEN}", text)
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
    digits = re.sub(r"\D", "", match.group())
    return HIDDEN if passes_luhn(digits) else match.group()
