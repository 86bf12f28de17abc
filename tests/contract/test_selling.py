"""What is pushed is receipted; what is receipted as accepted is on sale there: all of it, and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from integrations.catalogue import store_catalogue
from integrations.contracts import Capability, Offer
from integrations.errors import (
    IntegrationError,
    Misconfigured,
    NeedsReconnect,
    ProtocolBroken,
    RateLimited,
    Unreachable,
)
from integrations.http import ProviderSession
from integrations.models import Connection
from integrations.sandbox import Sandbox
from tests.contract.cases import Case, for_providers
from tests.contract.wares import (
    FIRST,
    NIGHTS,
    Shelf,
    accepted,
    misread,
    on_sale,
    push,
    receipted,
    refused,
    shelves_of,
    where,
)

FOR_EVER = 1_000

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelves(case: Case, connection: Connection, session: ProviderSession, sandbox: Sandbox) -> list[Shelf]:
    """Rooms that are mapped, as everything is that shared code pushes."""
    found = list(case.provider.discover(session))
    store_catalogue(connection, found)
    sandbox.clear_requests()
    shelves = shelves_of(found)
    assert any(shelf.rate_refs for shelf in shelves), "nothing that discovery found has a price"
    return shelves


@pytest.fixture
def offers(shelves: list[Shelf]) -> list[Offer]:
    return [offer for shelf in shelves for offer in shelf.offers()]


@for_providers(Capability.PUSH_OFFERS)
def test_every_offer_is_in_exactly_one_receipt(
    case: Case, session: ProviderSession, offers: list[Offer]
) -> None:
    receipts = push(case, session, offers)

    assert receipted(receipts) == Counter(offers)
    assert [offer for offer in accepted(receipts) if offer.units is not None]
    assert [offer for offer in accepted(receipts) if offer.price is not None]
    assert all(refused(receipts).values()), "a refusal says why"


@for_providers(Capability.PUSH_OFFERS)
def test_what_was_accepted_is_on_sale(
    case: Case, session: ProviderSession, sandbox: Sandbox, offers: list[Offer]
) -> None:
    taken = accepted(push(case, session, offers))

    found = on_sale(case, session, sandbox, taken)

    assert misread(taken, found) == []
    rooms = [offer for offer in taken if offer.rate_ref is None]
    assert [where(offer) for offer in rooms if "units" not in found.get(where(offer), {})] == []
    # Where prices can be read at all, each of them can.
    priced = [where(offer) for offer in taken if offer.price is not None]
    told = [place for place in priced if "price" in found.get(place, {})]
    assert told in ([], priced)


@for_providers(Capability.PUSH_OFFERS)
def test_pushing_twice_changes_nothing(
    case: Case, session: ProviderSession, sandbox: Sandbox, offers: list[Offer]
) -> None:
    first = push(case, session, offers)
    before = on_sale(case, session, sandbox, offers)

    second = push(case, session, offers)

    assert Counter(accepted(second)) == Counter(accepted(first))
    assert refused(second) == refused(first)
    assert on_sale(case, session, sandbox, offers) == before


@for_providers(Capability.PUSH_OFFERS)
def test_the_value_that_was_pushed_last_counts(
    case: Case, session: ProviderSession, sandbox: Sandbox, shelves: list[Shelf]
) -> None:
    push(case, session, shelves[0].offers())

    taken = accepted(push(case, session, shelves[0].offers(turn=1)))

    assert taken
    assert misread(taken, on_sale(case, session, sandbox, taken)) == []


@for_providers(Capability.PUSH_OFFERS)
def test_the_nights_before_and_after_stay_as_they_are(
    case: Case, session: ProviderSession, sandbox: Sandbox, shelves: list[Shelf]
) -> None:
    whole = shelves[0].offers(first=FIRST - timedelta(days=1), nights=NIGHTS + 2)
    push(case, session, whole)
    edges = [offer for offer in whole if not FIRST <= offer.date < FIRST + timedelta(days=NIGHTS)]
    before = on_sale(case, session, sandbox, edges)

    push(case, session, shelves[0].offers(turn=1))

    assert on_sale(case, session, sandbox, edges) == before != {}


@for_providers(Capability.PUSH_OFFERS)
def test_what_an_offer_does_not_say_stays_as_it_is(
    case: Case, session: ProviderSession, sandbox: Sandbox, shelves: list[Shelf]
) -> None:
    taken = accepted(push(case, session, shelves[0].offers(nights=12)))
    lengths = [
        Offer(offer.property_ref, offer.room_ref, offer.date, rate_ref=offer.rate_ref, minimum_stay=4)
        for offer in taken
        if offer.rate_ref is not None
    ]

    assert Counter(accepted(push(case, session, lengths))) == Counter(lengths)

    changed = [replace(offer, minimum_stay=4) if offer.rate_ref else offer for offer in taken]
    assert misread(changed, on_sale(case, session, sandbox, taken)) == []


@pytest.mark.parametrize(
    "bad", [{"room_ref": "987654321", "rate_ref": None}, {"rate_ref": "987654321"}], ids=["room", "rate"]
)
@for_providers(Capability.PUSH_OFFERS)
def test_one_bad_part_leaves_the_rest_accepted(
    case: Case,
    session: ProviderSession,
    sandbox: Sandbox,
    shelves: list[Shelf],
    bad: dict[str, str | None],
) -> None:
    good = accepted(push(case, session, shelves[0].offers(nights=8)))
    wanted = [offer for offer in shelves[0].offers(turn=1, nights=8) if where(offer) in set(map(where, good))]
    night = next(offer for offer in wanted if (offer.rate_ref is None) == ("room_ref" in bad))
    odd = replace(night, **bad)

    receipts = push(case, session, [odd, *wanted])

    assert Counter(accepted(receipts)) == Counter(wanted)
    assert list(refused(receipts)) == [odd]
    assert refused(receipts)[odd], "a refusal says why"
    assert misread(wanted, on_sale(case, session, sandbox, wanted)) == []


@for_providers(Capability.PUSH_OFFERS)
def test_nothing_to_say_is_no_call(case: Case, session: ProviderSession, sandbox: Sandbox) -> None:
    assert push(case, session, []) == []
    assert sandbox.requests() == []


def rooms_of_some_nights(shelf: Shelf, turn: int) -> list[Offer]:
    """Offers that cost a call which writes, and none which reads."""
    return [offer for offer in shelf.offers(turn=turn, nights=3) if offer.rate_ref is None]


ERRORS: dict[int, tuple[type[IntegrationError], ...]] = {
    401: (NeedsReconnect, Misconfigured),
    429: (RateLimited,),
    500: (Unreachable,),
    503: (Unreachable,),
    0: (Unreachable,),
}


@pytest.mark.parametrize("status", ERRORS)
@for_providers(Capability.PUSH_OFFERS)
def test_trouble_is_raised_and_no_refusal(
    case: Case, session: ProviderSession, sandbox: Sandbox, shelves: list[Shelf], status: int
) -> None:
    push(case, session, rooms_of_some_nights(shelves[0], 0))
    sandbox.clear_requests()
    sandbox.fail_next(FOR_EVER, status, "Slow down" if status == 429 else None)

    with pytest.raises(ERRORS[status]):
        push(case, session, rooms_of_some_nights(shelves[0], 1))

    # One call and its repetitions, or a refusal, a new token and a last try.
    assert 1 <= len(sandbox.requests()) <= 4


@for_providers(Capability.PUSH_OFFERS)
def test_a_web_page_is_never_taken_for_a_yes(
    case: Case, session: ProviderSession, sandbox: Sandbox, shelves: list[Shelf]
) -> None:
    push(case, session, rooms_of_some_nights(shelves[0], 0))
    sandbox.fail_next(FOR_EVER, 200, "<!DOCTYPE html><html>Sign in</html>")

    with pytest.raises(ProtocolBroken):
        push(case, session, rooms_of_some_nights(shelves[0], 1))


@for_providers(Capability.READ_OFFERS)
def test_only_the_nights_and_rooms_that_were_asked_for_are_told_and_each_once(
    case: Case, session: ProviderSession, shelves: list[Shelf]
) -> None:
    place, room = shelves[0].property, shelves[0].room_ref
    last = FIRST + timedelta(days=5)

    told = list(case.provider.read_offers(session, place.ref, [room], FIRST, last))

    assert {offer.date for offer in told} == {FIRST + timedelta(days=n) for n in range(5)}
    assert {(offer.property_ref, offer.room_ref) for offer in told} == {(place.ref, room)}
    assert max(Counter(map(where, told)).values()) == 1
    assert {offer.rate_ref for offer in told} <= {None, *shelves[0].rate_refs}
