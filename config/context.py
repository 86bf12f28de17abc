"""What every template may know of the hotel it shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def hotel(request: HttpRequest) -> dict[str, Any]:
    """``hotel`` and ``permissions`` as the page's door set them; both empty outside a hotel's pages."""
    return {
        "hotel": getattr(request, "hotel", None),
        "permissions": getattr(request, "hotel_permissions", frozenset()),
    }
