"""A guest's whole stay: the stay itself and, when it is spread over several rooms, its further parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from reservations.models import Hotel, Stay


@dataclass(frozen=True, slots=True)
class Visit:
    """``parts`` follow each other day by day; the first one is the stay that sources and desk speak of."""

    parts: Sequence[Stay]

    @property
    def head(self) -> Stay:
        return self.parts[0]

    @property
    def arrival(self) -> date:
        return self.head.arrival

    @property
    def departure(self) -> date:
        return self.parts[-1].departure

    @property
    def ids(self) -> list[int]:
        return [part.pk for part in self.parts]

    def part_on(self, day: date) -> Stay:
        """Where the guest sleeps in the night of ``day``; before the arrival the first part, later the last one."""
        return next((part for part in self.parts if day < part.departure), self.parts[-1])

    def move_on(self, day: date) -> tuple[Stay, Stay] | None:
        """The parts that the guest moves from and to on ``day``."""
        pairs = zip(self.parts, self.parts[1:], strict=False)
        return next(((old, new) for old, new in pairs if new.arrival == day), None)


def visit_of(hotel: Hotel, stay_id: int) -> Visit:
    """The visit that a stay, or a part of one, belongs to. Two queries.

    Raises ``Stay.DoesNotExist`` for a stay that is not of ``hotel``.
    """
    head_id = Stay.objects.of(hotel).values_list("part_of_id", flat=True).get(pk=stay_id) or stay_id
    rows = Stay.objects.of(hotel).filter(Q(pk=head_id) | Q(part_of_id=head_id))
    return _visit(rows.select_related("property", "room", "room_type", "reservation__booker"))


def visits_of(hotel: Hotel, stays: Sequence[Stay], *related: str) -> list[Visit]:
    """The visits that ``stays`` belong to, each once, in their order; ``related`` is selected. Two queries at most."""
    head_ids = list(dict.fromkeys(stay.part_of_id or stay.pk for stay in stays))
    known = {stay.pk: stay for stay in stays}
    further = Stay.objects.of(hotel).filter(part_of_id__in=head_ids)
    rows = [*known.values(), *further.exclude(pk__in=list(known)).select_related(*related)]
    if missing := set(head_ids) - known.keys():
        rows += Stay.objects.of(hotel).filter(pk__in=missing).select_related(*related)
    grouped: dict[int, list[Stay]] = {pk: [] for pk in head_ids}
    for stay in rows:
        grouped[stay.part_of_id or stay.pk].append(stay)
    return [_visit(parts) for parts in grouped.values()]


def _visit(parts: Iterable[Stay]) -> Visit:
    return Visit(sorted(parts, key=lambda part: (part.part_of_id is not None, part.arrival)))
