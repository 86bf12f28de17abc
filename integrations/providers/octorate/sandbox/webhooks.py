"""Subscriptions of the Octorate sandbox and the thread that delivers envelopes, with retries and a log."""

from __future__ import annotations

import hashlib
import heapq
import hmac
import http.client
import itertools
import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from integrations.providers.octorate.sandbox.wire import write_instant

EVENTS = (
    "RESERVATION_CREATED",
    "RESERVATION_CHANGE",
    "RESERVATION_CANCELLED",
    "RESERVATION_CONFIRMED",
    "CHAT_MESSAGE_RECEIVED",
    "CONTENT_NOTIFICATION",
    "CONTENT_PUSH",
    "PORTAL_SUBSCRIPTION_CALENDAR",
    "XXX_NOT_USED_PORTAL_PROCESS_FAILED",
)
API_MEMBER = 42
RETRIES = 13
# GUESS: 300 s x 1.5 each time makes 13 retries last a little more than a day ("up to 2 days" is documented).
GROWTH = 1.5
ANSWER_BYTES = 64 * 1024


@dataclass
class Subscription:
    id: int
    event: str
    endpoint: str
    created: datetime
    processed: datetime | None = None

    def row(self) -> dict[str, Any]:
        row: dict[str, Any] = {
            "apiMember": API_MEMBER,
            "createTime": write_instant(self.created),
            "enabled": True,
            "endpoint": self.endpoint,
            "id": self.id,
            "priority": 1,
            "type": self.event,
        }
        if self.processed:
            row["processTime"] = write_instant(self.processed)
        return row


@dataclass
class Envelope:
    """One event for one subscription. `state`: pending, delivered, stopped (406), given up, dropped."""

    id: int
    event: str
    reference: str
    created: datetime
    content: str
    subscription: Subscription
    retries_left: int = RETRIES
    attempts: int = 0
    state: str = "pending"


@dataclass(frozen=True)
class Attempt:
    """One line of the delivery log; `result` is the status code or what went wrong."""

    at: datetime
    envelope: int
    event: str
    reference: str
    endpoint: str
    number: int
    result: str
    state: str
    retries_left: int


