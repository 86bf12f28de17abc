"""The Octorate sandbox's demo hotel, made anew relative to today: the same day always gives the same data.

Everything was booked and changed before the local midnight of today, so a sandbox that is restarted within
a day serves unchanged versions. All people are invented.
"""

from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import ceil

from integrations.providers.octorate.sandbox.world import (
    CANCELLED,
    ONE_DAY,
    Booking,
    PhysicalRoom,
    Place,
    Product,
    World,
)

HOTEL = "910001"
APARTMENTS = "910002"
RESORT = "910099"
SINGLE, DOUBLE, SUITE, APARTMENT, RESORT_ROOM = 501001, 501002, 501003, 502001, 509001
FIRST_SEED_ID = 880001
FIRST_RESORT_ROOM = 690001
FILL_HOTEL, FILL_APARTMENTS, FILL_UNASSIGNED = 16, 4, 4

GUESTS = [
    ("Mara", "Quill", "FEMALE", "EN", "GB", "+44 7700 900123"),
    ("Iker", "Landaluz", "MALE", "ES", "ES", "+34 600 000 201"),
    ("Élodie", "Vasseur", "FEMALE", "FR", "FR", "+33 6 39 98 01 02"),
    ("Jonas", "Brandt", "MALE", "DE", "DE", "+49 171 3920012"),
    ("Chiara", "Monfalco", "FEMALE", "IT", "IT", "+39 320 000 0203"),
    ("Tomás", "Figueiredo", "MALE", "PT", "PT", "+351 910 000 204"),
    ("Saskia", "van der Meer", "FEMALE", "NL", "NL", "+31 6 00000205"),
    ("Óscar", "Peñalver", "MALE", "ES", "ES", "+34 600 000 206"),
    ("Haruka", "Minami", "FEMALE", "EN", "JP", "+81 90 0000 0207"),
    ("Lucas", "Andrade", "MALE", "PT", "BR", "+55 11 90000 0208"),
    ("Freja", "Holm", "FEMALE", "EN", "DK", "+45 20 00 02 09"),
    ("Noé", "Garrigue", "MALE", "FR", "FR", ""),
    ("Zofia", "Wilczek", "FEMALE", "EN", "PL", "+48 500 000 211"),
    ("Aitana", "Robles", "FEMALE", "ES", "ES", "+34 600 000 212"),
    ("Callum", "O'Rourke", "MALE", "EN", "IE", "+353 85 000 0213"),
    ("Matías", "Etchegaray", "MALE", "ES", "AR", "+54 9 11 0000 0214"),
    ("Linnea", "Åkerblom", "FEMALE", "EN", "SE", "+46 70 000 02 15"),
    ("Baptiste", "Morvan", "MALE", "FR", "BE", "+32 470 00 02 16"),
    ("Grace", "Whitlow", "FEMALE", "EN", "US", "+1 202 555 0117"),
    ("Nil", "Ferrer", "MALE", "ES", "ES", ""),
]
NOTES = [
    "Late arrival, around 23:00",
    "Cama de matrimonio, por favor",
    "Llegamos con un perro pequeño",
    "Une chambre calme si possible",
    "Allergic to feathers",
    "Anniversary trip",
]
PORTALS = [2, 2, 2, 274, 274, 4, 4, 271, 233, 270]


