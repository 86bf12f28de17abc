"""What hangs on stays in other apps and moves with them, asked without this app knowing those."""

from __future__ import annotations

from collections.abc import Callable, Collection

#: Called with hotel id and stay ids: sentences by stay, in the active language.
Consequences = Callable[[int, Collection[int]], dict[int, list[str]]]

_sources: list[Consequences] = []


def register_consequences(source: Consequences) -> None:
    """Have ``source`` asked before stays are moved; registering twice changes nothing."""
    if source not in _sources:
        _sources.append(source)


def consequences(hotel_id: int, stay_ids: Collection[int]) -> dict[int, list[str]]:
    """What follows these stays when they go to another room, such as their cleaning."""
    found: dict[int, list[str]] = {}
    for source in _sources:
        for stay_id, sentences in source(hotel_id, stay_ids).items():
            found.setdefault(stay_id, []).extend(sentences)
    return found
