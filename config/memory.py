"""How often Python looks for garbage, once a process has started."""

from __future__ import annotations

import gc

#: A batch of a few hundred bookings makes some ten thousand objects and drops them together.
OBJECTS_BETWEEN_LOOKS = 50_000


def settle() -> None:
    """Leave what was loaded at the start alone from now on, and look for garbage less often.

    Everything imported lives as long as the process, yet each full collection would walk through it
    (https://docs.python.org/3/library/gc.html#gc.freeze). Call it once, at the end of the start.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS, 20, 20)
