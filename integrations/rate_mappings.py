"""Which of our rate plans the other side's rates sell: saved whole, sent at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from integrations.journal import write_log
from integrations.models import Connection, PropertyMapping, RateMapping, RoomMapping
from integrations.outbox import queue_everything
from reservations.locks import lock_hotel
from reservations.models import RatePlan

#: Chosen for a rate that is priced at the other side and never from here.
NOT_SENT = 0


class UnknownRate(ValueError):
    """A rate of another connection, or a rate plan of another property; nothing was saved."""


@transaction.atomic
def save_rate_mappings(*, connection: Connection, user: Any, choices: Mapping[int, int | None]) -> int:
    """How many rates changed. ``choices``: our rate plan, None (nothing yet) or :data:`NOT_SENT` by RateMapping key.

    All or nothing; prices of what is mapped anew are sent at once. Raises :class:`UnknownRate`.
    """
    lock_hotel(connection.hotel_id)
    rows = RateMapping.objects.filter(connection=connection).in_bulk(list(choices))
    plans = RatePlan.objects.filter(hotel_id=connection.hotel_id).in_bulk()
    property_of = dict(
        PropertyMapping.objects.filter(connection=connection).values_list("external_ref", "property_id")
    )
    changed: list[RateMapping] = []
    for pk, choice in choices.items():
        row = rows.get(pk)
        plan = plans.get(choice) if choice else None
        if row is None or (
            choice and (plan is None or plan.property_id != property_of.get(row.property_ref))
        ):
            raise UnknownRate(pk)
        ignored = choice == NOT_SENT
        if (row.rate_plan_id, row.ignored) != (plan.pk if plan else None, ignored):
            row.rate_plan, row.ignored = plan, ignored
            changed.append(row)
    RateMapping.objects.bulk_update(changed, ["rate_plan", "ignored"], batch_size=200)
    rooms = RoomMapping.objects.filter(
        connection=connection, external_ref__in={row.room_ref for row in changed if row.rate_plan_id}
    )
    queue_everything(connection, mapping_ids=rooms.values_list("pk", flat=True))
    if changed:
        write_log(
            hotel_id=connection.hotel_id,
            code="rate_mapping_saved",
            connection=connection,
            rates=len(changed),
            user=str(user),
        )
    return len(changed)
