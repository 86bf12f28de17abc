"""Saving which of our rooms are whose: all or nothing, never sold twice, never anyone else's."""

from __future__ import annotations

import pytest

from integrations.catalogue import store_catalogue
from integrations.contracts import ExternalProperty, ExternalRoom
from integrations.counterparts import create_missing
from integrations.mappings import (
    CREATE,
    NOT_USED,
    NOTHING,
    MappingRefused,
    Target,
    save_mappings,
)
from integrations.models import ConnectionStatus, InboxMessage, LogEntry, PropertyMapping, RoomMapping
from reservations.models import Property, Room, RoomType
from tests.integrations.conftest import make_connection, paradise_there


@pytest.fixture
def house(hotel):
    return hotel.properties.get()


def row(connection, ref, kind=None):
    rows = RoomMapping.objects.filter(connection=connection, external_ref=ref)
    return rows.get(external_kind=kind) if kind else rows.get()


def place(connection):
    return PropertyMapping.objects.get(connection=connection)


def our_type(name):
    return Target(room_type=RoomType.objects.get(name=name).pk)


def our_room(name, hotel):
    return Target(room=Room.objects.get(name=name, hotel=hotel).pk)


def save(connection, user, house, **rooms):
    return save_mappings(
        connection=connection,
        user=user,
        properties={place(connection).pk: house.pk},
        rooms={row(connection, ref).pk: target for ref, target in rooms.items()},
    )


def refusals(connection, user, house, **rooms):
    with pytest.raises(MappingRefused) as refused:
        save(connection, user, house, **rooms)
    assert not RoomMapping.objects.filter(connection=connection, room_type__isnull=False).exists()
    assert not PropertyMapping.objects.filter(connection=connection, property__isnull=False).exists()
    return [refusal.sentence for refusal in refused.value.refusals]


class TestSaving:
    def test_types_and_rooms_are_stored_and_counted(self, connection, manager, house, hotel):
        saved = save(
            connection, manager, house, s=our_type("Individual"), r101=our_room("101", hotel), x=NOT_USED
        )

        assert (saved.mapped, saved.total) == (3, 15)
        assert row(connection, "s").room_type.name == "Individual"
        assert row(connection, "r101").room.name == "101"
        assert row(connection, "x").ignored

    def test_rows_that_are_not_named_keep_what_they_have(self, connection, manager, house, hotel):
        save(connection, manager, house, s=our_type("Individual"))
        save(connection, manager, house, d=our_type("Doble"))

        assert row(connection, "s").room_type.name == "Individual"

    def test_a_choice_can_be_taken_back(self, connection, manager, house):
        save(connection, manager, house, s=our_type("Individual"))
        saved = save(connection, manager, house, s=NOTHING)

        assert saved.mapped == 0

    def test_two_rooms_can_be_swapped_in_one_save(self, connection, manager, house, hotel):
        save(connection, manager, house, r101=our_room("101", hotel), r102=our_room("102", hotel))
        save(connection, manager, house, r101=our_room("102", hotel), r102=our_room("101", hotel))

        assert row(connection, "r101").room.name == "102"
        assert row(connection, "r102").room.name == "101"

    def test_a_line_of_the_log_tells_how_much_is_mapped(self, connection, manager, house):
        save(connection, manager, house, s=our_type("Individual"))

        line = LogEntry.objects.get(connection=connection, code="mapping_saved")
        assert (line.params["mapped"], line.params["total"]) == (1, 15)

    def test_the_property_can_be_created_here_with_the_hours_of_the_other_side(
        self, connection, manager, hotel
    ):
        save_mappings(
            connection=connection, user=manager, properties={place(connection).pk: CREATE}, rooms={}
        )

        created = place(connection).property
        assert created.name == "HOTEL PARADISE"
        assert (created.check_in_from.hour, created.check_out_until.hour) == (14, 12)

    def test_changing_the_property_lets_its_rooms_go(self, connection, manager, house, hotel):
        save(connection, manager, house, s=our_type("Individual"))
        annexe = Property.objects.create(hotel=hotel, name="Annexe")

        save(connection, manager, annexe)

        assert row(connection, "s").room_type is None

    def test_messages_that_waited_for_the_property_are_routed_to_the_connection(
        self, connection, manager, house
    ):
        InboxMessage.objects.create(
            provider="octorate",
            kind="webhook",
            property_ref="900",
            dedupe_key="a",
            state="unrouted",
            received_at=connection.status_since,
        )

        save(connection, manager, house)

        assert InboxMessage.objects.get().connection == connection


