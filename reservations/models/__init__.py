from reservations.models.bookings import (
    Guest,
    Reservation,
    ReservationChange,
    ReservationSource,
    Stay,
    StayNight,
)
from reservations.models.hotels import Hotel, Membership, Property, Room, RoomClosure, RoomType
from reservations.models.rates import DailyRate, RateEdit, RatePlan

__all__ = [
    "DailyRate",
    "Guest",
    "Hotel",
    "Membership",
    "Property",
    "RateEdit",
    "RatePlan",
    "Reservation",
    "ReservationChange",
    "ReservationSource",
    "Room",
    "RoomClosure",
    "RoomType",
    "Stay",
    "StayNight",
]
