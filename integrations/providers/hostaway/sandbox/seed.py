"""The Hostaway sandbox's demo accounts, made anew relative to today: the same day always gives the same data.

Everything was booked and changed before today began, so a sandbox that is restarted within a day serves unchanged
versions. All people are invented.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from math import ceil
from typing import Any

from integrations.providers.hostaway.sandbox.world import (
    AIRBNB,
    BOOKINGCOM,
    CHANNELS,
    DIRECT,
    ICAL_CHANNELS,
    Account,
    Listing,
    Reservation,
    Unit,
    World,
)

DEMO_ACCOUNT, OTHER_ACCOUNT = 10001, 10002
DEMO_SECRET = "llavero-demo-secret"  # noqa: S105 - the demo's well-known secret
OTHER_SECRET = "another-demo-secret"  # noqa: S105
A1, A2, A3, DOUBLES, DOUBLE_THREE, ATTIC, RESORT = 50001, 50002, 50003, 50010, 50013, 50019, 50900
UNIT_ONE, UNIT_TWO, UNIT_THREE = 71001, 71002, 71003
OTHER_LISTING = 60001
FIRST_RESERVATION = 30_100_001
FIRST_RESORT_UNIT = 72_001
OWNER_STAY_GUEST = "Amaro Quintela"

GUESTS = (
    ("Ottilie Brandt", "DE", "de", "+49 171 3920031"),
    ("Gael Etxarri", "ES", "es", "+34 600 000 331"),
    ("Solène Kermarrec", "FR", "fr", "+33 6 39 98 03 31"),
    ("Marcus Hale", "GB", "en", "+44 7700 900331"),
    ("Bruna Tavares", "PT", "pt", "+351 910 000 331"),
    ("Femke de Wilde", "NL", "nl", ""),
    ("Imanol", "ES", "es", "+34 600 000 332"),
    ("Livia Santoro", "IT", "it", "+39 320 000 0331"),
    ("Aoife Ní Bhriain", "IE", "en", "+353 85 000 0331"),
    ("Tadeusz Lis", "PL", "pl", "+48 500 000 331"),
)

LISTINGS = (
    Listing(
        A1, DEMO_ACCOUNT, "Apartamento A1", "Atlantic/Canary", "Las Palmas", "Paseo de las Dunas 9", "35001",
        28.1235, -15.4363, 4, 2, Decimal(118), 16, 22, 10, cleaning_fee=Decimal(40),
    ),
    Listing(
        A2, DEMO_ACCOUNT, "Apartamento A2", "Atlantic/Canary", "Las Palmas", "Paseo de las Dunas 9", "35001",
        28.1235, -15.4363, 4, 2, Decimal(118), 16, 22, 10, cleaning_fee=Decimal(40),
    ),
    Listing(
        A3, DEMO_ACCOUNT, "Apartamento A3", "Atlantic/Canary", "Las Palmas", "Paseo de las Dunas 9", "35001",
        28.1235, -15.4363, 4, 2, Decimal(124), 16, 22, 10, cleaning_fee=Decimal(40),
    ),
    Listing(
        DOUBLES, DEMO_ACCOUNT, "Paradise Doubles", "Atlantic/Canary", "Las Palmas", "Paseo de las Dunas 11",
        "35001", 28.1237, -15.4361, 2, 1, Decimal(86), 15, 22, 11, cleaning_fee=Decimal(20),
        units=(
            Unit(UNIT_ONE, "Double 1", "1"),
            Unit(UNIT_TWO, "Double 2", "2"),
            Unit(UNIT_THREE, "Double 3", "3", own_listing=DOUBLE_THREE),
        ),
    ),
    Listing(
        DOUBLE_THREE, DEMO_ACCOUNT, "Paradise Double 3 with terrace", "Atlantic/Canary", "Las Palmas",
        "Paseo de las Dunas 11", "35001", 28.1237, -15.4361, 2, 1, Decimal(95), 15, 22, 11,
        cleaning_fee=Decimal(20),
    ),
    Listing(
        ATTIC, DEMO_ACCOUNT, "Paradise Attic", "Atlantic/Canary", "Las Palmas", "Paseo de las Dunas 9", "35001",
        28.1235, -15.4363, 2, 1, Decimal(70), 16, 22, 10, archived=True,
    ),
    Listing(
        OTHER_LISTING, OTHER_ACCOUNT, "Casa Mirador", "Europe/Madrid", "Valencia", "Calle del Faro 2", "46001",
        39.4699, -0.3763, 6, 3, Decimal(150), 15, 21, 11, cleaning_fee=Decimal(60),
    ),
)  # fmt: skip


def fill_world(world: World) -> None:
    """Add both demo accounts, their listings and a dozen and more reservations to an empty world."""
    world.accounts = {
        DEMO_ACCOUNT: Account(DEMO_ACCOUNT, "Apartamentos Paradise", DEMO_SECRET),
        OTHER_ACCOUNT: Account(OTHER_ACCOUNT, "Casa Mirador", OTHER_SECRET),
    }
    world.listings = {listing.id: listing for listing in LISTINGS}
    _Scenes(world).add_all()


class _Scenes:
    """Adds the stays that every demo and many tests look for."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.number = FIRST_RESERVATION - 1

    def add_all(self) -> None:
        add = self.add
        add(A1, -2, 2, channel=AIRBNB)  # in house
        add(A2, -4, 0, channel=BOOKINGCOM)  # leaves today, the next one arrives today
        add(A2, 0, 5, channel=AIRBNB, children=2)
        add(A3, 1, 6, channel=2002, status="modified")
        inquiry = add(A1, 12, 15, channel=AIRBNB, status="inquiry")
        booked = add(A1, 12, 15, channel=AIRBNB)  # the inquiry and the booking of it are two rows
        booked.guest, booked.email = inquiry.guest, inquiry.email
        add(A1, 20, 24, channel=BOOKINGCOM, status="cancelled")
        add(A1, 20, 23, channel=DIRECT)  # sold again after the cancellation
        add(A2, 9, 13, channel=2010)  # from an iCal feed: no price, no date of booking
        add(A3, 10, 14, channel=DIRECT, status="ownerStay", guest=OWNER_STAY_GUEST)
        add(A3, 18, 21, channel=AIRBNB, status="pending")
        add(A2, 16, 18, channel=DIRECT, status="awaitingPayment")
        add(DOUBLES, -1, 3, channel=BOOKINGCOM)
        add(DOUBLES, 5, 8, channel=2007, units=2)  # one booking, two units
        add(DOUBLE_THREE, 2, 4, channel=AIRBNB)  # takes unit 3 of the multi-unit listing too
        add(A3, 25, 27, channel=AIRBNB, status="declined")
        unspecified = add(A1, -1, -1, channel=AIRBNB, status="inquiryPreapproved")
        unspecified.dates_unspecified = True
        add(OTHER_LISTING, 1, 4, channel=AIRBNB)
        add(OTHER_LISTING, 6, 9, channel=BOOKINGCOM)

    def add(
        self,
        listing_number: int,
        first: int,
        last: int,
        *,
        channel: int,
        status: str = "new",
        units: int = 1,
        children: int | None = None,
        guest: str = "",
    ) -> Reservation:
        """Insert one reservation from day `first` to day `last`, both counted from today."""
        world = self.world
        listing = world.listings[listing_number]
        self.number += 1
        order = self.number - FIRST_RESERVATION
        today = world.today(listing_number)
        arrival, departure = today + timedelta(days=first), today + timedelta(days=last)
        # UTC midnight minus a day lies before every zone's today.
        start = datetime.combine(today, time(), UTC) - timedelta(days=1)
        booked = start - timedelta(days=3 + order * 2 % 29 + max(0, -first), seconds=order * 611)
        updated = booked if status == "new" else booked + timedelta(hours=7)
        name, country, language, phone = GUESTS[order % len(GUESTS)]
        reservation = Reservation(
            id=self.number,
            listing=listing_number,
            places=world.assign(listing, arrival, departure, units=units),
            channel=channel,
            status=status,
            arrival=arrival,
            departure=departure,
            inserted=booked,
            updated=updated,
            latest_activity=booked if status == "modified" else updated,
            reservation_date=None if channel in ICAL_CHANNELS else booked,
            guest=guest or name,
            email=guest_address(guest or name, channel, self.number),
            phone=phone,
            country=country,
            language=language,
            adults=min(2, listing.capacity) * units,
            children=children,
            total=price_of(listing, channel, (departure - arrival).days, units),
            is_paid=status in ("new", "modified") and channel == AIRBNB,
            **channel_codes(channel, self.number),
        )
        if status == "cancelled":
            reservation.cancelled_at, reservation.cancelled_by = updated, "guest"
        return world.insert(reservation)


