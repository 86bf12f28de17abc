"""Messages that come one upon another are read together: each reading is a transaction that keeps others waiting."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integrations import processing
from integrations.contracts import MessageKind
from integrations.inbox import GROUP, receive
from integrations.models import Connection, InboxMessage
from tests.integrations.conftest import make_connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(hotel: Any) -> Connection:
    return make_connection(
        hotel, provider="hostaway", credentials={"account_id": "10001", "api_key": "a-key"}
    )


class Stream:
    """Messages without a meaning for us, and what comes while the reader pauses, in the order of its pauses."""

    def __init__(self, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        self.connection, self.number = connection, 0
        self.pauses: list[float] = []
        self.later: list[int] = []
        monkeypatch.setattr(processing.time, "sleep", self._pause)

    def arrive(self, count: int) -> None:
        for _ in range(count):
            self.number += 1
            receive(
                provider="hostaway",
                kind=MessageKind.WEBHOOK,
                body=json.dumps({"event": "message.received", "data": {"id": self.number}}).encode(),
                dedupe_key=str(self.number),
                connection_id=self.connection.pk,
                hotel_id=self.connection.hotel_id,
            )

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if self.later:
            self.arrive(self.later.pop(0))


@pytest.fixture
def stream(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Stream:
    return Stream(connection, monkeypatch)


def test_those_of_the_next_moment_are_read_together(stream: Stream) -> None:
    stream.arrive(2)
    stream.later = [3]
    assert processing.process_waiting(stream.connection.pk) == 5
    assert stream.pauses == [processing.GATHER_SECONDS] * 2
    assert not InboxMessage.objects.exclude(state="ignored").exclude(state="done").exists()


def test_a_single_message_makes_nobody_wait(stream: Stream) -> None:
    stream.arrive(1)
    assert processing.process_waiting(stream.connection.pk) == 1
    assert stream.pauses == []


def test_a_full_group_is_followed_by_the_next_at_once(stream: Stream) -> None:
    stream.arrive(GROUP)
    assert processing.process_waiting(stream.connection.pk) == GROUP
    assert stream.pauses == []
