"""The broker that needs no server: messages are files in a folder.

kombu's own filesystem transport lets a reader meet a file that is created but not yet written, which ends the worker
and loses the message (https://docs.celeryq.dev/projects/kombu/en/stable/reference/kombu.transport.filesystem.html).
Here a message is written under another name first and renamed when complete.
"""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:
        # Wall-clock nanoseconds keep the order over a reboot; the reader sorts by name and takes *.msg only.
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        target = Path(self.data_folder_out) / name
        part = target.with_suffix(".part")
        part.write_text(dumps(payload))
        os.replace(part, target)


class Transport(filesystem.Transport):
    Channel = Channel