class TestNeverSoldTwice:
    def test_one_of_our_types_behind_two_external_types_is_refused_naming_both(
        self, connection, manager, house
    ):
        said = refusals(connection, manager, house, s=our_type("Doble"), d=our_type("Doble"))

        assert said == ["“Doble” would be sold twice: as “Single room” and as “Habitación Doble”."]

    def test_a_type_and_one_of_its_rooms_behind_two_external_types_is_refused(
        self, connection, manager, house, hotel
    ):
        said = refusals(connection, manager, house, s=our_room("105", hotel), d=our_type("Doble"))

        assert said == ["“105” would be sold twice: as “Single room” and as “Habitación Doble”."]

    def test_one_of_our_rooms_behind_two_external_rooms_is_refused(self, connection, manager, house, hotel):
        said = refusals(connection, manager, house, r101=our_room("101", hotel), r102=our_room("101", hotel))

        assert said == ["“101” would be sold twice: as “Room 101” and as “Room 102”."]

    def test_a_saved_choice_counts_as_much_as_a_new_one(self, connection, manager, house):
        save(connection, manager, house, s=our_type("Doble"))

        with pytest.raises(MappingRefused):
            save(connection, manager, house, d=our_type("Doble"))

    def test_a_room_must_stand_behind_the_type_that_its_external_type_is(
        self, connection, manager, house, hotel
    ):
        said = refusals(connection, manager, house, s=our_type("Individual"), r101=our_room("105", hotel))

        assert said == ["“105” is not one of the rooms behind “Single room”, to which “Room 101” belongs."]

    def test_a_room_that_is_sold_through_another_type_is_refused(self, connection, manager, house, hotel):
        said = refusals(connection, manager, house, d=our_type("Doble"), r101=our_room("105", hotel))

        assert said == ["“105” is sold as “Habitación Doble”, but “Room 101” is a room of “Single room”."]

    def test_a_physical_room_cannot_be_a_type(self, connection, manager, house):
        said = refusals(connection, manager, house, r101=our_type("Doble"))

        assert said == ["“Room 101” is one room: choose one of your rooms."]


class TestWhoseItIs:
    def test_a_room_of_another_hotel_does_not_exist(self, connection, manager, house, other_hotel):
        assert refusals(connection, manager, house, r101=our_room("1", other_hotel)) == [
            "This room does not exist here."
        ]

    def test_a_property_of_another_hotel_does_not_exist(self, connection, manager, other_hotel):
        with pytest.raises(MappingRefused, match="does not exist"):
            save(connection, manager, other_hotel.properties.get())

    def test_a_row_of_another_connection_does_not_exist(self, connection, manager, hotel, other_hotel):
        theirs = make_connection(other_hotel)
        store_catalogue(theirs, [paradise_there(ref="901")])

        with pytest.raises(MappingRefused, match="does not exist"):
            save_mappings(
                connection=connection, user=manager, properties={}, rooms={row(theirs, "s").pk: NOT_USED}
            )
        assert not row(theirs, "s").ignored

    def test_a_room_of_another_property_is_refused(self, connection, manager, house, hotel):
        annexe = Property.objects.create(hotel=hotel, name="Annexe")
        loft = RoomType.objects.create(hotel=hotel, property=annexe, name="Loft")

        said = refusals(connection, manager, house, s=Target(room_type=loft.pk))

        assert said == ["“Loft” belongs to another property than “Single room”."]

    def test_rooms_need_their_property_first(self, connection, manager):
        with pytest.raises(MappingRefused, match="Choose the property"):
            save_mappings(
                connection=connection,
                user=manager,
                properties={},
                rooms={row(connection, "s").pk: our_type("Individual")},
            )

    def test_a_property_that_another_connection_of_the_hotel_reads_is_refused_by_name(
        self, connection, manager, house, hotel
    ):
        second = make_connection(hotel, name="Octorate 2")
        store_catalogue(second, [paradise_there()])
        save(connection, manager, house)

        assert refusals(second, manager, house) == [
            "“HOTEL PARADISE” is already read through the connection “Octorate”."
        ]

    def test_a_property_that_another_hotel_reads_is_refused_without_a_name(
        self, connection, manager, house, other_hotel
    ):
        theirs = make_connection(other_hotel, name="Mirador's secret name")
        store_catalogue(theirs, [paradise_there()])
        PropertyMapping.objects.filter(connection=theirs).update(property=other_hotel.properties.get())

        (said,) = refusals(connection, manager, house)

        assert "already connected elsewhere" in said
        assert "Mirador" not in said

    def test_a_disconnected_connection_blocks_nobody(self, connection, manager, house, other_hotel):
        theirs = make_connection(other_hotel, status=ConnectionStatus.DISCONNECTED)
        store_catalogue(theirs, [paradise_there()])
        PropertyMapping.objects.filter(connection=theirs).update(property=other_hotel.properties.get())

        save(connection, manager, house)

        assert place(connection).property == house


