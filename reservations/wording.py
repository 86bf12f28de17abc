"""Amounts, dates, ages, languages and countries as the active language writes them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_interval, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

#: European order of day and month for readers of English: the hotels' own calendars look like that.
_LOCALES = {"en": "en_GB"}


def active_locale() -> Locale:
    """Babel's locale for the active language; English when there is none."""
    language = (get_language() or "en").replace("-", "_")
    try:
        return Locale.parse(_LOCALES.get(language, language))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


def money_text(amount: Decimal | None, currency: str = "") -> str:
    """Text such as "€240.00" in the currency's own number of places; empty without amount, bare without currency."""
    if amount is None:
        return ""
    if not currency:
        return format_decimal(amount, format="#,##0.00#", locale=active_locale())
    return format_currency(amount, currency, locale=active_locale())


def date_text(day: date | None) -> str:
    """Text such as "Fri 12 Mar 2027"."""
    return format_date(day, "EEE d MMM y", locale=active_locale()) if day else ""


def short_date_text(day: date | None) -> str:
    """Text such as "12 Mar"."""
    return format_date(day, "d MMM", locale=active_locale()) if day else ""


def time_text(clock: time | None) -> str:
    """15:00 or 3:00 PM, as the reader writes hours; empty without one."""
    return format_time(clock, "short", locale=active_locale()) if clock else ""


def weekday_text(day: date) -> str:
    """Text such as "Fri"."""
    return format_date(day, "EEE", locale=active_locale())


def nights_text(arrival: date, departure: date) -> str:
    """Text such as "3 nights"."""
    nights = (departure - arrival).days
    return ngettext("%(count)s night", "%(count)s nights", nights) % {"count": nights}


def span_text(arrival: date | None, departure: date | None) -> str:
    """Text such as "12–15 Mar 2027"; a day that is not known is a question mark, two of them a dash."""
    if arrival and departure:
        return format_interval(arrival, departure, "yMMMd", locale=active_locale())
    if arrival or departure:
        return " – ".join(date_text(day) or "?" for day in (arrival, departure))
    return "—"


def dates_text(arrival: date | None, departure: date | None) -> str:
    """Text such as "12–15 Mar 2027 · 3 nights"."""
    span = span_text(arrival, departure)
    return f"{span} · {nights_text(arrival, departure)}" if arrival and departure else span


def moment_text(when: datetime, zone: tzinfo | None = None) -> str:
    """Text such as "12 Mar 2027, 09:15:02 CET": a moment on the clock of ``zone`` (default: the active one)."""
    local = timezone.localtime(when, zone)
    return f"{format_datetime(local, 'd MMM y, HH:mm:ss', locale=active_locale())} {local.tzname()}"


def clock_text(when: datetime, zone: tzinfo) -> str:
    """Text such as "12 Mar 2027, 09:15:02": a moment on a clock that the page names."""
    return format_datetime(timezone.localtime(when, zone), "d MMM y, HH:mm:ss", locale=active_locale())


def age_text(when: datetime, now: datetime | None = None) -> str:
    """Text such as "3 minutes ago", "in 2 hours", "just now" within ten seconds."""
    distance = when - (now or timezone.now())
    if abs(distance) < timedelta(seconds=10):
        return _("just now")
    return format_timedelta(distance, add_direction=True, threshold=1, locale=active_locale())


def language_text(code: str) -> str:
    """The language's name in the active language; the code when it has none."""
    return active_locale().languages.get(code.lower().split("-")[0], code)


def country_text(code: str) -> str:
    """The country's name in the active language; the code when it has none."""
    return active_locale().territories.get(code.upper(), code)
