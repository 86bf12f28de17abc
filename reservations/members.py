"""The people of a hotel: who is added, and who may give or take which role."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from reservations.choices import Role
from reservations.models import Hotel, Membership


def person_with_address(*, email: str, name: str = "") -> Any:
    """The user with that e-mail address, made now when there is none.

    A new user has no password; "Forgotten password" sends them a link to choose one. An existing user's name stays.
    """
    users = get_user_model()
    return users.objects.filter(email__iexact=email).first() or users.objects.create_user(
        email, None, name=name or email.split("@")[0][:120]
    )


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
