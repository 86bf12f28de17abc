"""Changing the rules of cleaning: add, change, remove, undo. Callers check the permission (PLAN_CLEANING).

Each service is one transaction that has locked the hotel. The houses that a change concerns are marked as not planned
in the same transaction, so that they are planned anew even when everything stops right after it; normally that
happens as soon as the change is certain, for a large house in the background.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from functools import partial
from typing import Any

import structlog
from celery import current_app
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cleaning.choices import RuleEditKind, TaskKind
from cleaning.horizon import extend_plans_of
from cleaning.models import Checklist, CleaningHours, CleaningRule, PlannedThrough, RuleEdit
from cleaning.rule_book import Rule
from reservations.locks import lock_hotel
from reservations.models import Hotel, Property, RatePlan, RoomType, Stay

log = structlog.get_logger(__name__)

#: Columns of a rule that are kept with its edits.
COLUMNS = tuple(name for name in Rule.__dataclass_fields__ if name != "pk")
#: Columns that say where a rule applies; a deep cleaning belongs to a room, whoever sleeps there.
SCOPE = ("property_id", "room_type_id", "rate_plan_id", "channel")
#: A hotel with more stays ahead is planned by a worker, so that nobody waits for the page.
STAYS_AT_ONCE = 1500


def packed(rule: CleaningRule | Rule) -> dict[str, Any]:
    """The columns of ``rule`` as JSON values, for its edits."""
    return {name: _as_json(getattr(rule, name)) for name in COLUMNS}


def unpacked(columns: Mapping[str, Any]) -> dict[str, Any]:
    """What :func:`packed` wrote as the values that a rule's columns take."""
    values = {name: columns[name] for name in COLUMNS if name in columns}
    values["kind"] = TaskKind(values["kind"])
    for name in ("starts_at", "ends_at"):
        values[name] = time.fromisoformat(values[name]) if values.get(name) else None
    values["counts_from"] = date.fromisoformat(values["counts_from"]) if values.get("counts_from") else None
    return values


def rule_from(columns: Mapping[str, Any], pk: int = 0) -> Rule:
    """What :func:`packed` wrote as the planner takes it."""
    return Rule(**unpacked(columns), pk=pk)


def as_rule(row: CleaningRule) -> Rule:
    """A row, saved or not, as the planner takes it."""
    return Rule(pk=row.pk or 0, **unpacked(packed(row)))


@transaction.atomic
def save_rule(*, hotel: Hotel, rule: CleaningRule, user_id: int | None, now: datetime) -> RuleEdit | None:
    """Store a new or changed rule of ``hotel``; None when it is stored like that already.

    Raises ``ValidationError`` by field for a scope or checklist of another hotel and for a scope that has a rule of
    the kind already, ``DoesNotExist`` when the rule that is changed is gone.
    """
    lock_hotel(hotel.pk)
    rule.hotel = hotel
    before = packed(CleaningRule.objects.of(hotel).get(pk=rule.pk)) if rule.pk else None
    after = packed(rule)
    if before == after:
        return None
    check_rule(hotel, rule)
    rule.save()
    kind = RuleEditKind.CHANGED if before else RuleEditKind.ADDED
    edit = RuleEdit.objects.create(
        hotel=hotel, user_id=user_id, at=now, what=kind, rule_id=rule.pk, before=before, after=after
    )
    plan_anew(hotel.pk, _houses(before, after), now)
    return edit


@transaction.atomic
def remove_rule(*, hotel: Hotel, rule_id: int, user_id: int | None, now: datetime) -> RuleEdit:
    """Remove a rule; what it said is kept and can be brought back. Raises ``DoesNotExist``."""
    lock_hotel(hotel.pk)
    rule = CleaningRule.objects.of(hotel).get(pk=rule_id)
    before = packed(rule)
    rule.delete()
    edit = RuleEdit.objects.create(
        hotel=hotel, user_id=user_id, at=now, what=RuleEditKind.REMOVED, rule_id=rule_id, before=before
    )
    plan_anew(hotel.pk, _houses(before, None), now)
    return edit


@transaction.atomic
def undo_rule_edit(*, hotel: Hotel, edit_id: int, now: datetime) -> RuleEdit:
    """Give a rule back what it said before the edit. Undoing again changes nothing.

    Raises ``DoesNotExist``, and ``ValidationError`` with a sentence when the rule was changed since or what it was
    about is gone.
    """
    lock_hotel(hotel.pk)
    edit = RuleEdit.objects.of(hotel).get(pk=edit_id)
    if edit.undone_at is not None:
        return edit
    rule = CleaningRule.objects.of(hotel).filter(pk=edit.rule_id).first()
    if (packed(rule) if rule else None) != edit.after:
        raise ValidationError(_("This rule was changed since. Undo the later change first."))
    if edit.before is None:
        if rule is not None:
            rule.delete()
    else:
        again = CleaningRule(pk=edit.rule_id, hotel=hotel, **unpacked(edit.before))
        check_rule(hotel, again)
        again.save()
    edit.undone_at = now
    edit.save(update_fields=["undone_at"])
    plan_anew(hotel.pk, _houses(edit.before, edit.after), now)
    return edit


