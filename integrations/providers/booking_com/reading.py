"""What a payload is and what it becomes: queues and pushes in OTA, answers in B.XML, empty ones and errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from integrations.contracts import Problem, ReadContext, ReadResult, UnreadablePayload
from integrations.providers.booking_com import bxml, mapping, ota_xml
from integrations.providers.booking_com.item import Element, Message, words_of
from integrations.providers.booking_com.marks import mark_of_page, marks_of
from integrations.providers.booking_com.moments import sane_instant
from integrations.providers.booking_com.tables import channel_of
from integrations.values import LONGEST_ID, OddValue, clean, shown
from reservations.records import ReservationRecord

NOTIFICATION, MODIFICATION = "OTA_HotelResNotifRQ", "OTA_HotelResModifyNotifRQ"
#: Where the reservations of a message stand, by the name of its root.
_LISTS = {
    NOTIFICATION: ("HotelReservations", "HotelReservation"),
    MODIFICATION: ("HotelResModifies", "HotelResModify"),
    "OTA_ResRetrieveRS": ("ReservationsList", "HotelReservation"),
    "OTA_HotelResRS": ("HotelReservations", "HotelReservation"),
}
#: GUESS: the summary's root is not documented; it is taken to be named like the others or like its address.
_BXML_ROOTS = frozenset({"reservations", "reservationssummary", "reservations_summary"})
_LONGEST_SENTENCE = 300
_MOST_ERRORS = 20

#: What a reservation is called, wherever it stands.
_ITEM_NAMES = ("{*}HotelReservation", "{*}HotelResModify")
_BXML_ITEM_NAMES = (*_ITEM_NAMES, "{*}reservation")

#: An opened item: its external id, and how its record is made.
_Opened = tuple[str, Callable[[], ReservationRecord]]


def read(body: bytes, context: ReadContext) -> ReadResult:
    """Records of a queue's page, a pushed message or an answer; pure and repeatable.

    Items whose digest ``context.known`` tells are counted as unchanged. An empty body or list is an empty result, an
    error answer gives its sentences in ``errors``. Raises :class:`UnreadablePayload` when the payload as a whole is
    nothing of this kind.
    """
    if _is_empty(body):
        return ReadResult()
    root = ota_xml.parse(body)
    result = ReadResult()
    result.errors += _errors_of(root)
    items = _items_of(root)
    if items is None:
        if not result.errors:
            _refuse_unknown(root, result)
        return result
    seen = {mark: known for known, mark in context.known(_named(root, items)).items()} if items else {}
    opener = _opener(root, context, len(items))
    for number, (item, mark) in enumerate(zip(items, marks_of(body, items), strict=True), start=1):
        if (external_id := seen.get(mark)) is not None:
            result.digests[external_id] = mark
            result.unchanged += 1
            result.unchanged_ids.append(external_id)
            continue
        try:
            external_id, make = opener(item)
            result.records.append(make())
            result.digests[external_id] = mark
        except OddValue as odd:
            where = f"reservation {external_id}" if external_id else f"item {number}"
            result.errors.append(Problem(where, str(odd), external_id))
    if strays := _like_items(root) - len(items):
        result.errors.append(
            Problem("message", f"bookings stand where none are expected, and were not read: {strays}")
        )
    return result


def ids(body: bytes) -> list[str]:
    """The ids of the reservations in a page, readable or not, each once and in their order.

    Raises :class:`UnreadablePayload`.
    """
    if _is_empty(body):
        return []
    root = ota_xml.parse(body)
    items = _items_of(root) or ()
    opener = _opener(root, ReadContext(), len(items))
    found: dict[str, None] = {}
    for item in items:
        try:
            found[opener(item)[0]] = None
        except OddValue:
            continue
    return list(found)


def page_key(body: bytes) -> str:
    """Equal for pages that say the same, whenever they were sent: ``Page.key`` of a queue that repeats itself."""
    return mark_of_page(body)


def property_of(body: bytes) -> str | None:
    """The property that a message is about, when it names exactly one. Raises :class:`UnreadablePayload`."""
    root = ota_xml.parse(body)
    places = root.iter(f"{_namespace(root)}BasicPropertyInfo")
    named = {code for place in places if (code := clean(place.get("HotelCode") or ""))}
    return named.pop() if len(named) == 1 else None


def _is_empty(body: bytes) -> bool:
    return not body or body.isspace() or body[:8].lstrip() == b"\xef\xbb\xbf"


# -- items -----------------------------------------------------------------------------------------------------


def _items_of(root: Element) -> Sequence[Element] | None:
    """The reservations under ``root``; None when it is no message of reservations."""
    name = ota_xml.local_name(root)
    if name in _BXML_ROOTS:
        return [child for child in root if ota_xml.local_name(child) == "reservation"]
    if name not in _LISTS:
        return None
    list_name, item_name = _LISTS[name]
    namespace = _namespace(root)
    item_tag = namespace + item_name
    return [
        item for held in root if held.tag == namespace + list_name for item in held if item.tag == item_tag
    ]


def _like_items(root: Element) -> int:
    """How many elements are called like a reservation, whatever their place and namespace."""
    names = _BXML_ITEM_NAMES if ota_xml.local_name(root) in _BXML_ROOTS else _ITEM_NAMES
    return sum(1 for _ in root.iter(*names))


def _named(root: Element, items: Sequence[Element]) -> list[str]:
    """Every number in the page that may be a reservation's id, to ask which of them are known."""
    if ota_xml.local_name(root) in _BXML_ROOTS:
        found = [words_of(item.find("id")) for item in items]
    else:
        namespace = _namespace(root)
        numbers = root.iter(f"{namespace}HotelReservationID", f"{namespace}UniqueID")
        found = [one.get("ResID_Value") or one.get("ID") for one in numbers]
    return list(dict.fromkeys(clean(value)[:LONGEST_ID] for value in found if value))


