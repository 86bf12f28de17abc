"""What a payload of Octorate is and what it becomes: webhooks, pages, lists, single objects and error bodies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.contracts import Hint, Problem, ReadContext, ReadResult, UnreadablePayload
from integrations.payloads import digest, load_json
from integrations.providers.octorate.mapping import map_reservation, property_of
from integrations.providers.octorate.tables import HEARSAY_EVENTS, RESERVATION_EVENTS
from integrations.providers.octorate.values import OddValue, mapping_of, objects_of, reference, shown, text_of

_RESERVATION_KEYS = frozenset({"checkin", "checkout", "refer", "channelRefer", "pmsProduct"})
_HEARSAY_IDS = ("id", "reservation_id", "reservationId")
_HEARSAY_PLACES = ("accommodation", "accommodation_id", "accommodationId", "property_id", "propertyId")


def read(body: bytes, context: ReadContext) -> ReadResult:
    """Records of a webhook, a page ``{data, page}``, a bare list or a single reservation; pure and repeatable.

    Items whose digest ``context.known`` tells are counted as unchanged and not mapped again. Raises
    :class:`UnreadablePayload` when the payload as a whole is not one of Octorate's.
    """
    if not body.strip(b" \t\r\n\xef\xbb\xbf"):
        return ReadResult()
    value = load_json(body)
    reading = _Reading(context)
    if isinstance(value, list):
        for number, element in enumerate(value, start=1):
            reading.read_element(element, number)
    elif not (isinstance(value, dict) and reading.read_object(value)):
        raise UnreadablePayload("The payload is neither a reservation, a page of reservations nor a webhook.")
    return reading.finish()


def error_sentence(error: Mapping[str, Any]) -> str:
    """What an error body of the API says: its type, its message and the fields it complains of."""
    parts = [text_of(error.get(name)) for name in ("type", "message", "element")]
    for nested in objects_of(error.get("nested"))[:5]:
        words = [text_of(nested.get(name)) for name in ("element", "message")]
        parts.append(" ".join(word for word in words if word) or None)
    said = [part for part in parts if part]
    return ": ".join(dict.fromkeys(said))[:300] or "an error without a word"


def is_error_body(value: object) -> bool:
    """Whether ``value`` is an ``ApiError``: all its fields are optional, so a type or a message must be there."""
    if not isinstance(value, dict) or not _RESERVATION_KEYS.isdisjoint(value):
        return False
    kind = value.get("type")
    named = isinstance(kind, str) and ("message" in value or "nested" in value or kind.startswith("Api"))
    return named or ("message" in value and not {"content", "data", "event"} & value.keys())


def decode_content(value: object) -> dict[str, Any] | None:
    """The object of a webhook's ``content``, which is JSON text inside the JSON; None when there is none.

    Raises :class:`UnreadablePayload` when the text is no JSON.
    """
    if isinstance(value, str):
        value = load_json(value) if value.strip() else None
    return value if isinstance(value, dict) else None


def event_of(envelope: Mapping[str, Any]) -> str | None:
    """The event type of a webhook: its own, else that of its subscription."""
    return text_of(envelope.get("type")) or text_of(mapping_of(envelope.get("subscription")).get("type"))


def hearsay_object(flat: Mapping[str, Any]) -> Mapping[str, Any]:
    """The reservation part of the flat shape: under ``data`` or ``reservation``, else the body itself."""
    inner = flat.get("data")
    if isinstance(inner, dict) and isinstance(inner.get("reservation"), dict):
        return mapping_of(inner["reservation"])
    return mapping_of(inner) or mapping_of(flat.get("reservation")) or flat


def hearsay_ids(flat: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Reservation id and property id of the flat shape, where they are said. Raises :class:`OddValue`."""
    inner = hearsay_object(flat)
    holders = (inner,) if inner is flat else (inner, flat)
    external_id = _first(holders, _HEARSAY_IDS, lambda holder, name: reference(holder[name], name))
    if external_id is None and not isinstance(flat.get("data"), dict):
        external_id = reference(flat.get("data"), "data")
    return external_id, _first(holders, _HEARSAY_PLACES, _place)


def _first(
    holders: tuple[Mapping[str, Any], ...],
    names: tuple[str, ...],
    read_one: Callable[[Mapping[str, Any], str], str | None],
) -> str | None:
    for holder in holders:
        for name in names:
            if name in holder and (found := read_one(holder, name)):
                return found
    return None


def _place(holder: Mapping[str, Any], name: str) -> str | None:
    return property_of(holder) if name == "accommodation" else reference(holder[name], name)