def price_of(listing: Listing, channel: int, length: int, units: int) -> Decimal:
    """Return the total of a stay; feeds in iCal format tell no price."""
    if channel in ICAL_CHANNELS:
        return Decimal(0)
    return (listing.price * length + listing.cleaning_fee) * units


def channel_codes(channel: int, number: int) -> dict[str, Any]:
    """Return `channel_reference` and `confirmation_code` in the form that the channel gives them."""
    if channel == AIRBNB:
        letters = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
        code = "HM" + "".join(letters[(number * 7919 // 31**place) % len(letters)] for place in range(8))
        return {"channel_reference": f"{DEMO_ACCOUNT}-thread{number}", "confirmation_code": code}
    if channel == BOOKINGCOM:
        return {"channel_reference": str(4_000_000_000 + number), "confirmation_code": ""}
    return {"channel_reference": f"{CHANNELS.get(channel, 'channel')}-{number}", "confirmation_code": ""}


def guest_address(name: str, channel: int, number: int) -> str:
    """Return the guest's e-mail address: portals relay, Airbnb and iCal feeds give none."""
    if channel == AIRBNB or channel in ICAL_CHANNELS:
        return ""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    local = re.sub(r"[^a-z]+", ".", plain).strip(".") or "guest"
    return f"{local}.{number % 10_000:04d}@guest.booking.example.org" if channel == BOOKINGCOM else (
        f"{local}@example.org"
    )  # fmt: skip


def add_many(world: World, count: int) -> list[int]:
    """Insert `count` short stays into a large multi-unit listing, without overlaps; return their ids.

    There is one unit for every 20 stays. Versions lie in the last `count` seconds, one for each.
    """
    known = world.listings.get(RESORT) or replace(
        world.listings[DOUBLES], id=RESORT, name="Paradise Resort", units=(), price=Decimal(80)
    )
    taken, added = len(known.units), max(1, ceil(count / 20))
    units = tuple(
        Unit(FIRST_RESORT_UNIT + number, f"R{number + 1:04d}", str(number + 1))
        for number in range(taken, taken + added)
    )
    world.listings[RESORT] = replace(known, units=known.units + units)
    newest, start = world.now(), world.today(RESORT)
    ids = []
    for index in range(count):
        turn, offset = divmod(index, added)
        arrival, length = start + timedelta(days=turn * 3), 1 + index % 3
        number, version = world.next_id(), newest - timedelta(seconds=count - index)
        name, country, language, phone = GUESTS[index % len(GUESTS)]
        channel = (BOOKINGCOM, AIRBNB, 2007)[index % 3]
        world.insert(
            Reservation(
                id=number,
                listing=RESORT,
                places=(units[offset].id,),
                channel=channel,
                status="new",
                arrival=arrival,
                departure=arrival + timedelta(days=length),
                inserted=version,
                updated=version,
                latest_activity=version,
                reservation_date=version,
                guest=name,
                email=guest_address(name, channel, number),
                phone=phone,
                country=country,
                language=language,
                total=Decimal(80) * length,
                **channel_codes(channel, number),
            )
        )
        ids.append(number)
    return ids
