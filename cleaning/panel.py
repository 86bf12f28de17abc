"""What a reservation's page shows of its cleaning."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from cleaning.selectors import tasks_of_reservation
from reservations.models import Reservation
from reservations.permissions import Permission, permissions_here

SHOWN = 12


def cleaning_panel(request: HttpRequest, reservation: Reservation) -> SafeString | None:
    """The tasks of the booking's stays, for people who may see cleaning; nothing when there is none. One query."""
    if Permission.SEE_CLEANING not in permissions_here(request):
        return None
    tasks = list(tasks_of_reservation(reservation.pk))
    if not tasks:
        return None
    context = {"tasks": tasks[:SHOWN], "more": max(0, len(tasks) - SHOWN)}
    return render_to_string("cleaning/panel.html", context, request)
