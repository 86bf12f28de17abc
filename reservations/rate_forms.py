"""What people fill in on the page of rates: a change of a range, a copy, a new rate plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reservations.models import Hotel, Property, RateEdit, RatePlan, RoomType
from reservations.rate_changes import (
    CLEAR,
    EVERY_DAY,
    KEEP,
    LONGEST_STAY,
    Amount,
    Mark,
    Percent,
    RateChange,
)
from reservations.rate_choices import MealPlan
from reservations.rate_wording import weekday_names
from reservations.rates import Draft, change_rates, copy_rates, draft_change, draft_copy

PRICE_SET, PRICE_PERCENT, PRICE_AMOUNT, PRICE_CLEAR = "set", "percent", "amount", "clear"
_SWITCH: dict[str, bool | Mark] = {"": KEEP, "yes": True, "no": False}


def _date_field(label: Any, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, help_text=help_text, widget=widget)


def _decimal_field(label: Any, help_text: Any = "") -> forms.DecimalField:
    """A number as the reader writes it, with a comma or a point."""
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 8})
    return forms.DecimalField(
        label=label, help_text=help_text, widget=widget, required=False, localize=True, max_digits=14
    )


def _nights_field(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=LONGEST_STAY)


def _switch_field(label: Any, yes: Any, no: Any) -> forms.ChoiceField:
    choices = (("", _("Leave as it is")), ("yes", yes), ("no", no))
    return forms.ChoiceField(label=label, required=False, choices=choices)


class RatesForm(forms.Form):
    """Base: knows hotel, plans and room types, and says in the form what the service refuses."""

    def __init__(
        self,
        data: Any = None,
        *,
        hotel: Hotel,
        plans: Sequence[RatePlan],
        kinds: Sequence[RoomType],
        **kwargs: Any,
    ) -> None:
        super().__init__(data, auto_id=f"{self.prefix_of_ids}_%s", label_suffix="", **kwargs)
        self.hotel = hotel
        self.plans = {str(plan.pk): plan for plan in plans}
        self.kinds = {str(kind.pk): kind for kind in kinds}
        self.draft: Draft | None = None
        self.set_choices()

    prefix_of_ids = "rates"

    def set_choices(self) -> None:
        """Offer the hotel's own plans and room types."""

    def request(self) -> dict[str, Any]:
        """The arguments of the service, from the cleaned fields."""
        raise NotImplementedError

    def refused(self, problem: ValidationError) -> None:
        """Show what a service said at the field it is about, or above the form."""
        if hasattr(problem, "error_dict"):
            for name, errors in problem.error_dict.items():
                self.add_error(name if name in self.fields else None, errors)
        else:
            self.add_error(None, problem)


