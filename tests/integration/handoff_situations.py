"""Situations a consumer may meet, each made for real in a project, with the verdict it has to get."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from deltalake import write_deltalake

from spectra.errors import SpectraError
from spectra.lake.layout import Layout
from spectra.lake.locks import Holder, RunLock
from spectra.runner import Seams
from spectra.testing.served import Answered
from tests.integration.conftest import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from spectra.testing.served import Asked
    from tests.integration.conftest import Project, World

OTHER = "beta"


@dataclass(frozen=True, slots=True)
class Shifted:
    """A clock that is wrong by a while."""

    by: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass(slots=True)
class Scene:
    """A project and the API behind it; `held` are locks that stay held while the consumer asks."""

    project: Project
    world: World
    held: list[RunLock] = field(default_factory=list)

    def run(self, *, shifted: timedelta | None = None, source: str = "acme") -> None:
        """Run the stage; a run that fails is recorded, which is all that is wanted of it."""
        seams = {} if shifted is None else {"seams": Seams(clock=Shifted(shifted))}
        with suppress(SpectraError):
            self.project.pipeline(**seams).source(source)

    def write(self, **changes: Any) -> None:
        self.project.write(**changes)

    def add_source(self) -> None:
        """Write a second source of the same API."""
        sources = self.project.folder / "sources"
        text = (sources / "acme.yaml").read_text()
        (sources / f"{OTHER}.yaml").write_text(text.replace('"source": "acme"', f'"source": "{OTHER}"'))

    def folder(self, table: str) -> str:
        return Layout(str(self.project.folder / "lakehouse")).table(table)

    def edit(self, table: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
        """Change rows of a table as no run of ours would; None takes a row away."""
        found = self.project.pipeline().table(table)
        rows = [changed for row in found.to_pylist() if (changed := change(row)) is not None]
        write_deltalake(self.folder(table), pa.Table.from_pylist(rows, schema=found.schema), mode="overwrite")

    def add_start(self, *, stage: str = "source", by: int = 1) -> None:
        """Write the start of a run that never ends."""
        rows = self.project.pipeline().table("log.runs").to_pylist()
        seq = max(row["run_seq"] for row in rows) + by
        started = {"execution_id": f"acme-{stage}-20260101T000000-ffffff", "run_seq": seq, "stage": stage}
        schema = self.project.pipeline().table("log.runs").schema
        write_deltalake(
            self.folder("log.runs"), pa.Table.from_pylist([rows[0] | started], schema=schema), mode="append"
        )

    def hold_lock(self) -> None:
        holder = Holder("another", 1, "elsewhere", "2026-01-01T00:00:00")
        lock = RunLock(Layout(str(self.project.folder / "lakehouse")), "source", "acme", holder)
        assert lock.try_once()
        self.held.append(lock)


@dataclass(frozen=True, slots=True)
class Situation:
    """What is done to a project, and what a consumer has to be told; `rows` says whether rows alone show it."""

    name: str
    prepare: Callable[[Scene], None]
    verdict: str
    failing: frozenset[str]
    rows: bool = True
    entity: str | None = None
    words: tuple[str, ...] = ()


def _nothing(_: Scene) -> None:
    pass


def _success(scene: Scene) -> None:
    scene.run()


def _refused(scene: Scene) -> None:
    scene.run()
    scene.world.token = "another-token-altogether"
    scene.run()


def _refused_at_first(scene: Scene) -> None:
    scene.world.token = "another-token-altogether"
    scene.run()


def _again_after_failure(scene: Scene) -> None:
    token = scene.world.token
    _refused(scene)
    scene.world.token = token
    scene.run()


def _died(scene: Scene) -> None:
    scene.run()
    scene.add_start()


def _died_and_unrecordable(scene: Scene) -> None:
    _died(scene)
    locks = scene.project.folder / "lakehouse" / "Files" / "_spectra" / "locks"
    shutil.rmtree(locks)
    locks.write_text("a file where a folder should be")


def _still_running(scene: Scene) -> None:
    _died(scene)
    scene.hold_lock()


def _first_still_running(scene: Scene) -> None:
    _refused_at_first(scene)
    scene.add_start()
    scene.hold_lock()


def _stale(scene: Scene) -> None:
    scene.run(shifted=timedelta(days=-3))


def _clock_ahead(scene: Scene) -> None:
    scene.run(shifted=timedelta(minutes=10))


def _clock_set_back(scene: Scene) -> None:
    scene.run()
    scene.world.token = "another-token-altogether"
    scene.run(shifted=timedelta(hours=-2))


def _success_with_clock_set_back(scene: Scene) -> None:
    token, scene.world.token = scene.world.token, "another-token-altogether"
    scene.run()
    scene.world.token = token
    scene.run(shifted=timedelta(hours=-2))


def _foreign_stage_succeeded(scene: Scene) -> None:
    _refused(scene)
    row = scene.project.newest() | {"stage": "prepare", "status": "Success", "readiness": "READY", "run_seq": 99}
    schema = scene.project.pipeline().table("log.source").schema
    for table in ("log.source", "log.prepare"):
        write_deltalake(scene.folder(table), pa.Table.from_pylist([row], schema=schema), mode="append")


def _foreign_stage_failed(scene: Scene) -> None:
    scene.run()
    row = scene.project.newest() | {"stage": "prepare", "status": "Failed", "readiness": "BLOCKED", "run_seq": 99}
    schema = scene.project.pipeline().table("log.source").schema
    write_deltalake(scene.folder("log.source"), pa.Table.from_pylist([row], schema=schema), mode="append")
    scene.add_start(stage="prepare", by=100)


def _foreign_source_failed(scene: Scene) -> None:
    scene.add_source()
    scene.run(source=OTHER)
    scene.run()
    token, scene.world.token = scene.world.token, "another-token-altogether"
    scene.run(source=OTHER)
    scene.world.token = token


def _foreign_source_succeeded(scene: Scene) -> None:
    scene.add_source()
    _refused(scene)
    scene.world.token = TOKEN
    scene.run(source=OTHER)


def _table_lost(scene: Scene) -> None:
    scene.run()
    shutil.rmtree(scene.folder("source.config"))


def _file_lost(scene: Scene) -> None:
    scene.run()
    for file in Path(scene.folder("source.endpoints")).rglob("*.parquet"):
        file.unlink()


def _version_gone(scene: Scene) -> None:
    scene.run()
    versions = json.dumps(json.loads(scene.project.newest()["table_versions"]) | {"source.config": 99})
    scene.edit("log.source", lambda row: row | {"table_versions": versions})


def _version_not_named(scene: Scene) -> None:
    scene.run()
    scene.edit("log.source", lambda row: row | {"table_versions": '{"source.endpoints": 0, "source.portfolio": 0}'})


def _publication_overwritten(scene: Scene) -> None:
    scene.run()
    scene.edit("source.portfolio", lambda row: row | {"execution_id": "acme-source-20260101T000000-ffffff"})
    versions = json.dumps(json.loads(scene.project.newest()["table_versions"]) | {"source.portfolio": 1})
    scene.edit("log.source", lambda row: row | {"table_versions": versions})


def _endpoints_overwritten(scene: Scene) -> None:
    scene.run()
    scene.edit("source.endpoints", lambda row: row | {"execution_id": "acme-source-20260101T000000-ffffff"})
    versions = json.dumps(json.loads(scene.project.newest()["table_versions"]) | {"source.endpoints": 1})
    scene.edit("log.source", lambda row: row | {"table_versions": versions})


def _auth_failed_in_the_publication(scene: Scene) -> None:
    scene.run()
    scene.edit("source.portfolio", lambda row: row | {"auth_status": "Failed"})
    versions = json.dumps(json.loads(scene.project.newest()["table_versions"]) | {"source.portfolio": 1})
    scene.edit("log.source", lambda row: row | {"table_versions": versions})


def _twice_with_the_clock_set_back(scene: Scene) -> None:
    scene.run()
    scene.run(shifted=timedelta(hours=-2))


def _row(**values: Any) -> Callable[[Scene], None]:
    def prepare(scene: Scene) -> None:
        scene.run()
        scene.edit("log.source", lambda row: row | values)

    return prepare


def _promise_of_unknown_outcome(scene: Scene) -> None:
    scene.run()
    first = min(row["guarantee_id"] for row in scene.project.rows("log.guarantees", level="must"))
    scene.edit("log.guarantees", lambda row: row | ({"passed": None} if row["guarantee_id"] == first else {}))


def _incremental(*, obeyed: bool) -> Callable[[Scene], None]:
    def answer(asked: Asked) -> Answered:
        tasks = [{"id": 1, "changed": "2026-01-01T00:00:00Z"}]
        since = asked.query.get("since", "")
        return Answered({"results": [task for task in tasks if not obeyed or str(task["changed"]) >= since]})

    def prepare(scene: Scene) -> None:
        scene.world.special["/api/tasks"] = answer
        incremental = {"field": "changed", "param": "since", "format": "iso"}
        found = {"endpoint": "/tasks", "key": ["id"], "incremental": incremental}
        project = {"endpoint": "/projects", "key": ["id"]}
        scene.write(entities={"project": project, "found_task": found}, expect={"levels": ["project"]}, endpoints=None)
        scene.run()

    return prepare


def _filter_ignored_by_another(scene: Scene) -> None:
    scene.add_source()
    scene.run()
    every = [task for tasks in scene.world.tasks.values() for task in tasks]
    scene.world.special["/api/tasks"] = lambda _: Answered({"total": len(every), "results": every})
    scene.run(source=OTHER)


def _rate_limited(scene: Scene) -> None:
    scene.run()
    limited = {"probe_status": "rate_limited", "readiness": "DEGRADED"}
    scene.edit("source.endpoints", lambda row: row | (limited if row["full_path"] == "/api/projects" else {}))
    versions = json.dumps(json.loads(scene.project.newest()["table_versions"]) | {"source.endpoints": 1})
    scene.edit("log.source", lambda row: row | {"table_versions": versions})


def _count_differs(scene: Scene) -> None:
    scene.run()
    scene.edit("log.source", lambda row: row | {"endpoint_count": row["endpoint_count"] + 1})


def _fewer_than_expected(scene: Scene) -> None:
    scene.write(expect={"endpoints": 8, "levels": ["project", "task"]})
    scene.run()


def _unproven(scene: Scene) -> None:
    scene.world.token = None
    scene.run()


def _unproven_but_required(scene: Scene) -> None:
    scene.world.token = None
    auth = {"type": "bearer", "token": "secret://ACME_TOKEN", "probe": "/projects", "proof": "required"}
    scene.write(auth=auth)
    scene.run()


def _no_auth(scene: Scene) -> None:
    scene.world.token = None
    scene.write(auth={"type": "none"})
    scene.run()


def _contract(version: str) -> Callable[[Scene], None]:
    def prepare(scene: Scene) -> None:
        scene.run()
        scene.edit("log.source", lambda row: row | {"contract_version": version})

    return prepare


def _broken_promise(level: str) -> Callable[[Scene], None]:
    def prepare(scene: Scene) -> None:
        scene.run()
        first = min(row["guarantee_id"] for row in scene.project.rows("log.guarantees", level=level))
        scene.edit("log.guarantees", lambda row: row | {"passed": row["passed"] and row["guarantee_id"] != first})

    return prepare


def _promises_lost(scene: Scene) -> None:
    scene.run()
    lost = scene.project.rows("log.guarantees")[0]["guarantee_id"]
    scene.edit("log.guarantees", lambda row: None if row["guarantee_id"] == lost else row)


def _level_missed(scene: Scene) -> None:
    scene.world.tasks = {}
    scene.run()


def _filter_ignored(scene: Scene) -> None:
    every = [task for tasks in scene.world.tasks.values() for task in tasks]
    scene.world.special["/api/tasks"] = lambda _: Answered({"total": len(every), "results": every})
    scene.run()


def _entity_failing(scene: Scene) -> None:
    scene.world.special["/api/tasks"] = lambda _: Answered(b"", 403)
    scene.run()


def _two_sources(scene: Scene) -> None:
    scene.add_source()
    scene.run()
    scene.run(source=OTHER)


def _failed_twice(scene: Scene) -> None:
    _refused(scene)
    scene.run()


def _secret_missing(scene: Scene) -> None:
    scene.run()
    scene.write(token=None)
    scene.run()


def _is(*names: str) -> frozenset[str]:
    return frozenset(names)


_NEVER = _is(
    "latest-run-success",
    "freshness",
    "tables-present",
    "auth",
    "endpoint-count",
    "contract-major",
    "must-guarantees",
)
SITUATIONS = (
    Situation("never run", _nothing, "BLOCKED", _NEVER),
    Situation("success", _success, "READY", _is()),
    Situation("newer failure", _refused, "BLOCKED", _is("latest-run-success")),
    Situation("two failures after a success", _failed_twice, "BLOCKED", _is("latest-run-success")),
    Situation("secret missing after a success", _secret_missing, "BLOCKED", _is("latest-run-success")),
    Situation("failed at first", _refused_at_first, "BLOCKED", _NEVER),
    Situation("re-run after failure", _again_after_failure, "READY", _is()),
    Situation("abandoned", _died, "BLOCKED", _is("latest-run-success")),
    Situation("abandoned and unrecordable", _died_and_unrecordable, "BLOCKED", _is("abandoned-unrecorded"), rows=False),
    Situation("still running", _still_running, "DEGRADED", _is("newer-run-unfinished")),
    Situation("first still running", _first_still_running, "BLOCKED", _NEVER | {"newer-run-unfinished"}),
    Situation("stale", _stale, "BLOCKED", _is("freshness")),
    Situation("stale but old enough is fine", _stale, "READY", _is(), words=("--max-age", "7d")),
    Situation("fresh but not enough", _success, "BLOCKED", _is("freshness"), words=("--max-age", "0s")),
    Situation("clock ahead", _clock_ahead, "DEGRADED", _is("freshness")),
    Situation("failure with the clock set back", _clock_set_back, "BLOCKED", _is("latest-run-success")),
    Situation("success with the clock set back", _success_with_clock_set_back, "READY", _is()),
    Situation("foreign stage succeeded", _foreign_stage_succeeded, "BLOCKED", _is("latest-run-success")),
    Situation("foreign stage failed", _foreign_stage_failed, "READY", _is()),
    Situation("foreign source failed", _foreign_source_failed, "READY", _is()),
    Situation("foreign source succeeded", _foreign_source_succeeded, "BLOCKED", _is("latest-run-success")),
    Situation("two sources", _two_sources, "READY", _is()),
    Situation("table lost", _table_lost, "BLOCKED", _is("tables-present"), rows=False),
    Situation("data file lost", _file_lost, "BLOCKED", _is("tables-present", "endpoint-count"), rows=False),
    Situation("version gone", _version_gone, "BLOCKED", _is("tables-present"), rows=False),
    Situation("version not named", _version_not_named, "BLOCKED", _is("tables-present")),
    Situation("publication overwritten", _publication_overwritten, "BLOCKED", _is("tables-present", "auth")),
    Situation("endpoints overwritten", _endpoints_overwritten, "BLOCKED", _is("endpoint-count")),
    Situation("auth failed in the publication", _auth_failed_in_the_publication, "BLOCKED", _is("auth")),
    Situation("two successes with the clock set back", _twice_with_the_clock_set_back, "READY", _is()),
    Situation("no capabilities", _row(capabilities=None), "DEGRADED", _is("levels-reached", "filters-proven")),
    Situation("no JSON as parameters", _row(parameters="{no"), "DEGRADED", _is("levels-reached", "filters-proven")),
    Situation("parameters of the first release", _row(parameters='{"walk_parents": 20}'), "READY", _is()),
    Situation("no time of its end", _row(ended_at=None), "BLOCKED", _is("freshness")),
    Situation("promise of unknown outcome", _promise_of_unknown_outcome, "BLOCKED", _is("must-guarantees")),
    Situation("incremental filter proven", _incremental(obeyed=True), "READY", _is(), entity="found_task"),
    Situation(
        "incremental filter ignored", _incremental(obeyed=False), "DEGRADED", _is("filters-proven"), entity="found_task"
    ),
    Situation("filter ignored by another source", _filter_ignored_by_another, "READY", _is()),
    Situation("entity whose endpoint is limited", _rate_limited, "DEGRADED", _is("entity-endpoint"), entity="project"),
    Situation("entity above a level missed", _level_missed, "READY", _is(), entity="project"),
    Situation(
        "entity of a level missed", _level_missed, "BLOCKED", _is("entity-endpoint", "levels-reached"), entity="task"
    ),
    Situation("count differs", _count_differs, "BLOCKED", _is("endpoint-count")),
    Situation("fewer than expected", _fewer_than_expected, "BLOCKED", _is("endpoint-count")),
    Situation("auth unproven", _unproven, "DEGRADED", _is("auth", "should-guarantees")),
    Situation("auth unproven but required", _unproven_but_required, "BLOCKED", _is("auth", "should-guarantees")),
    Situation("no auth", _no_auth, "READY", _is()),
    Situation("contract minor", _contract("1.99.7"), "READY", _is()),
    Situation("contract major", _contract("2.0.0"), "BLOCKED", _is("contract-major")),
    Situation("contract major of two digits", _contract("11.0.0"), "BLOCKED", _is("contract-major")),
    Situation("must broken", _broken_promise("must"), "BLOCKED", _is("must-guarantees")),
    Situation("should broken", _broken_promise("should"), "DEGRADED", _is("should-guarantees")),
    Situation("promises lost", _promises_lost, "BLOCKED", _is("must-guarantees")),
    Situation("level missed", _level_missed, "DEGRADED", _is("levels-reached", "should-guarantees", "filters-proven")),
    Situation("filter ignored", _filter_ignored, "DEGRADED", _is("filters-proven")),
    Situation("entity apart from the filter ignored", _filter_ignored, "READY", _is(), entity="project"),
    Situation("entity of the filter ignored", _filter_ignored, "DEGRADED", _is("filters-proven"), entity="found_task"),
    Situation(
        "entity whose endpoint is refused",
        _entity_failing,
        "BLOCKED",
        _is("entity-endpoint", "filters-proven"),
        entity="found_task",
    ),
    Situation("entity beside one that is refused", _entity_failing, "READY", _is(), entity="task"),
    Situation("entity of a failed run", _refused, "BLOCKED", _is("latest-run-success"), entity="project"),
)
