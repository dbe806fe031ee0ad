"""`--log json` and `--log-file`: one JSON object a line, each with the ids of its run, and no secret in any."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from spectra.cli.main import app
from spectra.testing.served import Answered
from tests.integration.conftest import definition

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import Project, World

CANARY = "canary/7f3a+9c51=d2e84b60&secret"
IDS = ("source_system", "stage", "execution_id", "correlation_id")


def source(project: Project, *words: str, command: str = "source") -> Result:
    return CliRunner().invoke(app, [command, project.name, "--project", str(project.folder), *words])


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("command", ["source", "run"])
def test_every_line_has_time_level_event_and_the_ids_of_the_run(project: Project, command: str) -> None:
    done = source(project, "--log", "json", "--correlation-id", "0af7651916cd43dd8448eb211c80319c", command=command)

    lines, row = lines_of(done.stderr), project.newest()
    assert {tuple(line[name] for name in IDS) for line in lines} == {tuple(row[name] for name in IDS)}
    assert all(line["timestamp"].endswith("+00:00") and line["level"] and line["event"] for line in lines)
    assert [line["event"] for line in (lines[0], lines[-1])] == ["run-started", "run-ended"]
    assert (row["correlation_id"], lines[-1]["status"]) == ("0af7651916cd43dd8448eb211c80319c", "Success")
    assert "✔ readiness" in done.stdout
    assert "authenticated" not in done.stdout


def test_standard_output_is_still_one_document(project: Project) -> None:
    done = source(project, "--log", "json", "--json")

    assert json.loads(done.stdout)["status"] == "Success"
    assert lines_of(done.stderr)


def test_a_failure_is_one_line_with_its_code_and_the_ids(project: Project) -> None:
    project.write(token="wrong-7f3a9c51d2e84b60-token")
    done = source(project, "--log", "json")

    *_, ended, failed = lines_of(done.stderr)
    assert (ended["event"], ended["level"], ended["error_code"]) == ("run-ended", "error", "auth-rejected")
    assert (failed["event"], failed["level"], failed["code"]) == ("failed", "critical", "auth-rejected")
    assert failed["execution_id"] == project.newest()["execution_id"]
    assert (done.exit_code, done.stdout, failed["exit_status"]) == (3, "", 3)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"catalogue": {"file": "nowhere.json"}}, "invalid-definition"), ({"base_url": None}, "invalid-definition")],
)
def test_a_failure_before_the_run_is_one_line_too(project: Project, change: dict[str, Any], code: str) -> None:
    project.write(**change)
    done = source(project, "--log", "json")

    (failed,) = lines_of(done.stderr)
    assert (failed["event"], failed["code"], failed["source_system"]) == ("failed", code, "acme")
    assert (failed["execution_id"], failed["correlation_id"]) == (None, None)
    assert failed["findings"]


def test_a_log_file_takes_the_same_lines_and_keeps_what_it_had(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "runs.jsonl"
    first = source(project, "--log-file", str(file))
    second = source(project, "--log-file", str(file), "--log", "json")

    lines = file.read_text(encoding="ascii")
    assert lines.endswith(second.stderr)
    assert len({line["execution_id"] for line in lines_of(lines)}) == 2
    assert "✔ authenticated" in first.stdout


def test_a_log_file_that_cannot_be_written_is_named_before_anything_is_sent(project: Project, tmp_path: Path) -> None:
    done = source(project, "--log-file", str(tmp_path / "no" / "such"))

    assert (done.exit_code, "file-unwritable" in done.stderr) == (2, True)
    assert not (project.folder / "lakehouse").exists()


def test_no_line_holds_a_secret_whoever_repeats_it(project: Project, world: World, tmp_path: Path) -> None:
    world.token = CANARY
    world.special["/api/missing"] = lambda asked: Answered({"errorMsg": asked.headers["authorization"]}, 500)
    entities = definition("")["entities"]
    entities["found_task"]["query"] = {CANARY: "project.id"}
    project.write(token=CANARY, entities=entities)
    file = tmp_path / "lines"

    done = source(project, "--log", "json", "--log-file", str(file))

    assert done.exit_code == 0
    assert CANARY not in done.stdout + done.stderr + file.read_text()
    assert "found_task.*** IGNORED" in done.stderr
