"""The local engine: it answers over the tables it is given, and reaches nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from spectra.engines.local import LocalEngine
from spectra.errors import QueryFailedError

if TYPE_CHECKING:
    from pathlib import Path

NUMBERS = pa.table({"n": pa.array([1, 2, None], pa.int64()), "word": pa.array(["a", "b", "c"])})


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    return LocalEngine(memory_mb=128)


def test_tables_are_seen_under_plain_and_qualified_names(engine: LocalEngine) -> None:
    sql = "SELECT (SELECT count(*) FROM source) AS plain, (SELECT sum(n) FROM source.endpoints)::BIGINT AS qualified"
    answer = engine.query(sql, {"source": NUMBERS, "source.endpoints": NUMBERS})
    assert answer.to_pylist() == [{"plain": 3, "qualified": 3}]


def test_times_come_back_in_utc_wherever_the_process_stands() -> None:
    program = """
import pyarrow as pa
from spectra.engines.local import LocalEngine
times = pa.table({"moment": pa.array([0], pa.timestamp("us", "UTC"))})
print(LocalEngine().query("SELECT moment, moment::VARCHAR AS text FROM t", {"t": times}).to_pydict())
"""
    there = {**os.environ, "TZ": "America/New_York"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=there)
    assert "1970-01-01 00:00:00+00" in done.stdout
    assert "ZoneInfo(key='UTC')" in done.stdout


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM '{file}'",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM sniff_csv('{file}')",
        "COPY t TO '{folder}/out.csv'",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "EXPORT DATABASE '{folder}/out'",
        "ATTACH '{folder}/out.db' AS other",
        "ATTACH ':memory:' AS other",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads = 1",
        "RESET lock_configuration",
        "PRAGMA enable_external_access",
        "CALL pragma_version()",
        "CREATE TABLE mine AS SELECT 1",
        "DROP VIEW t",
        "INSERT INTO t VALUES (1, 'x')",
        "DELETE FROM t",
        "EXPLAIN ANALYZE SELECT 1",
        "SELECT getenv('HOME')",
        "SELECT * FROM NUMBERS_OF_CALLER",
        "SELECT 1; SELECT 2",
        "SELECT 1; COPY t TO '{folder}/out.csv'",
        "SELEC 1",
        "SELECT nothing FROM t",
        "",
    ],
)
def test_whatever_is_not_one_select_over_the_tables_is_refused(engine: LocalEngine, tmp_path: Path, sql: str) -> None:
    NUMBERS_OF_CALLER = NUMBERS  # noqa: N806, F841 - an engine that looks into its caller's variables would find it
    (tmp_path / "secret.csv").write_text("password\nhunter2\n", encoding="utf-8")
    text = sql.replace("{file}", str(tmp_path / "secret.csv")).replace("{folder}", str(tmp_path))
    with pytest.raises(QueryFailedError) as caught:
        engine.query(text, {"t": NUMBERS})
    assert caught.value.facts["sql"] == text
    assert "hunter2" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]


def test_a_file_is_read_where_the_engine_does_not_forbid_it(tmp_path: Path) -> None:
    """Say that the refusals above come from the engine's locks and not from queries that could never work."""
    import duckdb  # noqa: PLC0415 - only here

    (tmp_path / "secret.csv").write_text("password\nhunter2\n", encoding="utf-8")
    rows = duckdb.connect().sql(f"SELECT * FROM read_csv('{tmp_path / 'secret.csv'}')").fetchall()
    assert rows == [("hunter2",)]


def test_a_query_leaves_nothing_for_the_next(engine: LocalEngine) -> None:
    engine.query("SELECT 1 FROM kept.secret", {"kept.secret": NUMBERS})
    with pytest.raises(QueryFailedError):
        engine.query("SELECT 1 FROM kept.secret", {})
    with pytest.raises(QueryFailedError):
        engine.query("SELECT 1 FROM arrow_0", {})
    views = "SELECT view_name FROM duckdb_views() WHERE NOT internal"
    assert engine.query(views, {}).num_rows == 0


