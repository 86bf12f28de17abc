"""Connecting an account whose credentials are typed in: tried first, stored encrypted, never shown."""

from __future__ import annotations

from django.urls import reverse

from integrations.models import Connection, PropertyMapping
from tests.integrations.example_providers.keybox.provider import RIGHT_KEY


class TestTypedInCredentials:
    def post(self, client, hotel, **values):
        data = {f"account-{name}": value for name, value in values.items()}
        return client.post(reverse("connection_connect", args=[hotel.slug, "keybox"]), data)

    def test_the_form_is_made_from_the_declaration(self, client, manager, hotel, keybox):
        client.force_login(manager)

        page = client.get(reverse("connection_wizard", args=[hotel.slug, "keybox"])).content.decode()

        assert 'type="password" name="account-key"' in page
        assert 'name="account-mode"' in page

    def test_what_works_is_stored_and_the_rooms_are_read(self, client, manager, hotel, keybox):
        client.force_login(manager)

        response = self.post(client, hotel, key=RIGHT_KEY, days="40", mode="b")

        connection = Connection.objects.get()
        assert response.status_code == 303
        assert connection.credentials == {"key": RIGHT_KEY}
        assert connection.settings == {"days": 40, "mode": "b", "quick": False}
        assert PropertyMapping.objects.get().timezone == "Europe/Lisbon"

    def test_what_does_not_work_is_not_stored_and_not_repeated(self, client, manager, hotel, keybox):
        client.force_login(manager)

        response = self.post(client, hotel, key="a-wrong-key-9999", days="40", mode="b")

        assert response.status_code == 400
        assert "this key opens nothing" in response.content.decode()
        assert "a-wrong-key-9999" not in response.content.decode()
        assert not Connection.objects.exists()

    def test_settings_outside_their_limits_are_refused(self, client, manager, hotel, keybox):
        client.force_login(manager)

        assert self.post(client, hotel, key=RIGHT_KEY, days="4000", mode="z").status_code == 400
        assert not Connection.objects.exists()
