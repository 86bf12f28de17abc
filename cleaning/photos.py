"""Photos of rooms: read as pictures, made smaller, freed of everything but the picture, and kept away from the web."""

from __future__ import annotations

import io
import threading
import uuid
import warnings
from datetime import datetime
from typing import IO, Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from cleaning.checklists import items_of
from cleaning.models import CleaningTask, Finding, Photo

MOST_BYTES = 10 * 1024 * 1024
#: What a good phone takes today; more is read by nobody here and would fill the memory.
MOST_PIXELS = 64_000_000
#: Only a JPEG can be read in a smaller size; of other formats every pixel takes its place in memory first.
MOST_PIXELS_AT_FULL_SIZE = 16_000_000
LONGEST_SIDE = 1600
#: Pictures are opened one after another in a process: each may take a hundred megabytes for a moment.
_turn = threading.Lock()
QUALITY = 80
FORMATS = ("JPEG", "PNG", "WEBP")
#: Enough for a bad day in a large suite, too few to fill the disk.
MOST_PER_TASK = 40
#: How files begin that phones of some makers write and nothing here reads.
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


class PhotoRefused(Exception):
    """A file that cannot be kept as a photo; the text says why, for the person who sent it."""


def store_photo(
    *,
    hotel_id: int,
    upload: IO[bytes],
    task_id: int | None = None,
    finding_id: int | None = None,
    item_id: int | None = None,
    user_id: int,
    taken_at: datetime,
) -> Photo:
    """The stored photo of a task, of a finding, or of both; ``item_id`` names the line of the task's list it proves.

    The picture is a JPEG, at most 1600 pixels long, upright, without place, time or maker. Raises ``PhotoRefused``
    with a sentence, and ``DoesNotExist`` for a task or a finding of another hotel. What is refused or fails leaves
    nothing behind. Sent again, it is stored again: callers see to that. Callers check the permission.
    """
    picture, width, height = smaller(upload)
    with transaction.atomic():
        task = finding = None
        if finding_id is not None:
            finding = Finding.objects.select_related("task").get(hotel_id=hotel_id, pk=finding_id)
            task_id = task_id if task_id is not None else finding.task_id
        if task_id is not None:
            task = CleaningTask.objects.select_for_update(of=("self",)).get(hotel_id=hotel_id, pk=task_id)
        if task is None and finding is None:
            raise PhotoRefused(_("Say what the photo belongs to."))
        held = Photo.objects.filter(task=task) if task is not None else Photo.objects.filter(finding=finding)
        if held.count() >= MOST_PER_TASK:
            raise PhotoRefused(
                _("There are %(most)s photos already. That is enough.") % {"most": MOST_PER_TASK}
            )
        if item_id is not None and (task is None or item_id not in {item.pk for item in items_of(task)}):
            raise PhotoRefused(_("This line is not in the task's checklist any more."))
        photo = Photo(
            hotel_id=hotel_id,
            task=task,
            finding=finding,
            item_id=item_id,
            width=width,
            height=height,
            taken_by_id=user_id,
            taken_at=taken_at,
        )
        photo.image.save(f"{uuid.uuid4().hex}.jpg", ContentFile(picture), save=False)
        try:
            photo.save(force_insert=True)
        except BaseException:
            photo.image.delete(save=False)
            raise
    return photo


def smaller(upload: IO[bytes]) -> tuple[bytes, int, int]:
    """The picture in ``upload`` as JPEG bytes with its width and height. Raises ``PhotoRefused`` with a sentence."""
    data = upload.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        words = {"most": MOST_BYTES // 1024 // 1024}
        raise PhotoRefused(_("This photo is too large. At most %(most)s MB, please.") % words)
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        raise PhotoRefused(
            _(
                "This photo is in the HEIC format, which cannot be read here. Choose “most compatible” in the camera."
            )
        )
    try:
        with warnings.catch_warnings():
            # Pillow warns of very large pictures before it fails; the size is looked at below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
        most = MOST_PIXELS if image.format == "JPEG" else MOST_PIXELS_AT_FULL_SIZE
        if image.width * image.height > most:
            raise PhotoRefused(_("This photo has too many pixels. Take it with a smaller size, please."))
        with _turn:
            return _clean(image)
    except PhotoRefused:
        raise
    except UnidentifiedImageError:
        raise PhotoRefused(_("This is no photo. Send a JPEG, PNG or WebP picture.")) from None
    except Exception:  # damaged bytes make the readers of pictures fail in every way there is
        raise PhotoRefused(_("This photo is damaged. Take it again, please.")) from None


def _clean(image: Image.Image) -> tuple[bytes, int, int]:
    """Nothing but the picture: it is painted upon a fresh sheet, so that no comment or profile comes along."""
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    upright = ImageOps.exif_transpose(image)
    sheet = Image.new("RGB", upright.size, "white")
    has_holes = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    if has_holes:
        upright = upright.convert("RGBA")
        sheet.paste(upright, mask=upright.getchannel("A"))
    else:
        sheet.paste(upright.convert("RGB"))
    out = io.BytesIO()
    options: dict[str, Any] = {"quality": QUALITY, "optimize": True, "progressive": True}
    sheet.save(out, "JPEG", **options)
    return out.getvalue(), sheet.width, sheet.height