@dataclass
class Seeder:
    """Fills an empty world; one object is used once."""

    world: World
    seed: int

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - demo data
        self.number = FIRST_SEED_ID - 1
        self.people = 0

    def fill(self) -> None:
        _add_hotel(self.world)
        _add_apartments(self.world)
        self.today = self.world.today(HOTEL)
        self._add_scenes()
        for _ in range(FILL_HOTEL):
            self._add_somewhere(HOTEL)
        for _ in range(FILL_APARTMENTS):
            self._add_somewhere(APARTMENTS)
        for _ in range(FILL_UNASSIGNED):
            self._add_unassigned()

    def _add_scenes(self) -> None:
        """Add the stays that every demo and many tests look for, each by itself."""
        hotel = {name: self.world.find_room(name, HOTEL) for name in map(str, range(101, 113))}
        unit = {name: self.world.find_room(name, APARTMENTS) for name in ("A1", "A2", "A3")}
        add = self.add
        add(HOTEL, DOUBLE, hotel["105"], -2, 2, channel=2)  # in house
        add(HOTEL, DOUBLE, hotel["106"], -3, 0, channel=274)  # leaves today, the next one arrives today
        add(HOTEL, DOUBLE, hotel["106"], 0, 3, channel=2, notes=NOTES[0])
        add(HOTEL, DOUBLE, hotel["107"], -1, 1, channel=4)  # leaves tomorrow, the next one arrives tomorrow
        add(HOTEL, DOUBLE, hotel["107"], 1, 4, channel=233)
        add(HOTEL, SINGLE, hotel["101"], -5, -1, channel=2)  # departed
        group = add(HOTEL, DOUBLE, hotel["108"], 5, 8, channel=2, notes=NOTES[3])  # one booking, three rooms
        add(HOTEL, DOUBLE, hotel["109"], 5, 8, group=group)
        add(HOTEL, DOUBLE, hotel["110"], 5, 8, group=group)
        pair = add(HOTEL, SINGLE, hotel["103"], 12, 14, channel=4)  # one booking, two rooms
        add(HOTEL, SINGLE, hotel["104"], 12, 14, group=pair)
        split = add(HOTEL, SUITE, hotel["111"], 3, 8, channel=270)  # moves from 111 to 112 in the middle
        split.split_room, split.split_start = (hotel["112"], self.today + timedelta(days=6))
        self.world.by_room.setdefault(hotel["112"], set()).add(split.id)
        add(HOTEL, SINGLE, hotel["101"], 9, 11, channel=233, status="WAITING")
        add(HOTEL, SINGLE, hotel["102"], 4, 7, channel=2, status=CANCELLED)
        add(APARTMENTS, APARTMENT, unit["A1"], -1, 2, channel=274)  # in house
        add(APARTMENTS, APARTMENT, unit["A2"], -4, 0, channel=2)  # same-day turnover
        add(APARTMENTS, APARTMENT, unit["A2"], 0, 5, channel=274, children=2)
        add(APARTMENTS, APARTMENT, unit["A3"], 1, 6, channel=235)

    def add(
        self,
        accommodation: str,
        product: int,
        room: int,
        first: int,
        last: int,
        *,
        channel: int = 2,
        status: str = "CONFIRMED",
        notes: str = "",
        children: int = 0,
        group: Booking | None = None,
    ) -> Booking:
        """Insert one booking from day `first` to day `last`, both counted from today."""
        world, rng = self.world, self.random
        self.number += 1
        arrival, departure = (self.today + timedelta(days=first), self.today + timedelta(days=last))
        midnight = datetime.combine(self.today, time(), world.places[accommodation].zone).astimezone(UTC)
        created = midnight - timedelta(
            days=max(1, -first) + rng.randint(1, 50), seconds=rng.randint(0, 80_000)
        )
        updated = created + timedelta(milliseconds=rng.choice((0, 0, 500, 120, 37)))
        checkin, checkout = world.stay_instants(accommodation, self.number, arrival, departure)
        nightly = world.products[product].price + rng.choice((0, 0, 5, 12))
        booking = Booking(
            id=self.number,
            accommodation=accommodation,
            product=product,
            room=room,
            refer=group.refer if group else f"P{self.number}X",
            channel_id=group.channel_id if group else channel,
            channel_refer=group.channel_refer if group else _channel_code(rng, channel),
            status=status,
            checkin=checkin,
            checkout=checkout,
            created=group.created if group else created,
            updated=group.updated if group else updated,
            guests=group.guests if group else [self._next_guest(channel)],
            adults=min(2, world.products[product].adults),
            children=children,
            nightly=nightly,
            channel_notes=group.channel_notes if group else notes,
        )
        if status == CANCELLED:
            booking.cancelled_at, booking.cancelled_by = created + ONE_DAY, "guest"
            booking.updated = created + ONE_DAY
        elif first < 0:
            booking.effective_checkin = world.instant(accommodation, arrival, 17)
            booking.updated = booking.effective_checkin
            booking.paid = nightly * (last - first) + world.places[accommodation].cleaning_fee
            if last < 0:
                booking.effective_checkout = world.instant(accommodation, departure, 10)
                booking.updated = booking.effective_checkout
        return world.insert(booking)

    def _next_guest(self, channel: int) -> dict[str, object]:
        given, family, sex, language, country, phone = GUESTS[self.people % len(GUESTS)]
        self.people += 1
        return make_guest(given, family, sex, language, country, phone, channel, self.people)

    def _add_somewhere(self, accommodation: str) -> None:
        """Insert one booking in a free room on a free span, with a rate, a channel and sometimes a note."""
        for _ in range(200):
            room = self.random.choice(self.world.rooms_of(accommodation))
            first, length = (self.random.randint(1, 57), self.random.choice((1, 2, 2, 3, 3, 4, 7)))
            if self._is_free(room, first, first + length):
                rates = [p for p in self.world.products_of(accommodation) if room.parent in (p.id, p.parent)]
                product = self.random.choice(rates).id
                notes = self.random.choice(["", "", *NOTES])
                channel = self.random.choice(PORTALS)
                self.add(accommodation, product, room.id, first, first + length, channel=channel, notes=notes)
                return

    def _is_free(self, room: PhysicalRoom, first: int, last: int) -> bool:
        arrival, departure = (self.today + timedelta(days=first), self.today + timedelta(days=last))
        return (
            last <= 60
            and self.world.room_is_free(room.id, arrival, departure)
            and self.world.type_has_space(room.parent, arrival, departure)
        )

    def _add_unassigned(self) -> None:
        """Insert one booking without a physical room; some room of its type is free for all its nights."""
        for _ in range(200):
            room = self.random.choice(self.world.rooms_of(HOTEL))
            first, length = self.random.randint(2, 50), self.random.choice((1, 2, 3))
            if self._is_free(room, first, first + length):
                self.add(HOTEL, room.parent, 0, first, first + length, channel=self.random.choice(PORTALS))
                return


