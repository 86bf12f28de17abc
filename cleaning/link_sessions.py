"""Sessions that a personal link has opened: they last only as long as the link would open one.

A link can be withdrawn, and it must not lead its maker into a hotel that the person joins later; a phone that is signed
in already would know nothing of either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth import login, logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from cleaning.links import is_open
from cleaning.models import PersonalLink

#: In the session: the link that opened it.
_KEY = "personal_link"
#: A phone stays signed in as long as a session of the sign-in page does.
_SECONDS = 30 * 24 * 3600
_BACKEND = "django.contrib.auth.backends.ModelBackend"


def sign_in_by(link: PersonalLink, request: HttpRequest) -> None:
    """Sign the link's person in, for as long as the link works."""
    login(request, link.user, backend=_BACKEND)
    request.session.set_expiry(_SECONDS)
    request.session[_KEY] = link.pk


@receiver(user_logged_in, dispatch_uid="link_sessions.forget")
def _forget(request: HttpRequest, **_: Any) -> None:
    """Whoever signs in with a password in the same browser came by no link."""
    request.session.pop(_KEY, None)


def came_by_link(request: HttpRequest) -> bool:
    """Whether whoever is signed in came with a personal link: then it need not be the person alone who holds it."""
    return _KEY in request.session


class LinkSessionMiddleware:
    """Signs out whom a link has signed in that works no more. Belongs right behind the authentication middleware.

    Three queries, in such sessions only.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        link_id = request.session.get(_KEY)
        if link_id is not None and not (
            request.user.is_authenticated and is_open(link_id, request.user, timezone.now())
        ):
            logout(request)
        return self.get_response(request)
