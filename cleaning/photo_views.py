"""Photos of rooms, given out to those who may see them and kept by nobody on the way."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from cleaning.models import Photo
from cleaning.people import tasks_of_person
from reservations.hotel_pages import hotel_page
from reservations.models import Hotel
from reservations.permissions import Permission


@require_safe
@hotel_page(Permission.SEE_CLEANING)
def cleaning_photo(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponseBase:
    """A photo of the hotel."""
    return _file(get_object_or_404(Photo.objects.of(hotel), pk=pk))


@require_safe
def my_photo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A photo of a task that the person has, in whatever hotel."""
    return _file(get_object_or_404(Photo.objects.filter(task__in=tasks_of_person(request.user)), pk=pk))


def _file(photo: Photo) -> FileResponse:
    try:
        opened = photo.image.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(opened, content_type="image/jpeg", filename=f"photo-{photo.pk}.jpg")
    # For a look again a moment later, not for whoever uses the device next.
    response["Cache-Control"] = "private, max-age=300"
    response["X-Content-Type-Options"] = "nosniff"
    return response