@transaction.atomic
def save_hours(*, hotel: Hotel, house: Property, starts_at: time, ends_at: time, now: datetime) -> None:
    """Set when people clean in ``house`` (local time). Raises ``ValidationError``; the same again writes nothing."""
    lock_hotel(hotel.pk)
    if house.hotel_id != hotel.pk:
        raise ValidationError({"property": _("This belongs to another hotel.")})
    if ends_at <= starts_at:
        raise ValidationError({"ends_at": _("Cleaning must end later than it starts.")})
    hours = CleaningHours.objects.filter(property=house).first() or CleaningHours(hotel=hotel, property=house)
    if hours.pk and (hours.starts_at, hours.ends_at) == (starts_at, ends_at):
        return
    hours.starts_at, hours.ends_at = starts_at, ends_at
    hours.save()
    plan_anew(hotel.pk, [house.pk], now)


def check_rule(hotel: Hotel, rule: CleaningRule) -> None:
    """Raise ``ValidationError`` for a rule that cannot be stored as it is. A fixed number of queries (up to five)."""
    owned = (
        ("property", Property, rule.property_id),
        ("room_type", RoomType, rule.room_type_id),
        ("rate_plan", RatePlan, rule.rate_plan_id),
        ("checklist", Checklist, rule.checklist_id),
    )
    for name, model, pk in owned:
        if pk is not None and not model.objects.of(hotel).filter(pk=pk).exists():
            raise ValidationError({name: _("This is not there any more.")})
    if rule.kind == TaskKind.DEEP and (rule.rate_plan_id or rule.channel):
        raise ValidationError(_("A deep cleaning belongs to a room, not to a booking."))
    if rule.starts_at and rule.ends_at and rule.ends_at <= rule.starts_at:
        raise ValidationError({"ends_at": _("Cleaning must end later than it starts.")})
    same = CleaningRule.objects.of(hotel).filter(
        kind=rule.kind, **{name: getattr(rule, name) for name in SCOPE if getattr(rule, name) is not None}
    )
    same = same.filter(**{f"{name}__isnull": True for name in SCOPE if getattr(rule, name) is None})
    if same.exclude(pk=rule.pk).exists():
        raise ValidationError(_("There is a rule for exactly this already. Change that one."))


def is_planned_at_once(hotel: Hotel, now: datetime) -> bool:
    """Whether the hotel is small enough to be planned anew while the page waits. One query."""
    ahead = Stay.objects.of(hotel).filter(departure__gte=timezone.localdate(now)).order_by()
    return len(ahead.values_list("pk")[: STAYS_AT_ONCE + 1]) <= STAYS_AT_ONCE


def may_undo(edit: RuleEdit, rules: Mapping[int, CleaningRule]) -> bool:
    """Whether the rule still is what the edit made of it; ``rules`` are the hotel's present ones by number."""
    rule = rules.get(edit.rule_id)
    return edit.undone_at is None and (packed(rule) if rule else None) == edit.after


def _houses(*states: Mapping[str, Any] | None) -> list[int]:
    """The properties that the states of a rule name; empty for "all"."""
    named = [state["property_id"] for state in states if state is not None]
    return [] if None in named else sorted(set(named))


def plan_anew(hotel_id: int, property_ids: Collection[int], now: datetime) -> None:
    """Mark houses (without numbers: all of the hotel) as not planned, and plan them once that is certain."""
    planned = PlannedThrough.objects.filter(hotel_id=hotel_id)
    if property_ids:
        planned = planned.filter(property_id__in=property_ids)
    planned.delete()
    transaction.on_commit(partial(_plan_when_certain, hotel_id, now))


def _plan_when_certain(hotel_id: int, now: datetime) -> None:
    hotel = Hotel.objects.filter(pk=hotel_id).first()
    if hotel is None:
        return
    if is_planned_at_once(hotel, now):
        extend_plans_of(hotel_id=hotel_id, now=now)
        return
    try:
        current_app.send_task("cleaning.tasks.extend_plans", retry=False)
    except Exception as error:  # whatever the broker's library raises, the next scheduled run plans the house
        log.warning("nudge lost", task="extend_plans", error=type(error).__name__)


def _as_json(value: Any) -> Any:
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, TaskKind) else value
