"""One task: what is known of it, what people decide about it, and the work itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cleaning import who, work
from cleaning.choices import FINISHED_STATES, Problem, TaskKind
from cleaning.decisions import drop_override, override_task
from cleaning.forms import DecisionForm, ProblemForm
from cleaning.models import CleaningTask
from cleaning.overrides import FIELDS
from cleaning.people import people_who_clean, tasks_of_person, teams_that_clean
from cleaning.task_selectors import proof_of, task_with_everything
from cleaning.task_story import story_of
from cleaning.task_values import values_of
from cleaning.wording import place_text, who_text
from cleaning.work import TaskRefused
from reservations.hotel_pages import hotel_page
from reservations.models import Hotel
from reservations.permissions import Permission, permissions_here


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.SEE_CLEANING)
def cleaning_task(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """One task with what the rules say and what people decided; those who plan may decide here."""
    task = _task(hotel, pk)
    may_plan = _may(request, Permission.PLAN_CLEANING)
    if request.method == "POST" and not may_plan:
        raise PermissionDenied
    back = _back(request, hotel, f"?day={task.date.isoformat()}")
    if request.method == "POST" and request.POST.get("drop") in FIELDS:
        return _drop(request, hotel, task, back)
    people, teams = list(people_who_clean(hotel)), list(teams_that_clean(hotel))
    form = DecisionForm(
        request.POST if request.method == "POST" else None, task=task, people=people, teams=teams
    )
    if request.method == "POST" and form.is_valid():
        changes, drop = form.decided
        try:
            override_task(
                hotel_id=hotel.pk,
                task_id=pk,
                changes=changes,
                drop=drop,
                user_id=request.user.pk,
                now=timezone.now(),
            )
        except TaskRefused as refusal:
            form.add_error(None, str(refusal))
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect(back)
    return render(request, "cleaning/task.html", _context(request, task, back) | {"form": form})


@require_POST
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_assign_one(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Give a task to the person or the team in ``to`` (:mod:`cleaning.who`), or to nobody.

    Answers a script with JSON: ``ok``, ``message``, and in ``undo`` the value that gives it back.
    """
    task = _task(hotel, pk)
    before = who.value_of_task(task)
    try:
        user_id, team_id = who.who_of(request.POST.get("to", ""))
        changes: dict[str, Any] = {"assignee": user_id} if user_id else {"team": team_id} if team_id else {}
        override_task(
            hotel_id=hotel.pk,
            task_id=pk,
            changes=changes,
            drop=() if changes else ("assignee", "team"),
            user_id=request.user.pk,
            now=timezone.now(),
        )
    except TaskRefused as refusal:
        return _given(request, hotel, ok=False, message=str(refusal))
    except ValidationError as refusal:
        return _given(request, hotel, ok=False, message=" ".join(refusal.messages))
    except ValueError:
        return _given(request, hotel, ok=False, message=_("Choose a person or a team."))
    words = {"place": place_text(task), "work": task.get_kind_display(), "who": who_text(_task(hotel, pk))}
    if words["who"]:
        message = _("%(place)s · %(work)s is given to %(who)s.") % words
    else:
        message = _("%(place)s · %(work)s is given to nobody now.") % words
    return _given(request, hotel, ok=True, message=message, undo=before)


