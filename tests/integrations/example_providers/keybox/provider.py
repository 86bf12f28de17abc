"""A provider without a consent page: an account is connected with an address and a key that are typed in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from integrations.contracts import (
    Capability,
    Category,
    Declaration,
    ExternalProperty,
    ExternalRoom,
    Field,
    Page,
    PullWindow,
)
from integrations.errors import NeedsReconnect
from integrations.http import ProviderSession

RIGHT_KEY = "the-right-key-0042"


class Keybox:
    declaration = Declaration(
        slug="keybox",
        name="Keybox",
        category=Category.PMS,
        summary="A provider of the tests.",
        capabilities=frozenset(
            {Capability.TEST_CONNECTION, Capability.DISCOVER, Capability.PULL_RESERVATIONS}
        ),
        credential_fields=(Field("key", "Key", secret=True),),
        settings_fields=(
            Field("days", "Days ahead", kind="integer", default=30, minimum=1, maximum=90),
            Field("mode", "Mode", kind="choice", choices=(("a", "A"), ("b", "B")), default="a"),
            Field("quick", "Quick", kind="boolean", required=False),
        ),
        poll_every=timedelta(minutes=10),
    )

    def test_connection(self, session: ProviderSession) -> None:
        if session.credentials.get("key") != RIGHT_KEY:
            raise NeedsReconnect("this key opens nothing")

    def discover(self, session: ProviderSession) -> Sequence[ExternalProperty]:
        rooms = (ExternalRoom("t1", "Double", "room_type", quantity=2, capacity=2),)
        return [ExternalProperty("p1", "Casa Keybox", timezone="Europe/Lisbon", currency="EUR", rooms=rooms)]

    def pull_reservations(self, session: ProviderSession, window: PullWindow) -> Iterator[Page]:
        return iter(())


PROVIDER = Keybox()
