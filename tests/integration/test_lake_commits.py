"""Commits against rivals, zombies and kills: each lands once or says why not."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pytest
from deltalake.exceptions import CommitFailedError

from spectra.errors import CommitConflictError, SchemaMismatchError, SupersededError
from spectra.lake.commits import Write, _create, _landed, _write, commit
from spectra.lake.layout import Layout
from spectra.lake.reading import opened
from spectra.lake.tables import DeltaLake
from spectra.runs.fence import Fence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from deltalake import DeltaTable

_SCHEMA = pa.schema([("source_system", pa.string()), ("run", pa.int64()), ("name", pa.string())])


def _rows(source: str, run: int, count: int = 1, name: str = "x") -> pa.Table:
    columns = [pa.array([source] * count), pa.array([run] * count, pa.int64()), pa.array([name] * count)]
    return pa.table(columns, schema=_SCHEMA)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(str(tmp_path))


@pytest.fixture
def lake(layout: Layout) -> DeltaLake:
    return DeltaLake(layout, sleep=lambda _: None)


def _replace(lake: DeltaLake, source: str, run_seq: int, count: int = 1) -> int:
    fence = Fence.of("source", source, run_seq)
    return lake.replace_partition("source.x", _rows(source, run_seq, count), source_system=source, fence=fence)


def _runs(lake: DeltaLake, source: str, table: str = "source.x") -> list[int]:
    found = lake.read(table, where={"source_system": source})
    return [] if found is None else sorted(found.column("run").to_pylist())


def _handle(layout: Layout) -> DeltaTable:
    handle = opened(layout.table("source.x"))
    assert handle is not None
    return handle


def _stale_write(layout: Layout, source: str, before: Callable[[], object]) -> int:
    """Open a handle, let something else happen, then commit with that handle."""
    handle = _handle(layout)
    before()
    write = Write("source.x", _rows(source, 9), Fence.of("source", source, 9), replaces=source)
    return _write(handle, write, "mark")


def test_a_stale_handle_still_replaces_another_partition_and_tells_its_own_version(
    lake: DeltaLake, layout: Layout
) -> None:
    _replace(lake, "zephyr", 1)
    version = _stale_write(layout, "zephyr", lambda: _replace(lake, "jira", 1))
    assert (version, _runs(lake, "jira"), _runs(lake, "zephyr")) == (2, [1], [9])


def test_a_stale_handle_cannot_replace_a_partition_that_a_rival_replaced(lake: DeltaLake, layout: Layout) -> None:
    _replace(lake, "zephyr", 1)
    with pytest.raises(CommitFailedError):
        _stale_write(layout, "zephyr", lambda: _replace(lake, "zephyr", 2))
    assert _runs(lake, "zephyr") == [2]


def test_the_fence_is_held_from_the_first_commit_on(lake: DeltaLake) -> None:
    assert _replace(lake, "zephyr", 5) == 0
    with pytest.raises(SupersededError):
        _replace(lake, "zephyr", 5)
    assert lake.transaction_version("source.x", "source/zephyr") == 5


def test_a_run_that_wakes_after_a_newer_one_is_refused_and_changes_nothing(lake: DeltaLake) -> None:
    _replace(lake, "zephyr", 1)
    _replace(lake, "zephyr", 3)
    with pytest.raises(SupersededError) as caught:
        _replace(lake, "zephyr", 2)
    assert caught.value.facts["found"] == "3"
    assert (lake.version("source.x"), _runs(lake, "zephyr")) == (1, [3])


def test_fences_of_two_sources_do_not_meet(lake: DeltaLake) -> None:
    _replace(lake, "zephyr", 9)
    _replace(lake, "jira", 1)
    assert (_runs(lake, "zephyr"), _runs(lake, "jira")) == ([9], [1])


def test_fenced_appends_go_upwards_only(lake: DeltaLake) -> None:
    for run_seq in (2, 3, 7):
        lake.append_fenced("log.x", _rows("zephyr", run_seq), fence=Fence("source/zephyr", run_seq))
    with pytest.raises(SupersededError):
        lake.append_fenced("log.x", _rows("zephyr", 6), fence=Fence("source/zephyr", 6))
    assert _runs(lake, "zephyr", "log.x") == [2, 3, 7]


@dataclass
class _Meddler:
    """A fence that lets a rival commit whenever it is looked at: between the check and the commit, too."""

    rival: Callable[[], object]
    times: int
    app_id: str = "source/zephyr"

    @property
    def run_seq(self) -> int:
        if self.times:
            self.times -= 1
            self.rival()
        return 9


def _against(lake: DeltaLake, layout: Layout, *, times: int) -> tuple[int, list[int]]:
    """Replace a partition that an unfenced rival replaces in between; returns the version and the pauses made."""
    _replace(lake, "zephyr", 1)

    def rival() -> None:
        write = Write("source.x", _rows("zephyr", 7), Fence("other", lake.version("source.x") or 0), "zephyr")
        commit(layout.table("source.x"), write, pause=lambda _: None)

    pauses: list[int] = []
    fence = cast("Any", _Meddler(rival, times))
    write = Write("source.x", _rows("zephyr", 9), fence, "zephyr")
    return commit(layout.table("source.x"), write, pause=pauses.append), pauses


def test_a_lost_race_is_planned_anew_and_lands(lake: DeltaLake, layout: Layout) -> None:
    version, pauses = _against(lake, layout, times=3)
    assert pauses
    assert (_runs(lake, "zephyr"), lake.version("source.x")) == ([9], version)


def test_a_race_that_is_lost_every_time_is_an_error(lake: DeltaLake, layout: Layout) -> None:
    with pytest.raises(CommitConflictError):
        _against(lake, layout, times=1000)
    assert _runs(lake, "zephyr") == [7]


def test_pauses_grow_and_are_jittered(layout: Layout) -> None:
    slept: list[float] = []
    lake = DeltaLake(layout, sleep=slept.append, jitter=lambda: 0.5)
    for number in range(12):
        lake._pause(number)
    assert slept[:3] == [0.025, 0.05, 0.1]
    assert max(slept) == 1.0


def test_a_commit_whose_answer_was_lost_is_found_by_its_mark(lake: DeltaLake, layout: Layout) -> None:
    path = layout.table("source.x")
    _replace(lake, "jira", 1)
    write = Write("source.x", _rows("zephyr", 1), Fence("source/zephyr", 1), "zephyr")
    _write(_handle(layout), write, "mine")
    _replace(lake, "jira", 2)
    assert _landed(path, write, "mine", after=0) == 1
    assert _landed(path, write, "of a twin with the same run_seq", after=0) is None


def test_one_who_finds_the_table_made_meanwhile_has_lost_a_race(lake: DeltaLake, layout: Layout) -> None:
    _replace(lake, "zephyr", 1)
    with pytest.raises(CommitFailedError):
        _create(layout.table("source.x"), Write("source.x", _rows("jira", 1)), "mark")
    assert lake.version("source.x") == 0


_FAILS_AFTERWARDS = """
import resource, sys
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from spectra.lake.layout import Layout
from spectra.lake.tables import DeltaLake
from spectra.runs.fence import Fence

