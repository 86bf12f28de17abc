"""Short ways to say rates in tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from reservations.models import DailyRate, Hotel, Property, RateEdit, RatePlan, RoomType
from reservations.rate_changes import RateChange
from reservations.rates import change_rates, copy_rates, undo

#: A Monday; the tests' clock stands two days before it.
MONDAY = date(2031, 3, 3)


def days(count: int) -> date:
    """The night ``count`` days after :data:`MONDAY`."""
    return MONDAY + timedelta(days=count)


@dataclass(frozen=True)
class Desk:
    """A person who sets the rates of a hotel with one property."""

    hotel: Hotel
    user: Any

    @property
    def house(self) -> Property:
        return self.hotel.properties.order_by("pk")[0]

    def plan(self, name: str = "Standard", **rest: Any) -> RatePlan:
        found = RatePlan.objects.filter(property=self.house, name=name).first()
        return found or RatePlan.objects.create(hotel=self.hotel, property=self.house, name=name, **rest)

    def kind(self, name: str = "Doble") -> RoomType:
        return RoomType.objects.get(hotel=self.hotel, name=name)

    def set(self, price: Any = None, *, first: int = 0, last: int = 6, **rest: Any) -> RateEdit:
        """Change the Standard price of Doble; ``rest`` are other arguments and fields of the change."""
        fields = {name: rest.pop(name) for name in list(rest) if name in RateChange.__dataclass_fields__}
        if price is not None:
            fields["price"] = Decimal(price) if isinstance(price, int | str) else price
        return change_rates(
            hotel=self.hotel,
            user=self.user,
            **{
                "rate_plans": [self.plan()],
                "room_types": [self.kind()],
                "first": days(first),
                "last": days(last),
                "changes": RateChange(**fields),
                **rest,
            },
        )

    def copy(self, **rest: Any) -> RateEdit:
        """Copy a week of Standard Doble, by default to the next week."""
        return copy_rates(
            hotel=self.hotel,
            user=self.user,
            **{
                "source": self.plan(),
                "target": self.plan(),
                "room_types": [(self.kind(), self.kind())],
                "first": days(0),
                "last": days(6),
                "target_first": days(7),
                **rest,
            },
        )

    def undo(self, edit: RateEdit) -> RateEdit:
        return undo(hotel=self.hotel, user=self.user, edit_id=edit.pk)

    def prices(self, plan: str = "Standard", kind: str = "Doble") -> dict[int, Decimal | None]:
        """The prices by day after :data:`MONDAY`."""
        rows = DailyRate.objects.filter(rate_plan__name=plan, room_type__name=kind, hotel=self.hotel)
        return {(row.date - MONDAY).days: row.price for row in rows.order_by("date")}


def picture(hotel: Hotel) -> list[tuple[Any, ...]]:
    """Every rate of ``hotel`` as it is stored, without row ids."""
    return sorted(
        DailyRate.objects.filter(hotel=hotel).values_list(
            "rate_plan_id",
            "room_type_id",
            "date",
            "price",
            "minimum_stay",
            "maximum_stay",
            "closed",
            "closed_to_arrival",
            "closed_to_departure",
            "edit_id",
        ),
        key=str,
    )
