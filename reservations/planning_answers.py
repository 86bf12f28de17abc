"""How actions of the planning answer: a browser goes back to where it came from, a script gets JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from reservations.models import Hotel, PlanningEdit
from reservations.planning_checks import RoomTaken
from reservations.planning_wording import edit_text


class SeeOther(HttpResponseRedirect):
    """After a form was posted: look there, with GET."""

    status_code = 303


def answered(
    request: HttpRequest,
    hotel: Hotel,
    act: Callable[[], PlanningEdit],
    *,
    said: str = "",
    refused_at: str = "",
) -> HttpResponse:
    """Do it and say so. A refusal is 409 for a script; a browser sees it at ``refused_at``, or where it came from.

    ``said`` is what is told instead of the edit's own sentence. What is not of ``hotel`` is a 404.
    """
    try:
        edit = act()
    except ObjectDoesNotExist:
        raise Http404 from None
    except ValidationError as refusal:
        sentence = " ".join(refusal.messages)
        if wants_json(request):
            swap = refusal.swap.pk if isinstance(refusal, RoomTaken) and refusal.swap else None
            return JsonResponse({"ok": False, "message": sentence, "swap": swap}, status=409)
        messages.warning(request, sentence)
        return SeeOther(refused_at or way_back(request, hotel))
    return accepted(request, hotel, edit, said)


def accepted(request: HttpRequest, hotel: Hotel, edit: PlanningEdit, said: str = "") -> HttpResponse:
    """Say what was done; ``edit`` in the JSON is what can be undone, null when it just was."""
    sentence = said or edit_text(edit)
    if wants_json(request):
        return JsonResponse(
            {"ok": True, "message": sentence, "edit": edit.pk if edit.undone_at is None else None}
        )
    messages.success(request, sentence)
    return SeeOther(way_back(request, hotel))


def wants_json(request: HttpRequest) -> bool:
    return request.accepts("application/json") and not request.accepts("text/html")


def way_back(request: HttpRequest, hotel: Hotel) -> str:
    """The page of this hotel that the person came from, else the board; only ever an address of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return (
        wanted if own and wanted.startswith(f"/h/{hotel.slug}/") else reverse("planning", args=[hotel.slug])
    )


def card(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """The page ``name``, or only its card for a dialog (``?fragment=1``, htmx)."""
    is_fragment = request.GET.get("fragment") == "1" or request.headers.get("HX-Request") == "true"
    response = render(
        request, f"reservations/{name}_card.html" if is_fragment else f"reservations/{name}.html", context
    )
    response["Cache-Control"] = "no-store"
    return response


def number(request: HttpRequest, name: str) -> int:
    """The posted id ``name``; one that is no number belongs to nothing."""
    text = request.POST.get(name, "")
    if not (text.isdecimal() and len(text) < 19):
        raise Http404
    return int(text)
