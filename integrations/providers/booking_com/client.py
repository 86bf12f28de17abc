"""Booking.com's wire: addresses, bodies and the shapes of answers.

Every method raises :mod:`integrations.errors` errors only. What can hold card data has lost it when it leaves here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

from django.utils import timezone
from lxml import etree

from integrations.contracts import UnreadablePayload
from integrations.errors import IntegrationError, Missing, NeedsReconnect, ProtocolBroken, Rejected
from integrations.payloads import load_json
from integrations.providers.booking_com import cards, ota_xml
from integrations.providers.booking_com.answers import (
    Outcome,
    explain,
    explain_refusals,
    outcome_of,
    xml_of,
)
from integrations.providers.booking_com.documents import hotel_request, hotel_search, written
from integrations.values import mapping_of

if TYPE_CHECKING:
    from integrations.http import Answer, Explain, ProviderSession

NEW, MODIFIED = "new", "modified"
#: The two queues: new bookings, and changed or cancelled ones. Each answers a GET with a message that is called RQ.
QUEUES: Mapping[str, str] = {NEW: "OTA_HotelResNotif", MODIFIED: "OTA_HotelResModifyNotif"}
#: GUESS: the name of the summary's root is not documented; like the other answers in B.XML, or like its address.
SUMMARY_ROOTS = ("reservations", "reservationssummary", "reservations_summary")
#: How many bookings are asked for at once: the documented maximum, and what is tried where so many make an answer that
#: is larger than we read, down to the documented minimum. Fewer may come although more wait.
PAGE_SIZES = (200, 50, 10)

_XML = {"Accept": "application/xml", "Content-Type": "application/xml", "Accept-Version": "1.1"}


class Waiting(NamedTuple):
    """What a queue answered, empty bytes for no news, and how many bookings it was asked for at most."""

    body: bytes
    limit: int


class BookingComClient:
    """One machine account's view of the APIs. Holds no state of its own."""

    def __init__(self, session: ProviderSession) -> None:
        self._session = session
        self._supply = session.urls["supply"].rstrip("/")
        self._secure = session.urls["secure"].rstrip("/")

    # -- the property --------------------------------------------------------------------------------------

    def connection_status(self, property_id: str) -> Mapping[str, Any]:
        """What the Connections API says of the property: ``property_id``, ``status`` and when it was connected.

        Raises :class:`Missing`, or :class:`Rejected` with status 403, for a property that is not this account's.
        """
        address = f"{self._supply}/connections-api/properties/{quote(property_id, safe='')}/status"
        answer = self._session.request("GET", address, explain=explain_refusals)
        try:
            data = mapping_of(mapping_of(load_json(answer.body)).get("data"))
        except UnreadablePayload as unreadable:
            raise ProtocolBroken(str(unreadable), status=answer.status) from None
        if str(data.get("property_id")) != property_id or not isinstance(data.get("status"), str):
            raise ProtocolBroken("the answer does not speak of the property", status=answer.status)
        return data

    def hotel_facts(self, property_id: str) -> Mapping[str, str]:
        """The property's row of a search (``HotelName`` and more); empty when this account may not search."""
        address = f"{self._supply}/hotels/ota/OTA_HotelSearch"
        message = hotel_search(property_id, at=timezone.now())
        try:
            root = xml_of(self._post(address, message, explain_refusals, denied=Rejected))
        except (Rejected, Missing, ProtocolBroken):
            return {}  # a name is not worth failing for
        rows = (dict(row.attrib) for row in root.iter("{*}Property"))
        return next((row for row in rows if row.get("HotelCode") == property_id), {})

    def room_rates(self, property_id: str) -> etree._Element:
        """The room types of the property, each with its rates."""
        # GUESS: the name of the root is not documented; clients look at what is in it only.
        answer = self._post(f"{self._supply}/hotels/xml/roomrates", hotel_request(property_id), explain)
        return _expected(answer, "rooms")

    # -- reservations --------------------------------------------------------------------------------------

    def summary(self, property_id: str) -> bytes:
        """Every booking whose guests have not left yet, without their details; no acknowledgement is wanted.

        The rows name no property, since one was asked for: its number is written into each of them. Raises
        :class:`Rejected` or :class:`Missing` when this service is closed to the account, which says nothing of others.
        """
        address = f"{self._secure}/hotels/xml/reservationssummary"
        answer = self._post(address, hotel_request(property_id), explain_refusals, denied=Rejected)
        root = _expected(answer, *SUMMARY_ROOTS)
        for row in root.iterchildren("{*}reservation"):
            if row.find("{*}hotel_id") is None:
                etree.SubElement(row, "hotel_id").text = property_id
        return cards.without_card_data(written(root))

    def waiting(self, queue: str, property_id: str, *, changed_since: datetime | None = None) -> Waiting:
        """What waits in ``queue`` for the property, or, with ``changed_since``, everything changed since then.

        An empty answer may tell that there is no news, too. ``hotel_ids`` keeps the bookings of other hotels with the
        same machine account out: reading and acknowledging them here would lose them there. A refusal of
        ``changed_since`` is raised as :class:`Rejected` or :class:`Missing`: what waits may be read all the same.
        """
        query: dict[str, Any] = {"hotel_ids": property_id}
        refusing: dict[str, Any] = {"explain": explain}
        if changed_since is not None:
            # GUESS: the zone of this moment is not documented; it is taken to be UTC.
            query["last_change"] = changed_since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
            refusing = {"explain": explain_refusals, "denied": Rejected}
        answer, limit = self._as_many_as_fit(self._queue(queue), query, refusing)
        if not answer.body.strip():
            return Waiting(b"", limit)
        _expected(answer, f"{QUEUES[queue]}RQ")
        return Waiting(cards.without_card_data(answer.body), limit)

    def _as_many_as_fit(
        self, address: str, query: Mapping[str, Any], refusing: Mapping[str, Any]
    ) -> tuple[Answer, int]:
        """The answer with as many bookings as we can read at once, and how many were asked for."""
        for limit in PAGE_SIZES:
            asked = f"{address}?{urlencode({**query, 'limit': limit}, quote_via=quote)}"
            try:
                answer = self._session.request(
                    "GET", asked, headers={"Accept": "application/xml"}, **refusing
                )
            except ProtocolBroken:
                if limit == PAGE_SIZES[-1]:
                    raise
                continue  # it may have been too large to be taken in at all
            if len(answer.body) <= ota_xml.MAXIMUM_BYTES:
                break
        return answer, limit

    def acknowledge(self, queue: str, message: bytes) -> Outcome:
        """What the queue says to a ``message`` that acknowledges or refuses some of its bookings.

        Repeating is harmless: what was acknowledged already is only refused once more. 400 (a newer version waits, or
        the wrong queue) and 404 (gone) are outcomes; 403 is raised as :class:`Rejected`.
        """
        return self._told(self._queue(queue), message, outcomes=(400, 404))

    def _queue(self, queue: str) -> str:
        return f"{self._secure}/hotels/ota/{QUEUES[queue]}"

    # -- what is on sale -----------------------------------------------------------------------------------

    def notify(self, name: str, message: bytes) -> Outcome:
        """What Booking.com says to ``message`` at ``hotels/ota/<name>``; 400 and 403 are outcomes."""
        return self._told(f"{self._supply}/hotels/ota/{name}", message, outcomes=(400, 403))

    # -- one call ------------------------------------------------------------------------------------------

    def _told(self, address: str, message: bytes, *, outcomes: tuple[int, ...]) -> Outcome:
        refused: list[Outcome] = []

        def keep(answer: Answer) -> IntegrationError | None:
            if answer.status not in outcomes:
                return explain_refusals(answer)
            refused.append(outcome_of(answer))
            return Rejected(status=answer.status)

        try:
            return outcome_of(self._post(address, message, keep, denied=Rejected))
        except Rejected:
            if not refused:
                raise
            return refused[0]

    def _post(
        self,
        address: str,
        message: bytes,
        explain: Explain,
        *,
        denied: type[IntegrationError] = NeedsReconnect,
    ) -> Answer:
        """The answer to a POST. All of them say absolute things or only read, so a lost answer is asked for again."""
        return self._session.request(
            "POST", address, data=message, headers=_XML, retry=True, explain=explain, denied=denied
        )


def _expected(answer: Answer, *root_names: str) -> etree._Element:
    """The root of an answer, called as one of ``root_names``; errors with a good status are raised."""
    root = xml_of(answer)
    if etree.QName(root).localname in root_names:
        return root
    if complaints := outcome_of(answer).complaints:
        raise Rejected(complaints[0].sentence, status=answer.status)
    raise ProtocolBroken(f"{root_names[0]} was expected", status=answer.status)
