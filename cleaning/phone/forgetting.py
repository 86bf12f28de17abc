"""What phones sent long ago: no phone sends it again."""

from __future__ import annotations

from datetime import datetime, timedelta

from cleaning.models import PhoneAction

#: A phone that lay in a drawer for longer has lost its session, too.
KEPT = timedelta(days=90)


def forget_phone_actions(*, now: datetime) -> int:
    """Remove the numbers of actions that came more than 90 days before ``now``; how many. What they did stays."""
    removed, _by_model = PhoneAction.objects.filter(received_at__lt=now - KEPT).delete()
    return removed
