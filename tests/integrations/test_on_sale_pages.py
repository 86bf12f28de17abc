"""The page that says what a connection sells, night by night, and whether it took it."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import timedelta
from time import monotonic

import pytest
from celery import current_app
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from integrations import drift
from integrations.errors import RateLimited
from integrations.models import (
    AvailabilityState,
    Connection,
    ConnectionStatus,
    PropertyMapping,
    RoomMapping,
    WrongNumberDay,
)
from integrations.on_sale import PAGE_ROWS
from integrations.outbox import ahead, queue_everything
from integrations.sending import send_waiting
from reservations.models import DailyRate, RoomType
from tests.integrations.conftest import make_connection, queries_of
from tests.integrations.test_outbox import book, flexible, price_nights

State = AvailabilityState.State


@pytest.fixture
def url(channel):
    return reverse("connection_on_sale", args=[channel.hotel.slug, channel.pk])


@pytest.fixture
def signed_in(client, manager):
    client.force_login(manager)
    return client


def press(client, channel, action):
    return client.post(reverse("connection_on_sale_action", args=[channel.hotel.slug, channel.pk, action]))


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def night_of(channel, day, ref="double"):
    return AvailabilityState.objects.get(
        connection=channel, date=day, room_mapping__external_ref=ref, rate_mapping=None
    )


def cell(page: str, row: AvailabilityState) -> str:
    """What the night's cell says to those who cannot see it."""
    found = re.search(
        rf'id="n{row.pk}".*?<span class="visually-hidden">(.*?)</span></a>', page, flags=re.DOTALL
    )
    assert found
    return found.group(1)


class TestTheGrid:
    def test_a_night_has_our_number_and_its_state(self, signed_in, url, channel, board, desk, today):
        day = today + timedelta(days=3)
        book(desk, day)

        assert cell(text_of(signed_in.get(url)), night_of(channel, day)).endswith(
            "5 rooms left · Waiting to be sent"
        )
        send_waiting(channel.pk)
        assert cell(text_of(signed_in.get(url)), night_of(channel, day)).endswith("5 rooms left · Accepted")

    def test_a_rate_has_its_price_and_rules(self, signed_in, url, channel, hotel, manager, today):
        price_nights(hotel, flexible(channel, hotel, manager), today, 2)
        send_waiting(channel.pk)
        night = AvailabilityState.objects.get(date=today, rate_mapping__external_ref="flex")

        assert "€99.50, at least 2 nights · Accepted" in cell(text_of(signed_in.get(url)), night)

    def test_a_night_without_a_price_claims_nothing(self, signed_in, url, channel, hotel, manager, today):
        flexible(channel, hotel, manager)
        night = AvailabilityState.objects.get(date=today, rate_mapping__external_ref="flex")

        assert cell(text_of(signed_in.get(url)), night).endswith("no price is set here, so none is sent")

    def test_what_changed_while_sending_was_off_is_not_called_accepted(
        self, signed_in, url, channel, desk, today
    ):
        Connection.objects.update(settings={"send_availability": False})
        day = today + timedelta(days=3)
        book(desk, day)

        page = text_of(signed_in.get(url))

        assert cell(page, night_of(channel, day)).endswith("5 rooms left · Changed here, not sent")
        assert "Switched off in the settings, so not sent: availability." in page

    def test_later_nights_are_a_press_away_up_to_the_end(self, signed_in, url, channel, today):
        last = today + ahead() - timedelta(days=1)

        assert f'id="n{night_of(channel, last).pk}"' not in signed_in.get(url).content.decode()
        page = signed_in.get(f"{url}?from=2999-01-01").content.decode()
        assert f'id="n{night_of(channel, last).pk}"' in page
        assert 'id="later"' not in page
        assert 'id="earlier"' in page

    @pytest.mark.parametrize(
        "query", ["from=2031-13-40", "from=x&page=-1", "page=99999999999999999", "night=0"]
    )
    def test_odd_addresses_show_the_page(self, signed_in, url, query):
        assert signed_in.get(f"{url}?{query}").status_code == 200

    def test_more_nights_and_rooms_cost_no_more_queries(self, signed_in, url, channel, hotel, manager, today):
        few = queries_of(signed_in, url)
        template = RoomMapping.objects.get(connection=channel, external_ref="double")
        for number in range(10):
            kind = RoomType.objects.create(
                hotel=hotel, property=hotel.properties.get(), name=f"Extra {number}", capacity=2
            )
            template.pk, template.external_ref, template.room_type = None, f"extra{number}", kind
            template.save()
        queue_everything(channel)
        send_waiting(channel.pk)

        assert queries_of(signed_in, url) == few

    def test_rooms_of_several_properties_are_told_apart(self, signed_in, url, channel):
        place = PropertyMapping.objects.get(connection=channel)
        place.pk, place.external_ref, place.external_name = None, "p2", "The annexe"
        place.save()
        assert "The annexe" not in text_of(signed_in.get(url))
        RoomMapping.objects.filter(external_ref="suite").update(property_ref="p2")

        page = text_of(signed_in.get(url))

        assert 0 < page.index("Paradise</th>") < page.index("The annexe</th>")

    def test_many_rooms_are_cut_into_pages(self, signed_in, url, channel):
        template = RoomMapping.objects.get(connection=channel, external_ref="double")
        for number in range(PAGE_ROWS):
            template.pk, template.external_ref, template.external_name = None, f"x{number}", f"Flat {number}"
            template.save()

        first, second = signed_in.get(url).content.decode(), signed_in.get(f"{url}?page=2").content.decode()

        assert "Page 1 of 2" in first
        names = set(re.findall(r'scope="row">(Flat \d+)', first))
        assert names.isdisjoint(re.findall(r'scope="row">(Flat \d+)', second))
        assert len(names | set(re.findall(r'scope="row">(Flat \d+)', second))) == PAGE_ROWS


