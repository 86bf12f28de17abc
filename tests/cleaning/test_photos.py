"""Photos: only pictures, made smaller, freed of what they tell, given to those who may see them, and forgotten."""

from __future__ import annotations

import io
import os
from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image

from cleaning.checklist_services import start_with_proposal
from cleaning.choices import FindingKind
from cleaning.decisions import override_task
from cleaning.findings import report_finding, settle_finding
from cleaning.models import CleaningTask, Photo
from cleaning.photo_retention import GRACE, forget_old_photos
from cleaning.photos import (
    LONGEST_SIDE,
    MOST_BYTES,
    MOST_PER_TASK,
    PhotoRefused,
    smaller,
    store_photo,
)
from reservations.models import Membership
from tests.cleaning.houses import NOW, TODAY, book, days, task_of
from tests.cleaning.pictures import picture, telling_picture, upload

pytestmark = pytest.mark.django_db
HALF_A_YEAR = timedelta(days=180)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """An own place for the files of each test."""
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {**settings.STORAGES["private"], "OPTIONS": {"location": str(tmp_path / "private")}},
    }
    place = storages["private"]
    field = Photo._meta.get_field("image")
    before, field.storage = field.storage, place
    yield tmp_path / "private"
    field.storage = before


@pytest.fixture
def task(hotel):
    return task_of(book(hotel, "101", days(-2), TODAY, plan=True), "departure")


@pytest.fixture
def keep(task, cleaner):
    """Stores a photo of the task."""

    def store(content: bytes | None = None, **values):
        values = {
            "hotel_id": task.hotel_id,
            "task_id": task.pk,
            "user_id": cleaner.pk,
            "taken_at": NOW,
            **values,
        }
        return store_photo(upload=io.BytesIO(picture() if content is None else content), **values)

    return store


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def stored(photo):
    return Image.open(photo.image.open("rb"))


# --- what is kept -----------------------------------------------------------------------------------------------


def test_a_photo_is_made_smaller_and_stored_in_the_hotels_own_folder(keep, hotel, folder, cleaner):
    photo = keep(picture((4000, 3000)))
    assert (photo.width, photo.height) == (LONGEST_SIDE, 1200)
    assert stored(photo).size == (LONGEST_SIDE, 1200)
    assert files(folder) == [photo.image.name]
    assert photo.image.name.startswith(f"photos/{hotel.pk}/")
    assert (photo.taken_by, photo.taken_at) == (cleaner, NOW)


def test_a_small_photo_is_not_blown_up(keep):
    assert stored(keep(picture((320, 200)))).size == (320, 200)


def test_nothing_but_the_picture_is_kept(keep):
    raw = telling_picture()
    assert b"Pixelmaker" in raw
    photo = keep(raw)
    assert not stored(photo).getexif()
    with photo.image.open("rb") as file:
        content = file.read()
    for told in (b"Exif", b"Pixelmaker", b"Quill", b"ICC_PROFILE"):
        assert told not in content


def test_a_photo_taken_upright_stands_upright(keep):
    photo = keep(telling_picture((40, 30), orientation=6))
    assert (photo.width, photo.height) == (30, 40)


@pytest.mark.parametrize(
    ("kind", "mode", "colour"),
    [
        ("PNG", "RGB", "teal"),
        ("PNG", "RGBA", "teal"),
        ("PNG", "P", "0"),
        ("WEBP", "RGB", "teal"),
        ("JPEG", "L", "0"),
    ],
)
def test_the_usual_kinds_of_pictures_become_jpeg(keep, kind, mode, colour):
    colour = int(colour) if colour.isdigit() else colour
    assert stored(keep(picture(kind=kind, mode=mode, colour=colour))).format == "JPEG"


# --- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "no photo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no photo"),
        (b"GIF89a" + bytes(40), "no photo"),
        (picture()[:200], "damaged"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(200), "HEIC"),
        (bytes(MOST_BYTES + 1), "too large"),
    ],
)
def test_what_is_no_photo_is_refused_with_a_sentence_and_leaves_nothing(keep, folder, content, word):
    with pytest.raises(PhotoRefused, match=word):
        keep(content)
    assert not Photo.objects.exists()
    assert files(folder) == []


def test_a_picture_that_would_fill_the_memory_is_refused(keep, folder):
    bomb = picture((12_000, 9_000), "PNG", "black", mode="L")
    assert len(bomb) < MOST_BYTES
    with pytest.raises(PhotoRefused, match="too many pixels"):
        keep(bomb)
    assert files(folder) == []


def test_a_gif_is_refused_even_when_it_is_a_good_one(keep):
    with pytest.raises(PhotoRefused):
        keep(picture(kind="GIF"))


def test_a_task_holds_only_so_many_photos(keep, task, hotel, cleaner):
    Photo.objects.bulk_create(
        Photo(hotel=hotel, task=task, image=f"photos/x/{number}.jpg", width=1, height=1, taken_at=NOW)
        for number in range(MOST_PER_TASK)
    )
    with pytest.raises(PhotoRefused, match="enough"):
        keep()


def test_the_task_of_another_hotel_takes_no_photo(keep, other_hotel, folder):
    with pytest.raises(CleaningTask.DoesNotExist):
        keep(hotel_id=other_hotel.pk)
    assert files(folder) == []


def test_a_line_of_another_list_takes_no_photo(keep, hotel, other_hotel, folder):
    foreign = start_with_proposal(hotel_id=other_hotel.pk, kind="departure").items.first()
    with pytest.raises(PhotoRefused):
        keep(item_id=foreign.pk)
    own = start_with_proposal(hotel_id=hotel.pk, kind="departure").items.first()
    assert keep(item_id=own.pk).item == own


