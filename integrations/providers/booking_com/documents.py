"""Small questions to Booking.com as XML documents."""

from __future__ import annotations

from datetime import datetime

from lxml import etree

NAMESPACE = "http://www.opentravel.org/OTA/2003/05"


def ota_element(name: str) -> etree._Element:
    """A free element in the namespace of OTA."""
    return etree.Element(f"{{{NAMESPACE}}}{name}", nsmap={None: NAMESPACE})


def ota_root(name: str, *, at: datetime, version: str) -> etree._Element:
    """The root of an OTA message; ``at`` is written with its offset, as in Booking.com's own messages."""
    root = ota_element(name)
    root.set("TimeStamp", at.isoformat(timespec="seconds"))
    root.set("Target", "Production")
    root.set("Version", version)
    return root


def child(parent: etree._Element, name: str, **attributes: object) -> etree._Element:
    """A new element below ``parent`` in the namespace of OTA; attributes that are None are left out."""
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    for attribute, value in attributes.items():
        if value is not None:
            element.set(attribute, str(value))
    return element


def written(root: etree._Element) -> bytes:
    """The document as it is sent."""
    message: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return message


def hotel_request(property_id: str) -> bytes:
    """The question of the older XML calls about one property."""
    root = etree.Element("request")
    etree.SubElement(root, "hotel_id").text = property_id
    return written(root)


def hotel_search(property_id: str, *, at: datetime) -> bytes:
    """The question for a property's name."""
    root = ota_root("OTA_HotelSearchRQ", at=at, version="1.001")
    child(child(child(root, "Criteria"), "Criterion"), "HotelRef", HotelCode=property_id)
    return written(root)