def make_guest(
    given: str, family: str, sex: str, language: str, country: str, phone: str, channel: int, number: int
) -> dict[str, object]:
    """Return the BOOKER object; portals hide the address behind an alias."""
    plain = unicodedata.normalize("NFKD", f"{given}.{family}".lower()).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z.]", "", plain)
    alias = {2: "guest.booking", 142: "guest.booking", 4: "m.expedia", 271: "agoda-messaging"}.get(channel)
    email = f"{name}.{number:04d}@{alias}.example.org" if alias else f"{name}@example.org"
    return {
        "type": "BOOKER",
        "source": "PORTAL",
        "givenName": given,
        "familyName": family,
        "email": "" if channel == 274 else email,
        "phone": phone,
        "language": language,
        "nationality": country,
        "sex": sex,
        "city": "",
        "address": "",
    }


def _channel_code(rng: random.Random, channel: int) -> str:
    digits = rng.randint(1_000_000_000, 4_999_999_999)
    if channel == 274:
        return "HM" + "".join(rng.choices("ABCDEFGHJKMNPQRSTUVWXYZ23456789", k=8))
    return f"W{digits % 100000}" if channel in (233, 270) else str(digits)


def _add_place(world: World, place: Place) -> None:
    world.places[place.id] = place


def _add_type(
    world: World, product: Product, room_names: list[str], first_room: int, *, breakfast: bool
) -> None:
    """Add a room type, its physical rooms and its rates: one derived in its price, one with prices of its own."""
    world.products[product.id] = product
    rates = [("No reembolsable", "PERCENT", Decimal(-10))]
    if breakfast:
        rates.append(("con desayuno", "CALENDAR", Decimal(9)))
    for number, (label, rule, value) in enumerate(rates, start=1):
        price = product.price * (100 + value) / 100 if rule == "PERCENT" else product.price + value
        rate_id = product.id + product.id % 1000 * 9 + number
        world.products[rate_id] = Product(
            rate_id,
            product.accommodation,
            f"{product.name} - {label}",
            product.adults,
            product.children,
            product.quantity,
            product.category,
            price,
            product.id,
            rule,
            value,
            linked=True,
        )
    for offset, name in enumerate(room_names):
        room = PhysicalRoom(
            first_room + offset, product.id, name, product.accommodation, (True, False, None)[offset % 3]
        )
        world.rooms[room.id] = room


