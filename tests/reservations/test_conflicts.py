"""A guest without a room opens one conflict, which ends with its cause; its page explains and offers ways out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from reservations.choices import ConflictCause, ConflictEnd, ConflictKind, RoomChoice, StayStatus
from reservations.closures import close_room, reopen
from reservations.conflict_causes import Sale, name_cause
from reservations.conflict_story import cause_words, moments
from reservations.conflicts import close_departed, judge
from reservations.evidence import ChannelEvidence, NightEvidence, to_content
from reservations.models import (
    Conflict,
    DailyRate,
    PlanningEdit,
    Property,
    RatePlan,
    Room,
    RoomClosure,
    RoomType,
    Stay,
)
from reservations.places import Place
from reservations.planning import move_stay, pin_stay
from reservations.ways_out import take_way, ways_out
from tests.people import make_hotel
from tests.reservations.records import FIRST, Desk, booking, stay

SUITES = ("111", "112")


class TypeDesk(Desk):
    """A hotel's intake whose bookings are for a type: ``room_ref`` is the name of one."""

    def place(self, connection_id, property_ref, record):
        kind = RoomType.objects.get(property__hotel=self.hotel, name=record.room_ref)
        return Place(kind.property_id, kind.pk, None, mapped=True)


@pytest.fixture
def desk(hotel):
    return TypeDesk(hotel)


@pytest.fixture
def suite(hotel):
    """A type with two rooms."""
    kind = Room.objects.get(hotel=hotel, name="112").room_type
    assert kind.rooms.count() == 2
    return kind


def book(desk, name, kind, *, arrival=0, nights=2, booked=0, **rest):
    record = booking(
        name,
        booked=booked,
        stays=(stay(arrival=arrival, nights=nights, room=kind.name),),
        name=f"Guest {name}",
    )
    desk.take(record, **rest)
    return Stay.objects.get(external_key=f"{name}/1")


def cancel(desk, name, kind):
    gone = stay(room=kind.name, status=StayStatus.CANCELLED)
    desk.take(booking(name, version=2, status=StayStatus.CANCELLED, stays=(gone,)))


class TestOpening:
    def test_everybody_with_a_room_has_no_conflict(self, desk, suite):
        rooms = {book(desk, name, suite).room.name for name in "AB"}

        assert rooms == set(SUITES)
        assert not Conflict.objects.exists()

    def test_more_bookings_than_rooms_open_one_for_the_last_that_booked(self, desk, suite):
        for number, name in enumerate("ABC"):
            book(desk, name, suite, booked=number)

        conflict = Conflict.objects.get()
        assert conflict.stay.external_key == "C/1"
        assert (conflict.kind, conflict.room) == (ConflictKind.TYPE_FULL, None)
        assert (conflict.first, conflict.last) == (FIRST, FIRST + timedelta(days=2))
        assert set(conflict.rivals) == {s.pk for s in Stay.objects.exclude(external_key="C/1")}

    def test_who_booked_first_has_the_room_whoever_is_heard_last(self, desk, suite):
        for number, name in ((2, "C"), (1, "B"), (0, "A")):
            book(desk, name, suite, booked=number)

        assert Conflict.objects.filter(closed_at=None).get().stay.external_key == "C/1"

    def test_only_the_nights_that_are_too_many_are_in_trouble(self, desk, suite):
        book(desk, "A", suite, arrival=2, nights=1)
        book(desk, "B", suite, arrival=2, nights=1, booked=1)
        book(desk, "C", suite, arrival=0, nights=5, booked=2)

        conflict = Conflict.objects.get()
        assert (conflict.first, conflict.last) == (FIRST + timedelta(days=2), FIRST + timedelta(days=3))

    def test_a_stay_that_fits_by_count_and_has_no_whole_room_is_told_so(
        self, desk, suite, hotel, receptionist
    ):
        first, then = book(desk, "A", suite), book(desk, "B", suite, arrival=2)
        other = suite.rooms.exclude(pk=first.room_id).get()
        pin_stay(hotel=hotel, user=receptionist, stay_id=first.pk)
        # Best fit had put both into one room, one after the other.
        assert then.room_id == first.room_id
        move_stay(hotel=hotel, user=receptionist, stay_id=then.pk, room_id=other.pk)

        between = book(desk, "C", suite, nights=4)

        conflict = Conflict.objects.get()
        assert (between.room, between.overbooked) == (None, False)
        assert (conflict.stay, conflict.kind) == (between, ConflictKind.NO_WHOLE_ROOM)
        way = next(way for way in ways_out(hotel, conflict) if way.kind == "split")
        assert [step.room for step in way.steps] == [other, first.room]
        take_way(hotel=hotel, user=receptionist, conflict_id=conflict.pk, key=way.key)
        assert not Conflict.objects.filter(closed_at=None).exists()

    def test_a_block_without_a_room_is_nobodys_conflict(self, desk, suite):
        for name in "AB":
            book(desk, name, suite)
        blocked = stay(room=suite.name, status=StayStatus.BLOCK)
        desk.take(booking("X", status=StayStatus.BLOCK, stays=(blocked,), booked=9))

        assert not Conflict.objects.exists()

    def test_judging_again_changes_nothing(self, desk, suite, hotel):
        for number, name in enumerate("ABC"):
            book(desk, name, suite, booked=number)
        before = list(Conflict.objects.values())

        judge(
            hotel_id=hotel.pk, stay_ids=list(Stay.objects.values_list("pk", flat=True)), now=datetime.now(UTC)
        )

        assert list(Conflict.objects.values()) == before


