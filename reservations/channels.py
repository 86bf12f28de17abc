"""What people call the places where guests book."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

CHANNEL_NAMES = {
    "agoda": "Agoda",
    "airbnb": "Airbnb",
    "booking_com": "Booking.com",
    "desk": _("Front desk"),
    "direct": _("Direct"),
    "expedia": "Expedia",
    "google": "Google",
    "google_calendar": "Google Calendar",
    "hostelworld": "Hostelworld",
    "hotelbeds": "Hotelbeds",
    "lastminute": "lastminute.com",
    "phone": _("Telephone"),
    "test": _("Test channel"),
    "trip_com": "Trip.com",
    "tripadvisor": "Tripadvisor",
    "vrbo": "Vrbo",
    "walk_in": _("Walk-in"),
    "website": _("Website"),
}


def channel_name(slug: str) -> str:
    """The channel's own name; a slug without one becomes words ("some_site" is "Some site")."""
    if not slug:
        return str(_("Unknown channel"))
    return str(CHANNEL_NAMES.get(slug) or slug.replace("_", " ").capitalize())