layout = Layout(sys.argv[1])
lake = DeltaLake(layout)
rows = pa.table({"source_system": ["zephyr"], "n": pa.array([1], pa.int64())})
lake.append("log.x", rows)
DeltaTable(layout.table("log.x")).alter.set_table_properties({"delta.checkpointInterval": "1"})
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
try:
    write_deltalake(DeltaTable(layout.table("log.x")), rows, mode="append")
except Exception as error:
    print("failed after landing" if lake.version("log.x") == 2 else error)
print(lake.append("log.x", rows), lake.append_fenced("log.x", rows, fence=Fence("source/zephyr", 1)))
"""


def test_a_commit_that_landed_before_its_checkpoint_failed_counts_once(lake: DeltaLake, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _FAILS_AFTERWARDS, str(tmp_path)]
    end = subprocess.run(command, capture_output=True, text=True, check=True)
    assert end.stdout.splitlines() == ["failed after landing", "3 4"]
    found = lake.read("log.x")
    assert found is not None
    assert found.num_rows == 4


_WORKER = """
import json, sys, time
import pyarrow as pa
from spectra.errors import SpectraError
from spectra.lake.layout import Layout
from spectra.lake.tables import DeltaLake
from spectra.runs.fence import Fence

root, me, start, job = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
SCHEMA = pa.schema([("source_system", pa.string()), ("run", pa.int64()), ("name", pa.string())])
def rows(run, name, count=1):
    return pa.table([pa.array(["zephyr"] * count), pa.array([run] * count, pa.int64()), pa.array([name] * count)],
                    schema=SCHEMA)
lake = DeltaLake(Layout(root))
time.sleep(max(0.0, start - time.time()))

def append(number):
    return lake.append("log.x", rows(me, f"{me}-{number}"))
def create(number):
    return lake.append(f"log.t{number}", rows(me, f"{me}-{number}"))
def rival(number):
    fence = Fence("source/zephyr", number + 1)
    return lake.replace_partition("source.x", rows(number, str(me)), source_system="zephyr", fence=fence)
def first(number):
    return lake.append_fenced(f"log.f{number}", rows(number, str(me)), fence=Fence("source/zephyr", 1))

def later(number):
    return lake.append_fenced("log.g", rows(number, str(me)), fence=Fence("source/zephyr", number + 1))

jobs = {"append": append, "create": create, "rival": rival, "first": first, "later": later}
for number in range(10):
    time.sleep(max(0.0, start + number * (0 if job == "append" else 0.12) - time.time()))
    try:
        print(json.dumps([number, jobs[job](number)]))
    except SpectraError as error:
        print(json.dumps([number, error.code]))
