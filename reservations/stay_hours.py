"""Hours agreed with a guest: an early arrival, a late departure. Cleaning goes by them."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reservations.bookings import Touched
from reservations.change_log import Cause, history_line
from reservations.choices import ChangeKind, StayState
from reservations.following import tell_stays_changed
from reservations.locks import lock_hotel
from reservations.models import Hotel, Stay
from reservations.rooming import Settled


@transaction.atomic
def set_hours(
    *, hotel: Hotel, user: Any, stay_id: int, arrives_at: time | None, leaves_at: time | None
) -> Stay:
    """The stay with the hours agreed with the guest (local times of the house); None means the house's usual ones.

    They survive whatever the channel tells. Saying the same again writes nothing. Raises ``Stay.DoesNotExist``, and
    ``ValidationError`` when the guest has left.
    """
    lock_hotel(hotel.pk)
    stay = Stay.objects.of(hotel).select_for_update(of=("self",)).get(pk=stay_id)
    old = {"arrives_at": stay.arrives_at, "leaves_at": stay.leaves_at}
    new = {"arrives_at": arrives_at, "leaves_at": leaves_at}
    if old == new:
        return stay
    if StayState.DEPARTED in (stay.state, stay.desk_state):
        raise ValidationError(_("The guest has left."))
    stay.arrives_at, stay.leaves_at = arrives_at, leaves_at
    stay.save(update_fields=["arrives_at", "leaves_at"])
    cause = Cause(timezone.now(), user.pk)
    told = {name: [_text(old[name]), _text(new[name])] for name in new if old[name] != new[name]}
    history_line(hotel.pk, cause, stay.reservation_id, stay.pk, ChangeKind.CHANGED, told).save()
    touched = Touched(stay_ids={stay.pk})
    touched.span(stay)
    tell_stays_changed(hotel_id=hotel.pk, touched=touched, settled=Settled(), cause=cause)
    return stay


def _text(clock: time | None) -> str | None:
    return f"{clock:%H:%M}" if clock else None
