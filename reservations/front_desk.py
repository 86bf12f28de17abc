"""What the desk sees of guests: who came, who left, who did not come; and taking that back.

Every function is one transaction that has locked the hotel, and pressing twice is the same as pressing once. What was
seen is kept beside what channels tell (:mod:`reservations.desk_facts`), so that neither makes the other forgotten.
A refusal is a ``ValidationError`` with a sentence for the person; its ``code`` says what would help:

* ``early``, ``occupied``: ``force`` does it anyway;
* ``room``: name another room;
* ``overbooked``: the conflict has to be solved first;
* ``state``: nothing, that cannot be done with this stay.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reservations.change_log import Cause
from reservations.choices import (
    GUEST_STATUSES,
    HOLDING_STATUSES,
    ChangeKind,
    DeskState,
    RoomChoice,
    StayState,
    StayStatus,
)
from reservations.desk_facts import with_desk_facts
from reservations.free_rooms import obstacles, still_inside
from reservations.locks import lock_hotel
from reservations.merge import DesiredStay
from reservations.models import Hotel, Property, Room, Stay, StayNight
from reservations.rearranging import StayEdit, rearrange
from reservations.split_stays import cut
from reservations.stay_layout import guest_of
from reservations.told_stays import told_stay
from reservations.visits import Visit, visit_of
from reservations.wording import date_text

ONE_DAY = timedelta(days=1)

Values = dict[str, Any]


@transaction.atomic
def check_in(
    *, hotel: Hotel, user: Any, stay_id: int, room_id: int | None = None, force: bool = False
) -> Stay:
    """The guest is here. ``room_id`` names another room than the one that was given, free for all the nights.

    ``force`` lets a guest in on the day before the arrival, and into a room that another has not left yet.
    Raises ``Stay.DoesNotExist`` for another hotel's stay.
    """
    act = _begin(hotel, user, stay_id)
    head = act.visit.head
    if head.desk_state == DeskState.IN_HOUSE:
        return head
    _must_be_expected(act)
    if act.today < act.visit.arrival and not (force and act.today + ONE_DAY == act.visit.arrival):
        _refuse(_("The stay begins only on %(day)s.") % {"day": date_text(act.visit.arrival)}, "early")
    if act.today >= act.visit.departure:
        sentence = _("The stay was booked until %(day)s. Change its dates first.")
        _refuse(sentence % {"day": date_text(act.visit.departure)}, "state")
    part = act.visit.part_on(act.today)
    _give_room(act, part, room_id)
    if part.room is not None and not force:
        _must_be_empty(act, part.room)
    head.desk_state, head.checked_in_at = DeskState.IN_HOUSE, act.now
    act.store(ChangeKind.ARRIVED, _present_values(act.visit))
    return head


@transaction.atomic
def check_out(*, hotel: Hotel, user: Any, stay_id: int) -> Stay:
    """The guest has left. Before the booked departure, the nights from today on are free; one night always counts."""
    act = _begin(hotel, user, stay_id)
    head = act.visit.head
    if head.desk_state == DeskState.DEPARTED:
        return head
    if head.desk_state != DeskState.IN_HOUSE and head.status not in GUEST_STATUSES:
        _refuse(_("No guest is expected for this stay: %(status)s.") % _status(head), "state")
    if act.today < act.visit.arrival:
        sentence = _("The stay begins only on %(day)s. Take the check-in back instead.")
        _refuse(sentence % {"day": date_text(act.visit.arrival)}, "state")
    head.desk_state, head.checked_out_at = DeskState.DEPARTED, act.now
    if act.today < act.visit.departure:
        head.left_on = act.today
    act.store(ChangeKind.LEFT, _present_values(act.visit))
    return head


@transaction.atomic
def no_show(*, hotel: Hotel, user: Any, stay_id: int) -> Stay:
    """The guest did not come, from the day of arrival on: the room is free for all nights at once."""
    act = _begin(hotel, user, stay_id)
    head = act.visit.head
    if head.desk_state == DeskState.NO_SHOW:
        return head
    _must_be_expected(act)
    if act.today < act.visit.arrival:
        sentence = _("The guest may still come: the stay begins only on %(day)s.")
        _refuse(sentence % {"day": date_text(act.visit.arrival)}, "state")
    head.desk_state = DeskState.NO_SHOW
    act.store(ChangeKind.NO_SHOW, _present_values(act.visit))
    return head


@transaction.atomic
def take_back(*, hotel: Hotel, user: Any, stay_id: int) -> Stay:
    """Undo the last of check-in, check-out and no-show; nights that were freed by it are held again.

    Refused with a sentence that says who has the room, when it was given to somebody else since.
    """
    act = _begin(hotel, user, stay_id)
    head = act.visit.head
    if not head.desk_state:
        return head
    undone = head.desk_state
    if undone == DeskState.DEPARTED:
        head.desk_state = DeskState.IN_HOUSE if head.checked_in_at else ""
        head.checked_out_at = head.left_on = None
    else:
        head.desk_state, head.checked_in_at = "", None
    told = told_stay(head)
    values = _told_values(act.visit, told)
    _must_be_free_again(act.visit, values)
    act.store(ChangeKind.RESTORED if undone == DeskState.NO_SHOW else ChangeKind.CHANGED, values)
    if told is not None:
        _price_again(act.visit, told)
    return head


@dataclass(slots=True)
class _Act:
    """One action: the visit as it becomes, and its parts as they were."""

    hotel: Hotel
    user: Any
    visit: Visit
    before: dict[int, Stay]
    now: datetime
    today: date

    def store(self, kind: ChangeKind, values: Values) -> None:
        """Give all parts what follows from ``values`` of the whole stay and from what the desk saw."""
        head, *parts = self.visit.parts
        wanted, too_many = cut(head, parts, with_desk_facts(head, values))
        for row, own in wanted:
            for name, value in own.items():
                setattr(row, name, value)
        rearrange(
            hotel_id=self.hotel.pk,
            cause=Cause(self.now, self.user.pk),
            edits=[StayEdit(row, self.before[row.pk], kind) for row, _values in wanted],
            removed=too_many,
        )


def _begin(hotel: Hotel, user: Any, stay_id: int) -> _Act:
    lock_hotel(hotel.pk)
    visit, now = visit_of(hotel, stay_id), timezone.now()
    house = visit.head.property or Property.objects.of(hotel).first()
    today = house.today(now) if house else now.date()
    return _Act(hotel, user, visit, {part.pk: copy(part) for part in visit.parts}, now, today)


def _refuse(sentence: str, code: str) -> NoReturn:
    raise ValidationError(sentence, code=code)


def _status(stay: Stay) -> dict[str, str]:
    return {"status": str(StayStatus(stay.status).label).lower()}


def _must_be_expected(act: _Act) -> None:
    head = act.visit.head
    if head.desk_state == DeskState.IN_HOUSE:
        _refuse(_("The guest is in house. Take the check-in back first."), "state")
    if head.desk_state == DeskState.DEPARTED:
        _refuse(_("The guest has left. Take the check-out back first."), "state")
    if head.desk_state == DeskState.NO_SHOW:
        _refuse(_("This stay was marked as no-show. Take that back first."), "state")
    if head.state == StayState.DEPARTED:
        _refuse(_("The channel says that the guest has left."), "state")
    if head.status not in GUEST_STATUSES:
        _refuse(_("No guest is expected for this stay: %(status)s.") % _status(head), "state")


def _give_room(act: _Act, part: Stay, room_id: int | None) -> None:
    """Put ``part`` into the room that was named; without one, its own has to do."""
    if room_id is None or (room_id == part.room_id and not part.overbooked):
        if part.overbooked:
            sentence = _("%(guest)s has no room: another guest holds it. Find a way out first.")
            _refuse(sentence % {"guest": guest_of(part)}, "overbooked")
        if part.room_id is None:
            _refuse(_("%(guest)s has no room yet. Choose one.") % {"guest": guest_of(part)}, "room")
        return
    in_use = Room.objects.of(act.hotel).filter(property=part.property, is_active=True)
    room = in_use.filter(pk=room_id).first()
    if room is None:
        _refuse(_("Choose a room of the property that is in use."), "room")
    standing = obstacles(
        hotel_id=act.hotel.pk,
        room_ids=[room.pk],
        first=part.arrival,
        last=part.departure,
        without=act.visit.ids,
    )
    if standing:
        words = {"room": room.name, "reason": standing[room.pk][0].sentence}
        _refuse(_("%(room)s is not free for the whole stay: %(reason)s.") % words, "room")
    part.room, part.room_choice, part.overbooked = room, RoomChoice.PERSON, False


def _must_be_empty(act: _Act, room: Room) -> None:
    inside = still_inside(hotel_id=act.hotel.pk, room_ids=[room.pk], today=act.today, without=act.visit.ids)
    if inside:
        words = {"guest": inside[room.pk], "room": room.name}
        _refuse(_("%(guest)s has not checked out of %(room)s yet.") % words, "occupied")


def _present_values(visit: Visit) -> Values:
    head = visit.head
    return {
        "arrival": visit.arrival,
        "departure": visit.departure,
        "status": head.status,
        "state": head.state,
        "told_room_id": head.told_room_id,
        "room_type_id": head.room_type_id,
    }


def _told_values(visit: Visit, told: DesiredStay | None) -> Values:
    """The whole stay as if the desk had seen nothing; what nobody tells any more stays as it is."""
    values = _present_values(visit)
    if told is None:
        values["state"] = str(StayState.EXPECTED)
        if values["status"] == StayStatus.NO_SHOW:
            values["status"] = str(StayStatus.CONFIRMED)
        return values
    record = told.record
    return values | {
        "arrival": record.arrival,
        "departure": record.departure,
        "status": str(record.status),
        "state": str(record.stay_state or StayState.EXPECTED),
    }


def _must_be_free_again(visit: Visit, values: Values) -> None:
    """Refuse when somebody else has nights that would be held again."""
    head, *parts = visit.parts
    wanted, _too_many = cut(head, parts, with_desk_facts(head, values))
    for row, own in wanted:
        if row.room_id is None or own["status"] not in HOLDING_STATUSES:
            continue
        first = row.departure if row.status in HOLDING_STATUSES else own["arrival"]
        standing = obstacles(
            hotel_id=row.hotel_id,
            room_ids=[row.room_id],
            first=first,
            last=own["departure"],
            without=visit.ids,
        )
        if standing:
            words = {
                "room": row.room.name if row.room else "",
                "reason": standing[row.room_id][0].sentence,
            }
            _refuse(_("This cannot be taken back, %(room)s is not free: %(reason)s.") % words, "state")


def _price_again(visit: Visit, told: DesiredStay) -> None:
    """Nights that came back cost again what the sources say."""
    prices = {night.date: night.amount for night in told.record.nights if night.amount is not None}
    bare = list(StayNight.objects.filter(stay_id__in=visit.ids, price__isnull=True, date__in=list(prices)))
    for night in bare:
        night.price = prices[night.date]
    StayNight.objects.bulk_update(bare, ["price"])
