"""What the Octorate sandbox sells: its table for people, its contract switch, bookings against its calendar."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import requests

from integrations.providers.octorate.sandbox import OctorateSandbox
from tests.providers.octorate.sandbox.conftest import Client, Clock

BULK = "/v1/calendar/bulk"
TODAY = "2031-07-10"
NIGHT = "2031-12-01"


def item(room: int, night: str = NIGHT, **values: Any) -> dict[str, Any]:
    return {"room": room, "dateFrom": night, "dateTo": night, "values": values}


def day(client: Client, product: int, night: str = NIGHT) -> dict[str, Any]:
    query = {"product[]": product, "dateFrom": night, "dateTo": night}
    found: dict[str, Any] = client.get("/v1/calendar/910001", **query)["data"][0]["days"][0]
    return found


def table_row(mount: str, name: str) -> list[str]:
    """The cells of a product in the table of what is on sale."""
    page = requests.get(mount + "/", timeout=10).text
    rows = [re.findall(r'<td class="long">(.*?)</td>', row) for row in page.split("<tr>")]
    return next(cells for cells in rows if cells and cells[0].endswith(name))


def test_a_bulk_write_is_answered_with_the_number_of_its_process(hotel: Client) -> None:
    first, second = (hotel("POST", BULK, json=[item(501001, price=70)]).json() for _ in range(2))
    assert first["success"] is True
    assert second["process"][0] == first["process"][0] + 1


def test_a_rate_that_is_not_linked_counts_its_own_rooms(sandbox: OctorateSandbox, hotel: Client) -> None:
    sandbox.world.products[501022] = replace(sandbox.world.products[501022], linked=False)
    hotel("POST", BULK, json=[item(501002, availability=0), item(501022, availability=3)])
    assert (day(hotel, 501022)["availability"], day(hotel, 501022)["bookable"]) == (3, True)
    assert day(hotel, 501021)["availability"] == 0
    assert [p["derivedRule"]["availability"] for p in hotel.get("/v3/roomrates/910001")
            if p["id"] in (501021, 501022)] == [True, False]  # fmt: skip


def test_a_rate_with_its_own_calendar_keeps_its_price(hotel: Client) -> None:
    hotel("POST", BULK, json=[item(501002, price=200), item(501022, price=222.5)])
    assert [day(hotel, product)["price"] for product in (501002, 501021, 501022)] == [200, 180, 222.5]


def test_a_contract_to_read_only_refuses_every_write(
    sandbox: OctorateSandbox, mount: str, hotel: Client
) -> None:
    requests.post(f"{mount}/control/permit", data={"permission": "READONLY"}, timeout=10)
    answer = hotel("POST", BULK, json=[item(501001, price=70)])
    assert (answer.status_code, answer.json()["message"]) == (403, "Caller not in requested role")
    assert "Calendar read-only" in requests.get(mount + "/", timeout=10).text
    requests.post(f"{mount}/control/permit", data={"permission": "READWRITE"}, timeout=10)
    assert hotel("POST", BULK, json=[item(501001, price=70)]).status_code == 200


@pytest.mark.parametrize("permission", ["", "ALL", "<b>"])
def test_a_permission_that_there_is_not_is_refused(
    sandbox: OctorateSandbox, mount: str, permission: str
) -> None:
    page = requests.post(f"{mount}/control/permit", data={"permission": permission}, timeout=10).text
    assert "Choose a permission." in page
    assert sandbox.permissions["accommodation"] == "READWRITE"


def test_the_control_page_shows_what_is_on_sale_and_when_it_was_last_written(
    hotel: Client, mount: str, clock: Clock
) -> None:
    assert table_row(mount, "Suite")[1] == "never"
    clock.advance(minutes=5)
    values = [item(501003, TODAY, availability=2, price=180.5), item(501003, "2031-07-11", stopSells=True)]
    hotel("POST", BULK, json=values)
    assert table_row(mount, "Suite")[:4] == ["Suite", "10 Jul 10:05:00", "2 at 180.5", "closed"]
    assert table_row(mount, "Suite - No reembolsable")[1:3] == ["never", "2 at 162.45"]
    assert len(table_row(mount, "Suite")) == 2 + 14


def test_a_booking_lowers_what_the_table_shows(sandbox: OctorateSandbox, hotel: Client, mount: str) -> None:
    hotel("POST", BULK, json=[item(501003, TODAY, availability=2, price=180)])
    sandbox.book(product=501003, arrival=date(2031, 7, 10), departure=date(2031, 7, 11))
    row = table_row(mount, "Suite")
    assert row[2] == "1 at 180"
    assert (
        hotel.get("/v1/calendar/910001", **{"product[]": 501003})["data"][0]["days"][0]["availability"] == 1
    )
