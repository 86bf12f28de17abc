"""How long rows about the outside world are kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from integrations.inbox import State
from integrations.models import Exchange, InboxMessage, LogEntry, OAuthAttempt
from integrations.sync import forget_old_runs


def forget(
    now: datetime, *, messages: timedelta, exchanges: timedelta, runs: timedelta, log_lines: timedelta
) -> None:
    """Delete processed messages, calls, runs and log lines that are older than the given ages.

    A message that failed or found no hotel stays until somebody has dealt with it.
    """
    InboxMessage.objects.filter(
        received_at__lt=now - messages, state__in=(State.DONE, State.IGNORED)
    ).delete()
    Exchange.objects.filter(at__lt=now - exchanges).delete()
    LogEntry.objects.filter(at__lt=now - log_lines).delete()
    OAuthAttempt.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()
    forget_old_runs(now - runs)
