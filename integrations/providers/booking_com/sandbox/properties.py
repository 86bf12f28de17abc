"""Lists of the Booking.com sandbox: properties and their status, room types with rates, the booking summary."""

from __future__ import annotations

from lxml import etree

from integrations.providers.booking_com.sandbox.core import BookingCore
from integrations.providers.booking_com.sandbox.wire import (
    FORBIDDEN,
    OFFICE,
    OTA,
    WRONG_HOTEL,
    RefusedCall,
    find_all,
    new_ruid,
    ota_root,
    parse,
    plain_amount,
    secure,
    supply,
    text_of,
    xml_response,
)
from integrations.providers.booking_com.sandbox.world import Account, BookedRoom, Hotel, Reservation, RoomType
from integrations.sandbox import Request, Response, json_response

CONNECTED_AT = "2030-01-02T03:04:05Z"
#: Rooms have another number in B.XML than in OTA messages.
ROOM_NUMBER_OFFSET = 3_640_000_000


class PropertyRoutes(BookingCore):
    @supply("GET", "/connections-api/properties/{number}/status")
    def property_status(self, request: Request) -> Response:
        account = self.authenticate(request)
        text = request.parameters["number"]
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise RefusedCall(400, "The property id must be a number.")
        hotel = self._opened_hotel(account, text)
        data = {"property_id": hotel.id, "status": "connected", "connected_at": CONNECTED_AT}
        return json_response({"meta": {"ruid": new_ruid()}, "warnings": [], "errors": [], "data": data})

    @supply("POST", "/hotels/ota/OTA_HotelSearch")
    def search_hotels(self, request: Request) -> Response:
        account = self.authenticate(request)
        root = ota_root(request.body, "OTA_HotelSearchRQ")
        asked = [ref.get("HotelCode", "") for ref in find_all(root, "Criteria/Criterion/HotelRef")]
        hotels = [self._opened_hotel(account, number) for number in asked or map(str, account.properties)]
        rows = "".join(
            f'<Property HotelCode="{hotel.id}" HotelName="{text_of(hotel.name)}" CurrencyCode="{hotel.currency}">'
            '<TPA_Extensions HotelStatus="Open / Bookable" Created="2030-01-02 03:04:05" '
            'LastChange="2030-01-03 03:04:05" ConnectionStatus="Connected"/></Property>'
            for hotel in hotels
        )
        return xml_response(
            f'<OTA_HotelSearchRS xmlns="{OTA}" TimeStamp="{self.stamp()}" Target="Production" Version="2.001">'
            f'<Success/><Properties LastChange="2030-01-03 03:04:05">{rows}</Properties></OTA_HotelSearchRS>'
        )

    @supply("POST", "/hotels/xml/roomrates")
    def room_rates(self, request: Request) -> Response:
        hotel = self._asked_hotel(request)
        rows = "".join(_room_rates(room) for room in self.world.rooms_of(hotel.id))
        # GUESS: the name of the root is not documented.
        return xml_response(f"<rooms>{rows}</rooms>")

    @secure("POST", "/hotels/xml/reservationssummary")
    def summary(self, request: Request) -> Response:
        hotel = self._asked_hotel(request)
        today = self.today(hotel.id)
        rows = [
            self._summary_row(reservation)
            for reservation in self.world.reservations.values()
            if reservation.property == hotel.id
            and not reservation.cancelled  # GUESS: whether cancelled ones are listed is not public
            and reservation.departure > today
        ]
        return xml_response(f"<reservations>{''.join(rows)}</reservations>")

    def _asked_hotel(self, request: Request) -> Hotel:
        account = self.authenticate(request)
        root = parse(request.body)
        asked = root.findall("hotel_id")
        if root.tag != "request" or len(asked) != 1:
            raise RefusedCall(400, "The request must name one hotel_id.")
        return self._opened_hotel(account, _text(asked[0]))

    def _opened_hotel(self, account: Account, number: str) -> Hotel:
        known = {str(opened): self.world.hotels.get(opened) for opened in account.properties}
        hotel = known.get(number.strip())
        if hotel is None:
            code = FORBIDDEN if number.strip() in map(str, self.world.hotels) else WRONG_HOTEL
            raise RefusedCall(403, "Access denied for hotel", code=code)
        return hotel

    def _summary_row(self, reservation: Reservation) -> str:
        booker, created = reservation.booker, reservation.created.astimezone(OFFICE)
        rooms = "".join(self._summary_room(reservation, room) for room in reservation.rooms)
        return (
            f"<reservation><customer><first_name>{text_of(booker.given)}</first_name>"
            f"<last_name>{text_of(booker.family)}</last_name></customer><date>{created:%Y-%m-%d}</date>"
            f"<id>{reservation.id}</id>{rooms}<time>{created:%H:%M:%S}</time></reservation>"
        )

    def guest_counts(self, room: BookedRoom) -> str:
        """Return the guests of a room by class as B.XML writes them, or nothing when that is switched off."""
        if not self.room_level_guests:
            return ""
        adults = f'<guest_count count="{room.adults}" type="adult"/>'
        children = "".join(f'<guest_count age="{age}" count="1" type="child"/>' for age in room.child_ages)
        return f"<guest_counts>{adults}{children}</guest_counts>"

    def _summary_room(self, reservation: Reservation, room: BookedRoom) -> str:
        currency = reservation.currency
        prices = "".join(
            f'<price date="{night.day}" rate_id="{night.rate}">{plain_amount(night.price, currency)}</price>'
            for night in room.nights
        )
        return (
            f"<room><arrival_date>{room.arrival}</arrival_date><currencycode>{currency}</currencycode>"
            f"<departure_date>{room.departure}</departure_date>"
            f"{self.guest_counts(room)}<id>{room.room_type}</id>"
            f"<meal_plan>{text_of(self.world.room_types[room.room_type].meal_plan)}</meal_plan>"
            f"<numberofguests>{room.adults + len(room.child_ages)}</numberofguests>{prices}"
            f"<roomreservation_id>{ROOM_NUMBER_OFFSET + room.index}</roomreservation_id>"
            f"<totalprice>{plain_amount(room.total, currency)}</totalprice></room>"
        )


def _room_rates(room: RoomType) -> str:
    rates = "".join(
        f'<rate id="{rate.id}" rate_name="{text_of(rate.name)}" max_persons="{room.max_persons}" '
        f'policy="{"General" if rate.refundable else "Non-refundable"}" policy_id="{1 if rate.refundable else 2}"/>'
        for rate in room.rates
    )
    return (
        f'<room id="{room.id}" hotel_id="{room.property}" room_name="{text_of(room.name)}" '
        f'max_children="{room.max_children}"><rates>{rates}</rates></room>'
    )


def _text(element: etree._Element) -> str:
    return str(element.text or "")
