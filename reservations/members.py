"""The people of a hotel: who is added, and who may give or take which role.

Somebody who has an account may work elsewhere, too, and a second hotel would see their hours and end their links: they
are invited, and belong to the hotel once they say yes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from reservations.choices import Role
from reservations.models import Hotel, Invitation, Membership


def person_with_address(*, email: str, name: str = "") -> tuple[Any, bool]:
    """The user with that e-mail address and whether it was made now, because there was none.

    A new user has no password; "Forgotten password" sends them a link to choose one. An existing user's name stays.
    """
    users = get_user_model()
    person = users.objects.filter(email__iexact=email).first()
    if person is not None:
        return person, False
    return users.objects.create_user(email, None, name=name or email.split("@")[0][:120]), True


def invite(*, hotel: Hotel, user: Any, role: str, invited_by: Any, now: datetime) -> Invitation:
    """Ask ``user`` to work in the hotel as ``role``; asking again changes the role. The caller has checked the role."""
    invitation, _made = Invitation.objects.update_or_create(
        hotel=hotel, user=user, defaults={"role": role, "invited_by": invited_by, "made_at": now}
    )
    return invitation


@transaction.atomic
def answer_invitation(*, user: Any, invitation_id: int, accept: bool) -> Invitation:
    """What the invitation was: it is gone now, and the person belongs to the hotel when they said yes.

    Raises ``Invitation.DoesNotExist`` when it is somebody else's, taken back, or answered already.
    """
    mine = Invitation.objects.select_for_update(of=("self",)).select_related("hotel")
    invitation: Invitation = mine.get(pk=invitation_id, user=user)
    if accept:
        Membership.objects.get_or_create(
            hotel=invitation.hotel, user=user, defaults={"role": invitation.role}
        )
    invitation.delete()
    return invitation


def check_role_change(*, actor: Any, hotel: Hotel, old: str | None, new: str | None) -> None:
    """Return when ``actor`` may turn role ``old`` (None: not yet a member) into ``new`` (None: removed).

    Owners are made and unmade by owners and operators only, and a hotel keeps at least one owner once it has one.
    Raises ``ValidationError``.
    """
    if Role.OWNER not in (old, new) or old == new:
        return
    owners = Membership.objects.of(hotel).filter(role=Role.OWNER)
    if not actor.is_superuser and not owners.filter(user_id=actor.pk).exists():
        raise ValidationError(_("Only an owner can make somebody an owner or take it away."))
    if old == Role.OWNER and owners.count() < 2:
        raise ValidationError(_("The hotel needs at least one owner."))
