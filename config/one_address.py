"""On one's own machine ``localhost`` and ``127.0.0.1`` are the same server and yet two different places for cookies."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class OneAddressMiddleware:
    """Leads a browser from one name of this machine to the one in ``PUBLIC_BASE_URL``.

    Consent pages send people back to that address, where a session begun under the other name would be missing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            public = urlsplit(settings.PUBLIC_BASE_URL)
            other_names = LOOPBACK - {public.hostname} if public.hostname in LOOPBACK else ()
            port = f":{public.port}" if public.port else ""
            if request.get_host() in {f"{_in_address(name)}{port}" for name in other_names}:
                return HttpResponseRedirect(f"{settings.PUBLIC_BASE_URL}{request.get_full_path()}")
        return self.get_response(request)


def _in_address(name: str) -> str:
    return f"[{name}]" if ":" in name else name
