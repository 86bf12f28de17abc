"""`/healthz`: what a load balancer and a person on call ask."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from config import health
from config.tasks import heartbeat
from config.version import VERSION
from integrations.models import InboxMessage


@pytest.fixture(autouse=True)
def _not_seen_yet(monkeypatch):
    monkeypatch.setattr(health, "_migrations_seen_applied", False)


def test_a_healthy_installation_answers_200_without_signing_in(client, db):
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.json() == {
        "status": "ok",
        "database": "ok",
        "version": VERSION,
        "messages": {"waiting": 0, "oldest_seconds": None},
        "heartbeat_seconds": None,
    }


def test_it_tells_how_many_messages_wait_and_how_long(client, db):
    for number, state in enumerate(("received", "failed", "done", "dead")):
        InboxMessage.objects.create(
            provider="some",
            kind="webhook",
            dedupe_key=str(number),
            state=state,
            received_at=timezone.now() - timedelta(minutes=number + 1),
        )

    messages = client.get("/healthz").json()["messages"]

    assert messages["waiting"] == 2
    assert 119 <= messages["oldest_seconds"] <= 125


def test_it_tells_when_scheduler_and_worker_last_worked_together(client, db):
    heartbeat("default")
    assert client.get("/healthz").json()["heartbeat_seconds"] is None  # nobody sends what is on sale

    heartbeat("offers")
    assert client.get("/healthz").json()["heartbeat_seconds"] in (0, 1)


def test_a_silent_database_is_503_with_the_reason(client, db, monkeypatch):
    def refuse():
        raise DatabaseError("connection refused at 10.0.0.1")

    monkeypatch.setattr(health, "_migrations_applied", refuse)

    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json()["reason"] == "the database does not answer"
    assert "10.0.0.1" not in response.content.decode()


def test_the_number_of_queries_does_not_grow_with_what_waits(client, db, django_assert_num_queries):
    client.get("/healthz")
    InboxMessage.objects.bulk_create(
        InboxMessage(provider="some", kind="webhook", dedupe_key=str(number), received_at=timezone.now())
        for number in range(health.COUNTED_AT_MOST + 5)
    )

    with django_assert_num_queries(2):
        answer = client.get("/healthz").json()

    assert answer["messages"]["waiting"] == health.COUNTED_AT_MOST
