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
_SECRET_PATH = re.compile(
    r"(/(?:hooks/[a-z0-9_]+|k|q|my/calendar|accounts/password/reset/key|accounts/confirm-email)/)[^/\s\"']+"
)
#: Groups of digits that are long enough together. The looks behind come second, so that the search leaps from one
#: digit to the next; digits behind a decimal point are no number of their own.
_DIGIT_GROUPS = re.compile(r"\d(?<!\d\d)(?<!\d\.\d)(?:[ -]?\d){12,}")
HIDDEN = "[hidden]"


def redact_text(text: str) -> str:
    """``text`` without token values, authorization headers, secret addresses and card numbers."""
    text = _SECRET_IN_TEXT.sub(rf"\1{HIDDEN}", text)
    text = _SECRET_IN_QUERY.sub(rf"\1{HIDDEN}", text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    text = _SECRET_PATH.sub(rf"\1{HIDDEN}", text)
    return _DIGIT_GROUPS.sub(lambda match: _hide_cards(match.group(), _cards_in(match.group())), text)


_GROUP = re.compile(r"[0-9]+")
SHORTEST_CARD, LONGEST_CARD = 13, 19
#: Each digit doubled, the two digits of the result added up.
_DOUBLED = str.maketrans("0123456789", "0246813579")


def _ascii(run: str) -> str:
    """``run`` with the digits of other scripts as those of ours, each in its place."""
    if run.isascii():
        return run
    return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in run)


def passes_luhn(digits: str) -> bool:
    """Whether ``digits`` end in the check digit that payment cards carry (ISO/IEC 7812-1)."""
    digits = _ascii(digits)
    doubled = digits[-2::-2].translate(_DOUBLED)
    return (sum(map(int, digits[::-2])) + sum(map(int, doubled))) % 10 == 0


def _cards_in(run: str, starts: re.Pattern[str] | None = None) -> list[tuple[int, int]]:
    """Where in groups of digits card numbers may lie: other numbers, such as an expiry date, may stand right before or
    behind them. ``starts`` says what their first digits are."""
    run = _ascii(run)
    groups = [group.span() for group in _GROUP.finditer(run)]
    found: list[tuple[int, int]] = []
    for number, (start, _end) in enumerate(groups):
        if starts is not None and not starts.match(run, start):
            continue
        digits, last = "", None
        for first, end in groups[number : number + LONGEST_CARD]:
            digits += run[first:end]
            if len(digits) > LONGEST_CARD:
                break
            if len(digits) >= SHORTEST_CARD and passes_luhn(digits):
                last = end
        if last is None:
            continue
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((start, last))
    return found


def _hide_cards(run: str, cards: list[tuple[int, int]]) -> str:
    ends = [0, *(end for _start, end in cards)]
    kept = [run[end:start] for end, (start, _end) in zip(ends, cards, strict=False)]
    return HIDDEN.join([*kept, run[ends[-1] :]])


#: The first digits of the cards of this world; numbers that begin otherwise are ids, times and codes.
_CARD_STARTS = re.compile(r"[3-6]|2[2-7]")
_DIGIT_GROUPS_BYTES = re.compile(rb"[2-6](?<!\d[2-6])(?<!\d\.[2-6])(?:[ -]?\d){12,}")
#: Beginning and end of a whole value, with its name: a text of JSON (also inside a text of JSON), a number of JSON, the
#: text of an element, an attribute, a field of a form.
_INSIDE = rb"(?P<before>[+\d ()./-]{0,30})\Z"
_BEHIND = rb"(?P<behind>[\d ()./-]{0,30})"
_KEY = rb"""(?P<slashes>\\{0,7})"(?P<name>[^"\\]{1,60})(?P=slashes)"\s{0,20}:\s{0,20}"""
_NAME = rb"(?P<name>[\w:.-]{1,60})"
_VALUES = tuple(
    (re.compile(begins + _INSIDE), re.compile(_BEHIND + ends))
    for begins, ends in (
        (_KEY + rb'(?P=slashes)"', rb'\\*"'),
        (_KEY, rb"\s*[,}\]]"),
        (rb"<" + _NAME + rb"[^<>]*>", rb"<"),
        (rb"<[^<>]*\s" + _NAME + rb"=[\"']", rb"[\"']"),
        (rb"(?:\A|[&?])" + _NAME + rb"=(?:%2[Bb])?", rb"(?:&|\s*\Z)"),
    )
)
#: How far before a value its name is looked for; the attributes of an element may be many.
_FARTHEST_NAME = 1_000
_LONGEST_VALUE = 60
_MAY_HOLD_A_CARD = re.compile(
    rb"card|credit|(?:\b|_)cc|pan\b|note|comment|remark|message|request|text", re.IGNORECASE
)
_HOLDS_A_PHONE = re.compile(rb"phone|mobile|(?:\b|_)tel(?:\b|_)", re.IGNORECASE)
#: The groups in which cards are written, wherever they stand.
_CARD_GROUPS = re.compile(rb"(?<!\d)\d{4}([ -])(?:\d{4}\1\d{4}\1\d{4}|\d{6}\1\d{4,5})(?!\d)")
_CODE = re.compile(rb"\d+(?:-\d+)*")
_PHONE = re.compile(rb"(?:\+|00)?(?:[ ()./-]*\d){7,15}")


def without_cards(body: bytes) -> bytes:
    """``body`` with payment card numbers replaced by ``[hidden]``, before it is stored anywhere.

    Looks for 13 to 19 digits, also grouped by blanks or dashes, that carry a card's first digits and check digit. The
    whole value of a field that is not about cards or free text stays when it is a code, nothing but digits and dashes,
    or when the field is for telephones and it is one: changing it would lose the booking or join it to another. What
    is grouped as cards are written goes even there.
    """

    def hide(match: re.Match[bytes]) -> bytes:
        run = match.group().decode()
        cards = _cards_in(run, _CARD_STARTS)
        if not cards or _is_code_or_phone(body, match):
            return match.group()
        return _hide_cards(run, cards).encode()

    return _DIGIT_GROUPS_BYTES.sub(hide, body)


def _is_code_or_phone(body: bytes, match: re.Match[bytes]) -> bool:
    name, value = _whole_value(body, match)
    if not name or _MAY_HOLD_A_CARD.search(name) or _CARD_GROUPS.search(value):
        return False
    return bool(_CODE.fullmatch(value) or (_HOLDS_A_PHONE.search(name) and _PHONE.fullmatch(value)))


def _whole_value(body: bytes, match: re.Match[bytes]) -> tuple[bytes, bytes]:
    """The name and the value of the field that holds nothing but these digits and what belongs to such numbers; nothing
    where they stand among other words."""
    head = body[max(match.start() - _FARTHEST_NAME, 0) : match.start()]
    tail = body[match.end() : match.end() + _LONGEST_VALUE]
    for begins, ends in _VALUES:
        begun, ended = begins.search(head), ends.match(tail)
        if begun and ended:
            return begun["name"], begun["before"] + match.group() + ended["behind"]
    return b"", b""
