"""Pages for when something went wrong: one plain sentence and a way on, never a traceback."""

from __future__ import annotations

from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

logger = structlog.get_logger(__name__)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _page(request, 400, _("This request cannot be understood"), _("Go back and try once more."))


def permission_denied(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _page(
        request,
        403,
        _("Not for your role"),
        _("Ask the owner or the manager of the hotel to give you this right."),
    )


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Instead of Django's own page for a failed check against forged forms."""
    return _page(
        request,
        403,
        _("This form is too old"),
        _("You signed in or out since the page was opened. Go back, reload it and send it again."),
    )


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _page(request, 404, _("Page not found"), _("It does not exist, or it belongs to another hotel."))


def too_many_requests(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _page(request, 429, _("Too many tries"), _("Wait a few minutes, then try again."))


def server_error(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        500,
        _("Something went wrong on our side"),
        _("It has been written to the log. Nothing that a booking channel sent is lost."),
    )


def _page(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    try:
        return render(request, "problem.html", {"title": title, "sentence": sentence}, status=status)
    except Exception:
        # The page itself failed, perhaps for the same reason; words can still be said.
        logger.exception("problem_page_failed")
        return HttpResponse(f"{title}. {sentence}\n", status=status, content_type="text/plain; charset=utf-8")
