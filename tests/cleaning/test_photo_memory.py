"""A picture takes a hundred megabytes while it is made smaller, so a process makes one at a time."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import ImageOps

from cleaning.photos import smaller
from tests.cleaning.pictures import picture


def test_pictures_that_come_together_are_made_smaller_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(2)
    met = []
    turn_upright = ImageOps.exif_transpose

    def watched(image):
        try:
            together.wait(0.3)  # only somebody else in here ends the waiting
            met.append(image)
        except threading.BrokenBarrierError:
            together.reset()
        return turn_upright(image)

    monkeypatch.setattr(ImageOps, "exif_transpose", watched)
    with ThreadPoolExecutor(3) as phones:
        made = list(phones.map(lambda _: smaller(io.BytesIO(picture())), range(3)))
    assert len(made) == 3
    assert met == []
