"""What log lines and alerts say, in the language of whoever reads them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integrations import errors
from reservations.history import field_label
from reservations.wording import date_text

PHRASES = {
    # connections
    "connected": _("Connected."),
    "reconnected": _("Connected again."),
    "disconnected": _("Disconnected by %(user)s. What was received stays here."),
    "paused": _("Paused by %(user)s."),
    "resumed": _("Resumed by %(user)s."),
    "test_passed": _("The connection works: the other side answered."),
    "test_failed": _("The test failed. %(error)s"),
    "settings_saved": _("Settings changed by %(user)s."),
    "catalogue_failed": _("Reading properties and rooms stopped. %(error)s"),
    "catalogue_read": _("Properties read: %(properties)s. Rooms and room types: %(rooms)s."),
    "subscribed": _("Changes are now sent to us as they happen."),
    "subscribe_failed": _(
        "Changes cannot be sent to us at once; we ask for them regularly instead. %(error)s"
    ),
    "mapping_saved": _("Rooms mapped: %(mapped)s of %(total)s. Bookings placed again: %(placed)s."),
    "token_renewed": _("The access was renewed."),
    "webhook_login_made": _("A new password for the push address was made by %(user)s."),
    "rate_mapping_saved": _("Prices assigned by %(user)s: %(rates)s."),
    # what is on sale
    "offers_compared": _(
        "Compared with what the other side sells: %(nights)s nights, of which %(drifted)s are different."
    ),
    "offers_repaired": _("%(nights)s nights are sent again."),
    "offers_sent_again": _("Everything that is on sale is sent again."),
    "offers_closed_here": _(
        "%(nights)s nights that are closed at the other side were closed here, too, by %(user)s."
    ),
    # runs
    "run_started": _("Started reading bookings (%(trigger)s)."),
    "run_done": _(
        "Bookings read: %(seen)s. New: %(created)s, changed: %(changed)s, as before: %(unchanged)s, "
        "with a problem: %(failed)s."
    ),
    "run_failed": _("Reading bookings stopped. %(error)s"),
    "run_cut_short": _("A run that stopped without an end was closed; its work is done again."),
    # single bookings
    "reservation_created": _("New booking %(ref)s: %(guest)s, %(arrival)s to %(departure)s."),
    "reservation_changed": _("Booking %(ref)s of %(guest)s changed: %(fields)s."),
    "reservation_cancelled": _("Booking %(ref)s of %(guest)s was cancelled."),
    "reservation_restored": _("Booking %(ref)s of %(guest)s is confirmed again."),
    # messages
    "message_failed": _("A message could not be processed and will be tried again. %(error)s"),
    "message_dead": _("A message could not be processed. %(error)s"),
    "message_unreadable": _("A message could not be read. %(error)s"),
    "message_item_failed": _("Part of a message could not be read. %(error)s"),
    "message_replayed": _("A message was processed again by %(user)s."),
    "fetch_missing": _("Booking %(ref)s was announced, but the other side does not have it."),
    # alerts
    "needs_reconnect": _("%(connection)s needs reconnecting: the permission to read this account has ended."),
    "misconfigured": _("%(connection)s: the registration of Llavero at the other side is not right."),
    "property_closed": _(
        "%(connection)s no longer opens %(property)s: allow it there, or stop using it here."
    ),
    "deliveries_refused": _(
        "%(connection)s: deliveries that were refused because their user name or password was wrong: %(count)s."
    ),
    "connection_failing": _("%(connection)s does not work. %(error)s"),
    "offers_refused": _("%(connection)s does not take what we send for %(nights)s nights. %(error)s"),
    "offers_drifted": _("%(connection)s sells other numbers than ours on %(nights)s nights."),
    "booking_vanished": _(
        "%(connection)s has booking %(ref)s of %(guest)s, %(arrival)s to %(departure)s, no more: somebody deleted it "
        "there. It stays here. If the guest does not come, cancel it here."
    ),
    "not_told": _(
        "%(connection)s does not tell us of changes, so bookings are read every 15 minutes instead. We ask again every "
        "hour, and so can you on its page. %(error)s"
    ),
    "offers_held": _(
        "%(connection)s had closed %(nights)s nights, from %(date)s on, that are free here. They were not opened. On "
        "the page On sale, send them again to sell them there, or close them here, too."
    ),
    "bookings_silent": _(
        "%(connection)s: no bookings could be read for %(minutes)s minutes. Look at its extranet before you sell rooms."
    ),
    "bookings_differ": _(
        "%(connection)s lists %(count)s bookings otherwise than they are here. Compare them in its extranet: %(refs)s."
    ),
    "unmapped_rooms": _("%(connection)s sends bookings for rooms that are not mapped here: %(rooms)s."),
    "unknown_status": _("%(connection)s sent bookings with a status that we do not know: %(ref)s."),
    "overbooked": _("%(guest)s has no room: room %(room)s is sold twice from %(date)s."),
    "no_whole_room": _("%(guest)s has no room: no %(room_type)s is free for the whole stay from %(date)s."),
    "closed_room_sold": _("%(guest)s has room %(room)s, which is closed from %(date)s."),
    "messages_failed": _(
        "%(connection)s: a message could not be processed. It is kept and can be tried again."
    ),
}

#: What is said instead while a parameter is empty: by code, the parameter and the phrase.
_WITHOUT = {
    "needs_reconnect": ("connection", _("The permission to read this account has ended: please reconnect.")),
    "property_closed": (
        "connection",
        _("%(property)s is no longer opened by the other side: allow it there, or stop using it here."),
    ),
    "deliveries_refused": (
        "connection",
        _("Deliveries that were refused because their user name or password was wrong: %(count)s."),
    ),
    "reservation_changed": ("fields", _("Booking %(ref)s of %(guest)s changed.")),
    "offers_refused": ("connection", _("What we send for %(nights)s nights is not taken. %(error)s")),
    "overbooked": (
        "room",
        _("%(guest)s has no room: more %(room_type)s are sold than there are from %(date)s."),
    ),
}
_DAYS = frozenset({"arrival", "departure", "date"})


def say(code: str, params: Mapping[str, Any]) -> str:
    """The sentence for ``code`` in the active language; the bare code when the phrase is no longer known."""
    phrase = PHRASES.get(code)
    if phrase is None:
        return code
    needed, shorter = _WITHOUT.get(code, ("", phrase))
    if needed and not params.get(needed):
        phrase = shorter
    try:
        return (str(phrase) % _readable(params)).strip()
    except (KeyError, ValueError, TypeError):
        return str(phrase)


def _readable(params: Mapping[str, Any]) -> dict[str, Any]:
    """``params`` with days, fields and errors as the reader writes them; stored are ISO dates, names and codes."""
    values = dict(params)
    for name in _DAYS & values.keys():
        with suppress(TypeError, ValueError):  # what is no day is shown as it is
            values[name] = date_text(date.fromisoformat(values[name]))
    if isinstance(values.get("fields"), list):
        labels = dict.fromkeys(field_label(str(name)).lower() for name in values["fields"])
        values["fields"] = ", ".join(labels)
    detail = ": ".join(str(values[name]) for name in ("where", "error") if values.get(name))
    if code := values.get("error_code"):
        values["error"] = say_error(str(code), detail)
    elif "error" in values:
        values["error"] = with_detail("", detail)
    return values


def say_error(code: str, detail: str = "") -> str:
    """What an error of the outside world means, with the other side's own words in brackets behind it."""
    for kind, meaning in errors.MEANINGS.items():
        if kind.code == code:
            return with_detail(str(meaning.sentence), detail)
    return with_detail(gettext("Something went wrong."), detail)


def with_detail(sentence: str, detail: str) -> str:
    """The sentence with technical words, which nobody translates, in brackets behind it."""
    return f"{sentence} ({detail})".strip() if detail else sentence


def remedy_for(code: str) -> str:
    """What a person can do about the error ``code``; empty when nothing is known."""
    for kind, meaning in errors.MEANINGS.items():
        if kind.code == code:
            return str(meaning.remedy)
    return ""
