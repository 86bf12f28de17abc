"""Unified webhooks of the Hostaway sandbox: subscriptions and the thread that delivers events, with retries and a log.

What a receiver meets: HTTP Basic, events twice, in the wrong order, with half of the data; retries of network errors,
5xx and 429 only; a subscription that is switched off after it failed for days.
"""

from __future__ import annotations

import base64
import heapq
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

#: Seconds before the first, second and third retry.
# GUESS: "about a minute" for the first and "about an hour" for all are documented, the second is not.
RETRY_DELAYS = (60.0, 600.0, 2700.0)
ANSWER_BYTES = 64 * 1024
LOGGED_ANSWER_CHARACTERS = 500
EVENTS = ("reservation.created", "reservation.updated", "message.received")


@dataclass
class Webhook:
    """One subscription; it gets every event of its account."""

    id: int
    account: int
    url: str
    login: str = ""
    password: str = ""
    alerting_address: str = ""
    is_enabled: bool = True
    failing_since: datetime | None = None

    def row(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "accountId": self.account,
            "isEnabled": int(self.is_enabled),
            "url": self.url,
            "login": self.login or None,
            # GUESS: whether the real service gives the password back is not known; this one does not.
            "password": None,
            "alertingEmailAddress": self.alerting_address or None,
            "events": list(EVENTS),
        }


@dataclass
class Delivery:
    """One event for one subscription. `state`: pending, delivered, refused (final 4xx), given up, dropped."""

    id: int
    webhook: Webhook
    object: str
    object_id: int
    listing: int
    event: str
    body: bytes
    attempts: int = 0
    state: str = "pending"

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)["data"]
        return found


@dataclass(frozen=True)
class Attempt:
    """One line of the delivery log; status 0 is a network error, whose name stands in `answer`."""

    id: int
    at: datetime
    delivery: Delivery
    number: int
    status: int
    answer: str
    state: str


