"""What a phone did, perhaps hours ago in a stairwell: each thing is done once, however often it is sent.

The phone gives every action a number of its own. The number is stored in the same transaction as the effect, so an
answer that got lost on the way is given again and nothing happens twice. A refusal is an answer, too: the phone shows
it and goes on with what it did next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import IO, Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from cleaning import work
from cleaning.checklists import tick_item
from cleaning.choices import Problem
from cleaning.findings import report_finding
from cleaning.messages import mark_read
from cleaning.models import CleaningTask, PhoneAction
from cleaning.people import tasks_of_person
from cleaning.photos import PhotoRefused, store_photo
from cleaning.work import TaskRefused

#: How long a phone may have been without a network; what it says of an earlier time is taken as this long ago.
LONGEST_AWAY = timedelta(hours=48)

Answer = dict[str, Any]


class NotUnderstood(Exception):
    """What was sent is no action of a phone. It is not stored: sent again, it would be no better."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a person did on the phone. ``done_at`` is aware and what the phone's clock said."""

    id: UUID
    kind: str
    task_id: int | None
    done_at: datetime
    fields: Mapping[str, Any] = field(default_factory=dict)
    photo: IO[bytes] | None = None

    def text(self, name: str) -> str:
        """The words under ``name``, without what no database can hold."""
        value = self.fields.get(name)
        if not isinstance(value, str):
            return ""
        return value.replace("\x00", "").encode("utf-8", "ignore").decode().strip()

    def number(self, name: str) -> int:
        """The whole number under ``name``. Raises ``NotUnderstood``."""
        number = _number(self.fields.get(name))
        if number is None:
            raise NotUnderstood(f"{name} is no number")
        return number


def read_action(sent: Mapping[str, Any], *, now: datetime, photo: IO[bytes] | None = None) -> Action:
    """The action in ``sent`` (of JSON or of a form), its time brought into the last 48 hours.

    Raises ``NotUnderstood``.
    """
    try:
        number = UUID(str(sent.get("id")))
    except ValueError:
        raise NotUnderstood("no number of the action") from None
    kind = "photo" if photo is not None else str(sent.get("kind"))
    if kind not in _EFFECTS:
        raise NotUnderstood("not a kind of action")
    return Action(number, kind, _number(sent.get("task")), _moment(sent.get("at"), now), sent, photo)


def perform(*, user: Any, action: Action, now: datetime) -> Answer:
    """Do it, once: the answer is ``{"ok": true, "task", "state"}``, or ``{"ok": false, "message"}`` when it cannot be.

    The same number again, by the same person, gives the stored answer; by another person a refusal. The tasks are
    those of the person's own scope. Any other error leaves nothing, so that the phone sends it again.
    """
    try:
        with transaction.atomic():
            return _first_time(user, action, now)
    except IntegrityError:
        stored = PhoneAction.objects.filter(pk=action.id).first()
        if stored is None:
            raise
        return _again(stored, user)


def _first_time(user: Any, action: Action, now: datetime) -> Answer:
    stored = PhoneAction.objects.filter(pk=action.id).first()
    if stored is not None:
        return _again(stored, user)
    row = PhoneAction(
        id=action.id, user=user, kind=action.kind, done_at=action.done_at, received_at=now, answer={}
    )
    # First the number: whoever sends the same at the same time waits here and finds the answer.
    row.save(force_insert=True)
    try:
        with transaction.atomic():
            task = None
            if action.task_id is not None:
                task = tasks_of_person(user).filter(pk=action.task_id).first()
                row.task = task
            row.answer = {"ok": True, **_EFFECTS[action.kind](user, task, action)}
    except (TaskRefused, PhotoRefused) as refusal:
        row.answer = {"ok": False, "message": str(refusal), "task": action.task_id}
    except ValidationError as problem:
        row.answer = {"ok": False, "message": " ".join(problem.messages), "task": action.task_id}
    except ObjectDoesNotExist:
        row.answer = {"ok": False, "message": _not_yours(), "task": action.task_id}
    row.save(update_fields=["task", "answer"])
    answer: Answer = row.answer
    return answer


def _again(stored: PhoneAction, user: Any) -> Answer:
    if stored.user_id != user.pk:
        return {"ok": False, "message": _("Somebody else sent this before."), "task": None}
    answer: Answer = stored.answer
    return answer


# --- what each kind does ----------------------------------------------------------------------------------------


def _simply(service: Callable[..., CleaningTask]) -> Callable[[Any, CleaningTask | None, Action], Answer]:
    """The effect of a service that needs nothing but the task, the person and the time."""

    def effect(user: Any, task: CleaningTask | None, action: Action) -> Answer:
        task = _own(task)
        return _now_is(service(hotel_id=task.hotel_id, task_id=task.pk, user_id=user.pk, now=action.done_at))

    return effect


