"""Setting rates: ranges, copies, undoing, what is refused, and what others hear."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reservations.events import FAR, RatesChanged, rates_changed
from reservations.models import DailyRate, Property, RateEdit, RatePlan
from reservations.rate_cells import Cell, NightTerms, StoredNight, packed, unpacked
from reservations.rate_changes import CLEAR, Amount, Percent, RateChange
from reservations.rate_plans import save_plan
from reservations.rates import MOST_DAYS
from tests.reservations.rates import MONDAY, Desk, days, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(hotel, manager) -> Desk:
    return Desk(hotel, manager)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime(2031, 3, 1, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def heard():
    """The changes of rates that others hear of."""
    changes: list[RatesChanged] = []

    def hear(*, change: RatesChanged, **_: Any) -> None:
        assert connection.in_atomic_block
        changes.append(change)

    rates_changed.connect(hear)
    yield changes
    rates_changed.disconnect(hear)


def reasons(problem: pytest.ExceptionInfo[ValidationError]) -> dict[str, list[str]]:
    error = problem.value
    return error.message_dict if hasattr(error, "error_dict") else {"": error.messages}


class TestRange:
    def test_the_first_and_the_last_night_belong_to_it(self, desk):
        desk.set("90", first=2, last=4)

        assert desk.prices() == {2: Decimal(90), 3: Decimal(90), 4: Decimal(90)}

    def test_only_the_weekdays_that_were_named(self, desk):
        desk.set("90", first=0, last=13, weekdays={4, 5})

        assert list(desk.prices()) == [4, 5, 11, 12]

    def test_every_plan_and_room_type_that_was_named(self, desk):
        plans, kinds = [desk.plan(), desk.plan("Flexible")], [desk.kind(), desk.kind("Suite")]
        edit = desk.set("90", last=0, rate_plans=plans, room_types=kinds)

        assert edit.nights == DailyRate.objects.count() == 4
        assert desk.prices("Flexible", "Suite") == {0: Decimal(90)}
        assert desk.prices("Standard", "Individual") == {}

    def test_what_is_kept_stays_and_what_is_cleared_goes(self, desk):
        desk.set("90", last=0, minimum_stay=2, maximum_stay=7, closed=True, closed_to_arrival=True)
        desk.set(last=0, minimum_stay=CLEAR, maximum_stay=5, closed=CLEAR, closed_to_departure=True)

        night = DailyRate.objects.get()
        assert night.price == Decimal(90)
        assert (night.minimum_stay, night.maximum_stay) == (None, 5)
        assert (night.closed, night.closed_to_arrival, night.closed_to_departure) == (False, True, True)

    def test_a_price_can_be_taken_away(self, desk):
        desk.set("90", last=0, minimum_stay=2)
        desk.set(CLEAR, last=0)

        assert DailyRate.objects.get().price is None

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (Percent(Decimal("10")), "99.55"),
            (Percent(Decimal("-15.5")), "76.47"),
            (Amount(Decimal("-5.25")), "85.25"),
        ],
    )
    def test_prices_move_by_a_percentage_or_an_amount(self, desk, change, expected):
        desk.set("90.50", last=0)
        desk.set(change, last=0)

        assert desk.prices() == {0: Decimal(expected)}

    def test_half_a_cent_is_rounded_up(self, desk):
        desk.set("0.50", last=0)
        desk.set(Percent(Decimal("1")), last=0)

        assert desk.prices() == {0: Decimal("0.51")}

    def test_a_currency_without_cents_gets_none(self, desk):
        Property.objects.update(currency="JPY")
        desk.set("9050", last=0)
        desk.set(Percent(Decimal("3")), last=0)

        assert desk.prices() == {0: Decimal(9322)}

    def test_a_percentage_leaves_nights_without_a_price_alone(self, desk):
        desk.set("90", first=1, last=1)
        edit = desk.set(Percent(Decimal(10)), last=2)

        assert edit.nights == 1
        assert desk.prices() == {1: Decimal(99)}

    def test_nights_that_are_like_that_already_are_not_touched(self, desk):
        desk.set("90", last=2)
        edit = desk.set("90", last=4)

        assert (edit.nights, edit.first, edit.last) == (2, days(3), days(5))

    def test_it_remembers_who_and_what(self, desk, manager):
        edit = desk.set(Percent(Decimal(-10)), minimum_stay=2, weekdays=[4, 5])

        assert edit.user == manager
        assert edit.asked["changes"] == {"price": {"percent": "-10"}, "minimum_stay": 2}
        assert (edit.asked["plans"], edit.asked["weekdays"]) == (["Standard"], [4, 5])

    @pytest.mark.parametrize(
        ("first", "last", "nights"),
        [
            (date(2032, 2, 27), date(2032, 3, 1), 4),
            (date(2033, 2, 27), date(2033, 3, 1), 3),
            (date(2031, 12, 30), date(2032, 1, 2), 4),
            (date(2031, 3, 29), date(2031, 3, 31), 3),
            (date(2031, 10, 25), date(2031, 10, 27), 3),
        ],
        ids=["29 February", "no 29 February", "New Year", "clocks forward", "clocks back"],
    )
    def test_every_night_is_there_once(self, desk, first, last, nights):
        desk.set("90", first=(first - MONDAY).days, last=(last - MONDAY).days)

        found = list(DailyRate.objects.order_by("date").values_list("date", flat=True))
        assert found == [first + timedelta(days=n) for n in range(nights)]


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "name"),
        [
            ({"price": "0"}, "price"),
            ({"price": "-3"}, "price"),
            ({"price": "90.555"}, "price"),
            ({"price": "NaN"}, "price"),
            ({"price": Percent(Decimal(-100))}, "price"),
            ({"minimum_stay": 0}, "minimum_stay"),
            ({"minimum_stay": 5, "maximum_stay": 4}, "maximum_stay"),
            ({"maximum_stay": 9999}, "maximum_stay"),
            ({"price": "90", "first": 3, "last": 2}, "last"),
            ({"price": "90", "first": 0, "last": MOST_DAYS}, "last"),
            ({"price": "90", "first": 0, "last": 1, "weekdays": {4}}, "weekdays"),
            ({"price": "90", "rate_plans": []}, "rate_plans"),
            ({"price": "90", "room_types": []}, "room_types"),
            ({}, ""),
        ],
    )
    def test_it_says_what_cannot_be(self, desk, arguments, name):
        with pytest.raises(ValidationError) as problem:
            desk.set(**arguments)

        assert list(reasons(problem)) in ([name], ["__all__"] if name == "" else [name])
        assert not DailyRate.objects.exists()

    def test_a_whole_two_years_are_not_too_many(self, desk):
        desk.set("90", last=MOST_DAYS - 1)

        assert DailyRate.objects.count() == MOST_DAYS

    def test_a_night_that_is_over_is_refused_by_the_clock_of_the_property(self, desk):
        Property.objects.update(timezone="Pacific/Kiritimati")
        with time_machine.travel(datetime(2031, 3, 3, 12, tzinfo=UTC), tick=False):
            with pytest.raises(ValidationError) as problem:
                desk.set("90", first=0)
            desk.set("90", first=1)

        assert list(reasons(problem)) == ["first"]

    def test_dates_at_the_end_of_time_are_refused(self, desk):
        distance = (date.max - MONDAY).days
        with pytest.raises(ValidationError):
            desk.set("90", first=distance - 1, last=distance)
        with pytest.raises(ValidationError):
            desk.copy(first=date.max, last=date.max)
        with pytest.raises(ValidationError):
            desk.copy(target_first=date.max)

    def test_an_amount_may_not_take_a_price_below_zero(self, desk):
        desk.set("90", last=1)
        desk.set("10", first=2, last=2)
        with pytest.raises(ValidationError) as problem:
            desk.set(Amount(Decimal(-20)), last=2)

        assert "Wed 5 Mar 2031" in reasons(problem)["price"][0]
        assert desk.prices() == {0: Decimal(90), 1: Decimal(90), 2: Decimal(10)}

    def test_a_new_shortest_stay_may_not_pass_the_longest_that_is_there(self, desk):
        desk.set("90", last=3, maximum_stay=3)
        with pytest.raises(ValidationError) as problem:
            desk.set(last=3, minimum_stay=4)

        assert list(reasons(problem)) == ["maximum_stay"]

    def test_nothing_to_do_is_said(self, desk):
        desk.set("90")
        with pytest.raises(ValidationError) as problem:
            desk.set("90")

        assert problem.value.code == "nothing"
        assert RateEdit.objects.count() == 1

    def test_more_nights_than_a_transaction_should_hold_are_refused(self, desk):
        plans = [desk.plan(f"Plan {n}") for n in range(30)]
        with pytest.raises(ValidationError):
            desk.set("90", last=700, rate_plans=plans)

    def test_another_hotels_plan_or_type_is_refused(self, desk, other_hotel, stranger):
        theirs = Desk(other_hotel, stranger)
        for arguments in (
            {"rate_plans": [theirs.plan()], "room_types": [theirs.kind()]},
            {"rate_plans": [desk.plan(), theirs.plan()]},
            {"room_types": [theirs.kind()]},
        ):
            with pytest.raises(ValidationError):
                desk.set("90", **arguments)
        with pytest.raises(ValidationError):
            desk.copy(source=theirs.plan())

        assert not DailyRate.objects.exists()

    def test_plans_and_types_of_two_properties_do_not_mix(self, desk, hotel):
        annex = Property.objects.create(hotel=hotel, name="Annex")
        plan = RatePlan.objects.create(hotel=hotel, property=annex, name="Standard")
        with pytest.raises(ValidationError) as problem:
            desk.set("90", rate_plans=[plan])

        assert "one property" in reasons(problem)[""][0]


class TestCopy:
    def test_a_week_goes_to_another_week(self, desk):
        desk.set("90", last=6, minimum_stay=2)
        desk.set("120", first=4, last=5)
        desk.copy()

        copied = {day - 7: price for day, price in desk.prices().items() if day >= 7}
        assert copied == {day: price for day, price in desk.prices().items() if day < 7}
        assert set(DailyRate.objects.values_list("minimum_stay", flat=True)) == {2}

    def test_to_another_plan_and_type_with_a_percentage(self, desk):
        desk.set("90", last=1, closed_to_arrival=True)
        flexible = desk.plan("Flexible")
        desk.copy(
            target=flexible,
            room_types=[(desk.kind(), desk.kind("Suite"))],
            target_first=days(0),
            percent=Decimal("12.5"),
        )

        assert desk.prices("Flexible", "Suite") == {0: Decimal("101.25"), 1: Decimal("101.25")}
        assert DailyRate.objects.filter(rate_plan=flexible, closed_to_arrival=True).count() == 2

    def test_nights_without_a_row_leave_the_target_as_it_is(self, desk):
        desk.set("90", first=2, last=2)
        desk.set("50", first=7, last=13)
        desk.copy()

        assert desk.prices()[8] == Decimal(50)
        assert desk.prices()[9] == Decimal(90)

    def test_it_may_reach_into_its_own_source(self, desk):
        for day in range(7):
            desk.set(str(90 + day), first=day, last=day)
        desk.copy(target_first=days(1))

        assert [int(price) for price in desk.prices().values()] == [90, 90, 91, 92, 93, 94, 95, 96]

    def test_last_years_prices_can_be_copied(self, desk):
        with time_machine.travel(datetime(2031, 3, 1, tzinfo=UTC)):
            desk.set("90")
        with time_machine.travel(datetime(2032, 3, 1, tzinfo=UTC)):
            desk.copy(target_first=days(364))

        assert desk.prices()[364] == Decimal(90)

    def test_it_is_not_copied_to_nights_that_are_over(self, desk):
        desk.set("90")
        with (
            time_machine.travel(datetime(2031, 3, 20, tzinfo=UTC)),
            pytest.raises(ValidationError) as problem,
        ):
            desk.copy()

        assert list(reasons(problem)) == ["target_first"]

    def test_nothing_there_to_copy_is_said(self, desk):
        with pytest.raises(ValidationError) as problem:
            desk.copy()

        assert problem.value.code == "nothing"


class TestUndo:
    def test_it_restores_every_night_exactly(self, desk, hotel):
        desk.set("90", last=3, minimum_stay=2, closed=True)
        desk.set("110.50", first=2, last=5, maximum_stay=9, closed_to_departure=True)
        before = picture(hotel)
        edit = desk.set(
            Percent(Decimal(7)),
            first=1,
            last=9,
            room_types=[desk.kind(), desk.kind("Suite")],
            minimum_stay=3,
            closed=CLEAR,
        )
        assert picture(hotel) != before

        desk.undo(edit)

        assert picture(hotel) == before
        edit.refresh_from_db()
        assert edit.undone_by == desk.user

    def test_nights_that_had_no_rate_have_none_again(self, desk):
        edit = desk.set("90")
        desk.undo(edit)

        assert not DailyRate.objects.exists()

    def test_a_copy_is_undone_too(self, desk, hotel):
        desk.set("90")
        before = picture(hotel)
        desk.undo(desk.copy())

        assert picture(hotel) == before

    def test_an_older_edit_waits_for_the_newer_one_on_its_nights(self, desk):
        older = desk.set("90", last=6)
        newer = desk.set("120", first=6, last=8)
        with pytest.raises(ValidationError, match="changed again"):
            desk.undo(older)
        assert desk.prices()[0] == Decimal(90)

        desk.undo(newer)
        desk.undo(older)

        assert not DailyRate.objects.exists()

    def test_a_newer_edit_elsewhere_is_no_hindrance(self, desk):
        older = desk.set("90", last=6)
        desk.set("120", first=7, last=8)
        desk.set("120", room_types=[desk.kind("Suite")])
        desk.undo(older)

        assert desk.prices() == {7: Decimal(120), 8: Decimal(120)}

    def test_it_is_done_once(self, desk):
        edit = desk.set("90")
        desk.undo(edit)
        with pytest.raises(ValidationError, match="already"):
            desk.undo(edit)

    def test_an_edit_of_another_hotel_is_not_there(self, desk, other_hotel, stranger):
        edit = desk.set("90")
        with pytest.raises(RateEdit.DoesNotExist):
            Desk(other_hotel, stranger).undo(edit)

    def test_nights_of_a_removed_plan_cannot_come_back(self, desk):
        edit = desk.set("90")
        desk.plan().delete()
        with pytest.raises(ValidationError, match="no longer there"):
            desk.undo(edit)


class TestHearing:
    def test_an_edit_is_heard_once_with_its_cells_and_dates(self, desk, hotel, heard):
        kinds = [desk.kind(), desk.kind("Suite")]
        desk.set("90", first=1, last=3, room_types=kinds)

        cells = frozenset((desk.plan().pk, kind.pk) for kind in kinds)
        assert heard == [RatesChanged(hotel.pk, cells, days(1), days(4))]

    def test_an_undo_is_heard(self, desk, heard):
        edit = desk.set("90", first=1, last=3)
        desk.undo(edit)

        assert heard[1] == heard[0]

    def test_what_was_refused_is_not_heard(self, desk, heard):
        with pytest.raises(ValidationError):
            desk.set("0")

        assert heard == []

    def test_a_receiver_that_fails_takes_the_edit_back(self, desk):
        def refuse(**_: Any) -> None:
            raise RuntimeError

        rates_changed.connect(refuse)
        try:
            with pytest.raises(RuntimeError):
                desk.set("90")
        finally:
            rates_changed.disconnect(refuse)

        assert not DailyRate.objects.exists()
        assert not RateEdit.objects.exists()

    def test_a_plan_that_goes_out_of_use_changes_its_coming_nights(self, desk, heard):
        desk.set("90")
        plan = desk.plan()
        heard.clear()
        plan.name = "Renamed"
        save_plan(plan)
        assert heard == []

        plan.is_active = False
        save_plan(plan)

        assert heard[0].cells == {(plan.pk, desk.kind().pk)}
        assert (heard[0].first, heard[0].last) == (date(2031, 3, 1), date(2031, 3, 1) + FAR)


class TestCost:
    def test_the_number_of_statements_does_not_grow_with_the_nights(self, desk):
        def statements(**arguments: Any) -> tuple[int, int, int]:
            counts = []
            for act in (
                lambda: desk.set("90", **arguments),
                lambda: desk.copy(first=days(0), last=days(arguments["last"]), target_first=days(900)),
            ):
                with CaptureQueriesContext(
                    connection,
                ) as queries:
                    edit = act()
                counts.append(len(queries))
            with CaptureQueriesContext(connection) as queries:
                desk.undo(edit)
            return (*counts, len(queries))

        desk.plan()
        few = statements(last=2)
        DailyRate.objects.all().delete()
        assert statements(last=600) == few


class TestCells:
    def test_what_was_packed_comes_back(self):
        one = StoredNight(NightTerms(Decimal("90.50"), 2, None, True, False, True), 7)
        nights = {
            Cell(1, 2, days(0)): one,
            Cell(1, 2, days(1)): one,
            Cell(1, 2, days(3)): one,
            Cell(1, 3, days(3)): None,
            Cell(1, 2, days(4)): StoredNight(NightTerms()),
        }

        assert unpacked(packed(nights)) == nights

    def test_nights_that_say_the_same_take_one_line(self):
        one = StoredNight(NightTerms(Decimal("90.50")), 7)
        year = {Cell(1, 2, days(n)): one for n in range(365)}

        assert packed(year) == {"1:2": [["2031-03-03", 365, ["90.50", None, None, 0, 7]]]}

    def test_a_change_that_keeps_everything_changes_nothing(self):
        terms = NightTerms(Decimal(90), 2, 7, True, True, True)

        assert RateChange().applied_to(terms, "EUR") == terms
