"""What we send to Booking.com is valid OTA 2003B, except for the departures that its dialect asks for, named here."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from integrations.contracts import Offer, Problem
from integrations.providers.booking_com import ari_messages, documents, push_answers
from integrations.providers.booking_com.ari_messages import AVAILABILITY, PRICES

SCHEMAS = Path(__file__).parents[4] / "shared" / "specs" / "ota"
AT = datetime(2031, 2, 3, 9, 0, tzinfo=UTC)
DAY = date(2031, 6, 10)

Validate = Callable[[bytes], list[str]]


@pytest.fixture(scope="module")
def errors_of() -> Validate:
    """The complaints of the schema of a message's own root element."""
    if not SCHEMAS.is_dir():
        missing = f"the OTA 2003B schemas are not in {SCHEMAS}"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    schemas: dict[str, etree.XMLSchema] = {}

    def errors_of(message: bytes) -> list[str]:
        root = etree.fromstring(message)
        name = etree.QName(root).localname
        if name not in schemas:
            schemas[name] = etree.XMLSchema(file=str(SCHEMAS / f"{name}.xsd"))
        schemas[name].validate(root)
        return [error.message for error in schemas[name].error_log]

    return errors_of


def offer(nights: int = 1, rate: str | None = None, **values: object) -> list[Offer]:
    days = [DAY + timedelta(days=number) for number in range(nights)]
    return [Offer("4400123", "440012302", day, rate, **values) for day in days]


EVERYTHING = [
    *offer(3, closed=False, units=4),
    *offer(
        3,
        "55501",
        closed=True,
        closed_to_arrival=True,
        closed_to_departure=False,
        minimum_stay=2,
        maximum_stay=9,
    ),
]


class TestAvailability:
    def test_every_kind_of_statement_is_valid_but_for_its_number(self, errors_of: Validate) -> None:
        parts = ari_messages.availability(EVERYTHING)
        assert len(parts) == 6

        complaints = errors_of(ari_messages.document(AVAILABILITY, parts, at=AT))

        # Departure: the schema knows no LocatorID here; without it an error could not name its part.
        assert len(complaints) == len(parts)
        assert all("'LocatorID'" in complaint for complaint in complaints), complaints

    def test_without_the_numbers_it_is_valid(self, errors_of: Validate) -> None:
        message = ari_messages.document(AVAILABILITY, ari_messages.availability(EVERYTHING), at=AT)
        root = etree.fromstring(message)
        for part in root.iter("{*}AvailStatusMessage"):
            del part.attrib["LocatorID"]

        assert errors_of(etree.tostring(root)) == []

    def test_nothing_left_to_sell_is_zero_which_the_schema_does_not_know(self, errors_of: Validate) -> None:
        parts = ari_messages.availability(offer(units=0))
        root = etree.fromstring(ari_messages.document(AVAILABILITY, parts, at=AT))
        (part,) = root.iter("{*}AvailStatusMessage")
        del part.attrib["LocatorID"]

        complaints = errors_of(etree.tostring(root))

        # Departure: a positive number in the schema; Booking.com takes 0 for sold out.
        assert part.get("BookingLimit") == "0"
        assert complaints
        assert all("BookingLimit" in complaint for complaint in complaints)


@pytest.mark.parametrize("include_tax", [True, False])
@pytest.mark.parametrize(("currency", "amount"), [("EUR", "120.50"), ("JPY", "18000"), ("KWD", "41.125")])
def test_prices_are_valid(errors_of: Validate, currency: str, amount: str, include_tax: bool) -> None:
    offers = offer(5, "55501", price=Decimal(amount), currency=currency)
    parts = ari_messages.prices(offers, include_tax=include_tax)

    assert errors_of(ari_messages.document(PRICES, parts, at=AT)) == []


def test_the_search_for_a_property_is_valid(errors_of: Validate) -> None:
    assert errors_of(documents.hotel_search("4400123", at=AT)) == []


@pytest.mark.parametrize("queue", ["new", "modified"])
def test_acknowledgements_and_refusals_are_valid(errors_of: Validate, queue: str) -> None:
    ids = [str(6_001_002_000 + number) for number in range(200)]
    problems = [Problem("reservation", "The stay has no dates.", one) for one in ids[:99]]

    assert errors_of(push_answers.acknowledgement(queue, ids, at=AT)) == []
    assert errors_of(push_answers.refusal(queue, problems, at=AT)) == []


def test_the_older_calls_are_no_ota_and_name_one_hotel() -> None:
    root = etree.fromstring(documents.hotel_request("4400123"))

    assert (root.tag, [(child.tag, child.text) for child in root]) == ("request", [("hotel_id", "4400123")])
