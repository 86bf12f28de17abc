"""The installation's own keys, made once and kept in a file that only its owner may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

KEYS_FILE = "keys.env"


def ensure_keys(folder: Path) -> Path:
    """The path of the keys file in ``folder``, made now unless it exists. An existing file is never changed.

    Losing the file means losing every stored credential: ``FERNET_KEYS`` opens them.
    """
    path = folder / KEYS_FILE
    if path.exists():
        return path
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = (
        "# Made by Llavero. Keep a copy in a safe place: without FERNET_KEYS no stored credential can be opened.",
        f"SECRET_KEY={secrets.token_urlsafe(50)}",
        f"FERNET_KEYS={secrets.token_urlsafe(32)}",
    )
    # Written in full under another name, then linked: two processes that start at once agree on one file.
    draft = folder / f"{KEYS_FILE}.{secrets.token_hex(8)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path
