"""The lock that makes changes of one hotel's bookings take turns."""

from __future__ import annotations

from django.db import connection as database

from reservations.models import Hotel


def lock_hotel(hotel_id: int) -> None:
    """Make this transaction the only one that changes the hotel's bookings, until it ends.

    PostgreSQL locks the hotel's row without hindering inserts that refer to it; SQLite has one writer anyway.
    """
    if database.features.has_select_for_no_key_update:
        Hotel.objects.select_for_update(no_key=True).filter(pk=hotel_id).values_list("pk").first()
