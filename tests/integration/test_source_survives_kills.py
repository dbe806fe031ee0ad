from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from spectra.runs.events import CommitStarting, Committed, RunEvent

if TYPE_CHECKING:
    from spectra import SourceManifest
    from tests.integration.conftest import Project

SCRIPT = Path(__file__).with_name("killed_run.py")
TABLES = ("source.endpoints", "source.config", "source.credentials", "source.portfolio")


class Reader:
    """Reads the tables of a lakehouse again and again, as a consumer beside a run would."""

    def __init__(self, project: Project, published: SourceManifest) -> None:
        self.mixed: list[str] = []
        self.reads = 0
        self._project, self._published = project, published
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def _read(self) -> None:
        pipeline = self._project.pipeline()
        while not self._stop.wait(0.02):
            for table in TABLES:
                self.reads += 1
                ids = set(pipeline.table(table).column("execution_id").to_pylist())
                if len(ids) != 1:
                    self.mixed.append(f"{table} {ids}")
                pinned = pipeline.table(table, version=self._published.table_versions[table])
                if set(pinned.column("execution_id").to_pylist()) != {self._published.execution_id}:
                    self.mixed.append(f"{table} at its published version")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def _kill(project: Project, events: Path, *how: str) -> list[str]:
    events.write_text("")
    command = [sys.executable, str(SCRIPT), str(project.folder), str(events), *how]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    subprocess.run(command, check=False, timeout=60, stderr=subprocess.DEVNULL, env=environment)
    return events.read_text().splitlines()


def _unrecorded(project: Project) -> set[str]:
    done = {row["execution_id"] for row in project.rows("log.source")}
    return {row["execution_id"] for row in project.rows("log.runs")} - done


def _recover(project: Project, killed: set[str]) -> SourceManifest:
    manifest = project.pipeline().source("acme")
    assert manifest.status == "Success"
    abandoned = {row["execution_id"] for row in project.rows("log.source", status="Abandoned")}
    assert killed <= abandoned
    assert not _unrecorded(project)
    for table in TABLES:
        assert {row["execution_id"] for row in project.rows(table)} == {manifest.execution_id}
    return manifest


def _commits(project: Project) -> list[str]:
    seen: list[RunEvent] = []
    project.pipeline(emit=seen.append).source("acme")
    assert [e.table for e in seen if isinstance(e, CommitStarting)] == [
        e.table for e in seen if isinstance(e, Committed)
    ]
    return [event.table for event in seen if isinstance(event, Committed)]


@pytest.mark.acceptance
@pytest.mark.timeout(280)
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("share", [0, 1])
def test_a_kill_at_any_commit_leaves_the_last_publication_whole_and_the_next_run_recovers(
    project: Project, tmp_path: Path, moment: str, share: int
) -> None:
    commits = _commits(project)
    assert commits[0] == "log.runs"
    assert commits[-1] == "log.source"
    assert set(TABLES) < set(commits)
    published = project.pipeline().latest("acme")
    for table in commits[share::2]:
        with Reader(project, published) as reader:
            events = _kill(project, tmp_path / "events", "at", moment, table)
        assert events[-1] == f"{moment} {table}"
        assert not reader.mixed
        assert reader.reads
        killed = _unrecorded(project)
        started = (moment, table) != ("before", "log.runs")
        finished = (moment, table) == ("after", "log.source")
        assert len(killed) == (1 if started and not finished else 0), table
        if not finished:
            assert project.pipeline().latest("acme").execution_id == published.execution_id
        published = _recover(project, killed)


def _kill_at_random(project: Project, tmp_path: Path, kills: int, seed: int) -> int:
    """Kill runs at random moments of the time between first and last commit; return how many met it there."""
    begun = time.monotonic()
    seen: list[float] = []

    def watch(event: RunEvent) -> None:
        if isinstance(event, CommitStarting | Committed):
            seen.append(time.monotonic() - begun)

    project.pipeline(emit=watch).source("acme")
    published = project.pipeline().source("acme")
    window = seen[-1] - seen[0]
    chance = random.Random(seed)
    inside = 0
    for _ in range(kills):
        with Reader(project, published) as reader:
            events = _kill(project, tmp_path / "events", "after", f"{chance.uniform(0, window):.4f}")
        assert not reader.mixed
        inside += bool(events) and events[-1] != "after log.source"
        killed = _unrecorded(project)
        for table in TABLES:
            pinned = project.pipeline().table(table, version=published.table_versions[table])
            assert set(pinned.column("execution_id").to_pylist()) == {published.execution_id}
            assert len({row["execution_id"] for row in project.rows(table)}) == 1
        published = _recover(project, killed)
    return inside


@pytest.mark.acceptance
@pytest.mark.timeout(280)
@pytest.mark.parametrize("seed", [20261123, 20261124])
def test_kills_at_random_moments_lose_nothing(project: Project, tmp_path: Path, seed: int) -> None:
    assert _kill_at_random(project, tmp_path, kills=10, seed=seed) >= 5


@pytest.mark.chaos
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("seed", range(5))
def test_a_long_series_of_kills_loses_nothing(project: Project, tmp_path: Path, seed: int) -> None:
    assert _kill_at_random(project, tmp_path, kills=100, seed=seed) >= 50
