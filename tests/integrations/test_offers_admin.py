"""The admin's lists of what is on sale: to look at, of the own hotel, in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from integrations.models import AvailabilityState, WrongNumberDay
from tests.integrations.test_outbox import book


@pytest.mark.parametrize("model", ["outboxjob", "availabilitystate", "ratemapping", "wrongnumberday"])
def test_they_are_to_look_at_only_and_of_the_own_hotel(
    client, manager, stranger, channel, desk, today, model
):
    book(desk, today + timedelta(days=3))
    WrongNumberDay.objects.create(hotel=channel.hotel, connection=channel, day=today)
    listed = reverse(f"admin:integrations_{model}_changelist")
    client.force_login(manager)

    page = client.get(listed)

    assert page.status_code == 200
    assert 'class="field-' in page.content.decode()
    assert client.get(reverse(f"admin:integrations_{model}_add")).status_code == 403
    client.force_login(stranger)
    assert 'class="field-' not in client.get(listed).content.decode()


def test_a_night_is_in_words(client, manager, channel, today):
    client.force_login(manager)
    night = AvailabilityState.objects.get(date=today, room_mapping__external_ref="double")

    page = client.get(reverse("admin:integrations_availabilitystate_change", args=[night.pk]))

    assert "6 rooms left" in page.content.decode()
