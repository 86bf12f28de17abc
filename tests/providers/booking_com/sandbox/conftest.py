"""A running Booking.com sandbox with a clock that stands still, and a client that speaks plain HTTP to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import requests
from lxml import etree

from integrations.providers.booking_com.sandbox import BookingComSandbox
from integrations.sandbox import SandboxServer

TODAY = date(2031, 6, 3)
OTA = "http://www.opentravel.org/OTA/2003/05"
DEMO = {"client_id": "llavero-demo", "client_secret": "llavero-demo-secret"}
OTHER = {"client_id": "llavero-other", "client_secret": "llavero-other-secret"}
EXCHANGE = "/auth/token-based-authentication/exchange"
NEW, MODIFY = "/secure/hotels/ota/OTA_HotelResNotif", "/secure/hotels/ota/OTA_HotelResModifyNotif"
GROUPS = {
    NEW: ("HotelReservations", "HotelReservation"),
    MODIFY: ("HotelResModifies", "HotelResModify"),
}


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


class Client:
    """Calls below the sandbox's mount with the token of one account."""

    def __init__(self, mount: str, credentials: dict[str, str]) -> None:
        self.mount, self.credentials, self.token = mount, credentials, ""

    def sign_in(self) -> requests.Response:
        answer = requests.post(self.mount + EXCHANGE, json=self.credentials, timeout=10)
        self.token = answer.json().get("jwt", "")
        return answer

    def __call__(self, method: str, path: str, body: str | bytes = b"", **options: Any) -> requests.Response:
        headers = {"Content-Type": "application/xml", "Authorization": f"Bearer {self.token}"}
        headers.update(options.pop("headers", {}))
        data = body.encode() if isinstance(body, str) else body
        return requests.request(method, self.mount + path, data=data, headers=headers, timeout=10, **options)

    def read(self, path: str, **query: Any) -> list[etree._Element]:
        """The reservations of one queue."""
        answer = self("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return list(document(answer).iterfind("/".join(f"{{{OTA}}}{name}" for name in GROUPS[path])))

    def ids(self, path: str, **query: Any) -> list[str]:
        return [id_of(item) for item in self.read(path, **query)]

    def acknowledge(self, path: str, *numbers: str) -> requests.Response:
        group, item = GROUPS[path]
        rows = "".join(f'<HotelReservationID ResID_Value="{number}"/>' for number in numbers)
        inner = (
            f"<Success/><{group}><{item}><ResGlobalInfo><HotelReservationIDs>{rows}</HotelReservationIDs>"
            f"</ResGlobalInfo></{item}></{group}>"
        )
        return self("POST", path, answer_message(path, inner))

    def refuse(self, path: str, number: str, reason: str) -> requests.Response:
        inner = f'<Errors><Error Type="3" Code="193" RecordID="{number}" ShortText="{reason}"/></Errors>'
        return self("POST", path, answer_message(path, inner))


def answer_message(path: str, inner: str) -> str:
    root = path.rpartition("/")[2] + "RS"
    attributes = f'xmlns="{OTA}" TimeStamp="2031-06-03T10:00:00+00:00" Target="Production" Version="2.001"'
    return f"<{root} {attributes}>{inner}</{root}>"


def document(answer: requests.Response) -> etree._Element:
    return etree.fromstring(answer.content)


def every(element: etree._Element, name: str) -> list[etree._Element]:
    """All elements of that OTA name below the element, in the order of the document."""
    return list(element.iter(f"{{{OTA}}}{name}"))


def only(element: etree._Element, name: str) -> etree._Element:
    (found,) = every(element, name)
    return found


def id_of(item: etree._Element) -> str:
    return str(only(item, "HotelReservationID").get("ResID_Value", ""))


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2031, 6, 3, 10, 0, tzinfo=UTC))


@pytest.fixture
def sandbox(clock: Clock) -> BookingComSandbox:
    return BookingComSandbox(clock=clock)


@pytest.fixture
def mount(sandbox: BookingComSandbox) -> Iterator[str]:
    with SandboxServer([sandbox]) as server:
        yield f"{server.url}/booking_com"


@pytest.fixture
def client(mount: str) -> Client:
    """The demo account, signed in."""
    client = Client(mount, DEMO)
    client.sign_in()
    return client


@pytest.fixture
def other(mount: str) -> Client:
    """The account of another hotel, signed in."""
    client = Client(mount, OTHER)
    client.sign_in()
    return client


@pytest.fixture
def quiet(client: Client, other: Client) -> Client:
    """The demo account; nothing waits in any queue of any account."""
    for account in (client, other):
        account.acknowledge(NEW, *account.ids(NEW))
    return client
