"""What pages show of findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, QuerySet

from cleaning.choices import FindingKind, TaskKind
from cleaning.models import Finding
from reservations.choices import GUEST_STATUSES
from reservations.models import Hotel, Stay
from reservations.stay_layout import guest_of

#: Tasks that are done for the guest who is in or has just left; other tasks look at a room before the next one.
_OF_THE_GUEST = (TaskKind.DEPARTURE, TaskKind.STAY_OVER, TaskKind.LINEN)
#: Nobody is asked about a thing that lay there longer.
LONGEST_AGO = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding and, for a lost thing, the stay of the guest who was there last."""

    finding: Finding
    stay: Stay | None = None

    @property
    def guest(self) -> str:
        """The guest's name; empty when nobody is known."""
        return guest_of(self.stay) if self.stay else ""


def findings_of(hotel: Hotel, *, kind: str = "", settled: bool = False) -> QuerySet[Finding]:
    """The hotel's findings, the latest first: the open ones, or the settled ones. Two queries when read."""
    found = Finding.objects.of(hotel).filter(settled_at__isnull=not settled)
    if kind:
        found = found.filter(kind=kind)
    return (
        found.select_related(
            "room", "property", "task__stay__reservation__booker", "reported_by", "settled_by"
        )
        .prefetch_related("photos")
        .order_by(F("settled_at").desc(nulls_first=True), "-reported_at", "-pk")
    )


def with_guests(hotel: Hotel, findings: Sequence[Finding]) -> list[FindingLine]:
    """The findings with the guest who left last, for lost things. One query, for who may see reservations only."""
    lost = [row for row in findings if row.kind == FindingKind.LOST_ITEM and row.room_id]
    days = [_day(row) for row in lost]
    stays: dict[int, list[Stay]] = {}
    if lost:
        nearby = Stay.objects.of(hotel).filter(
            room_id__in={row.room_id for row in lost},
            status__in=GUEST_STATUSES,
            overbooked=False,
            departure__gte=min(days) - LONGEST_AGO,
            departure__lte=max(days),
        )
        for stay in nearby.select_related("reservation__booker").order_by("-departure", "-pk"):
            stays.setdefault(stay.room_id or 0, []).append(stay)
    return [FindingLine(row, _owner(row, stays.get(row.room_id or 0, ()))) for row in findings]


def open_findings(hotel: Hotel) -> int:
    """How many findings nobody has settled. One query."""
    return Finding.objects.of(hotel).filter(settled_at=None).count()


def _owner(finding: Finding, stays: Sequence[Stay]) -> Stay | None:
    if finding.kind != FindingKind.LOST_ITEM:
        return None
    if finding.task is not None and finding.task.kind in _OF_THE_GUEST and finding.task.stay is not None:
        return finding.task.stay
    day = _day(finding)
    return next((stay for stay in stays if day - LONGEST_AGO <= stay.departure <= day), None)


def _day(finding: Finding) -> date:
    return finding.property.today(finding.reported_at)