def _add_hotel(world: World) -> None:
    _add_place(
        world,
        Place(HOTEL, "Hotel Paradise", "Europe/Madrid", "+01:00", "Valencia", "46001", "Calle del Jazmín 4",
              39.4699, -0.3763, 15, 22, 11),
    )  # fmt: skip
    add = _add_type
    add(world, Product(SINGLE, HOTEL, "Individual", 1, 0, 4, "SINGLE", Decimal(62)),
        ["101", "102", "103", "104"], 601101, breakfast=True)  # fmt: skip
    add(world, Product(DOUBLE, HOTEL, "Doble", 2, 1, 6, "DOUBLE", Decimal(94)),
        ["105", "106", "107", "108", "109", "110"], 601105, breakfast=True)  # fmt: skip
    add(world, Product(SUITE, HOTEL, "Suite", 3, 1, 2, "SUITE", Decimal(165)),
        ["111", "112"], 601111, breakfast=True)  # fmt: skip


def _add_apartments(world: World) -> None:
    _add_place(
        world,
        Place(APARTMENTS, "Paradise Apartments", "Atlantic/Canary", "+00:00", "Las Palmas", "35001",
              "Paseo de las Dunas 9", 28.1235, -15.4363, 16, 23, 10, cleaning_fee=Decimal(40)),
    )  # fmt: skip
    _add_type(
        world, Product(APARTMENT, APARTMENTS, "Apartamento", 4, 2, 3, "APARTMENT", Decimal(118)),
        ["A1", "A2", "A3"], 602001, breakfast=False,
    )  # fmt: skip


def add_many(world: World, n: int, start: date) -> list[int]:
    """Insert `n` short stays into a large extra property, room after room without overlaps; return their ids.

    There is one room for every 20 stays. Versions lie in the last `n` milliseconds, one for each.
    """
    if RESORT not in world.places:
        _add_place(
            world,
            Place(RESORT, "Paradise Resort", "Europe/Madrid", "+01:00", "Valencia", "46002", "Puerto 1",
                  39.46, -0.33, 15, 22, 11),
        )  # fmt: skip
    taken = sum(room.accommodation == RESORT for room in world.rooms.values())
    count = max(1, ceil(n / 20))
    first_room = FIRST_RESORT_ROOM + taken
    for offset in range(count):
        number = taken + offset + 1
        world.rooms[first_room + offset] = PhysicalRoom(
            first_room + offset, RESORT_ROOM, f"R{number:04d}", RESORT
        )
    world.products[RESORT_ROOM] = Product(
        RESORT_ROOM, RESORT, "Estándar", 2, 1, taken + count, "DOUBLE", Decimal(80)
    )
    newest = world.now()
    ids = []
    for index in range(n):
        turn, offset = divmod(index, count)
        length = 1 + index % 3
        arrival = start + timedelta(days=turn * 3)
        number = world.next_id()
        checkin, checkout = world.stay_instants(RESORT, number, arrival, arrival + timedelta(days=length))
        version = newest - timedelta(milliseconds=n - index)
        given, family, sex, language, country, phone = GUESTS[index % len(GUESTS)]
        channel = PORTALS[index % len(PORTALS)]
        guest = make_guest(given, family, sex, language, country, phone, channel, index)
        world.insert(
            Booking(
                number,
                RESORT,
                RESORT_ROOM,
                first_room + offset,
                f"M{number}",
                channel,
                str(number),
                "CONFIRMED",
                checkin,
                checkout,
                version,
                version,
                [guest],
                2,
                Decimal(80),
            )
        )
        ids.append(number)
    return ids