def test_a_row_that_cannot_be_written_leaves_no_file(keep, folder):
    with pytest.raises(IntegrityError), transaction.atomic():
        keep(taken_at=None)
    assert not Photo.objects.exists()
    assert files(folder) == []


# --- who sees them ------------------------------------------------------------------------------------------------


def test_members_who_see_cleaning_see_the_photo(
    client, hotel, keep, receptionist, cleaner, housekeeping_manager
):
    photo = keep()
    for person in (receptionist, cleaner, housekeeping_manager):
        client.force_login(person)
        response = client.get(reverse("cleaning_photo", args=[hotel.slug, photo.pk]))
        assert response.status_code == 200
        assert response["Content-Type"] == "image/jpeg"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "private" in response["Cache-Control"]
        assert response["Content-Disposition"].startswith("inline")
        assert b"".join(response.streaming_content).startswith(b"\xff\xd8")


def test_another_hotel_sees_nothing_at_either_address(client, hotel, other_hotel, keep, stranger):
    photo = keep()
    client.force_login(stranger)
    for slug in (hotel.slug, other_hotel.slug):
        assert client.get(reverse("cleaning_photo", args=[slug, photo.pk])).status_code == 404
    assert client.get(reverse("my_photo", args=[photo.pk])).status_code == 404


def test_nobody_sees_a_photo_without_signing_in(client, hotel, keep):
    photo = keep()
    for address in (
        reverse("cleaning_photo", args=[hotel.slug, photo.pk]),
        reverse("my_photo", args=[photo.pk]),
    ):
        assert client.get(address).status_code == 302


def test_a_cleaner_sees_photos_of_own_tasks_at_the_own_address(client, task, keep, cleaner):
    photo = keep()
    client.force_login(cleaner)
    address = reverse("my_photo", args=[photo.pk])
    assert client.get(address).status_code == 404
    override_task(hotel_id=task.hotel_id, task_id=task.pk, changes={"assignee": cleaner.pk}, now=NOW)
    assert client.get(address).status_code == 200
    Membership.objects.filter(user=cleaner).delete()
    assert client.get(address).status_code == 404


def test_a_file_that_is_gone_is_not_found(client, hotel, keep, receptionist):
    photo = keep()
    photo.image.storage.delete(photo.image.name)
    client.force_login(receptionist)
    assert client.get(reverse("cleaning_photo", args=[hotel.slug, photo.pk])).status_code == 404


# --- how long -----------------------------------------------------------------------------------------------------


def test_old_photos_go_with_their_files(keep, folder):
    keep()
    later = keep(taken_at=NOW + timedelta(days=1))
    assert forget_old_photos(NOW + HALF_A_YEAR) == 0
    assert forget_old_photos(NOW + HALF_A_YEAR + timedelta(hours=1)) == 1
    assert list(Photo.objects.all()) == [later]
    assert files(folder) == [later.image.name]


def test_photos_of_a_finding_stay_until_long_after_it_was_settled(keep, task, cleaner, receptionist):
    finding = report_finding(
        hotel_id=task.hotel_id,
        kind=FindingKind.DAMAGE,
        text="Broken lamp",
        task_id=task.pk,
        user_id=cleaner.pk,
        now=NOW,
    )
    keep(finding_id=finding.pk)
    years_later = NOW + timedelta(days=800)
    assert forget_old_photos(years_later) == 0
    settle_finding(
        hotel_id=task.hotel_id,
        finding_id=finding.pk,
        user_id=receptionist.pk,
        outcome="Repaired",
        now=years_later,
    )
    assert forget_old_photos(years_later + timedelta(days=179)) == 0
    assert forget_old_photos(years_later + timedelta(days=181)) == 1


def test_files_that_no_row_knows_go_after_a_day(keep, task, folder):
    keep()
    (path,) = folder.rglob("*.jpg")
    task.delete()
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    assert forget_old_photos(NOW + GRACE) == 0
    assert forget_old_photos(NOW + GRACE + timedelta(seconds=1)) == 1
    assert files(folder) == []


def test_without_any_photo_there_is_nothing_to_forget(db):
    assert forget_old_photos(NOW) == 0


def test_an_upload_of_a_form_is_taken(keep, task, cleaner):
    photo = store_photo(
        hotel_id=task.hotel_id, upload=upload(), task_id=task.pk, user_id=cleaner.pk, taken_at=NOW
    )
    assert photo.task == task


@pytest.mark.parametrize(
    ("kind", "size", "refused"),
    [("PNG", (5000, 4000), True), ("WEBP", (5000, 4000), True), ("PNG", (4000, 3000), False)],
)
def test_only_a_jpeg_may_have_very_many_pixels(keep, kind, size, refused):
    """Of other formats every pixel takes its place in memory before it is made smaller."""
    large = picture(size, kind)
    if refused:
        with pytest.raises(PhotoRefused, match="too many pixels"):
            keep(large)
    else:
        assert keep(large).width == LONGEST_SIDE


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_photo_whose_facts_are_damaged_is_refused_with_a_sentence(keep, folder):
    """The block that says where up is ends in the middle of a number."""
    good = telling_picture(orientation=6)
    at = good.index(b"Exif\x00\x00") + 6
    refused = 0
    for place in range(at, at + 120):
        for value in (0x00, 0x07, 0xFF):
            damaged = good[:place] + bytes([value]) + good[place + 1 :]
            try:
                smaller(io.BytesIO(damaged))
            except PhotoRefused:
                refused += 1
    assert refused  # and nothing else was raised