class TestEnding:
    @pytest.fixture
    def three(self, desk, suite):
        return [book(desk, name, suite, booked=number) for number, name in enumerate("ABC")]

    def test_a_cancellation_gives_the_room_and_ends_it(self, desk, suite, three):
        cancel(desk, "A", suite)

        conflict = Conflict.objects.get()
        assert conflict.ended == ConflictEnd.MOVED
        three[2].refresh_from_db()
        assert three[2].room.name in SUITES
        assert not three[2].overbooked

    def test_cancelling_the_loser_ends_it(self, desk, suite, three):
        cancel(desk, "C", suite)

        assert Conflict.objects.get().ended == ConflictEnd.GONE

    def test_cancellation_and_replacement_in_one_batch_open_none(self, desk, suite):
        for name in "AB":
            book(desk, name, suite)
        gone = stay(room=suite.name, status=StayStatus.CANCELLED)
        desk.take(
            booking("C", booked=5, stays=(stay(room=suite.name),)),
            booking("A", version=2, status=StayStatus.CANCELLED, stays=(gone,)),
        )

        assert not Conflict.objects.exists()

    def test_what_lies_behind_is_no_conflict_any_more(self, three):
        assert close_departed(datetime(2031, 6, 14, tzinfo=UTC)) == 1
        assert close_departed(datetime(2031, 6, 14, tzinfo=UTC)) == 0
        assert Conflict.objects.get().ended == ConflictEnd.GONE


class TestClosedRooms:
    def test_a_stay_leaves_a_room_that_is_closed(self, desk, suite, hotel):
        row = book(desk, "A", suite)
        closed = RoomClosure(hotel=hotel, room=row.room, first=FIRST, last=FIRST + timedelta(days=1))
        close_room(closed)

        before = row.room_id
        row.refresh_from_db()
        assert row.room_id not in (None, before)
        assert not Conflict.objects.exists()

    def test_a_promised_room_that_is_closed_is_a_conflict_until_it_opens(self, desk, suite, hotel):
        row = book(desk, "A", suite)
        Stay.objects.filter(pk=row.pk).update(room_choice=RoomChoice.PERSON)
        closed = RoomClosure(hotel=hotel, room=row.room, first=FIRST, last=FIRST + timedelta(days=1))
        close_room(closed)

        conflict = Conflict.objects.get()
        assert (conflict.kind, conflict.cause) == (ConflictKind.ROOM_CLOSED, ConflictCause.ROOM_WITHDRAWN)
        assert (conflict.first, conflict.last) == (FIRST, FIRST + timedelta(days=1))

        reopen([closed])
        conflict.refresh_from_db()
        assert conflict.closed_at is not None


NOON = datetime(2031, 3, 1, 12, tzinfo=UTC)


def sale(minutes=0, *, connection=1, product="double", cancelled=None, desk=False):
    gone = NOON + timedelta(minutes=cancelled) if cancelled is not None else None
    return Sale(connection, product, NOON + timedelta(minutes=minutes), gone, desk)


