"""The control page of the Octorate sandbox and the switches every sandbox shares."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from integrations.providers.octorate.sandbox import OctorateSandbox
from integrations.sandbox import SandboxServer, find_sandbox_classes
from tests.providers.octorate.sandbox.conftest import Client

ROOT = Path(__file__).parents[4]


def press(mount: str, action: str, **form: object) -> str:
    """Send a form of the control page and return the page that follows."""
    response = requests.post(f"{mount}/control/{action}", data=form, timeout=10)
    assert response.status_code == 200, response.text
    return response.text


def test_the_index_lists_control_pages_and_healthz_answers(mount: str) -> None:
    root = mount.removesuffix("/octorate")
    assert 'href="/octorate/"' in requests.get(root, timeout=10).text
    assert requests.get(root + "/healthz", timeout=10).json() == {"status": "ok", "sandboxes": ["octorate"]}


def test_the_control_page_lists_the_newest_change_first(sandbox: OctorateSandbox, mount: str) -> None:
    sandbox.change(880011, guest="Zed Newest")
    page = requests.get(mount + "/", timeout=10).text
    assert re.findall(r"no\. (\d+)", page)[0] == "880011"


def test_the_list_can_be_searched(mount: str) -> None:
    page = requests.get(mount + "/", params={"q": "suite 111"}, timeout=10).text
    assert page.count("<details>") < 10
    assert "Suite · 111" in page


def test_every_action_of_a_booking_works_from_the_page(sandbox: OctorateSandbox, mount: str) -> None:
    stay = {"arrival": "2031-12-01", "departure": "2031-12-04"}
    page = press(
        mount, "book", unit="501002:601105", rate="0", guest="Ada Vance", channel="4", adults="2", **stay
    )
    number = int(re.search(r"Booked: (\d+)", page)[1])
    booking = sandbox.world.bookings[number]
    assert (booking.room, booking.channel_id, booking.adults) == (601105, 4, 2)
    press(mount, "change", id=number, arrival="2031-12-02", departure="2031-12-06")
    assert sandbox.world.departure(booking).isoformat() == "2031-12-06"
    press(mount, "move", id=number, room="601106")
    assert booking.room == 601106
    press(mount, "split", id=number, room="601107", start="2031-12-04")
    assert booking.split_room == 601107
    press(mount, "check_in", id=number)
    press(mount, "check_out", id=number)
    assert booking.effective_checkout is not None
    press(mount, "unknown_status", id=number)
    assert booking.status not in ("CONFIRMED", "CANCELLED", "WAITING")
    press(mount, "cancel", id=number)
    assert booking.status == "CANCELLED"


def test_several_rooms_and_rates_can_be_booked_at_once(sandbox: OctorateSandbox, mount: str) -> None:
    form = {"unit": "501003:0", "rate": "1", "rooms": "2", "arrival": "2031-12-01", "departure": "2031-12-02"}
    page = press(mount, "book", **form)
    rows = [sandbox.world.bookings[int(n)] for n in re.search(r"Booked: (\d+), (\d+)", page).groups()]
    assert {row.product for row in rows} == {501031}
    assert {row.room for row in rows} == {601111, 601112}
    assert "Only 0 rooms" in press(mount, "book", **form)


def test_an_unknown_room_can_be_booked(sandbox: OctorateSandbox, mount: str, hotel: Client) -> None:
    page = press(mount, "unknown_room")
    number = re.search(r"list names: (\d+)", page)[1]
    product = hotel.get(f"/v1/reservation/910001/{number}")["product"]
    assert product not in {p["id"] for p in hotel.get("/v3/roomrates/910001")}


def test_a_taken_room_is_refused_with_a_sentence_unless_overbooked_on_purpose(
    sandbox: OctorateSandbox, mount: str
) -> None:
    form = {"unit": "501002:601105", "arrival": "2031-07-10", "departure": "2031-07-11", "guest": "Ada Vance"}
    count = len(sandbox.world.bookings)
    assert "Room 105 is taken" in press(mount, "book", **form)
    assert len(sandbox.world.bookings) == count
    press(mount, "book", **form, overbook="1")
    assert len(sandbox.world.bookings) == count + 1


@pytest.mark.parametrize(
    "action",
    ["change", "move", "split", "cancel", "check_in", "check_out", "book", "confirm", "fail", "slow"],
)
def test_empty_forms_are_answered_with_a_sentence(mount: str, action: str) -> None:
    assert 'role="status"' in press(mount, action)


def test_the_buttons_for_faults_reach_the_switches(
    sandbox: OctorateSandbox, mount: str, hotel: Client
) -> None:
    press(mount, "fail", n="1", status="503", path_part="/accommodation")
    assert hotel("GET", "/v1/pms/910001").status_code == 200
    assert [hotel("GET", "/v1/accommodation").status_code for _ in range(2)] == [503, 200]
    press(mount, "quota_exhaust")
    assert hotel.problem("GET", "/v1/pms") == (403, "ApiQuotaException")
    press(mount, "quota_restore")
    press(mount, "expire")
    assert hotel.problem("GET", "/v1/pms") == (403, "ApiLoginExpired")
    press(mount, "revoke")
    assert sandbox.grants[0].revoked
    for action in ("hold", "duplicates", "release", "release_reversed", "slow", "clear", "reset"):
        press(mount, action)
    assert sandbox.grants == []


def test_names_from_outside_are_escaped_on_the_page(sandbox: OctorateSandbox, mount: str) -> None:
    sandbox.book(guest='<script>alert("1")</script> X')
    response = requests.get(mount + "/", params={"notice": "<b>hi</b>", "q": '"><i>'}, timeout=10)
    assert "<script" not in response.text
    assert "<b>hi" not in response.text
    assert '"><i>' not in response.text
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_a_form_sent_from_another_site_is_refused(sandbox: OctorateSandbox, mount: str) -> None:
    headers = {"Origin": "https://evil.example.org"}
    response = requests.post(f"{mount}/control/reset", headers=headers, timeout=10)
    assert response.status_code == 403


def test_failures_answer_the_next_calls_and_then_stop(sandbox: OctorateSandbox, hotel: Client) -> None:
    sandbox.fail_next(2, 500)
    sandbox.fail_next(1, 429, '{"own": "body"}')
    answers = [hotel("GET", "/v1/accommodation") for _ in range(4)]
    assert [a.status_code for a in answers] == [500, 500, 429, 200]
    assert answers[0].json()["type"] == "InternalServerError"
    assert answers[2].json() == {"own": "body"}


def test_status_0_drops_the_connection(sandbox: OctorateSandbox, hotel: Client) -> None:
    sandbox.fail_next(1, 0)
    with pytest.raises(requests.ConnectionError):
        hotel("GET", "/v1/accommodation")


def test_being_slow_outlasts_a_clients_patience_but_not_the_control_page(
    sandbox: OctorateSandbox, hotel: Client, mount: str
) -> None:
    sandbox.slow(60)
    with pytest.raises(requests.ReadTimeout):
        hotel("GET", "/v1/accommodation", timeout=0.2)
    press(mount, "clear")
    assert hotel("GET", "/v1/accommodation").status_code == 200


def test_requests_are_recorded_with_the_token_cut_to_four_characters(
    sandbox: OctorateSandbox, hotel: Client, mount: str
) -> None:
    sandbox.clear_requests()
    hotel("GET", "/v1/reservation/910001", params={"ids[]": [1, 2]})
    requests.get(mount + "/", timeout=10)
    (seen,) = sandbox.requests()
    assert seen.query["ids[]"] == ["1", "2"]
    assert seen.headers["authorization"] == "…" + hotel.token[-4:]
    assert sandbox.requests("POST") == []


def test_forms_are_recorded_and_only_the_last_thousand_requests_are_kept(
    sandbox: OctorateSandbox, anonymous: Client
) -> None:
    anonymous("POST", "/v1/identity/refresh", data={"refresh_token": "x"})
    assert sandbox.requests("POST", "/refresh")[0].form == {"refresh_token": "x"}
    with requests.Session() as session:
        for _ in range(1000):
            session.get(anonymous.mount + "/connect/nothing", timeout=10)
    assert len(sandbox.requests()) == 1000
    assert sandbox.requests("POST") == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": "1048577"}, 413),
        ({"Content-Length": "-1"}, 400),
        ({"Transfer-Encoding": "chunked"}, 411),
    ],
)
def test_bodies_without_a_reasonable_length_are_refused(
    mount: str, headers: dict[str, str], status: int
) -> None:
    with requests.Session() as session:
        request = requests.Request(
            "POST", mount + "/connect/rest/v1/identity/token", headers=headers
        ).prepare()
        request.headers.update(headers)
        if status == 411:
            del request.headers["Content-Length"]
        assert session.send(request, timeout=10).status_code == status


def test_a_wrong_method_is_a_405_and_another_slug_a_404(anonymous: Client) -> None:
    assert anonymous("GET", "/v1/identity/token").status_code == 405
    assert requests.get(anonymous.mount.removesuffix("octorate") + "other/", timeout=10).status_code == 404


def test_a_stopped_server_frees_its_port() -> None:
    first = SandboxServer([OctorateSandbox()]).start()
    first.stop()
    first.stop()
    with SandboxServer([OctorateSandbox()], port=first.port) as second:
        assert requests.get(second.url + "/healthz", timeout=10).status_code == 200


def test_the_providers_folders_are_walked_for_sandboxes() -> None:
    assert OctorateSandbox in find_sandbox_classes()


def test_the_command_serves_until_sigterm_and_ends_well() -> None:
    code = (
        "from config.management.commands.sandbox import Command;"
        "Command().run_from_argv(['manage.py', 'sandbox', '--port', '0'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        address = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]
        assert "octorate" in requests.get(address + "/healthz", timeout=10).json()["sandboxes"]
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "stopped" in output
