"""The words of a hotel in templates: money, dates, ages, channels, rooms, badges of a status."""

from __future__ import annotations

from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from reservations import wording
from reservations.channels import channel_name
from reservations.choices import StayState, StayStatus
from reservations.models import Stay

register = template.Library()

_STATUS_TONES = {
    StayStatus.CONFIRMED: "ok",
    StayStatus.PENDING: "info",
    StayStatus.CANCELLED: "quiet",
    StayStatus.INQUIRY: "quiet",
    StayStatus.NO_SHOW: "warn",
    StayStatus.BLOCK: "quiet",
    StayStatus.UNKNOWN: "bad",
}


@register.filter
def money(amount: Decimal | None, currency: str = "") -> str:
    """``{{ amount|money:"EUR" }}``: "€240.00"."""
    return wording.money_text(amount, currency)


@register.filter
def day(value: date | None) -> str:
    """Text such as "Fri 12 Mar 2027"."""
    return wording.date_text(value)


@register.filter
def short_day(value: date | None) -> str:
    """Text such as "12 Mar"."""
    return wording.short_date_text(value)


@register.filter
def clock(value: time | None) -> str:
    """Text such as "15:00"."""
    return wording.time_text(value)


@register.filter
def weekday(value: date) -> str:
    """Text such as "Fri"."""
    return wording.weekday_text(value)


@register.filter
def stay_dates(row: Any) -> str:
    """Text such as "12–15 Mar 2027 · 3 nights" of anything with an arrival and a departure."""
    return wording.dates_text(row.arrival, row.departure)


@register.filter
def stay_span(row: Any) -> str:
    """Text such as "12–15 Mar 2027" of anything with an arrival and a departure."""
    return wording.span_text(row.arrival, row.departure)


@register.filter
def span(first: date | None, last: date | None) -> str:
    """Text such as "12–15 Mar 2027"."""
    return wording.span_text(first, last)


@register.filter
def nights(row: Any) -> str:
    """Text such as "3 nights" of anything with an arrival and a departure."""
    return wording.nights_text(row.arrival, row.departure) if row.arrival and row.departure else ""


@register.filter
def age(when: datetime) -> str:
    """Text such as "3 minutes ago"; use ``components/age.html`` where a machine-readable time belongs to it."""
    return wording.age_text(when)


@register.filter
def moment(when: datetime, zone: tzinfo | None = None) -> str:
    """The exact moment: "12 Mar 2027, 09:15:02 CET"."""
    return wording.moment_text(when, zone)


@register.filter
def local_moment(when: datetime, zone: tzinfo) -> str:
    """The moment on the clock of ``zone``, which the page names: "12 Mar 2027, 09:15:02"."""
    return wording.clock_text(when, zone)


@register.filter
def channel_label(slug: str) -> str:
    """Text such as "Booking.com" for ``booking_com``."""
    return channel_name(slug)


@register.filter
def room_label(stay: Stay) -> str:
    """The room, else the type with "no room yet", else what the channel calls it."""
    if stay.room:
        return stay.room.name
    if stay.room_type:
        return _("%(type)s, no room yet") % {"type": stay.room_type.name}
    return stay.room_ref or _("no room yet")


@register.filter
def breakable(address: str) -> SafeString:
    """An e-mail address that a narrow column breaks after its @ and nowhere else when it can."""
    return format_html_join(mark_safe("@<wbr>"), "{}", ((part,) for part in address.split("@")))


@register.filter
def language_label(code: str) -> str:
    return wording.language_text(code)


@register.filter
def country_label(code: str) -> str:
    return wording.country_text(code)


@register.filter
def status_tone(status: str) -> str:
    """The badge's tone for a booking's status."""
    return _STATUS_TONES.get(StayStatus(status), "quiet") if status in StayStatus.values else "quiet"


@register.filter
def state_tone(state: str) -> str:
    """The badge's tone for where the guest is."""
    return "info" if state == StayState.IN_HOUSE else "quiet"


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: Any) -> str:
    """This page's query string with ``changes``; an empty value removes a parameter."""
    query = context["request"].GET.copy()
    query.pop("state", None)
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = value
    return "?" + query.urlencode()
