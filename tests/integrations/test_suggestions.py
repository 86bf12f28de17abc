"""Suggestions are pure: names in, the likeliest counterpart and the reason out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.suggestions import (
    Ours,
    Reason,
    Theirs,
    meaning,
    normalise,
    number_in,
    suggest_properties,
    suggest_rooms,
    suggest_types,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Habitación Doble", "doble"),
        ("CHAMBRE DOUBLE", "double"),
        ("  The Sea-View Room! ", "sea view"),
        ("Hotel", "hotel"),
        ("", ""),
        ("Ático nº 3", "atico 3"),
    ],
)
def test_names_are_compared_without_accents_case_punctuation_and_common_words(name, expected):
    assert normalise(name) in (expected, expected.replace("atico 3", "atico no 3"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Habitación doble vista mar", "Double room, sea view"),
        ("Chambre simple", "Camera singola"),
        ("Suite familiale", "Family Suite"),
        ("Twin beds", "Beds, twin"),
    ],
)
def test_the_same_idea_in_two_languages_is_the_same(one, other):
    assert meaning(one) == meaning(other)


@pytest.mark.parametrize(
    ("name", "number"),
    [("Room 101", "101"), ("Hab. 0101", "101"), ("12b", "12b"), ("101-102", ""), ("Suite", ""), ("000", "0")],
)
def test_a_room_has_a_number_when_its_name_holds_exactly_one(name, number):
    assert number_in(name) == number


def test_an_equal_name_wins_over_a_similar_one():
    found = suggest_types([Theirs(1, "Doble")], [Ours(7, "Doble superior"), Ours(8, "doble")])

    assert (found[1].pk, found[1].reason) == (8, Reason.SAME_NAME)


@pytest.mark.parametrize("name", ["habitación doble", "HABITACION  DOBLE", " Habitación Doble "])
def test_case_accents_and_spaces_leave_a_name_the_same(name):
    found = suggest_types([Theirs(1, name)], [Ours(7, "Suite"), Ours(8, "Habitación Doble")])

    assert (found[1].pk, found[1].reason) == (8, Reason.SAME_NAME)


def test_a_name_that_is_equal_only_without_common_words_is_similar():
    found = suggest_types([Theirs(1, "Doble")], [Ours(7, "Suite"), Ours(8, "Habitación doble")])

    assert (found[1].pk, found[1].reason) == (8, Reason.SIMILAR_NAME)


def test_a_name_in_another_language_is_found_and_said():
    found = suggest_types([Theirs(1, "Single room")], [Ours(7, "Individual"), Ours(8, "Doble")])

    assert (found[1].pk, found[1].reason) == (7, Reason.SAME_MEANING)


def test_a_misspelt_name_is_similar():
    found = suggest_types(
        [Theirs(1, "Deluxe Terase Suite")], [Ours(7, "Deluxe Terrasse Suite"), Ours(8, "Economy")]
    )

    assert (found[1].pk, found[1].reason) == (7, Reason.SIMILAR_NAME)


def test_the_only_type_left_for_so_many_guests_is_suggested_with_the_number():
    found = suggest_types(
        [Theirs(1, "Alpha", capacity=2), Theirs(2, "Beta", capacity=4)],
        [Ours(7, "Norte", capacity=2), Ours(8, "Sur", capacity=4)],
    )

    assert found[1].pk == 7
    assert found[1].say() == "the only type left for as many guests (2)"
    assert found[2].pk == 8


def test_two_equal_names_on_one_side_are_left_to_people():
    assert suggest_types([Theirs(1, "Doble"), Theirs(2, "Doble")], [Ours(7, "Doble"), Ours(8, "Suite")]) == {}


def test_rooms_are_matched_by_number():
    found = suggest_rooms(
        [Theirs(1, "Room 101"), Theirs(2, "102 (renovated)")], [Ours(5, "101"), Ours(6, "102")], type_of={}
    )

    assert found[1].pk == 5
    assert (found[2].pk, found[2].say()) == (6, "same number 102")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a1", Reason.SAME_NAME),
        ("Room A1", Reason.SIMILAR_NAME),
        ("Apartment A1 (renovated)", Reason.SIMILAR_NAME),
    ],
)
def test_a_number_behind_a_letter_is_part_of_the_name(name, reason):
    found = suggest_rooms([Theirs(1, name)], [Ours(5, "A1"), Ours(6, "A2")], type_of={})

    assert (found[1].pk, found[1].reason) == (5, reason)


def test_equal_numbers_behind_other_letters_are_no_counterpart():
    assert suggest_rooms([Theirs(1, "A1"), Theirs(2, "B2")], [Ours(5, "C1"), Ours(6, "1")], type_of={}) == {}


def test_rooms_are_sought_among_the_rooms_of_the_mapped_type_only():
    ours = [Ours(5, "101", type_pk=70), Ours(6, "101", type_pk=80)]

    found = suggest_rooms([Theirs(1, "101", parent=9)], ours, type_of={9: 80})

    assert found[1].pk == 6


def test_the_last_room_of_the_mapped_type_is_suggested():
    found = suggest_rooms([Theirs(1, "The nest", parent=9)], [Ours(6, "Ático", type_pk=80)], type_of={9: 80})

    assert (found[1].pk, found[1].reason) == (6, Reason.ROOM_OF_TYPE)


def test_numbers_are_never_similar():
    assert suggest_rooms([Theirs(1, "101")], [Ours(5, "102"), Ours(6, "103")], type_of={}) == {}


def test_one_property_left_on_each_side_is_taken_to_be_the_same():
    found = suggest_properties([Theirs(1, "Zzyx 900")], [Ours(4, "Hotel Paradise")])

    assert (found[1].pk, found[1].reason) == (4, Reason.ONLY_ONE)


names = st.text(max_size=20) | st.sampled_from(["Doble", "Double", "Suite", "101", "Hab. 101", "102"])


@given(theirs=st.lists(names, max_size=8), ours=st.lists(names, max_size=8))
def test_no_counterpart_is_suggested_twice(theirs, ours):
    there = [Theirs(n, name, capacity=n % 3) for n, name in enumerate(theirs)]
    here = [Ours(100 + n, name, capacity=n % 3) for n, name in enumerate(ours)]

    for found in (
        suggest_types(there, here),
        suggest_rooms(there, here, type_of={}),
        suggest_properties(there, here),
    ):
        chosen = [suggestion.pk for suggestion in found.values()]
        assert len(chosen) == len(set(chosen))
        assert set(chosen) <= {our.pk for our in here}
        assert all(0 <= suggestion.score <= 1 and suggestion.say() for suggestion in found.values())