class TestCreatingWhatIsMissing:
    def test_types_and_rooms_are_created_like_the_other_side_has_them(self, connection, manager, hotel):
        save_mappings(
            connection=connection, user=manager, properties={place(connection).pk: CREATE}, rooms={}
        )

        created = create_missing(connection=connection)

        assert (created.types, created.rooms) == (3, 12)
        new = place(connection).property
        assert {t.name: t.capacity for t in new.room_types.all()} == {
            "Single room": 1,
            "Habitación Doble": 2,
            "Penthouse": 3,
        }
        assert row(connection, "r105").room.room_type.name == "Habitación Doble"
        assert not RoomMapping.objects.filter(connection=connection, room=None, room_type=None).exists()

    def test_pressing_twice_creates_nothing_twice(self, connection, manager, hotel):
        save_mappings(
            connection=connection, user=manager, properties={place(connection).pk: CREATE}, rooms={}
        )
        create_missing(connection=connection)

        again = create_missing(connection=connection)

        assert (again.types, again.rooms) == (0, 0)

    def test_what_is_mapped_or_not_used_is_left_alone(self, connection, manager, house, hotel):
        save(connection, manager, house, s=our_type("Individual"), x=NOT_USED)

        created = create_missing(connection=connection)

        assert created.types == 1  # the external double, which is called differently here
        assert RoomType.objects.filter(hotel=hotel).count() == 4

    def test_rooms_that_are_only_counted_are_numbered(self, hotel, manager):
        connection = make_connection(hotel)
        flats = ExternalRoom("a", "Flat", "room_type", quantity=3, capacity=4)
        store_catalogue(connection, [ExternalProperty("77", "Flats", rooms=(flats,))])
        save_mappings(
            connection=connection, user=manager, properties={place(connection).pk: CREATE}, rooms={}
        )

        create_missing(connection=connection)

        assert sorted(r.name for r in place(connection).property.rooms.all()) == [
            "Flat 1",
            "Flat 2",
            "Flat 3",
        ]


class TestCatalogue:
    def test_reading_again_keeps_every_choice(self, connection, manager, house):
        save(connection, manager, house, s=our_type("Individual"))

        store_catalogue(connection, [paradise_there(name="Paradise renamed")])

        assert place(connection).external_name == "Paradise renamed"
        assert place(connection).property == house
        assert row(connection, "s").room_type.name == "Individual"

    def test_the_number_of_statements_does_not_grow_with_the_rooms(
        self, hotel, django_assert_max_num_queries
    ):
        connection = make_connection(hotel)
        rooms = tuple(ExternalRoom(f"n{n}", f"Room {n}", "room") for n in range(400))

        with django_assert_max_num_queries(8):
            store_catalogue(connection, [ExternalProperty("1", "Big", rooms=rooms)])

        assert RoomMapping.objects.filter(connection=connection).count() == 400

    def test_an_unknown_zone_or_currency_is_not_taken_over(self, hotel):
        connection = make_connection(hotel)

        store_catalogue(connection, [ExternalProperty("1", "Odd", timezone="Mars/Olympus", currency="EURO")])

        assert (place(connection).timezone, place(connection).currency) == ("", "")
