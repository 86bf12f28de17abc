"""What people fill in to change or cancel a booking of the desk."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from reservations.booking_forms import GuestForm, ServiceForm, amount_field, count_field, date_field
from reservations.booking_search import Asked, TypeOffer
from reservations.choices import RoomChoice
from reservations.desk_bookings import DirectBooking, Wish
from reservations.models import Property

KEEP, BY_HAND = "keep", "hand"


class ChangeForm(GuestForm):
    """Everything of a booking that the desk may change."""

    arrival = date_field(_("Arrival"))
    departure = date_field(_("Departure"))
    adults = count_field(_("Adults"), least=1)
    children = count_field(_("Children"), required=False)
    room_type = forms.ModelChoiceField(label=_("Room type"), queryset=None, empty_label=None)
    any_room = forms.BooleanField(label=_("Any room of the type will do"), required=False)
    price = forms.ChoiceField(label=_("Price"))
    agreed = amount_field(_("Price by hand, for the whole stay"))
    reason = forms.CharField(label=_("Reason for that price"), max_length=200, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput)
    #: What the page showed for the chosen rate.
    quoted = forms.DecimalField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, booking: DirectBooking, house: Property) -> None:
        self.booking, self.house = booking, house
        self.plans = {str(plan.pk): plan for plan in house.rate_plans.filter(is_active=True)}
        super().__init__(data, initial=_booked(booking))
        self.fields["room_type"].queryset = house.room_types.order_by("name", "pk")
        self.fields["price"].choices = [
            (KEEP, _("Keep the price")),
            *((key, plan.name) for key, plan in self.plans.items()),
            (BY_HAND, _("By hand")),
        ]
        if booking.stay.room_choice != RoomChoice.PERSON:
            del self.fields["any_room"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("price") == BY_HAND and cleaned.get("agreed") is None:
            self.add_error("agreed", _("Enter the price of the whole stay, zero or more."))
        arrival, departure = cleaned.get("arrival"), cleaned.get("departure")
        if arrival and departure and not 0 < (departure - arrival).days <= 365:
            self.add_error("departure", _("The departure must be after the arrival, a year later at most."))
        return cleaned

    def price_was_seen(self) -> bool:
        """Whether the person has seen what the chosen rate costs now; nothing is charged unseen."""
        return self.cleaned_data["price"] not in self.plans or self.cleaned_data["quoted"] is not None

    def chosen_price(self, offers: Sequence[TypeOffer]) -> Decimal | None:
        """What the chosen rate costs for the chosen type among ``offers``; None when no rate is chosen."""
        kind, plan = self.cleaned_data.get("room_type"), self.plans.get(self.cleaned_data.get("price", ""))
        offer = next((offer for offer in offers if offer.kind == kind), None)
        rate = offer.rate(plan.pk) if offer and plan else None
        return rate.total if rate else None

    def asked(self) -> Asked:
        cleaned = self.cleaned_data
        return Asked(
            self.house,
            cleaned["arrival"],
            cleaned["departure"],
            adults=cleaned["adults"],
            children=cleaned["children"] or 0,
        )

    def wish(self) -> Wish:
        cleaned = self.cleaned_data
        by_hand = cleaned["price"] == BY_HAND
        return Wish(
            asked=self.asked(),
            kind=cleaned["room_type"],
            guest=self.guest(self.house, self.booking.record.booker),
            plan=self.plans.get(cleaned["price"]),
            quoted=cleaned["quoted"],
            agreed=cleaned["agreed"] if by_hand else None,
            reason=cleaned["reason"],
            notes=cleaned["notes"],
            channel=cleaned["channel"],
        )


class CancelForm(ServiceForm):
    """Why a booking is cancelled, and what is charged for it."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
    fee = amount_field(
        _("Charge for the cancellation"),
        _("The charge of the stay is taken back. Empty: nothing is charged."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, version: int) -> None:
        super().__init__(data, initial={"seen": version}, auto_id="cancel_%s", label_suffix="")

    def clean_fee(self) -> Decimal:
        fee: Decimal = self.cleaned_data["fee"] or Decimal(0)
        if fee < 0:
            raise ValidationError(_("Enter an amount above zero."))
        return fee


def _booked(booking: DirectBooking) -> dict[str, Any]:
    record, told = booking.record, booking.told
    return {
        "name": record.booker.name,
        "email": record.booker.email,
        "phone": record.booker.phone,
        "channel": record.channel,
        "notes": record.notes,
        "arrival": told.arrival,
        "departure": told.departure,
        "adults": told.adults,
        "children": told.children,
        "room_type": told.room_type_ref,
        "price": KEEP,
        "seen": booking.version,
    }