class Deliveries:
    """Keeps subscriptions and sends envelopes from one thread; only the status 200 counts as received."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        key: str,
        retry_seconds: float,
        timeout: float,
        merge_seconds: float,
    ) -> None:
        self.clock, self.key = clock, key
        self.retry_seconds, self.timeout, self.merge_seconds = (retry_seconds, timeout, merge_seconds)
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._sequence = itertools.count()
        self.clear()

    def clear(self) -> None:
        """Forget subscriptions, envelopes, log and hold."""
        with self._changed:
            self.subscriptions: dict[int, Subscription] = {}
            self.envelopes: deque[Envelope] = deque(maxlen=5000)
            self.log: deque[Attempt] = deque(maxlen=500)
            self.held = False
            self._last_event: list[Envelope] = []
            self._queue: list[tuple[float, int, Envelope]] = []
            self._busy = False
            self._ids = itertools.count(700_001)
            self._subscription_ids = itertools.count(9)
            self._changed.notify_all()

    # -- subscriptions -------------------------------------------------------------------------------------

    def subscribe(self, event: str, endpoint: str) -> Subscription | None:
        """Return the new subscription, or None when this event already has one."""
        with self._changed:
            if any(known.event == event for known in self.subscriptions.values()):
                return None
            subscription = Subscription(next(self._subscription_ids), event, endpoint, self.clock())
            self.subscriptions[subscription.id] = subscription
            return subscription

    def unsubscribe(self, number: int) -> Subscription | None:
        with self._changed:
            return self.subscriptions.pop(number, None)

    # -- events --------------------------------------------------------------------------------------------

    def emit(self, event: str, reference: str, content: str) -> list[Envelope]:
        """Queue one envelope for each subscription to that event and return them."""
        now = self.clock()
        with self._changed:
            made = []
            for subscription in self.subscriptions.values():
                if subscription.event == event and not self._merged(subscription, content, now):
                    made.append(Envelope(next(self._ids), event, reference, now, content, subscription))
            for envelope in made:
                self._push(envelope, 0)
            if made:
                self._last_event = made
            return made

    def _merged(self, subscription: Subscription, content: str, now: datetime) -> bool:
        oldest = now - timedelta(seconds=self.merge_seconds)
        return self.merge_seconds > 0 and any(
            envelope.subscription is subscription
            and envelope.content == content
            and envelope.created > oldest
            for envelope in self.envelopes
        )

    def _push(self, envelope: Envelope, delay: float, *, again: bool = False) -> None:
        if not again:
            self.envelopes.append(envelope)
        heapq.heappush(self._queue, (time.monotonic() + delay, next(self._sequence), envelope))
        self._changed.notify_all()

    def send_duplicates(self, n: int) -> list[Envelope]:
        """Queue the envelopes of the last event `n` more times, same id and content; return the copies."""
        with self._changed:
            fresh = {"retries_left": RETRIES, "attempts": 0, "state": "pending"}
            copies = [replace(envelope, **fresh) for _ in range(n) for envelope in self._last_event]  # type: ignore[arg-type]
            for copy in copies:
                self._push(copy, 0)
            return copies

    def hold(self) -> None:
        """Keep every delivery back until `release`."""
        with self._changed:
            self.held = True

    def release(self, *, out_of_order: bool = False) -> int:
        """Send what waits, retries included, newest first if `out_of_order`; return how many are queued."""
        with self._changed:
            self.held = False
            waiting = [entry[2] for entry in sorted(self._queue, key=lambda entry: entry[:2])]
            if out_of_order:
                waiting.reverse()
            self._queue = []
            for envelope in waiting:
                self._push(envelope, 0, again=True)
            self._changed.notify_all()
            return len(waiting)

    @property
    def pending(self) -> int:
        with self._changed:
            return len(self._queue) + self._busy

    def wait_until_idle(self, seconds: float = 10.0) -> bool:
        """Return True once nothing is queued or under way, False when that takes longer than `seconds`."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._busy, seconds)

    # -- the thread ----------------------------------------------------------------------------------------

    def start(self) -> None:
        if self._thread is None:
            self._stopping = False
            self._thread = threading.Thread(target=self._run, name="octorate-webhooks", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=self.timeout + 2)
            self._thread = None

    def _run(self) -> None:
        while (envelope := self._next()) is not None:
            result = self._post(envelope)
            with self._changed:
                if self._busy:  # a reset in the meantime has forgotten this envelope
                    self._settle(envelope, result)
                self._busy = False
                self._changed.notify_all()

    def _next(self) -> Envelope | None:
        with self._changed:
            while not self._stopping:
                wait = self._queue[0][0] - time.monotonic() if self._queue and not self.held else None
                if wait is not None and wait <= 0:
                    envelope = heapq.heappop(self._queue)[2]
                    if envelope.subscription.id not in self.subscriptions:
                        envelope.state = "dropped"
                        self._changed.notify_all()
                        continue
                    self._busy = True
                    envelope.attempts += 1
                    return envelope
                self._changed.wait(wait)
        return None

    def _delay(self, envelope: Envelope) -> float:
        return float(self.retry_seconds * GROWTH ** (envelope.attempts - 1))

    def _settle(self, envelope: Envelope, result: str) -> None:
        if result == "200":
            envelope.state = "delivered"
            envelope.subscription.processed = self.clock()
        elif result == "406":
            envelope.state = "stopped"
        elif envelope.retries_left <= 0:
            envelope.state = "given up"
        else:
            envelope.retries_left -= 1
            self._push(envelope, self._delay(envelope), again=True)
        self.log.append(
            Attempt(
                self.clock(),
                envelope.id,
                envelope.event,
                envelope.reference,
                envelope.subscription.endpoint,
                envelope.attempts,
                result,
                envelope.state,
                envelope.retries_left,
            )
        )

    def body(self, envelope: Envelope) -> bytes:
        """Return the envelope as it goes over the wire; `content` is a JSON text inside the JSON."""
        # GUESS: the real key and signed bytes of `hmac` are not documented; only its length (SHA-1) is known.
        digest = hmac.new(self.key.encode(), envelope.content.encode(), hashlib.sha1).hexdigest()
        value = {
            "id": envelope.id,
            "type": envelope.event,
            "reference": envelope.reference,
            "createTime": write_instant(envelope.created),
            "retry": envelope.retries_left,
            "nextTry": write_instant(self.clock() + timedelta(seconds=self._delay(envelope))),
            "hmac": digest,
            "subscription": envelope.subscription.row(),
            "content": envelope.content,
        }
        return json.dumps(value, separators=(",", ":")).encode()

    def _post(self, envelope: Envelope) -> str:
        """Return the status code as text, or what went wrong. Redirects are not followed."""
        connection: http.client.HTTPConnection | None = None
        try:
            address = urlsplit(envelope.subscription.endpoint)
            secure = address.scheme == "https"
            kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            connection = kind(address.hostname or "", address.port, timeout=self.timeout)
            path = (address.path or "/") + (f"?{address.query}" if address.query else "")
            headers = {"Content-Type": "application/json", "User-Agent": "Octorate-Sandbox"}
            connection.request("POST", path, self.body(envelope), headers)
            answer = connection.getresponse()
            answer.read(ANSWER_BYTES)
        except TimeoutError:
            return "timeout"
        except (OSError, http.client.HTTPException, ValueError) as error:
            return type(error).__name__
        else:
            return str(answer.status)
        finally:
            if connection is not None:
                connection.close()
