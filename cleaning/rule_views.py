"""The page of cleaning rules: what holds where, what a changed rule would do, and taking a change back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cleaning.choices import RULED_KINDS, TaskKind
from cleaning.models import CleaningHours, CleaningRule, RuleEdit
from cleaning.plan_terms import Hours
from cleaning.rule_forms import HoursForm, RuleForm
from cleaning.rule_preview import DAYS, preview
from cleaning.rule_wording import Names, clock_text, edit_line, groups_of, rule_text, scope_text
from cleaning.rules import (
    as_rule,
    check_rule,
    is_planned_at_once,
    may_undo,
    remove_rule,
    save_hours,
    save_rule,
    undo_rule_edit,
)
from reservations.hotel_pages import hotel_page
from reservations.models import Hotel, Property
from reservations.permissions import Permission

LATEST_EDITS = 10


@require_safe
@hotel_page(Permission.SEE_CLEANING)
def cleaning_rules(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """Every rule by kind in the order in which they win, the hours of each house, and the latest changes."""
    rows = {row.pk: row for row in CleaningRule.objects.of(hotel)}
    names = Names.of(hotel)
    edits = RuleEdit.objects.of(hotel).select_related("user")[:LATEST_EDITS]
    context = {
        "title": _("Cleaning rules"),
        "subtitle": _("What is cleaned when, and for how long. The closest rule wins as a whole."),
        "groups": groups_of([as_rule(row) for row in rows.values()], names),
        "houses": [_hours_line(house) for house in _houses(hotel)],
        "edits": [edit_line(edit, names, may_undo=may_undo(edit, rows)) for edit in edits],
    }
    return render(request, "cleaning/rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_rule_new(request: HttpRequest, hotel: Hotel, kind: str) -> HttpResponse:
    """Add a rule of ``kind``: fill in, look at the next days, save."""
    if kind not in RULED_KINDS:
        raise Http404
    return _edit(request, hotel, CleaningRule(hotel=hotel, kind=kind))


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_rule(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Change a rule: fill in, look at the next days, save."""
    return _edit(request, hotel, get_object_or_404(CleaningRule.objects.of(hotel), pk=pk))


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_rule_remove(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Show what the next days would be without the rule, and remove it."""
    rule = get_object_or_404(CleaningRule.objects.of(hotel), pk=pk)
    now = timezone.now()
    if request.method == "POST":
        remove_rule(hotel=hotel, rule_id=pk, user_id=request.user.pk, now=now)
        _say(request, hotel, _("The rule is gone."))
        return redirect("cleaning_rules", hotel.slug)
    context = {
        "title": _("Remove this rule?"),
        "subtitle": _sentence(rule, Names.of(hotel)),
        "preview": preview(hotel, removed=pk, now=now),
        "days": DAYS,
    }
    return render(request, "cleaning/rule_remove.html", context)


@require_POST
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_rule_undo(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Take a change of a rule back."""
    try:
        undo_rule_edit(hotel=hotel, edit_id=pk, now=timezone.now())
    except RuleEdit.DoesNotExist:
        raise Http404 from None
    except ValidationError as problem:
        messages.warning(request, " ".join(problem.messages))
    else:
        _say(request, hotel, _("Undone: the rules are as they were before."))
    return redirect("cleaning_rules", hotel.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_hours(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """When people clean in one house."""
    house = get_object_or_404(Property.objects.of(hotel).select_related("cleaning_hours"), pk=pk)
    hours = getattr(house, "cleaning_hours", None) or CleaningHours(hotel=hotel, property=house)
    form = HoursForm(request.POST if request.method == "POST" else None, instance=hours, label_suffix="")
    if request.method == "POST" and form.is_valid():
        save_hours(hotel=hotel, house=house, now=timezone.now(), **form.cleaned_data)
        _say(request, hotel, _("The hours are saved."))
        return redirect("cleaning_rules", hotel.slug)
    title = _("Cleaning hours of %(house)s") % {"house": house.name}
    return render(request, "cleaning/rule_hours.html", {"title": title, "form": form})


def _edit(request: HttpRequest, hotel: Hotel, rule: CleaningRule) -> HttpResponse:
    """``action`` says which step: nothing or ``edit`` shows the form, ``preview`` the next days, ``save`` saves."""
    is_new = rule.pk is None
    kind = TaskKind(rule.kind)
    form = RuleForm(request.POST if request.method == "POST" else None, hotel=hotel, instance=rule)
    action = request.POST.get("action", "") if request.method == "POST" else "edit"
    names = {"kind": kind.label}
    context: dict[str, Any] = {
        "title": (_("New rule: %(kind)s") if is_new else _("Rule: %(kind)s")) % names,
        "form": form,
        "rule": rule,
        "kind": kind,
        "days": DAYS,
    }
    if action == "edit" or not _is_acceptable(form, hotel):
        return render(request, "cleaning/rule.html", context)
    now = timezone.now()
    if action == "save":
        edit = save_rule(hotel=hotel, rule=form.instance, user_id=request.user.pk, now=now)
        if edit is None:
            messages.info(request, _("Nothing was changed."))
        else:
            _say(request, hotel, _("The rule is saved."))
        return redirect("cleaning_rules", hotel.slug)
    context |= {
        "subtitle": _sentence(form.instance, Names.of(hotel)),
        "preview": preview(hotel, saved=as_rule(form.instance), now=now),
    }
    return render(request, "cleaning/rule_preview.html", context)


def _is_acceptable(form: RuleForm, hotel: Hotel) -> bool:
    if not form.is_valid():
        return False
    try:
        check_rule(hotel, form.instance)
    except ValidationError as problem:
        form.refused(problem)
        return False
    return True


def _sentence(rule: CleaningRule, names: Names) -> str:
    row = as_rule(rule)
    return f"{scope_text(row, names)}: {rule_text(row, names)}"


def _say(request: HttpRequest, hotel: Hotel, done: str) -> None:
    """What was done, and when the plan shows it."""
    if is_planned_at_once(hotel, timezone.now()):
        messages.success(request, done)
    else:
        later = _("This is a large house: its plan follows within a few minutes.")
        messages.success(request, f"{done} {later}")


def _houses(hotel: Hotel) -> list[Property]:
    return list(Property.objects.of(hotel).select_related("cleaning_hours").order_by("name", "pk"))


def _hours_line(house: Property) -> dict[str, Any]:
    own = getattr(house, "cleaning_hours", None)
    hours = own or Hours()
    span = f"{clock_text(hours.starts_at)} – {clock_text(hours.ends_at)}"
    return {"house": house, "hours": span, "is_usual": own is None}
