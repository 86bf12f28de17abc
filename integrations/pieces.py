"""Chooses what is sent next of what waits for a connection, and moves its nights through their states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations.contracts import Offer
from integrations.desired import desired_offers
from integrations.held_nights import hold, is_in_question
from integrations.models import AvailabilityState, Connection, OutboxJob
from integrations.offers import values_of
from integrations.outbox import WAITING, lock_nights
from integrations.registry import get_provider

State, Kind = AvailabilityState.State, OutboxJob.Kind

#: From so few rooms left on, a night goes before everything else.
LAST_ROOMS = 1
#: Nights in one piece of work, after which newer changes are looked for.
PIECE = 1000
#: As many fit into one call everywhere: with a last room goes what does not make it wait.
ONE_CALL = 200
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Night:
    row: AvailabilityState
    offer: Offer

    @property
    def since(self) -> datetime:
        """Since when it waits."""
        return self.row.queued_at or _LONG_AGO

    @property
    def is_last_room(self) -> bool:
        """Where a wrong number sells a room that is not there. The first filling of a calendar is not."""
        units = self.offer.units
        return units is not None and units <= LAST_ROOMS and bool(self.row.accepted)


@dataclass(frozen=True, slots=True)
class Piece:
    """Nights of one place, in their order; ``jumped`` when something else waits for longer than all of them."""

    nights: list[Night]
    has_last_rooms: bool = False
    jumped: bool = False


def next_piece(connection: Connection, jobs: Sequence[OutboxJob], *, oldest_first: bool) -> Piece | None:
    """What to send next; nights that are right already are settled on the way.

    Last rooms go before other numbers and these before prices. With ``oldest_first``, which follows a piece that
    jumped ahead of others, what waits longest has its turn, so that no stream of changes holds the rest up for ever.
    """
    by_month = get_provider(connection.provider).declaration.push_by_month
    numbers = _differing(_waiting(job for job in jobs if job.kind == Kind.AVAILABILITY))
    moments = [night.since for night in numbers]
    prices_since = min((job.changed_at for job in jobs if job.kind == Kind.RATES), default=None)
    if prices_since and (not numbers or (oldest_first and prices_since < min(moments))):
        prices = _differing(_waiting(job for job in jobs if job.kind == Kind.RATES))
        if prices:
            return Piece(_together(prices, prices, PIECE, by_month))
    if not numbers:
        return None
    last_rooms = [] if oldest_first else [night for night in numbers if night.is_last_room]
    nights = _together(last_rooms or numbers, numbers, ONE_CALL if last_rooms else PIECE, by_month)
    longest = min(moments if prices_since is None else [*moments, prices_since])
    return Piece(nights, bool(last_rooms), jumped=min(night.since for night in nights) > longest)


def _together(leading: Sequence[Night], waiting: Sequence[Night], most: int, by_month: bool) -> list[Night]:
    """The longest waiting of ``leading`` and what goes along: what else waits for the same place, at most ``most``.

    The rooms of ``leading`` come first, the nights of a room in their order.
    """

    def place(night: Night) -> tuple[str, tuple[int, int] | None]:
        day = night.row.date
        return (night.offer.property_ref, (day.year, day.month) if by_month else None)

    first = place(min(leading, key=lambda night: night.since))
    ahead = {night.row.pk for night in leading}
    same = [night for night in waiting if place(night) == first]
    chosen = sorted(same, key=lambda night: (night.row.pk not in ahead, night.since))[:most]
    rooms = {night.row.room_mapping_id for night in chosen if night.row.pk in ahead}
    return sorted(
        chosen,
        key=lambda night: (night.row.room_mapping_id not in rooms, night.row.date, night.row.pk),
    )


def _waiting(jobs: Iterable[OutboxJob]) -> list[AvailabilityState]:
    spans = [
        Q(
            room_mapping=int(job.subject),
            rate_mapping__isnull=job.kind == Kind.AVAILABILITY,
            date__gte=job.first,
            date__lt=job.last,
        )
        for job in jobs
    ]
    if not spans:
        return []
    wanted = reduce(or_, spans)
    rows = AvailabilityState.objects.filter(wanted, state__in=WAITING, date__gte=earliest())
    return list(rows.order_by("date", "pk"))


def earliest() -> date:
    """Yesterday can still be today somewhere; what lies before nobody can sell any more."""
    return timezone.localdate() - timedelta(days=1)


def _differing(rows: Sequence[AvailabilityState]) -> list[Night]:
    """Nights whose right value is not the one that the other side took last; the others are settled, or held where
    sending them would open what somebody closed there."""
    offers = desired_offers(rows)
    differing: list[Night] = []
    right: list[AvailabilityState] = []
    in_question: list[AvailabilityState] = []
    for row in rows:
        offer = offers[row.pk]
        if is_in_question(row, offer):
            in_question.append(row)
        elif offer is not None and (row.state == State.SENT or values_of(offer) != row.accepted):
            differing.append(Night(row, offer))
        else:
            right.append(row)
    if right:
        with writing(right) as nights:
            fresh = take_up(nights, right)
            settle(r for r in right if (offer := fresh[r.pk]) is None or values_of(offer) == r.accepted)
    if in_question:
        with writing(in_question):
            fresh = desired_offers(in_question)
            hold([row for row in in_question if is_in_question(row, fresh[row.pk])])
    return differing


@contextmanager
def writing(rows: Iterable[AvailabilityState]) -> Iterator[QuerySet[AvailabilityState]]:
    """One short transaction that writes these nights, locked as a change locks them."""
    with transaction.atomic():
        nights = AvailabilityState.objects.filter(pk__in=[row.pk for row in rows])
        lock_nights(nights)
        yield nights


def take_up(
    nights: QuerySet[AvailabilityState], rows: Sequence[AvailabilityState]
) -> dict[int, Offer | None]:
    """Mark the nights as being sent; what is true of each of ``rows``, by its id, as :func:`desired_offers` says it.

    Inside :func:`writing`, which has locked them: a change that this reading misses waits for the lock and then puts
    the night back to waiting, and nothing that follows here moves a waiting night on.
    """
    nights.update(state=State.SENT, sent_at=timezone.now())
    return desired_offers(rows)


def settle(rows: Iterable[AvailabilityState]) -> None:
    done = AvailabilityState.objects.filter(pk__in=[row.pk for row in rows], state=State.SENT)
    done.update(state=State.ACCEPTED, queued_at=None, error="")
