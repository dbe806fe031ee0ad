"""Rows as Arrow tables of exactly the declared columns."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.contract.model import Column, ColumnType, TableSchema
from spectra.contract.types import arrow_schema, rows_to_table
from spectra.errors import InternalError

ARROW: dict[ColumnType, pa.DataType] = {
    "string": pa.string(),
    "long": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "array<string>": pa.list_(pa.string()),
}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES: dict[ColumnType, st.SearchStrategy[Any]] = {
    "string": TEXTS,
    "long": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False) | st.integers(-(2**53), 2**53),
    "boolean": st.booleans(),
    "date": st.dates(),
    "timestamp": st.datetimes(timezones=st.just(UTC) | st.just(timezone(timedelta(hours=5, minutes=45)))),
    "array<string>": st.lists(TEXTS, max_size=4),
}


def column_of(kind: ColumnType, values: list[Any], *, required: bool = False) -> pa.ChunkedArray:
    table = TableSchema("t", "s.t", (Column("v", kind, required=required),))
    return rows_to_table(table, [{"v": value} for value in values]).column("v")


@pytest.mark.parametrize("kind", ARROW)
@given(data=st.data())
def test_a_column_holds_what_pyarrow_would_make_of_its_values(kind: ColumnType, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.none() | VALUES[kind], max_size=20))
    built = column_of(kind, values).combine_chunks()
    built.validate(full=True)
    assert built.equals(pa.array(values, ARROW[kind]))


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("string", 1),
        ("string", b"a"),
        ("long", 1.5),
        ("long", "1"),
        ("long", True),
        ("long", 2**63),
        ("double", "1.5"),
        ("double", True),
        ("boolean", 1),
        ("boolean", "true"),
        ("date", datetime(2026, 1, 1, tzinfo=UTC)),
        ("date", "2026-01-01"),
        ("timestamp", datetime(2026, 1, 1)),  # noqa: DTZ001 - a time without zone is the point
        ("timestamp", date(2026, 1, 1)),
        ("timestamp", 0),
        ("array<string>", "abc"),
        ("array<string>", [1]),
    ],
)
def test_a_value_of_another_type_is_refused_and_never_cast(kind: ColumnType, wrong: object) -> None:
    with pytest.raises(InternalError, match=f"column v is {kind}"):
        column_of(kind, [None, wrong])


def test_half_a_surrogate_pair_is_written_as_its_escape() -> None:
    assert column_of("string", ["a\ud800b"]).to_pylist() == ["a\\ud800b"]


def test_a_null_in_a_required_column_is_refused_with_its_row() -> None:
    with pytest.raises(InternalError, match="column v is required and null in row 2"):
        column_of("string", ["a", None], required=True)


TWO = TableSchema("t", "s.t", (Column("a", "string"), Column("b", "long")))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"a": "x"}, "missing b"),
        ({"a": "x", "b": 1, "c": 2}, "unknown c"),
        ({"a": "x", "B": 1}, "missing b; unknown B"),
    ],
)
def test_a_row_with_other_columns_is_refused(row: dict[str, Any], said: str) -> None:
    with pytest.raises(InternalError, match=f"rows of s.t do not fit the contract: {said}"):
        rows_to_table(TWO, [{"a": "x", "b": 1}, row])


def test_columns_keep_the_declared_order_whatever_the_rows_say() -> None:
    table = rows_to_table(TWO, [{"b": 1, "a": "x"}])
    assert table.schema == pa.schema([("a", pa.string()), ("b", pa.int64())]) == arrow_schema(TWO)


def test_no_rows_make_an_empty_table_with_every_column() -> None:
    table = rows_to_table(TWO, [])
    assert table.schema == arrow_schema(TWO)
    assert table.num_rows == 0
    table.validate(full=True)


def test_building_rows_never_imports_pandas() -> None:
    program = """
import sys, types
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("pandas", "numpy"):
            sys.exit(f"{name} was imported")
from spectra.contract.model import Column, TableSchema
from spectra.contract.types import rows_to_table
sys.meta_path.insert(0, Watch())
kinds = ["string", "long", "double", "boolean", "date", "timestamp", "array<string>"]
rows_to_table(TableSchema("t", "s.t", tuple(Column(k, k) for k in kinds)), [dict.fromkeys(kinds)])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
