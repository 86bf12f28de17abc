"""How far what a connection sells has got, all nights together: counts, sentences, and what hinders it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.contracts import Capability
from integrations.held_nights import HELD
from integrations.models import (
    AvailabilityState,
    Connection,
    ConnectionStatus,
    Exchange,
    OutboxJob,
    RateMapping,
)
from integrations.on_sale_words import since_text
from integrations.outbox import SEND_AVAILABILITY, SEND_RATES, WAITING, sellable_rooms
from integrations.phrases import say_error
from integrations.registry import can
from reservations.wording import age_text

State, Kind = AvailabilityState.State, OutboxJob.Kind
_SETTLED = (State.ACCEPTED, State.READ_BACK)


class Obstacle(enum.StrEnum):
    """Why a connection sells nothing at all; each has its own advice."""

    CANNOT = "cannot"
    DISCONNECTED = "disconnected"
    UNMAPPED = "unmapped"
    NOT_IMPORTED = "not_imported"


@dataclass(frozen=True, slots=True)
class Counts:
    """Nights from today on that are not settled, and when the other side took a number last."""

    waiting: int
    waiting_since: datetime | None
    refused: int
    refusal: str
    drifted: int
    #: Closed there before we told it anything, and free here: not opened until a person decides.
    held: int
    last_accepted: datetime | None


@dataclass(frozen=True, slots=True)
class Outbox:
    """What is to be sent: rooms whose numbers and rooms whose prices wait, when it is tried, and the last trouble."""

    rooms: int
    rates: int
    next_try: datetime | None
    attempts: int
    trouble: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """``tone`` as badges and notices have it: ok, info, warn or bad; ``about`` names where a person acts on it."""

    tone: str
    text: str
    about: str = ""


def obstacle_of(connection: Connection) -> Obstacle | None:
    """What keeps everything from being sent; None when something can be. One query."""
    if not can(connection.provider, Capability.PUSH_OFFERS):
        return Obstacle.CANNOT
    if connection.status == ConnectionStatus.DISCONNECTED:
        return Obstacle.DISCONNECTED
    refs = set(
        sellable_rooms(connection.hotel_id)
        .filter(connection=connection)
        .values_list("property_ref", flat=True)
    )
    if not refs:
        return Obstacle.UNMAPPED
    return None if refs & connection.cursor.get("properties", {}).keys() else Obstacle.NOT_IMPORTED


def unassigned_rates(connection: Connection) -> bool:
    """Whether the other side has rates and not one of them has been given a rate plan or left out. One query."""
    rates = RateMapping.objects.filter(connection=connection).aggregate(
        all=Count("pk"), chosen=Count("rate_plan"), left_out=Count("pk", filter=Q(ignored=True))
    )
    return bool(rates["all"]) and not rates["chosen"] and not rates["left_out"]


def not_sent(connection: Connection) -> list[str]:
    """What a person has switched off, in words."""
    switches = ((SEND_AVAILABILITY, _("availability")), (SEND_RATES, _("prices")))
    return [word for name, word in switches if connection.settings.get(name) is False]


def counts_of(connection: Connection) -> Counts:
    """Four queries, two of them only where something was refused or differs."""
    coming = AvailabilityState.objects.filter(connection=connection, date__gte=timezone.localdate())
    by_state = {
        state: (count, oldest)
        for state, count, oldest in coming.exclude(state__in=_SETTLED)
        .values_list("state")
        .annotate(Count("pk"), Min("queued_at"))
        .order_by()
    }
    waits = [by_state[state] for state in WAITING if state in by_state]
    refused = by_state.get(State.REFUSED, (0, None))[0]
    drifted = by_state.get(State.DRIFTED, (0, None))[0]
    held = coming.filter(HELD).count() if drifted else 0
    refusal = coming.filter(state=State.REFUSED).values_list("error", flat=True).first() if refused else ""
    return Counts(
        waiting=sum(count for count, _oldest in waits),
        waiting_since=min((oldest for _count, oldest in waits if oldest), default=None),
        refused=refused,
        refusal=refusal or "",
        drifted=drifted - held,
        held=held,
        last_accepted=AvailabilityState.objects.filter(connection=connection).aggregate(
            at=Max("accepted_at")
        )["at"],
    )


def outbox_of(connection: Connection) -> Outbox:
    """Two queries, the second only where something waits."""
    jobs = OutboxJob.objects.filter(connection=connection)
    found = {
        kind: (count, attempts, soonest)
        for kind, count, attempts, soonest in jobs.values_list("kind")
        .annotate(Count("pk"), Max("attempts"), Min("not_before"))
        .order_by()
    }
    failed = jobs.exclude(error_code="").order_by("-attempts", "pk").first() if found else None
    times = [soonest for _count, _attempts, soonest in found.values() if soonest]
    return Outbox(
        rooms=found.get(Kind.AVAILABILITY, (0, 0, None))[0],
        rates=found.get(Kind.RATES, (0, 0, None))[0],
        next_try=min(times, default=None),
        attempts=max((attempts for _count, attempts, _soonest in found.values()), default=0),
        trouble=say_error(failed.error_code, failed.error) if failed else "",
    )


def sentences(connection: Connection, counts: Counts) -> list[Sentence]:
    """What a person should know, the worst first; never none."""
    found: list[Sentence] = []
    if counts.refused:
        text = ngettext("%(count)s night was refused", "%(count)s nights were refused", counts.refused)
        found.append(_sentence("bad", text % {"count": counts.refused}, counts.refusal))
    if counts.drifted:
        text = ngettext(
            "The other side sells something else on %(count)s night.",
            "The other side sells something else on %(count)s nights.",
            counts.drifted,
        )
        found.append(Sentence("bad", text % {"count": counts.drifted}))
    if counts.held:
        text = ngettext(
            "%(count)s night is closed there and free here, so it was not opened. Send it again to sell it there, or "
            "close it here, too.",
            "%(count)s nights are closed there and free here, so they were not opened. Send them again to sell them "
            "there, or close them here, too.",
            counts.held,
        )
        found.append(Sentence("bad", text % {"count": counts.held}))
    if counts.waiting:
        text = ngettext(
            "%(count)s night waits to be sent", "%(count)s nights wait to be sent", counts.waiting
        ) % {"count": counts.waiting}
        if counts.waiting_since:
            since = since_text(counts.waiting_since, timezone.localdate())
            text = _("%(sentence)s since %(time)s") % {"sentence": text, "time": since}
        found.append(Sentence("info", f"{text}."))
    if switched_off := not_sent(connection):
        text = _("Switched off in the settings, so not sent: %(what)s.") % {"what": ", ".join(switched_off)}
        found.append(Sentence("warn", text, about="settings"))
    if not found and counts.last_accepted is None:
        found.append(Sentence("info", _("Nothing has been sent yet.")))
    elif not found and counts.last_accepted:
        text = _("Everything that is on sale was accepted. Last: %(age)s.")
        found.append(Sentence("ok", text % {"age": age_text(counts.last_accepted)}))
    return found


def _sentence(tone: str, text: str, detail: str) -> Sentence:
    return Sentence(tone, f"{text}: {detail}" if detail else f"{text}.")


def sale_stamp(connection: Connection) -> tuple[Any, ...]:
    """What changes whenever something is queued, sent, answered or compared. Four queries by index."""
    unsettled = AvailabilityState.objects.filter(
        connection=connection, date__gte=timezone.localdate()
    ).exclude(state__in=_SETTLED)
    jobs = OutboxJob.objects.filter(connection=connection).aggregate(
        Count("pk"), Sum("version"), Sum("attempts"), Max("changed_at"), Min("not_before")
    )
    return (
        connection.name,
        connection.status,
        sorted(connection.settings.items(), key=str),
        list(unsettled.values_list("state").annotate(Count("pk"), Max("queued_at")).order_by("state")),
        tuple(jobs.values()),
        Exchange.objects.filter(connection=connection).values_list("pk", flat=True).first(),
        connection.runs.values_list("pk", "state").first(),
    )