def _not_possible(user: Any, task: CleaningTask | None, action: Action) -> Answer:
    task = _own(task)
    problem = action.text("problem")
    if problem not in Problem.values:
        raise TaskRefused(_("Say why it was not possible."))
    return _now_is(
        work.not_possible(
            hotel_id=task.hotel_id,
            task_id=task.pk,
            user_id=user.pk,
            problem=Problem(problem),
            remark=action.text("remark"),
            now=action.done_at,
        )
    )


def _reopen(user: Any, task: CleaningTask | None, action: Action) -> Answer:
    """Taken back what was pressed too soon; the task may have gone with its stay."""
    task = _own(task)
    again = work.reopen_task(hotel_id=task.hotel_id, task_id=task.pk, user_id=user.pk, now=action.done_at)
    return _now_is(again) if again else {"task": None}


def _send_back(user: Any, task: CleaningTask | None, action: Action) -> Answer:
    task = _own(task)
    return _now_is(
        work.send_back(
            hotel_id=task.hotel_id,
            task_id=task.pk,
            user_id=user.pk,
            reason=action.text("remark"),
            now=action.done_at,
        )
    )


def _tick(user: Any, task: CleaningTask | None, action: Action) -> Answer:
    task = _own(task)
    tick_item(
        hotel_id=task.hotel_id,
        task_id=task.pk,
        item_id=action.number("item"),
        done=action.kind == "tick",
        user_id=user.pk,
        now=action.done_at,
    )
    return _now_is(task)


def _finding(user: Any, task: CleaningTask | None, action: Action) -> Answer:
    task = _own(task)
    found = report_finding(
        hotel_id=task.hotel_id,
        kind=action.text("finding"),
        text=action.text("text"),
        place=action.text("place"),
        task_id=task.pk,
        user_id=user.pk,
        now=action.done_at,
    )
    return {**_now_is(task), "finding": found.pk}


def _photo(user: Any, task: CleaningTask | None, action: Action) -> Answer:
    """A photo of the task, of a line of its list, or of the finding that the action ``of`` reported."""
    task = _own(task)
    if action.photo is None:
        raise NotUnderstood("no photo")
    finding_id = None
    if reported := action.text("of"):
        finding_id = _finding_of(user, reported)
    photo = store_photo(
        hotel_id=task.hotel_id,
        upload=action.photo,
        task_id=task.pk,
        finding_id=finding_id,
        item_id=action.number("item") if action.fields.get("item") else None,
        user_id=user.pk,
        taken_at=action.done_at,
    )
    return {**_now_is(task), "photo": photo.pk}


def _read(user: Any, task: CleaningTask | None, action: Action) -> Answer:
    named = action.fields.get("messages")
    numbers = [_number(each) for each in named] if isinstance(named, list) else []
    mark_read(user, now=action.done_at, message_ids=[number for number in numbers if number is not None])
    return {"task": None}


_EFFECTS: dict[str, Callable[[Any, CleaningTask | None, Action], Answer]] = {
    "accept": _simply(work.accept_task),
    "start": _simply(work.start_task),
    "pause": _simply(work.pause_task),
    "finish": _simply(work.finish_task),
    "not_possible": _not_possible,
    "reopen": _reopen,
    "pass": _simply(work.pass_inspection),
    "send_back": _send_back,
    "tick": _tick,
    "untick": _tick,
    "finding": _finding,
    "photo": _photo,
    "read": _read,
}


def _own(task: CleaningTask | None) -> CleaningTask:
    if task is None:
        raise TaskRefused(_not_yours())
    return task


def _not_yours() -> str:
    return _("This task was given to somebody else, or it is not needed any more.")


def _now_is(task: CleaningTask) -> Answer:
    return {"task": task.pk, "state": str(task.state)}


def _finding_of(user: Any, reported: str) -> int:
    """The finding that the person's action of that number reported."""
    try:
        row = PhoneAction.objects.filter(pk=UUID(reported), user=user).first()
    except ValueError:
        raise NotUnderstood("no number of a finding") from None
    if row is None or not row.answer.get("finding"):
        raise TaskRefused(_("What this photo shows was not reported."))
    return int(row.answer["finding"])


def _number(value: Any) -> int | None:
    """A whole number that a database takes as a key, from JSON or from a form."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 0 < number < 2**63 and not isinstance(value, bool | float) else None


def _moment(value: Any, now: datetime) -> datetime:
    """The moment that the phone named, never in the future and at most 48 hours ago; now when it named none."""
    try:
        moment = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None:
        return now
    if timezone.is_naive(moment):
        raise NotUnderstood("a time without its zone")
    return min(max(moment, now - LONGEST_AWAY), now)
