"""Reservations as the OTA messages of the Booking.com sandbox: one element each, written once."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from integrations.providers.booking_com.sandbox.wire import OFFICE, OTA, minor_units, text_of
from integrations.providers.booking_com.sandbox.world import (
    MODIFY,
    NEW,
    BookedRoom,
    Extra,
    Hotel,
    Reservation,
    World,
)

ROOTS = {
    NEW: ("OTA_HotelResNotifRQ", "HotelReservations", "HotelReservation"),
    MODIFY: ("OTA_HotelResModifyNotifRQ", "HotelResModifies", "HotelResModify"),
}
COMMISSION = Decimal("0.15")
CITY_TAX = Decimal("2")
ADULT, CHILD = 10, 8

#: Numbers that card companies publish for tests; whatever reads them must drop them.
CARDS = {
    "card": ("VI", "4111111111111111", "737"),
    "virtual": ("MC", "5555555555554444", "998"),
}


def document(queue: str, items: list[str], stamp: str) -> str:
    """Return the whole message of a queue; without items it is the empty poll."""
    root, group, _ = ROOTS[queue]
    return (
        f'<{root} xmlns="{OTA}" TimeStamp="{stamp}" Target="Production" Version="2.001">'
        f"<{group}>{''.join(items)}</{group}></{root}>"
    )


def item_parts(world: World, reservation: Reservation, *, room_level_guests: bool) -> tuple[str, str]:
    """Return the reservation's element in two parts; card data, when there is any, stands between them."""
    tag = ROOTS[reservation.message.queue][2]
    hotel = world.hotels[reservation.property]
    if reservation.cancelled:
        # GUESS: which elements come with a cancellation is not public; only the id is sure.
        total = _money("Total", Decimal(0), reservation.currency, taxed=hotel.taxed)
        return f"<{tag}><ResGlobalInfo>{total}{_ids(reservation)}</ResGlobalInfo></{tag}>", ""
    rooms, extras, guests = "", "", ""
    extra_number = 0
    for number, room in enumerate(reservation.rooms, start=1):
        first_extra = extra_number
        for extra in room.extras:
            extra_number += 1
            extras += _service(extra_number, extra, reservation.currency)
        references = range(first_extra + 1, extra_number + 1)
        rooms += _room(world, hotel, reservation, room, number, references, room_level_guests)
        guests += (
            f'<ResGuest ResGuestRPH="{number}"><Profiles><ProfileInfo><Profile><Customer><PersonName>'
            f"<Surname>{text_of(room.guest)}</Surname></PersonName></Customer></Profile></ProfileInfo>"
            "</Profiles></ResGuest>"
        )
    flags = "".join(f'<flag name="{text_of(name)}"/>' for name in reservation.flags)
    before = (
        f"<{tag}><RoomStays>{rooms}</RoomStays>"
        + (f"<Services>{extras}</Services>" if extras else "")
        + f"<ResGuests>{guests}</ResGuests>"
        + (f"<TPA_Extensions><flags>{flags}</flags></TPA_Extensions>" if flags else "")
        + f"<ResGlobalInfo><Comments><Comment><Text>{text_of(_remarks(reservation))}</Text></Comment></Comments>"
    )
    commission = _commission(reservation.total, reservation.currency)
    after = (
        _money("Total", reservation.total, reservation.currency, taxed=hotel.taxed)
        + _ids(reservation)
        + _booker(reservation)
        + f"<TotalCommissions>{commission}</TotalCommissions></ResGlobalInfo></{tag}>"
    )
    return before, after


def card_part(reservation: Reservation, now: datetime) -> str:
    """Return the payment card; the caller sends it once and forgets it."""
    if not reservation.card:
        return ""
    code, number, series = CARDS[reservation.card]
    attributes = f'CardCode="{code}" CardNumber="{number}" SeriesCode="{series}"'
    attributes += f' ExpireDate="{now + timedelta(days=700):%m%y}"'
    holder = f"{reservation.booker.given} {reservation.booker.family}"
    if reservation.card == "virtual":
        amount, places = minor_units(reservation.total, reservation.currency)
        attributes += (
            f' EffectiveDate="{reservation.arrival}" VCCExpirationDate="{reservation.departure}"'
            f' CurrentBalance="{amount}" DecimalPlaces="{places}" CurrencyCode="{reservation.currency}"'
        )
        holder = "Bookingcom Agent"
    return (
        f"<Guarantee><GuaranteesAccepted><GuaranteeAccepted><PaymentCard {attributes}>"
        f"<CardHolderName>{text_of(holder)}</CardHolderName></PaymentCard>"
        "</GuaranteeAccepted></GuaranteesAccepted></Guarantee>"
    )


