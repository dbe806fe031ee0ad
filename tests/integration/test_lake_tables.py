"""Real Delta tables: what is read is what was written, at every version, by a process that ends well."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from spectra.errors import ReadBackError, SchemaMismatchError, TableUnreadableError
from spectra.lake.layout import Layout
from spectra.lake.tables import DeltaLake
from spectra.runs.events import CommitStarting, Committed, RunEvent
from spectra.runs.fence import Fence

if TYPE_CHECKING:
    from pathlib import Path

_NOON = dt.datetime(2026, 5, 1, 12, 30, 15, 123456, tzinfo=dt.UTC)
_SCHEMA = pa.schema(
    [
        ("source_system", pa.string()),
        ("name", pa.string()),
        ("count", pa.int64()),
        ("status", pa.int32()),
        ("share", pa.float64()),
        ("ok", pa.bool_()),
        ("at", pa.timestamp("us", "UTC")),
        ("day", pa.date32()),
        ("names", pa.list_(pa.string())),
        ("nothing", pa.string()),
    ]
)


def _rows(source: str, *names: str) -> pa.Table:
    count = len(names)
    values: list[list[object]] = [
        [source] * count,
        list(names),
        [2**53 + 1] * count,
        [200] * count,
        [0.1] * count,
        [True] * count,
        [_NOON] * count,
        [_NOON.date()] * count,
        [["a", None, "b'\""]] * count,
        [None] * count,
    ]
    columns = [pa.array(column, field.type) for column, field in zip(values, _SCHEMA, strict=True)]
    return pa.table(columns, schema=_SCHEMA)


def _small(kind: pa.DataType, *values: object) -> pa.Table:
    return pa.table({"source_system": pa.array(["zephyr"] * len(values)), "n": pa.array(values, kind)})


@pytest.fixture
def lake(tmp_path: Path) -> DeltaLake:
    return DeltaLake(Layout(str(tmp_path)))


def _names(rows: pa.Table | None) -> list[str]:
    assert rows is not None
    return sorted(rows.column("name").to_pylist())


def test_every_type_comes_back_as_it_was_written(lake: DeltaLake) -> None:
    lake.append("source.x", _rows("zephyr", "one"))
    found = lake.read("source.x")
    assert found is not None
    assert found.schema.equals(_SCHEMA)
    assert found.to_pylist() == _rows("zephyr", "one").to_pylist()


def test_no_rows_keep_their_columns(lake: DeltaLake) -> None:
    assert lake.append("source.x", _rows("zephyr")) == 0
    found = lake.read("source.x")
    assert found is not None
    assert (found.num_rows, found.schema.equals(_SCHEMA)) == (0, True)


def test_a_table_that_is_not_there_is_none_and_is_not_made_by_asking(lake: DeltaLake, tmp_path: Path) -> None:
    answers = [lake.read("a.b"), lake.version("a.b"), lake.schema("a.b"), lake.transaction_version("a.b", "x")]
    assert answers == [None] * 4
    assert not lake.exists("a.b")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ({"source_system": "jira"}, ["c"]),
        ({"name": "it's"}, ["it's"]),
        ({"name": "x' OR '1'='1"}, []),
        ({"count": 2**53 + 1, "ok": True, "nothing": None}, ["b", "c", "it's"]),
        ({"ok": False}, []),
        ({"nothing": ""}, []),
    ],
)
def test_rows_are_chosen_by_equality(lake: DeltaLake, where: dict[str, object], names: list[str]) -> None:
    lake.append("source.x", _rows("zephyr", "it's", "b"))
    lake.append("source.x", _rows("jira", "c"))
    assert _names(lake.read("source.x", where=where)) == names


def test_columns_come_in_the_order_asked_for(lake: DeltaLake) -> None:
    lake.append("source.x", _rows("zephyr", "one"))
    found = lake.read("source.x", columns=["name", "source_system"])
    assert found is not None
    assert found.to_pylist() == [{"name": "one", "source_system": "zephyr"}]


def test_tables_are_partitioned_by_source_keep_their_log_and_the_oldest_protocol(
    lake: DeltaLake, tmp_path: Path
) -> None:
    lake.append("log.x", _rows("zephyr", "one"))
    lake.replace_partition("log.x", _rows("jira", "two"), source_system="jira", fence=Fence("source/jira", 1))
    handle = DeltaTable(str(tmp_path / "Tables" / "log" / "x"))
    protocol = handle.protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)
    assert handle.metadata().partition_columns == ["source_system"]
    assert handle.metadata().configuration == {"delta.enableExpiredLogCleanup": "false"}


def test_replacing_one_source_leaves_the_other(lake: DeltaLake) -> None:
    lake.append("source.x", _rows("jira", "kept"))
    for run_seq, names in enumerate((["a", "b"], ["c"], []), start=1):
        rows = _rows("zephyr", *names)
        lake.replace_partition("source.x", rows, source_system="zephyr", fence=Fence("source/zephyr", run_seq))
        assert _names(lake.read("source.x")) == [*names, "kept"]


def test_a_pinned_reader_sees_its_version_after_later_replaces(lake: DeltaLake) -> None:
    versions = {}
    for run_seq in range(1, 5):
        rows = _rows("zephyr", f"run {run_seq}")
        fence = Fence("source/zephyr", run_seq)
        versions[run_seq] = lake.replace_partition("source.x", rows, source_system="zephyr", fence=fence)
    seen = {run_seq: _names(lake.read("source.x", version=version)) for run_seq, version in versions.items()}
    assert seen == {run_seq: [f"run {run_seq}"] for run_seq in versions}


def test_old_versions_stay_readable_when_checkpoints_meet_expired_log_files(lake: DeltaLake, tmp_path: Path) -> None:
    table = tmp_path / "Tables" / "log" / "x"
    lake.append("log.x", _small(pa.int64(), 0))
    DeltaTable(str(table)).alter.set_table_properties({"delta.checkpointInterval": "5"})
    for number in range(1, 30):
        if number == 15:
            for entry in (table / "_delta_log").iterdir():
                os.utime(entry, (0, 0))
        lake.append("log.x", _small(pa.int64(), number))
    assert len(list(table.glob("_delta_log/*.checkpoint.parquet"))) >= 4
    counts = [found.num_rows for v in range(2, 31) if (found := lake.read("log.x", version=v)) is not None]
    assert counts == list(range(2, 31))


@pytest.mark.parametrize("version", [7, -1])
def test_a_version_that_never_was_is_an_error_that_names_the_table(lake: DeltaLake, version: int) -> None:
    lake.append("source.x", _rows("zephyr", "one"))
    with pytest.raises(TableUnreadableError, match=r"source\.x"):
        lake.read("source.x", version=version)


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        (_small(pa.float64(), 1.5), "n"),
        (_small(pa.int32(), 1), "n"),
        (_small(pa.string(), "1"), "n"),
        (_small(pa.int64(), 1).select(["n", "source_system"]), "n"),
        (_small(pa.int64(), 1).select(["source_system"]), "n"),
        (_small(pa.int64(), 1).rename_columns(["source_system", "N"]), "N"),
    ],
)
def test_rows_with_other_columns_are_refused_by_name_and_nothing_is_cast(
    lake: DeltaLake, rows: pa.Table, column: str
) -> None:
    lake.append("log.x", _small(pa.int64(), 1))
    with pytest.raises(SchemaMismatchError) as caught:
        lake.append("log.x", rows)
    assert caught.value.facts["column"] == column
    assert {"expected", "found", "table"} <= caught.value.facts.keys()
    assert lake.version("log.x") == 0


@pytest.mark.parametrize(
    "kind", [pa.null(), pa.timestamp("us"), pa.timestamp("ns", "UTC"), pa.uint64(), pa.large_string(), pa.time64("us")]
)
def test_a_type_that_delta_would_change_makes_no_table(lake: DeltaLake, kind: pa.DataType) -> None:
    with pytest.raises(SchemaMismatchError, match=r"'n' of log\.x"):
        lake.append("log.x", _small(kind, None))
    assert not lake.exists("log.x")


def test_rows_of_another_source_cannot_enter_a_partition(lake: DeltaLake) -> None:
    with pytest.raises(SchemaMismatchError, match="jira"):
        lake.replace_partition("source.x", _rows("jira", "a"), source_system="zephyr", fence=Fence("source/zephyr", 1))
    assert not lake.exists("source.x")


def test_a_table_partitioned_otherwise_is_refused(lake: DeltaLake, tmp_path: Path) -> None:
    DeltaTable.create(str(tmp_path / "Tables" / "log" / "x"), _small(pa.int64(), 1).schema)
    with pytest.raises(SchemaMismatchError, match="partitioned"):
        lake.append("log.x", _small(pa.int64(), 1))


def test_rows_read_back_are_compared_in_their_own_partition(lake: DeltaLake) -> None:
    lake.append("source.x", _rows("jira", "other"))
    version = lake.append("source.x", _rows("zephyr", "b", "a"))
    lake.read_back("source.x", _rows("zephyr", "a", "b"), version=version, source_system="zephyr")
    with pytest.raises(ReadBackError, match=r"source\.x"):
        lake.read_back("source.x", _rows("zephyr", "a", "c"), version=version, source_system="zephyr")
    with pytest.raises(ReadBackError, match="2 rows"):
        lake.read_back("source.x", _rows("zephyr", "a"), version=version, source_system="zephyr")


def test_each_commit_is_told_before_and_after(tmp_path: Path) -> None:
    told: list[RunEvent] = []
    lake = DeltaLake(Layout(str(tmp_path)), emit=told.append)
    lake.append("log.x", _small(pa.int64(), 1))
    lake.append_fenced("log.x", _small(pa.int64(), 2), fence=Fence("source/zephyr", 1))
    start = CommitStarting("log.x")
    assert told == [start, Committed("log.x", 0), start, Committed("log.x", 1)]


_READER = """
import sys
from spectra.lake.layout import Layout
from spectra.lake.tables import DeltaLake
print(DeltaLake(Layout(sys.argv[1])).read("log.x", where={"source_system": "zephyr"}).num_rows)
print(*({"pandas", "pyarrow.dataset"} & set(sys.modules)))
"""


def test_a_process_that_read_ends_well_and_without_heavy_imports(lake: DeltaLake, tmp_path: Path) -> None:
    for number in range(6):
        lake.append("log.x", _small(pa.int64(), *range(number * 5000, number * 5000 + 5000)))
    command = [sys.executable, "-c", _READER, str(tmp_path)]
    ends = [subprocess.run(command, capture_output=True, text=True, check=False) for _ in range(5)]
    assert [(end.returncode, end.stdout.split(), end.stderr) for end in ends] == [(0, ["30000"], "")] * 5


def test_a_table_of_an_older_release_is_given_the_newest_columns_and_keeps_its_rows(lake: DeltaLake) -> None:
    old = pa.table({"source_system": ["a"], "n": [1]})
    new = pa.table({"source_system": ["b"], "n": [2], "note": ["x"]})
    lake.append("log.old", old)

    version = lake.append("log.old", new)

    found = lake.read("log.old", version=version)
    assert found is not None
    assert sorted(map(tuple, (row.values() for row in found.to_pylist()))) == [("a", 1, None), ("b", 2, "x")]


def test_a_new_column_between_others_is_refused(lake: DeltaLake) -> None:
    lake.append("log.old", pa.table({"source_system": ["a"], "n": [1]}))

    with pytest.raises(SchemaMismatchError):
        lake.append("log.old", pa.table({"source_system": ["a"], "note": ["x"], "n": [1]}))


def test_a_table_that_differs_in_a_type_as_well_is_not_altered_at_all(lake: DeltaLake) -> None:
    lake.append("log.old", pa.table({"source_system": ["a"], "n": [1]}))
    with pytest.raises(SchemaMismatchError):
        lake.append("log.old", pa.table({"source_system": ["a"], "n": [1.5], "note": ["x"]}))
    assert lake.version("log.old") == 0


def test_columns_are_added_once_where_two_runs_bring_them(lake: DeltaLake) -> None:
    lake.append("log.old", pa.table({"source_system": ["a"], "n": [1]}))
    new = pa.table({"source_system": ["b"], "n": [2], "note": ["x"]})

    with ThreadPoolExecutor(4) as crew:
        list(crew.map(lambda _: lake.append("log.old", new), range(8)))

    found = lake.read("log.old")
    assert found is not None
    assert found.num_rows == 9
    assert found.column_names == ["source_system", "n", "note"]
