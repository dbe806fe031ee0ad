from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spectra.testing.served import Answered, Asked

if TYPE_CHECKING:
    from tests.integration.conftest import Project, World

ENTITIES: dict[str, Any] = {
    "project": {"endpoint": "/projects", "key": ["id"]},
    "found_task": {"endpoint": "/tasks", "key": ["id"], "query": {"project": "project.id"}},
}
LEVELS = {"levels": ["project", "found_task"]}


def _finding(project: Project) -> dict[str, Any]:
    (row,) = project.rows("log.findings", kind="filter")
    return row


def test_a_filter_that_tells_two_values_apart_is_proven(project: Project) -> None:
    manifest = project.pipeline().source("acme")
    assert (_finding(project)["subject"], _finding(project)["outcome"]) == ("found_task.project", "proven")
    assert "filter:found_task.project" in manifest.capabilities


def test_an_ignored_filter_is_found_though_every_answer_looks_well(project: Project, world: World) -> None:
    """An earlier system reported 100 executions that were 10, repeated under 10 parents."""
    every = [task for tasks in world.tasks.values() for task in tasks]
    world.special["/api/tasks"] = lambda _: Answered({"total": len(every), "results": every})
    project.write(entities=ENTITIES, expect=LEVELS, endpoints=None)
    manifest = project.pipeline().source("acme")
    row = _finding(project)
    assert (row["outcome"], row["code"]) == ("failed", "parameter-ignored")
    assert "do not depend on it" in row["observed"]
    assert manifest.readiness == "DEGRADED"
    assert "filter:found_task.project" not in manifest.capabilities


def test_a_filter_without_data_is_unproven_and_not_called_ignored(project: Project, world: World) -> None:
    world.special["/api/tasks"] = lambda _: Answered({"total": 0, "results": []})
    project.write(entities=ENTITIES, expect=LEVELS, endpoints=None)
    project.pipeline().source("acme")
    assert _finding(project)["code"] == "parameter-unproven"


def test_answers_that_change_by_themselves_prove_no_filter(project: Project, world: World) -> None:
    ticks = iter(range(1000))
    world.special["/api/tasks"] = lambda _: Answered({"results": [{"id": next(ticks)}]})
    project.write(entities=ENTITIES, expect=LEVELS, endpoints=None)
    project.pipeline().source("acme")
    assert _finding(project)["code"] == "parameter-unproven"


def _since(asked: Asked, *, obey: bool) -> Answered:
    tasks = [{"id": 1, "project": 1, "changed": "2026-01-01T00:00:00Z"}]
    since = asked.query.get("since", "")
    return Answered({"results": [task for task in tasks if not obey or str(task["changed"]) >= since]})


def _incremental(project: Project, world: World, *, obey: bool) -> dict[str, Any]:
    world.special["/api/tasks"] = lambda asked: _since(asked, obey=obey)
    incremental = {"field": "changed", "param": "since", "format": "iso"}
    project.write(
        entities={
            "project": {"endpoint": "/projects", "key": ["id"]},
            "found_task": {"endpoint": "/tasks", "key": ["id"], "incremental": incremental},
        },
        expect={"levels": ["project"]},
        endpoints=None,
    )
    project.pipeline().source("acme")
    return _finding(project)


def test_an_incremental_parameter_that_works_is_proven(project: Project, world: World) -> None:
    row = _incremental(project, world, obey=True)
    assert (row["subject"], row["outcome"]) == ("found_task.since", "proven")
    assert project.rows("source.portfolio")[0]["supports_incremental"] is True
    assert len(json.loads(row["evidence"])["tried"]) >= 2


def test_an_incremental_parameter_that_is_ignored_supports_nothing(project: Project, world: World) -> None:
    row = _incremental(project, world, obey=False)
    assert row["code"] == "parameter-ignored"
    assert project.rows("source.portfolio")[0]["supports_incremental"] is False


def test_an_incremental_parameter_is_proven_though_the_api_refuses_a_time_yet_to_come(
    project: Project, world: World
) -> None:
    tasks = [{"id": n, "changed": 1_700_000_000_000 + n} for n in range(3)]

    def later_than(asked: Asked) -> Answered:
        since = int(asked.query.get("since", "0"))
        if since > 1_800_000_000_000:
            return Answered({"error": "not yet"}, 400)
        return Answered({"results": [task for task in tasks if task["changed"] > since]})

    world.special["/api/tasks"] = later_than
    incremental = {"field": "changed", "param": "since", "format": "epoch_ms"}
    entities = {
        "project": {"endpoint": "/projects", "key": ["id"]},
        "found_task": {"endpoint": "/tasks", "key": ["id"], "incremental": incremental},
    }
    project.write(entities=entities, expect=None, endpoints=None)
    project.pipeline().source("acme")
    row = _finding(project)
    tried = [
        (each["value"], each["http_status"], each["record_count"]) for each in json.loads(row["evidence"])["tried"]
    ]
    assert row["outcome"] == "proven"
    assert tried == [("0", 200, 3), ("32472144000000", 400, None), ("1700000000002", 200, 0)]
