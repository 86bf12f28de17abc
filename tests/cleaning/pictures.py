"""Pictures as phones send them."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

#: Where the EXIF block keeps what a photo must not tell.
MAKER, ORIENTATION, GPS = 0x010F, 0x0112, 0x8825


def picture(
    size: tuple[int, int] = (40, 30),
    kind: str = "JPEG",
    colour: str = "teal",
    *,
    mode: str = "RGB",
    **options: Any,
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, **options)
    return out.getvalue()


def telling_picture(size: tuple[int, int] = (40, 30), *, orientation: int = 1) -> bytes:
    """A JPEG that says where and with what it was taken."""
    exif = Image.Exif()
    exif[MAKER], exif[ORIENTATION] = "Pixelmaker", orientation
    exif[GPS] = {1: "N", 2: (40.0, 25.0, 0.0)}
    return picture(size, exif=exif, comment=b"taken by Mara Quill")


def upload(content: bytes | None = None, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture() if content is None else content, "image/jpeg")
