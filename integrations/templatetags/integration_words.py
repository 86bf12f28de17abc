"""Words of integrations in templates: names, sentences, tones."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations import words
from integrations.models import Alert, Connection, Exchange, LogEntry
from integrations.registry import all_providers, provider_name
from reservations.wording import age_text

register = template.Library()

#: Nearer than this, a moment to come is said to be here.
_SOON = timedelta(seconds=10)

register.filter("provider_name", provider_name)


@register.filter
def logo(slug: str) -> str:
    """The address of the provider's logo; the house's own mark for one without, or one that is gone."""
    if slug in all_providers():
        try:
            return static(f"integrations/{slug}/logo.svg")
        except ValueError:  # collected static files know what is missing
            pass
    return static("llavero/favicon.svg")


@register.filter
def connection_tone(status: str) -> str:
    """The badge's tone for a connection's status."""
    return words.STATUS_TONES.get(status, "quiet")  # type: ignore[call-overload]


@register.filter
def run_tone(state: str) -> str:
    return words.RUN_TONES.get(state, "quiet")  # type: ignore[call-overload]


@register.filter
def level_tone(level: str) -> str:
    return words.LEVEL_TONES.get(level, "quiet")  # type: ignore[call-overload]


@register.filter
def message_tone(state: str) -> str:
    return words.MESSAGE_TONES.get(state, "quiet")  # type: ignore[call-overload]


@register.filter
def sentence(line: LogEntry) -> str:
    """The log line in the reader's language; the connection is the page's own."""
    return words.say_line(line)


@register.filter
def alert_sentence(alert: Alert) -> str:
    return words.say_alert(alert)


@register.filter
def problem_sentence(problem: Any) -> str:
    return words.say_problem(problem)


@register.filter
def trouble(connection: Connection) -> str:
    return words.what_happened(connection)


@register.filter
def remedy(connection: Connection) -> str:
    return words.what_to_do(connection)


@register.filter
def outcome(call: Exchange) -> str:
    return words.say_outcome(call)


@register.filter
def lasting(duration: timedelta | None) -> str:
    """ "40 seconds", "12 minutes", "3 hours", "2 days"; a dash for nothing."""
    if duration is None:
        return "—"
    seconds = max(0, int(duration.total_seconds()))
    if seconds < 90:
        return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}
    if seconds < 90 * 60:
        minutes = round(seconds / 60)
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    if seconds < 36 * 3600:
        hours = round(seconds / 3600)
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    days = round(seconds / 86400)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


@register.filter
def due(when: datetime | None) -> str:
    """ "in 2 minutes"; "due now" for a moment that is here or past; "" for none."""
    if when is None:
        return ""
    now = timezone.now()
    return _("due now") if when - now < _SOON else age_text(when, now)


@register.filter
def masked(value: str) -> str:
    """All of a secret that is ever shown: its last four characters, if it is long enough to spare them."""
    return f"••••{value[-4:]}" if len(value) >= 12 else _("set")
