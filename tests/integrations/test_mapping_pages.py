from __future__ import annotations

import re

import pytest
from django.urls import reverse

from integrations.catalogue import store_catalogue
from integrations.contracts import ExternalRoom
from integrations.mapping_table import LONGEST_LIST
from integrations.models import Connection, PropertyMapping, RoomMapping, SyncRun
from reservations.models import Property, Room, RoomType
from tests.integrations.conftest import make_connection, paradise_there, queries_of


@pytest.fixture
def url(connection):
    return reverse("connection_mapping", args=[connection.hotel.slug, connection.pk])


@pytest.fixture
def signed_in(client, manager):
    client.force_login(manager)
    return client


def row(connection, ref):
    return RoomMapping.objects.get(connection=connection, external_ref=ref)


def form_of(response) -> dict[str, str]:
    """What a browser would send when Save is pressed without touching anything."""
    page = response.content.decode()
    form = page[page.index('id="mapping"') :]
    form = form[: form.index("</form>")]
    data = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    data |= {
        name: value.replace("&amp;", "&")
        for name, value in re.findall(r'<input id="[^"]+" name="(name-\d+)"[^>]*? value="([^"]*)"', form)
    }
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        data[name] = chosen.group(1) if chosen else ""
    return data


class TestSuggestions:
    def test_everything_is_filled_in_with_a_reason_beside_it(self, signed_in, url, connection):
        page = signed_in.get(url).content.decode()

        assert "mapped 0 of 15" in page
        for reason in (
            "same name",
            "similar name",
            "same name in another language",
            "same number 101",
            "the only type left for as many guests (3)",
        ):
            assert reason in page

    def test_the_columns_say_whose_names_they_hold(self, signed_in, url, connection):
        page = signed_in.get(url).content.decode()

        heads = [page.index(f"<span>{text}</span>") for text in ("At Octorate", "Here", "Why")]
        assert heads == sorted(heads)
        assert heads[-1] < page.index('class="card mapping-property"')

    def test_a_name_that_is_only_alike_is_not_called_the_same(self, signed_in, url, connection):
        (group,) = signed_in.get(url).context["table"].properties

        reasons = {str(part.head.row): part.head.suggestion for part in group.groups}
        assert reasons["Habitación Doble"] == "similar name"
        assert group.head.suggestion == "same name"

    def test_saving_what_was_suggested_maps_everything(self, signed_in, url, connection, hotel):
        response = signed_in.post(url, form_of(signed_in.get(url)))

        assert response.status_code == 303
        assert PropertyMapping.objects.get().property == hotel.properties.get()
        assert row(connection, "s").room_type.name == "Individual"
        assert row(connection, "d").room_type.name == "Doble"
        assert row(connection, "x").room_type.name == "Suite"
        assert row(connection, "r112").room.name == "112"
        assert "mapped 15 of 15" in signed_in.get(url).content.decode()

    def test_a_hotel_without_a_property_is_offered_to_create_it(self, client, stranger, other_hotel):
        Room.objects.filter(hotel=other_hotel).delete()
        RoomType.objects.filter(hotel=other_hotel).delete()
        Property.objects.filter(hotel=other_hotel).delete()
        connection = make_connection(other_hotel)
        store_catalogue(connection, [paradise_there()])
        client.force_login(stranger)
        url = reverse("connection_mapping", args=[other_hotel.slug, connection.pk])

        client.post(url, {**form_of(client.get(url)), "then": "create"})

        assert Property.objects.get(hotel=other_hotel).name == "HOTEL PARADISE"
        assert Room.objects.filter(hotel=other_hotel).count() == 12
        assert "mapped 15 of 15" in client.get(url).content.decode()


