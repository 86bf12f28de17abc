"""What other apps show on a reservation's page, without this app knowing them.

An app registers its panel in ``AppConfig.ready``; the page asks each in turn, in the order of registration.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.safestring import SafeString

from reservations.models import Reservation

Panel = Callable[[HttpRequest, Reservation], SafeString | str | None]

_panels: list[Panel] = []


def register_panel(panel: Panel) -> None:
    """Have ``panel(request, reservation)`` asked for every reservation's page; registering twice changes nothing.

    It returns rendered HTML (``render_to_string``), or nothing when it has nothing to show this user.
    """
    if panel not in _panels:
        _panels.append(panel)


def rendered_panels(request: HttpRequest, reservation: Reservation) -> list[SafeString | str]:
    """The HTML of every panel that has something to show of ``reservation``."""
    return [html for panel in _panels if (html := panel(request, reservation))]