class TestOneNight:
    def test_everything_known_of_it_is_told(self, signed_in, url, channel, board, desk, today):
        day = today + timedelta(days=3)
        book(desk, day)
        send_waiting(channel.pk)
        board.offers["double", None, day] = type(board.offers["double", None, day])(
            "p1", "double", day, units=9
        )
        drift.compare(channel)
        night = night_of(channel, day)

        page = text_of(signed_in.get(f"{url}?night={night.pk}"))

        card = page[page.index('id="night"') : page.index('id="sale-grid-heading"')]
        for said in ("5 rooms left", night.request_id, "9 rooms left", "Different at the other side"):
            assert said in card

    def test_a_refusal_is_told_in_the_other_sides_words(self, signed_in, url, channel, board, desk, today):
        board.refuse = lambda offer: "Room is not active"
        book(desk, today + timedelta(days=3))
        send_waiting(channel.pk)
        night = night_of(channel, today + timedelta(days=3))

        assert "The other side refused it: Room is not active" in text_of(
            signed_in.get(f"{url}?night={night.pk}")
        )

    def test_a_night_of_another_connection_is_not_shown(self, signed_in, url, channel, hotel, today):
        other = make_connection(hotel, provider="noticeboard", name="Another")
        room = RoomMapping.objects.get(connection=channel, external_ref="double")
        room.pk, room.connection = None, other
        room.save()
        night = AvailabilityState.objects.create(
            hotel=hotel, connection=other, room_mapping=room, date=today, state=State.ACCEPTED
        )

        assert 'id="night"' not in signed_in.get(f"{url}?night={night.pk}").content.decode()


class TestTheSentence:
    def test_all_is_well(self, signed_in, url):
        assert "Everything that is on sale was accepted. Last: just now." in text_of(signed_in.get(url))

    def test_what_waits_since_when(self, signed_in, url, desk, today):
        book(desk, today + timedelta(days=3), nights=2)
        AvailabilityState.objects.filter(state=State.QUEUED).update(
            queued_at=timezone.localtime().replace(hour=0, minute=5)
        )

        page = text_of(signed_in.get(url))

        assert "2 nights wait to be sent since 00:05." in page
        assert "Everything that is on sale was accepted" not in page

    def test_what_was_refused_and_why(self, signed_in, url, channel, board, desk, today):
        board.refuse = lambda offer: "Room is not active"
        book(desk, today + timedelta(days=3), nights=2)
        send_waiting(channel.pk)

        assert "2 nights were refused: Room is not active" in text_of(signed_in.get(url))

    def test_the_outbox_says_when_it_tries_again_and_what_was_wrong(
        self, signed_in, url, channel, board, desk, today
    ):
        board.error = RateLimited("slow down")
        book(desk, today + timedelta(days=3))
        send_waiting(channel.pk)

        page = text_of(signed_in.get(url))

        assert "numbers of 1 room" in page
        assert "(slow down)" in page
        assert "tried once so far" in page

    def test_the_measure_is_in_minutes(self, signed_in, url, channel, today):
        WrongNumberDay.objects.create(
            hotel=channel.hotel, connection=channel, day=today, nights=2, seconds=210, longest=180
        )

        page = text_of(signed_in.get(url))

        assert "3.5 minutes" in page
        assert "2 nights corrected, the slowest after 3 minutes" in page

    def test_the_page_notices_that_something_was_sent(self, signed_in, url, channel, desk, today):
        book(desk, today + timedelta(days=3))
        live = signed_in.get(url).context["live_url"]
        assert signed_in.get(live, headers={"HX-Request": "true"}).status_code == 204

        send_waiting(channel.pk)

        fresh = signed_in.get(live, headers={"HX-Request": "true"})
        assert fresh.status_code == 200
        assert "<html" not in fresh.content.decode()

    def test_the_page_notices_another_change_of_a_night_that_waits(self, signed_in, url, desk, today):
        book(desk, today + timedelta(days=3), room="105")
        live = signed_in.get(url).context["live_url"]

        book(desk, today + timedelta(days=3), room="106", ref="B")

        assert signed_in.get(live, headers={"HX-Request": "true"}).status_code == 200

    def test_what_is_switched_off_is_not_called_accepted(self, signed_in, url):
        Connection.objects.update(settings={"send_rates": False})

        page = text_of(signed_in.get(url))

        assert "so not sent: prices." in page
        assert "Everything that is on sale was accepted" not in page


