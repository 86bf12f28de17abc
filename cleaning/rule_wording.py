"""Rules of cleaning in words: where one holds, what it asks for, and what looks wrong with the rules of a hotel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time

from babel.dates import format_time
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cleaning.choices import RULED_KINDS, TaskKind
from cleaning.models import Checklist, RuleEdit
from cleaning.rule_book import DEFAULT_RULES, Rule, RuleBook, Scope
from cleaning.rules import rule_from
from reservations.channels import channel_name
from reservations.models import Hotel, Property, RatePlan, RoomType
from reservations.wording import active_locale, date_text


@dataclass(frozen=True, slots=True)
class Names:
    """The words for the numbers in rules. A thing that is gone is called so."""

    houses: Mapping[int, str] = field(default_factory=dict)
    room_types: Mapping[int, RoomType] = field(default_factory=dict)
    rate_plans: Mapping[int, RatePlan] = field(default_factory=dict)
    checklists: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, hotel: Hotel) -> Names:
        """The words of one hotel. Four queries."""
        return cls(
            {house.pk: house.name for house in Property.objects.of(hotel)},
            {kind.pk: kind for kind in RoomType.objects.of(hotel).order_by("name", "pk")},
            {plan.pk: plan for plan in RatePlan.objects.of(hotel)},
            {checklist.pk: checklist.name for checklist in Checklist.objects.of(hotel)},
        )

    def house(self, pk: int) -> str:
        return self.houses.get(pk, _("a property that is gone"))

    def room_type(self, pk: int) -> str:
        kind = self.room_types.get(pk)
        return kind.name if kind else _("a room type that is gone")

    def rate_plan(self, pk: int) -> str:
        plan = self.rate_plans.get(pk)
        return plan.name if plan else _("a rate plan that is gone")

    def in_house(self, name: str, property_id: int | None) -> str:
        """``name`` with its property, in a hotel of several."""
        several = len(self.houses) > 1 and property_id in self.houses
        return f"{name} ({self.houses[property_id]})" if several and property_id is not None else name


def scope_text(rule: Rule, names: Names) -> str:
    """Where a rule holds: "Rate Eco · Booking.com", "Everywhere"."""
    parts = []
    if rule.rate_plan_id is not None:
        plan = names.rate_plans.get(rule.rate_plan_id)
        owner = plan.property_id if plan and rule.property_id is None else None
        parts.append(_("Rate %(name)s") % {"name": names.in_house(names.rate_plan(rule.rate_plan_id), owner)})
    if rule.channel:
        parts.append(channel_name(rule.channel))
    if rule.room_type_id is not None:
        kind = names.room_types.get(rule.room_type_id)
        owner = kind.property_id if kind and rule.property_id is None else None
        parts.append(names.in_house(names.room_type(rule.room_type_id), owner))
    if rule.property_id is not None:
        parts.append(names.house(rule.property_id))
    return " · ".join(parts) or _("Everywhere")


def rule_text(rule: Rule, names: Names | None = None) -> str:
    """What a rule asks for: "60 minutes, not before 10:00, inspected"."""
    if not rule.is_wanted:
        return _NOT_WANTED[rule.kind]()
    words = [*_when_words(rule), _minutes(rule.minutes)]
    if rule.slip_days:
        text = ngettext("may wait %(days)s day", "may wait up to %(days)s days", rule.slip_days)
        words.append(text % {"days": rule.slip_days})
    if rule.starts_at:
        words.append(_("not before %(time)s") % {"time": clock_text(rule.starts_at)})
    if rule.ends_at:
        words.append(_("ready by %(time)s") % {"time": clock_text(rule.ends_at)})
    if rule.is_inspected:
        words.append(_("inspected"))
    if rule.checklist_id and names and rule.checklist_id in names.checklists:
        words.append(_("checklist %(name)s") % {"name": names.checklists[rule.checklist_id]})
    return ", ".join(words)


_NOT_WANTED = {
    TaskKind.DEPARTURE: lambda: _("no cleaning when guests leave"),
    TaskKind.STAY_OVER: lambda: _("no cleaning during the stay"),
    TaskKind.LINEN: lambda: _("no linen change"),
    TaskKind.ARRIVAL_CHECK: lambda: _("no check before arrival"),
    TaskKind.DEEP: lambda: _("no deep cleaning"),
}


def _when_words(rule: Rule) -> list[str]:
    words = []
    if rule.kind in (TaskKind.STAY_OVER, TaskKind.LINEN):
        if not rule.every_days:
            return [_("never")]
        words.append(_every_days(rule.every_days))
        if rule.first_day and rule.first_day != rule.every_days:
            words.append(_("for the first time on day %(day)s") % {"day": rule.first_day})
        if rule.shortest_stay:
            text = ngettext(
                "for stays of at least %(nights)s night",
                "for stays of at least %(nights)s nights",
                rule.shortest_stay,
            )
            words.append(text % {"nights": rule.shortest_stay})
    elif rule.kind == TaskKind.ARRIVAL_CHECK:
        if not rule.after_empty_days:
            return [_("never")]
        text = ngettext(
            "when the room was empty for %(days)s day",
            "when the room was empty for %(days)s days",
            rule.after_empty_days,
        )
        words.append(text % {"days": rule.after_empty_days})
    elif rule.kind == TaskKind.DEEP:
        due = [_every_days(rule.every_days)] if rule.every_days else []
        if rule.every_departures:
            text = ngettext("every %(count)s departure", "every %(count)s departures", rule.every_departures)
            due.append(text % {"count": rule.every_departures})
        words.append(_(" or ").join(due) or _("never"))
        if rule.counts_from:
            words.append(_("counted from %(day)s") % {"day": date_text(rule.counts_from)})
    return words


def _every_days(days: int) -> str:
    if days == 1:
        return _("every day")
    return ngettext("every %(days)s day", "every %(days)s days", days) % {"days": days}


def _minutes(minutes: int) -> str:
    return ngettext("%(minutes)s minute", "%(minutes)s minutes", minutes) % {"minutes": minutes}


def clock_text(clock: time) -> str:
    """An hour as the reader writes it: "15:00"."""
    return format_time(clock, "short", locale=active_locale())


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule on the page. The default of a kind has no number and cannot be changed, only overruled."""

    rule: Rule
    where: str
    what: str
    warning: str = ""

    @property
    def is_default(self) -> bool:
        return not self.rule.pk


