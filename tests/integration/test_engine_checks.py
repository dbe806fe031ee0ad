"""Every check, run: the number that it gives for rows whose number is known."""

from __future__ import annotations

import pyarrow as pa
import pytest

from spectra.engines.local import LocalEngine
from spectra.quality.checks import Check, DuplicateValues, InvalidValues, MissingValues, NullValues, RowCount, Sql

ROWS = pa.table(
    {
        "word": pa.array(["a", "b", None, "", "N/A", "it's", "a", "a"]),
        "n": pa.array([1, 2, None, 2, 5, 6, 1, 1], pa.int64()),
        'odd "name"': pa.array([None] * 8, pa.string()),
    }
)
ENGINE = LocalEngine()


def observed(check: Check, rows: pa.Table = ROWS) -> object:
    return ENGINE.query(check.sql("t"), {"t": rows}).column(0)[0].as_py()


@pytest.mark.parametrize(
    ("check", "number"),
    [
        (NullValues("word"), 1),
        (NullValues("word", "percent"), 12.5),
        (NullValues('odd "name"'), 8),
        (MissingValues("word"), 1),
        (MissingValues("word", ("", "N/A")), 3),
        (MissingValues("word", ("it's",)), 2),
        (MissingValues("n", ("5",), "percent"), 25.0),
        (InvalidValues("word", ("a", "b", "", "N/A")), 1),
        (InvalidValues("n", (1, 2)), 2),
        (InvalidValues("word", (), "^[ab]?$"), 2),
        (InvalidValues("word", (), "A"), 6),
        (InvalidValues("word", (), "'"), 6),
        (InvalidValues("word", ("a", "b", "N/A"), "^[a-z]$", "percent"), 37.5),
        (DuplicateValues(("word",)), 1),
        (DuplicateValues(("n",)), 2),
        (DuplicateValues(("word", "n")), 1),
        (DuplicateValues(('odd "name"',)), 1),
        (RowCount(), 8),
        (Sql("SELECT max(n) FROM t;"), 6),
        (Sql("SELECT min(n) FROM {model}"), 1),
    ],
)
def test_a_check_gives_the_number_of_its_rows(check: Check, number: float) -> None:
    assert observed(check) == number


@pytest.mark.parametrize("check", [NullValues("word", "percent"), RowCount(), DuplicateValues(("word",))])
def test_no_rows_give_zero(check: Check) -> None:
    assert observed(check, ROWS.slice(0, 0)) == 0
