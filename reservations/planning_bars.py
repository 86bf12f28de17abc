"""How a stay, a closed room or an apartment's other half is drawn on the planning board, and how it is said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from babel.dates import format_skeleton
from django.utils.translation import gettext as _

from reservations.channels import channel_name
from reservations.choices import ClosureKind, RoomChoice, StayState, StayStatus
from reservations.wording import active_locale


@dataclass(frozen=True, slots=True)
class Window:
    """The days that a board shows, in halves: a guest takes a room at noon and leaves it at noon, so that who leaves
    and who comes on the same day stand side by side."""

    first: date
    days: int

    def halves(self, starts: date, ends: date) -> tuple[int, int]:
        """The first half day and the one after the last, as far as they are shown."""
        begin = 2 * (starts - self.first).days + 1
        end = 2 * (ends - self.first).days + 1
        return max(begin, 0), min(end, 2 * self.days)

    def css(self, starts: date, ends: date) -> str:
        """The classes that place something on the board: where, how long, and where it goes on outside."""
        begin, end = self.halves(starts, ends)
        classes = f"at-{begin} for-{end - begin}"
        if starts < self.first:
            classes += " cut-start"
        if (ends - self.first).days >= self.days:
            classes += " cut-end"
        return classes


class StayFact(NamedTuple):
    """A stay as the board reads it."""

    pk: int
    room_id: int | None
    room_type_id: int | None
    arrival: date
    departure: date
    status: str
    state: str
    overbooked: bool
    room_choice: str
    guest_name: str
    booker_name: str | None
    channel: str


class ClosureFact(NamedTuple):
    pk: int
    room_id: int
    first: date
    last: date
    kind: str
    note: str


class Bar(NamedTuple):
    """Something on a row: ``label`` says all of it, ``text`` and ``note`` what there is room for."""

    css: str
    label: str
    text: str = ""
    note: str = ""
    #: The stay, as text for addresses and ids.
    stay: str = ""
    closure: str = ""
    #: The stay whose nights take this room along.
    shadow_of: str = ""


class BarWriter:
    """Makes the bars of one board in the active language; a large board has thousands, so what repeats is worked
    out once."""

    def __init__(
        self, window: Window, *, channels: Collection[str], parts: Mapping[int, tuple[int, int]]
    ) -> None:
        """``channels`` are the slugs that are looked at, none means all: the stays of others stay in their place,
        quietly. ``parts`` has (part, of how many) of stays that are spread over several rooms."""
        locale = active_locale()
        span = _("%(first)s to %(last)s")
        self._window = window
        self._channels = frozenset(channels)
        self._parts = parts
        self._words = {str(word): str(word.label).lower() for word in (*StayState, *StayStatus)}
        self._day = lru_cache(maxsize=None)(lambda day: format_skeleton("MMMMd", day, locale=locale))
        self._dates = lru_cache(maxsize=None)(
            lambda first, last: span % {"first": self._day(first), "last": self._day(last)}
        )
        self._css = lru_cache(maxsize=None)(window.css)
        self._channel = lru_cache(maxsize=None)(channel_name)
        self._room = _("room %(room)s")
        self._promised = _("this room is promised")
        self._turnover = _("another guest leaves that morning")
        self._nobody = _("Guest without a name")

    def placed(self, fact: StayFact, room: str, *, turnover: bool) -> Bar:
        """A stay in its room; ``turnover``: another guest leaves it on the day of arrival."""
        return self._stay(fact, self._room % {"room": room}, turnover=turnover)

    def waiting(self, fact: StayFact, kind: str, wanted: str) -> Bar:
        """A stay of the type ``kind`` that has no room, or not the ``wanted`` one; both may be empty."""
        if wanted:
            return self._stay(fact, _("does not get room %(room)s") % {"room": wanted})
        if kind:
            return self._stay(fact, _("%(type)s, no room yet") % {"type": kind})
        return self._stay(fact, _("room not mapped"))

    def closure(self, fact: ClosureFact, room: str) -> Bar:
        kind = str(ClosureKind(fact.kind).label)
        words = [self._room % {"room": room}, self._dates(fact.first, fact.last), kind]
        if fact.note:
            words.append(fact.note)
        css = f"closure {self._css(fact.first, fact.last)}"
        return Bar(css, ", ".join(words), fact.note or kind, closure=str(fact.pk))

    def shade(self, fact: StayFact, relative: str) -> Bar:
        """The nights that a room is not free because its apartment, or a room of this apartment, is taken."""
        text = _("taken with %(room)s") % {"room": relative}
        label = ", ".join((text, self._guest(fact), self._dates(fact.arrival, fact.departure)))
        css = f"shade {self._css(fact.arrival, fact.departure)}"
        return Bar(css, label, text, shadow_of=str(fact.pk))

    def _stay(self, fact: StayFact, place: str, *, turnover: bool = False) -> Bar:
        guest, channel = self._guest(fact), self._channel(fact.channel)
        words = [guest, place, self._dates(fact.arrival, fact.departure), self._state(fact), channel]
        signs = [_tone(fact), self._css(fact.arrival, fact.departure)]
        if fact.overbooked:
            signs.append("overbooked")
            words.append(_("overbooked"))
        if fact.room_choice == RoomChoice.PERSON and fact.room_id:
            signs.append("pinned")
            words.append(self._promised)
        if part := self._parts.get(fact.pk):
            signs.append("part")
            words.append(_("part %(number)s of %(count)s") % {"number": part[0], "count": part[1]})
        if turnover:
            signs.append("turnover")
            words.append(self._turnover)
        if self._channels and fact.channel not in self._channels:
            signs.append("other")
        return Bar(" ".join(signs), ", ".join(words), guest, channel, str(fact.pk))

    def _guest(self, fact: StayFact) -> str:
        if fact.status == StayStatus.BLOCK:
            return self._words[StayStatus.BLOCK].capitalize()
        return fact.guest_name or fact.booker_name or self._nobody

    def _state(self, fact: StayFact) -> str:
        """Where the guest is; of a booking that is not certain and whose guest did not come yet, what is wrong."""
        certain = fact.status == StayStatus.CONFIRMED or fact.state != StayState.EXPECTED
        return self._words[fact.state if certain else fact.status]


def _tone(fact: StayFact) -> str:
    """The classes of a stay's colour: what the guest does, or that the booking is not certain."""
    if fact.status == StayStatus.BLOCK:
        return "booked blocked"
    if fact.state == StayState.EXPECTED and fact.status != StayStatus.CONFIRMED:
        return "booked pending"
    return f"booked {fact.state.replace('_', '-')}"
