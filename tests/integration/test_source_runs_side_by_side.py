from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Self

import pytest

from spectra.errors import LockHeldError, SpectraError, SupersededError
from spectra.runner import Seams
from spectra.runs.events import CommitStarting, RunEvent
from spectra.testing.served import Answered, Asked, ServedApi

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.conftest import Project, World

pytestmark = pytest.mark.acceptance

TABLES = ("source.endpoints", "source.config", "source.credentials", "source.portfolio")


class LostLock:
    """A lock that was taken away: it says yes to everyone."""

    def __init__(self, *_: object) -> None:
        pass

    def acquire(self, wait_seconds: float = 0.0) -> Self:
        del wait_seconds
        return self

    def try_once(self) -> bool:
        return True

    def release(self) -> None:
        pass


def _in_thread(call: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(call())
        except SpectraError as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


SELDOM = pytest.mark.acceptance


@pytest.mark.parametrize(
    "asleep_before",
    [
        "source.endpoints",
        pytest.param("source.portfolio", marks=SELDOM),
        pytest.param("log.probes", marks=SELDOM),
        "log.source",
    ],
)
def test_a_run_that_lost_its_lock_and_wakes_does_not_publish(project: Project, asleep_before: str) -> None:
    project.pipeline().source("acme")
    asleep, wake = threading.Event(), threading.Event()

    def fall_asleep(event: RunEvent) -> None:
        if event == CommitStarting(asleep_before) and not asleep.is_set():
            asleep.set()
            assert wake.wait(60)

    seams = Seams(lock=LostLock)
    sleeper, outcome = _in_thread(lambda: project.pipeline(emit=fall_asleep, seams=seams).source("acme"))
    assert asleep.wait(60)
    newer = project.pipeline().source("acme")
    wake.set()
    sleeper.join(60)
    assert isinstance(outcome[0], SupersededError)
    assert project.newest()["execution_id"] == newer.execution_id
    statuses = {row["run_seq"]: row["status"] for row in project.rows("log.source")}
    assert statuses == {1: "Success", 2: "Abandoned", 3: "Success"}
    for table in TABLES:
        assert {row["execution_id"] for row in project.rows(table)} == {newer.execution_id}


def test_two_sources_share_a_lakehouse_without_mixing(project: Project, api: ServedApi) -> None:
    other = type(project)(project.folder, api.url, "beta")
    other.write()
    runs = [_in_thread(lambda name=name: project.pipeline().source(name)) for name in ("acme", "beta") * 1]  # type: ignore[misc]
    for thread, _ in runs:
        thread.join(60)
    manifests = {outcome[0].source_system: outcome[0] for _, outcome in runs}
    assert {name: manifest.status for name, manifest in manifests.items()} == {"acme": "Success", "beta": "Success"}
    for table in TABLES:
        found = {(row["source_system"], row["execution_id"]) for row in project.rows(table)}
        assert found == {(name, manifest.execution_id) for name, manifest in manifests.items()}
    for name, manifest in manifests.items():
        for table, version in manifest.table_versions.items():
            rows = project.pipeline().table(table, version=version).to_pylist()
            mine = {row["execution_id"] for row in rows if row["source_system"] == name}
            assert mine == {manifest.execution_id}


def _slow(world: World, seconds: float) -> None:
    def answer(asked: Asked) -> Answered:
        time.sleep(seconds)
        del asked
        return Answered([{"id": 1}])

    world.special["/api/missing"] = answer


def test_a_second_run_of_one_source_is_refused_by_name_and_writes_no_row(project: Project, world: World) -> None:
    release = threading.Event()

    def held(_: Asked) -> Answered:
        release.wait(30)
        return Answered([])

    world.special["/api/missing"] = held
    project.write(limits={"requests_per_second": 500, "concurrency": 8, "attempts": 1, "total_seconds": 60})
    first, outcome = _in_thread(lambda: project.pipeline().source("acme"))
    while not (project.folder / "lakehouse/Tables/log/runs").exists():
        time.sleep(0.05)
    command = [sys.executable, "-m", "spectra", "source", "acme", "--json", "--project", str(project.folder)]
    second = subprocess.run(command, capture_output=True, check=False, timeout=60)
    release.set()
    first.join(60)
    assert second.returncode == 5
    refusal = json.loads(second.stdout)["error"]
    assert refusal["code"] == LockHeldError.code
    assert outcome[0].execution_id in refusal["message"]
    assert len(project.rows("log.runs")) == len(project.rows("log.source")) == 1


def test_a_second_run_can_wait_for_the_first(project: Project, world: World) -> None:
    _slow(world, 1.0)
    first, one = _in_thread(lambda: project.pipeline().source("acme"))
    second, two = _in_thread(lambda: project.pipeline().source("acme", wait_seconds=60))
    first.join(90)
    second.join(90)
    assert sorted(manifest.run_seq for manifest in (*one, *two)) == [1, 2]
    assert {row["status"] for row in project.rows("log.source")} == {"Success"}


def test_the_wait_asked_for_reaches_the_lock(project: Project) -> None:
    waits: list[float] = []

    class AskedLock(LostLock):
        def acquire(self, wait_seconds: float = 0.0) -> Self:
            waits.append(wait_seconds)
            return self

    project.pipeline(seams=Seams(lock=AskedLock)).source("acme", wait_seconds=90)
    assert waits == [90]
