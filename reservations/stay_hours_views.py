"""The page on which the desk writes down when a guest comes and leaves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from reservations.hotel_pages import hotel_page
from reservations.models import Hotel, Stay
from reservations.permissions import Permission
from reservations.stay_hours import set_hours
from reservations.wording import time_text


class HoursForm(forms.Form):
    """Both may be empty: the guest keeps to the hours of the house."""

    arrives_at = forms.TimeField(
        label=gettext_lazy("Arrives at"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    leaves_at = forms.TimeField(
        label=gettext_lazy("Leaves at"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )

    def __init__(self, data: Any = None, *, stay: Stay) -> None:
        super().__init__(data, initial={"arrives_at": stay.arrives_at, "leaves_at": stay.leaves_at})
        if house := stay.property:
            self.fields["arrives_at"].help_text = _("Empty: check-in from %(time)s.") % {
                "time": time_text(house.check_in_from)
            }
            self.fields["leaves_at"].help_text = _("Empty: check-out until %(time)s.") % {
                "time": time_text(house.check_out_until)
            }


@require_http_methods(["GET", "HEAD", "POST"])
@hotel_page(Permission.CHANGE_RESERVATIONS)
def stay_hours(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Hours agreed with one guest; cleaning follows them at once."""
    stays = Stay.objects.of(hotel).select_related("reservation__booker", "room", "room_type", "property")
    stay = get_object_or_404(stays, pk=pk)
    form = HoursForm(request.POST if request.method == "POST" else None, stay=stay)
    if request.method == "POST" and form.is_valid():
        try:
            set_hours(hotel=hotel, user=request.user, stay_id=pk, **form.cleaned_data)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, _("The hours are noted; cleaning goes by them."))
            return redirect("reservation_detail", hotel.slug, stay.reservation_id)
    context = {"title": _("Hours of arrival and departure"), "stay": stay, "form": form}
    return render(request, "reservations/stay_hours.html", context)
