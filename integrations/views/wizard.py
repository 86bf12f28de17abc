"""The wizard: registration, connect, properties and rooms, first import. Each step can be left and found again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from integrations import applications, connections, oauth, selectors, subscriptions
from integrations.accounts import is_taken
from integrations.contracts import Capability, Declaration
from integrations.errors import IntegrationError, NeedsReconnect
from integrations.first_sending import first_sending
from integrations.forms import ApplicationForm, CredentialsForm
from integrations.models import Connection, ConnectionStatus, PropertyMapping, SyncRun
from integrations.phrases import remedy_for, say_error, with_detail
from integrations.sync import request_run
from integrations.views.doors import connection_or_404, may_manage, provider_or_404
from reservations.hotel_pages import hotel_page
from reservations.live import live_response, live_token
from reservations.models import Hotel
from reservations.permissions import Permission

REGISTRATION, CONNECT, ROOMS, IMPORT = 1, 2, 3, 4
#: Languages of the ready-made message, in the order of its tabs.
REQUEST_LANGUAGES = (("es", "Español"), ("fr", "Français"), ("en", "English"))
_SEE_OTHER = 303


@dataclass(frozen=True, slots=True)
class Step:
    number: int
    label: str
    done: bool
    current: bool
    url: str


def see_other(url: str) -> HttpResponseRedirect:
    """A redirect that is always followed by GET."""
    response = HttpResponseRedirect(url)
    response.status_code = _SEE_OTHER
    return response


def wizard_url(
    hotel: Hotel, provider: str, connection: Connection | None = None, step: int | None = None
) -> str:
    """The wizard's address; without ``step`` it opens at the first thing that is missing."""
    query = {}
    if connection is not None:
        query["connection"] = connection.pk
    if step is not None:
        query["step"] = step
    return reverse("connection_wizard", args=[hotel.slug, provider], query=query)


def first_missing(declaration: Declaration, connection: Connection | None) -> int:
    """The first step that is not done; one more than the last when nothing is missing. At most two queries."""
    missing = selectors.missing_step_of(connection) if connection else "connect"
    first = {"connect": CONNECT, "rooms": ROOMS, "import": IMPORT, "": IMPORT + 1}[missing]
    if first == CONNECT and not selectors.is_registered(declaration.slug):
        return REGISTRATION
    return first


def stepper(
    hotel: Hotel, declaration: Declaration, connection: Connection | None, *, current: int, first: int
) -> list[Step]:
    """The steps; those that can be opened now have an address."""
    labels = [_("Registration"), _("Connect"), _("Properties and rooms"), _("First import")]
    return [
        Step(
            number,
            label,
            done=number < first,
            current=number == current,
            url=_step_url(hotel, declaration.slug, connection, number) if number <= first else "",
        )
        for number, label in enumerate(labels, start=1)
    ]


def _step_url(hotel: Hotel, slug: str, connection: Connection | None, number: int) -> str:
    if number == ROOMS and connection is not None:
        return reverse("connection_mapping", args=[hotel.slug, connection.pk])
    return wizard_url(hotel, slug, connection, number)


@require_safe
@hotel_page(Permission.MANAGE_CONNECTIONS)
def wizard(request: HttpRequest, hotel: Hotel, provider: str) -> HttpResponse:
    """The step that was asked for, else the first that is missing."""
    declaration = provider_or_404(provider).declaration
    connection = _named_connection(request, hotel, provider)
    return render_step(request, hotel, declaration, connection, _wanted_step(request))


@require_POST
@hotel_page(Permission.MANAGE_CONNECTIONS)
def register(request: HttpRequest, hotel: Hotel, provider: str) -> HttpResponse:
    """Store the operator's registration; only operators may."""
    if not request.user.is_superuser:  # type: ignore[union-attr]
        raise PermissionDenied
    declaration = provider_or_404(provider).declaration
    form = ApplicationForm(provider, declaration, request.POST)
    if not form.is_valid():
        return render_step(request, hotel, declaration, None, REGISTRATION, status=400, application_form=form)
    applications.save_application(provider, form.given())
    messages.success(request, _("The registration is stored."))
    return see_other(wizard_url(hotel, provider))


