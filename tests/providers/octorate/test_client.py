"""The wire, over real HTTP against the sandbox: access, properties, paging, re-reading, subscriptions, errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from django.utils import timezone

from integrations import http
from integrations.applications import application_for
from integrations.contracts import Hint, Page, PullWindow, ReadContext, Tokens, WebhookRequest
from integrations.errors import (
    IntegrationError,
    Misconfigured,
    Missing,
    NeedsReconnect,
    ProtocolBroken,
    RateLimited,
    Rejected,
    TokenExpired,
    Unreachable,
)
from integrations.http import Answer, ProviderSession, application_session, session_for
from integrations.models import Connection, ConnectionStatus
from integrations.providers.octorate import answers, client
from integrations.providers.octorate.provider import PROVIDER
from integrations.providers.octorate.sandbox import OctorateSandbox
from integrations.providers.octorate.searches import search_of
from integrations.providers.octorate.tables import RESERVATION_EVENTS
from reservations.models import Hotel

pytestmark = pytest.mark.django_db

HOTEL, APARTMENTS = "910001", "910002"
REDIRECT = "http://127.0.0.1:8000/callback/octorate/"
HOOK = "http://127.0.0.1:8000/hooks/octorate/an-address-nobody-guesses/"


@pytest.fixture(autouse=True)
def _impatient(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OUTSIDE_READ_SECONDS = 5
    monkeypatch.setattr(http, "RETRY_WAITS", (0.01, 0.02))


@pytest.fixture
def anonymous(octorate_sandbox: OctorateSandbox) -> Iterator[ProviderSession]:
    with application_session("octorate") as session:
        yield session


def exchange(session: ProviderSession, sandbox: OctorateSandbox, code: str | None = None) -> Tokens:
    code = code or sandbox.issue_code(REDIRECT)
    return PROVIDER.exchange_code(session, application_for("octorate"), code=code, redirect_uri=REDIRECT)


@pytest.fixture
def connection(hotel: Hotel, anonymous: ProviderSession, octorate_sandbox: OctorateSandbox) -> Connection:
    tokens = exchange(anonymous, octorate_sandbox)
    octorate_sandbox.clear_requests()
    return Connection.objects.create(
        hotel=hotel,
        provider="octorate",
        name="Octorate",
        status=ConnectionStatus.CONNECTED,
        status_since=timezone.now(),
        credentials={"access_token": tokens.access_token, "refresh_token": tokens.refresh_token},
        token_expires_at=tokens.expires_at,
    )


@pytest.fixture
def session(connection: Connection) -> Iterator[ProviderSession]:
    with session_for(connection) as session:
        yield session


def window(*places: str, since: datetime | None = None, **zones: str) -> PullWindow:
    return PullWindow(places or (HOTEL,), since, timezone.now(), {HOTEL: "Europe/Madrid", **zones})


def pull(session: ProviderSession, asked: PullWindow) -> list[Page]:
    return list(PROVIDER.pull_reservations(session, asked))


def ids_in(pages: list[Page]) -> list[str]:
    context = ReadContext()
    return [record.external_id for page in pages for record in PROVIDER.read(page.body, context).records]


# --- access ---------------------------------------------------------------------------------------------------


def test_the_consent_address_has_the_three_parameters_that_octorate_wants(anonymous: ProviderSession) -> None:
    address = PROVIDER.authorize(application_for("octorate"), state="st+at/e=", redirect_uri=REDIRECT)
    assert urlsplit(address).path.endswith("/octobook/identity/oauth.xhtml")
    assert parse_qsl(urlsplit(address).query) == [
        ("client_id", "llavero-demo"),
        ("redirect_uri", REDIRECT),
        ("state", "st+at/e="),
    ]


def test_a_code_becomes_tokens_that_end_half_a_minute_early(
    anonymous: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    before = timezone.now()
    tokens = exchange(anonymous, octorate_sandbox)
    assert tokens.access_token and tokens.refresh_token  # noqa: PT018
    early = timedelta(seconds=3600 - 30)
    assert before + early <= tokens.expires_at <= timezone.now() + early
    (call,) = octorate_sandbox.requests("POST", "/identity/token")
    assert call.form["grant_type"] == "code"
    assert call.form["redirect_uri"] == REDIRECT


def test_a_code_works_once(anonymous: ProviderSession, octorate_sandbox: OctorateSandbox) -> None:
    code = octorate_sandbox.issue_code(REDIRECT)
    exchange(anonymous, octorate_sandbox, code)
    with pytest.raises(Rejected):
        exchange(anonymous, octorate_sandbox, code)


def test_a_wrong_secret_is_the_operators_business(
    anonymous: ProviderSession, octorate_sandbox: OctorateSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCTORATE_CLIENT_SECRET", "another-secret")
    with pytest.raises(Misconfigured) as wrong:
        exchange(anonymous, octorate_sandbox)
    assert "another-secret" not in str(wrong.value)
    with pytest.raises(Misconfigured):
        PROVIDER.refresh_token(anonymous, application_for("octorate"), refresh_token="any")
    with pytest.raises(Misconfigured):
        PROVIDER.subscribe_webhooks(anonymous, application_for("octorate"), url=HOOK)


@pytest.mark.parametrize(
    ("answer", "life"),
    [
        ({"expires_in": 600}, 570),
        ({"expires_in": "600"}, 570),
        ({"expires_in": 60}, 54),
        ({"expireDate": "2031-03-01T10:20:00Z[UTC]"}, 1170),
        ({"expireDate": "2031-03-01T10:20:00Z", "expires_in": None}, 1170),
        ({"expireDate": "2001-03-01T10:20:00Z"}, 3570),
        ({"expires_in": -5}, 3570),
        ({"expires_in": "soon", "expireDate": 7}, 3570),
        ({}, 3570),
    ],
    ids=str,
)
def test_the_expiry_of_a_token_when_fields_are_missing(
    anonymous: ProviderSession, octorate_sandbox: OctorateSandbox, answer: dict[str, Any], life: int
) -> None:
    body = json.dumps({"access_token": "a-token", "refresh_token": "r-token", **answer})
    octorate_sandbox.fail_next(1, 200, body, path_part="/identity/token")
    now = datetime(2031, 3, 1, 10, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        tokens = exchange(anonymous, octorate_sandbox, "any")
    assert tokens.expires_at == now + timedelta(seconds=life)


@pytest.mark.parametrize("body", ["<html>", "{}", "[]", '{"access_token": ""}', '{"access_token": 5}', ""])
def test_an_answer_without_a_token_may_be_tried_again(
    anonymous: ProviderSession, octorate_sandbox: OctorateSandbox, body: str
) -> None:
    octorate_sandbox.fail_next(1, 200, body, path_part="/identity/")
    with pytest.raises(Unreachable):
        exchange(anonymous, octorate_sandbox)


def test_a_refresh_gives_a_new_access_token_and_keeps_the_refresh_token(
    anonymous: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    first = exchange(anonymous, octorate_sandbox)
    assert first.refresh_token is not None
    second = PROVIDER.refresh_token(anonymous, application_for("octorate"), refresh_token=first.refresh_token)
    assert second.access_token != first.access_token
    assert second.refresh_token is None


def test_a_grant_that_is_gone_needs_a_person(
    anonymous: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    tokens = exchange(anonymous, octorate_sandbox)
    octorate_sandbox.revoke_grants()
    with pytest.raises(NeedsReconnect):
        PROVIDER.refresh_token(
            anonymous, application_for("octorate"), refresh_token=tokens.refresh_token or ""
        )


@pytest.mark.parametrize(("status", "body"), [(500, None), (502, "<html>"), (403, "<html>"), (400, "<html>")])
def test_a_grant_is_not_given_up_for_a_server_in_trouble(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, status: int, body: str | None
) -> None:
    octorate_sandbox.expire_tokens()
    octorate_sandbox.fail_next(9, status, body, path_part="/identity/refresh")
    with pytest.raises(Unreachable):
        PROVIDER.test_connection(session)


def test_an_expired_token_is_renewed_once_and_the_call_repeated(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.expire_tokens()
    PROVIDER.test_connection(session)
    assert len(octorate_sandbox.requests("POST", "/identity/refresh")) == 1
    assert len(octorate_sandbox.requests("GET", "/accommodation")) == 2


def test_a_refused_property_causes_no_refresh(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    with pytest.raises(NeedsReconnect):
        pull(session, window("999999"))
    assert not octorate_sandbox.requests("POST", "/identity/refresh")
    assert len(octorate_sandbox.requests("GET", "/reservation/")) == 1


def test_a_grant_without_properties_does_not_pass_the_test(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.fail_next(1, 200, "[]", path_part="/accommodation")
    with pytest.raises(NeedsReconnect):
        PROVIDER.test_connection(session)


# --- what error answers mean ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (400, {"type": "ApiParamsExemption", "message": "errPageSize"}, Rejected),
        (400, {"type": "JsonParseExemption"}, Rejected),
        (400, {"type": "ApiValidationFailed"}, Rejected),
        (401, {"type": "ApiKeyMissing"}, TokenExpired),
        (401, {"type": "ApiKeyInvalid"}, TokenExpired),
        (403, {"type": "ApiLoginExpired"}, TokenExpired),
        (403, {"type": "ApiSecurityException"}, NeedsReconnect),
        (403, {"type": "ApiQuotaException"}, RateLimited),
        (403, {"type": "WrongEnviroment"}, Misconfigured),
        (403, "<html>", Unreachable),
        (404, {"type": "ApiResourceMissing"}, Missing),
        (404, "Not found", Misconfigured),
        (422, {"type": "ApiResourceEmpty"}, Missing),
        (422, "", Missing),
        (500, {"type": "InternalServerError"}, Unreachable),
        (550, {"type": "ApiPartnerServerError"}, Unreachable),
        (401, "", None),
        (403, {"type": "SomethingNew"}, None),
        (404, {"message": "x"}, None),
        (429, {}, None),
        (502, "<html>", None),
    ],
    ids=str,
)
def test_the_type_decides_not_the_status_alone(
    status: int, body: Any, meaning: type[IntegrationError] | None
) -> None:
    raw = body if isinstance(body, str) else json.dumps(body)
    error = answers.explain(Answer(status, {}, raw.encode()))
    assert (None if error is None else type(error)) is meaning


@pytest.mark.parametrize(
    "body", ["[" * 100_000, "\udcff", '{"type": ["x"], "nested": 5, "message": {}}', "null"]
)
def test_no_error_body_does_harm(body: str) -> None:
    answer = Answer(400, {}, body.encode("utf-8", "surrogateescape"))
    for explain in (
        answers.explain,
        answers.explain_exchange,
        answers.explain_refresh,
        answers.explain_login,
    ):
        explain(answer)


def test_a_used_up_quota_asks_to_wait(session: ProviderSession, octorate_sandbox: OctorateSandbox) -> None:
    octorate_sandbox.exhaust_quota()
    with pytest.raises(RateLimited):
        PROVIDER.test_connection(session)


def test_a_short_failure_is_survived(session: ProviderSession, octorate_sandbox: OctorateSandbox) -> None:
    octorate_sandbox.fail_next(1, 550, path_part="/accommodation")
    octorate_sandbox.fail_next(1, 0, path_part="/accommodation")
    PROVIDER.test_connection(session)


def test_reading_sends_no_content_type(session: ProviderSession, octorate_sandbox: OctorateSandbox) -> None:
    PROVIDER.discover(session)
    assert all("content-type" not in call.headers for call in octorate_sandbox.requests("GET"))


# --- properties -----------------------------------------------------------------------------------------------


def test_discovery_finds_properties_types_rates_and_rooms(session: ProviderSession) -> None:
    hotel, apartments = PROVIDER.discover(session)
    assert (hotel.ref, hotel.name, hotel.timezone, hotel.currency) == (
        HOTEL,
        "Hotel Paradise",
        "Europe/Madrid",
        "EUR",
    )
    assert (hotel.check_in, hotel.check_out, hotel.city) == ("15:00", "11:00", "Valencia")
    kinds = {
        kind: [room for room in hotel.rooms if room.kind == kind] for kind in ("room_type", "rate", "room")
    }
    assert [(room.name, room.quantity, room.capacity) for room in kinds["room_type"]] == [
        ("Individual", 4, 1),
        ("Doble", 6, 3),
        ("Suite", 2, 4),
    ]
    assert [room.name for room in kinds["room"]] == [str(number) for number in range(101, 113)]
    types = {room.ref for room in kinds["room_type"]}
    assert {room.parent_ref for room in kinds["rate"]} == {room.parent_ref for room in kinds["room"]} == types
    assert apartments.timezone == "Atlantic/Canary"


@pytest.mark.parametrize(
    ("fields", "zone", "hours"),
    [
        ({"timeZone": {"id": "Asia/Tokyo", "displayName": "Japan"}}, "Asia/Tokyo", ("15:00", "11:00")),
        ({"timeZone": "Mars/Olympus"}, None, ("15:00", "11:00")),
        ({"checkinStart": 0, "checkout": 24}, "Europe/Rome", ("00:00", None)),
        ({"checkinStart": "9", "checkout": "late"}, "Europe/Rome", ("09:00", None)),
        ({"checkinStart": {}, "checkout": []}, "Europe/Rome", (None, None)),
    ],
    ids=str,
)
def test_discovery_takes_odd_properties(
    session: ProviderSession,
    octorate_sandbox: OctorateSandbox,
    fields: dict[str, Any],
    zone: str | None,
    hours: tuple[str | None, str | None],
) -> None:
    row = {"id": HOTEL, "name": "P", "timeZone": "Europe/Rome", "checkinStart": 15, "checkout": 11, **fields}
    octorate_sandbox.fail_next(1, 200, json.dumps([row]), path_part="/v1/accommodation")
    octorate_sandbox.fail_next(1, 200, "[]", path_part="/v1/accommodation")
    if zone is None:
        octorate_sandbox.fail_next(1, 200, json.dumps(row), path_part=f"/v1/accommodation/{HOTEL}")
    (place,) = PROVIDER.discover(session)
    assert (place.timezone, (place.check_in, place.check_out)) == (zone, hours)


def test_a_list_that_repeats_its_first_page_ends(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    rows = json.dumps([{"id": "1"}, {"id": "2"}, {"name": "no id"}, 5])
    octorate_sandbox.fail_next(9, 200, rows, path_part="/v1/accommodation")
    assert [row["id"] for row in client.OctorateClient(session).accommodations()] == ["1", "2"]
    assert len(octorate_sandbox.requests("GET", "/v1/accommodation")) == 2


@pytest.mark.parametrize("body", ["<html>", "{}", '"x"', "[" * 100_000])
def test_an_answer_of_the_wrong_shape_is_a_broken_protocol(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, body: str
) -> None:
    octorate_sandbox.fail_next(1, 200, body, path_part="/accommodation")
    with pytest.raises(ProtocolBroken):
        PROVIDER.test_connection(session)


# --- pulling --------------------------------------------------------------------------------------------------


def test_the_first_import_has_every_stay_that_is_not_over_and_the_recent_ones(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    today = octorate_sandbox.world.today(HOTEL)
    world = octorate_sandbox.world
    expected = {
        str(booking.id)
        for booking in world.bookings.values()
        if booking.accommodation in (HOTEL, APARTMENTS)
        and booking.status != "CANCELLED"
        and today - timedelta(days=7) <= world.departure(booking)
    }
    assert any(world.arrival(world.bookings[int(one)]) < today - timedelta(days=2) for one in expected)
    pages = pull(session, window(HOTEL, APARTMENTS))
    assert expected <= set(ids_in(pages))
    assert [page.property_ref for page in pages] == sorted(page.property_ref or "" for page in pages)
    assert pages[-1].total == sum(page.items for page in pages)


@pytest.mark.parametrize("rows", [1, 99, 100, 101, 250])
def test_every_row_comes_once_however_many_pages_there_are(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, rows: int
) -> None:
    made = octorate_sandbox.seed_many(rows, date.today() + timedelta(days=1), notify=False)
    place = octorate_sandbox.world.bookings[made[0]].accommodation
    pages = pull(session, window(place))
    assert sorted(ids_in(pages)) == sorted(str(number) for number in made)
    assert [page.items for page in pages if page.items] == [100] * (rows // 100) + [rows % 100] * (
        rows % 100 > 0
    )


def test_changes_and_cancellations_come_with_the_pull_of_changes(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    since = timezone.now() - timedelta(minutes=15)
    made = octorate_sandbox.book(accommodation=HOTEL)
    octorate_sandbox.cancel(made["id"])
    records = [
        record
        for page in pull(session, window(since=since))
        for record in PROVIDER.read(page.body, ReadContext()).records
    ]
    assert {str(made["id"]): "cancelled"}.items() <= {r.external_id: str(r.status) for r in records}.items()


def test_one_refused_property_does_not_hide_the_others(session: ProviderSession) -> None:
    pages = PROVIDER.pull_reservations(session, window("999999", HOTEL))
    assert next(pages).property_ref == HOTEL
    with pytest.raises(NeedsReconnect):
        list(pages)


NOON = datetime(2031, 7, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "since", "chosen", "expected"),
    [
        ("Europe/Madrid", NOON, {}, ("MODIFIED_BETWEEN", "2031-07-14", "2031-07-16")),
        ("Asia/Tokyo", NOON, {}, ("MODIFIED_BETWEEN", "2031-07-13", "2031-07-17")),
        ("America/Lima", NOON, {}, ("MODIFIED_BETWEEN", "2031-07-13", "2031-07-17")),
        (None, NOON, {}, ("MODIFIED_BETWEEN", "2031-07-13", "2031-07-17")),
        # 22:30 UTC is past midnight in Rome.
        (
            "Europe/Rome",
            datetime(2031, 7, 14, 22, 30, tzinfo=UTC),
            {},
            ("MODIFIED_BETWEEN", "2031-07-14", "2031-07-16"),
        ),
        ("Europe/Madrid", None, {}, ("CHECKOUT", "2031-07-08", "2033-01-05")),
        (
            "Europe/Madrid",
            None,
            {"import_past_days": 0, "import_future_days": 30},
            ("CHECKOUT", "2031-07-15", "2031-08-14"),
        ),
        (
            "Europe/Madrid",
            None,
            {"import_past_days": "x", "import_future_days": ""},
            ("CHECKOUT", "2031-07-08", "2033-01-05"),
        ),
        (
            "Asia/Tokyo",
            None,
            {"import_past_days": "1", "import_future_days": "30"},
            ("CHECKOUT", "2031-07-13", "2031-08-15"),
        ),
    ],
    ids=str,
)
def test_searches_ask_for_days_in_rome(
    zone: str | None, since: datetime | None, chosen: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    zones = {HOTEL: zone} if zone else {}
    query = dict(search_of(chosen, PullWindow((HOTEL,), since, NOON, zones), HOTEL))
    assert (query["type"], query["startDate"], query["endDate"]) == expected


def rows(first: int, number: int, **page: Any) -> str:
    return json.dumps({"data": [{"id": first + n} for n in range(number)], "page": {"page": 0, **page}})


@pytest.mark.parametrize(
    ("answers_given", "pages_read", "calls"),
    [
        pytest.param([rows(0, 0)], [0], 1, id="nothing"),
        pytest.param(
            [rows(0, 5), rows(5, 0)], [5], 2, id="the server gives 5 a page: only an empty page ends it"
        ),
        pytest.param([rows(0, 5), rows(5, 5), rows(10, 2)], [5, 5, 2], 3, id="a shorter page ends it"),
        pytest.param(
            [rows(0, 5), rows(5, 2, next={"href": "x"}), rows(7, 1), rows(8, 0)],
            [5, 2, 1],
            3,
            id="a next link goes on",
        ),
        pytest.param([rows(0, 5), rows(0, 5)], [5], 2, id="a server that ignores the page number"),
        pytest.param([json.dumps([{"id": 1}]), "[]"], [1], 2, id="a bare list as the schema has it"),
    ],
)
def test_paging_believes_the_rows_and_nothing_else(
    session: ProviderSession,
    octorate_sandbox: OctorateSandbox,
    answers_given: list[str],
    pages_read: list[int],
    calls: int,
) -> None:
    for body in answers_given:
        octorate_sandbox.fail_next(1, 200, body, path_part="/reservation/")
    assert [page.items for page in pull(session, window())] == pages_read
    assert len(octorate_sandbox.requests("GET", "/reservation/")) == calls


def test_full_pages_that_repeat_are_a_broken_protocol(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.fail_next(9, 200, rows(0, client.PAGE_SIZE), path_part="/reservation/")
    with pytest.raises(ProtocolBroken):
        pull(session, window())


def test_pages_without_end_are_stopped(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LAST_PAGE", 3)
    for number in range(9):
        octorate_sandbox.fail_next(1, 200, rows(number, 1), path_part="/reservation/")
    with pytest.raises(ProtocolBroken):
        pull(session, window())


# --- re-reading -----------------------------------------------------------------------------------------------


def fetch(session: ProviderSession, *hints: Hint) -> list[Page]:
    return list(PROVIDER.fetch_reservations(session, hints))


def test_named_reservations_are_read_again_by_property(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    bookings = octorate_sandbox.world.bookings.values()
    hints = [Hint("reservation", str(booking.id), booking.accommodation) for booking in bookings]
    pages = fetch(session, *hints, hints[0], Hint("message", "1"), Hint("reservation", "../x", HOTEL))
    assert sorted(ids_in(pages)) == sorted({hint.external_id for hint in hints})
    asked = [call.query["ids[]"] for call in octorate_sandbox.requests("GET", "/reservation/")]
    assert max(len(ids) for ids in asked) <= 50


def test_a_reservation_that_is_gone_gives_an_empty_page(session: ProviderSession) -> None:
    (page,) = fetch(session, Hint("reservation", "1", HOTEL))
    assert (page.items, page.property_ref) == (0, HOTEL)
    assert PROVIDER.read(page.body, ReadContext()).records == []


@pytest.mark.parametrize("status", [404, 422])
def test_an_answer_that_says_gone_is_an_empty_page(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, status: int
) -> None:
    octorate_sandbox.fail_next(1, status, '{"type": "ApiResourceMissing"}', path_part="/reservation/")
    (page,) = fetch(session, Hint("reservation", "880001", HOTEL))
    assert PROVIDER.read(page.body, ReadContext()).records == []


def test_a_hint_without_a_property_is_looked_for_in_all(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    number = next(b.id for b in octorate_sandbox.world.bookings.values() if b.accommodation == APARTMENTS)
    assert ids_in(fetch(session, Hint("reservation", str(number)))) == [str(number)]


def test_other_rows_than_were_asked_for_are_a_broken_protocol(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.fail_next(1, 200, rows(7, 2), path_part="/reservation/")
    with pytest.raises(ProtocolBroken):
        fetch(session, Hint("reservation", "7", HOTEL))


# --- subscriptions --------------------------------------------------------------------------------------------


def endpoints(sandbox: OctorateSandbox) -> dict[str, str]:
    return {one.event: one.endpoint for one in sandbox.deliveries.subscriptions.values()}


def subscribe(session: ProviderSession, url: str = HOOK) -> dict[str, Any]:
    return dict(PROVIDER.subscribe_webhooks(session, application_for("octorate"), url=url))


def changes(sandbox: OctorateSandbox) -> int:
    calls = [
        call for method in ("POST", "PUT", "DELETE") for call in sandbox.requests(method, "/subscription/")
    ]
    return len(calls)


def test_every_event_is_subscribed_once_however_often_we_ask(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    first = subscribe(session)
    assert endpoints(octorate_sandbox) == dict.fromkeys(RESERVATION_EVENTS, HOOK)
    assert set(first["subscriptions"]) == set(RESERVATION_EVENTS)
    assert "nobody-guesses" not in json.dumps(first)
    octorate_sandbox.clear_requests()
    assert subscribe(session) == first
    assert changes(octorate_sandbox) == 0


def test_a_subscription_that_points_elsewhere_is_moved(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    before = subscribe(session, "http://127.0.0.1:8000/hooks/octorate/the-old-address/")
    octorate_sandbox.clear_requests()
    assert subscribe(session) == before
    assert endpoints(octorate_sandbox) == dict.fromkeys(RESERVATION_EVENTS, HOOK)
    assert not octorate_sandbox.requests("POST", "/subscription/")


def test_a_subscription_that_another_worker_made_meanwhile_is_taken_over(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.deliveries.subscribe("RESERVATION_CREATED", "http://127.0.0.1:1/other/")
    octorate_sandbox.fail_next(1, 200, "[]", path_part="/v1/subscription")
    subscribe(session)
    assert endpoints(octorate_sandbox) == dict.fromkeys(RESERVATION_EVENTS, HOOK)


def test_subscriptions_to_other_events_are_left_alone(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.deliveries.subscribe("CHAT_MESSAGE_RECEIVED", "http://127.0.0.1:1/other/")
    subscribe(session)
    PROVIDER.unsubscribe_webhooks(session, application_for("octorate"), url=HOOK)
    assert endpoints(octorate_sandbox) == {"CHAT_MESSAGE_RECEIVED": "http://127.0.0.1:1/other/"}


def test_only_subscriptions_that_point_at_us_are_removed(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.deliveries.subscribe("RESERVATION_CREATED", "http://127.0.0.1:1/other/")
    octorate_sandbox.deliveries.subscribe("RESERVATION_CHANGE", HOOK)
    for _ in range(2):
        PROVIDER.unsubscribe_webhooks(session, application_for("octorate"), url=HOOK)
        assert endpoints(octorate_sandbox) == {"RESERVATION_CREATED": "http://127.0.0.1:1/other/"}


def test_subscribing_uses_the_applications_token_not_the_hotels(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    subscribe(session)
    assert len(octorate_sandbox.requests("POST", "/identity/apilogin")) == 1
    used = {call.headers["authorization"] for call in octorate_sandbox.requests("", "/subscription")}
    assert len(used) == 1
    assert used != {f"…{session.credentials['access_token'][-4:]}"}


def test_a_refused_application_is_the_operators_business_and_costs_no_grant(
    session: ProviderSession, connection: Connection, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.fail_next(1, 403, '{"type": "ApiSecurityException"}', path_part="/subscription")
    with pytest.raises(Misconfigured):
        subscribe(session)
    connection.refresh_from_db()
    assert connection.status == ConnectionStatus.CONNECTED


# --- what the sandbox sends is what the reader reads ----------------------------------------------------------


def test_what_a_subscription_delivers_is_let_in_and_read(
    session: ProviderSession, octorate_sandbox: OctorateSandbox
) -> None:
    octorate_sandbox.hold()
    subscribe(session)
    made = octorate_sandbox.book(accommodation=HOTEL)
    octorate_sandbox.cancel(made["id"])
    bodies = [octorate_sandbox.deliveries.body(sent) for sent in octorate_sandbox.deliveries.envelopes]
    deliveries = [PROVIDER.receive_webhook(WebhookRequest("POST", {}, body)) for body in bodies]
    assert [delivery.event for delivery in deliveries] == ["RESERVATION_CREATED", "RESERVATION_CANCELLED"]
    assert {(d.external_id, d.property_ref) for d in deliveries} == {(str(made["id"]), HOTEL)}
    last = PROVIDER.read(bodies[-1], ReadContext())
    (page,) = fetch(session, *last.fetch)
    assert [r.status for r in PROVIDER.read(page.body, ReadContext()).records] == ["cancelled"]