class TestWhatIsMissing:
    def test_nothing_is_mapped(self, signed_in, url, channel):
        RoomMapping.objects.update(room_type=None)

        page = text_of(signed_in.get(url))

        assert "No room is mapped yet" in page
        assert reverse("connection_mapping", args=[channel.hotel.slug, channel.pk]) in page

    def test_bookings_come_first(self, signed_in, url):
        Connection.objects.update(cursor={})

        assert "The bookings come first" in text_of(signed_in.get(url))

    def test_a_provider_that_cannot_be_told(self, signed_in, channel, hotel, monkeypatch):
        lost = make_connection(hotel, provider="gone", name="Gone")

        page = text_of(signed_in.get(reverse("connection_on_sale", args=[hotel.slug, lost.pk])))

        assert "It cannot be told" in page

    def test_a_disconnected_account(self, signed_in, url):
        Connection.objects.update(status=ConnectionStatus.DISCONNECTED)

        assert "Nothing is sent while the account is disconnected." in text_of(signed_in.get(url))

    def test_rates_that_nobody_has_assigned(self, signed_in, url, channel, hotel, manager):
        assert "Prices are not sent" in text_of(signed_in.get(url))
        flexible(channel, hotel, manager)
        assert "Prices are not sent" not in text_of(signed_in.get(url))


class TestButtons:
    def test_different_nights_are_sent_again(self, signed_in, url, channel, board, today):
        day = today + timedelta(days=4)
        board.offers["double", None, day] = type(board.offers["double", None, day])(
            "p1", "double", day, units=9
        )
        drift.compare(channel)
        assert "Send the 1 different night again" in text_of(signed_in.get(url))

        response = press(signed_in, channel, "repair")
        send_waiting(channel.pk)

        assert response.status_code == 303
        assert response["Location"] == url
        assert board.units("double", day) == 6

    @pytest.mark.usefixtures("year_on_sale")
    def test_everything_is_sent_again(self, signed_in, channel, board, today):
        board.offers.clear()

        press(signed_in, channel, "everything")
        send_waiting(channel.pk)

        assert board.units("suite", today + timedelta(days=100)) == 2

    @pytest.mark.django_db(transaction=True)
    def test_comparing_is_handed_to_a_worker(self, signed_in, channel):
        press(signed_in, channel, "compare")

        assert wait_for_message("compare_offers")

    def test_an_unknown_button_is_a_404(self, signed_in, channel):
        assert press(signed_in, channel, "explode").status_code == 404

    def test_a_paused_connection_sends_nothing(self, signed_in, url, channel):
        Connection.objects.update(status=ConnectionStatus.PAUSED)

        press(signed_in, channel, "everything")

        assert not AvailabilityState.objects.exclude(state=State.ACCEPTED).exists()
        assert "do-everything" not in signed_in.get(url).content.decode()


class TestWhoMay:
    def test_a_receptionist_looks_and_cannot_act(self, client, receptionist, url, channel):
        client.force_login(receptionist)

        page = client.get(url)

        assert page.status_code == 200
        assert "do-everything" not in page.content.decode()
        assert press(client, channel, "everything").status_code == 403
        assert not AvailabilityState.objects.exclude(state=State.ACCEPTED).exists()

    def test_a_cleaner_does_not_look(self, client, cleaner, url):
        client.force_login(cleaner)

        assert client.get(url).status_code == 403

    def test_a_stranger_finds_nothing(self, client, stranger, url, channel):
        client.force_login(stranger)
        own = reverse("connection_on_sale", args=["mirador", channel.pk])

        assert client.get(url).status_code == 404
        assert client.get(own).status_code == 404
        assert client.post(
            reverse("connection_on_sale_action", args=["mirador", channel.pk, "everything"])
        ).status_code == (404)


def wait_for_message(task: str) -> bool:
    """Whether a message for ``task`` reaches the queue soon; nudges are sent by a thread of their own."""
    with (
        current_app.connection_for_read() as broker,
        broker.SimpleQueue(settings.CELERY_TASK_DEFAULT_QUEUE) as queue,
    ):
        until = monotonic() + 5
        while (left := until - monotonic()) > 0:
            with suppress(queue.Empty):
                message = queue.get(timeout=left)
                message.ack()
                if message.headers["task"].endswith(task):
                    return True
    return False


def test_a_closed_night_is_struck_out(signed_in, url, channel, hotel, manager, today):
    price_nights(hotel, flexible(channel, hotel, manager), today, 2)
    DailyRate.objects.filter(date=today).update(closed=True)

    assert "<s>99" in signed_in.get(url).content.decode()