def test_a_query_lets_go_of_its_tables(engine: LocalEngine) -> None:
    table = pa.table({"n": pa.array([1])})
    before = sys.getrefcount(table)
    engine.query("SELECT * FROM s.t", {"s.t": table})
    assert sys.getrefcount(table) == before


def test_the_same_name_may_stand_for_another_table_in_the_next_query(engine: LocalEngine) -> None:
    other = pa.table({"only": pa.array(["x"])})
    assert engine.query("SELECT * FROM s.t", {"s.t": NUMBERS}).num_rows == 3
    assert engine.query("SELECT * FROM s.t", {"s.t": other}).to_pylist() == [{"only": "x"}]


def test_a_failed_query_does_not_spoil_the_next(engine: LocalEngine) -> None:
    with pytest.raises(QueryFailedError):
        engine.query("SELECT 1 / (SELECT n FROM t)", {"t": NUMBERS})
    assert engine.query("SELECT 1 AS one", {}).to_pylist() == [{"one": 1}]


def test_a_query_that_outgrows_its_memory_fails_and_the_engine_lives(engine: LocalEngine) -> None:
    with pytest.raises(QueryFailedError, match="Out of Memory"):
        engine.query("SELECT list(r) FROM (SELECT range::VARCHAR || repeat('x', 50) AS r FROM range(20_000_000))", {})
    assert engine.query("SELECT 1 AS one", {}).num_rows == 1


def test_an_answer_that_outgrows_the_memory_is_refused_though_duckdb_streams_it() -> None:
    engine = LocalEngine(memory_mb=64)
    with pytest.raises(QueryFailedError, match="larger than 64 MB"):
        engine.query("SELECT * FROM range(1000000000)", {})


def test_columns_of_one_name_are_all_there(engine: LocalEngine) -> None:
    found = engine.query("SELECT 1 AS a, 2 AS a, 3 AS a_1, 4 AS a", {})
    assert found.to_pylist() == [{"a": 1, "a_1": 2, "a_1_1": 3, "a_2": 4}]


def test_threads_may_share_an_engine(engine: LocalEngine) -> None:
    def asked(number: int) -> int:
        table = pa.table({"n": pa.array([number], pa.int64())})
        return int(engine.query("SELECT n FROM s.t", {"s.t": table}).column("n")[0].as_py())

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(asked, range(40))) == list(range(40))


def test_a_closed_engine_opens_again() -> None:
    engine = LocalEngine()
    engine.query("SELECT 1", {})
    engine.close()
    assert engine.query("SELECT 1 AS one", {}).num_rows == 1


def test_names_are_taken_literally(engine: LocalEngine) -> None:
    odd = 'x"; DROP VIEW t; --'
    answer = engine.query('SELECT count(*) AS n FROM "x""; DROP VIEW t; --", t', {odd: NUMBERS, "t": NUMBERS})
    assert answer.to_pylist() == [{"n": 9}]


def test_one_statement_that_fails_takes_no_other_with_it(engine: LocalEngine) -> None:
    statements = [
        "SELECT sum(n)::BIGINT FROM source.endpoints",
        "SELECT error('broken')",
        "SELECT 1 FROM nowhere",
        "COPY source.endpoints TO '/tmp/x'",
        "FROM range(5)",
        "SELECT word, n FROM source.endpoints WHERE n IS NULL",
    ]
    first, broken, unknown, writing, head, last = engine.query_each(statements, {"source.endpoints": NUMBERS})
    assert (first, head, last) == ([(3,)], [(0,), (1,)], [("c", None)])
    assert [type(failed) for failed in (broken, unknown, writing)] == [QueryFailedError] * 3
    assert "one SELECT is run here, found COPY" in str(writing)


def test_statements_over_the_same_tables_leave_nothing_behind(engine: LocalEngine) -> None:
    assert engine.query_each(["SELECT count(*) FROM t"], {"t": NUMBERS}) == [[(3,)]]
    assert engine.query_each([], {"t": NUMBERS}) == []
    (failed,) = engine.query_each(["SELECT count(*) FROM t"], {})
    assert isinstance(failed, QueryFailedError)
