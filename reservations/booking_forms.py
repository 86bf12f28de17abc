"""What people fill in to search and make a booking at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reservations.booking_checks import BACK
from reservations.booking_search import Asked, RateOffer, TypeOffer
from reservations.channels import channel_name
from reservations.desk_bookings import Wish
from reservations.guests import telephone
from reservations.last_house import house_shown
from reservations.models import Guest, Hotel, Property, Room, RoomType
from reservations.records import PersonRecord

#: Where guests of the hotel's own book.
OWN_CHANNELS = ("direct", "phone", "walk_in", "website")
MOST_GUESTS = 30


def date_field(label: Any, *, required: bool = True) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, widget=widget, required=required)


def amount_field(label: Any, help_text: Any = "", *, required: bool = False) -> forms.DecimalField:
    """An amount as the reader writes it, with a comma or a point."""
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 10})
    return forms.DecimalField(
        label=label, help_text=help_text, widget=widget, required=required, localize=True, max_digits=14
    )


def count_field(label: Any, *, least: int = 0, most: int = MOST_GUESTS, **rest: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, **rest)


class ServiceForm(forms.Form):
    """Base: says at its fields, or above the form, what a service refuses."""

    def refused(self, problem: ValidationError) -> None:
        """Show ``problem`` at the field it is about."""
        if not hasattr(problem, "error_dict"):
            self.add_error(None, problem)
            return
        for name, errors in problem.error_dict.items():
            self.add_error(name if name in self.fields else None, errors)


class SearchForm(forms.Form):
    """When, and how many; ``nights`` may stand in for ``departure``."""

    arrival = date_field(_("Arrival"))
    nights = count_field(_("Nights"), least=1, most=365, required=False)
    departure = date_field(_("Departure"), required=False)
    adults = count_field(_("Adults"), least=1, initial=2)
    children = count_field(_("Children"), required=False, initial=0)
    property = forms.ModelChoiceField(
        label=_("Property"), queryset=Property.objects.none(), empty_label=None, required=False
    )

    def __init__(self, request: HttpRequest, *, hotel: Hotel) -> None:
        self.houses = list(Property.objects.of(hotel).order_by("name", "pk"))
        self.house = house_shown(request, hotel, self.houses) if self.houses else None
        data = request.GET
        super().__init__(data or None, initial=self._first(), auto_id="search_%s", label_suffix="")
        self.fields["property"].queryset = Property.objects.of(hotel).order_by("name", "pk")

    def _today(self) -> date:
        zone = self.house.zone if self.house else timezone.get_default_timezone()
        return timezone.localtime(timezone.now(), zone).date()

    def _first(self) -> dict[str, Any]:
        today = self._today()
        return {
            "property": self.house.pk if self.house else None,
            "arrival": today,
            "nights": 1,
            "departure": today + timedelta(days=1),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        arrival, nights, departure = (cleaned.get(name) for name in ("arrival", "nights", "departure"))
        if self.errors or arrival is None:
            return cleaned
        if departure is None:
            departure = cleaned["departure"] = _after(arrival, nights or 1)
        if departure is None or departure <= arrival:
            self.add_error("departure", _("The departure must be after the arrival."))
        elif (departure - arrival).days > 365:
            self.add_error("departure", _("At most a year at once."))
        elif arrival < self._today() - BACK:
            self.add_error("arrival", _("This day is over."))
        elif nights and nights != (departure - arrival).days:
            self.add_error(
                "nights", _("These dates are another number of nights. Leave one of the two empty.")
            )
        return cleaned

    def asked(self) -> Asked | None:
        """What is asked for; None when the form does not say it, or the hotel has no property."""
        if not self.is_bound or not self.is_valid() or self.house is None:
            return None
        cleaned = self.cleaned_data
        return Asked(
            house=cleaned["property"] or self.house,
            arrival=cleaned["arrival"],
            departure=cleaned["departure"],
            adults=cleaned["adults"],
            children=cleaned["children"] or 0,
        )


class GuestForm(ServiceForm):
    """Base: who comes, where they booked, what to know."""

    name = forms.CharField(label=_("Name"), max_length=200)
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    channel = forms.ChoiceField(label=_("Booked by"))
    notes = forms.CharField(
        label=_("Notes"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="booking_%s", label_suffix="", **kwargs)
        self.fields["channel"].choices = [(slug, channel_name(slug)) for slug in OWN_CHANNELS]
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        self.fields["email"].widget.attrs["autocomplete"] = "off"

    def guest(self, house: Property, known: PersonRecord | None = None) -> PersonRecord:
        """The person; a telephone number is read as people of the property's country write it."""
        cleaned = self.cleaned_data
        return PersonRecord(
            name=cleaned["name"].strip(),
            email=cleaned["email"] or None,
            phone=telephone(cleaned["phone"], region=house.country) or None,
            language=known.language if known else None,
            country=known.country if known else None,
        )


class BookingForm(GuestForm):
    """A new booking of one room type; ``token`` makes sure that it is made once."""

    token = forms.CharField(widget=forms.HiddenInput)
    #: What the page showed for the rate.
    quoted = forms.DecimalField(widget=forms.HiddenInput, required=False)
    room = forms.ChoiceField(label=_("Room"), required=False)
    agreed = amount_field(
        _("Another price for the whole stay"), _("Leave this empty to take the price of the rate.")
    )
    reason = forms.CharField(label=_("Reason for that price"), max_length=200, required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        kind: RoomType,
        rate: RateOffer | None,
        rooms: Sequence[Room],
        known: Guest | None = None,
    ) -> None:
        self.rate, self.rooms = rate, {str(room.pk): room for room in _with_posted(rooms, kind, data)}
        start = {"token": uuid4().hex, "channel": OWN_CHANNELS[0]}
        super().__init__(data, initial={**start, **_known(known)})
        self.fields["room"].choices = [
            ("", _("Any room of the type")),
            *((key, room.name) for key, room in self.rooms.items()),
        ]
        if rate is None:
            self.fields["agreed"].label = _("Price for the whole stay")
            self.fields["agreed"].help_text = _("There is no price for these nights: say what you agreed.")
            self.fields["agreed"].required = True
            self.fields["reason"].required = True

    def wish(self, asked: Asked, offer: TypeOffer) -> Wish:
        cleaned = self.cleaned_data
        return Wish(
            asked=asked,
            kind=offer.kind,
            guest=self.guest(asked.house),
            plan=self.rate.plan if self.rate and cleaned["agreed"] is None else None,
            quoted=cleaned["quoted"],
            agreed=cleaned["agreed"],
            reason=cleaned["reason"],
            room=self.rooms.get(cleaned["room"]),
            notes=cleaned["notes"],
            channel=cleaned["channel"],
        )


def _after(arrival: date, nights: int) -> date | None:
    try:
        return arrival + timedelta(days=nights)
    except OverflowError:
        return None


def _known(guest: Guest | None) -> dict[str, Any]:
    if guest is None:
        return {}
    return {
        "name": guest.name,
        "email": "" if guest.email_is_relay else guest.email,
        "phone": guest.phone,
    }


def _with_posted(rooms: Sequence[Room], kind: RoomType, data: Any) -> list[Room]:
    """The free rooms and the one that was chosen: if somebody took it since, the service says so by name."""
    posted = (data or {}).get("room", "")
    if not posted.isdigit() or any(str(room.pk) == posted for room in rooms):
        return list(rooms)
    return [*rooms, *Room.objects.filter(room_type=kind, pk=int(posted[:18]))]
