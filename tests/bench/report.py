"""Rounds of two things in turn, and a table of what came out."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence

ROUNDS = 5


def line(name: str, values: Sequence[float], unit: str, *, wanted: str = "") -> None:
    """Print minimum, median and maximum of ``values``, and what the house asks for."""
    low, middle, high = min(values), statistics.median(values), max(values)
    print(f"{name:<64} {low:>9.2f} {middle:>9.2f} {high:>9.2f} {unit:<12} {wanted}")
    sys.stdout.flush()


def heading(text: str) -> None:
    print(f"\n{text}\n{'':<64} {'min':>9} {'median':>9} {'max':>9}")
    sys.stdout.flush()
