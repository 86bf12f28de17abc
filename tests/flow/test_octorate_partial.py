"""Deliveries of Octorate that say little, and properties that its account does not open any more."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from integrations import oauth
from integrations.applications import application_for, redirect_uri
from integrations.inbox import connections_waiting, route_unrouted
from integrations.models import (
    Alert,
    AvailabilityState,
    Connection,
    ConnectionStatus,
    InboxMessage,
    LogEntry,
    PropertyMapping,
    RoomMapping,
    SyncRun,
)
from integrations.processing import process_waiting
from integrations.routes import forget_routes
from integrations.sending import send_waiting
from reservations.models import Hotel, ReservationSource, Stay
from tests.budgets import lift_budgets
from tests.flow.conftest import APARTMENTS, PARADISE, House

State = InboxMessage.State


def in_days(days: int) -> date:
    return date.today() + timedelta(days=days)


def stay_of(number: int) -> Stay:
    return Stay.objects.get(external_key=f"{number}/{number}")


def open_alerts() -> set[str]:
    """Codes of the problems, but for the rooms of the apartments, which no test here maps."""
    alerts = Alert.objects.filter(resolved_at=None).exclude(code="unmapped_rooms")
    return set(alerts.values_list("code", flat=True))


def deliver(**body: Any) -> InboxMessage:
    """The message that a delivery with these fields became, after the workers did what waited."""
    forget_routes()
    before = timezone.now()
    address = urlsplit(application_for("octorate").webhook_url).path
    answer = Client().post(address, json.dumps(body), content_type="application/json")
    assert answer.status_code == 200
    for connection_id in connections_waiting(timezone.now()):
        process_waiting(connection_id)
    said = InboxMessage.objects.filter(kind="webhook", external_id=body["reference"])
    return said.filter(received_at__gte=before).last() or said.latest("pk")


@pytest.fixture
def quiet(house: House) -> House:
    """Everything read; from now on the sandbox keeps its deliveries to itself."""
    house.read_all(SyncRun.Kind.IMPORT)
    house.work()
    house.sandbox.hold()
    return house


class TestContentThatSaysLittle:
    @pytest.mark.parametrize(
        "content",
        ["", '{{"id": {number}, "accommodation": {{"id": "910001"}}}}', '{{"id": {number}}}'],
        ids=["none", "ids", "one id"],
    )
    def test_each_delivery_is_a_reason_to_read_the_booking_and_none_a_failure(
        self, quiet: House, content: str
    ):
        number = quiet.sandbox.book(room="101", arrival=in_days(140), departure=in_days(143))["id"]
        said = {
            "type": "RESERVATION_CHANGE",
            "reference": str(number),
            "content": content.format(number=number),
        }
        for nights in (4, 5, 6):
            quiet.sandbox.change(number, departure=in_days(140 + nights))
            message = deliver(id=nights, **said)

            assert stay_of(number).departure == in_days(140 + nights)
            assert message.state == State.DONE
            assert message.problems == []
        assert "messages_failed" not in open_alerts()

    def test_what_is_wrong_with_the_content_counts_when_the_other_side_has_no_such_booking(
        self, quiet: House
    ):
        content = json.dumps({"id": 999001, "accommodation": {"id": PARADISE}})
        message = deliver(type="RESERVATION_CHANGE", reference="999001", content=content)

        assert message.state == State.DEAD
        assert message.problems == [{"where": "content", "message": "checkin is missing"}]
        assert "messages_failed" in open_alerts()


class TestDeliveriesThatNameNoProperty:
    @pytest.fixture
    def neighbour(self, quiet: House) -> Connection:
        """Another hotel's connection to Octorate."""
        other = Hotel.objects.create(name="Casa Sur", slug="casa-sur")
        return Connection.objects.create(
            hotel=other,
            provider="octorate",
            name="Octorate of Casa Sur",
            status=ConnectionStatus.CONNECTED,
            status_since=timezone.now(),
        )

    def test_the_only_connection_gets_them(self, quiet: House):
        number = quiet.sandbox.book(room="101", arrival=in_days(140))["id"]
        message = deliver(type="RESERVATION_CREATED", reference=str(number), content="")

        assert message.connection_id == quiet.connection.pk
        assert stay_of(number).arrival == in_days(140)

    def test_of_several_connections_the_one_that_knows_the_booking_gets_them(
        self, quiet: House, neighbour: Connection
    ):
        known = int(ReservationSource.objects.filter(connection_id=quiet.connection.pk)[0].external_id)
        quiet.sandbox.change(known, notes="A cot, please")
        message = deliver(type="RESERVATION_CHANGE", reference=str(known), content="")

        assert message.connection_id == quiet.connection.pk
        source = ReservationSource.objects.get(external_id=str(known))
        assert source.content["notes"] == "A cot, please"

    def test_what_belongs_to_nobody_for_certain_waits_and_goes_to_whoever_learns_of_the_booking(
        self, quiet: House, neighbour: Connection
    ):
        number = quiet.sandbox.book(room="101", arrival=in_days(140))["id"]
        message = deliver(type="RESERVATION_CREATED", reference=str(number), content="")
        assert (message.state, message.connection_id) == (State.UNROUTED, None)
        assert not Stay.objects.filter(external_key=f"{number}/{number}").exists()

        assert route_unrouted(neighbour, []) == 0
        quiet.read_all()
        assert route_unrouted(quiet.connection, [PARADISE]) == 1
        message.refresh_from_db()
        assert message.connection_id == quiet.connection.pk

    def test_an_operator_sees_what_belongs_to_nobody(
        self, quiet: House, neighbour: Connection, django_user_model: Any, client: Client
    ):
        message = deliver(type="RESERVATION_CREATED", reference="999001", content="")
        assert message.state == State.UNROUTED
        operator = django_user_model.objects.create_superuser("operator@example.org", password="a-long-one")
        client.force_login(operator)

        page = client.get("/admin/integrations/inboxmessage/?state__exact=unrouted")
        assert "999001" in page.content.decode()


