"""What a payload of Hostaway is and what it becomes: lists, single objects, webhooks and error answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.contracts import Hint, Problem, ReadContext, ReadResult, UnreadablePayload
from integrations.payloads import digest, load_json
from integrations.providers.hostaway.item import reference
from integrations.providers.hostaway.mapping import external_id_of, is_undated, map_reservation
from integrations.providers.hostaway.tables import RESERVATION_EVENTS
from integrations.values import OddValue, mapping_of, shown, text_of

_RESERVATION_KEYS = frozenset({"arrivalDate", "departureDate", "hostawayReservationId", "reservationId"})
#: Changes with every message of a guest, or is shown by some answers only, and says nothing that is used here.
_VOLATILE = frozenset(
    {
        "latestActivityOn",
        "hostProxyEmail",
        "cancellationPolicy",
        "cancellationPolicyId",
        "cancellationPolicyName",
    }
)


def read(body: bytes, context: ReadContext) -> ReadResult:
    """Records of an answer ``{"status", "result"}``, of a reservation or a list of them; hints of a webhook.

    Pure and repeatable. Reservations whose digest ``context.known`` tells are counted as unchanged and not mapped
    again. Raises :class:`UnreadablePayload` when the payload as a whole is not one of Hostaway's.
    """
    if not body.strip(b" \t\r\n\xef\xbb\xbf"):
        return ReadResult()
    value = load_json(body)
    reading = _Reading(context)
    if isinstance(value, list):
        reading.read_list(value)
    elif not (isinstance(value, dict) and reading.read_object(value)):
        raise UnreadablePayload("The payload is neither an answer of Hostaway, a reservation nor a webhook.")
    return reading.finish()


def error_sentence(answer: Mapping[str, Any]) -> str:
    """What an answer with ``"status": "fail"`` says: in ``result``, or, when asked to slow down, in ``message``."""
    for name in ("result", "message", "error_description", "error"):
        if text := text_of(answer.get(name)):
            return " ".join(text.split())[:300]
    return "an error without a word"


def is_failure(value: object) -> bool:
    """Whether ``value`` is an error answer."""
    if not isinstance(value, dict):
        return False
    return value.get("status") == "fail" or (
        "status" not in value and "result" not in value and ("error" in value or "message" in value)
    )


@dataclass(slots=True)
class _Reading:
    """One payload on its way to a result; every method leaves its findings in ``result``."""

    context: ReadContext
    result: ReadResult = field(default_factory=ReadResult)
    #: Reservations found in the payload and not yet mapped: id, object, where it stood.
    items: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)

    def finish(self) -> ReadResult:
        """Map what was found, after asking once which of it was read before."""
        known = self.context.known([external_id for external_id, _, _ in self.items]) if self.items else {}
        result = self.result
        for external_id, raw, where in self.items:
            mark = digest({name: value for name, value in raw.items() if name not in _VOLATILE})
            if known.get(external_id) == mark:
                result.digests[external_id] = mark
                result.unchanged += 1
            elif is_undated(raw):
                result.ignored.append(f"reservation {external_id} has no dates yet")
            else:
                try:
                    result.records.append(map_reservation(raw, self.context))
                    result.digests[external_id] = mark
                except OddValue as odd:
                    self._problem(where, str(odd))
        return result

    def read_object(self, value: dict[str, Any]) -> bool:
        """Read ``value`` for what it looks like; False when it looks like nothing of Hostaway's."""
        if isinstance(value.get("event"), str):
            self._read_event(value)
        elif value.get("status") == "success" and isinstance(value.get("result"), list):
            self.read_list(value["result"])
        elif value.get("status") == "success" and isinstance(value.get("result"), dict):
            self._read_item(value["result"], "reservation")
        elif not _RESERVATION_KEYS.isdisjoint(value):
            self._read_item(value, "reservation")
        elif is_failure(value):
            self._problem("answer", error_sentence(value))
        else:
            return False
        return True

    def read_list(self, rows: list[Any]) -> None:
        for number, row in enumerate(rows, start=1):
            self._read_item(row, f"item {number}")

    def _read_event(self, envelope: dict[str, Any]) -> None:
        """A delivery is a hint only: late fields may be missing from its ``data``, so the object is read again."""
        event = envelope["event"].strip()
        if event not in RESERVATION_EVENTS:
            self.result.ignored.append(f"event type {shown(event)} is not used")
            return
        data = mapping_of(envelope.get("data"))
        try:
            external_id = external_id_of(data)
            listing = reference(data.get("listingMapId"), "listingMapId")
        except OddValue as odd:
            self._problem("data", str(odd))
            return
        if external_id is None:
            self._problem("data", "the event names no reservation")
        else:
            self.result.fetch.append(Hint("reservation", external_id, listing))

    def _read_item(self, row: Any, where: str) -> None:
        if not isinstance(row, dict) or _RESERVATION_KEYS.isdisjoint(row):
            self._problem(where, "this is not a reservation")
            return
        try:
            external_id = external_id_of(row)
        except OddValue as odd:
            self._problem(where, str(odd))
            return
        if external_id is None:
            self._problem(where, "id is missing")
            return
        named = f"reservation {external_id}" if where.startswith("item ") else where
        self.items.append((external_id, row, named))

    def _problem(self, where: str, sentence: str) -> None:
        self.result.errors.append(Problem(where, sentence))
