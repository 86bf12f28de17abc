"""The demo hotels and the start commands."""

from __future__ import annotations

import socket

import pytest
from django.core.management import CommandError, call_command

from config.accounts.models import User
from config.demo import DEMO_PASSWORD, DEMO_PEOPLE, create_demo, sandbox_environment
from config.management.commands.demo import demo_credentials, how_to_connect
from config.processes import require_free_port
from integrations.connections import save_credentials
from integrations.connections import test_connection as try_connection
from integrations.registry import all_providers
from integrations.sandbox import SandboxServer, find_sandbox_classes
from reservations.models import Hotel, Membership, Property, Room, RoomType

pytestmark = pytest.mark.django_db


def counts() -> list[int]:
    return [model.objects.count() for model in (Hotel, Membership, Property, Room, RoomType, User)]


def test_the_demo_has_a_hotel_with_twelve_rooms_and_apartments():
    hotel = create_demo()

    assert (hotel.name, hotel.slug) == ("Hotel Paradise", "paradise")
    assert [house.name for house in hotel.properties.all()] == ["Apartamentos Paradise", "Hotel Paradise"]
    rooms = Room.objects.of(hotel).filter(property__name="Hotel Paradise")
    assert [room.name for room in rooms] == [str(number) for number in range(101, 113)]
    assert {room.area for room in rooms} == {"1"}


def test_making_the_demo_again_changes_nothing():
    create_demo()
    before = counts()

    create_demo()

    assert counts() == before


def test_everyone_of_the_demo_can_sign_in(client):
    create_demo()

    for person in DEMO_PEOPLE:
        assert client.login(email=person.email, password=DEMO_PASSWORD), person.email


def test_a_changed_password_survives_the_next_start():
    create_demo()
    manager = User.objects.get(email="manager@example.org")
    manager.set_password("my-own-password-7")
    manager.save()

    create_demo()

    assert User.objects.get(email="manager@example.org").check_password("my-own-password-7")


def test_the_second_hotel_has_a_manager_of_its_own_who_sees_nothing_of_the_first():
    paradise = create_demo()
    manager = User.objects.get(email="mirador@example.org")

    assert [hotel.slug for hotel in Hotel.objects.visible_to(manager)] == ["mirador"]
    assert not Room.objects.visible_to(manager).filter(hotel=paradise).exists()


def test_every_declared_address_and_credential_points_at_the_sandbox():
    environment = sandbox_environment("http://127.0.0.1:9123")

    for slug, provider in all_providers().items():
        for name in provider.declaration.urls:
            assert environment[f"{slug}_{name}_URL".upper()].startswith(f"http://127.0.0.1:9123/{slug}")
        for field in provider.declaration.application_fields:
            assert environment[f"{slug}_{field.name}".upper()]


def test_the_sandbox_answers_under_the_addresses_of_the_demo(octorate_sandbox):
    origin = octorate_sandbox.url.removesuffix("/octorate")
    environment = sandbox_environment(origin)

    assert environment["OCTORATE_AUTHORIZE_URL"] == f"{origin}/octorate/octobook/identity/oauth.xhtml"
    assert environment["OCTORATE_API_URL"] == f"{origin}/octorate/connect"
    assert environment["OCTORATE_CLIENT_ID"] == "llavero-demo"
    assert environment["OCTORATE_CLIENT_SECRET"] == "llavero-demo-secret"


def typed_in() -> list[str]:
    return [slug for slug, provider in all_providers().items() if provider.declaration.credential_fields]


@pytest.mark.parametrize("slug", typed_in())
def test_what_the_demo_says_to_type_in_opens_the_sandbox(slug, hotel, manager, settings, monkeypatch):
    settings.OUTSIDE_PACE = 1  # a demo lives at the pace of the real systems
    sandboxes = [made() for made in find_sandbox_classes() if made.slug == slug]
    with SandboxServer(sandboxes) as server:
        for name, value in sandbox_environment(server.url).items():
            monkeypatch.setenv(name, value)
        connection = save_credentials(
            hotel_id=hotel.pk,
            provider=slug,
            name="Tried",
            credentials=demo_credentials(all_providers()[slug].declaration),
            settings={},
        )

        run = try_connection(connection=connection, user=manager)

    assert run.state == "done", run.error_detail


def test_the_demo_names_every_integration_with_what_to_type_in():
    lines = how_to_connect()

    assert [line.split("  ")[0] for line in lines] == [p.declaration.name for p in all_providers().values()]
    for line, provider in zip(lines, all_providers().values(), strict=True):
        assert all(value in line for value in demo_credentials(provider.declaration).values())
        assert ("nothing" in line) == (not provider.declaration.credential_fields)


def test_a_taken_port_is_one_plain_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=f"Port {port} of 127.0.0.1 cannot be used"):
            require_free_port("127.0.0.1", port)


def test_the_demo_wants_two_different_ports():
    with pytest.raises(CommandError, match="must differ"):
        call_command("demo", "--port", "9000", "--sandbox-port", "9000")
