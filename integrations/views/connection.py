"""One connection: how it is, what it did, and every button that acts on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from integrations import connections, on_sale_state, selectors, subscriptions
from integrations.contracts import Capability
from integrations.forms import SettingsForm
from integrations.models import Connection, SyncRun
from integrations.phrases import say_error
from integrations.registry import all_providers, can
from integrations.sending_switches import store_settings
from integrations.sync import request_run
from integrations.views.doors import connection_or_404, may_manage
from integrations.views.push_address import push_address
from integrations.views.wizard import CONNECT, IMPORT, see_other, wizard_url
from reservations.hotel_pages import hotel_page
from reservations.live import live_response, live_token
from reservations.models import Hotel
from reservations.permissions import Permission

#: How many lines of the log can be paged through; older ones are found in the admin's list.
LOG_DEPTH = 2000


@require_safe
@hotel_page(Permission.SEE_CONNECTIONS)
def detail(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """The page, which keeps itself fresh."""
    connection = connection_or_404(hotel, pk)
    return _page(request, hotel, connection)


def _page(
    request: HttpRequest, hotel: Hotel, connection: Connection, form: SettingsForm | None = None
) -> HttpResponse:
    return live_response(
        request,
        "integrations/_connection.html",
        lambda: _context(request, hotel, connection, form),
        live_token(
            request.GET.get("page", ""),
            *selectors.connection_state(connection),
            *(
                on_sale_state.sale_stamp(connection)
                if can(connection.provider, Capability.PUSH_OFFERS)
                else ()
            ),
        ),
        page="integrations/connection.html",
    )


def _context(
    request: HttpRequest, hotel: Hotel, connection: Connection, form: SettingsForm | None
) -> dict[str, Any]:
    provider = all_providers().get(connection.provider)
    declaration = provider.declaration if provider else None
    capabilities = declaration.capabilities if declaration else frozenset()
    log = Paginator(selectors.log_lines(connection)[:LOG_DEPTH], selectors.LOG_PAGE)
    missing = selectors.missing_step_of(connection) if provider else ""
    manage = may_manage(request)
    subscription_error = _subscription_error(connection)
    return {
        "title": connection.name,
        "connection": connection,
        "declaration": declaration,
        "facts": selectors.connection_facts(connection),
        "alerts": selectors.open_alerts(connection),
        "runs": selectors.recent_runs(connection),
        "calls": selectors.recent_calls(connection),
        "log": log.get_page(request.GET.get("page")),
        "missing": missing,
        "missing_url": _missing_url(hotel, connection, missing),
        "reconnect_url": wizard_url(hotel, connection.provider, connection, CONNECT) if provider else "",
        "back_url": reverse("integration_gallery", args=[hotel.slug]),
        "may_manage": manage,
        "can_test": Capability.TEST_CONNECTION in capabilities,
        "can_pull": Capability.PULL_RESERVATIONS in capabilities,
        "can_discover": Capability.DISCOVER in capabilities,
        "can_subscribe": Capability.SUBSCRIBE_WEBHOOKS in capabilities,
        "hears": Capability.RECEIVE_WEBHOOK in capabilities,
        "subscription_error": subscription_error,
        # Told of every change, it is only behind by what it was told and has not read.
        "is_told": connection.is_live and bool(connection.subscription) and not subscription_error,
        "on_sale": _on_sale(connection) if Capability.PUSH_OFFERS in capabilities else None,
        # A function, so that only the whole page, which shows it, opens what is encrypted.
        "push_address": (lambda: push_address(connection)) if manage else None,
        "form": form or (SettingsForm(connection, declaration) if declaration and manage else None),
    }


def _on_sale(connection: Connection) -> on_sale_state.Sentence:
    """How what is on sale stands, in one sentence."""
    obstacle = on_sale_state.obstacle_of(connection)
    if obstacle is not None:
        return on_sale_state.Sentence("quiet", _("Nothing is sent yet."))
    return on_sale_state.sentences(connection, on_sale_state.counts_of(connection))[0]


def _missing_url(hotel: Hotel, connection: Connection, missing: str) -> str:
    if missing == "rooms":
        return reverse("connection_mapping", args=[hotel.slug, connection.pk])
    if missing == "import":
        return wizard_url(hotel, connection.provider, connection, IMPORT)
    return ""


def _subscription_error(connection: Connection) -> str:
    code = connection.subscription.get("error_code")
    return say_error(str(code), str(connection.subscription.get("error", ""))) if code else ""


# --- buttons --------------------------------------------------------------------------------------------------


@require_POST
@hotel_page(Permission.MANAGE_CONNECTIONS)
def act(request: HttpRequest, hotel: Hotel, pk: int, action: str) -> HttpResponse:
    """Do what a button says, then show the page again (303)."""
    connection = connection_or_404(hotel, pk)
    perform = ACTIONS.get(action)
    if perform is None or connection.provider not in all_providers():
        raise Http404
    return see_other(
        perform(request, hotel, connection) or reverse("connection_detail", args=[hotel.slug, pk])
    )


def _sync(request: HttpRequest, hotel: Hotel, connection: Connection) -> str | None:
    if not connection.is_live:
        messages.error(request, _("This connection is not running: connect or resume it first."))
        return None
    request_run(
        connection=connection, kind=SyncRun.Kind.PULL, trigger=SyncRun.Trigger.PERSON, user=request.user
    )
    messages.info(request, _("Reading bookings now. The page shows how it goes."))
    return None


def _import(request: HttpRequest, hotel: Hotel, connection: Connection) -> str | None:
    if not connection.is_live or selectors.missing_step_of(connection) not in ("import", ""):
        messages.error(request, _("Map at least one property first."))
        return wizard_url(hotel, connection.provider, connection)
    request_run(
        connection=connection, kind=SyncRun.Kind.IMPORT, trigger=SyncRun.Trigger.PERSON, user=request.user
    )
    return wizard_url(hotel, connection.provider, connection, IMPORT)


def _test(request: HttpRequest, hotel: Hotel, connection: Connection) -> str | None:
    run = connections.test_connection(connection=connection, user=request.user)
    if run.state == SyncRun.State.DONE:
        messages.success(request, _("The connection works: the other side answered."))
    else:
        messages.error(request, say_error(run.error_code, run.error_detail))
    return None


def _pause(request: HttpRequest, hotel: Hotel, connection: Connection) -> str | None:
    if connections.pause(connection=connection, user=request.user):
        messages.success(request, _("Paused. What arrives is kept until you resume."))
    return None


def _resume(request: HttpRequest, hotel: Hotel, connection: Connection) -> str | None:
    if connections.resume(connection=connection, user=request.user):
        messages.success(request, _("Running again."))
    return None


def _disconnect(request: HttpRequest, hotel: Hotel, connection: Connection) -> str | None:
    connections.disconnect(connection=connection, user=request.user)
    messages.success(request, _("Disconnected. The bookings that came from there stay."))
    return None


def _discover(request: HttpRequest, hotel: Hotel, connection: Connection) -> str | None:
    run = connections.discover(connection=connection, user=request.user)
    if run.state == SyncRun.State.FAILED:
        messages.error(request, say_error(run.error_code, run.error_detail))
        return None
    messages.success(request, _("The properties and rooms of the other side were read again."))
    return reverse("connection_mapping", args=[hotel.slug, connection.pk])


def _subscribe(request: HttpRequest, hotel: Hotel, connection: Connection) -> str | None:
    if subscriptions.subscribe(connection=connection):
        messages.success(request, _("Changes are now sent to us as they happen."))
    else:
        messages.error(request, _subscription_error(connection) or _("The other side did not agree."))
    return None


ACTIONS: dict[str, Callable[[HttpRequest, Hotel, Connection], str | None]] = {
    "sync": _sync,
    "import": _import,
    "test": _test,
    "pause": _pause,
    "resume": _resume,
    "disconnect": _disconnect,
    "discover": _discover,
    "subscribe": _subscribe,
}


@require_POST
@hotel_page(Permission.MANAGE_CONNECTIONS)
def settings(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Store the connection's name and settings."""
    connection = connection_or_404(hotel, pk)
    provider = all_providers().get(connection.provider)
    if provider is None:
        raise Http404
    form = SettingsForm(connection, provider.declaration, request.POST)
    if not form.is_valid():
        response = _page(request, hotel, connection, form)
        response.status_code = 400
        return response
    store_settings(
        connection=connection, name=form.cleaned_data["name"], settings=form.chosen(), user=request.user
    )
    messages.success(request, _("Saved."))
    return see_other(reverse("connection_detail", args=[hotel.slug, pk]))
