"""The account of a reservation: sums, what is refused, and that nothing is ever changed in it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from reservations.card_numbers import refuse_card_number
from reservations.choices import ChargePurpose, LedgerKind
from reservations.ledger import Account, account_of, add_entry, charge_stay, reverse_entry
from reservations.ledger_choices import PaymentMethod, PaymentStatus
from reservations.models import LedgerEntry, Reservation
from tests.examples import examples
from tests.people import make_hotel
from tests.reservations.records import Desk, booking
from tests.reservations.test_intake_races import all_at_once

CHARGE, PAYMENT, REFUND = LedgerKind.CHARGE, LedgerKind.PAYMENT, LedgerKind.REFUND


@pytest.fixture
def reservation(hotel) -> Reservation:
    """A booking of a channel that told a total of 160 EUR."""
    Desk(hotel).take(booking(channel="booking_com", channel_ref="4400123456"))
    return Reservation.objects.get()


@pytest.fixture
def add(hotel, receptionist, reservation):
    def add(kind: LedgerKind, amount: Any, **rest: Any) -> LedgerEntry:
        values = {"method": PaymentMethod.CASH, **rest}
        return add_entry(
            hotel=hotel,
            user=receptionist,
            reservation_id=reservation.pk,
            kind=kind,
            amount=Decimal(amount),
            **values,
        )

    return add


@pytest.fixture
def take_back(hotel, receptionist):
    return lambda entry, **rest: reverse_entry(hotel=hotel, user=receptionist, entry_id=entry.pk, **rest)


def sums(account: Account) -> tuple[Decimal, ...]:
    return account.charged, account.paid, account.refunded, account.balance


def refused(call: Any) -> str:
    with pytest.raises(ValidationError) as problem:
        call()
    return " ".join(problem.value.messages)


class TestSums:
    def test_an_empty_account_expects_what_the_channel_told_and_charges_nothing(self, reservation):
        account = account_of(reservation)

        assert account.expected == Decimal(160)
        assert account.currency == "EUR"
        assert sums(account) == (0, 0, 0, 0)
        assert account.status is PaymentStatus.NOTHING

    def test_the_status_follows_the_lines(self, reservation, add):
        seen = []
        for kind, amount in ((CHARGE, 160), (PAYMENT, 60), (PAYMENT, 100), (PAYMENT, 20), (REFUND, 20)):
            add(kind, amount)
            seen.append(account_of(reservation).status)

        assert seen == [
            PaymentStatus.OPEN,
            PaymentStatus.PART,
            PaymentStatus.PAID,
            PaymentStatus.TO_REFUND,
            PaymentStatus.PAID,
        ]

    def test_money_without_a_charge_is_to_be_given_back(self, reservation, add):
        add(PAYMENT, 50)
        account = account_of(reservation)

        assert account.status is PaymentStatus.TO_REFUND
        assert account.to_refund == 50

    def test_every_line_says_what_is_due_after_it(self, reservation, add, take_back):
        add(CHARGE, "160.00", purpose=ChargePurpose.STAY)
        minibar = add(CHARGE, "12.50")
        add(PAYMENT, "100.00")
        take_back(minibar)
        lines = account_of(reservation).lines

        assert [line.balance for line in lines] == [Decimal(d) for d in ("160", "172.50", "72.50", "60")]
        assert [line.is_reversed for line in lines] == [False, True, False, False]
        assert [line.may_be_reversed for line in lines] == [True, False, True, False]
        assert lines[-1].effect == Decimal("-12.50")
        assert lines[-1].balance == account_of(reservation).balance

    def test_it_takes_one_query_however_long_it_is(self, reservation, add, take_back):
        for _ in range(3):
            take_back(add(CHARGE, 10))
        row = Reservation.objects.select_related("property").get()

        with CaptureQueriesContext(
            connection,
        ) as queries:
            account = account_of(row)
            [(line.entry.user.name, line.words, line.effect) for line in account.lines]

        assert len(queries) == 1

    def test_the_currency_stays_when_the_channel_changes_it(self, hotel, reservation, add):
        add(CHARGE, 160)
        Reservation.objects.update(currency="USD")

        assert account_of(Reservation.objects.get()).currency == "EUR"
        assert add(PAYMENT, 1).currency == "EUR"


class TestAdding:
    def test_a_line_says_who_when_and_how(self, add, receptionist):
        entry = add(PAYMENT, "160", method="transfer", note="  receipt 12 ")

        assert (entry.user, entry.method, entry.note, entry.currency) == (
            receptionist,
            "transfer",
            "receipt 12",
            "EUR",
        )
        assert entry.occurred_at is not None

    @pytest.mark.parametrize("amount", ["0", "-5", "1000000000"])
    def test_an_amount_is_above_zero_and_not_endless(self, add, amount):
        assert "amount" in refused(lambda: add(PAYMENT, amount)).lower()

    @pytest.mark.parametrize(
        ("currency", "good", "bad"),
        [("EUR", "1.10", "1.105"), ("JPY", "110", "1.5"), ("KWD", "1.105", "1.1055")],
    )
    def test_an_amount_has_the_decimals_of_its_currency(self, reservation, add, currency, good, bad):
        Reservation.objects.update(currency=currency)

        assert add(CHARGE, good).amount == Decimal(good)
        assert currency in refused(lambda: add(CHARGE, bad))

    def test_a_payment_says_how_it_was_paid(self, add):
        assert "how" in refused(lambda: add(PAYMENT, 10, method=""))
        assert "how" in refused(lambda: add(PAYMENT, 10, method="gold"))

    def test_no_more_is_given_back_than_was_paid(self, reservation, add):
        assert "Nothing has been paid" in refused(lambda: add(REFUND, 1))
        add(PAYMENT, 100)
        add(REFUND, 30)

        assert "€70.00" in refused(lambda: add(REFUND, "70.01"))
        assert add(REFUND, 70).pk

    def test_a_form_that_was_sent_twice_adds_one_line(self, reservation, add):
        seen = account_of(reservation).last_id
        add(PAYMENT, 100, seen=seen)

        assert "new line" in refused(lambda: add(PAYMENT, 100, seen=seen))
        assert account_of(reservation).paid == 100

    def test_a_note_holds_no_card_number(self, add):
        assert "payment card" in refused(lambda: add(PAYMENT, 10, note="visa 4111 1111 1111 1111 12/30"))
        assert LedgerEntry.objects.count() == 0

    def test_another_hotels_reservation_is_not_found(self, other_hotel, stranger, reservation):
        with pytest.raises(Reservation.DoesNotExist):
            add_entry(
                hotel=other_hotel,
                user=stranger,
                reservation_id=reservation.pk,
                kind=CHARGE,
                amount=Decimal(10),
            )

    def test_a_booking_whose_currency_nobody_knows_has_no_account_yet(self, reservation, add):
        Reservation.objects.update(currency="", property=None)

        assert "currency" in refused(lambda: add(CHARGE, 10))


class TestTakingBack:
    def test_a_line_is_taken_back_once(self, reservation, add, take_back):
        entry = add(CHARGE, 160)
        reversal = take_back(entry, note="wrong guest")

        assert reversal.reverses == entry
        assert sums(account_of(reservation)) == (0, 0, 0, 0)
        assert "already" in refused(lambda: take_back(entry))

    def test_what_takes_back_is_not_taken_back(self, add, take_back):
        reversal = take_back(add(CHARGE, 160))

        assert "anew" in refused(lambda: take_back(reversal))

    def test_a_payment_of_which_a_part_was_given_back_stays(self, add, take_back):
        payment = add(PAYMENT, 100)
        refund = add(REFUND, 40)
        assert "given back" in refused(lambda: take_back(payment))
        take_back(refund)

        assert take_back(payment).amount == 100

    def test_another_hotels_line_is_not_found(self, other_hotel, stranger, add):
        with pytest.raises(LedgerEntry.DoesNotExist):
            reverse_entry(hotel=other_hotel, user=stranger, entry_id=add(CHARGE, 10).pk)

    def test_no_line_is_ever_changed_or_removed(self, reservation, add, take_back):
        first = add(CHARGE, 160, purpose=ChargePurpose.STAY)
        before = LedgerEntry.objects.values().get(pk=first.pk)
        take_back(first)
        add(PAYMENT, 10)

        assert LedgerEntry.objects.values().get(pk=first.pk) == before


class TestTheStay:
    def charge(self, hotel, user, reservation, amount):
        charge_stay(hotel=hotel, user=user, reservation=reservation, amount=Decimal(amount))

    def test_another_price_takes_the_old_charge_back(self, hotel, receptionist, reservation, add):
        self.charge(hotel, receptionist, reservation, 160)
        add(CHARGE, 12)
        self.charge(hotel, receptionist, reservation, 200)
        account = account_of(reservation)

        assert account.charged == 212
        assert [line.entry.kind for line in account.lines] == ["charge", "charge", "reversal", "charge"]

    def test_the_same_price_writes_nothing(self, hotel, receptionist, reservation):
        self.charge(hotel, receptionist, reservation, 160)
        self.charge(hotel, receptionist, reservation, 160)

        assert LedgerEntry.objects.count() == 1

    def test_a_free_stay_has_no_charge(self, hotel, receptionist, reservation):
        self.charge(hotel, receptionist, reservation, 160)
        self.charge(hotel, receptionist, reservation, 0)

        assert sums(account_of(reservation)) == (0, 0, 0, 0)


class TestSumsOfAnything(TestCase):
    @settings(max_examples=examples(25), deadline=None)
    @given(
        st.lists(
            st.tuples(st.sampled_from((CHARGE, PAYMENT, REFUND, None)), st.integers(1, 50_000)), max_size=12
        )
    )
    def test_the_balance_is_what_the_lines_add_up_to(self, steps):
        hotel = make_hotel("Hotel Paradise", "paradise")
        Desk(hotel).take(booking())
        reservation = Reservation.objects.get()
        for kind, cents in steps:
            try:
                if kind is None:
                    rows = list(LedgerEntry.objects.order_by("pk"))
                    if rows:
                        reverse_entry(hotel=hotel, user=None, entry_id=rows[cents % len(rows)].pk)
                else:
                    add_entry(
                        hotel=hotel,
                        user=None,
                        reservation_id=reservation.pk,
                        kind=kind,
                        amount=Decimal(cents) / 100,
                        method="cash",
                    )
            except ValidationError:
                pass
            account = account_of(reservation)
            assert account.balance == sum((line.effect for line in account.lines), Decimal(0))
            assert account.kept >= 0
            assert account.charged >= 0


@pytest.mark.django_db(transaction=True)
def test_one_line_taken_back_by_two_people_at_once_is_taken_back_once(hotel, receptionist):
    Desk(hotel).take(booking())
    entry = add_entry(
        hotel=hotel,
        user=receptionist,
        reservation_id=Reservation.objects.get().pk,
        kind=CHARGE,
        amount=Decimal(10),
    )

    raised = all_at_once(
        *(lambda: reverse_entry(hotel=hotel, user=receptionist, entry_id=entry.pk) for _ in range(2))
    )

    assert [type(error) for error in raised] == [ValidationError]
    assert LedgerEntry.objects.count() == 2


class TestCardNumbers:
    @pytest.mark.parametrize(
        "text",
        ["4111111111111111", "card 4111-1111-1111-1111!", "5500 0000 0000 0004", "pays with 378282246310005"],
    )
    def test_a_card_number_is_found(self, text):
        with pytest.raises(ValidationError):
            refuse_card_number(text)

    @pytest.mark.parametrize(
        "text", ["", "+34 600 000 000", "4111111111111112", "booking 4400123456", "room 101 102 103"]
    )
    def test_other_numbers_pass(self, text):
        refuse_card_number(text)
