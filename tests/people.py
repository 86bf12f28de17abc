"""The people every test may meet, and how a hotel is made for them."""

from __future__ import annotations

from datetime import time

from config.accounts.models import User
from reservations.choices import Role
from reservations.models import Hotel, Membership, Property, Room, RoomType

PASSWORD = "correct-horse-101"

PARADISE_ROOMS = {
    ("Individual", 1): ("101", "102", "103", "104"),
    ("Doble", 2): ("105", "106", "107", "108", "109", "110"),
    ("Suite", 3): ("111", "112"),
}


def make_person(
    email: str, hotel: Hotel | None = None, role: Role | None = None, *, name: str = "", language: str = "en"
) -> User:
    """A user who can sign in with ``PASSWORD``; with ``hotel`` and ``role``, a member of it."""
    person = User.objects.create_user(
        email, PASSWORD, name=name or email.split("@")[0].title(), language=language
    )
    if hotel is not None and role is not None:
        Membership.objects.create(user=person, hotel=hotel, role=role)
    return person


def make_hotel(
    name: str,
    slug: str,
    rooms: dict[tuple[str, int], tuple[str, ...]] | None = None,
    *,
    timezone: str = "Europe/Madrid",
) -> Hotel:
    """A hotel with one property of the same name (15:00/11:00, EUR); ``rooms``: (type, capacity) -> room names."""
    hotel = Hotel.objects.create(name=name, slug=slug)
    house = Property.objects.create(
        hotel=hotel,
        name=name,
        timezone=timezone,
        check_in_from=time(15),
        check_out_until=time(11),
        currency="EUR",
        country="ES",
    )
    for (type_name, capacity), room_names in (rooms or PARADISE_ROOMS).items():
        room_type = RoomType.objects.create(hotel=hotel, property=house, name=type_name, capacity=capacity)
        Room.objects.bulk_create(
            Room(hotel=hotel, property=house, room_type=room_type, name=room_name, area=room_name[0])
            for room_name in room_names
        )
    return hotel
