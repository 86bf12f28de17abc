"""The older queue of the Booking.com sandbox: one call for everything, and reading is delivery.

It drains the same messages as the OTA queues, so a property uses one flavour only.
"""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal

from integrations.providers.booking_com.sandbox.messages import CARDS, COMMISSION
from integrations.providers.booking_com.sandbox.properties import ROOM_NUMBER_OFFSET, PropertyRoutes
from integrations.providers.booking_com.sandbox.wire import (
    FORBIDDEN,
    OFFICE,
    RefusedCall,
    parse,
    plain_amount,
    secure,
    text_of,
    xml_response,
)
from integrations.providers.booking_com.sandbox.world import MODIFY, NEW, BookedRoom, Extra, Reservation
from integrations.sandbox import Request, Response

EXTRA_NAMES = {1: "Breakfast", 5: "Parking"}


class PlainQueueRoutes(PropertyRoutes):
    @secure("POST", "/hotels/xml/reservations")
    def drain(self, request: Request) -> Response:
        account = self.authenticate(request)
        root = parse(request.body)
        if root.tag != "request":
            raise RefusedCall(400, "The root element must be request.")
        asked = [element.text or "" for element in root.findall("hotel_id")]
        if not set(asked) <= set(map(str, account.properties)):
            raise RefusedCall(403, "Access denied for hotel", code=FORBIDDEN)
        wanted = {int(number) for number in asked} or set(account.properties)
        waiting = [
            reservation
            for queue in (NEW, MODIFY)
            for reservation in self.world.queues[queue].values()
            if reservation.property in wanted
        ][: self.page_size]
        rows = []
        for reservation in sorted(waiting, key=lambda r: r.message.at):
            rows.append(self._row(reservation))
            reservation.card = ""  # sent once, then deleted
            reservation.message.served = True
            self.world.settle(reservation, self.now())
        return xml_response(f"<reservations>{''.join(rows)}</reservations>")

    def _row(self, reservation: Reservation) -> str:
        hotel, created = self.world.hotels[reservation.property], reservation.created.astimezone(OFFICE)
        head = (
            f"<id>{reservation.id}</id><hotel_id>{hotel.id}</hotel_id><hotel_name>{text_of(hotel.name)}</hotel_name>"
            f"<date>{created:%Y-%m-%d}</date><time>{created:%H:%M:%S}</time>"
            f"<booked_at>{created.astimezone(UTC).isoformat()}</booked_at>"
        )
        if reservation.cancelled:
            fee = plain_amount(Decimal(0), reservation.currency)
            return (
                f"<reservation>{head}<status>cancelled</status>"
                f"<total_cancellation_fee>{fee}</total_cancellation_fee></reservation>"
            )
        status = "modified" if reservation.message.queue == MODIFY else "new"
        currency, total = reservation.currency, reservation.total
        return (
            f"<reservation>{head}<status>{status}</status><currencycode>{currency}</currencycode>"
            f"<totalprice>{plain_amount(total, currency)}</totalprice>"
            f"<commissionamount>{plain_amount(total * COMMISSION, currency)}</commissionamount>"
            f"{_customer(reservation)}{''.join(self._plain_room(reservation, room) for room in reservation.rooms)}"
            "</reservation>"
        )

    def _plain_room(self, reservation: Reservation, room: BookedRoom) -> str:
        sold, currency = self.world.room_types[room.room_type], reservation.currency
        prices = "".join(
            f'<price date="{night.day}" rate_id="{night.rate}" genius_rate="no">'
            f"{plain_amount(night.price, currency)}</price>"
            for night in room.nights
        )
        addons = "".join(_addon(extra, currency) for extra in room.extras)
        smoking = "0" if room.request else ""
        return (
            f"<room><roomreservation_id>{ROOM_NUMBER_OFFSET + room.index}</roomreservation_id><id>{sold.id}</id>"
            f"<name>{text_of(sold.name)}</name><arrival_date>{room.arrival}</arrival_date>"
            f"<departure_date>{room.departure}</departure_date><guest_name>{text_of(room.guest)}</guest_name>"
            f"<numberofguests>{room.adults + len(room.child_ages)}</numberofguests>"
            f"{self.guest_counts(room)}<currencycode>{currency}</currencycode>"
            f"<totalprice>{plain_amount(room.total, currency)}</totalprice>{prices}"
            f"<meal_plan>{text_of(sold.meal_plan)}</meal_plan><remarks>{text_of(room.comment)}</remarks>"
            f"<smoking>{smoking}</smoking>" + (f"<addons>{addons}</addons>" if addons else "") + "</room>"
        )


def _customer(reservation: Reservation) -> str:
    booker = reservation.booker
    card = "<cc_number/>"
    if reservation.card:
        _, number, series = CARDS[reservation.card]
        card = f"<cc_number>{number}</cc_number><cc_cvc>{series}</cc_cvc><cc_name>{text_of(booker.family)}</cc_name>"
    return (
        f"<customer><first_name>{text_of(booker.given)}</first_name><last_name>{text_of(booker.family)}</last_name>"
        f"<email>guest.{reservation.id}@guest.booking.com</email><telephone>{text_of(booker.telephone)}</telephone>"
        f"<city>{text_of(booker.city)}</city><countrycode>{text_of(booker.country.lower())}</countrycode>"
        f"<remarks>{text_of(reservation.remarks)}</remarks>{card}</customer>"
    )


def _addon(extra: Extra, currency: str) -> str:
    price = plain_amount(extra.price, currency)
    return (
        f"<addon><name>{EXTRA_NAMES.get(extra.code, 'Service')}</name><nights>{extra.nights}</nights>"
        f"<persons>1</persons><price_mode>{extra.pricing}</price_mode><price_per_unit>{price}</price_per_unit>"
        f"<totalprice>{price}</totalprice><type>{extra.code}</type></addon>"
    )
