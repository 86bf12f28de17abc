"""Parts of pages that keep themselves fresh by asking with a token of what they show; 204 means "the same"."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

Context = Mapping[str, Any] | Callable[[], Mapping[str, Any]]


def live_token(*parts: object) -> str:
    """A short token for ``parts``, whatever describes the shown state.

    The active language and the minute belong to it, so that a page changes with the language and the ages on it
    ("3 minutes ago") stay true.
    """
    minute = timezone.now().strftime("%Y-%m-%dT%H:%M")
    text = "\x1f".join([translation.get_language() or "", minute, *map(str, parts)])
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()


def live_response(
    request: HttpRequest, template: str, context: Context, token: str, *, page: str | None = None
) -> HttpResponse:
    """204 when the asking fragment already shows ``token``, else the rendered fragment or page.

    ``template`` is the fragment: one element with ``{% include "components/live.html" %}`` among its attributes.
    ``page`` is the whole page that includes it, when the same address serves both; without it the address serves
    the fragment only. ``context`` may be a function, called only when something is rendered. The templates also
    get ``live_url``, this address with ``state=token``.
    """
    polled = "HX-Request" in request.headers and "state" in request.GET
    if polled and request.GET["state"] == token:
        response = HttpResponse(status=204)
    else:
        values = dict(context() if callable(context) else context)
        values["live_url"] = _address(request, token)
        response = render(request, template if polled or page is None else page, values)
    patch_vary_headers(response, ["HX-Request"])
    response["Cache-Control"] = "no-store"
    return response


def _address(request: HttpRequest, token: str) -> str:
    query = request.GET.copy()
    query["state"] = token
    return f"{request.path}?{query.urlencode()}"