@require_POST
@hotel_page(Permission.MANAGE_CONNECTIONS)
def connect(request: HttpRequest, hotel: Hotel, provider: str) -> HttpResponse:
    """Lead to the consent page, or test and store what was typed in."""
    declaration = provider_or_404(provider).declaration
    connection = _named_connection(request, hotel, provider)
    if not selectors.is_registered(provider):
        return see_other(wizard_url(hotel, provider, connection, REGISTRATION))
    if Capability.AUTHORIZE in declaration.capabilities:
        return _begin(request, hotel, declaration, connection)
    form = CredentialsForm(declaration, request.POST)
    if not form.is_valid():
        return render_step(
            request, hotel, declaration, connection, CONNECT, status=400, credentials_form=form
        )
    given = {"provider": provider, "credentials": form.credentials, "settings": form.account_settings}
    if is_taken(declaration, form.credentials, besides=connection.pk if connection else None):
        form.add_error(None, _taken_text(declaration))
        return render_step(
            request, hotel, declaration, connection, CONNECT, status=400, credentials_form=form
        )
    try:
        connections.check_credentials(hotel_id=hotel.pk, **given)
    except IntegrationError as error:
        if isinstance(error, NeedsReconnect):
            form.add_error(None, with_detail(_("The other side does not accept this."), error.detail))
        else:
            form.add_error(None, say_error(error.code, error.detail))
        return render_step(
            request, hotel, declaration, connection, CONNECT, status=400, credentials_form=form
        )
    connection = connections.save_credentials(
        hotel_id=hotel.pk, name=declaration.name, connection=connection, **given
    )
    return after_connecting(request, hotel, connection)


def _taken_text(declaration: Declaration) -> str:
    if declaration.account_once:
        return _("This account is connected already. Each account can be connected once.")
    return _("This is connected already, and a second connection would take bookings away from the first.")


def _begin(
    request: HttpRequest, hotel: Hotel, declaration: Declaration, connection: Connection | None
) -> HttpResponse:
    if not request.session.session_key:
        request.session.save()
    try:
        address = oauth.begin(
            hotel=hotel,
            user=request.user,
            session_key=request.session.session_key or "",
            provider_slug=declaration.slug,
            connection=connection,
        )
    except IntegrationError as error:
        return render_step(
            request, hotel, declaration, connection, CONNECT, status=400, failure=failure_of(error)
        )
    return see_other(address)


def after_connecting(request: HttpRequest, hotel: Hotel, connection: Connection) -> HttpResponse:
    """Read what the account opens, ask to be called, and go on with the step that is missing."""
    run = connections.discover(connection=connection, user=request.user)
    if run.state == SyncRun.State.DONE:
        subscriptions.subscribe(connection=connection)
    missing = selectors.missing_step_of(connection)
    if not missing:
        messages.success(request, _("Connected again. It goes on where it stopped."))
        request_run(
            connection=connection,
            kind=SyncRun.Kind.PULL,
            trigger=SyncRun.Trigger.PERSON,
            user=request.user,
        )
        return see_other(reverse("connection_detail", args=[hotel.slug, connection.pk]))
    step = IMPORT if missing == "import" else ROOMS
    return see_other(wizard_url(hotel, connection.provider, connection, step))


def failure_of(error: IntegrationError) -> dict[str, str]:
    """What the page says of an error, and what to do about it."""
    return {"sentence": say_error(error.code, error.detail), "remedy": remedy_for(error.code)}


