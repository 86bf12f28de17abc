"""Pages at 100 and at 100,000 reservations: the number of statements and the time each takes."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date, timedelta

from django.db import connection as database
from django.db import transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cleaning.models import CleaningTask
from config.accounts.models import User
from reservations.models import Guest, Hotel, Membership, Property, Reservation, Room, RoomType, Stay
from tests.bench import report
from tests.bench.hotel import empty_database

PAGES = ("/h/gran/", "/h/gran/reservations/", "/h/gran/reservations/?q=Quill+77", "/h/gran/cleaning/")


def run(sizes: Iterable[int]) -> None:
    counts: dict[str, list[int]] = {path: [] for path in PAGES}
    for size in sizes:
        client = _filled(size)
        report.heading(f"Pages at {size} reservations on {database.vendor}")
        for path in PAGES:
            client.get(path)
            seconds = []
            for _ in range(report.ROUNDS):
                with CaptureQueriesContext(database) as queries:
                    started = time.perf_counter()
                    answer = client.get(path)
                    seconds.append((time.perf_counter() - started) * 1000)
                if answer.status_code != 200:
                    raise SystemExit(f"{path} answered {answer.status_code}")
            counts[path].append(len(queries))
            report.line(f"{path}  ({len(queries)} statements)", seconds, "ms")
    for path, found in counts.items():
        same = "the same at every size" if len(set(found)) == 1 else f"DIFFERENT: {found}"
        print(f"{path:<40} {max(found)} statements, {same}    wanted: at most 15")


def _filled(size: int) -> Client:
    empty_database()
    User.objects.filter(email="bench@example.org").delete()
    hotel = Hotel.objects.create(name="Gran Hotel", slug="gran")
    user = User.objects.create_user("bench@example.org", None, name="Bench", language="en")
    Membership.objects.create(user=user, hotel=hotel, role="manager")
    place = Property.objects.create(hotel=hotel, name="Gran Hotel")
    room_type = RoomType.objects.create(hotel=hotel, property=place, name="Doble")
    rooms = Room.objects.bulk_create(
        Room(hotel=hotel, property=place, room_type=room_type, name=f"{n}") for n in range(100, 400)
    )
    now, today = timezone.now(), date.today()
    with transaction.atomic():
        guests = Guest.objects.bulk_create(
            Guest(hotel=hotel, name=f"Mara Quill {n}", email=f"guest{n}@example.org") for n in range(size)
        )
        reservations = Reservation.objects.bulk_create(
            Reservation(
                hotel=hotel,
                property=place,
                booking_key=f"own:1:{n}",
                channel="booking_com",
                channel_ref=f"BC{n}",
                booker=guest,
                arrival=today + timedelta(days=n % 700 - 350),
                departure=today + timedelta(days=n % 700 - 348),
                created_at=now,
                changed_at=now - timedelta(minutes=n),
            )
            for n, guest in enumerate(guests)
        )
        stays = Stay.objects.bulk_create(
            Stay(
                hotel=hotel,
                reservation=reservation,
                external_key=f"{n}/1",
                property=place,
                room_type=room_type,
                room=rooms[n % len(rooms)],
                arrival=reservation.arrival,
                departure=reservation.departure,
                status="confirmed",
                guest_name=f"Mara Quill {n}",
            )
            for n, reservation in enumerate(reservations)
        )
        CleaningTask.objects.bulk_create(
            CleaningTask(
                hotel=hotel,
                property=place,
                room=stay.room,
                room_type=room_type,
                stay=stay,
                kind="departure",
                key=f"departure:{stay.pk}",
                open_key=f"departure:{stay.pk}",
                date=stay.departure,
                window_start=now,
                window_end=now + timedelta(hours=4),
                minutes=40,
                priority=3,
            )
            for stay in stays
        )
    client = Client()
    client.force_login(user)
    return client
