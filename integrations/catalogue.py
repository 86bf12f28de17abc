"""What a connection's other side has: stored whole for the pages, and as mapping rows that keep people's choices."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from django.db import transaction
from django.utils import timezone

from integrations.contracts import ExternalProperty
from integrations.models import Connection, PropertyMapping, RateMapping, RoomMapping

ROOM_TYPE, ROOM, RATE = "room_type", "room", "rate"
_BATCH = 500
_NAME, _REF = 200, 120


def store_catalogue(connection: Connection, properties: Sequence[ExternalProperty]) -> None:
    """Keep what discovery found. New things get a mapping row, known ones a fresh name; choices stay.

    A constant number of statements per 500 rooms. Safe to repeat. What is no longer found keeps its row, because
    bookings may still name it. References longer than our columns are left out: cut, two could become one.
    """
    found = [external for external in _unique(properties) if _usable(external.ref)]
    with transaction.atomic():
        PropertyMapping.objects.bulk_create(
            [_property_row(connection, external) for external in found],
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=("connection", "external_ref"),
            update_fields=("external_name", "timezone", "currency"),
        )
        rooms = {
            (row.property_ref, row.external_kind, row.external_ref): row
            for external in found
            for row in _room_rows(connection, external)
        }
        RoomMapping.objects.bulk_create(
            rooms.values(),
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=("connection", "property_ref", "external_kind", "external_ref"),
            update_fields=("external_name", "external_parent_ref"),
        )
        rates = {
            (row.property_ref, row.room_ref, row.external_ref): row
            for external in found
            for row in _rate_rows(connection, external)
        }
        RateMapping.objects.bulk_create(
            rates.values(),
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=("connection", "property_ref", "room_ref", "external_ref"),
            update_fields=("external_name",),
        )
        connection.catalogue = {"properties": [asdict(external) for external in found]}
        connection.catalogue_at = timezone.now()
        Connection.objects.filter(pk=connection.pk).update(
            catalogue=connection.catalogue, catalogue_at=connection.catalogue_at
        )


def _unique(properties: Iterable[ExternalProperty]) -> list[ExternalProperty]:
    return list({external.ref: external for external in properties}.values())


def _usable(ref: str) -> bool:
    return 0 < len(ref) <= _REF


def _property_row(connection: Connection, external: ExternalProperty) -> PropertyMapping:
    zone = external.timezone or ""
    currency = (external.currency or "").upper()
    return PropertyMapping(
        hotel_id=connection.hotel_id,
        connection=connection,
        provider=connection.provider,
        external_ref=external.ref,
        external_name=external.name[:_NAME],
        timezone=zone if zone in zoneinfo.available_timezones() else "",
        currency=currency if len(currency) == 3 and currency.isalpha() else "",
    )


def _room_rows(connection: Connection, external: ExternalProperty) -> list[RoomMapping]:
    return [
        RoomMapping(
            hotel_id=connection.hotel_id,
            connection=connection,
            property_ref=external.ref,
            external_ref=room.ref,
            external_kind=room.kind,
            external_name=room.name[:_NAME],
            external_parent_ref=room.parent_ref if room.parent_ref and _usable(room.parent_ref) else "",
        )
        for room in external.rooms
        if _usable(room.ref) and room.kind in (ROOM_TYPE, ROOM)
    ]


def _rate_rows(connection: Connection, external: ExternalProperty) -> list[RateMapping]:
    """Everything of a property that carries a price: rates of room types, and room types that have one themselves."""
    priced = [
        (room.parent_ref, room) if room.kind == RATE else (room.ref, room)
        for room in external.rooms
        if room.kind == RATE or (room.kind == ROOM_TYPE and room.priced)
    ]
    return [
        RateMapping(
            hotel_id=connection.hotel_id,
            connection=connection,
            property_ref=external.ref,
            room_ref=room_ref,
            external_ref=room.ref,
            external_name=room.name[:_NAME],
        )
        for room_ref, room in priced
        if room_ref and _usable(room_ref) and _usable(room.ref)
    ]
