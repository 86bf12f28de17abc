"""The doors of the phone page: the page itself, its data, and what it sends."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cleaning.choices import Problem, TaskState
from cleaning.phone.actions import Action, NotUnderstood, perform, read_action
from cleaning.phone.day import PhoneDay, day_of
from cleaning.phone.worker import shell_version
from cleaning.wording import state_tone
from reservations.models import Membership

#: An action is a few words.
MOST_BYTES = 20_000


@require_safe
def my_day(request: HttpRequest) -> HttpResponse:
    """What the person has to do today. Ten queries. No door code is in it: phones keep this page."""
    return _page(request, day_of(request.user, timezone.now()))


@require_http_methods(["GET", "HEAD", "POST"])
def my_task(request: HttpRequest, pk: int) -> HttpResponse:
    """One task of the person's; its buttons work without a script, too. 404 for anybody else's."""
    if request.method == "POST":
        return _pressed(request, pk)
    day = day_of(request.user, timezone.now(), also=pk)
    if pk not in {task.pk for task in day.tasks}:
        raise Http404
    return _page(request, day, pk)


@login_not_required
@require_safe
def day_json(request: HttpRequest) -> HttpResponse:
    """The day as the page shows it, with the door codes of today and until when they may be kept.

    304 while it is what the phone has (``If-None-Match``), 401 without a session.
    """
    if not request.user.is_authenticated:
        return _signed_out()
    now = timezone.now()
    day = day_of(request.user, now)
    token = day.token(shell_version())
    # The cookie with it is what the phone sends its actions with.
    get_token(request)
    response: HttpResponse
    if f'"{token}"' in request.headers.get("if-none-match", ""):
        response = HttpResponseNotModified()
    else:
        response = JsonResponse(
            {
                "token": token,
                "version": shell_version(),
                "person": day.person,
                "codes": [
                    {"task": task.pk, "code": task.code, "until": task.code_until}
                    for task in day.tasks
                    if task.code
                ],
                "html": render_to_string("cleaning/phone/day.html", _context(day), request),
            }
        )
    response["ETag"] = f'"{token}"'
    return _private(response)


@login_not_required
@require_POST
def take_action(request: HttpRequest) -> HttpResponse:
    """One action of the phone as JSON; see :func:`cleaning.phone.actions.perform`.

    200 with the answer, 400 for what is no action, 401 without a session, 409 when somebody else signed in since.
    """
    if not request.user.is_authenticated:
        return _signed_out()
    if len(request.body) > MOST_BYTES:
        return _private(JsonResponse({"ok": False}, status=400))
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        sent = None
    return _done(request, sent if isinstance(sent, dict) else {}, None)


@login_not_required
@require_POST
def take_photo(request: HttpRequest) -> HttpResponse:
    """One photo of the phone as a form with the fields of an action and the file ``photo``; answers as actions do."""
    photo = request.FILES.get("photo")
    if photo is None:
        return _private(JsonResponse({"ok": False}, status=400))
    return _done(request, request.POST.dict(), photo)


def _done(request: HttpRequest, sent: dict[str, Any], photo: Any) -> HttpResponse:
    if not request.user.is_authenticated:
        return _signed_out()
    if str(sent.get("person", request.user.pk)) != str(request.user.pk):
        return _private(JsonResponse({"ok": False, "problem": "somebody_else"}, status=409))
    now = timezone.now()
    try:
        answer = perform(user=request.user, action=read_action(sent, now=now, photo=photo), now=now)
    except NotUnderstood:
        return _private(JsonResponse({"ok": False}, status=400))
    return _private(JsonResponse(answer))


def _pressed(request: HttpRequest, pk: int) -> HttpResponse:
    """A button of the plain form. Its number comes from the form, so that pressing twice does it once."""
    now = timezone.now()
    kind, _colon, item = request.POST.get("do", "").partition(":")
    fields = {**request.POST.dict(), "task": str(pk), "kind": kind, "item": item or request.POST.get("item")}
    photo = request.FILES.get("photo")
    form = request.POST.get("id", "")
    wanted: list[Action] = []
    try:
        if kind != "photo":
            action = read_action({**fields, "id": _number_of(form, kind, item), "at": None}, now=now)
            wanted.append(action)
            fields["of"] = str(action.id)
        if photo is not None and kind in ("photo", "finding"):
            sent = {**fields, "id": _number_of(form, "photo", item), "at": None}
            wanted.append(read_action(sent, now=now, photo=photo))
        for action in wanted:
            answer = perform(user=request.user, action=action, now=now)
            if not answer["ok"]:
                messages.warning(request, answer["message"])
                break
    except NotUnderstood:
        return redirect("my_task", pk=pk)
    over = kind in ("finish", "not_possible", "pass", "send_back") and bool(wanted) and answer["ok"]
    still_there = any(task.pk == pk for task in day_of(request.user, now, also=pk).tasks)
    return redirect("my_day") if over or not still_there else redirect("my_task", pk=pk)


def _number_of(form: str, kind: str, item: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{form}/{kind}/{item}"))


def _page(request: HttpRequest, day: PhoneDay, opened: int | None = None) -> HttpResponse:
    context = {
        **_context(day, opened),
        "title": _("My day"),
        "version": shell_version(),
        "token": day.token(shell_version()),
        "states": [(state.value, state.label, state_tone(state)) for state in TaskState],
        "day_list": Membership.objects.filter(user_id=day.person)
        .order_by("hotel__name")
        .values_list("hotel__slug", "hotel__name"),
    }
    return _private(render(request, "cleaning/phone/page.html", context))


def _context(day: PhoneDay, opened: int | None = None) -> dict[str, Any]:
    return {"day": day, "opened": opened, "problems": Problem.choices, "form_number": uuid.uuid4()}


def _signed_out() -> HttpResponse:
    return _private(JsonResponse({"ok": False, "problem": "signed_out"}, status=401))


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response