class TestSaving:
    def test_a_refused_form_comes_back_with_the_reason_and_the_choices(self, signed_in, url, connection):
        data = form_of(signed_in.get(url))
        double = RoomType.objects.get(name="Doble")
        data[f"room-{row(connection, 's').pk}"] = f"type:{double.pk}"

        response = signed_in.post(url, data)

        page = response.content.decode()
        assert response.status_code == 400
        assert "“Doble” would be sold twice: as “Single room” and as “Habitación Doble”." in page
        assert form_of(response)[f"room-{row(connection, 's').pk}"] == f"type:{double.pk}"
        assert not RoomMapping.objects.filter(room_type__isnull=False).exists()

    def test_rooms_of_a_property_that_is_chosen_anew_are_not_taken_from_the_old_lists(
        self, signed_in, url, connection, hotel
    ):
        annexe = Property.objects.create(hotel=hotel, name="Annexe")
        data = form_of(signed_in.get(url))
        data[f"property-{PropertyMapping.objects.get().pk}"] = str(annexe.pk)

        signed_in.post(url, data)

        assert PropertyMapping.objects.get().property == annexe
        assert not RoomMapping.objects.filter(room__isnull=False).exists()

    @pytest.mark.parametrize(
        "value", ["room:999999", "type:abc", "room:-1", "drop table", "room:" + "9" * 40]
    )
    def test_forged_values_are_refused(self, signed_in, url, connection, value):
        data = {**form_of(signed_in.get(url)), f"room-{row(connection, 'r101').pk}": value}

        assert signed_in.post(url, data).status_code == 400

    def test_a_forged_row_of_another_hotel_is_refused(self, signed_in, url, other_hotel):
        theirs = make_connection(other_hotel)
        store_catalogue(theirs, [paradise_there()])

        response = signed_in.post(url, {f"room-{row(theirs, 's').pk}": "ignore"})

        assert response.status_code == 400
        assert not row(theirs, "s").ignored

    def test_a_property_of_another_hotel_is_refused(self, signed_in, url, other_hotel):
        key = PropertyMapping.objects.get().pk

        response = signed_in.post(url, {f"property-{key}": str(other_hotel.properties.get().pk)})

        assert response.status_code == 400
        assert PropertyMapping.objects.get().property is None

    def test_after_the_first_saving_the_wizard_goes_on_to_the_import(self, signed_in, url):
        response = signed_in.post(url, {**form_of(signed_in.get(url)), "then": "import"})

        assert "/integrations/add/octorate/" in response["Location"]

    def test_rooms_that_appear_with_their_property_are_shown_before_the_import(
        self, signed_in, url, connection, hotel
    ):
        annexe = paradise_there(
            ref="901", name="Finca Olmo", rooms=(ExternalRoom("z", "Zeta", "room_type", quantity=4),)
        )
        store_catalogue(connection, [paradise_there(), annexe])
        for name in ("Casa Brisa", "Villa Roble"):  # with one alone, it would be suggested
            Property.objects.create(hotel=hotel, name=name)
        data = {**form_of(signed_in.get(url)), "then": "import"}
        chosen = f"property-{PropertyMapping.objects.get(external_ref='901').pk}"
        data[chosen] = str(Property.objects.get(name="Casa Brisa").pk)

        response = signed_in.post(url, data)

        assert response["Location"] == url
        page = signed_in.get(url)
        assert "Now choose the rooms of Finca Olmo, then go on." in page.content.decode()
        assert f"room-{row(connection, 'z').pk}" in form_of(page)
        again = signed_in.post(url, {**form_of(page), "then": "import"})
        assert "/integrations/add/octorate/" in again["Location"]

    def test_a_property_mapped_later_is_read(self, signed_in, url, connection):
        Connection.objects.filter(pk=connection.pk).update(last_success_at=connection.status_since)

        signed_in.post(url, form_of(signed_in.get(url)))

        assert SyncRun.objects.get().kind == SyncRun.Kind.PULL

    def test_rooms_of_a_property_that_is_not_used_are_not_missing(self, signed_in, url, connection, hotel):
        annexe = paradise_there(
            ref="901", name="Somebody else's annexe", rooms=(ExternalRoom("z", "Zeta", "room_type"),)
        )
        store_catalogue(connection, [paradise_there(), annexe])
        signed_in.post(url, form_of(signed_in.get(url)))

        page = signed_in.get(url).content.decode()

        assert "mapped 15 of 15" in page
        assert "Choose a property to map its rooms: Zeta" in " ".join(page.split())


