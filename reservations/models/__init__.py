from reservations.models.bookings import (
    Guest,
    Reservation,
    ReservationChange,
    ReservationSource,
    Stay,
    StayNight,
)
from reservations.models.hotels import Hotel, Membership, Property, Room, RoomClosure, RoomType

__all__ = [
    "Guest",
    "Hotel",
    "Membership",
    "Property",
    "Reservation",
    "ReservationChange",
    "ReservationSource",
    "Room",
    "RoomClosure",
    "RoomType",
    "Stay",
    "StayNight",
]
