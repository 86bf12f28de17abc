"""What makes the page an app: its manifest, and the service worker that keeps it when the network is away."""

from __future__ import annotations

import functools
import hashlib
import json
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template, render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

#: The files that the page consists of.
SHELL = (
    "llavero/colours.css",
    "llavero/favicon.svg",
    "cleaning/phone/phone.css",
    "cleaning/phone/queue.js",
    "cleaning/phone/phone.js",
)
ICONS = ((192, "any"), (512, "any"), (512, "maskable"))
COLOUR = "#0f5c57"
_TEMPLATES = ("page", "day", "task", "row", "sheets", "photos", "camera", "worker.js")


@login_not_required
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest (https://www.w3.org/TR/appmanifest/) in the person's language. No query of its own."""
    described: dict[str, Any] = {
        "id": reverse("my_day"),
        "name": _("My day · Llavero"),
        "short_name": _("My day"),
        "description": _("Today's cleaning tasks, also without a network."),
        "lang": get_language(),
        "start_url": reverse("my_day"),
        "scope": reverse("my_day"),
        "display": "standalone",
        "theme_color": COLOUR,
        "background_color": COLOUR,
        "icons": [_icon(size, purpose) for size, purpose in ICONS],
    }
    response = HttpResponse(
        json.dumps(described, ensure_ascii=False), content_type="application/manifest+json; charset=utf-8"
    )
    response["Cache-Control"] = "private, no-cache"
    return response


@login_not_required
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that browsers keep for addresses below /my/. Another text whenever any file of the page changed."""
    context = {"version": json.dumps(shell_version()), "shell": json.dumps([static(name) for name in SHELL])}
    response = HttpResponse(
        render_to_string("cleaning/phone/worker.js", context),
        content_type="text/javascript; charset=utf-8",
    )
    response["Cache-Control"] = "no-cache"
    return response


def _icon(size: int, purpose: str) -> dict[str, str]:
    name = f"cleaning/phone/{'mask' if purpose == 'maskable' else 'icon'}-{size}.png"
    return {"src": static(name), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


def shell_version() -> str:
    """A short text that is another one whenever a file of the page is."""
    return _hash_of_files() if settings.DEBUG else _version()


@functools.cache
def _version() -> str:
    return _hash_of_files()


def _hash_of_files() -> str:
    digest = hashlib.blake2b(digest_size=8)
    for name in SHELL:
        path = finders.find(name)
        if not isinstance(path, str):
            raise FileNotFoundError(name)
        with open(path, "rb") as file:
            digest.update(file.read())
    for name in _TEMPLATES:
        suffix = "" if "." in name else ".html"
        template: Any = get_template(f"cleaning/phone/{name}{suffix}")
        with open(template.origin.name, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()
