"""The two reservation queues of the Booking.com sandbox: read with GET, acknowledged or refused with POST."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from lxml import etree

from integrations.providers.booking_com.sandbox.core import BookingCore
from integrations.providers.booking_com.sandbox.messages import ROOTS, card_part, document, item_parts
from integrations.providers.booking_com.sandbox.wire import (
    FORBIDDEN,
    INVALID,
    MISSING_FIELD,
    ItemError,
    RefusedCall,
    find_all,
    ota_answer,
    ota_root,
    secure,
    xml_response,
)
from integrations.providers.booking_com.sandbox.world import MODIFY, NEW, Account, Reservation
from integrations.sandbox import Request, Response

NEW_PATH, MODIFY_PATH = "/hotels/ota/OTA_HotelResNotif", "/hotels/ota/OTA_HotelResModifyNotif"
FEWEST, MOST = 10, 200
WRONG_TYPE = "Hotel reservation has transaction message of the wrong type"
NOT_YOURS = "Access denied for hotel"
NOT_FOUND = "Hotel reservation was not found"
#: When several ids of one acknowledgement are wrong, the answer has the first of these that applies.
STATUSES = (403, 404, 400)


class QueueRoutes(BookingCore):
    @secure("GET", NEW_PATH)
    def read_new(self, request: Request) -> Response:
        return self._read(request, NEW)

    @secure("GET", MODIFY_PATH)
    def read_modified(self, request: Request) -> Response:
        return self._read(request, MODIFY)

    @secure("POST", NEW_PATH)
    def answer_new(self, request: Request) -> Response:
        return self._answer(request, NEW)

    @secure("POST", MODIFY_PATH)
    def answer_modified(self, request: Request) -> Response:
        return self._answer(request, MODIFY)

    # -- reading -------------------------------------------------------------------------------------------

    def _read(self, request: Request, queue: str) -> Response:
        account = self.authenticate(request)
        wanted = self._wanted_properties(request, account)
        most = min(self._limit(request), self.page_size)
        chosen: list[Reservation] = []
        for reservation in self._candidates(request, queue, account):
            if reservation.property in wanted:
                chosen.append(reservation)
                if len(chosen) == most:
                    break
        items = [self._serve(reservation) for reservation in chosen]
        return xml_response(document(queue, items, self.stamp()))

    def _candidates(self, request: Request, queue: str, account: Account) -> Iterable[Reservation]:
        """What a call may bring: the waiting ones, or with `id` and `last_change` also acknowledged ones."""
        world = self.world
        if number := request.argument("id"):
            found = world.reservations.get(number)
            if found is None:
                raise RefusedCall(404, NOT_FOUND)
            if found.property not in account.properties:
                raise RefusedCall(403, NOT_YOURS, code=FORBIDDEN)
            return [found] if found.message.queue == queue else []
        if since := request.argument("last_change"):
            start = _instant(since)
            changed = [
                r for r in world.reservations.values() if r.message.queue == queue and r.message.at >= start
            ]
            return sorted(changed, key=lambda r: r.message.at)
        return world.queues[queue].values()

    def _wanted_properties(self, request: Request, account: Account) -> set[int]:
        asked = {part for value in request.arguments("hotel_ids") for part in value.split(",") if part}
        if not asked:
            return set(account.properties)
        if not all(part.isascii() and part.isdigit() and len(part) < 16 for part in asked):
            raise RefusedCall(400, "hotel_ids must be numbers joined by commas.")
        wanted = {int(part) for part in asked}
        if not wanted <= set(account.properties):
            raise RefusedCall(403, NOT_YOURS, code=FORBIDDEN)
        return wanted

    def _limit(self, request: Request) -> int:
        text = request.argument("limit", str(MOST))
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
        if not FEWEST <= number <= MOST:
            # GUESS: the range is public, what happens outside of it is not.
            raise RefusedCall(400, f"limit must be a number from {FEWEST} to {MOST}.")
        return number

    def _serve(self, reservation: Reservation) -> str:
        message = reservation.message
        if message.text is None:
            message.text = item_parts(self.world, reservation, room_level_guests=self.room_level_guests)
        before, after = message.text
        message.served = True
        if reservation.cancelled or not reservation.card:
            return before + after
        card = card_part(reservation, self.now())
        reservation.card = ""  # sent once, then deleted
        return before + card + after

    # -- acknowledging -------------------------------------------------------------------------------------

    def _answer(self, request: Request, queue: str) -> Response:
        account = self.authenticate(request)
        name = ROOTS[queue][0].removesuffix("RQ") + "RS"
        if request.body.strip() == b"":
            raise RefusedCall(400, "The request has no body.", code=MISSING_FIELD)
        root = self._answer_root(request.body, name)
        for attribute in ("TimeStamp", "Target"):
            if not root.get(attribute):
                raise RefusedCall(400, f"{attribute} is missing.", code=MISSING_FIELD)
        errors, success = find_all(root, "Errors/Error"), find_all(root, "Success")
        if bool(errors) == bool(success):
            raise RefusedCall(400, "The message must hold either Success or Errors.", code=INVALID)
        reasons = {e.get("RecordID", ""): e.get("ShortText", "")[:200] or "no reason given" for e in errors}
        numbers = list(reasons) if errors else self._acknowledged_ids(root, queue)
        if not numbers or "" in numbers:
            raise RefusedCall(400, "The reservation's id is missing.", code=MISSING_FIELD)
        found = self._messages(account, queue, numbers)
        for reservation in found:
            if errors:
                self.world.refuse(reservation, reasons[reservation.id], self.now())
            else:
                self.world.settle(reservation, self.now())
        return ota_answer(name, self.stamp())

    def _answer_root(self, body: bytes, name: str) -> etree._Element:
        other = {f"OTA_HotelRes{kind}NotifRS" for kind in ("", "Modify")} - {name}
        try:
            return ota_root(body, name)
        except RefusedCall:
            for wrong in other:
                if wrong.encode() in body:
                    raise RefusedCall(400, WRONG_TYPE) from None
            raise

    def _acknowledged_ids(self, root: etree._Element, queue: str) -> list[str]:
        _, group, item = ROOTS[queue]
        path = f"{group}/{item}/ResGlobalInfo/HotelReservationIDs/HotelReservationID"
        # The older form adds a second id with the hotel's own number; it names its source.
        ids = [e for e in find_all(root, path) if e.get("ResID_Source", "BOOKING.COM") == "BOOKING.COM"]
        return list(dict.fromkeys(element.get("ResID_Value", "") for element in ids))

    def _messages(self, account: Account, queue: str, numbers: list[str]) -> list[Reservation]:
        """The reservations of these ids, if this answer fits all of them; else nothing is done at all.

        GUESS: whether the good ids of a mixed acknowledgement count is not public; here they do not.
        """
        found, wrong, statuses = [], [], set()
        for number in numbers:
            reservation = self.world.reservations.get(number)
            if reservation is None:
                status, text = 404, NOT_FOUND
            elif reservation.property not in account.properties:
                status, text = 403, NOT_YOURS
            elif reservation.message.queue != queue or not reservation.message.served:
                status, text = 400, WRONG_TYPE
            else:
                found.append(reservation)
                continue
            statuses.add(status)
            wrong.append(ItemError(FORBIDDEN if status == 403 else INVALID, number, text))
        if wrong:
            status = next(status for status in STATUSES if status in statuses)
            raise RefusedCall(status, wrong[0].text, items=wrong)
        return found


def _instant(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise RefusedCall(400, "last_change must be written as YYYY-MM-DD HH:MM:SS.") from None
