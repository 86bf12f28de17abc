"""A hotel that reads many bookings from the Octorate sandbox's large property, without HTTP in between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.apps import apps
from django.db import connection as database
from django.db import models, transaction
from django.utils import timezone

from integrations.contracts import Page
from integrations.leases import lease
from integrations.models import Connection, ConnectionStatus, PropertyMapping, RoomMapping, SyncRun
from integrations.providers.octorate.sandbox import OctorateSandbox
from integrations.pulling import Position, read_pages
from reservations.models import Hotel, Property, Room, RoomType

PAGE = 100
APPS = ("reservations", "integrations", "cleaning")


class Source:
    """``count`` bookings of the sandbox as the pages its API would answer with."""

    def __init__(self, count: int, start: date | None = None) -> None:
        sandbox = OctorateSandbox()
        ids = sandbox.seed_many(count, start)
        self.count = count
        rows = [sandbox.row(sandbox.world.bookings[number]) for number in ids]
        self.property_ref = str(rows[0]["accommodation"]["id"])
        self.products = sorted({str(row["product"]) for row in rows})
        self.rooms = {str(row["pmsProduct"]): str(row["product"]) for row in rows if row.get("pmsProduct")}
        self.pages = [
            Page(
                body=json.dumps({"data": rows[n : n + PAGE], "page": {"page": n // PAGE}}).encode(),
                items=len(rows[n : n + PAGE]),
                property_ref=self.property_ref,
                total=count,
            )
            for n in range(0, len(rows), PAGE)
        ]


def empty_database() -> None:
    """Delete every row of the product's own tables."""
    with transaction.atomic():
        if database.vendor == "postgresql":
            names = ", ".join(f'"{m._meta.db_table}"' for m in own_models())
            with database.cursor() as cursor:
                cursor.execute(f"TRUNCATE {names} CASCADE")
        else:
            for model in reversed(own_models()):
                with database.cursor() as cursor:
                    cursor.execute("PRAGMA defer_foreign_keys=ON")
                    cursor.execute(f'DELETE FROM "{model._meta.db_table}"')  # noqa: S608 - our own names


def own_models() -> list[type[models.Model]]:
    """Models of the product, those that others refer to first."""
    return [
        model for label in APPS for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]


def connected_hotel(source: Source) -> Connection:
    """A hotel whose connection maps every room of ``source``."""
    hotel = Hotel.objects.create(name="Gran Hotel", slug="gran")
    place = Property.objects.create(hotel=hotel, name="Gran Hotel", timezone="Europe/Rome")
    connection = Connection.objects.create(
        hotel=hotel,
        provider="octorate",
        name="Octorate",
        status=ConnectionStatus.CONNECTED,
        status_since=timezone.now(),
    )
    PropertyMapping.objects.create(
        hotel=hotel,
        connection=connection,
        provider="octorate",
        external_ref=source.property_ref,
        timezone="Europe/Rome",
        currency="EUR",
        property=place,
    )
    types = {
        ref: RoomType.objects.create(hotel=hotel, property=place, name=f"Type {ref}")
        for ref in source.products
    }
    mappings = [
        RoomMapping(
            hotel=hotel,
            connection=connection,
            property_ref=source.property_ref,
            external_ref=ref,
            external_kind="room_type",
            room_type=room_type,
        )
        for ref, room_type in types.items()
    ]
    for ref, product in source.rooms.items():
        room = Room.objects.create(hotel=hotel, property=place, room_type=types[product], name=f"Room {ref}")
        mappings.append(
            RoomMapping(
                hotel=hotel,
                connection=connection,
                property_ref=source.property_ref,
                external_ref=ref,
                external_kind="room",
                room=room,
            )
        )
    RoomMapping.objects.bulk_create(mappings)
    return connection


def read(connection: Connection, pages: list[Page] | Iterator[Page]) -> SyncRun:
    """Take ``pages`` in the way a run does: store, read, write, count."""
    now = timezone.now()
    run = SyncRun.objects.create(
        hotel_id=connection.hotel_id,
        connection=connection,
        kind=SyncRun.Kind.IMPORT,
        trigger=SyncRun.Trigger.PERSON,
        queued_at=now,
        state=SyncRun.State.RUNNING,
        started_at=now,
    )
    with lease(f"run:{connection.pk}", seconds=120) as held:
        read_pages(run, held, iter(pages), Position())
    run.state = SyncRun.State.DONE
    run.save(update_fields=["state"])
    return run


def rows_left_behind() -> list[tuple[type[models.Model], list[Any]]]:
    """Copies of every row of the product's tables, ready to be inserted again."""
    return [(model, list(model._default_manager.all())) for model in own_models()]
