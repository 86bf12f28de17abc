"""Plain words and tones for what the pages show of integrations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations import phrases
from integrations.contracts import Capability
from integrations.models import Alert, Connection, ConnectionStatus, Exchange, InboxMessage, LogEntry, SyncRun

#: What a capability means to the staff; the others are how it is done.
CAPABILITY_WORDS = {
    Capability.AUTHORIZE: gettext_lazy("Connects by signing in there; no password is kept here"),
    Capability.DISCOVER: gettext_lazy("Finds your properties, room types and rooms by itself"),
    Capability.PULL_RESERVATIONS: gettext_lazy("Reads reservations, changes and cancellations"),
    Capability.PUSH_OFFERS: gettext_lazy("Sends availability and prices, and shows that they were accepted"),
    Capability.READ_OFFERS: gettext_lazy("Reads back what is on sale and repairs differences"),
    Capability.RECEIVE_WEBHOOK: gettext_lazy("Hears of changes as they happen"),
    Capability.TEST_CONNECTION: gettext_lazy("Can be tested with one press"),
}

STATUS_TONES = {
    ConnectionStatus.CONNECTED: "ok",
    ConnectionStatus.ERROR: "bad",
    ConnectionStatus.NEEDS_REAUTH: "bad",
    ConnectionStatus.PAUSED: "warn",
    ConnectionStatus.DISCONNECTED: "quiet",
}
RUN_TONES = {
    SyncRun.State.QUEUED: "quiet",
    SyncRun.State.RUNNING: "info",
    SyncRun.State.DONE: "ok",
    SyncRun.State.FAILED: "bad",
}
LEVEL_TONES = {LogEntry.Level.INFO: "quiet", LogEntry.Level.WARNING: "warn", LogEntry.Level.ERROR: "bad"}
MESSAGE_TONES = {
    InboxMessage.State.RECEIVED: "info",
    InboxMessage.State.DONE: "ok",
    InboxMessage.State.IGNORED: "quiet",
    InboxMessage.State.FAILED: "warn",
    InboxMessage.State.DEAD: "bad",
    InboxMessage.State.UNROUTED: "warn",
}

#: The other side's words are shown up to this length; the rest helps nobody.
_DETAIL = 200


def abilities(capabilities: Iterable[Capability]) -> list[str]:
    """What an integration does for the hotel, in sentences, always in the same order."""
    held = set(capabilities)
    return [str(words) for capability, words in CAPABILITY_WORDS.items() if capability in held]


def say_alert(alert: Alert) -> str:
    """The alert's sentence with the connection's present name in it."""
    name = alert.connection.name if alert.connection else ""
    return phrases.say(alert.code, {**alert.params, "connection": name})


def say_line(line: LogEntry, connection_name: str = "") -> str:
    """The log line in the active language."""
    return phrases.say(line.code, {"connection": connection_name, **line.readable_params})


def what_happened(connection: Connection) -> str:
    """Why the connection is not well, with the other side's own words; empty when it is."""
    if not connection.error_code:
        return ""
    return phrases.say_error(connection.error_code, connection.error_detail[:_DETAIL])


def what_to_do(connection: Connection) -> str:
    """The next thing a person does about the connection's state; empty when there is nothing to do."""
    if connection.status == ConnectionStatus.DISCONNECTED:
        return _("Press Connect again to go on where it stopped.")
    if connection.status == ConnectionStatus.PAUSED:
        return _("What arrives is kept and is processed when you press Resume.")
    return phrases.remedy_for(connection.error_code) if connection.error_code else ""


def say_problem(problem: Any) -> str:
    """One entry of a message's problems, whatever shape it was stored in."""
    if not isinstance(problem, dict):
        return str(problem)[:_DETAIL]
    where = str(problem.get("where") or "")
    code = problem.get("error_code") or problem.get("code")
    text = str(problem.get("message") or problem.get("error") or "")[:_DETAIL]
    detail = ": ".join(part for part in (where, text) if part)
    if code:
        return phrases.say_error(str(code), detail)
    return phrases.with_detail(_("This could not be read."), detail)


def say_outcome(call: Exchange) -> str:
    """ "200", or why there was no good answer."""
    answer = str(call.status or _("No answer"))
    return phrases.with_detail(answer, call.error[:_DETAIL])
