"""Every row can be shown: the admin names rows when it lists them, and when it asks whether they may go."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.utils import translation

from config.demo import create_demo

OURS = ("reservations", "integrations", "cleaning", "accounts")


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_the_first_row_of_every_kind_has_a_name(language):
    create_demo()

    with translation.override(language):
        for model in apps.get_models():
            if model._meta.app_label in OURS and (row := model._default_manager.first()) is not None:
                assert str(row), model


@pytest.mark.django_db
def test_what_hangs_on_a_house_is_named_when_it_is_to_go(client, hotel, manager):
    client.force_login(manager)
    house = hotel.properties.first()

    assert client.get(f"/admin/reservations/property/{house.pk}/delete/").status_code == 200
