"""Card numbers are gone before anything is stored."""

from __future__ import annotations

import pytest

from integrations.contracts import MessageKind
from integrations.inbox import body_of, receive
from integrations.models import InboxMessage
from integrations.redaction import without_cards

CARD = b"4111111111111111"


@pytest.mark.parametrize(
    "text",
    [
        b'{"notes": "card 4111111111111111 please"}',
        b'{"notes": "4111 1111 1111 1111"}',
        b'{"notes": "4111-1111-1111-1111"}',
        b'{"cardNumber": "4111111111111111"}',
        b'{"guestNotes": "4111111111111111"}',
        b'{"notes": "card:4111111111111111, thanks"}',
        b"<Comment>amex 378282246310005 exp 12/31</Comment>",
        b"<Comment>4111 1111 1111 1111 12/31</Comment>",
        b'{"notes": "room 3 4111-1111-1111-1111 12 31"}',
    ],
)
def test_a_card_in_a_text_is_hidden(text):
    cleaned = without_cards(text)

    assert b"[hidden]" in cleaned
    assert b"1111" not in cleaned
    assert b"378282246310005" not in cleaned


@pytest.mark.parametrize(
    "text",
    [
        b'{"id": 4111111111111111, "refer": "4111111111111111"}',
        b'<ID Number="4111111111111111"/><Ref>4111111111111111</Ref>',
        b'{"phone": "+34 600 000 000", "price": 4111.11}',
        b'{"notes": "booking 4111111111111112 of ours"}',
        b'{"updateTime": "2031-03-01T09:00:00.123456Z"}',
    ],
)
def test_ids_amounts_and_times_stay(text):
    assert without_cards(text) == text


@pytest.mark.django_db
def test_a_stored_message_holds_no_card():
    receive(
        provider="octorate",
        kind=MessageKind.WEBHOOK,
        body=b'{"notes": "pay with ' + CARD + b'"}',
        dedupe_key="1",
        connection_id=None,
        hotel_id=None,
    )

    assert CARD not in body_of(InboxMessage.objects.get())
