"""What the page of rates shows: a month of a property, room type by room type. A fixed number of queries."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from django.db.models import Count
from django.utils.translation import gettext as _

from reservations.availability import NightAvailability, availability_of_types
from reservations.models import DailyRate, Property, RateEdit, RatePlan, RoomType
from reservations.night_marks import NightMark, night_marks
from reservations.rate_cells import NOTHING_SAID, Cell, NightTerms, StoredNight, read_nights
from reservations.rate_wording import price_parts, rules_text
from reservations.wording import money_text

EDITS_SHOWN = 10
#: States of a mark, the worst first.
_BADNESS = ("failed", "waiting", "accepted")

Words = Callable[[NightTerms], tuple[str, str, str, str, str]]


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    is_today: bool
    is_over: bool
    is_weekend: bool

    @property
    def css(self) -> str:
        """The classes of everything in the day's column."""
        marks = (("today", self.is_today), ("over", self.is_over), ("weekend", self.is_weekend))
        return " ".join(name for name, holds in marks if holds)


@dataclass(frozen=True, slots=True)
class AvailabilityNight:
    day: Day
    night: NightAvailability
    marks: Sequence[NightMark]

    @property
    def mark(self) -> NightMark | None:
        """One mark for all: it looks and leads like the worst of them, and says what each of them says."""
        if not self.marks:
            return None
        worst = min(self.marks, key=lambda mark: _BADNESS.index(mark.state))
        return NightMark(", ".join(mark.label for mark in self.marks), worst.state, worst.url)

    @property
    def title(self) -> str:
        """Text such as "3 of 6 free, 1 closed"; "overbooked by 1" when more is sold than there is."""
        night = self.night
        if night.free < 0:
            text = _("overbooked by %(count)s") % {"count": -night.free}
        else:
            text = _("%(free)s of %(rooms)s free") % {"free": night.free, "rooms": night.rooms}
        if night.closed:
            text += ", " + _("%(count)s closed") % {"count": night.closed}
        return text

    @property
    def tone(self) -> str:
        if self.night.free < 0:
            return "overbooked"
        return "full" if self.night.free == 0 else ""


@dataclass(frozen=True, slots=True)
class RateNight:
    """One cell: the short price in two parts, the signs of its rules, the rules in words, and all in words."""

    day: Day
    terms: NightTerms
    price: str
    cents: str
    signs: str
    rules: str
    title: str


@dataclass(frozen=True, slots=True)
class PlanRow:
    plan: RatePlan
    nights: Sequence[RateNight]


@dataclass(frozen=True, slots=True)
class TypeBlock:
    kind: RoomType
    availability: Sequence[AvailabilityNight]
    plans: Sequence[PlanRow]


@dataclass(frozen=True, slots=True)
class MonthGrid:
    house: Property
    days: Sequence[Day]
    blocks: Sequence[TypeBlock]

    @property
    def first(self) -> date:
        return self.days[0].date

    @property
    def has_marks(self) -> bool:
        return any(cell.marks for block in self.blocks for cell in block.availability)


def month_grid(
    *, house: Property, kinds: Sequence[RoomType], plans: Sequence[RatePlan], month: date, today: date
) -> MonthGrid:
    """The month of ``month`` with these room types and rate plans of ``house``.

    Four statements, and one call of every registered source of marks.
    """
    first = month.replace(day=1)
    length = calendar.monthrange(first.year, first.month)[1]
    last = first + timedelta(days=length)
    days = [_day(first + timedelta(days=n), today) for n in range(length)]
    kind_ids, plan_ids = [kind.pk for kind in kinds], [plan.pk for plan in plans]
    free = availability_of_types(kind_ids, first=first, last=last)
    marks = night_marks(house.hotel_id, kind_ids, first, last)
    rates = read_nights(rate_plan_ids=plan_ids, room_type_ids=kind_ids, first=first, last=last)
    words = _words(house.currency)
    blocks = [
        TypeBlock(
            kind,
            [
                AvailabilityNight(day, night, marks.get((kind.pk, day.date), ()))
                for day, night in zip(days, free[kind.pk], strict=True)
            ],
            [PlanRow(plan, _row(plan, kind, days, rates, words)) for plan in plans],
        )
        for kind in kinds
    ]
    return MonthGrid(house, days, blocks)


@dataclass(frozen=True, slots=True)
class EditLine:
    """An edit as the list shows it; ``may_undo`` while no newer edit touched one of its nights."""

    edit: RateEdit
    may_undo: bool


def latest_edits(house: Property, *, length: int = EDITS_SHOWN) -> list[EditLine]:
    """The newest edits of the property's rates, newest first. Two statements."""
    rows = list(
        RateEdit.objects.filter(property=house)
        .select_related("user", "undone_by")
        .defer("before")
        .order_by("-pk")[:length]
    )
    standing = dict(
        DailyRate.objects.filter(edit_id__in=[row.pk for row in rows])
        .order_by()
        .values_list("edit_id")
        .annotate(count=Count("pk"))
    )
    return [EditLine(row, row.undone_at is None and standing.get(row.pk) == row.nights) for row in rows]


def _day(day: date, today: date) -> Day:
    return Day(day, day == today, day < today, day.weekday() in (4, 5))


def _row(
    plan: RatePlan, kind: RoomType, days: Sequence[Day], rates: Mapping[Cell, StoredNight], words: Words
) -> list[RateNight]:
    nights = []
    for day in days:
        stored = rates.get(Cell(plan.pk, kind.pk, day.date))
        terms = stored.terms if stored else NOTHING_SAID
        nights.append(RateNight(day, terms, *words(terms)))
    return nights


def _words(currency: str) -> Words:
    """From terms to the texts of a cell, remembered: a month repeats the same few."""

    @cache
    def words(terms: NightTerms) -> tuple[str, str, str, str, str]:
        price, cents = ("", "") if terms.price is None else price_parts(terms.price)
        rules = rules_text(terms)
        said = [money_text(terms.price, currency) or _("no price"), *rules]
        return price, cents, signs_of(terms), ", ".join(rules), ", ".join(said)

    return words


def signs_of(terms: NightTerms) -> str:
    """Short signs of the rules, such as "2+ ≤7"; the closings are drawn by the cell itself."""
    signs = []
    if terms.minimum_stay:
        signs.append(f"{terms.minimum_stay}+")
    if terms.maximum_stay:
        signs.append(f"≤{terms.maximum_stay}")
    if terms.closed_to_arrival:
        signs.append("⇥")
    if terms.closed_to_departure:
        signs.append("⇤")
    return " ".join(signs)
