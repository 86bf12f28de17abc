"""The door for deliveries: pushed OTA messages with their answer, alarms, tests of the address."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from lxml import etree

from integrations.contracts import WebhookRefused, WebhookRequest
from integrations.providers.booking_com.webhook import receive
from tests.providers.booking_com.reading_samples import changed, fixture, one_room, read

OTA = "{http://www.opentravel.org/OTA/2003/05}"
LOGIN, PASSWORD = "casa-roca", "s3cret:with colon"


def basic(login: str = LOGIN, password: str = PASSWORD) -> str:
    return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()


def request(body: bytes, *, method: str = "POST", **changes: Any) -> WebhookRequest:
    headers = {"Content-Type": "application/xml", "Authorization": basic(), **changes.pop("headers", {})}
    return WebhookRequest(method, headers, body, **{"login": LOGIN, "password": PASSWORD, **changes})


def answer(body: bytes) -> Any:
    reply = receive(request(body)).reply
    assert reply is not None
    assert reply.status == 200
    assert "xml" in reply.content_type
    return etree.fromstring(reply.body)


def refusal(made: WebhookRequest) -> WebhookRefused:
    with pytest.raises(WebhookRefused) as refused:
        receive(made)
    return refused.value


def test_a_new_booking_is_named_and_answered_with_success() -> None:
    delivery = receive(request(fixture("ota_hotelresnotif__one_room")))
    assert (delivery.event, delivery.external_id, delivery.property_ref) == (
        "ota_hotelresnotif",
        "6001002003",
        "4400123",
    )
    assert (delivery.probe, delivery.wake) == (False, False)
    root = answer(fixture("ota_hotelresnotif__one_room"))
    assert root.tag == f"{OTA}OTA_HotelResNotifRS"
    assert root.find(f"{OTA}Success") is not None
    assert [one.get("ResID_Value") for one in root.iter(f"{OTA}HotelReservationID")] == ["6001002003"]


def test_a_cancellation_names_no_property_and_is_answered_in_its_own_words() -> None:
    delivery = receive(request(fixture("ota_hotelresmodifynotif__cancelled")))
    assert (delivery.event, delivery.external_id, delivery.property_ref) == (
        "ota_hotelresmodifynotif",
        "6001002003",
        None,
    )
    root = answer(fixture("ota_hotelresmodifynotif__cancelled"))
    assert root.tag == f"{OTA}OTA_HotelResModifyNotifRS"
    assert [one.tag for one in root] == [f"{OTA}Success", f"{OTA}HotelResModifies"]


def test_the_answer_repeats_what_the_sender_wants_to_see_again() -> None:
    body = changed("ota_hotelresnotif__other_sender", ('Version="1.001"', 'Version="1.001" Target="Test"'))
    root = answer(body)
    assert (root.get("EchoToken"), root.get("Version"), root.get("Target")) == ("echo-77", "1.001", "Test")


@pytest.mark.parametrize(
    ("old", "new"),
    [("echo-77", "e" * 65), ('Version="1.001"', 'Version="one"'), ('Version="1.001"', 'Target="Moon"')],
)
def test_what_the_sender_says_badly_is_not_repeated(old: str, new: str) -> None:
    root = answer(changed("ota_hotelresnotif__other_sender", (old, new)))
    assert root.get("EchoToken") in (None, "echo-77")
    assert root.get("Version") in ("1.001", "2.001")
    assert root.get("Target") == "Production"


def test_a_message_with_a_booking_that_cannot_be_read_is_stored_and_answered_with_errors() -> None:
    body = fixture("page__one_bad_reservation")
    delivery = receive(request(body))
    assert delivery.external_id is None
    assert delivery.body == body
    (error,) = answer(body).iter(f"{OTA}Error")
    assert (error.get("Type"), error.get("RecordID")) == ("3", "6001002004")
    assert "not a date" in error.get("ShortText") + (error.text or "")
    assert answer(body).find(f"{OTA}Success") is None


def test_cards_are_cut_out_before_the_message_is_stored() -> None:
    delivery = receive(request(fixture("ota_hotelresnotif__everything")))
    assert delivery.body is not None
    assert b"5555555555554444" in fixture("ota_hotelresnotif__everything")
    for secret in (b"5555555555554444", b"737", b"Bookholder"):
        assert secret not in delivery.body
    assert read(delivery.body).records


# --- the same and another delivery ----------------------------------------------------------------------------


def key(body: bytes) -> str:
    return receive(request(body)).dedupe_key


def test_a_later_try_of_a_new_booking_has_the_same_key() -> None:
    assert key(one_room(("08:15:30", "08:16:30"), ("RVhBTVBMRTE=", "T1RIRVI="))) == key(one_room())


def test_another_content_another_booking_and_another_queue_have_other_keys() -> None:
    bodies = [
        one_room(),
        one_room(("Late train", "Later train")),
        one_room(("6001002003", "6001002009")),
        fixture("ota_hotelresmodifynotif__plain_card"),
        fixture("ota_hotelresmodifynotif__room_removed"),
        fixture("ota_hotelresmodifynotif__changed"),
        fixture("ota_hotelresmodifynotif__cancelled"),
    ]
    assert len({key(body) for body in bodies}) == len(bodies)


def test_a_change_that_is_made_again_later_is_another_delivery() -> None:
    again = changed("ota_hotelresmodifynotif__room_removed", ("2031-02-05T10:00:00", "2031-02-09T10:00:00"))
    assert key(again) != key(fixture("ota_hotelresmodifynotif__room_removed"))


def test_a_key_is_short_however_many_bookings_there_are() -> None:
    text = one_room().decode()
    start, end = text.index("  <HotelReservation>"), text.index(" </HotelReservations>")
    many = "".join(text[start:end].replace("6001002003", str(6_001_003_000 + n)) for n in range(60))
    assert 8 <= len(key((text[:start] + many + text[end:]).encode())) <= 100


# --- who may come in ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": ""},
        {"Authorization": basic(password="wrong")},
        {"Authorization": basic(login="other")},
        {"Authorization": basic("", "")},
        {"Authorization": "Basic ???"},
        {"Authorization": "Bearer " + basic()[6:]},
        {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe:\x00").decode()},
        {"Authorization": "Basic ñ"},
    ],
)
def test_without_the_right_name_and_password_nobody_comes_in(headers: dict[str, str]) -> None:
    refused = refusal(request(one_room(), headers=headers))
    assert refused.status == 401
    assert refused.reply is not None
    assert refused.reply.headers["WWW-Authenticate"].startswith("Basic")
    root = etree.fromstring(refused.reply.body)
    assert [error.get("Type") for error in root.iter(f"{OTA}Error")] == ["4"]


@pytest.mark.parametrize(("login", "password"), [("", ""), (LOGIN, ""), ("", PASSWORD)])
def test_where_no_name_and_password_were_made_nobody_comes_in(login: str, password: str) -> None:
    made = request(
        one_room(), login=login, password=password, headers={"Authorization": basic(login, password)}
    )
    assert refusal(made).status == 401


def test_headers_are_found_in_any_writing() -> None:
    made = request(
        one_room(), headers={"Authorization": "", "authorization": basic(), "content-type": "text/xml"}
    )
    del made.headers["Authorization"]
    assert receive(made).event == "ota_hotelresnotif"


# --- what is no booking ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<OTA_HotelResNotifRQ",
        b"<html><body>x</body></html>",
        b'<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>',
        b"<OTA_PingRQ/>",
        fixture("page__bxml_new_modified_cancelled"),
        b'{"event": "x"}',
        b'<OTA_HotelResNotifRQ xmlns="http://www.opentravel.org/OTA/2003/05"><HotelReservations/></OTA_HotelResNotifRQ>',
        b"<OTA_HotelResNotifRQ/>",
    ],
)
def test_xml_that_is_no_message_of_bookings_is_refused_in_words_of_ota(body: bytes) -> None:
    refused = refusal(request(body))
    assert refused.status == 400
    assert refused.reply is not None
    assert refused.reply.status == 400
    assert next(etree.fromstring(refused.reply.body).iter(f"{OTA}Error")).get("ShortText")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "get"])
def test_a_look_at_the_address_is_a_test_of_it(method: str) -> None:
    assert receive(request(b"", method=method)).probe


@pytest.mark.parametrize("body", [b"", b" \n", b"{}", b'{"type": "NEW_RESERVATION", "hotel_id": 4400123}'])
def test_an_alarm_wakes_the_poll_and_stores_nothing(body: bytes) -> None:
    made = WebhookRequest("POST", {"Content-Type": "application/json"}, body)
    delivery = receive(made)
    assert delivery.wake
    assert (delivery.event, delivery.dedupe_key, delivery.reply) == ("", "", None)


@pytest.mark.parametrize(
    "body", [b"hello", b"[1]", b"5", b"null", b'{"a":', b'{"a": "' + b"x" * 20_000 + b'"}']
)
def test_what_is_neither_a_message_nor_an_alarm_is_refused(body: bytes) -> None:
    assert refusal(WebhookRequest("POST", {"Content-Type": "application/json"}, body)).status == 400


def test_xml_that_calls_itself_json_still_needs_the_password() -> None:
    assert refusal(WebhookRequest("POST", {"Content-Type": "application/json"}, one_room())).status == 401