def channel(units=1, *, accepted=-60, told=True, products=1, read=None, connected=None):
    since = NOON + timedelta(minutes=connected) if connected is not None else None
    night = NightEvidence(
        FIRST, units, accepted_at=NOON + timedelta(minutes=accepted), read_units=read, read_at=NOON
    )
    return ChannelEvidence(1, "Booking.com", "booking_com", told, products, since, (night,))


class TestCauses:
    @pytest.mark.parametrize(
        ("cause", "facts"),
        [
            (ConflictCause.ROOM_WITHDRAWN, {"kind": ConflictKind.ROOM_CLOSED}),
            (ConflictCause.BOOKED_ANYWAY, {"sale": sale(desk=True)}),
            (
                ConflictCause.DOUBLE_MAPPING,
                {"evidence": [channel(products=2)], "rivals": [sale(-90, product="twin")]},
            ),
            (ConflictCause.FEED_LAG, {"evidence": [channel(told=False)]}),
            (ConflictCause.SECONDS_APART, {"rivals": [sale(-1, connection=2)], "evidence": [channel()]}),
            (ConflictCause.LATE_PUSH, {"evidence": [channel(1)]}),
            (ConflictCause.LATE_PUSH, {"evidence": [channel(0, accepted=5)]}),
            (ConflictCause.EXTRANET_EDIT, {"evidence": [channel(0, read=2)]}),
            (ConflictCause.EXTRANET_EDIT, {"evidence": [channel(0)]}),
            (ConflictCause.REOPENED, {"evidence": [channel(0)], "cancelled": [sale(-900, cancelled=-5)]}),
            (ConflictCause.EXTRANET_EDIT, {"evidence": [channel(0, connected=-700)]}),
            (ConflictCause.UNKNOWN, {"evidence": [channel(0, connected=5)]}),
            (
                ConflictCause.UNKNOWN,
                {"evidence": [channel(products=2, connected=5)], "rivals": [sale(-90, product="twin")]},
            ),
            (ConflictCause.UNKNOWN, {"evidence": []}),
            (ConflictCause.UNKNOWN, {"sale": Sale(1, "double", None), "evidence": [channel()]}),
        ],
    )
    def test_the_first_that_fits_is_named(self, cause, facts):
        given = {"kind": ConflictKind.TYPE_FULL, "sale": sale(), "rivals": [sale(-600, connection=2)]} | facts

        assert name_cause(**given) == cause

    def test_a_cancellation_elsewhere_does_not_reopen_this_channel(self):
        gone = sale(-900, connection=2, cancelled=-5)
        found = name_cause(
            kind=ConflictKind.TYPE_FULL, sale=sale(), rivals=[], cancelled=[gone], evidence=[channel(0)]
        )

        assert found == ConflictCause.EXTRANET_EDIT

    def test_a_channel_that_was_connected_later_is_named_and_not_blamed(self, desk, suite, client, hotel):
        for number, name in enumerate("ABC"):
            book(desk, name, suite, booked=number)
        conflict = Conflict.objects.select_related("stay").get()
        conflict.cause = ConflictCause.UNKNOWN
        later = conflict.stay.booked_at + timedelta(days=2)
        told = ChannelEvidence(1, "Booking.com", "booking_com", is_told=True, connected_at=later)
        conflict.evidence = to_content([told])
        words = cause_words(conflict)
        story = [moment.text for moment in moments(conflict, [])]

        assert words.label == "Sold before the channel was connected"
        assert "older than the connection to Booking.com" in words.happened
        assert "Booking.com was connected" in story
        conflict.evidence = to_content([replace(told, connected_at=conflict.stay.booked_at)])
        assert cause_words(conflict).label == "Cause not known"


