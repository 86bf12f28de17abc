"""The one alert that says which rooms of the other side bookings name and nobody has mapped."""

from __future__ import annotations

from integrations.journal import open_alert, resolve_alerts
from integrations.models import Connection, RoomMapping
from reservations.models import Stay

#: So many rooms are named in the sentence.
NAMED = 5


def tell_unmapped(connection: Connection) -> None:
    """Open, refresh or close the connection's alert about unmapped rooms, as its stays are now."""
    refs = list(
        Stay.objects.filter(
            hotel_id=connection.hotel_id,
            unmapped=True,
            reservation__sources__connection_id=connection.pk,
        )
        .order_by("room_ref")
        .values_list("room_ref", flat=True)
        .distinct()
    )
    if not refs:
        resolve_alerts(hotel_id=connection.hotel_id, code="unmapped_rooms", connection=connection)
        return
    named = dict(
        RoomMapping.objects.filter(connection=connection, external_ref__in=refs[:NAMED]).values_list(
            "external_ref", "external_name"
        )
    )
    names = [named.get(ref) or ref or "?" for ref in refs[:NAMED]]
    if len(refs) > NAMED:
        names.append("…")
    open_alert(
        hotel_id=connection.hotel_id,
        code="unmapped_rooms",
        connection=connection,
        rooms=", ".join(names),
    )
