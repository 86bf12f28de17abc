"""What other apps tell the desk of the present day, without this app knowing them: a room is ready, a lamp is broken.

An app registers its news in ``AppConfig.ready``; the front desk and the first page ask each in turn, once per page.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from reservations.models import Hotel
from reservations.permissions import Permission


@dataclass(frozen=True, slots=True)
class DeskNews:
    """One sentence in the active language, and the address of the page that it is about."""

    text: str
    tone: Literal["ok", "info", "warn", "bad", "quiet"] = "info"
    url: str = ""


#: Called with the hotel, what the asking user may do there, and the present moment (aware): the latest first.
NewsSource = Callable[[Hotel, Collection[Permission], datetime], list[DeskNews]]

_sources: list[NewsSource] = []


def register_desk_news(source: NewsSource) -> None:
    """Have ``source`` asked for every page of the desk; registering twice changes nothing."""
    if source not in _sources:
        _sources.append(source)


def desk_news(hotel: Hotel, held: Collection[Permission], now: datetime) -> list[DeskNews]:
    """What all sources have to say at ``now`` to a user with the permissions ``held``."""
    return [news for source in _sources for news in source(hotel, held, now)]
