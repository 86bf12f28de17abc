"""The rhythm of reading: the two queues until nothing new comes, and what is read beside them.

https://developers.booking.com/connectivity/docs/reservations-api/reservations-process-ota
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.utils import timezone
from lxml import etree

from integrations.contracts import Page, PullWindow, Taken
from integrations.errors import Missing, Rejected
from integrations.providers.booking_com import documents, ota_xml, push_answers, reading
from integrations.providers.booking_com.answers import Complaint, Outcome
from integrations.providers.booking_com.client import MODIFIED, NEW, BookingComClient

if TYPE_CHECKING:
    from integrations.http import ProviderSession

log = structlog.get_logger(__name__)

#: Booking.com asks for this rest between an answer of ours (POST) and the next reading (GET).
REST_SECONDS = 5
#: Shared code asks from ten minutes before the last good read on.
OVERLAP = timedelta(minutes=10)
#: After 30 minutes without an acknowledgement Booking.com mails a booking to the hotel and may offer it no more.
LONG_SILENCE = timedelta(minutes=15)
#: A queue that brings something new this often is left for the next run, which goes on with it.
MOST_PAGES = 200
#: The summary is read again once a day, of different properties at different minutes of these night hours (UTC).
SUMMARY_MINUTES = 240
#: What a booking is called in the pages of the two queues and of the summary.
ITEMS = ("{*}HotelReservation", "{*}HotelResModify", "{*}reservation")
#: As many errors as a message of OTA may hold.
MOST_REFUSALS = 99


def pull(session: ProviderSession, window: PullWindow) -> Iterator[Page]:
    """Pages of each property; a page with a ``queue`` is to be acknowledged before the next one is asked for.

    A first import begins with the summary of all bookings that are not over, since only it holds those made before the
    connection. After a long silence everything changed since then is read as well, and once a day the summary. A
    refused summary keeps nothing else waiting: on a first import its refusal is a page of its own, which is kept and
    told like anything that cannot be read; later it is only logged.
    """
    client = BookingComClient(session)
    first_page = window.first_page
    for place in window.property_refs:
        pages = _Pages(place, first_page)
        first_page = 0
        if window.changed_since is None and not pages.number:
            yield pages.next(_summary_or_refusal(client, place))
        for queue in (NEW, MODIFIED):
            yield from _drain(session, client, queue, pages)
        yield from _beside(client, window, pages)


def acknowledge(session: ProviderSession, taken: Taken) -> None:
    """Tell the queue of ``taken`` which of its bookings are stored and which cannot be read.

    Whatever is not told now comes again with the next reading. Raises the errors of :mod:`integrations.errors`;
    :class:`Rejected` when the property is not ours (any more) or when our words were not understood. That a refusal of
    ours is not taken changes nothing, since the booking waits there either way.
    """
    client, queue, now = BookingComClient(session), taken.page.queue, timezone.now()
    on_page = set(reading.ids(taken.page.body))
    stored = [one for one in dict.fromkeys(taken.stored) if one in on_page]
    odd = _acknowledge(client, queue, stored, now)
    refused = [problem for problem in taken.refused if problem.external_id in on_page]
    for start in range(0, len(refused), MOST_REFUSALS):
        some = refused[start : start + MOST_REFUSALS]
        try:
            not_taken = _odd(client.acknowledge(queue, push_answers.refusal(queue, some, at=now)))
        except (Rejected, Missing) as error:
            not_taken = [Complaint(error.detail)]
        if not_taken:
            log.warning("refusal not taken", queue=queue, bookings=len(some), error=not_taken[0].sentence)
    if odd:
        raise Rejected(odd[0].sentence)


class _Pages:
    """Numbers the pages of one property."""

    def __init__(self, place: str, number: int) -> None:
        self.place, self.number = place, number

    def next(self, body: bytes, queue: str = "", *, lists_all: bool = False) -> Page:
        page = Page(
            body=body,
            items=_items(body),
            property_ref=self.place,
            number=self.number,
            key=reading.page_key(body),
            queue=queue,
            lists_all=lists_all,
        )
        self.number += 1
        return page


def _drain(session: ProviderSession, client: BookingComClient, queue: str, pages: _Pages) -> Iterator[Page]:
    """Pages of ``queue`` until one is empty or says nothing that was not said before.

    How many come proves nothing: fewer than the limit may be given while more wait. What is refused or could not be
    acknowledged is given again at once, so an answer that brings nothing new is the end.
    """
    seen: set[str] = set()
    for _ in range(MOST_PAGES):
        body = client.waiting(queue, pages.place).body
        if not body:
            return
        said = reading.ids(body) or [reading.page_key(body)]
        if not _items(body) or seen.issuperset(said):
            return
        seen.update(said)
        yield pages.next(body, queue)
        session.pause(REST_SECONDS)


def _beside(client: BookingComClient, window: PullWindow, pages: _Pages) -> Iterator[Page]:
    """What is read beside the queues and needs no acknowledgement."""
    if window.changed_since is None:
        return
    last_read = window.changed_since + OVERLAP
    if window.now - last_read > LONG_SILENCE:
        yield from _since(client, window.changed_since, pages)
    elif _night(last_read, pages.place) != _night(window.now, pages.place):
        yield from _summary(client, pages)


def _since(client: BookingComClient, changed_since: datetime, pages: _Pages) -> Iterator[Page]:
    """What was changed since then; the summary where that is refused (with the Recovery feature on) or cut short."""
    try:
        answers = [
            client.waiting(queue, pages.place, changed_since=changed_since) for queue in (NEW, MODIFIED)
        ]
    except (Rejected, Missing):
        yield from _summary(client, pages)
        return
    told = [answer for answer in answers if answer.body]
    for answer in told:
        yield pages.next(answer.body)
    if any(_items(answer.body) >= answer.limit for answer in told):
        yield from _summary(client, pages)


def _summary(client: BookingComClient, pages: _Pages) -> Iterator[Page]:
    try:
        body = client.summary(pages.place)
    except (Rejected, Missing) as refused:
        log.warning("summary refused", property=pages.place, error=refused.detail)
        return
    yield pages.next(body, lists_all=True)


def _summary_or_refusal(client: BookingComClient, place: str) -> bytes:
    """The summary; where it is refused, that refusal as an error answer in B.XML."""
    try:
        return client.summary(place)
    except (Rejected, Missing) as refused:
        said = "".join(sign if sign.isprintable() else " " for sign in refused.detail)
        fault = etree.Element("fault", code=str(refused.status or ""))
        fault.set("string", f"The list of earlier bookings was refused: {said}")
        return documents.written(fault)


def _items(body: bytes) -> int:
    """How many bookings a page holds, readable or not."""
    return sum(1 for _ in ota_xml.parse(body).iter(*ITEMS))


def _night(moment: datetime, place: str) -> int:
    """The number of the night in which ``moment`` falls for this property; it changes at the minute of its summary."""
    minute = int(place) % SUMMARY_MINUTES if place.isdecimal() else 0
    return (moment - timedelta(minutes=minute)).toordinal()


def _acknowledge(client: BookingComClient, queue: str, ids: Sequence[str], now: datetime) -> list[Complaint]:
    """Acknowledge ``ids`` in as few calls as possible; what is left is complained of for a reason that is not usual.

    One id that is refused may keep the others of its message from counting: they are sent again without it or, when
    the answer does not name it, in halves.
    """
    if not ids:
        return []
    outcome = client.acknowledge(queue, push_answers.acknowledgement(queue, ids, at=now))
    named = {complaint.record for complaint in outcome.complaints}
    rest = [one for one in ids if one not in named]
    if not outcome.complaints or len(rest) == len(ids) == 1:
        return _odd(outcome)
    if len(rest) < len(ids):
        return _odd(outcome) + _acknowledge(client, queue, rest, now)
    half = len(ids) // 2
    return _acknowledge(client, queue, ids[:half], now) + _acknowledge(client, queue, ids[half:], now)


def _odd(outcome: Outcome) -> list[Complaint]:
    """Complaints other than the two that are part of the game: a newer version of the booking waits, or it is gone.

    https://developers.booking.com/connectivity/docs/reservations-api/reservations-troubleshooting
    """
    if outcome.status == 404:
        return []
    return [c for c in outcome.complaints if not any(word in c.sentence.lower() for word in _USUAL)]


_USUAL = ("wrong type", "not found")