class TestFetchesThatStopInTheMiddle:
    def test_what_came_before_a_limit_is_kept_and_only_the_rest_is_asked_for_again(
        self, quiet: House, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("integrations.providers.octorate.client.IDS_PER_CALL", 1)
        numbers = [quiet.sandbox.book(room="101", arrival=in_days(140 + 5 * n))["id"] for n in range(2)]
        forget_routes()
        address = urlsplit(application_for("octorate").webhook_url).path
        for number in numbers:
            content = json.dumps({"id": number, "accommodation": {"id": PARADISE}})
            body = {"type": "RESERVATION_CREATED", "reference": str(number), "content": content}
            Client().post(address, json.dumps(body), content_type="application/json")
        # The call for the first booking, and the page after it that is empty.
        quiet.sandbox.quota -= quiet.sandbox.quota_left() - 2
        process_waiting(quiet.connection.pk)

        assert stay_of(numbers[0]).arrival == in_days(140)
        states = [InboxMessage.objects.get(kind="webhook", external_id=str(n)).state for n in numbers]
        assert states == [State.DONE, State.FAILED]
        assert not Stay.objects.filter(external_key=f"{numbers[1]}/{numbers[1]}").exists()


class TestAPropertyThatIsNotOpened:
    @pytest.fixture
    def reconnect(self, house: House, manager: Any) -> Callable[..., None]:
        """Sign in again and allow these properties."""

        def again(*places: str) -> None:
            address = oauth.begin(
                hotel=house.hotel,
                user=manager,
                session_key="s1",
                provider_slug="octorate",
                connection=house.connection,
            )
            answer = QueryDict(mutable=True)
            answer["code"] = house.sandbox.issue_code(redirect_uri("octorate"), list(places))
            answer["state"] = parse_qs(urlsplit(address).query)["state"][0]
            oauth.finish(provider_slug="octorate", user=manager, session_key="s1", params=answer)
            house.connection.refresh_from_db()

        return again

    @pytest.fixture
    def both(self, house: House, monkeypatch: pytest.MonkeyPatch) -> House:
        """Hotel and apartments are read and sold."""
        lift_budgets(monkeypatch, "octorate")
        place = house.hotel.properties.get()
        PropertyMapping.objects.filter(external_ref=APARTMENTS).update(property=place)
        flat = RoomMapping.objects.filter(property_ref=APARTMENTS, external_kind="room_type").first()
        RoomMapping.objects.filter(pk=flat.pk).update(room_type=place.room_types.first())
        house.read_all(SyncRun.Kind.IMPORT)
        send_waiting(house.connection.pk)
        assert not AvailabilityState.objects.exclude(state="accepted").exists()
        return house

    def moment(self, house: House, ref: str) -> str:
        return str(house.connection.cursor["properties"][ref])

    def test_the_others_go_on_and_one_alert_names_it(self, both: House, reconnect: Callable[..., None]):
        hotel, apartments = self.moment(both, PARADISE), self.moment(both, APARTMENTS)
        reconnect(PARADISE)
        for _ in range(2):
            run = both.read_all()
            assert run.state == SyncRun.State.DONE

        assert both.connection.status == ConnectionStatus.CONNECTED
        assert both.connection.next_run_at is not None
        assert self.moment(both, PARADISE) > hotel
        assert self.moment(both, APARTMENTS) == apartments
        assert open_alerts() == {"property_closed"}
        name = PropertyMapping.objects.get(external_ref=APARTMENTS).external_name
        assert f"no longer opens {name}" in str(Alert.objects.get(code="property_closed"))
        assert LogEntry.objects.filter(code="property_closed").count() == 1

    @pytest.mark.usefixtures("year_on_sale")
    def test_numbers_of_the_others_are_sent(self, both: House, reconnect: Callable[..., None]):
        reconnect(PARADISE)
        both.sandbox.book(accommodation=PARADISE, room="101", arrival=in_days(150), departure=in_days(152))
        both.read_all()
        both.work()
        AvailabilityState.objects.filter(room_mapping__property_ref=APARTMENTS).update(
            state="queued", accepted={}, queued_at=timezone.now() - timedelta(hours=1)
        )
        queued = AvailabilityState.objects.filter(room_mapping__property_ref=PARADISE, state="queued")
        assert queued.exists()
        send_waiting(both.connection.pk)

        assert not queued.exists()
        both.connection.refresh_from_db()
        assert both.connection.status == ConnectionStatus.CONNECTED

    def test_a_delivery_about_it_is_no_failure_and_the_next_pull_after_opening_it_brings_the_booking(
        self, both: House, reconnect: Callable[..., None]
    ):
        reconnect(PARADISE)
        both.sandbox.hold()
        number = both.sandbox.book(accommodation=APARTMENTS, arrival=in_days(150))["id"]
        content = json.dumps({"id": number, "accommodation": {"id": APARTMENTS}})
        message = deliver(type="RESERVATION_CREATED", reference=str(number), content=content)

        assert message.state == State.IGNORED
        assert open_alerts() == {"property_closed"}
        both.connection.refresh_from_db()
        assert both.connection.status == ConnectionStatus.CONNECTED

        reconnect(PARADISE, APARTMENTS)
        both.read_all()
        assert stay_of(number).arrival == in_days(150)
        assert "property_closed" not in open_alerts()

    @pytest.mark.usefixtures("year_on_sale")
    def test_what_it_did_not_take_is_sent_once_it_is_opened_again(
        self, both: House, reconnect: Callable[..., None]
    ):
        reconnect(PARADISE)
        both.read_all()
        nights = AvailabilityState.objects.filter(
            room_mapping__property_ref=APARTMENTS, date__gt=in_days(100), rate_mapping=None
        )
        nights.update(state="refused", accepted={})
        reconnect(PARADISE, APARTMENTS)
        both.read_all()
        send_waiting(both.connection.pk)

        assert set(nights.values_list("state", flat=True)) == {"accepted"}

    def test_a_property_that_is_not_used_any_more_is_not_complained_of(
        self, both: House, reconnect: Callable[..., None]
    ):
        reconnect(PARADISE)
        both.read_all()
        PropertyMapping.objects.filter(external_ref=APARTMENTS).update(property=None)
        both.read_all()

        assert open_alerts() == set()


def test_a_booking_behind_the_old_end_of_the_import_is_there_before_its_nights_are_sent(house: House):
    number = house.sandbox.book(room="101", arrival=in_days(60), departure=in_days(63))["id"]
    house.sandbox.deliveries.wait_until_idle()
    InboxMessage.objects.all().delete()
    Connection.objects.update(settings={"import_future_days": 30})
    house.connection.refresh_from_db()
    house.read_all(SyncRun.Kind.IMPORT)

    assert stay_of(number).arrival == in_days(60)
