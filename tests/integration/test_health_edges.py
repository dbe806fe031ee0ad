"""Health where clocks, stages and verdicts could mislead it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from spectra.errors import AuthRejectedError
from spectra.runner import Seams
from tests.integration.handoff_situations import Shifted

if TYPE_CHECKING:
    from tests.integration.conftest import Project, World


def test_the_newest_run_is_that_of_the_greatest_run_seq_whatever_the_clock_said(project: Project, world: World) -> None:
    project.pipeline().source("acme")
    world.token = "another-token-altogether"
    with pytest.raises(AuthRejectedError):
        project.pipeline(seams=Seams(clock=Shifted(timedelta(hours=-2)))).source("acme")

    (one,) = project.pipeline().health("acme")

    assert one.problems == ("the newest run is Failed (auth-rejected)",)


def test_runs_of_another_stage_are_not_counted(project: Project) -> None:
    project.pipeline().source("acme")
    (before,) = project.pipeline().metrics("acme")
    found = project.pipeline().table("log.source")
    other = found.to_pylist()[0] | {"stage": "prepare", "status": "Failed", "run_seq": 99, "execution_id": "other"}
    path = project.folder / "lakehouse" / "Tables" / "log" / "source"
    write_deltalake(path, pa.Table.from_pylist([other], schema=found.schema), mode="append")

    (after,) = project.pipeline().metrics("acme")

    assert {name: after[name] for name in ("status", "run_seq", "runs_7d", "success_rate_7d")} == {
        name: before[name] for name in ("status", "run_seq", "runs_7d", "success_rate_7d")
    }


def test_a_success_that_is_blocked_is_not_healthy(project: Project) -> None:
    project.write(expect={"endpoints": 8, "levels": ["project", "task"]})
    project.pipeline().source("acme")

    (one,) = project.pipeline().health("acme")

    assert one.problems == ("the newest run is BLOCKED",)
