"""The first page of a hotel: which open problems it shows, in which order, and that none stays unseen."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.models import Alert
from reservations.models import Hotel

pytestmark = pytest.mark.django_db

HOME = "/h/paradise/"


@pytest.fixture
def office(client: Client, manager: Any) -> Client:
    client.force_login(manager)
    return client


@pytest.fixture
def alert(hotel: Hotel) -> Any:
    """Open an alert, each one later than those before."""
    opened: list[datetime] = [timezone.now() - timedelta(hours=1)]

    def add(code: str, **params: object) -> Alert:
        opened.append(opened[-1] + timedelta(seconds=1))
        return Alert.objects.create(
            hotel=hotel,
            code=code,
            subject=str(len(opened)),
            params=params,
            opened_at=opened[-1],
            last_at=opened[-1],
        )

    return add


def guest(name: str, days: int) -> dict[str, str]:
    """Without a room so many days from now."""
    day = timezone.localdate() + timedelta(days=days)
    return {"guest": name, "room": "", "room_type": "Doble", "date": day.isoformat()}


def sentences(page: Any) -> list[str]:
    text = page.content.decode()
    card = text[text.index('id="alerts"') :]
    card = card[: card.index("</section>")]
    found = re.findall(r'class="line-main alert-line">.*?<span>(.*?)</span></div>', card, re.DOTALL)
    return [re.sub(r"<[^>]*>", "", one) for one in found]


def test_what_is_most_urgent_stands_first(office, alert):
    alert("overbooked", **guest("Ada Brook", 1))
    alert("needs_reconnect", connection="Octorate")
    alert("overbooked", **guest("Mara Quill", 40))
    alert("overbooked", **guest("Ivo Lark", 0))
    alert("offers_refused", nights=3)
    alert("unknown_status", connection="Octorate", ref="A")

    found = sentences(office.get(HOME))

    wanted = ("Ivo Lark", "Ada Brook", "reconnect", "Mara Quill", "is not taken", "do not know")
    assert [word in sentence for word, sentence in zip(wanted, found, strict=True)] == [True] * 6


def test_what_does_not_fit_is_counted_and_can_be_seen(office, alert):
    for number in range(11):
        alert("overbooked", **guest(f"Guest {number}", 10 + number))

    page = office.get(HOME)
    everything = office.get(HOME, {"alerts": "all"})

    assert sentences(page)[0].startswith("Guest 0 ")
    assert len(sentences(page)) == 8
    assert '<a id="all-alerts" href="?alerts=all#alerts">and 3 more</a>' in page.content.decode()
    assert len(sentences(everything)) == 11
    assert "all-alerts" not in everything.content.decode()


def test_two_problems_in_the_same_words_are_told_apart(office, alert):
    for _number in range(2):
        alert("overbooked", **guest("Ada Brook", 1))
    alert("overbooked", **guest("Mara Quill", 1))

    endings = [sentence.strip()[-3:] for sentence in sentences(office.get(HOME)) if "Ada" in sentence]

    assert sorted(endings) == ["(1)", "(2)"]
    assert all("(" not in sentence for sentence in sentences(office.get(HOME)) if "Mara" in sentence)


def test_more_problems_ask_no_more_of_the_database(office, alert):
    alert("overbooked", **guest("Ada Brook", 1))
    office.get(HOME)
    counted = []
    for more in (0, 20):
        for number in range(more):
            alert("overbooked", **guest(f"Guest {number}", number))
        with CaptureQueriesContext(database) as queries:
            office.get(HOME, {"alerts": "all"})
        counted.append(len(queries))

    assert counted[0] == counted[1] <= 19