def _room(
    world: World,
    hotel: Hotel,
    reservation: Reservation,
    room: BookedRoom,
    number: int,
    extras: range,
    room_level_guests: bool,
) -> str:
    sold = world.room_types[room.room_type]
    currency = reservation.currency
    rates = "".join(
        f'<RoomRate EffectiveDate="{night.day}" RatePlanCode="{night.rate}"><Rates><Rate>'
        f"{_money('Total', night.price, currency, taxed=hotel.taxed)}</Rate></Rates></RoomRate>"
        for night in room.nights
    )
    plan = sold.rate(room.nights[0].rate)
    condition = "Free cancellation until two days before arrival."
    if plan and not plan.refundable:
        condition = "The whole price is due when the booking is cancelled."
    comment = f"<Comments><Comment><Text>{text_of(room.comment)}</Text></Comment></Comments>"
    request = (
        f'<SpecialRequest Name="smoking preference"><Text>{text_of(room.request)}</Text></SpecialRequest>'
    )
    services = "".join(f'<ServiceRPH RPH="{reference}"/>' for reference in extras)
    return (
        f'<RoomStay IndexNumber="{room.index}"><RoomTypes><RoomType RoomTypeCode="{sold.id}">'
        f'<RoomDescription Name="{text_of(sold.name)}"><Text>{text_of(sold.name)}, as shown to the guest.</Text>'
        f"<MealPlan>{text_of(sold.meal_plan)}</MealPlan><MaxChildren>{sold.max_children}</MaxChildren>"
        "</RoomDescription></RoomType></RoomTypes>"
        f"<RatePlans><RatePlan><Commission>{_commission(room.total, currency)}</Commission></RatePlan></RatePlans>"
        f"<RoomRates>{rates}<TPA_Extensions><BookingCondition>{condition}</BookingCondition></TPA_Extensions>"
        f"</RoomRates><GuestCounts>{_guests(room, room_level_guests)}</GuestCounts>"
        f"<CancelPenalties>{_penalty(room, currency)}</CancelPenalties>"
        f"{_money('Total', room.total, currency, taxed=hotel.taxed)}"
        f'<BasicPropertyInfo HotelCode="{hotel.id}"/><ResGuestRPHs><ResGuestRPH RPH="{number}"/></ResGuestRPHs>'
        + (f"<ServiceRPHs>{services}</ServiceRPHs>" if services else "")
        + (comment if room.comment else "")
        + (f"<SpecialRequests>{request}</SpecialRequests>" if room.request else "")
        + f"<PriceDetails>{_taxes(room, currency)}</PriceDetails></RoomStay>"
    )


def _guests(room: BookedRoom, room_level: bool) -> str:
    if not room_level:
        return f'<GuestCount Count="{room.adults + len(room.child_ages)}"/>'
    adults = f'<GuestCount Count="{room.adults}" AgeQualifyingCode="{ADULT}"/>'
    ages = sorted(set(room.child_ages))
    return adults + "".join(
        f'<GuestCount Count="{room.child_ages.count(age)}" AgeQualifyingCode="{CHILD}" Age="{age}"/>'
        for age in ages
    )


def _penalty(room: BookedRoom, currency: str) -> str:
    amount, places = minor_units(room.total, currency)
    start = room.arrival - timedelta(days=2)
    return (
        f'<CancelPenalty PolicyCode="152" From="{start}T00:00:00"><AmountPercent Amount="{amount}" '
        f'DecimalPlaces="{places}" CurrencyCode="{currency}"/></CancelPenalty>'
    )


def _taxes(room: BookedRoom, currency: str) -> str:
    vat = room.total / 11
    taxes = _tax("Inclusive", "19", vat, currency, "VAT of 10 per cent")
    taxes += _tax("Exclusive", "3", CITY_TAX, currency, "City tax for the stay")
    total = _amount(room.total + CITY_TAX, currency)
    return "".join(
        f"<{view}><Taxes>{taxes}</Taxes><Total {total}/></{view}>" for view in ("GuestView", "HotelView")
    )


def _tax(kind: str, code: str, amount: Decimal, currency: str, text: str) -> str:
    return (
        f'<Tax Type="{kind}" Code="{code}" ChargeFrequency="12" {_amount(amount, currency)}>'
        f"<TaxDescription><Text>{text}</Text></TaxDescription></Tax>"
    )


def _service(number: int, extra: Extra, currency: str) -> str:
    return (
        f'<Service ServiceRPH="{number}" ServiceInventoryCode="{extra.code}" '
        f'ServicePricingType="{extra.pricing}"><ServiceDetails><TimeSpan Duration="{extra.nights}"/>'
        f"<Fees><Fee {_amount(extra.price, currency)}/></Fees></ServiceDetails></Service>"
    )


def _booker(reservation: Reservation) -> str:
    booker = reservation.booker
    alias = f"guest.{reservation.id}@guest.booking.com"
    telephone = f'<Telephone PhoneNumber="{text_of(booker.telephone)}"/>' if booker.telephone else ""
    return (
        "<Profiles><ProfileInfo><Profile><Customer><PersonName>"
        f"<GivenName>{text_of(booker.given)}</GivenName><Surname>{text_of(booker.family)}</Surname></PersonName>"
        f"{telephone}<Email>{alias}</Email><Address><CityName>{text_of(booker.city)}</CityName>"
        f'<CountryName Code="{text_of(booker.country)}"/></Address></Customer></Profile></ProfileInfo></Profiles>'
    )


def _remarks(reservation: Reservation) -> str:
    if not reservation.virtual:
        return reservation.remarks
    hint = f"A virtual card pays for this booking; it can be charged from {reservation.arrival} on."
    return f"{reservation.remarks} {hint}".strip()


def _ids(reservation: Reservation) -> str:
    # GUESS: without a zone, in Booking.com's own; see instant_there in moments.py.
    created = reservation.created.astimezone(OFFICE).replace(tzinfo=None).isoformat()
    return (
        f'<HotelReservationIDs><HotelReservationID ResID_Value="{reservation.id}" ResID_Date="{created}"/>'
        "</HotelReservationIDs>"
    )


def _commission(total: Decimal, currency: str) -> str:
    return f"<CommissionPayableAmount {_amount(total * COMMISSION, currency)}/>"


def _money(tag: str, amount: Decimal, currency: str, *, taxed: bool) -> str:
    number, places = minor_units(amount, currency)
    side = "AmountAfterTax" if taxed else "AmountBeforeTax"
    return f'<{tag} {side}="{number}" DecimalPlaces="{places}" CurrencyCode="{currency}"/>'


def _amount(amount: Decimal, currency: str) -> str:
    number, places = minor_units(amount, currency)
    return f'Amount="{number}" DecimalPlaces="{places}" CurrencyCode="{currency}"'