class ChangeForm(RatesForm):
    """A range of nights and what becomes of them. What is left empty stays as it is."""

    prefix_of_ids = "change"

    PRICES = (
        (PRICE_SET, _("Set the price to")),
        (PRICE_PERCENT, _("Change the price by %")),
        (PRICE_AMOUNT, _("Change the price by")),
        (PRICE_CLEAR, _("Remove the price")),
    )

    first = _date_field(_("First night"))
    last = _date_field(_("Last night"))
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    rate_plans = forms.MultipleChoiceField(label=_("Rate plans"), widget=forms.CheckboxSelectMultiple)
    room_types = forms.MultipleChoiceField(label=_("Room types"), widget=forms.CheckboxSelectMultiple)
    price_how = forms.ChoiceField(label=_("Price"), choices=PRICES)
    price = _decimal_field(_("Amount"))
    minimum_stay = _nights_field(_("Shortest stay"))
    minimum_stay_free = forms.BooleanField(label=_("no shortest stay"), required=False)
    maximum_stay = _nights_field(_("Longest stay"))
    maximum_stay_free = forms.BooleanField(label=_("no longest stay"), required=False)
    closed = _switch_field(_("On sale"), pgettext_lazy("rate", "Closed"), pgettext_lazy("rate", "Open"))
    closed_to_arrival = _switch_field(_("Arrival"), _("No arrival"), _("Arrival allowed"))
    closed_to_departure = _switch_field(_("Departure"), _("No departure"), _("Departure allowed"))

    def set_choices(self) -> None:
        self.fields["weekdays"].choices = list(enumerate(weekday_names()))
        self.fields["rate_plans"].choices = [(key, plan.name) for key, plan in self.plans.items()]
        self.fields["room_types"].choices = [(key, kind.name) for key, kind in self.kinds.items()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        how, price = cleaned.get("price_how"), cleaned.get("price")
        if how == PRICE_CLEAR and price is not None:
            self.add_error("price", _("Leave this empty to remove the price."))
        for name in ("minimum_stay", "maximum_stay"):
            if cleaned.get(name) and cleaned.get(f"{name}_free"):
                self.add_error(name, _("Either a number or no rule."))
        if not self.errors:
            self._draft()
        return cleaned

    def _draft(self) -> None:
        try:
            self.draft = draft_change(hotel=self.hotel, **self.request())
        except ValidationError as problem:
            self.refused(problem)

    def request(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        return {
            "rate_plans": [self.plans[key] for key in cleaned["rate_plans"]],
            "room_types": [self.kinds[key] for key in cleaned["room_types"]],
            "first": cleaned["first"],
            "last": cleaned["last"],
            "weekdays": cleaned["weekdays"],
            "changes": RateChange(
                price=self._price(),
                minimum_stay=self._stay("minimum_stay"),
                maximum_stay=self._stay("maximum_stay"),
                closed=_SWITCH[cleaned["closed"]],
                closed_to_arrival=_SWITCH[cleaned["closed_to_arrival"]],
                closed_to_departure=_SWITCH[cleaned["closed_to_departure"]],
            ),
        }

    def save(self, user: Any) -> RateEdit | None:
        """The edit, or None when the service refused; the form then says why."""
        try:
            return change_rates(hotel=self.hotel, user=user, **self.request())
        except ValidationError as problem:
            self.refused(problem)
            return None

    def _price(self) -> Decimal | Percent | Amount | Mark:
        how, price = self.cleaned_data["price_how"], self.cleaned_data["price"]
        if how == PRICE_CLEAR:
            return CLEAR
        if price is None:
            return KEEP
        if how == PRICE_PERCENT:
            return Percent(price)
        return Amount(price) if how == PRICE_AMOUNT else Decimal(price)

    def _stay(self, name: str) -> int | Mark:
        if self.cleaned_data[f"{name}_free"]:
            return CLEAR
        return self.cleaned_data[name] or KEEP

    @staticmethod
    def initial_for(
        *, first: date, last: date, plans: Sequence[RatePlan], kinds: Sequence[RoomType]
    ) -> dict[str, Any]:
        """What the form begins with: the rest of the shown month, and what there is only one of."""
        return {
            "first": first,
            "last": last,
            "weekdays": sorted(EVERY_DAY),
            "price_how": PRICE_SET,
            "rate_plans": [str(plan.pk) for plan in plans] if len(plans) == 1 else [],
            "room_types": [str(kind.pk) for kind in kinds] if len(kinds) == 1 else [],
        }


class CopyForm(RatesForm):
    """Nights of one plan, to other nights, another plan or another room type."""

    prefix_of_ids = "copy"

    first = _date_field(_("First night"))
    last = _date_field(_("Last night"))
    source = forms.ChoiceField(label=_("From rate plan"))
    source_type = forms.ChoiceField(label=_("From room type"), required=False)
    target = forms.ChoiceField(label=_("To rate plan"))
    target_type = forms.ChoiceField(label=_("To room type"), required=False)
    target_first = _date_field(
        _("Starting with the night"), _("The same weekday keeps the weekends in their place.")
    )
    percent = _decimal_field(_("Change the price by %"), _("Such as -10; empty leaves prices as they are."))

    def set_choices(self) -> None:
        plans = [(key, plan.name) for key, plan in self.plans.items()]
        kinds = [(key, kind.name) for key, kind in self.kinds.items()]
        self.fields["source"].choices = self.fields["target"].choices = plans
        self.fields["source_type"].choices = [("", _("Every room type")), *kinds]
        self.fields["target_type"].choices = [("", _("The same")), *kinds]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("target_type") and not cleaned.get("source_type"):
            self.add_error("source_type", _("Choose which room type is copied to the other one."))
        if not self.errors:
            try:
                self.draft = draft_copy(hotel=self.hotel, **self.request())
            except ValidationError as problem:
                self.refused(problem)
        return cleaned

    def request(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        source = cleaned["source_type"]
        pairs = [(kind, kind) for kind in self.kinds.values()]
        if source:
            pairs = [(self.kinds[source], self.kinds[cleaned["target_type"] or source])]
        return {
            "source": self.plans[cleaned["source"]],
            "target": self.plans[cleaned["target"]],
            "room_types": pairs,
            "first": cleaned["first"],
            "last": cleaned["last"],
            "target_first": cleaned["target_first"],
            "percent": cleaned["percent"],
        }

    def save(self, user: Any) -> RateEdit | None:
        """The edit, or None when the service refused; the form then says why."""
        try:
            return copy_rates(hotel=self.hotel, user=user, **self.request())
        except ValidationError as problem:
            self.refused(problem)
            return None

    @staticmethod
    def initial_for(*, first: date, last: date, plans: Sequence[RatePlan]) -> dict[str, Any]:
        """What the form begins with: the shown month, to the same days after it."""
        return {
            "first": first,
            "last": last,
            "source": str(plans[0].pk) if plans else "",
            "target": str(plans[min(1, len(plans) - 1)].pk) if plans else "",
            "target_first": first + timedelta(days=364) if len(plans) == 1 else first,
        }


class PlanForm(forms.ModelForm):
    """A new rate plan of a property."""

    class Meta:
        model = RatePlan
        fields = ("name", "meal_plan")
        labels = {"name": _("Name of the rate plan"), "meal_plan": _("Meals")}
        widgets = {"name": forms.TextInput(attrs={"placeholder": _("Such as Standard or Non-refundable")})}

    def __init__(self, data: Any = None, *, house: Property, **kwargs: Any) -> None:
        super().__init__(data, auto_id="plan_%s", label_suffix="", **kwargs)
        self.fields["meal_plan"].choices = MealPlan.choices
        self.instance.hotel_id = house.hotel_id
        self.instance.property = house

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if RatePlan.objects.filter(property=self.instance.property, name=name).exists():
            raise ValidationError(_("This property has a rate plan of that name already."))
        return name
