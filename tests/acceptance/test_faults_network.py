"""Runs over lines that lose, delay and swallow packets; where no such line can be made, these tests fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.conftest import Project

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.acceptance
QUICK = {"requests_per_second": 500, "connect_seconds": 1, "total_seconds": 2, "attempts": 2}
USUAL = {"requests_per_second": 500}


def run(folder: Path, line: dict[str, Any], limits: dict[str, Any], size: int = 20) -> dict[str, Any]:
    """Run a source in a network namespace of its own; no privileges are needed where users may make namespaces."""
    own = ["--net"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--net"]
    arguments = [str(folder), json.dumps(line), json.dumps(limits), json.dumps(size)]
    done = subprocess.run(
        ["unshare", *own, "--", sys.executable, "-m", "tests.acceptance.run_on_a_bad_line", *arguments],
        capture_output=True,
        check=False,
        timeout=110,
        env={**os.environ, "no_proxy": "*"},
    )
    assert done.returncode == 0, done.stderr.decode()
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def measured(folder: Path) -> dict[str, Any]:
    """Return what a run found, without what depends on the line."""
    rows = Project(folder, "").rows("source.endpoints")
    return {row["endpoint_path"]: (row["probe_status"], row["http_status"], row["record_count"]) for row in rows}


def test_a_line_that_loses_a_fifth_of_its_packets_makes_a_run_slower_and_nothing_else(tmp_path: Path) -> None:
    sound = run(tmp_path / "sound", {}, USUAL)
    lossy = run(tmp_path / "lossy", {"loss": 0.2}, USUAL)

    assert (sound["code"], sound["dropped"]) == (None, 0)
    assert (lossy["code"], lossy["steps"]) == (None, sound["steps"])
    assert lossy["dropped"] > 20
    assert lossy["retransmitted"] > 20
    assert measured(tmp_path / "lossy") == measured(tmp_path / "sound") != {}


def test_a_line_of_100_kbit_shows_progress_and_times_nothing_out(tmp_path: Path) -> None:
    narrow = run(tmp_path / "narrow", {"rate": 12_500}, USUAL, size=200)

    assert narrow["code"] is None
    assert narrow["bytes"] > 50_000
    assert narrow["seconds"] * 12_500 >= 0.9 * narrow["bytes"]
    assert narrow["moments"] >= 3
    statuses = {row["probe_status"] for row in Project(tmp_path / "narrow", "").rows("source.endpoints")}
    assert "unreachable" not in statuses


def test_a_line_that_swallows_everything_ends_a_run_at_the_connect_timeout(tmp_path: Path) -> None:
    swallowed = run(tmp_path / "swallowed", {"loss": 1.0}, QUICK)

    assert (swallowed["code"], swallowed["passed"]) == ("connect-timeout", 0)
    assert swallowed["dropped"] > 1
    assert Project(tmp_path / "swallowed", "").newest()["status"] == "Failed"


def test_a_line_that_dies_in_the_middle_of_a_run_ends_it_soon_and_it_is_said(tmp_path: Path) -> None:
    died = run(tmp_path / "died", {"most": 80}, QUICK)

    project = Project(tmp_path / "died", "")
    assert (died["passed"], project.newest()["readiness"] == "READY") == (80, False)
    assert died["dropped"] > 0
    assert {row["error_code"] for row in project.rows("log.probes")} & {"connect-timeout", "deadline-exceeded"}
    assert "unreachable" in {row["probe_status"] for row in project.rows("source.endpoints")}
