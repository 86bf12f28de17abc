"""The hotels, people and rooms of the demonstration; everybody is invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from cleaning.checklist_services import add_demo_lists
from cleaning.choices import CompanyRole
from config.accounts.models import User
from config.demo_cleaning import add_demo_rules
from config.demo_company import COMPANY, add_demo_company, join_demo_company
from integrations.registry import all_providers
from reservations.choices import Role
from reservations.models import Hotel, Membership, Property, RatePlan, Room, RoomType
from reservations.rate_changes import Percent, RateChange
from reservations.rate_choices import MealPlan
from reservations.rate_plans import save_plan
from reservations.rates import change_rates, copy_rates

DEMO_PASSWORD = "paradise-demo-101"  # noqa: S105 - printed for everyone who starts a demonstration
DEMO_CLIENT_ID = "llavero-demo"
DEMO_CLIENT_SECRET = "llavero-demo-secret"  # noqa: S105 - what every sandbox accepts

PARADISE = "Hotel Paradise"
MIRADOR = "Hostal Mirador"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    email: str
    name: str
    language: str
    hotel_name: str
    role: Role | None  # None: an operator, or somebody of a cleaning company, who belong to no hotel
    company_role: CompanyRole | None = None

    @property
    def role_label(self) -> str:
        role = self.role or self.company_role
        return gettext("Operator") if role is None else str(role.label)


DEMO_PEOPLE = (
    DemoPerson("manager@example.org", "Nadia Ferrol", "en", PARADISE, Role.MANAGER),
    DemoPerson("owner@example.org", "Amaro Quintela", "es", PARADISE, Role.OWNER),
    DemoPerson("reception@example.org", "Blanche Arnoux", "fr", PARADISE, Role.RECEPTIONIST),
    DemoPerson("housekeeping@example.org", "Rosa Villalba", "es", PARADISE, Role.HOUSEKEEPING_MANAGER),
    DemoPerson("cleaner@example.org", "Ilie Munteanu", "es", PARADISE, Role.CLEANER),
    DemoPerson("fatou@example.org", "Fatou Diarra", "fr", PARADISE, Role.CLEANER),
    DemoPerson("planner@example.org", "Pilar Ochoa", "es", COMPANY, None, CompanyRole.PLANNER),
    DemoPerson("vera@example.org", "Vera Lozano", "es", COMPANY, None, CompanyRole.CLEANER),
    DemoPerson("mirador@example.org", "Berta Llopis", "es", MIRADOR, Role.MANAGER),
    DemoPerson("operator@example.org", "Olaf Reinholt", "en", "Llavero", None),
)

#: Room types and their rooms; a room's floor is the first digit of its number. The names resemble those on the
#: other side without being equal, as in life, so that mapping has something to suggest.
HOTEL_ROOMS = {
    ("Habitación individual", 1): ("101", "102", "103", "104"),
    ("Habitación doble", 2): ("105", "106", "107", "108", "109", "110"),
    ("Suite", 3): ("111", "112"),
}
APARTMENT_ROOMS = {("Apartamento", 4): ("Apto. A1", "Apto. A2", "Apto. A3")}
RATED_DAYS = 400
MIRADOR_ROOMS = {("Doble con vistas", 2): ("1", "2", "3", "4")}


@transaction.atomic
def create_demo() -> Hotel:
    """The demo hotel, with what is missing of it added; running it again changes nothing that exists."""
    paradise, _ = Hotel.objects.get_or_create(slug="paradise", defaults={"name": PARADISE})
    mirador, _ = Hotel.objects.get_or_create(slug="mirador", defaults={"name": MIRADOR})
    _add_property(paradise, PARADISE, "Europe/Madrid", (time(15), time(11)), HOTEL_ROOMS)
    _add_property(paradise, "Apartamentos Paradise", "Atlantic/Canary", (time(16), time(10)), APARTMENT_ROOMS)
    _add_property(mirador, MIRADOR, "Europe/Madrid", (time(14), time(12)), MIRADOR_ROOMS)
    for house in Property.objects.filter(hotel__in=(paradise, mirador)):
        _add_rates(house)
    add_demo_rules(paradise)
    add_demo_lists(paradise.pk)
    add_demo_company(paradise, mirador)
    for person in DEMO_PEOPLE:
        _add_person(person, {PARADISE: paradise, MIRADOR: mirador}.get(person.hotel_name))
    return paradise


def _add_property(
    hotel: Hotel,
    name: str,
    timezone: str,
    hours: tuple[time, time],
    rooms: dict[tuple[str, int], tuple[str, ...]],
) -> None:
    house, _ = Property.objects.get_or_create(
        hotel=hotel,
        name=name,
        defaults={
            "timezone": timezone,
            "check_in_from": hours[0],
            "check_out_until": hours[1],
            "currency": "EUR",
            "country": "ES",
        },
    )
    for (type_name, capacity), room_names in rooms.items():
        room_type, _ = RoomType.objects.get_or_create(
            hotel=hotel, property=house, name=type_name, defaults={"capacity": capacity}
        )
        for room_name in room_names:
            Room.objects.get_or_create(
                hotel=hotel,
                property=house,
                name=room_name,
                defaults={"room_type": room_type, "area": room_name[0] if room_name.isdigit() else ""},
            )


def _add_rates(house: Property) -> None:
    """Two rate plans with a price for every night of more than a year, dearer at weekends."""
    if RatePlan.objects.filter(property=house).exists():
        return
    terms = ((gettext("Standard"), MealPlan.BREAKFAST), (gettext("Non-refundable"), MealPlan.ROOM_ONLY))
    standard, saver = (
        save_plan(RatePlan(hotel=house.hotel, property=house, name=name, meal_plan=meals, position=position))
        for position, (name, meals) in enumerate(terms)
    )
    kinds = list(house.room_types.all())
    first = timezone.localdate(timezone=house.zone)
    span: dict[str, Any] = {
        "hotel": house.hotel,
        "user": None,
        "first": first,
        "last": first + timedelta(days=RATED_DAYS - 1),
    }
    for kind in kinds:
        price = RateChange(price=Decimal(45 + 30 * kind.capacity))
        change_rates(rate_plans=[standard], room_types=[kind], changes=price, **span)
    weekend = RateChange(price=Percent(Decimal(20)), minimum_stay=2)
    change_rates(rate_plans=[standard], room_types=kinds, weekdays={4, 5}, changes=weekend, **span)
    copy_rates(
        source=standard,
        target=saver,
        room_types=[(kind, kind) for kind in kinds],
        target_first=first,
        percent=Decimal(-10),
        **span,
    )


def _add_person(person: DemoPerson, hotel: Hotel | None) -> None:
    user = User.objects.filter(email=person.email).first()
    if user is None:
        user = User.objects.create_user(
            person.email,
            DEMO_PASSWORD,
            name=person.name,
            language=person.language,
            is_superuser=person.role is None and person.company_role is None,
        )
    if person.company_role is not None:
        join_demo_company(user, person.company_role)
    if hotel is not None and person.role is not None:
        Membership.objects.get_or_create(user=user, hotel=hotel, defaults={"role": person.role})


def sandbox_environment(sandbox_url: str) -> dict[str, str]:
    """Variables that make every provider's sandbox below ``sandbox_url`` the system it speaks to.

    A sandbox keeps the paths of the real system below ``/<slug>`` and accepts the demo's pair of credentials, so
    the declarations tell everything that is needed.
    """
    found: dict[str, str] = {}
    for slug, provider in all_providers().items():
        declaration = provider.declaration
        for field in declaration.application_fields:
            value = DEMO_CLIENT_SECRET if field.secret else DEMO_CLIENT_ID
            found[f"{slug}_{field.name}".upper()] = value
        for name, address in declaration.urls.items():
            found[f"{slug}_{name}_URL".upper()] = f"{sandbox_url}/{slug}{urlsplit(address).path.rstrip('/')}"
    return found
