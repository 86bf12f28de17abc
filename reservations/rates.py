"""Setting what nights cost and who may book them: ranges, copies, and taking either back.

Every function is one transaction that has locked the hotel, and uses a fixed number of statements, apart from one for
every thousand nights it writes. What is refused is a
``ValidationError`` with a sentence, by the name of the argument it is about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reservations.events import RatesChanged, rates_changed
from reservations.locks import lock_hotel
from reservations.models import Hotel, Property, RateEdit, RatePlan, RoomType
from reservations.rate_cells import (
    NOTHING_SAID,
    ONE_DAY,
    Cell,
    Nights,
    NightTerms,
    StoredNight,
    packed,
    read_nights,
    unpacked,
    write_nights,
)
from reservations.rate_changes import EVERY_DAY, Percent, RateChange, check_nights, check_percent, moved_price
from reservations.rate_choices import RateEditKind
from reservations.wording import age_text

#: The longest range of dates of one edit, and the most nights of all plans and types together.
MOST_DAYS = 2 * 366
MOST_NIGHTS = 20_000
#: Nights farther away than this have no rates.
FARTHEST = timedelta(days=10 * 366)


@dataclass(frozen=True, slots=True)
class Draft:
    """What an edit would do: the nights that become different, as they are and as they will be."""

    house: Property
    before: Nights
    after: dict[Cell, NightTerms]
    asked: dict[str, Any]
    #: Nights of the range that have no price yet, so that a percentage or an amount leaves them without.
    without_price: int = 0

    @property
    def nights(self) -> int:
        return len(self.after)


def draft_change(
    *,
    hotel: Hotel,
    rate_plans: Sequence[RatePlan],
    room_types: Sequence[RoomType],
    first: date,
    last: date,
    changes: RateChange,
    weekdays: Collection[int] = EVERY_DAY,
) -> Draft:
    """What :func:`change_rates` would do now, without doing it. One statement."""
    house = _house_of(hotel, rate_plans, room_types)
    _check_length(house, first, last)
    _check_target(house, first, name="first")
    _check_amount((last - first).days + 1, len(rate_plans) * len(room_types))
    changes.check(house.currency)
    days = [day for day in _days(first, last) if day.weekday() in weekdays]
    if not days:
        raise ValidationError({"weekdays": _("None of these weekdays lies between the two dates.")})
    stored = read_nights(
        rate_plan_ids=[plan.pk for plan in rate_plans],
        room_type_ids=[kind.pk for kind in room_types],
        first=first,
        last=last + ONE_DAY,
    )
    wanted: dict[Cell, NightTerms] = {}
    becomes: dict[NightTerms, NightTerms] = {}
    without_price = 0
    for plan in rate_plans:
        for kind in room_types:
            for day in days:
                cell = Cell(plan.pk, kind.pk, day)
                terms = stored[cell].terms if cell in stored else NOTHING_SAID
                if terms not in becomes:
                    becomes[terms] = changes.applied_to(terms, house.currency)
                wanted[cell] = becomes[terms]
                without_price += terms.price is None and wanted[cell].price is None
    asked = {
        "plans": [plan.name for plan in rate_plans],
        "types": [kind.name for kind in room_types],
        "first": first.isoformat(),
        "last": last.isoformat(),
        "weekdays": sorted(set(weekdays)) if len(set(weekdays)) < 7 else [],
        "changes": changes.as_json(),
    }
    moves_prices = not isinstance(changes.price, Decimal) and "price" in asked["changes"]
    return _draft(house, stored, wanted, asked, without_price if moves_prices else 0)


@transaction.atomic
def change_rates(
    *,
    hotel: Hotel,
    user: Any,
    rate_plans: Sequence[RatePlan],
    room_types: Sequence[RoomType],
    first: date,
    last: date,
    changes: RateChange,
    weekdays: Collection[int] = EVERY_DAY,
) -> RateEdit:
    """Apply ``changes`` to every night from ``first`` to ``last``, both included, of all these plans and types.

    ``weekdays`` (Monday 0) narrows the dates. Plans and types are of one property of ``hotel``; ``first`` is not
    before today there. Only nights that become different are written. Raises ``ValidationError``.
    """
    lock_hotel(hotel.pk)
    draft = draft_change(
        hotel=hotel,
        rate_plans=rate_plans,
        room_types=room_types,
        first=first,
        last=last,
        changes=changes,
        weekdays=weekdays,
    )
    return _enter(hotel, user, RateEditKind.RANGE, draft)


def draft_copy(
    *,
    hotel: Hotel,
    source: RatePlan,
    target: RatePlan,
    room_types: Sequence[tuple[RoomType, RoomType]],
    first: date,
    last: date,
    target_first: date,
    percent: Decimal | None = None,
) -> Draft:
    """What :func:`copy_rates` would do now, without doing it. Two statements."""
    kinds = [kind for pair in room_types for kind in pair]
    house = _house_of(hotel, [source, target], kinds)
    _check_length(house, first, last)
    _check_target(house, target_first, name="target_first")
    _check_amount((last - first).days + 1, len(room_types))
    shift = target_first - first
    if percent is not None and (problem := check_percent(percent)):
        raise ValidationError({"percent": problem})
    found = read_nights(
        rate_plan_ids=[source.pk],
        room_type_ids=[kind.pk for kind, _to in room_types],
        first=first,
        last=last + ONE_DAY,
    )
    if not found:
        raise ValidationError(_("There are no rates in these nights to copy."), code="nothing")
    stored = read_nights(
        rate_plan_ids=[target.pk],
        room_type_ids=[to.pk for _kind, to in room_types],
        first=target_first,
        last=last + shift + ONE_DAY,
    )
    targets: dict[int, list[int]] = {}
    for kind, to in room_types:
        targets.setdefault(kind.pk, []).append(to.pk)
    wanted: dict[Cell, NightTerms] = {}
    for cell, night in found.items():
        terms = night.terms
        if percent is not None:
            terms = terms._replace(price=moved_price(terms.price, Percent(percent), house.currency))
        for to_id in targets[cell.room_type_id]:
            wanted[Cell(target.pk, to_id, cell.date + shift)] = terms
    asked = {
        "source": source.name,
        "target": target.name,
        "types": [[kind.name, to.name] for kind, to in room_types],
        "first": first.isoformat(),
        "last": last.isoformat(),
        "target_first": target_first.isoformat(),
        "percent": None if percent is None else str(percent),
    }
    return _draft(house, stored, wanted, asked)


@transaction.atomic
def copy_rates(
    *,
    hotel: Hotel,
    user: Any,
    source: RatePlan,
    target: RatePlan,
    room_types: Sequence[tuple[RoomType, RoomType]],
    first: date,
    last: date,
    target_first: date,
    percent: Decimal | None = None,
) -> RateEdit:
    """Copy prices and rules of ``source`` from ``first`` to ``last``, both included, to as many nights of ``target``.

    ``room_types`` are pairs (from, to); ``target_first`` is the night that becomes like ``first``; ``percent`` makes
    the copied prices higher or lower. Nights without a row are not copied: what the target has there stays. All are
    of one property of ``hotel``. Raises ``ValidationError``.
    """
    lock_hotel(hotel.pk)
    draft = draft_copy(
        hotel=hotel,
        source=source,
        target=target,
        room_types=room_types,
        first=first,
        last=last,
        target_first=target_first,
        percent=percent,
    )
    return _enter(hotel, user, RateEditKind.COPY, draft)


@transaction.atomic
def undo(*, hotel: Hotel, user: Any, edit_id: int) -> RateEdit:
    """Put every night of an edit back to exactly what it was.

    Raises ``RateEdit.DoesNotExist`` for an edit that is not of ``hotel``, and ``ValidationError`` when it is undone
    already or when a newer edit touched one of its nights, which then has to be undone first.
    """
    lock_hotel(hotel.pk)
    edit = RateEdit.objects.of(hotel).select_related("property").get(pk=edit_id)
    if edit.undone_at is not None:
        raise ValidationError(_("This change is undone already."))
    before = unpacked(edit.before)
    if edit.rates.count() != len(before):
        raise ValidationError(_why_not(edit))
    write_nights(
        hotel_id=hotel.pk, nights={cell: night for cell, night in before.items() if night is not None}
    )
    # What still names this edit had no row before.
    edit.rates.all().delete()
    edit.undone_at, edit.undone_by = timezone.now(), user
    edit.save(update_fields=["undone_at", "undone_by"])
    _announce(hotel.pk, before)
    return edit


def _why_not(edit: RateEdit) -> str:
    newer = (
        RateEdit.objects.filter(
            property_id=edit.property_id,
            pk__gt=edit.pk,
            undone_at=None,
            first__lt=edit.last,
            last__gt=edit.first,
        )
        .order_by("-pk")
        .first()
    )
    if newer is None:
        return _("This change cannot be undone: its rate plan or room type is no longer there.")
    return _("Some of these nights were changed again %(age)s. Undo that change first.") % {
        "age": age_text(newer.at)
    }


def _house_of(hotel: Hotel, rate_plans: Sequence[RatePlan], room_types: Sequence[RoomType]) -> Property:
    """The property that all of these belong to."""
    if not rate_plans:
        raise ValidationError({"rate_plans": _("Choose at least one rate plan.")})
    if not room_types:
        raise ValidationError({"room_types": _("Choose at least one room type.")})
    rows: list[RatePlan | RoomType] = [*rate_plans, *room_types]
    if {row.hotel_id for row in rows} != {hotel.pk}:
        raise ValidationError(_("This belongs to another hotel."))
    if len({row.property_id for row in rows}) != 1:
        raise ValidationError(_("Rate plans and room types must be of one property."))
    return rate_plans[0].property


def _check_length(house: Property, first: date, last: date) -> None:
    if last < first:
        raise ValidationError({"last": _("The last night is before the first.")})
    if (last - first).days >= MOST_DAYS:
        raise ValidationError({"last": _("At most two years at once.")})
    if last > _today(house) + FARTHEST:
        raise ValidationError({"last": _("At most ten years ahead.")})


def _check_target(house: Property, first: date, *, name: str) -> None:
    """Refuse, by the argument ``name``, to begin with a night that is over or too far ahead."""
    today = _today(house)
    if first < today:
        raise ValidationError({name: _("This night is over: start today or later.")})
    if first > today + FARTHEST:
        raise ValidationError({name: _("At most ten years ahead.")})


def _check_amount(days: int, cells_a_day: int) -> None:
    if days * cells_a_day > MOST_NIGHTS:
        message = _("These are %(nights)s nights, more than %(most)s at once. Choose fewer.")
        raise ValidationError(message % {"nights": days * cells_a_day, "most": MOST_NIGHTS})


def _today(house: Property) -> date:
    return timezone.localtime(timezone.now(), house.zone).date()


def _draft(
    house: Property,
    stored: dict[Cell, StoredNight],
    wanted: dict[Cell, NightTerms],
    asked: dict[str, Any],
    without_price: int = 0,
) -> Draft:
    before: Nights = {}
    after: dict[Cell, NightTerms] = {}
    for cell, terms in wanted.items():
        night = stored.get(cell)
        if terms != (night.terms if night else NOTHING_SAID):
            before[cell] = night
            after[cell] = terms
    check_nights((cell.date, terms) for cell, terms in after.items())
    return Draft(house, before, after, asked, without_price)


def _enter(hotel: Hotel, user: Any, kind: RateEditKind, draft: Draft) -> RateEdit:
    """Write the draft, remember it as an edit and tell of it."""
    if not draft.after:
        raise ValidationError(_("Nothing would change: these nights are like that already."), code="nothing")
    first, last = _span(draft.after)
    edit = RateEdit.objects.create(
        hotel=hotel,
        property=draft.house,
        user=user,
        at=timezone.now(),
        kind=kind,
        asked=draft.asked,
        first=first,
        last=last,
        nights=draft.nights,
        before=packed(draft.before),
    )
    write_nights(
        hotel_id=hotel.pk,
        nights={cell: StoredNight(terms, edit.pk) for cell, terms in draft.after.items()},
    )
    _announce(hotel.pk, draft.after)
    return edit


def _announce(hotel_id: int, cells: Collection[Cell]) -> None:
    first, last = _span(cells)
    kinds = frozenset((cell.rate_plan_id, cell.room_type_id) for cell in cells)
    rates_changed.send(sender=None, change=RatesChanged(hotel_id, kinds, first, last))


def _span(cells: Collection[Cell]) -> tuple[date, date]:
    """The first night and the day after the last one."""
    return min(cell.date for cell in cells), max(cell.date for cell in cells) + ONE_DAY


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
