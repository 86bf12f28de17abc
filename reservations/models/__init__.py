from reservations.models.bookings import (
    Guest,
    LinkedNight,
    Reservation,
    ReservationChange,
    ReservationSource,
    Stay,
    StayNight,
)
from reservations.models.hotels import (
    Hotel,
    Invitation,
    Membership,
    Property,
    Room,
    RoomClosure,
    RoomType,
)
from reservations.models.ledger import LedgerEntry
from reservations.models.planning import Conflict, PlanningEdit
from reservations.models.rates import DailyRate, RateEdit, RatePlan

__all__ = [
    "Conflict",
    "DailyRate",
    "Guest",
    "Hotel",
    "Invitation",
    "LedgerEntry",
    "LinkedNight",
    "Membership",
    "PlanningEdit",
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