@dataclass(frozen=True, slots=True)
class KindGroup:
    """The rules of one kind, the closest first, and what holds where none of them fits."""

    kind: TaskKind
    lines: Sequence[RuleLine]


def groups_of(rules: Iterable[Rule], names: Names) -> list[KindGroup]:
    """All rules by kind in the order in which they win, each with what looks wrong. No query."""
    book = RuleBook(rules)
    groups = []
    for kind in RULED_KINDS:
        own = book.of_kind(kind)
        lines = [
            RuleLine(rule, scope_text(rule, names), rule_text(rule, names), warning_of(rule, book, names))
            for rule in own
        ]
        if not any(rule.closeness == 0 for rule in own):
            default = DEFAULT_RULES[kind]
            lines.append(
                RuleLine(default, _("Everywhere else") if own else _("Everywhere"), rule_text(default))
            )
        groups.append(KindGroup(kind, lines))
    return groups


def warning_of(rule: Rule, book: RuleBook, names: Names) -> str:
    """What looks wrong with a rule, as a sentence; empty when nothing does."""
    if not can_win(rule, book, names):
        return _("This rule never applies: closer rules, or its own parts, leave nothing to it.")
    if rule.kind == TaskKind.DEPARTURE and not rule.is_wanted:
        return _("Rooms are not cleaned when these guests leave.")
    if not rule.is_wanted:
        return ""
    if rule.kind in (TaskKind.STAY_OVER, TaskKind.LINEN) and not rule.every_days:
        return _("Without a number of days there is never a task.")
    if rule.kind == TaskKind.ARRIVAL_CHECK and not rule.after_empty_days:
        return _("Without a number of days there is never a check.")
    if rule.kind == TaskKind.DEEP and not (rule.every_days or rule.every_departures):
        return _("Without a number of days or departures there is never a deep cleaning.")
    if rule.kind == TaskKind.DEEP and rule.counts_from is None:
        return _("Give a day to count from: rooms without a recorded deep cleaning get none until then.")
    return ""


def can_win(rule: Rule, book: RuleBook, names: Names) -> bool:
    """Whether there is a room type of the hotel for which ``rule`` is the closest; true while there are none."""
    if not names.room_types:
        return True
    if rule.kind == TaskKind.DEEP and (rule.rate_plan_id is not None or rule.channel):
        return False
    plan = names.rate_plans.get(rule.rate_plan_id or 0)
    for kind in names.room_types.values():
        scope = Scope(kind.property_id, kind.pk, rule.rate_plan_id, rule.channel)
        sold_there = plan is None or plan.property_id == kind.property_id
        if sold_there and rule.fits(scope) and book.rule(rule.kind, scope) == rule:
            return True
    return False


@dataclass(frozen=True, slots=True)
class EditLine:
    """One change on the page, with the words before and after."""

    edit: RuleEdit
    kind: str
    where: str
    before: str
    after: str
    may_undo: bool


def edit_line(edit: RuleEdit, names: Names, *, may_undo: bool) -> EditLine:
    """An edit in words. No query."""
    before = rule_from(edit.before) if edit.before else None
    after = rule_from(edit.after) if edit.after else None
    shown = after or before
    if shown is None:
        return EditLine(edit, "", "", "", "", may_undo)
    where = scope_text(shown, names)
    moved = before is not None and after is not None and scope_text(before, names) != where
    before_text = rule_text(before, names) if before else ""
    if moved and before is not None:
        before_text = f"{scope_text(before, names)}: {before_text}"
    return EditLine(
        edit,
        str(shown.kind.label),
        where,
        before_text,
        rule_text(after, names) if after else "",
        may_undo,
    )
