"""Where somebody says yes or no to hotels that want to work with them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from cleaning.link_sessions import came_by_link
from reservations.members import answer_invitation
from reservations.models import Invitation


@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: HttpRequest) -> HttpResponse:
    """The hotels that have asked, each with yes and no. A personal link answers nothing: others may hold it, too."""
    by_link = came_by_link(request)
    if request.method == "POST" and not by_link:
        return _answered(request)
    rows = Invitation.objects.filter(user=request.user).select_related("hotel", "invited_by")
    context = {"title": _("Invitations"), "invitations": rows, "by_link": by_link}
    return render(request, "account/invitations.html", context)


def _answered(request: HttpRequest) -> HttpResponse:
    number = request.POST.get("invitation", "")
    accept = request.POST.get("answer") == "yes"
    try:
        invitation = answer_invitation(
            user=request.user, invitation_id=int(number) if number.isdecimal() else 0, accept=accept
        )
    except Invitation.DoesNotExist:
        messages.warning(request, _("This invitation was taken back or answered already."))
        return redirect("invitations")
    words = {"hotel": invitation.hotel.name}
    if not accept:
        messages.success(request, _("You said no to %(hotel)s. Nobody there sees anything of you.") % words)
        return redirect("invitations")
    messages.success(request, _("You belong to %(hotel)s now.") % words)
    return redirect("home")


@receiver(user_logged_in, dispatch_uid="invitations.tell")
def tell_invited(request: HttpRequest, user: Any, **_kwargs: object) -> None:
    """Say so right after the sign-in."""
    hotels = Invitation.objects.filter(user_id=user.pk).values_list("hotel__name", flat=True)[:3]
    if named := ", ".join(hotels):
        said = _("%(hotels)s would like to work with you.") % {"hotels": named}
        link = format_html('<a href="{}">{}</a>', reverse("invitations"), pgettext("invitation", "Answer"))
        # Programs sign in without pages to show it on.
        messages.info(request, format_html("{} {}", said, link), fail_silently=True)
