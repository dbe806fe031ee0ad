"""The plan that `--dry-run` prints is kept by the run that follows, and sends nothing by itself."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from spectra.cli.main import app

if TYPE_CHECKING:
    from spectra.testing.served import ServedApi
    from tests.integration.conftest import Project

PURPOSES = {"auth": "authenticated", "control": "authenticated", "page": "pagination", "filter": "filters"}


def test_a_run_sends_what_the_plan_said_step_by_step(project: Project) -> None:
    plan = project.pipeline().plan("acme")
    project.pipeline().source("acme")

    sent: Counter[str] = Counter()
    for row in project.rows("log.probes"):
        sent[PURPOSES.get(row["purpose"], "levels" if row["purpose"] == "level" else "endpoints")] += 1
    for step in plan.steps:
        if not step.name.startswith("level "):
            assert step.least <= sent[step.name] <= (step.most or 0), step.name
    assert sum(step.least for step in plan.steps if step.name.startswith("level ")) <= sent["levels"]
    assert plan.least <= sum(sent.values())
    not_probed = [row for row in project.rows("source.endpoints") if row["probe_status"] == "not_probed"]
    assert sum(plan.not_probed.values()) == len(not_probed) == 2


def test_a_plan_without_levels_that_hang_on_data_names_the_most(project: Project) -> None:
    project.write(entities={"project": {"endpoint": "/projects", "key": ["id"]}}, endpoints=None, expect=None)
    plan = project.pipeline().plan("acme")
    project.pipeline().source("acme")

    assert plan.most is not None
    assert plan.least <= len(project.rows("log.probes")) <= plan.most


def test_a_dry_run_sends_and_writes_nothing(project: Project, api: ServedApi) -> None:
    done = CliRunner().invoke(app, ["source", "acme", "--dry-run", "--project", str(project.folder)])

    assert done.exit_code == 0, done.output
    assert "nothing was sent" in done.output
    assert "once per project" in done.output
    assert api.asked == []
    assert not (project.folder / "lakehouse").exists()


def test_a_dry_run_as_json_is_one_document_with_the_same_figures(project: Project) -> None:
    done = CliRunner().invoke(app, ["source", "acme", "--dry-run", "--json", "--project", str(project.folder)])
    said = json.loads(done.output)

    assert said["requests_least"] == sum(step["least"] for step in said["steps"])
    assert said["requests_most"] is None
    assert said["not_probed"] == {"POST is never sent": 1, "no id is mapped for its path": 1}


def test_a_dry_run_of_a_broken_definition_shows_what_is_wrong_and_ends_with_2(project: Project) -> None:
    project.write(entities={"task": {"endpoint": "/nowhere"}})
    done = CliRunner().invoke(app, ["source", "acme", "--dry-run", "--project", str(project.folder)])

    assert done.exit_code == 2
    assert "unknown-endpoint" in done.output