@require_safe
@hotel_page(Permission.SEE_CONNECTIONS)
def progress(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """The live part of the first import."""
    connection = connection_or_404(hotel, pk)
    run = selectors.latest_import(connection)
    return live_response(
        request, "integrations/_progress.html", _progress_context(hotel, connection, run), progress_token(run)
    )


def progress_token(run: SyncRun | None) -> str:
    if run is None:
        return live_token("none")
    counts = (run.pages, run.seen, run.expected, run.created, run.changed, run.unchanged, run.failed)
    return live_token(run.pk, run.state, *counts)


def render_step(
    request: HttpRequest,
    hotel: Hotel,
    declaration: Declaration,
    connection: Connection | None,
    wanted: int,
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    """The wizard's page at the step ``wanted`` (0: the first missing one), never past what can be done yet."""
    first = first_missing(declaration, connection)
    step = min(wanted or first, first, IMPORT)
    context: dict[str, Any] = {
        "title": _("Connect %(name)s") % {"name": declaration.name},
        "declaration": declaration,
        "connection": connection,
        "steps": stepper(hotel, declaration, connection, current=step, first=first),
        "step": step,
        "first": first,
        "may_manage": may_manage(request),
        "redirect_url": applications.redirect_uri(declaration.slug),
        "uses_oauth": Capability.AUTHORIZE in declaration.capabilities,
    }
    if step == REGISTRATION:
        context |= _registration_context(request, declaration)
    elif step == CONNECT:
        context |= _connect_context(hotel, declaration, connection)
    elif step == ROOMS and connection is not None:
        context |= _rooms_context(connection)
    elif connection is not None:
        run = selectors.latest_import(connection)
        context |= _progress_context(hotel, connection, run)
        address = reverse("connection_progress", args=[hotel.slug, connection.pk])
        if run is not None and run.state in (SyncRun.State.QUEUED, SyncRun.State.RUNNING):
            context["live_url"] = f"{address}?state={progress_token(run)}"
    return render(request, "integrations/wizard.html", {**context, **extra}, status=status)


def _wanted_step(request: HttpRequest) -> int:
    text = request.GET.get("step", "")
    return int(text) if text in ("1", "2", "3", "4") else 0


def _named_connection(request: HttpRequest, hotel: Hotel, provider: str) -> Connection | None:
    """The connection that the form or the address names, if it is this hotel's and this provider's."""
    text = request.POST.get("connection") or request.GET.get("connection") or ""
    if not text.isdecimal() or len(text) > 18:
        return None
    connection = connection_or_404(hotel, int(text))
    return connection if connection.provider == provider else None


def _registration_context(request: HttpRequest, declaration: Declaration) -> dict[str, Any]:
    return {
        "registration": selectors.registration(declaration.slug, declaration),
        "registered": selectors.is_registered(declaration.slug),
        "application_form": (
            ApplicationForm(declaration.slug, declaration) if request.user.is_superuser else None  # type: ignore[union-attr]
        ),
        "requests": credentials_requests(declaration),
    }


def credentials_requests(declaration: Declaration) -> list[dict[str, Any]]:
    """The ready-made message asking the provider for credentials, in each language, redirect address filled in."""
    if not declaration.credentials_request:
        return []
    found = []
    for code, language in REQUEST_LANGUAGES:
        with translation.override(code):
            text = str(declaration.credentials_request)
        text = text.replace("{redirect_url}", applications.redirect_uri(declaration.slug))
        found.append(
            {
                "code": code,
                "language": language,
                "text": text,
                "lines": text.count("\n") + 6,
                "open": code == (translation.get_language() or "en")[:2],
            }
        )
    return found


def _connect_context(hotel: Hotel, declaration: Declaration, connection: Connection | None) -> dict[str, Any]:
    others = Connection.objects.of(hotel).filter(provider=declaration.slug).defer(*selectors.HEAVY)
    return {
        "credentials_form": CredentialsForm(declaration),
        "others": [] if connection else list(others),
        "reconnecting": connection is not None,
        "was_disconnected": connection is not None and connection.status == ConnectionStatus.DISCONNECTED,
    }


def _rooms_context(connection: Connection) -> dict[str, Any]:
    properties = connection.catalogue.get("properties", [])
    return {
        "found": [
            {
                **place,
                "types": sum(1 for room in place["rooms"] if room["kind"] == "room_type"),
                "room_count": sum(1 for room in place["rooms"] if room["kind"] == "room"),
            }
            for place in properties
        ],
        "discovery": connection.runs.filter(kind=SyncRun.Kind.DISCOVER).first(),
    }


def _progress_context(hotel: Hotel, connection: Connection, run: SyncRun | None) -> dict[str, Any]:
    return {
        "run": run,
        "connection": connection,
        "several_rooms": run is not None
        and run.seen > run.created + run.changed + run.unchanged + run.failed,
        "unmapped": selectors.unmapped_stays(connection) if run and run.finished_at else 0,
        "sending": first_sending(connection),
        "tomorrow": _tomorrow(connection).isoformat(),
        "may_manage": True,
        "reservations_url": reverse("reservation_list", args=[hotel.slug]),
        "cleaning_url": reverse("cleaning_day", args=[hotel.slug]),
        "seconds": 1,
    }


def _tomorrow(connection: Connection) -> Any:
    """Tomorrow where the connection's first property is."""
    mapping = (
        PropertyMapping.objects.filter(connection=connection, property__isnull=False)
        .select_related("property")
        .first()
    )
    zone = mapping.property.zone if mapping and mapping.property else None
    return timezone.localdate(timezone=zone) + timedelta(days=1)