@dataclass(slots=True)
class _Reading:
    """One payload on its way to a result; every method leaves its findings in ``result``."""

    context: ReadContext
    result: ReadResult = field(default_factory=ReadResult)
    #: Reservation objects found in the payload and not yet mapped: id, object, where it stood.
    items: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)

    def finish(self) -> ReadResult:
        """Map what was found, after asking once which of it was read before."""
        known = self.context.known([external_id for external_id, _, _ in self.items]) if self.items else {}
        result = self.result
        for external_id, item, where in self.items:
            mark = result.digests[external_id] = digest(item)
            if known.get(external_id) == mark:
                result.unchanged += 1
                continue
            try:
                result.records.append(map_reservation(item, self.context))
            except OddValue as odd:
                del result.digests[external_id]
                self._problem(where, str(odd), external_id)
        return result

    def read_element(self, element: Any, number: int) -> None:
        if not (isinstance(element, dict) and self.read_object(element, number)):
            self._problem(f"item {number}", "this is not a reservation")

    def read_object(self, value: dict[str, Any], number: int | None = None) -> bool:
        """Read ``value`` for what it looks like; False when it looks like nothing of Octorate's."""
        if isinstance(value.get("event"), str):
            self._read_hearsay(value, number)
        elif "content" in value or ("type" in value and "reference" in value):
            self._read_envelope(value, number)
        elif isinstance(value.get("data"), list) and number is None:
            for position, item in enumerate(value["data"], start=1):
                self._read_item(item, f"item {position}")
        elif not _RESERVATION_KEYS.isdisjoint(value):
            self._read_item(value, "reservation" if number is None else f"item {number}")
        elif is_error_body(value):
            self._problem("answer" if number is None else f"item {number}", error_sentence(value))
        elif "ping" in value:
            self.result.ignored.append("this is a test of the webhook address")
        else:
            return False
        return True

    def _read_envelope(self, envelope: dict[str, Any], number: int | None) -> None:
        where = "content" if number is None else f"event {number}"
        event = event_of(envelope)
        if event is None:
            self._problem(where if number else "event", "the event has no type")
        elif event not in RESERVATION_EVENTS:
            self.result.ignored.append(f"event type {shown(event)} is not used")
        else:
            self._read_event(envelope, where)

    def _read_event(self, envelope: dict[str, Any], where: str) -> None:
        named = content = place = None
        try:
            named = reference(envelope.get("reference"), "reference")
            content = decode_content(envelope.get("content"))
            content_id = reference(content.get("id"), "content.id") if content else None
            if named and content_id and named != content_id:
                self._problem(where, f"reference {shown(named)} and content.id {shown(content_id)} disagree")
                return
            place = property_of(content) if content else None
            named = named or content_id
        except (OddValue, UnreadablePayload) as odd:
            self._problem(where, str(odd), named)
        if content and (len(content) > 1 or named is None):
            self._read_item(content if "id" in content else {**content, "id": named}, where)
        if named:
            self._hint(named, place)
        elif not content:
            self._problem(where, "the event names no reservation")

    def _read_hearsay(self, flat: dict[str, Any], number: int | None) -> None:
        where = "event" if number is None else f"event {number}"
        event = flat["event"].strip().lower()
        if event not in HEARSAY_EVENTS:
            self.result.ignored.append(f"event type {shown(flat['event'])} is not used")
            return
        try:
            external_id, place = hearsay_ids(flat)
        except OddValue as odd:
            self._problem(where, str(odd))
            return
        raw = hearsay_object(flat)
        if "checkin" in raw and "checkout" in raw:
            self._read_item(_completed(raw, external_id, place, HEARSAY_EVENTS[event]), where)
        elif external_id is None:
            self._problem(where, "the event names no reservation")
        if external_id is not None:
            self._hint(external_id, place)

    def _read_item(self, item: Any, where: str) -> None:
        if not isinstance(item, dict):
            self._problem(where, "this is not a reservation")
            return
        try:
            external_id = reference(item.get("id"), "id")
        except OddValue as odd:
            self._problem(where, str(odd))
            return
        if external_id is None:
            self._problem(where, "id is missing")
            return
        self.items.append(
            (external_id, item, f"reservation {external_id}" if where.startswith("item ") else where)
        )

    def _hint(self, external_id: str, place: str | None) -> None:
        hint = Hint("reservation", external_id, place)
        if hint not in self.result.fetch:
            self.result.fetch.append(hint)

    def _problem(self, where: str, sentence: str, external_id: str | None = None) -> None:
        self.result.errors.append(Problem(where, sentence, external_id))


def _completed(
    raw: Mapping[str, Any], external_id: str | None, place: str | None, status: str | None
) -> dict[str, Any]:
    """The flat shape's reservation with what its other parts say added where it is silent itself."""
    item = {key: value for key, value in raw.items() if key not in ("event", "data", "reservation")}
    if external_id is not None:
        item["id"] = external_id
    if place is not None and property_of(item) is None:
        item["accommodation"] = {**mapping_of(item.get("accommodation")), "id": place}
    if status is not None and not item.get("status"):
        item["status"] = status
    return item
