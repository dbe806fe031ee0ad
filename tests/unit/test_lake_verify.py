"""The hash that tells whether rows are the rows that were written."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.errors import ReadBackError
from spectra.lake.verify import content_hash, refuse_difference

if TYPE_CHECKING:
    import random

_SCHEMA = pa.schema(
    [
        ("source_system", pa.string()),
        ("count", pa.int64()),
        ("share", pa.float64()),
        ("at", pa.timestamp("us", "UTC")),
        ("day", pa.date32()),
        ("names", pa.list_(pa.string())),
    ]
)
_ROW = st.fixed_dictionaries(
    {
        "source_system": st.text(max_size=5),
        "count": st.none() | st.integers(-(2**63), 2**63 - 1),
        "share": st.none() | st.floats(allow_nan=True),
        "at": st.none() | st.datetimes(timezones=st.just(dt.UTC)),
        "day": st.none() | st.dates(),
        "names": st.none() | st.lists(st.none() | st.text(max_size=3), max_size=3),
    }
)


def _table(rows: list[dict[str, object]]) -> pa.Table:
    columns = [pa.array([row[field.name] for row in rows], field.type) for field in _SCHEMA]
    return pa.table(columns, schema=_SCHEMA)


def _texts(*values: str | None) -> pa.Table:
    return pa.table({"x": pa.array(values, pa.string())})


@given(st.lists(_ROW, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, object]], chance: random.Random) -> None:
    shuffled = rows.copy()
    chance.shuffle(shuffled)
    assert content_hash(_table(rows)) == content_hash(_table(shuffled))


@given(st.lists(_ROW, min_size=1, max_size=4), st.sampled_from(_SCHEMA.names))
def test_a_value_that_vanished_changes_the_hash(rows: list[dict[str, object]], name: str) -> None:
    there = {"source_system": "x", "count": 1, "share": 0.5, "at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}
    filled = {**rows[0], **there, "day": dt.date(2026, 1, 1), "names": ["x"]}
    assert content_hash(_table([filled])) != content_hash(_table([{**filled, name: None}]))


def test_a_row_that_came_twice_changes_the_hash() -> None:
    assert content_hash(_texts("a", "b", "b")) != content_hash(_texts("a", "a", "b"))


def test_a_line_break_in_a_value_is_no_new_row() -> None:
    assert content_hash(_texts('a"]\n["b')) != content_hash(_texts("a", "b"))


def test_null_empty_and_the_word_null_are_three_things() -> None:
    assert len({content_hash(_texts(None)), content_hash(_texts("")), content_hash(_texts("null"))}) == 3


def test_values_that_changed_their_column_change_the_hash() -> None:
    one = pa.table({"a": pa.array(["x"]), "b": pa.array(["y"])})
    other = pa.table({"a": pa.array(["y"]), "b": pa.array(["x"])})
    assert content_hash(one) != content_hash(other)
    assert content_hash(one) != content_hash(one.rename_columns(["b", "a"]))


def test_microseconds_count() -> None:
    early, late = (pa.table({"at": pa.array([n], pa.int64()).cast(pa.timestamp("us", "UTC"))}) for n in (1, 2))
    assert content_hash(early) != content_hash(late)


def test_equal_rows_pass() -> None:
    refuse_difference("a.b", 3, written=_texts("a", "b"), found=_texts("b", "a"))


@pytest.mark.parametrize("found", [None, _texts("a"), _texts("a", "c")])
def test_other_rows_are_refused_with_table_and_version(found: pa.Table | None) -> None:
    with pytest.raises(ReadBackError, match=r"a\.b at version 3"):
        refuse_difference("a.b", 3, written=_texts("a", "b"), found=found)
