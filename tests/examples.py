"""How many examples a property is tried with."""

from __future__ import annotations

import os


def examples(number: int) -> int:
    """``number``, or a fifth of it where the suite runs a second time, on another database.

    The rules do not depend on the database; that its SQL means the same is seen in fewer tries.
    """
    return number if not os.environ.get("DATABASE_URL") else max(number // 5, 3)
