"""What happened, told for the page of a conflict: the moments in their order, and the sentence on the cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reservations.channels import channel_name
from reservations.choices import ConflictCause, ConflictKind
from reservations.conflict_causes import sold_before_connecting
from reservations.evidence import ChannelEvidence, from_content
from reservations.models import Conflict, Stay
from reservations.stay_layout import guest_of
from reservations.wording import short_date_text

#: The rivals that booked last say how it came; the others were there long before.
RIVALS_TOLD = 4
#: From so short before arrival on, a conflict is urgent.
URGENT = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class CauseWords:
    """How it came to a conflict: in a few words, what happened, and what to do so that it does not happen again."""

    label: str
    happened: str
    advice: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline; ``own`` for the stay in conflict."""

    at: datetime
    text: str
    own: bool = False


#: (what happened, what to do so that it does not happen again)
CAUSE_TEXTS: dict[ConflictCause, tuple[str | Promise, str | Promise]] = {
    ConflictCause.DOUBLE_MAPPING: (
        gettext_lazy("Two products of the same channel are mapped to these rooms, and both were sold."),
        gettext_lazy("Look at the mapping of the connection: each product should sell rooms of its own."),
    ),
    ConflictCause.LATE_PUSH: (
        gettext_lazy("The channel sold the room before it had taken the new number."),
        gettext_lazy(
            "See on the page of what is on sale how long the channel takes, and whether it refused anything."
        ),
    ),
    ConflictCause.EXTRANET_EDIT: (
        gettext_lazy(
            "The channel had been told that nothing was left, and sold all the same: somebody changed the number "
            "at the channel."
        ),
        gettext_lazy(
            "Change availability only here. Compare what the channel sells now, and repair what differs."
        ),
    ),
    ConflictCause.FEED_LAG: (
        gettext_lazy("This channel reads our calendar only now and then, and cannot be told at once."),
        gettext_lazy("Keep one room back for it, or close it when few rooms are left."),
    ),
    ConflictCause.REOPENED: (
        gettext_lazy(
            "A booking was cancelled at the channel, and the channel put the room on sale again by itself."
        ),
        gettext_lazy("Switch off automatic replenishment in the extranet of the channel."),
    ),
    ConflictCause.SECONDS_APART: (
        gettext_lazy("Both were sold within a minute: no message could have been faster."),
        gettext_lazy("Nothing was wrong. For the last rooms of a type, a safety margin helps."),
    ),
    ConflictCause.BOOKED_ANYWAY: (
        gettext_lazy("It was booked at the desk although nothing was free."),
        gettext_lazy("Whoever booked it knew; give the guest a room in one of the ways below."),
    ),
    ConflictCause.ROOM_WITHDRAWN: (
        gettext_lazy("The room was blocked or taken out of use after it had been sold."),
        gettext_lazy("Move the guest, or end the block before the arrival."),
    ),
    ConflictCause.UNKNOWN: (
        gettext_lazy("What the channels had been told does not explain it."),
        gettext_lazy("The moments under “What happened when” are all that is known."),
    ),
}


def cause_words(conflict: Conflict) -> CauseWords:
    """How it came to ``conflict``, as its page says it."""
    cause = ConflictCause(conflict.cause)
    if cause == ConflictCause.UNKNOWN and (channel := _connected_later(conflict)):
        return CauseWords(
            _("Sold before the channel was connected"),
            _(
                "This booking is older than the connection to %(channel)s, which could not be told that nothing was "
                "left."
            )
            % {"channel": channel.name},
            _("Nothing was wrong here. From now on the channel is told of every booking."),
        )
    happened, advice = CAUSE_TEXTS[cause]
    return CauseWords(str(cause.label), str(happened), str(advice))


def _connected_later(conflict: Conflict) -> ChannelEvidence | None:
    """The last of the channels that were connected after the stay was sold."""
    later = [
        channel
        for channel in from_content(conflict.evidence)
        if sold_before_connecting(conflict.stay.booked_at, channel)
    ]
    return max(later, key=lambda channel: channel.connected_at or conflict.opened_at, default=None)


def headline(conflict: Conflict) -> str:
    """What is wrong, in one sentence."""
    words = {
        "guest": guest_of(conflict.stay),
        "room": conflict.room.name if conflict.room else "",
        "room_type": conflict.room_type.name if conflict.room_type else "",
    }
    return {
        ConflictKind.TYPE_FULL: _("%(guest)s has no room: more %(room_type)s are sold than there are."),
        ConflictKind.ROOM_TAKEN: _("%(guest)s has no room: room %(room)s is sold twice."),
        ConflictKind.NO_WHOLE_ROOM: _(
            "%(guest)s has no room: rooms are free each night, but no %(room_type)s for the whole stay."
        ),
        ConflictKind.ROOM_CLOSED: _("%(guest)s has room %(room)s, which is closed during the stay."),
    }[ConflictKind(conflict.kind)] % words


def moments(conflict: Conflict, rivals: Sequence[Stay]) -> list[Moment]:
    """When each booking was made and heard of, and what each channel was told, the earliest first.

    ``rivals`` have their reservation and booker at hand.
    """
    found: list[Moment] = []
    latest = sorted(rivals, key=_booked, reverse=True)[:RIVALS_TOLD]
    for stay in (conflict.stay, *latest):
        found += _of_booking(stay, own=stay.pk == conflict.stay_id)
    for channel in from_content(conflict.evidence):
        found += _of_channel(channel)
    found.append(Moment(conflict.opened_at, _("Llavero saw that it does not fit, and flagged it"), own=True))
    if conflict.closed_at is not None:
        found.append(Moment(conflict.closed_at, str(conflict.get_ended_display()), own=True))
    return sorted(found, key=lambda moment: moment.at)


def _booked(stay: Stay) -> datetime:
    return stay.booked_at or stay.reservation.created_at


def _of_booking(stay: Stay, *, own: bool) -> list[Moment]:
    words = {"guest": guest_of(stay), "channel": channel_name(stay.reservation.channel)}
    found = [Moment(stay.reservation.created_at, _("Llavero heard of the booking of %(guest)s") % words, own)]
    if stay.booked_at is not None:
        found.append(Moment(stay.booked_at, _("%(guest)s booked at %(channel)s") % words, own))
    return found


def _of_channel(channel: ChannelEvidence) -> list[Moment]:
    """When it was connected, and the number of the night with most rooms left: the one that could still be sold."""
    found: list[Moment] = []
    if channel.connected_at is not None:
        found.append(Moment(channel.connected_at, _("%(channel)s was connected") % {"channel": channel.name}))
    known = [night for night in channel.nights if night.units is not None]
    if not known:
        return found
    night = max(known, key=lambda one: one.units or 0)
    words = {"channel": channel.name, "units": night.units, "night": short_date_text(night.date)}
    if night.sent_at is not None:
        found.append(Moment(night.sent_at, _("%(channel)s was told what is left on %(night)s") % words))
    if night.accepted_at is not None:
        found.append(Moment(night.accepted_at, _("%(channel)s took it: %(units)s left on %(night)s") % words))
    if night.read_at is not None and night.read_units is not None:
        words["units"] = night.read_units
        found.append(Moment(night.read_at, _("%(channel)s was seen to sell %(units)s on %(night)s") % words))
    return found
