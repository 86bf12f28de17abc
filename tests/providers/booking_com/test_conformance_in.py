"""What we read against the OTA 2003B schemas: each departure of Booking.com's dialect by name, and nothing else.

And what we answer: valid without exception. The schemas stand in a folder beside the project.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from integrations.contracts import Problem
from integrations.providers.booking_com import ota_xml, push_answers
from integrations.providers.booking_com.push_answers import MODIFIED, NEW, Echo
from tests.providers.booking_com.reading_samples import FIXTURES, fixture

SCHEMAS = Path(__file__).parents[4] / "shared" / "specs" / "ota"
OTA = "{http://www.opentravel.org/OTA/2003/05}"
AT = datetime(2031, 2, 3, 8, 16, 2, tzinfo=UTC)
INCOMING = sorted(path.stem for path in FIXTURES.glob("ota_*.xml"))


@pytest.fixture(autouse=True, scope="module")
def _schemas() -> None:
    if not SCHEMAS.is_dir():
        missing = f"the OTA 2003B schemas are not in {SCHEMAS}"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)


@cache
def schema(root_name: str) -> Any:
    return etree.XMLSchema(etree.parse(SCHEMAS / f"{root_name}.xsd"))


def complaints(root: Any) -> list[str]:
    """What the schema of the message has to say against it, each sentence once."""
    judge = schema(ota_xml.local_name(root))
    judge.validate(root)
    return list(dict.fromkeys(error.message for error in judge.error_log))


def found(root: Any, path: str) -> list[Any]:
    return list(root.iterfind(".//" + "/".join(OTA + name for name in path.split("/"))))


def without(path: str) -> Callable[[Any], None]:
    def undo(root: Any) -> None:
        for element in found(root, path):
            element.getparent().remove(element)

    return undo


def unset(path: str, *names: str) -> Callable[[Any], None]:
    def undo(root: Any) -> None:
        for element in found(root, path):
            for name in names:
                element.attrib.pop(name, None)

    return undo


def put(path: str, name: str, value: str) -> Callable[[Any], None]:
    def undo(root: Any) -> None:
        for element in found(root, path):
            if element.get(name) is not None:
                element.set(name, value)

    return undo


def add_base(root: Any) -> None:
    for rate in found(root, "Rate"):
        if rate.find(f"{OTA}Base") is None:
            rate.insert(0, etree.Element(f"{OTA}Base", AmountAfterTax="1"))


def extensions_last(root: Any) -> None:
    for name in ("HotelReservation", "HotelResModify"):
        for item in found(root, name):
            for extensions in item.findall(f"{OTA}TPA_Extensions"):
                item.append(extensions)


#: Where Booking.com departs from the schema, how to undo it, and what the schema says when only this one is left in.
DEPARTURES: dict[str, tuple[Callable[[Any], None], str]] = {
    "a room has a number": (unset("RoomStay", "IndexNumber"), "'IndexNumber' is not allowed"),
    "a rate has a total and no base": (add_base, "Expected is ( {ota}Base )"),
    "meals in the description": (without("MealPlan"), "MealPlan"),
    "the most children in the description": (without("MaxChildren"), "MaxChildren"),
    "terms among the rates": (without("RoomRates/TPA_Extensions"), "TPA_Extensions"),
    "occupancy": (without("Occupancy"), "Occupancy"),
    "price details": (without("PriceDetails"), "PriceDetails"),
    "a penalty has a start": (unset("CancelPenalty", "From"), "'From' is not allowed"),
    "marks stand before the rest of the booking": (extensions_last, "ResGlobalInfo"),
    "the pricing of a service is a number": (
        put("Service", "ServicePricingType", "Per stay"),
        "ServicePricingType",
    ),
    "the nights of a service are a number": (put("ServiceDetails/TimeSpan", "Duration", "P2D"), "Duration"),
    "fees of a service": (without("ServiceDetails/Fees"), "Fees"),
    "a card is chargeable from a full date": (unset("PaymentCard", "EffectiveDate"), "EffectiveDate"),
    "a card of no date": (put("PaymentCard", "ExpireDate", "0132"), "ExpireDate"),
    "a card has a balance": (
        unset("PaymentCard", "CurrentBalance", "DecimalPlaces", "CurrencyCode", "VCCExpirationDate"),
        "PaymentCard', attribute",
    ),
    "a sum of commissions": (without("TotalCommissions"), "TotalCommissions"),
}


def plain(name: str, *, keep: str = "") -> Any:
    """The recorded message with every departure undone but the one to ``keep``."""
    root = ota_xml.parse(fixture(name))
    for departure, (undo, _) in DEPARTURES.items():
        if departure != keep:
            undo(root)
    return root


@pytest.mark.parametrize("name", INCOMING)
def test_but_for_its_departures_every_recorded_message_is_valid(name: str) -> None:
    assert complaints(plain(name)) == []


@pytest.mark.parametrize("departure", DEPARTURES)
def test_each_departure_is_one_and_the_schema_complains_of_it_alone(departure: str) -> None:
    said = complaints(plain("ota_hotelresnotif__everything", keep=departure))
    assert said
    word = DEPARTURES[departure][1].replace("{ota}", OTA)
    assert all(word in sentence for sentence in said), said


@pytest.mark.parametrize("name", ["HotelReservations", "HotelResModifies"])
def test_an_empty_poll_departs_from_the_schema(name: str) -> None:
    root_name = "OTA_HotelResNotifRQ" if name == "HotelReservations" else "OTA_HotelResModifyNotifRQ"
    root = etree.fromstring(f'<{root_name} xmlns="{OTA[1:-1]}" Version="2.001"><{name}/></{root_name}>')
    (said,) = complaints(root)
    assert "Missing child element" in said


def test_a_cancellation_of_the_dialect_is_valid_as_it_is() -> None:
    assert complaints(ota_xml.parse(fixture("ota_hotelresmodifynotif__cancelled"))) == []


# --- what we answer -------------------------------------------------------------------------------------------

PROBLEMS = [
    Problem("reservation 6001002004", "room 7703 names no dates", "6001002004"),
    Problem("item 2", "the reservation has no id and its only sentence is longer than a short text may be"),
    Problem("", "\x00 odd \ufffe <&> ü", "x" * 40),
]


@pytest.mark.parametrize("queue", [NEW, MODIFIED])
@pytest.mark.parametrize("ids", [["6001002003"], ["6001002003", "6001002004"], []])
def test_an_acknowledgement_is_valid_and_names_each_booking(queue: str, ids: list[str]) -> None:
    root = etree.fromstring(push_answers.acknowledgement(queue, ids, at=AT))
    assert complaints(root) == []
    assert [one.get("ResID_Value") for one in root.iter(f"{OTA}HotelReservationID")] == ids
    assert root.get("TimeStamp") == "2031-02-03T08:16:02+00:00"


@pytest.mark.parametrize("queue", [NEW, MODIFIED])
@pytest.mark.parametrize("problems", [PROBLEMS[:1], PROBLEMS, [], PROBLEMS * 50])
def test_a_refusal_is_valid_and_names_each_booking(queue: str, problems: list[Problem]) -> None:
    root = etree.fromstring(push_answers.refusal(queue, problems, at=AT))
    assert complaints(root) == []
    errors = list(root.iter(f"{OTA}Error"))
    assert len(errors) == min(len(problems), 99) or (not problems and len(errors) == 1)
    if problems:
        assert (errors[0].get("RecordID"), errors[0].get("ShortText")) == (
            "6001002004",
            "reservation 6001002004: room 7703 names no dates",
        )


def test_a_refusal_says_what_is_too_long_for_a_short_text_in_full() -> None:
    error = next(etree.fromstring(push_answers.refusal(NEW, PROBLEMS[1:2], at=AT)).iter(f"{OTA}Error"))
    assert len(error.get("ShortText")) == 64
    assert error.text == f"item 2: {PROBLEMS[1].message}"


def test_an_answer_with_an_echo_is_valid() -> None:
    echo = Echo("e" * 64, "3.000", "Test")
    assert complaints(etree.fromstring(push_answers.acknowledgement(NEW, ["1"], at=AT, echo=echo))) == []


def test_what_a_schema_needs_and_some_clients_leave_out_is_missed() -> None:
    """The schemas are looked at in earnest: without Version or Type an answer is not valid."""
    root = etree.fromstring(push_answers.refusal(NEW, PROBLEMS[:1], at=AT))
    del root.attrib["Version"]
    del next(root.iter(f"{OTA}Error")).attrib["Type"]
    assert len(complaints(root)) == 2