"""


def _at_once(root: Path, job: str, workers: int) -> list[list[tuple[int, int | str]]]:
    """Return for each worker what each of its ten commits gave: a version, or the code of an error."""
    start = str(time.time() + 0.4 + 0.4 * workers)
    commands = [[sys.executable, "-c", _WORKER, str(root), str(n), start, job] for n in range(workers)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    outputs = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0] * workers
    return [[tuple(json.loads(line)) for line in output.splitlines()] for output in outputs]


@pytest.mark.acceptance
def test_eight_writers_land_every_append_or_say_so(lake: DeltaLake, tmp_path: Path) -> None:
    answers = _at_once(tmp_path, "append", workers=8)
    landed = {
        f"{me}-{number}": answer
        for me, each in enumerate(answers)
        for number, answer in each
        if answer != "commit-conflict"
    }
    found = lake.read("log.x")
    assert found is not None
    assert sorted(found.column("name").to_pylist()) == sorted(landed)
    assert len(landed) >= 72
    assert len(set(landed.values())) == len(landed)
    for name, version in random.Random(1).sample(sorted(landed.items()), 8):
        then, before = lake.read("log.x", version=int(version)), lake.read("log.x", version=max(int(version) - 1, 0))
        assert then is not None
        assert before is not None
        assert name in then.column("name").to_pylist()
        assert version == 0 or name not in before.column("name").to_pylist()


def test_creators_at_the_same_time_make_one_table_with_all_rows(lake: DeltaLake, tmp_path: Path) -> None:
    _at_once(tmp_path, "create", workers=3)
    for number in range(10):
        found = lake.read(f"log.t{number}")
        assert found is not None
        assert sorted(found.column("name").to_pylist()) == [f"{me}-{number}" for me in range(3)]
        log = tmp_path / "Tables" / "log" / f"t{number}" / "_delta_log"
        assert sum('"metaData"' in entry.read_text() for entry in log.glob("*.json")) == 1


@pytest.mark.parametrize("job", ["rival", "first", "later"])
def test_of_two_rivals_with_one_run_seq_exactly_one_lands(lake: DeltaLake, tmp_path: Path, job: str) -> None:
    answers = _at_once(tmp_path, job, workers=3)
    for number in range(10):
        outcomes = [each[number][1] for each in answers]
        assert sum(isinstance(outcome, int) for outcome in outcomes) == 1, outcomes
        assert outcomes.count("superseded") == 2
        tables = {"rival": "source.x", "first": f"log.f{number}", "later": "log.g"}
        found = lake.read(tables[job], where={"run": number})
        if job == "rival":
            found = lake.read(tables[job], version=number)
        assert found is not None
        assert found.column("name").to_pylist() == [str(next(n for n, o in enumerate(outcomes) if isinstance(o, int)))]


_VICTIM = """
import os, signal, sys
import pyarrow as pa
from spectra.lake.layout import Layout
from spectra.lake.tables import DeltaLake
from spectra.runs.fence import Fence

root, fatal, begin = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
told = 0
def emit(event):
    global told
    told += 1
    print(told, flush=True)
    if told == fatal:
        os.kill(os.getpid(), signal.SIGKILL)
lake = DeltaLake(Layout(root), emit=emit)
for run in range(begin, begin + 1000):
    rows = pa.table({"source_system": ["zephyr"] * 50, "run": pa.array([run] * 50, pa.int64()), "name": ["x"] * 50})
    lake.replace_partition("source.x", rows, source_system="zephyr", fence=Fence("source/zephyr", run))
"""


def _victim(root: Path, *, fatal: int, begin: int = 1) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _VICTIM, str(root), str(fatal), str(begin)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize(("fatal", "run"), [(1, None), (2, 1), (3, 1), (4, 2)])
def test_a_kill_between_commits_leaves_the_last_commit(
    lake: DeltaLake, tmp_path: Path, fatal: int, run: int | None
) -> None:
    victim = _victim(tmp_path, fatal=fatal)
    victim.communicate()
    assert victim.returncode == -signal.SIGKILL
    assert _runs(lake, "zephyr") == ([] if run is None else [run] * 50)


def test_a_kill_at_any_moment_leaves_one_whole_run_and_a_table_that_goes_on(lake: DeltaLake, tmp_path: Path) -> None:
    chance = random.Random(20260501)
    newest = 0
    for _ in range(6):
        victim = _victim(tmp_path, fatal=0, begin=newest + 1)
        assert victim.stdout is not None
        for _line in range(chance.randint(1, 8)):
            victim.stdout.readline()
        time.sleep(chance.uniform(0, 0.03))
        victim.kill()
        victim.communicate()
        runs = _runs(lake, "zephyr")
        assert len(runs) == 50 or (newest == 0 and not runs)
        assert len(set(runs)) <= 1
        newest = max(runs, default=0)
        assert lake.transaction_version("source.x", "source/zephyr") in {newest, None}
    assert newest > 6


def test_rows_that_are_refused_leave_no_mark_of_their_fence(lake: DeltaLake) -> None:
    lake.append("log.x", _rows("zephyr", 1))
    other = pa.table({"source_system": pa.array(["zephyr"]), "run": pa.array([1.5]), "name": pa.array(["x"])})
    with pytest.raises(SchemaMismatchError):
        lake.append_fenced("log.x", other, fence=Fence("source/zephyr", 1))
    assert lake.transaction_version("log.x", "source/zephyr") is None
