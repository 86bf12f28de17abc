"""How the Booking.com sandbox reads and writes XML: parsing without surprises, answers with their trace id."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from lxml import etree

from integrations.sandbox import Response, route

OTA = "http://www.opentravel.org/OTA/2003/05"
XML_TYPE = "application/xml; charset=UTF-8"
INVALID, MISSING_FIELD, WRONG_HOTEL, WRONG_ROOM, WRONG_RATE = 320, 321, 392, 402, 436
SYSTEM, UNABLE, FORBIDDEN = 448, 450, 497

#: The zone of Booking.com's clocks.
OFFICE = ZoneInfo("Europe/Amsterdam")

#: Digits after the point where a currency has other than two (ISO 4217).
DECIMAL_PLACES = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class RefusedCall(Exception):
    """The whole call is answered with an error; `items` are (code, record id, sentence)."""

    def __init__(self, status: int, text: str, *, code: int = INVALID, items: Iterable[ItemError] = ()):
        super().__init__(text)
        self.status, self.text, self.code = status, text, code
        self.items = list(items) or [ItemError(code, "", text)]


@dataclass(frozen=True)
class ItemError:
    """One error or warning of an OTA answer."""

    code: int
    record: str
    text: str


def secure(method: str, path: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    return _mounted("/secure", method, path)


def supply(method: str, path: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    return _mounted("/supply", method, path)


def auth(method: str, path: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    return _mounted("/auth", method, path)


def _mounted(host: str, method: str, path: str) -> Callable[..., Callable[..., Response]]:
    """A route below the name of its real host, and at its bare path: no two hosts share one."""

    def mark(handler: Callable[..., Response]) -> Callable[..., Response]:
        return route(method, host + path)(route(method, path)(handler))

    return mark


def text_of(value: object) -> str:
    """Return the value as text inside an element or attribute, without what XML cannot hold."""
    return escape(_UNWRITABLE.sub("", str(value)), {'"': "&quot;"})


def minor_units(amount: Decimal, currency: str) -> tuple[str, int]:
    """Return (integer text, decimal places), such as ("12000", 2) for 120 euros."""
    places = DECIMAL_PLACES.get(currency, 2)
    return str(int(amount.scaleb(places).to_integral_value(ROUND_HALF_UP))), places


def plain_amount(amount: Decimal, currency: str) -> str:
    """Return the amount as B.XML writes it: a decimal number of major units."""
    return f"{amount:.{DECIMAL_PLACES.get(currency, 2)}f}"


def new_ruid() -> str:
    return base64.b64encode(secrets.token_bytes(18)).decode()


def xml_response(document: str, status: int = 200) -> Response:
    """Return the document with its trace id in a comment behind the root element."""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{document}\n<!-- RUID: [{new_ruid()}] -->\n'
    return Response(status, body.encode(), {"Content-Type": XML_TYPE})


def fault(status: int, text: str) -> Response:
    """Return an error in the words of B.XML."""
    return xml_response(f'<fault code="{status}" string="{text_of(text)}"/>', status)


def ota_answer(
    name: str,
    stamp: str,
    *,
    status: int = 200,
    errors: Iterable[ItemError] = (),
    warnings: Iterable[ItemError] = (),
) -> Response:
    """Return `<name>` with Success, or with Errors, and with Warnings if there are any."""
    errors, warnings = list(errors), list(warnings)
    body = "" if errors else "<Success/>"
    if warnings:
        body += f"<Warnings>{''.join(_item('Warning', item) for item in warnings)}</Warnings>"
    if errors:
        body += f"<Errors>{''.join(_item('Error', item) for item in errors)}</Errors>"
    return xml_response(
        f'<{name} xmlns="{OTA}" TimeStamp="{stamp}" Target="Production" Version="2.001">{body}</{name}>',
        status,
    )


def _item(tag: str, item: ItemError) -> str:
    record = f' RecordID="{text_of(item.record)}"' if item.record else ""
    return f'<{tag} Type="3" Code="{item.code}"{record} ShortText="{text_of(item.text)}"/>'


def parse(body: bytes) -> etree._Element:
    """Return the root element; RefusedCall when it is no XML or brings a document type of its own."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise RefusedCall(400, "The request is not well-formed XML.", code=UNABLE) from None
    if root.getroottree().docinfo.doctype:
        raise RefusedCall(400, "A document type is not allowed.", code=UNABLE)
    return root


def ota_root(body: bytes, name: str) -> etree._Element:
    """Return the root element of an OTA request of that name; RefusedCall when it is another document."""
    root = parse(body)
    if root.tag != f"{{{OTA}}}{name}":
        raise RefusedCall(400, f"The root element must be {name} in the namespace {OTA}.", code=INVALID)
    return root


def find_all(element: etree._Element, path: str) -> list[etree._Element]:
    """Return the elements at a path of OTA names, such as `Errors/Error`."""
    return list(element.iterfind("/".join(f"{{{OTA}}}{name}" for name in path.split("/"))))
