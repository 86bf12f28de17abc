from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from integrations.connections import mark_failed
from integrations.errors import NeedsReconnect
from tests.integrations.conftest import make_connection, queries_of


@pytest.fixture
def url(hotel):
    return reverse("integration_gallery", args=[hotel.slug])


def test_everything_that_can_be_connected_is_shown_with_what_it_does(client, manager, url):
    client.force_login(manager)

    page = client.get(url).content.decode()

    assert "Octorate" in page
    assert "Channel manager" in page
    assert "Reads reservations, changes and cancellations" in page
    assert reverse("connection_wizard", args=["paradise", "octorate"]) in page


def test_own_connections_come_first_with_state_and_age(client, manager, url, hotel):
    connection = make_connection(hotel, last_success_at=timezone.now() - timedelta(minutes=3))
    mark_failed(connection=connection, error=NeedsReconnect("ended"))
    client.force_login(manager)

    page = client.get(url).content.decode()

    assert "Needs reconnecting" in page
    assert "3 min" in page
    assert "1 alert" in page
    assert page.index("connections-heading") < page.index("gallery-heading")


def test_a_hotel_without_connections_is_told_what_to_do(client, manager, url):
    client.force_login(manager)

    assert "Nothing is connected yet" in client.get(url).content.decode()


def test_a_receptionist_sees_the_state_and_cannot_connect(client, receptionist, url):
    client.force_login(receptionist)

    response = client.get(url)

    assert response.status_code == 200
    assert reverse("connection_wizard", args=["paradise", "octorate"]) not in response.content.decode()


def test_a_cleaner_may_not_see_it(client, cleaner, url):
    client.force_login(cleaner)

    assert client.get(url).status_code == 403


def test_a_stranger_finds_nothing(client, stranger, url):
    client.force_login(stranger)

    assert client.get(url).status_code == 404


def test_an_anonymous_visitor_is_sent_to_sign_in(client, url):
    assert reverse("account_login") in client.get(url)["Location"]


def test_another_hotels_connections_are_not_shown(client, manager, url, other_hotel):
    make_connection(other_hotel, name="Mirador account")
    client.force_login(manager)

    assert "Mirador account" not in client.get(url).content.decode()


def test_fifty_connections_cost_no_more_queries_than_two(client, manager, url, hotel):
    client.force_login(manager)
    for n in range(2):
        make_connection(hotel, name=f"A{n}")
    few = queries_of(client, url)
    for n in range(48):
        make_connection(hotel, name=f"B{n}")

    assert queries_of(client, url) == few


def test_a_connection_whose_provider_was_removed_is_still_shown(client, manager, url, hotel):
    make_connection(hotel, provider="gone_away", name="Old one")
    client.force_login(manager)

    response = client.get(url)

    assert response.status_code == 200
    assert "Old one" in response.content.decode()


def test_nothing_secret_is_on_the_page(client, manager, url, hotel):
    make_connection(hotel)
    client.force_login(manager)

    page = client.get(url).content.decode()

    assert "an-access-token" not in page
    assert "a-refresh-token" not in page


def test_the_part_with_the_connections_answers_204_while_nothing_changed(client, manager, url, hotel):
    make_connection(hotel)
    client.force_login(manager)
    live_url = client.get(url).context["live_url"]

    assert client.get(live_url, headers={"HX-Request": "true"}).status_code == 204
