"""Payment cards go out of a document before anything else sees it."""

from __future__ import annotations

import json
import re

import pytest
from lxml import etree

from integrations.providers.booking_com import reading
from integrations.providers.booking_com.cards import without_card_data
from tests.providers.booking_com.reading_samples import FIXTURES, changed, fixture, read, record_of, told

SECRETS = re.compile(
    rb"4111|5555555|737|0128|0132|Bookholder|Mara Q Quill"
    rb"|CardNumber|SeriesCode|ExpireDate|CardHolderName|cc_|dc_|VCCExp"
)
WITH_CARDS = [
    "ota_hotelresnotif__everything",
    "ota_hotelresmodifynotif__plain_card",
    "page__bxml_new_modified_cancelled",
]


@pytest.mark.parametrize("name", WITH_CARDS)
def test_nothing_of_a_card_is_left(name: str) -> None:
    assert SECRETS.search(fixture(name))
    assert not SECRETS.search(without_card_data(fixture(name)))


@pytest.mark.parametrize("name", WITH_CARDS)
def test_doing_it_twice_changes_nothing_more(name: str) -> None:
    once = without_card_data(fixture(name))
    assert without_card_data(once) is once


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in FIXTURES.glob("*.xml") if path.stem not in WITH_CARDS)
)
def test_a_document_without_cards_comes_back_as_it_is(name: str) -> None:
    body = fixture(name)
    assert without_card_data(body) is body


def test_words_about_cards_in_a_comment_stay_untouched() -> None:
    body = changed("ota_hotelresnotif__one_room", ("Late train", "I pay by credit card"))
    assert without_card_data(body) is body


@pytest.mark.parametrize("name", WITH_CARDS)
def test_the_booking_is_read_as_before_and_the_number_of_the_call_stays(name: str) -> None:
    body = fixture(name)
    assert read(without_card_data(body)).records == read(body).records
    assert without_card_data(body).rstrip().endswith(b"-->")
    assert reading.ids(without_card_data(body)) == reading.ids(body)


def test_of_a_virtual_card_stays_what_staff_needs() -> None:
    (card,) = etree.fromstring(without_card_data(fixture(WITH_CARDS[0]))).iter("{*}PaymentCard")
    assert dict(card.attrib) == {
        "CardCode": "MC",
        "EffectiveDate": "2031-06-10",
        "CurrentBalance": "24000",
        "DecimalPlaces": "2",
        "CurrencyCode": "EUR",
    }
    assert len(card) == 0


def test_of_a_plain_card_stays_its_brand_alone() -> None:
    (card,) = etree.fromstring(without_card_data(fixture(WITH_CARDS[1]))).iter("{*}PaymentCard")
    assert dict(card.attrib) == {"CardCode": "VI"}


@pytest.mark.parametrize(
    "attribute", ["CardCode", "EffectiveDate", "CurrentBalance", "CurrencyCode", "DecimalPlaces"]
)
def test_a_number_that_hides_in_what_may_stay_goes_as_well(attribute: str) -> None:
    body = f'<r><x:PaymentCard xmlns:x="urn:x" {attribute}="4111111111111111"/></r>'.encode()
    assert b"4111" not in without_card_data(body)


@pytest.mark.parametrize(
    "body",
    [
        b'<r xmlns:o="urn:o"><o:PaymentCard><o:CardNumber><o:PlainText>4111111111111111</o:PlainText>'
        b"</o:CardNumber></o:PaymentCard></r>",
        b'<r><PaymentCard CardNumber="4111111111111111" SeriesCode="737">4111111111111111</PaymentCard></r>',
        b"<r><customer><cc_number>4111111111111111</cc_number><DC_Issue_Number>737</DC_Issue_Number></customer></r>",
        b'<r cc_number="4111111111111111" dc_start_date="0128"/>',
        b'<r><card_number>4111111111111111</card_number><CardHolder n="4111">4111</CardHolder></r>',
        b"<r><Other CARDNUMBER='4111111111111111' cvc='737'/></r>",
        b"<r><magnetic-stripe>4111111111111111</magnetic-stripe></r>",
        b"<r><Series-Code>737</Series-Code></r>",
        b"<r><!-- CardNumber 4111111111111111 --><a/></r>",
        b'<r cvc="737"><![CDATA[x]]><cc_cvc><![CDATA[737]]></cc_cvc></r>',
        '<r><PaymentCard CardNumber="4111111111111111"/></r>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="ISO-8859-1"?><r n="\xe9"><cc_name>4111 Ren\xe9</cc_name></r>',
    ],
)
def test_cards_of_every_flavour_and_writing_go(body: bytes) -> None:
    cut = without_card_data(body)
    assert not re.search(rb"4111|737|0128", cut.replace(b"\x00", b""))
    assert etree.fromstring(cut) is not None
    assert without_card_data(cut) == cut


def test_texts_around_a_field_that_goes_stay() -> None:
    cut = without_card_data(b"<r>one<cc_number>4111</cc_number>two<a/>three<cc_cvc>737</cc_cvc>four</r>")
    assert etree.tostring(etree.fromstring(cut), method="text") == b"onetwothreefour"


@pytest.mark.parametrize("name", WITH_CARDS)
def test_a_document_that_was_cut_short_anywhere_keeps_no_card(name: str) -> None:
    body = fixture(name)
    for end in range(body.rindex(b"<ResG" if b"<ResG" in body else b"<customer") - 1, len(body), 11):
        cut = without_card_data(body[:end])
        assert not re.search(rb"[45]\d{11,}|737\D|Bookholder|Mara Q Quill", cut), body[:end][-60:]
        assert without_card_data(cut) == cut


@pytest.mark.parametrize(
    "body",
    [
        b'<r><PaymentCard CardNumber="4111111111111111" SeriesCode="737"></r>',
        b'<r><a CardNumber="4111111111111111 & <b/></r>',
        b"<r><cc_number>4111111111111111</cc_numbr></r>",
        b"<!DOCTYPE r><r><cc_number>4111111111111111</cc_number></r>",
        b"<html><PaymentCard CardNumber='4111111111111111'>",
        b"<a>" * 70 + b"<cc_cvc>737</cc_cvc>",
        "<r><cc_number>4111111111111111</cc_number><b></r>".encode("utf-16"),
    ],
)
def test_documents_that_are_no_good_xml_are_cut_by_their_text(body: bytes) -> None:
    cut = without_card_data(body).replace(b"\x00", b"")
    assert not re.search(rb"4111|737", cut)


@pytest.mark.parametrize("name", WITH_CARDS)
def test_a_document_that_still_holds_a_card_gives_none_to_records_and_errors(name: str) -> None:
    result = read(fixture(name))
    said = json.dumps([record.to_json() for record in result.records]) + repr(result)
    assert not re.search(r"4111|5555555|\b737\b|Bookholder|Mara Q Quill", said)


def test_a_card_in_a_field_that_cannot_be_read_is_not_quoted() -> None:
    body = changed(
        "ota_hotelresmodifynotif__plain_card", ('EffectiveDate="2031-06-10"', 'EffectiveDate="2031-06-99"')
    )
    (problem,) = read(body).errors
    assert "4111" not in problem.message


def test_that_there_is_a_card_is_told() -> None:
    details = told(record_of(without_card_data(fixture(WITH_CARDS[1]))).details)
    assert ("payment", "card (Visa)", None) in details
