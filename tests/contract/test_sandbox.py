"""The sandbox is a server that a person can play with: nothing on its control page breaks it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

from integrations.contracts import Capability, MessageKind, ReadContext
from integrations.errors import IntegrationError
from integrations.http import session_for
from integrations.models import Connection
from integrations.sandbox import Sandbox, SandboxServer
from tests.contract.cases import Case, for_providers
from tests.contract.reaching import window

CALLS = 300
#: A page is looked at again after so many forms were sent.
LOOKS = 15
ODD = (
    "",
    "0",
    "-1",
    "x",
    "9" * 30,
    "2031-02-30",
    "2031-07-01",
    "2031-07-03",
    "9999-12-31",
    "<b>",
    "\x00",
    "1",
)


@dataclass
class Form:
    action: str
    inputs: dict[str, list[str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    """The forms of a page that are sent with POST, with the values that each input offers."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form" and has.get("method", "").lower() == "post":
            self.found.append(Form(has.get("action", "")))
        elif tag in ("input", "textarea", "button") and self.found and has.get("name"):
            self.found[-1].inputs.setdefault(has["name"], []).append(has.get("value", ""))
        elif tag == "select":
            self._select = has.get("name", "")
        elif tag == "option" and self.found and self._select:
            self.found[-1].inputs.setdefault(self._select, []).append(has.get("value", ""))


def forms_of(page: str) -> list[Form]:
    reader = _Forms()
    reader.feed(page)
    return reader.found


@for_providers(Capability.TEST_CONNECTION)
def test_random_play_on_the_control_page_breaks_nothing(case: Case, caplog) -> None:
    sandbox, chance, actions = case.new_sandbox(), random.Random(7), set()
    with SandboxServer([sandbox], "127.0.0.1", 0) as server, requests.Session() as browser:
        address = f"{server.url}/{sandbox.slug}{sandbox.control_path}"
        for number in range(CALLS):
            if number % LOOKS == 0:
                page = browser.get(address, timeout=10)
                assert page.status_code == 200
                forms = forms_of(page.text)
            if not forms:
                return
            form = chance.choice(forms)
            actions.add(form.action)
            values = {
                name: chance.choice(ODD) if chance.random() < 0.2 else chance.choice(offered)
                for name, offered in form.inputs.items()
            }
            answer = browser.post(
                urljoin(address, form.action), data=values, timeout=10, allow_redirects=False
            )
            assert answer.status_code < 500, (form.action, values)

    assert actions
    assert "sandbox handler failed" not in caplog.text


@for_providers(Capability.DISCOVER, Capability.PULL_RESERVATIONS, Capability.READ)
def test_what_was_played_can_still_be_read(
    case: Case, connection: Connection, sandbox: Sandbox, hotel, manager
) -> None:
    play(case, sandbox)
    sandbox.clear_switches()

    assert bookings_of(case, connection) is not None
    sandbox.reset()
    assert bookings_of(case, case.hook.connect(sandbox, hotel, manager))


def play(case: Case, sandbox: Sandbox) -> None:
    """The random calls of the other test, on a running sandbox."""
    chance = random.Random(8)
    with SandboxServer([sandbox], "127.0.0.1", 0) as server, requests.Session() as browser:
        address = f"{server.url}/{sandbox.slug}{sandbox.control_path}"
        forms = forms_of(browser.get(address, timeout=10).text)
        for _ in range(60):
            form = chance.choice(forms)
            values = {name: chance.choice(offered) for name, offered in form.inputs.items()}
            browser.post(urljoin(address, form.action), data=values, timeout=10, allow_redirects=False)


def bookings_of(case: Case, connection: Connection) -> int | None:
    """How many bookings a pull brings; 0 when the other side refuses for a reason that has a name."""
    try:
        with session_for(connection) as session:
            refs = case.property_refs(session)
            pages = list(case.provider.pull_reservations(session, window(*refs)))
    except IntegrationError:
        return 0
    context = ReadContext(kind=MessageKind.POLL)
    return sum(len(case.provider.read(page.body, context).records) for page in pages)