class TestPages:
    @pytest.fixture
    def conflict(self, desk, suite):
        for number, name in enumerate("ABC"):
            book(desk, name, suite, booked=number)
        return Conflict.objects.get()

    @pytest.fixture
    def page(self, conflict, hotel):
        return reverse("conflict", args=[hotel.slug, conflict.pk])

    def test_the_list_teaches_while_it_is_empty(self, client, receptionist, hotel):
        client.force_login(receptionist)

        assert (
            "Everybody has a room" in client.get(reverse("conflict_list", args=[hotel.slug])).content.decode()
        )

    def test_the_list_names_the_guest(self, client, receptionist, hotel, conflict):
        client.force_login(receptionist)

        shown = client.get(reverse("conflict_list", args=[hotel.slug])).content.decode()
        assert "Guest C has no room" in shown

    @pytest.mark.parametrize("which", ["list", "one"])
    def test_an_open_page_asks_for_its_news(self, client, receptionist, hotel, page, conflict, which):
        client.force_login(receptionist)
        address = page if which == "one" else reverse("conflict_list", args=[hotel.slug])

        news = client.get(f"{address}?state=old", headers={"HX-Request": "true"})

        assert "Guest C has no room" in news.content.decode()
        assert "<html" not in news.content.decode()
        same = client.get(news.context["live_url"], headers={"HX-Request": "true"})
        assert same.status_code == 204

    def test_an_upgrade_is_offered_taken_and_settles(self, client, receptionist, page, conflict, hotel):
        client.force_login(receptionist)
        context = client.get(page).context
        kinds = [entry["way"].kind for entry in context["ways"]]
        assert kinds
        assert kinds == sorted(kinds, key=["move", "chain", "upgrade", "split", "sister"].index)
        way = context["ways"][0]["way"]

        response = client.post(f"{page}solve/", {"way": way.key})

        assert response.status_code == 303
        conflict.refresh_from_db()
        assert (conflict.ended, conflict.ended_by) == (ConflictEnd.SOLVED, receptionist)
        conflict.stay.refresh_from_db()
        assert conflict.stay.room_id == way.steps[-1].room.pk
        assert PlanningEdit.objects.get().kind == "solve"
        assert "Solved by a person" in client.get(page).content.decode()

    def test_a_way_that_is_gone_is_refused_with_a_sentence(self, client, receptionist, page, conflict):
        client.force_login(receptionist)

        answer = client.post(f"{page}solve/", {"way": "move:1-2-3"}, follow=True)

        assert "not open any more" in answer.content.decode()
        conflict.refresh_from_db()
        assert conflict.closed_at is None

    def test_a_dearer_room_says_by_how_much(self, client, receptionist, page, conflict, hotel, suite):
        plan = RatePlan.objects.create(hotel=hotel, property=suite.property, name="Flexible")
        for kind, price in ((suite, 100), *((k, 130) for k in RoomType.objects.exclude(pk=suite.pk))):
            for n in range(2):
                DailyRate.objects.create(
                    hotel=hotel, rate_plan=plan, room_type=kind, date=FIRST + timedelta(days=n), price=price
                )
        client.force_login(receptionist)
        ways = [entry["way"] for entry in client.get(page).context["ways"]]

        assert next(way.difference for way in ways if way.kind == "upgrade") == 60

    def test_a_sister_property_takes_the_guest(self, client, receptionist, hotel, conflict, page, suite):
        sister = Property.objects.create(hotel=hotel, name="Annex")
        kind = RoomType.objects.create(hotel=hotel, property=sister, name="Studio", capacity=4)
        Room.objects.create(hotel=hotel, property=sister, room_type=kind, name="1")
        client.force_login(receptionist)
        way = client.get(page).context["ways"][-1]["way"]
        assert way.kind == "sister"

        client.post(f"{page}solve/", {"way": way.key})

        conflict.stay.refresh_from_db()
        assert conflict.stay.property == sister
        assert not conflict.stay.overbooked
        conflict.refresh_from_db()
        assert conflict.closed_at is not None

    def test_another_hotels_conflict_does_not_exist(self, client, receptionist, conflict, other_hotel, page):
        client.force_login(receptionist)

        assert client.get(page.replace("paradise", other_hotel.slug)).status_code == 404

    def test_only_who_changes_reservations_solves(self, client, housekeeping_manager, page, conflict):
        client.force_login(housekeeping_manager)

        assert client.post(f"{page}solve/", {"way": "x"}).status_code == 403


def test_ten_bookings_of_a_type_with_one_room_leave_one_holder(db):
    hotel = make_hotel("Casa Uno", "uno", {("Only", 2): ("1",)})
    desk, kind = TypeDesk(hotel), RoomType.objects.get(property__hotel=hotel)
    for number in range(10):
        book(desk, f"R{number}", kind, booked=number)

    assert Stay.objects.get(overbooked=False).external_key == "R0/1"
    assert Conflict.objects.filter(closed_at=None).count() == 9