@require_POST
@hotel_page(Permission.DO_CLEANING)
def cleaning_start(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Start a task, or go on with it, and go back to the page the person came from."""
    return _work(request, hotel, pk, work.start_task)


@require_POST
@hotel_page(Permission.DO_CLEANING)
def cleaning_pause(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Let a task rest and go back."""
    return _work(request, hotel, pk, work.pause_task)


@require_POST
@hotel_page(Permission.DO_CLEANING)
def cleaning_finish(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Finish a task and go back; who plans may take it as it is (``incomplete``), with items open."""
    as_it_is = "incomplete" in request.POST and _may(request, Permission.PLAN_CLEANING)
    return _work(request, hotel, pk, work.finish_task, incomplete=as_it_is)


@require_POST
@hotel_page(Permission.DO_CLEANING)
def cleaning_not_possible(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Say that a task was not possible, and why, and go back."""
    form = ProblemForm(request.POST)
    if not form.is_valid():
        task = _task(hotel, pk)
        back = _back(request, hotel, f"?day={task.date.isoformat()}")
        return render(request, "cleaning/task.html", _context(request, task, back) | {"problem_form": form})
    problem, remark = Problem(form.cleaned_data["problem"]), form.cleaned_data["remark"]
    return _work(request, hotel, pk, work.not_possible, problem=problem, remark=remark)


@require_POST
@hotel_page(Permission.DO_CLEANING)
def cleaning_reopen(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Take a start or an end back, or try again what was not possible, and go back."""
    return _work(request, hotel, pk, work.reopen_task)


@require_POST
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_pass(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """The room passes its inspection."""
    return _work(request, hotel, pk, work.pass_inspection)


@require_POST
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_send_back(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """The room does not pass its inspection: who cleaned it is told the ``reason``."""
    said = _("%(place)s goes back to whoever cleaned it.") % {"place": place_text(_task(hotel, pk))}
    return _work(request, hotel, pk, work.send_back, said=said, reason=request.POST.get("reason", ""))


def _work(
    request: HttpRequest, hotel: Hotel, pk: int, service: Callable[..., object], said: str = "", **values: Any
) -> HttpResponse:
    """Do it and go back to the row of the task, or to the top of the page where there is something to read."""
    task = get_object_or_404(CleaningTask.objects.of(hotel).select_related("assignee", "team"), pk=pk)
    back = _back(request, hotel, "")
    if _is_anothers(request, task):
        has_it = _("%(who)s has this task. Ask whoever plans to give it to you.")
        messages.warning(request, has_it % {"who": who_text(task)})
        return redirect(back)
    try:
        service(hotel_id=hotel.pk, task_id=pk, user_id=request.user.pk, now=timezone.now(), **values)
    except TaskRefused as refusal:
        messages.warning(request, str(refusal))
        return redirect(back)
    if said:
        messages.success(request, said)
        return redirect(back)
    return redirect(f"{back}#task-{pk}")


def _is_anothers(request: HttpRequest, task: CleaningTask) -> bool:
    """Whether the task was given to somebody else, whose work nobody but those who plan may touch."""
    if _may(request, Permission.PLAN_CLEANING) or (task.assignee_id is None and task.team_id is None):
        return False
    return not tasks_of_person(request.user).filter(pk=task.pk).exists()


def _drop(request: HttpRequest, hotel: Hotel, task: CleaningTask, back: str) -> HttpResponse:
    """Let the rules decide one field again and stay on the page, unless the task goes with it."""
    try:
        left = drop_override(
            hotel_id=hotel.pk,
            task_id=task.pk,
            fields=[request.POST["drop"]],
            user_id=request.user.pk,
            now=timezone.now(),
        )
    except TaskRefused as refusal:
        messages.warning(request, str(refusal))
    except ValidationError as refusal:
        messages.warning(request, " ".join(refusal.messages))
    else:
        is_gone = left.pk is None
        if is_gone:
            messages.success(request, _("No stay asks for this task any more; it is gone."))
            return redirect(back)
        messages.success(request, _("The rules decide this again."))
    query = request.GET.urlencode()
    return redirect(request.path + (f"?{query}" if query else ""))


def _given(
    request: HttpRequest, hotel: Hotel, *, ok: bool, message: str, undo: str | None = None
) -> HttpResponse:
    if request.accepts("text/html"):
        (messages.success if ok else messages.warning)(request, message)
        return redirect(_back(request, hotel, "?by=person"))
    return JsonResponse({"ok": ok, "message": message, "undo": undo})


def _task(hotel: Hotel, pk: int) -> CleaningTask:
    try:
        return task_with_everything(hotel, pk)
    except CleaningTask.DoesNotExist:
        raise Http404 from None


def _context(request: HttpRequest, task: CleaningTask, back: str) -> dict[str, Any]:
    may_plan = _may(request, Permission.PLAN_CLEANING)
    return {
        "title": f"{place_text(task)} · {task.get_kind_display()}",
        "task": task,
        "here": request.get_full_path() if request.method == "GET" else _address(request, task),
        "back": back,
        "zone": task.property.zone,
        "may_plan": may_plan,
        "may_decide": may_plan and task.state not in FINISHED_STATES,
        "may_work": _may(request, Permission.DO_CLEANING) and not _is_anothers(request, task),
        "is_inspection": task.kind == TaskKind.INSPECTION,
        "values": values_of(task),
        "proof": proof_of(task),
        "story": story_of(task),
        "problem_form": ProblemForm(),
    }


def _address(request: HttpRequest, task: CleaningTask) -> str:
    return reverse("cleaning_task", args=[request.hotel.slug, task.pk])  # type: ignore[attr-defined]


def _may(request: HttpRequest, permission: Permission) -> bool:
    return permission in permissions_here(request)


def _back(request: HttpRequest, hotel: Hotel, query: str) -> str:
    """The page the person came from, filters included; only ever an address of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    cleaning = reverse("cleaning_day", args=[hotel.slug])
    own = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith(cleaning)
    return wanted if own else cleaning + query