def _opener(root: Element, context: ReadContext, items: int) -> Callable[[Element], _Opened]:
    message = _message(root, context, items)

    def open_ota(item: Element) -> _Opened:
        booking = mapping.open_booking(item, message)
        return booking.external_id, lambda: mapping.record_of(booking)

    def open_bxml(item: Element) -> _Opened:
        external_id = bxml.external_id_of(item)
        return external_id, lambda: bxml.map_reservation(item, external_id, message)

    return open_bxml if ota_xml.local_name(root) in _BXML_ROOTS else open_ota


def _message(root: Element, context: ReadContext, items: int) -> Message:
    namespace = _namespace(root)
    senders = [
        word
        for source in root.iterfind(f"{namespace}POS/{namespace}Source")
        for one in source.iter(f"{namespace}RequestorID", f"{namespace}CompanyName")
        for word in (one.get("ID_Context"), one.get("ID"), words_of(one), one.get("Code"))
    ]
    unique = [one.get("ID") for one in root.iterchildren(f"{namespace}UniqueID") if one.get("ID")]
    return Message(
        context=context,
        namespace=namespace,
        modified=ota_xml.local_name(root) == MODIFICATION,
        status=root.get("ResStatus") or None,
        sent_at=_sent_at(root),
        channel=next((channel for word in senders if (channel := channel_of(word))), None),
        generic=bool(senders or unique),
        external_id=unique[0] if unique and items == 1 else None,
    )


def _sent_at(root: Element) -> datetime | None:
    try:
        return sane_instant(root.get("TimeStamp"), "TimeStamp")
    except OddValue:
        return None


def _namespace(root: Element) -> str:
    tag: str = root.tag
    return tag[: tag.index("}") + 1] if tag.startswith("{") else ""


# -- errors ----------------------------------------------------------------------------------------------------


def _errors_of(root: Element) -> list[Problem]:
    """The sentences of an error answer, in either flavour."""
    name = ota_xml.local_name(root)
    if name == "OTA_ErrorRS":
        return [_problem(root.get("ErrorCode"), root.get("ErrorMessage"), None)]
    faults = [root] if name == "fault" else [one for one in root if ota_xml.local_name(one) == "fault"]
    found = [_problem(fault.get("code"), fault.get("string") or words_of(fault), None) for fault in faults]
    for held in root:
        if ota_xml.local_name(held) == "Errors":
            found += [
                _problem(error.get("Code"), error.get("ShortText") or words_of(error), error.get("RecordID"))
                for error in held
            ]
    return found[:_MOST_ERRORS]


def _problem(code: str | None, sentence: str | None, record: str | None) -> Problem:
    said = ": ".join(clean(part) for part in (code, sentence) if part and clean(part))
    record = clean(record)[:120] if record else None
    where = f"reservation {record}" if record else "answer"
    return Problem(where, said[:_LONGEST_SENTENCE] or "an error without a word", record)


def _refuse_unknown(root: Element, result: ReadResult) -> None:
    name = ota_xml.local_name(root)
    if name.startswith("OTA_") and name.endswith("RS"):
        result.ignored.append(f"{shown(name)} holds no reservations")
        return
    raise UnreadablePayload(
        f"The payload is XML of another kind ({shown(name)}), not a message of reservations."
    )
