"""Operators of ODCS: when a number meets its bar, and which of two bars is the tighter."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.quality.bar import OPERATORS, Bar, Operator


@pytest.mark.parametrize(
    ("operator", "bounds", "meeting", "failing"),
    [
        ("mustBe", (3, 3), [3, 3.0, Decimal(3)], [2, 4, 3.1]),
        ("mustNotBe", (3, 3), [2, 4], [3]),
        ("mustBeGreaterThan", (3, 3), [4, 3.1], [3, 2]),
        ("mustBeGreaterOrEqualTo", (3, 3), [3, 4], [2.9]),
        ("mustBeLessThan", (3, 3), [2, 2.9], [3, 4]),
        ("mustBeLessOrEqualTo", (3, 3), [3, 2], [3.1]),
        ("mustBeBetween", (1, 3), [1, 2, 3], [0.9, 3.1]),
        ("mustNotBeBetween", (1, 3), [0.9, 3.1], [1, 2, 3]),
    ],
)
def test_each_operator_holds_where_it_says(
    operator: Operator, bounds: tuple[int, int], meeting: list[float], failing: list[float]
) -> None:
    bar = Bar(operator, bounds)
    assert [bar.holds(number) for number in meeting] == [True] * len(meeting)
    assert [bar.holds(number) for number in failing] == [False] * len(failing)


@pytest.mark.parametrize("operator", OPERATORS)
def test_no_number_meets_no_bar(operator: Operator) -> None:
    assert not Bar(operator, (1, 2)).holds(None)


@given(
    operator=st.sampled_from(OPERATORS),
    new=st.tuples(st.integers(0, 9), st.integers(0, 9)),
    old=st.tuples(st.integers(0, 9), st.integers(0, 9)),
)
def test_a_bar_called_tighter_lets_nothing_through_that_the_other_stops(
    operator: Operator, new: tuple[int, int], old: tuple[int, int]
) -> None:
    ends = 2 if operator.endswith("Between") else 1
    tight, loose = (Bar(operator, (min(each[:ends]), max(each[:ends]))) for each in (new, old))
    if tight.at_least_as_tight_as(loose):
        assert not [n for n in range(-1, 11) if tight.holds(n) and not loose.holds(n)]


def test_bars_of_different_operators_are_not_compared() -> None:
    assert not Bar("mustBe", (0, 0)).at_least_as_tight_as(Bar("mustBeLessThan", (5, 5)))


def test_a_smaller_limit_is_tighter() -> None:
    assert Bar("mustBeLessThan", (4, 4)).at_least_as_tight_as(Bar("mustBeLessThan", (5, 5)))
    assert Bar("mustBeBetween", (2, 3)).at_least_as_tight_as(Bar("mustBeBetween", (1, 4)))
