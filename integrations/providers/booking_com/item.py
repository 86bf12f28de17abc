"""One reservation on its way to a record, with the warnings that reading it has raised."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

from integrations.contracts import ReadContext
from integrations.providers.booking_com.amounts import read_money
from integrations.values import OddValue, currency_code

Handler = TypeVar("Handler")
#: An element of lxml, which comes without types. Its children are read as ``element[:]``: a list of the few there are
#: is made in less time than an iterator over them.
Element: TypeAlias = Any

LONGEST_TEXT = 1_000
#: What guests write: as much as one comment, and as all of them together.
LONGEST_NOTE = 5_000
#: Neither an amount nor a currency.
NOTHING: tuple[None, None] = (None, None)


@dataclass(frozen=True, slots=True)
class Message:
    """What a message says for all the reservations in it."""

    context: ReadContext
    #: The namespace of its elements in braces, or nothing.
    namespace: str = ""
    #: Whether it tells of changes: then what has no rooms is a cancellation, and ``sent_at`` dates the change.
    modified: bool = False
    status: str | None = None
    sent_at: datetime | None = None
    #: Our slug of the channel that the sender named; ``generic`` when this is not Booking.com's own dialect.
    channel: str | None = None
    generic: bool = False
    #: An id that the root names for the one reservation of the message.
    external_id: str | None = None


@dataclass(slots=True)
class Item:
    """A reservation: what it says of money, and what is odd about it."""

    message: Message
    element: Element
    currency: str | None = None
    property_ref: str | None = None
    warnings: list[str] = field(default_factory=list)

    def warn(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def money(
        self, text: str | None, places: str | None, code: str | None
    ) -> tuple[Decimal | None, str | None]:
        """The amount and its currency; an amount that is none becomes a warning and None."""
        if not text:
            return NOTHING
        try:
            fallback = None if code else self.currency or self._usual_currency()
            amount, currency, guessed = read_money(text, places, code, fallback, self.message.context.amounts)
        except OddValue as odd:
            self.warn(str(odd))
            return NOTHING
        if guessed:
            self.warn("amounts without a number of decimals were taken to count the smallest unit")
        return amount, currency

    def amount_of(self, element: Element) -> tuple[Decimal | None, str | None]:
        """The amount of a tax, a fee, a penalty or a commission."""
        get = element.get
        return self.money(get("Amount"), get("DecimalPlaces"), get("CurrencyCode"))

    def priced(self, element: Element) -> tuple[Decimal | None, str | None]:
        """The amount of a ``Total`` (or ``Base``): after tax, or before tax where the property's prices are so."""
        get = element.get
        return self.money(
            get("AmountAfterTax") or get("AmountBeforeTax"), get("DecimalPlaces"), get("CurrencyCode")
        )

    def tolerate(self, read: Callable[[Any, str], Any], value: object, name: str) -> Any:
        """What ``read`` makes of ``value``; an odd value becomes a warning and None."""
        try:
            return read(value, name)
        except OddValue as odd:
            self.warn(str(odd))
            return None

    def words(self, element: Element | None, longest: int = LONGEST_TEXT) -> str | None:
        """All the text in ``element``, its children's included; what is cut off becomes a warning."""
        if element is None:
            return None
        text: str | None = element.text
        if len(element):
            text = " ".join(part.strip() for part in element.itertext() if not part.isspace())
        if text is None or not (text := text.strip()):
            return None
        return text if len(text) <= longest else self.cut(text, longest)

    def cut(self, text: str, longest: int) -> str:
        if len(text) <= longest:
            return text
        self.warn(f"a text was cut to {longest} characters")
        return text[:longest].rstrip()

    def _usual_currency(self) -> str | None:
        """The currency of the property, for amounts that name none."""
        context = self.message.context
        for place in self.element.iter(self.message.namespace + "BasicPropertyInfo"):
            if code := currency_code(context.currencies.get(place.get("HotelCode") or "")):
                return code
        return currency_code(context.currency)


def by_tag(table: Mapping[str, Handler]) -> Callable[[str], Mapping[str, Handler]]:
    """``table`` (local name to anything) for the elements of a namespace, made once for each namespace."""

    @functools.lru_cache(maxsize=8)
    def of(namespace: str) -> Mapping[str, Handler]:
        return {namespace + name: value for name, value in table.items()}

    return of


def words_of(element: Element | None) -> str | None:
    """The whole text of ``element``, without what is inside its children; None when there is none."""
    # XML itself holds no characters that a database could not.
    text: str | None = element.text if element is not None else None
    return text.strip() or None if text is not None else None