class WebhookSender:
    """Keeps subscriptions and delivers events from one thread of its own."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        #: What the retry delays are multiplied with; tests set it near 0.
        self.retry_scale = 1.0
        self.timeout = 20.0
        #: While deliveries are shuffled: for how long an event waits for later ones to go before it.
        self.shuffle_seconds = 2.0
        self.disable_after = timedelta(days=5)
        self.duplicate = self.shuffle = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._sequence = itertools.count(1)
        self.clear()

    def clear(self) -> None:
        """Forget subscriptions, deliveries and the log."""
        with self._changed:
            self.webhooks: dict[int, Webhook] = {}
            self.deliveries: deque[Delivery] = deque(maxlen=5000)
            self.log: deque[Attempt] = deque(maxlen=1000)
            self._last_event: list[Delivery] = []
            self._queue: list[tuple[float, int, Delivery]] = []
            self._batch_ends = 0.0
            self._busy: Delivery | None = None
            self._webhook_ids = itertools.count(3001)
            self._delivery_ids = itertools.count(1)
            self._attempt_ids = itertools.count(1)
            self._changed.notify_all()

    # -- subscriptions -------------------------------------------------------------------------------------

    def subscribe(self, account: int, values: dict[str, Any]) -> Webhook:
        """Add a subscription; a second one to the same address is allowed and gets everything once more."""
        with self._changed:
            webhook = Webhook(next(self._webhook_ids), account, **values)
            self.webhooks[webhook.id] = webhook
            return webhook

    def unsubscribe(self, number: int) -> None:
        with self._changed:
            self.webhooks.pop(number, None)

    # -- events --------------------------------------------------------------------------------------------

    def emit(
        self, account: int, event: str, kind: str, number: int, listing: int, data: dict[str, Any]
    ) -> list[Delivery]:
        """Queue one delivery (two while duplicates are on) for each enabled subscription of the account."""
        envelope = {"object": kind, "event": event, "accountId": account, "data": data}
        body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
        with self._changed:
            made = [
                Delivery(next(self._delivery_ids), webhook, kind, number, listing, event, body)
                for webhook in self.webhooks.values()
                if webhook.account == account and webhook.is_enabled
                for _ in range(2 if self.duplicate else 1)
            ]
            self._last_event = made or self._last_event
            for delivery in made:
                self._queue_new(delivery)
            return made

    def send_again(self, times: int) -> int:
        """Queue the deliveries of the last event so many more times; return how many were queued."""
        with self._changed:
            copies = [
                replace(known, id=next(self._delivery_ids), attempts=0, state="pending")
                for _ in range(times)
                for known in self._last_event
            ]
            for copy in copies:
                self._queue_new(copy)
            return len(copies)

    def _queue_new(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        now, order = time.monotonic(), next(self._sequence)
        if self.shuffle:
            if now >= self._batch_ends:
                self._batch_ends = now + self.shuffle_seconds
            # Of all that is due together, the newest goes first.
            self._push(delivery, self._batch_ends, -order)
        else:
            self._push(delivery, now, order)

    def _push(self, delivery: Delivery, due: float, order: int) -> None:
        heapq.heappush(self._queue, (due, order, delivery))
        self._changed.notify_all()

    def history(self) -> list[Delivery]:
        """Return the deliveries in the order their events happened."""
        with self._changed:
            return list(self.deliveries)

    def attempts(self) -> list[Attempt]:
        """Return the tries to deliver, oldest first."""
        with self._changed:
            return list(self.log)

    @property
    def pending(self) -> int:
        with self._changed:
            return len(self._queue) + (self._busy is not None)

    def wait_until_idle(self, seconds: float = 10.0) -> bool:
        """Return True once nothing is queued or under way, False when that takes longer than `seconds`."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and self._busy is None, seconds)

    # -- the thread ----------------------------------------------------------------------------------------

    def start(self) -> None:
        if self._thread is None:
            self._stopping = False
            self._thread = threading.Thread(target=self._run, name="hostaway-webhooks", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=2)
            self._thread = None

    def _run(self) -> None:
        while (delivery := self._next()) is not None:
            status, answer = self._post(delivery)
            with self._changed:
                if self._busy is delivery:  # a reset in the meantime has forgotten this one
                    self._settle(delivery, status, answer)
                    self._busy = None
                self._changed.notify_all()

    def _next(self) -> Delivery | None:
        with self._changed:
            while not self._stopping:
                wait = self._queue[0][0] - time.monotonic() if self._queue else None
                if wait is not None and wait <= 0:
                    delivery = heapq.heappop(self._queue)[2]
                    if delivery.webhook.id not in self.webhooks or not delivery.webhook.is_enabled:
                        delivery.state = "dropped"
                        self._changed.notify_all()
                        continue
                    self._busy = delivery
                    delivery.attempts += 1
                    return delivery
                self._changed.wait(wait)
        return None

    def _settle(self, delivery: Delivery, status: int, answer: str) -> None:
        webhook = delivery.webhook
        if 200 <= status < 300:
            delivery.state, webhook.failing_since = "delivered", None
        elif status and status < 500 and status != 429:
            delivery.state = "refused"
        elif delivery.attempts > len(RETRY_DELAYS):
            delivery.state = "given up"
        else:
            delay = RETRY_DELAYS[delivery.attempts - 1] * self.retry_scale
            self._push(delivery, time.monotonic() + delay, next(self._sequence))
        if delivery.state in ("refused", "given up"):
            self._count_failure(webhook)
        self.log.append(
            Attempt(
                next(self._attempt_ids),
                self.clock(),
                delivery,
                delivery.attempts,
                status,
                answer,
                delivery.state,
            )
        )

    def _count_failure(self, webhook: Webhook) -> None:
        """Switch a subscription off once nothing reached it for `disable_after`."""
        webhook.failing_since = webhook.failing_since or self.clock()
        if self.clock() - webhook.failing_since >= self.disable_after:
            webhook.is_enabled = False

    def _post(self, delivery: Delivery) -> tuple[int, str]:
        """Return the status and the beginning of the answer; 0 and what went wrong without one."""
        connection: http.client.HTTPConnection | None = None
        webhook = delivery.webhook
        headers = {"Content-Type": "application/json", "User-Agent": "Hostaway-Sandbox"}
        if webhook.login:
            pair = base64.b64encode(f"{webhook.login}:{webhook.password}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        try:
            address = urlsplit(webhook.url)
            secure = address.scheme == "https"
            kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            connection = kind(address.hostname or "", address.port, timeout=self.timeout)
            path = (address.path or "/") + (f"?{address.query}" if address.query else "")
            connection.request("POST", path, delivery.body, headers)
            answer = connection.getresponse()
            text = answer.read(ANSWER_BYTES).decode("utf-8", "replace")
        except TimeoutError:
            return 0, "timeout"
        except (OSError, http.client.HTTPException, ValueError) as error:
            return 0, type(error).__name__
        else:
            return answer.status, text[:LOGGED_ANSWER_CHARACTERS]
        finally:
            if connection is not None:
                connection.close()
