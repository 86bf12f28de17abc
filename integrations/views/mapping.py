"""The mapping page: whose room is whose, with suggestions filled in and their reasons beside them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from integrations import selectors
from integrations.counterparts import create_missing
from integrations.forms import MappingChoices, read_mapping
from integrations.mapping_table import mapping_table
from integrations.mappings import MappingRefused, replace_stays, save_mappings
from integrations.models import Connection, PropertyMapping, RoomMapping, SyncRun
from integrations.rate_mappings import save_rate_mappings
from integrations.rate_table import rate_table, read_rates
from integrations.registry import all_providers
from integrations.sync import request_run
from integrations.views.doors import connection_or_404, may_manage
from integrations.views.wizard import ROOMS, first_missing, see_other, stepper, wizard_url
from reservations.hotel_pages import hotel_page
from reservations.models import Hotel, Room
from reservations.permissions import Permission

UNMAPPED = "unmapped"
#: The rates of every room by themselves, instead of one line for a name.
EACH = "each"


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.SEE_CONNECTIONS)
def rooms(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Show the mapping, or save all of it at once."""
    connection = connection_or_404(hotel, pk)
    if request.method != "POST":
        return _page(request, hotel, connection)
    if not may_manage(request):
        raise PermissionDenied
    if request.POST.get("what") == "rates":
        return _save_rates(request, hotel, connection)
    return _save(request, hotel, connection)


def _save_rates(request: HttpRequest, hotel: Hotel, connection: Connection) -> HttpResponse:
    try:
        changed = save_rate_mappings(
            connection=connection, user=request.user, choices=read_rates(request.POST.dict())
        )
    except ValueError:  # UnknownRate is one
        messages.error(request, _("Nothing was saved: a rate or rate plan does not exist here any more."))
        return _page(request, hotel, connection, status=400)
    text = ngettext("Saved: %(count)s rate changed.", "Saved: %(count)s rates changed.", changed)
    messages.success(request, text % {"count": changed})
    return see_other(f"{request.get_full_path()}#rates")


def _save(request: HttpRequest, hotel: Hotel, connection: Connection) -> HttpResponse:
    choices = _choices(request, connection)
    if choices.odd:
        return _page(request, hotel, connection, refusals=choices.odd, status=400)
    before = _mapped_properties(connection)
    try:
        saved = save_mappings(
            connection=connection, user=request.user, properties=choices.properties, rooms=choices.rooms
        )
    except MappingRefused as refused:
        reasons = {(refusal.kind, refusal.row): refusal.sentence for refusal in refused.refusals}
        return _page(request, hotel, connection, refusals=reasons, status=400)
    if request.POST.get("then") == "create":
        created = create_missing(connection=connection)
        if created.types or created.rooms:
            saved = replace_stays(connection=connection, user=request.user)
        messages.success(
            request,
            _("Created here. Room types: %(types)s. Rooms: %(rooms)s.")
            % {"types": created.types, "rooms": created.rooms},
        )
    _say_saved(request, saved.mapped, saved.total, saved.placed)
    missing = selectors.missing_step_of(connection)
    new = _mapped_properties(connection) - before
    if new and not missing and connection.is_live:
        # A property that is new here has bookings that were never read.
        request_run(
            connection=connection, kind=SyncRun.Kind.PULL, trigger=SyncRun.Trigger.PERSON, user=request.user
        )
    if missing == "import" and request.POST.get("then") == "import":
        unseen = _unseen_rooms(request, connection, new)
        if not unseen:
            return see_other(wizard_url(hotel, connection.provider, connection))
        messages.warning(
            request, _("Now choose the rooms of %(names)s, then go on.") % {"names": ", ".join(unseen)}
        )
    return see_other(request.get_full_path())


def _say_saved(request: HttpRequest, mapped: int, total: int, placed: int) -> None:
    sentence = _("Saved: %(mapped)s of %(total)s mapped.") % {"mapped": mapped, "total": total}
    if placed:
        sentence += " " + ngettext(
            "%(n)s booking found its room.", "%(n)s bookings found their rooms.", placed
        ) % {"n": placed}
    messages.success(request, sentence)


def _unseen_rooms(request: HttpRequest, connection: Connection, new: set[str]) -> list[str]:
    """The names of the properties in ``new`` that have unmapped rooms which the form did not show."""
    rows = RoomMapping.objects.filter(
        connection=connection, property_ref__in=new, room_type=None, room=None, ignored=False
    )
    shown = request.POST
    refs = {
        ref
        for pk, ref in rows.values_list("pk", "property_ref")
        if f"room-{pk}" not in shown and f"name-{pk}" not in shown
    }
    places = PropertyMapping.objects.filter(connection=connection, external_ref__in=refs)
    return [str(place) for place in places.order_by("external_name", "pk")]


def _mapped_properties(connection: Connection) -> set[str]:
    rows = PropertyMapping.objects.filter(connection=connection, property__isnull=False)
    return set(rows.values_list("external_ref", flat=True))


def _choices(request: HttpRequest, connection: Connection) -> MappingChoices:
    places = dict(PropertyMapping.objects.filter(connection=connection).values_list("external_ref", "pk"))
    row_property = {
        pk: places[ref]
        for pk, ref in RoomMapping.objects.filter(connection=connection).values_list("pk", "property_ref")
        if ref in places
    }
    names: dict[tuple[int, str], list[int]] = defaultdict(list)
    mine = Room.objects.filter(hotel_id=connection.hotel_id).values_list("pk", "property_id", "name")
    for pk, property_id, name in mine:
        names[property_id, name.casefold()].append(pk)
    return read_mapping(request.POST.dict(), row_property=row_property, room_names=names)


def _page(
    request: HttpRequest,
    hotel: Hotel,
    connection: Connection,
    *,
    refusals: dict[tuple[str, int], str] | None = None,
    status: int = 200,
) -> HttpResponse:
    only_unmapped = request.GET.get("show") == UNMAPPED
    number = request.GET.get("page", "1")
    table = mapping_table(
        connection,
        only_unmapped=only_unmapped,
        page=int(number) if number.isdecimal() and len(number) < 6 else 1,
        posted=request.POST.dict() if refusals else None,
        refusals=refusals,
    )
    context: dict[str, Any] = {
        "title": _("Properties and rooms"),
        "subtitle": _("Tell which room here is which room at %(name)s.") % {"name": connection.name},
        "connection": connection,
        "table": table,
        "rates": rate_table(connection, each=request.GET.get("rates") == EACH),
        "rates_each": request.GET.get("rates") == EACH,
        "only_unmapped": only_unmapped,
        "refusals": sorted(set((refusals or {}).values())),
        "may_manage": may_manage(request),
        "back_url": reverse("connection_detail", args=[hotel.slug, connection.pk]),
    }
    provider = all_providers().get(connection.provider)
    if provider is not None:
        first = first_missing(provider.declaration, connection)
        if first <= ROOMS + 1:
            steps = stepper(hotel, provider.declaration, connection, current=ROOMS, first=first)
            context |= {"steps": steps, "import_is_next": True}
    return render(request, "integrations/mapping.html", context, status=status)
