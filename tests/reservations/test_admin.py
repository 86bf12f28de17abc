"""The admin's lists: rows of the user's hotels only, rights by role, references within one hotel."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.accounts.models import User
from reservations.choices import Role
from reservations.models import Hotel, Membership, Property, Room, RoomClosure, RoomType, Stay
from tests.people import make_person
from tests.reservations.records import Desk, booking, stay

LISTS = ("property", "roomtype", "room", "roomclosure", "guest", "reservation", "stay")


def list_of(model: str) -> str:
    return f"/admin/reservations/{model}/"


@pytest.fixture
def filled(hotel: Hotel, other_hotel: Hotel) -> None:
    """A booking and a closure in each of two hotels."""
    Desk(hotel).take(booking("A", channel="booking_com", channel_ref="OURS-1", name="Mara Quill"))
    Desk(other_hotel, connection_id=2).take(
        booking(
            "B",
            channel="booking_com",
            channel_ref="THEIRS-1",
            name="Odile Elsewhere",
            stays=(stay(room="1"),),
        )
    )
    for house in (hotel, other_hotel):
        room = Room.objects.filter(hotel=house).first()
        RoomClosure.objects.create(
            hotel=house, room=room, first=date(2031, 1, 1), last=date(2031, 1, 3), note=f"paint {house.slug}"
        )


@pytest.fixture
def as_manager(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


class TestWhoSeesWhat:
    @pytest.mark.parametrize("model", LISTS)
    def test_nobody_enters_without_signing_in(self, client: Client, hotel: Hotel, model: str) -> None:
        assert client.get(list_of(model)).status_code == 302

    @pytest.mark.parametrize("model", LISTS)
    def test_a_list_shows_rows_of_the_own_hotel_only(
        self, as_manager: Client, filled: None, model: str
    ) -> None:
        page = as_manager.get(list_of(model)).content.decode()
        assert "Odile Elsewhere" not in page
        assert "THEIRS-1" not in page
        assert "Mirador" not in page
        assert "paint mirador" not in page
        assert f"/admin/reservations/{model}/" in page
        assert "1 " in page

    @pytest.mark.parametrize("model", LISTS)
    def test_a_row_of_another_hotel_does_not_open(
        self, as_manager: Client, filled: None, other_hotel: Hotel, model: str
    ) -> None:
        row = apps.get_model("reservations", model).objects.filter(hotel=other_hotel).first()
        response = as_manager.get(f"{list_of(model)}{row.pk}/change/", follow=True)
        assert "doesn’t exist" in response.content.decode()
        assert response.redirect_chain[-1][0] == "/admin/"

    @pytest.mark.parametrize("model", LISTS)
    def test_a_cleaner_opens_no_list(self, client: Client, cleaner: User, filled: None, model: str) -> None:
        client.force_login(cleaner)
        assert client.get(list_of(model)).status_code == 403

    @pytest.mark.parametrize("model", LISTS)
    def test_an_operator_sees_no_hotels_rows(
        self, client: Client, operator: User, filled: None, model: str
    ) -> None:
        client.force_login(operator)
        assert client.get(list_of(model)).status_code == 403

    @pytest.mark.parametrize("model", ["hotel", "membership"])
    def test_an_operator_sees_hotels_and_members(
        self, client: Client, operator: User, manager: User, model: str
    ) -> None:
        client.force_login(operator)
        assert "Paradise" in client.get(list_of(model)).content.decode()

    def test_roles_count_hotel_by_hotel(
        self, client: Client, manager: User, other_hotel: Hotel, filled: None
    ) -> None:
        Membership.objects.create(user=manager, hotel=other_hotel, role=Role.CLEANER)
        client.force_login(manager)
        assert "Odile Elsewhere" not in client.get(list_of("guest")).content.decode()

    def test_the_hotel_is_a_filter_for_people_of_several(
        self, client: Client, manager: User, hotel: Hotel, other_hotel: Hotel, filled: None
    ) -> None:
        Membership.objects.create(user=manager, hotel=other_hotel, role=Role.MANAGER)
        client.force_login(manager)
        both = client.get(list_of("guest")).content.decode()
        assert "Mara Quill" in both
        assert "Odile Elsewhere" in both
        one = client.get(f"{list_of('guest')}?hotel={hotel.pk}").content.decode()
        assert "Mara Quill" in one
        assert "Odile Elsewhere" not in one

    def test_filters_offer_no_names_of_other_hotels(
        self, as_manager: Client, hotel: Hotel, other_hotel: Hotel
    ) -> None:
        RoomType.objects.create(hotel=hotel, property=hotel.properties.get(), name="Studio")
        Property.objects.create(hotel=other_hotel, name="Secret Annexe")
        Property.objects.create(hotel=hotel, name="Own Annexe")
        page = as_manager.get(list_of("room")).content.decode()
        assert "Own Annexe" in page
        assert "Secret Annexe" not in page

    def test_a_filter_by_another_hotels_row_finds_nothing(
        self, as_manager: Client, hotel: Hotel, other_hotel: Hotel
    ) -> None:
        Property.objects.create(hotel=hotel, name="Annexe")
        house = other_hotel.properties.get()
        page = as_manager.get(f"{list_of('room')}?property__id__exact={house.pk}").content.decode()
        assert "0 rooms" in page

    def test_search_finds_a_booking_by_its_code(self, as_manager: Client, filled: None) -> None:
        assert "Mara Quill" in as_manager.get(f"{list_of('reservation')}?q=OURS").content.decode()
        assert "Mara Quill" not in as_manager.get(f"{list_of('reservation')}?q=NOPE").content.decode()


class TestChanging:
    def room_form(self, owner: Hotel, **changes: Any) -> dict[str, Any]:
        house = owner.properties.get()
        return {
            "hotel": owner.pk,
            "property": house.pk,
            "room_type": house.room_types.first().pk,
            "name": "201",
            "area": "2",
            "is_active": "on",
            **changes,
        }

    def test_a_manager_adds_a_room(self, as_manager: Client, hotel: Hotel) -> None:
        as_manager.post(f"{list_of('room')}add/", self.room_form(hotel))
        assert Room.objects.get(hotel=hotel, name="201").area == "2"

    def test_the_form_offers_rows_of_the_own_hotel_only(self, as_manager: Client, other_hotel: Hotel) -> None:
        assert "Mirador" not in as_manager.get(f"{list_of('room')}add/").content.decode()

    @pytest.mark.parametrize("field", ["hotel", "property", "room_type"])
    def test_a_forged_id_of_another_hotel_is_refused(
        self, as_manager: Client, hotel: Hotel, other_hotel: Hotel, field: str
    ) -> None:
        theirs = self.room_form(other_hotel)[field]
        response = as_manager.post(f"{list_of('room')}add/", self.room_form(hotel, **{field: theirs}))
        assert response.status_code == 200
        assert "errorlist" in response.content.decode()
        assert not Room.objects.filter(name="201").exists()

    @pytest.mark.parametrize("field", ["property", "room_type"])
    def test_the_manager_of_two_hotels_cannot_mix_them(
        self, client: Client, manager: User, hotel: Hotel, other_hotel: Hotel, field: str
    ) -> None:
        Membership.objects.create(user=manager, hotel=other_hotel, role=Role.MANAGER)
        client.force_login(manager)
        theirs = self.room_form(other_hotel)[field]
        response = client.post(f"{list_of('room')}add/", self.room_form(hotel, **{field: theirs}))
        assert "This belongs to another hotel." in response.content.decode()
        assert not Room.objects.filter(name="201").exists()

    def test_a_row_cannot_be_moved_to_another_hotel(
        self, client: Client, manager: User, hotel: Hotel, other_hotel: Hotel
    ) -> None:
        Membership.objects.create(user=manager, hotel=other_hotel, role=Role.MANAGER)
        client.force_login(manager)
        room = Room.objects.get(hotel=hotel, name="101")
        client.post(
            f"{list_of('room')}{room.pk}/change/",
            self.room_form(hotel, hotel=other_hotel.pk, name="101", area="9"),
        )
        room.refresh_from_db()
        assert (room.hotel_id, room.area) == (hotel.pk, "9")

    def test_the_type_of_a_room_is_of_its_property(self, as_manager: Client, hotel: Hotel) -> None:
        annexe = Property.objects.create(hotel=hotel, name="Annexe")
        response = as_manager.post(f"{list_of('room')}add/", self.room_form_with(hotel, annexe))
        assert "another property" in response.content.decode()

    def room_form_with(self, hotel: Hotel, house: Property) -> dict[str, Any]:
        kind = RoomType.objects.filter(hotel=hotel).exclude(property=house).first()
        return {
            "hotel": hotel.pk,
            "property": house.pk,
            "room_type": kind.pk,
            "name": "201",
            "area": "",
            "is_active": "on",
        }

    def test_a_receptionist_looks_and_does_not_change(
        self, client: Client, receptionist: User, hotel: Hotel
    ) -> None:
        client.force_login(receptionist)
        room = Room.objects.get(hotel=hotel, name="101")
        assert client.get(list_of("room")).status_code == 200
        assert client.get(f"{list_of('room')}add/").status_code == 403
        form = self.room_form(hotel, name="101", area="9")
        assert client.post(f"{list_of('room')}{room.pk}/change/", form).status_code == 403
        assert client.post(f"{list_of('room')}{room.pk}/delete/", {"post": "yes"}).status_code == 403

    @pytest.mark.parametrize("model", ["guest", "reservation", "stay"])
    def test_what_channels_told_is_changed_by_nobody(
        self, as_manager: Client, filled: None, hotel: Hotel, model: str
    ) -> None:
        row = apps.get_model("reservations", model).objects.filter(hotel=hotel).first()
        address = f"{list_of(model)}{row.pk}/"
        assert as_manager.get(f"{address}change/").status_code == 200
        assert as_manager.post(f"{address}change/", {}).status_code == 403
        assert as_manager.post(f"{address}delete/", {"post": "yes"}).status_code == 403
        assert as_manager.get(f"{list_of(model)}add/").status_code == 403

    def test_deleting_several_reaches_no_other_hotel(
        self, as_manager: Client, filled: None, other_hotel: Hotel
    ) -> None:
        theirs = RoomClosure.objects.get(hotel=other_hotel)
        as_manager.post(
            list_of("roomclosure"),
            {"action": "delete_selected", "_selected_action": [theirs.pk], "post": "yes"},
        )
        assert RoomClosure.objects.filter(pk=theirs.pk).exists()

    def test_a_manager_renames_the_hotel_and_keeps_its_address(
        self, as_manager: Client, hotel: Hotel
    ) -> None:
        as_manager.post(f"{list_of('hotel')}{hotel.pk}/change/", {"name": "Hotel Edén", "slug": "eden"})
        hotel.refresh_from_db()
        assert (hotel.name, hotel.slug) == ("Hotel Edén", "paradise")

    def test_an_operator_registers_a_hotel(self, client: Client, operator: User) -> None:
        client.force_login(operator)
        client.post(f"{list_of('hotel')}add/", {"name": "Casa Nueva", "slug": "casa-nueva"})
        assert Hotel.objects.filter(slug="casa-nueva").exists()


class TestPeople:
    def add(self, client: Client, hotel: Hotel, email: str, role: Role) -> Any:
        form = {"hotel": hotel.pk, "email": email, "name": "Nora Vidal", "role": role}
        return client.post(f"{list_of('membership')}add/", form)

    def test_a_manager_adds_a_new_person_by_address(self, as_manager: Client, hotel: Hotel) -> None:
        self.add(as_manager, hotel, "Nora@example.org", Role.RECEPTIONIST)
        person = User.objects.get(email="nora@example.org")
        assert (person.name, person.has_usable_password()) == ("Nora Vidal", False)
        assert Membership.objects.get(user=person).role == Role.RECEPTIONIST

    def test_an_existing_person_keeps_name_and_password(
        self, as_manager: Client, hotel: Hotel, stranger: User
    ) -> None:
        self.add(as_manager, hotel, "stranger@example.org", Role.CLEANER)
        stranger.refresh_from_db()
        assert stranger.name == "Berta Llopis"
        assert stranger.has_usable_password()
        assert [row.hotel for row in stranger.invitations.all()] == [hotel]

    def test_the_form_names_nobody_of_another_hotel(
        self, as_manager: Client, hotel: Hotel, stranger: User
    ) -> None:
        assert "Berta" not in as_manager.get(f"{list_of('membership')}add/").content.decode()
        assert "Berta" not in as_manager.get(list_of("membership")).content.decode()

    def test_nobody_is_added_twice(self, as_manager: Client, hotel: Hotel, cleaner: User) -> None:
        response = self.add(as_manager, hotel, "CLEANER@example.org", Role.MANAGER)
        assert "already belongs" in response.content.decode()
        assert Membership.objects.get(user=cleaner).role == Role.CLEANER

    def test_a_manager_makes_nobody_an_owner(self, as_manager: Client, hotel: Hotel) -> None:
        response = self.add(as_manager, hotel, "nora@example.org", Role.OWNER)
        assert "Only an owner" in response.content.decode()
        assert not User.objects.filter(email="nora@example.org").exists()

    def test_a_manager_does_not_unmake_an_owner(self, as_manager: Client, hotel: Hotel, owner: User) -> None:
        make_person("second@example.org", hotel, Role.OWNER)
        membership = Membership.objects.get(user=owner)
        address = f"{list_of('membership')}{membership.pk}/"
        assert as_manager.post(f"{address}delete/", {"post": "yes"}).status_code == 403
        as_manager.post(f"{address}change/", {"role": Role.CLEANER})
        membership.refresh_from_db()
        assert membership.role == Role.OWNER

    def test_an_owner_makes_another_owner(
        self, client: Client, hotel: Hotel, owner: User, manager: User
    ) -> None:
        client.force_login(owner)
        membership = Membership.objects.get(user=manager)
        client.post(f"{list_of('membership')}{membership.pk}/change/", {"role": Role.OWNER})
        membership.refresh_from_db()
        assert membership.role == Role.OWNER

    def test_the_last_owner_stays(self, client: Client, hotel: Hotel, owner: User) -> None:
        client.force_login(owner)
        membership = Membership.objects.get(user=owner)
        address = f"{list_of('membership')}{membership.pk}/"
        assert client.post(f"{address}delete/", {"post": "yes"}).status_code == 403
        response = client.post(f"{address}change/", {"role": Role.MANAGER})
        assert "at least one owner" in response.content.decode()


class TestSpeed:
    @pytest.mark.parametrize("model", LISTS)
    def test_a_list_asks_the_same_number_of_queries_for_few_and_many(
        self, as_manager: Client, hotel: Hotel, model: str
    ) -> None:
        self.fill(hotel, 0, 10)
        few = self.queries(as_manager, model)
        self.fill(hotel, 10, 200)
        assert self.queries(as_manager, model) == few
        assert few <= 15

    def fill(self, hotel: Hotel, first: int, count: int) -> None:
        house = hotel.properties.get(name=hotel.name)
        numbers = range(first, first + count)
        Property.objects.bulk_create(Property(hotel=hotel, name=f"House {n:03}") for n in numbers)
        types = RoomType.objects.bulk_create(
            RoomType(hotel=hotel, property=house, name=f"Type {n:03}") for n in numbers
        )
        rooms = Room.objects.bulk_create(
            Room(hotel=hotel, property=house, room_type=kind, name=f"R{kind.name}") for kind in types
        )
        RoomClosure.objects.bulk_create(
            RoomClosure(hotel=hotel, room=room, first=date(2031, 1, 1), last=date(2031, 1, 2))
            for room in rooms
        )
        Desk(hotel).take(
            *(booking(f"B{n}", name=f"Guest {n}", stays=(stay(room=f"RType {n:03}"),)) for n in numbers)
        )
        assert Stay.objects.filter(room__isnull=False).count() == first + count

    def queries(self, client: Client, model: str) -> int:
        client.get(list_of(model))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(list_of(model)).status_code == 200
        return len(captured)
