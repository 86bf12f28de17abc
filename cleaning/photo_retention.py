"""How long photos are kept, and files that no row knows any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from cleaning.models import Photo
from cleaning.models.findings import private_storage

FOLDER = "photos"
#: A file without a row is younger than this while its upload is still under way.
GRACE = timedelta(days=1)


def forget_old_photos(now: datetime) -> int:
    """Remove the rows and files of photos that are older at ``now`` (aware) than ``CLEANING_PHOTO_DAYS`` says.

    A photo of a finding stays while the finding is open and as long again after it was settled. Then remove the files
    below the photos' folder that belong to no row: what a removed task or a failed transaction left. How many files.
    """
    before = now - timedelta(days=settings.CLEANING_PHOTO_DAYS)
    old = Q(finding=None, taken_at__lt=before) | Q(finding__settled_at__lt=before)
    forgotten = dict(Photo.objects.filter(old).values_list("pk", "image"))
    Photo.objects.filter(pk__in=list(forgotten)).delete()
    storage = private_storage()
    for path in forgotten.values():
        storage.delete(path)
    return len(forgotten) + _remove_unknown_files(storage, now)


def _remove_unknown_files(storage: Any, now: datetime) -> int:
    removed = 0
    for hotel in _listed(storage, FOLDER)[0]:
        folder = f"{FOLDER}/{hotel}"
        rows = Photo.objects.filter(image__startswith=f"{folder}/").values_list("image", flat=True)
        known = set(rows.iterator())
        for name in _listed(storage, folder)[1]:
            path = f"{folder}/{name}"
            if path not in known and storage.get_modified_time(path) < now - GRACE:
                storage.delete(path)
                removed += 1
    return removed


def _listed(storage: Any, folder: str) -> tuple[list[str], list[str]]:
    """Folders and files in it; none while nobody has stored anything."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return [], []
    return folders, files
