"""Card numbers go from whatever arrives; the codes of bookings and the telephones of guests stay."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.redaction import HIDDEN, passes_luhn, redact_text, without_cards

CARD = "4111111111111111"
#: How cards are written: the lengths of their groups.
GROUPS = {13: (13,), 14: (4, 6, 4), 15: (4, 6, 5), 16: (4, 4, 4, 4), 19: (4, 4, 4, 4, 3)}
CARD_GROUPS = re.compile(r"(?<!\d)\d{4}-(?:\d{4}-\d{4}-\d{4}|\d{6}-\d{4,5})(?!\d)")

NAMES = st.sampled_from(["reservationId", "channel_ref", "refer", "ID", "x:Number"])
PHONE_NAMES = st.sampled_from(["phone", "PhoneNumber", "guest_mobile", "telephone", "tel"])
CARD_NAMES = st.sampled_from(["cardNumber", "credit_card", "CardNumber", "pan", "guestNotes", "Comment"])


def with_check_digit(digits: str) -> str:
    return next(f"{digits}{last}" for last in range(10) if passes_luhn(f"{digits}{last}"))


@st.composite
def numbers_of_cards(draw, starts=("3", "4", "5", "6", "22", "27")):
    start = draw(st.sampled_from(starts))
    length = draw(st.sampled_from(sorted(GROUPS)))
    rest = draw(st.text("0123456789", min_size=length - 1 - len(start), max_size=length - 1 - len(start)))
    return with_check_digit(start + rest)


@st.composite
def written_cards(draw):
    """A card, in one piece or in the usual groups."""
    number = draw(numbers_of_cards())
    separator = draw(st.sampled_from(["", " ", "-"]))
    pieces, at = [], 0
    for length in GROUPS[len(number)]:
        pieces.append(number[at : at + length])
        at += length
    return separator.join(pieces)


@st.composite
def codes(draw):
    """Digits and dashes that somewhere hold what passes for a card."""
    parts = draw(st.lists(st.text("0123456789", min_size=1, max_size=11), max_size=2))
    number = draw(numbers_of_cards(("3", "4", "5", "6")))
    cut = draw(st.integers(1, len(number) - 1))
    return "-".join([*parts, number[:cut], number[cut:]])


@st.composite
def telephones(draw):
    """13 to 15 digits that pass for a card, as telephones are written."""
    length = draw(st.sampled_from([13, 14, 15]))
    digits = with_check_digit(
        draw(st.sampled_from("3456")) + draw(st.text("0123456789", min_size=length - 2, max_size=length - 2))
    )
    prefix = draw(st.sampled_from(["+", "00", ""]))
    if prefix and draw(st.booleans()):
        digits = f"{digits[:2]} {digits[2:4]} {digits[4:9]}-{digits[9:]}"
    return prefix + digits


def documents(name: str, value: str) -> list[bytes]:
    """The value as a whole field: JSON, JSON in JSON twice over, an attribute, an element, a form."""
    plain = json.dumps({"a": 1, name: value, "z": None})
    inner = json.dumps({"type": "CHANGE", "content": plain})
    tag = name.replace(":", "")
    found = [
        plain,
        json.dumps({name: value}, separators=(",", ":")),
        inner,
        json.dumps({"outer": inner}),
        f"<r a='1' {name}={quoteattr(value)} b=\"2\"/>",
        f'<r><{tag} kind="1">{value}</{tag}></r>',
        urlencode({"a": "1", name: value, "b": "2"}, safe=":"),
    ]
    return [text.encode() for text in found]


@given(name=NAMES, code=codes())
def test_a_code_of_digits_and_dashes_stays(name, code):
    if not CARD_GROUPS.search(code):
        for document in documents(name, code):
            assert without_cards(document) == document


@given(name=NAMES, number=numbers_of_cards())
def test_a_bare_number_in_a_field_of_ids_stays(name, number):
    for document in [*documents(name, number), json.dumps({name: int(number), "z": 1}).encode()]:
        assert without_cards(document) == document


@given(name=PHONE_NAMES, phone=telephones())
def test_a_telephone_in_a_field_for_telephones_stays(name, phone):
    for document in documents(name, phone):
        if b"%20" not in document and not (b"=" in document and b"+" in document.replace(b"=+", b"")):
            assert without_cards(document) == document


@given(name=CARD_NAMES, card=written_cards())
def test_a_card_in_a_field_for_cards_or_words_goes_however_it_is_written(name, card):
    for document in documents(name, card)[:-1]:
        cleaned = without_cards(document)
        assert card.encode() not in cleaned
        assert HIDDEN.encode() in cleaned


@given(name=NAMES | PHONE_NAMES, card=written_cards())
def test_what_is_grouped_as_a_card_goes_from_every_field(name, card):
    if re.fullmatch(r"\d{4}([ -])(\d{4}\1\d{4}\1\d{4}(\1\d{3})?|\d{6}\1\d{4,5})", card):
        for document in documents(name, card)[:-1]:
            assert card.encode() not in without_cards(document)


@given(
    before=st.sampled_from(
        ["", "card ", "visa:", "no.", "room 305 4005 ", "34 600 111 222 ", "(", "cc=", "n 7-"]
    ),
    card=written_cards(),
    behind=st.sampled_from(["", " please", ", thanks", " 12/31", ".", ") ok", " 600 111 222", "; ring"]),
)
def test_a_card_among_words_goes(before, card, behind):
    words = f"{before}{card}{behind}"
    for body in (
        json.dumps({"wishes": f"Late train. {words}", "b": 1}),
        json.dumps({"guestNotes": words}),
        f"<Wishes>Late train. {words}</Wishes>",
        f'<Wishes Said="Late train. {words}"/>',
        words,
    ):
        cleaned = without_cards(body.encode()).decode()
        assert card not in cleaned
        assert not _leftover(card, cleaned), cleaned
    assert not _leftover(card, redact_text(words))


def _leftover(card: str, cleaned: str) -> bool:
    """Whether the last two groups of a card, or the end of one in one piece, are still there."""
    groups = re.split(r"[ -]", card)
    end = card[-8:] if len(groups) == 1 else re.search(r"[ -]", card).group().join(groups[-2:])
    return end in cleaned


def test_codes_of_two_bookings_do_not_become_one():
    codes = ["10001-40160-4100200306", "10001-40160-4100200314"]

    cleaned = {without_cards(json.dumps({"reservationId": code}).encode()) for code in codes}

    assert cleaned == {json.dumps({"reservationId": code}).encode() for code in codes}


@pytest.mark.parametrize(
    "document",
    [
        b'<Telephone PhoneNumber="+5511994674498"/>',
        b'{"phone": "+5511994674498"}',
        b'{"phone": "+55 (11) 99467-4498"}',
        b'{"phone": "00 55 11 99467 4498"}',
        b"<telephone>+5511994674498</telephone>",
        b"phone=%2B5511994674498&a=1",
        rb'{"content": "{\"guests\":[{\"phone\":\"+5511994674498\"}]}"}',
    ],
)
def test_telephones_of_brazil_stay(document):
    assert without_cards(document) == document


@pytest.mark.parametrize(
    "document",
    [
        f'{{"phone": "+{CARD}"}}',
        f'{{"phone": "call me, card {CARD}"}}',
        f'{{"notes": "my ref={CARD}"}}',
        f'<Comment>my number="{CARD}"</Comment>',
        '{"ref": "10001-4111-1111-1111-1111"}',
        f'{{"ref": "{CARD} 12/31"}}',
        '{"notes": "2223 0031 2200 3222"}',
        "2031-06-10 4111 1111 1111 1111",
    ],
)
def test_cards_that_pass_for_something_else_go(document):
    cleaned = without_cards(document.encode()).decode()

    assert HIDDEN in cleaned
    assert not re.search(r"1111|3222", cleaned)


@pytest.mark.parametrize(
    "text",
    ["from 2231-06-10 to 2031-06-12", "2031-06-10 2031-06-12", "1767225600000", "12.4111111111111111"],
)
def test_dates_times_and_fractions_stay(text):
    assert without_cards(text.encode()) == text.encode()
