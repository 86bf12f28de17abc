"""What cleaning hears of: stays, closures and houses that changed, and people who leave. Each receiver only calls the
planner, or the service that frees what people had to do."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from cleaning.contracts import free_tasks_of, give_back
from cleaning.horizon import replan_property
from cleaning.models import CleaningRule
from cleaning.people import CLEANING_ROLES
from cleaning.replanning import replan
from cleaning.rules import plan_anew
from reservations.events import StaysChanged, stays_changed
from reservations.models import Membership, Property, RoomClosure


def connect() -> None:
    """Start listening; called once when the program starts. Connecting again changes nothing."""
    stays_changed.connect(on_stays_changed, dispatch_uid="cleaning.stays_changed")
    for signal in (post_save, post_delete):
        signal.connect(on_closure_changed, sender=RoomClosure, dispatch_uid="cleaning.closure")
    post_save.connect(on_property_saved, sender=Property, dispatch_uid="cleaning.property")
    post_delete.connect(on_rule_gone, sender=CleaningRule, dispatch_uid="cleaning.rule")
    post_save.connect(on_member_saved, sender=Membership, dispatch_uid="cleaning.member")
    post_delete.connect(on_member_gone, sender=Membership, dispatch_uid="cleaning.member_gone")
    post_save.connect(on_person_saved, sender=get_user_model(), dispatch_uid="cleaning.person")
    post_delete.connect(on_person_gone, sender=get_user_model(), dispatch_uid="cleaning.person_gone")


def on_stays_changed(*, change: StaysChanged, **_: Any) -> None:
    """Plan in the transaction that changed the stays, so that nobody ever sees one without the other."""
    replan(
        hotel_id=change.hotel_id,
        room_ids=change.room_ids,
        stay_ids=change.stay_ids,
        first=change.first,
        last=change.last,
        spans=change.spans,
        now=timezone.now(),
    )


def on_closure_changed(*, instance: RoomClosure, **_: Any) -> None:
    """Plan all days of the room: a closure that was moved does not say where it was before."""
    replan(
        hotel_id=instance.hotel_id,
        room_ids=[instance.room_id],
        first=date.min,
        last=date.max,
        now=timezone.now(),
    )


def on_property_saved(*, instance: Property, created: bool, **_: Any) -> None:
    """Hours or the time zone may be others now: plan the house anew once that is certain."""
    if not created:
        transaction.on_commit(partial(replan_property, property_id=instance.pk, now=timezone.now()))


def on_rule_gone(*, instance: CleaningRule, origin: Any = None, **_: Any) -> None:
    """A rule goes with the rate, the room type or the property that it names: plan anew without it."""
    if not isinstance(origin, CleaningRule):
        plan_anew(instance.hotel_id, (), timezone.now())


def on_member_saved(*, instance: Membership, created: bool, **_: Any) -> None:
    """Somebody may have another role now, in which nobody cleans."""
    if not created and instance.role not in CLEANING_ROLES:
        give_back(instance.hotel, user_id=None, now=timezone.now())


def on_member_gone(*, instance: Membership, origin: Any = None, **_: Any) -> None:
    """Somebody leaves the hotel. When the hotel itself goes, so do its tasks."""
    if Membership in (type(origin), getattr(origin, "model", None)):
        give_back(instance.hotel, user_id=None, now=timezone.now())


def on_person_saved(*, instance: Any, created: bool, **_: Any) -> None:
    """Somebody may not sign in any more, anywhere."""
    if not created and not instance.is_active:
        free_tasks_of(instance.pk, now=timezone.now())


def on_person_gone(*, instance: Any, **_: Any) -> None:
    """The tasks of somebody who is deleted name nobody, but the decision to give them is still there."""
    free_tasks_of(instance.pk, now=timezone.now())
