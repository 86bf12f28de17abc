"""The first page: which hotel, and what today asks of it. It looks into every app, so it stands above them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cleaning.choices import BEGUN_STATES, FINISHED_STATES, WAITING_STATES
from cleaning.links import may_sign_in_by_link
from cleaning.messages import unread_news
from cleaning.models import CleaningTask
from cleaning.people import companies_planned_by
from integrations.models import Alert, Connection
from integrations.urgent_alerts import urgent_alerts
from integrations.words import say_alert
from reservations import selectors
from reservations.desk_news import desk_news
from reservations.hotel_pages import hotel_page
from reservations.live import live_response, live_token
from reservations.models import Hotel
from reservations.permissions import Permission, permissions_here, permissions_of
from reservations.templatetags.navigation import LAST_HOTEL

#: Alerts on the first page, and when all are asked for.
ALERTS_SHOWN, ALERTS_AT_MOST = 8, 200

_STATUS_TONES = {
    "connected": "ok",
    "needs_reauth": "bad",
    "error": "warn",
    "paused": "quiet",
    "disconnected": "quiet",
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The only hotel's page, a choice between several, or what to do without one; the day of whoever only cleans."""
    if may_sign_in_by_link(request.user):
        return redirect("my_day")
    hotels = list(Hotel.objects.visible_to(request.user))
    companies = list(companies_planned_by(request.user))
    if len(companies) == 1 and not hotels:
        return redirect("company_home", slug=companies[0].slug)
    if len(hotels) == 1 and not companies:
        hotel = hotels[0]
        held = permissions_of(request.user, hotel)
        if Permission.SEE_RESERVATIONS not in held and (url := _address("cleaning_day", hotel.slug)):
            return HttpResponseRedirect(url)
        return redirect("hotel_home", slug=hotel.slug)
    title = _("Choose where to go on") if companies else _("Choose a hotel") if hotels else _("No hotel yet")
    return render(request, "home.html", {"title": title, "hotels": hotels, "companies": companies})


@require_safe
@hotel_page()
def hotel_home(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """Today in one hotel, each part for those who may see it. At most 19 queries in all."""
    if request.session.get(LAST_HOTEL) != hotel.slug:
        request.session[LAST_HOTEL] = hotel.slug
    held = permissions_here(request)
    days = selectors.local_days(hotel)
    today = min(days.values(), default=timezone.now().date())
    context: dict[str, Any] = {"title": _("Today"), "day": today, "has_properties": bool(days)}
    seen: list[object] = [today]
    if Permission.SEE_RESERVATIONS in held:
        stays = selectors.today(hotel, days)
        attention = selectors.attention_counts(hotel)
        context |= {"stays": stays, "attention": attention}
        seen += [_stays_state(stays), attention]
    if Permission.SEE_CLEANING in held:
        work = _cleaning_work(hotel, today)
        context["work"] = work
        seen.append(work)
    news = desk_news(hotel, held, timezone.now())
    told = unread_news(request.user)
    context |= {"news": news, "told": told, "here": request.path}
    seen += [news, [message.pk for message in told]]
    if Permission.SEE_CONNECTIONS in held:
        connections = _connections(hotel)
        asked_for_all = request.GET.get("alerts") == "all"
        alerts, open_alerts = _alerts(hotel, today, ALERTS_AT_MOST if asked_for_all else ALERTS_SHOWN)
        context |= {
            "connections": connections,
            "alerts": alerts,
            "more_alerts": open_alerts - len(alerts),
            "gallery_url": _address("integration_gallery", hotel.slug),
        }
        seen += [
            [(line.name, line.status, line.last_success_at) for line in connections],
            [(line.sentence, line.count, line.opened_at) for line in alerts],
            open_alerts,
        ]
    return live_response(request, "dashboard_body.html", context, live_token(*seen), page="dashboard.html")


urlpatterns = [
    path("", home, name="home"),
    path("h/<slug:slug>/", hotel_home, name="hotel_home"),
]


@dataclass(frozen=True, slots=True)
class WorkOfDay:
    """How many cleaning tasks of a day are in which state; cancelled ones are not counted."""

    day: date
    name: str
    url: str
    planned: int
    in_progress: int
    done: int

    @property
    def total(self) -> int:
        return self.planned + self.in_progress + self.done


def _cleaning_work(hotel: Hotel, today: date) -> list[WorkOfDay]:
    """Today and tomorrow. One query."""
    days = (today, today + timedelta(days=1))
    counted = (
        CleaningTask.objects.of(hotel)
        .filter(date__in=days)
        .order_by()
        .values_list("date", "state")
        .annotate(Count("pk"))
    )
    numbers = {(day, state): number for day, state, number in counted}
    address = _address("cleaning_day", hotel.slug)
    return [
        WorkOfDay(
            day=day,
            name=name,
            url=f"{address}?day={day.isoformat()}" if address else "",
            planned=sum(numbers.get((day, state), 0) for state in WAITING_STATES),
            in_progress=sum(numbers.get((day, state), 0) for state in BEGUN_STATES),
            done=sum(numbers.get((day, state), 0) for state in FINISHED_STATES),
        )
        for day, name in zip(days, (_("Today"), _("Tomorrow")), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    name: str
    status: str
    tone: str
    last_success_at: Any
    url: str


def _connections(hotel: Hotel) -> list[ConnectionLine]:
    """The hotel's connections, secrets unread. One query."""
    rows = Connection.objects.of(hotel).only("name", "status", "last_success_at").order_by("name", "pk")[:12]
    return [
        ConnectionLine(
            name=row.name,
            status=row.get_status_display(),
            tone=_STATUS_TONES.get(row.status, "quiet"),
            last_success_at=row.last_success_at,
            url=_address("connection_detail", hotel.slug, row.pk),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class AlertLine:
    """``number`` tells apart what is said in the same words, such as two rooms of one booking; 0 for most."""

    sentence: str
    number: int
    count: int
    opened_at: Any
    url: str


def _alerts(hotel: Hotel, today: date, length: int) -> tuple[list[AlertLine], int]:
    """The most urgent open problems, and how many are open in all. One query."""
    rows, open_alerts = urgent_alerts(hotel, today, length=length)
    said = [say_alert(row) for row in rows]
    lines = [
        AlertLine(
            sentence=sentence,
            number=said[:position].count(sentence) + 1 if said.count(sentence) > 1 else 0,
            count=row.count,
            opened_at=row.opened_at,
            url=_where_it_is_mended(hotel, row),
        )
        for position, (row, sentence) in enumerate(zip(rows, said, strict=True))
    ]
    return lines, open_alerts


def _where_it_is_mended(hotel: Hotel, alert: Alert) -> str:
    if conflict_id := alert.params.get("conflict_id"):
        return _address("conflict", hotel.slug, conflict_id)
    return _address("connection_detail", hotel.slug, alert.connection_id) if alert.connection_id else ""


def _stays_state(stays: selectors.Today) -> list[object]:
    shown = [*stays.arrivals, *stays.departures]
    return [
        stays.arrival_count,
        stays.departure_count,
        stays.in_house_count,
        [(stay.pk, stay.room_id, stay.state, stay.guest_name) for stay in shown],
    ]


def _address(name: str, *args: object) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