class TestManyRooms:
    @pytest.fixture
    def many(self, hotel, connection):
        house = hotel.properties.get()
        double = RoomType.objects.get(name="Doble")
        Room.objects.bulk_create(
            Room(hotel=hotel, property=house, room_type=double, name=str(n)) for n in range(200, 600)
        )
        place = paradise_there()
        rooms = [
            *place.rooms,
            *(ExternalRoom(f"r{n}", f"Room {n}", "room", parent_ref="d") for n in range(200, 600)),
        ]
        store_catalogue(connection, [paradise_there(rooms=tuple(rooms))])

    def test_names_are_typed_where_a_list_would_be_too_long(self, signed_in, url, many):
        page = signed_in.get(url).content.decode()

        assert "<datalist" in page
        assert page.count("<option") < 1000

    def test_saving_the_suggestions_maps_all_of_them(self, signed_in, url, connection, many):
        data: dict[str, str] = {}
        for number in range(1, signed_in.get(url).context["table"].pages + 1):
            data |= form_of(signed_in.get(f"{url}?page={number}"))
        assert signed_in.post(url, data).status_code == 303

        assert row(connection, "r599").room.name == "599"
        assert not RoomMapping.objects.filter(external_kind="room", room=None).exists()

    def test_a_typed_name_that_does_not_exist_is_refused_with_the_name(
        self, signed_in, url, connection, many
    ):
        data = {**form_of(signed_in.get(url)), f"name-{row(connection, 'r101').pk}": "the blue one"}

        response = signed_in.post(url, data)

        assert response.status_code == 400
        assert "There is no room “the blue one” here." in response.content.decode()

    def test_they_cost_no_more_queries(self, signed_in, url, connection, request):
        few = queries_of(signed_in, url)
        request.getfixturevalue("many")

        assert queries_of(signed_in, url) == few

    def test_a_short_list_is_chosen_from(self, signed_in, url, hotel):
        assert Room.objects.filter(hotel=hotel).count() < LONGEST_LIST
        assert "<datalist" not in signed_in.get(url).content.decode()


class TestFilter:
    def test_only_what_is_missing_is_shown_and_saved(self, signed_in, url, connection):
        data = form_of(signed_in.get(url))
        missing = f"room-{row(connection, 'r101').pk}"
        signed_in.post(url, {**data, missing: ""})

        response = signed_in.get(f"{url}?show=unmapped")

        assert missing in form_of(response)
        assert f"room-{row(connection, 'r102').pk}" not in form_of(response)

    def test_saving_stays_in_the_filter(self, signed_in, url):
        response = signed_in.post(f"{url}?show=unmapped", form_of(signed_in.get(url)))

        assert response["Location"].endswith("?show=unmapped")


class TestWhoMay:
    def test_a_receptionist_looks_and_cannot_change(self, client, receptionist, url):
        client.force_login(receptionist)

        response = client.get(url)

        assert response.status_code == 200
        assert "Save</button>" not in response.content.decode()
        assert client.post(url, form_of(response)).status_code == 403
        assert PropertyMapping.objects.get().property is None

    def test_a_stranger_finds_nothing(self, client, stranger, url, connection):
        client.force_login(stranger)
        own = reverse("connection_mapping", args=["mirador", connection.pk])

        assert client.get(url).status_code == 404
        assert client.get(own).status_code == 404

    def test_an_anonymous_visitor_is_sent_to_sign_in(self, client, url):
        assert reverse("account_login") in client.get(url)["Location"]
