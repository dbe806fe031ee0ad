"""What a newcomer meets in the first hours: a list that lies deep, a wrong port, Ctrl-C, a file that is no document."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from spectra.cli.main import app
from spectra.testing.served import Answered, Asked

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from tests.integration.conftest import Project, World

ROOTS = [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}]
WRAPPED = {"ok": True, "data": {"collection": ROOTS, "note": "all"}}


def spectra(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)), env={"COLUMNS": "200", "NO_COLOR": "1"})


@pytest.fixture
def wrapping(world: World) -> None:
    """Wrap the list of roots so that it is not found by itself."""

    def projects(asked: Asked) -> Answered:
        known = asked.headers.get("authorization") == f"Bearer {world.token}"
        return Answered(WRAPPED) if known else Answered(b"", 401)

    world.special["/api/projects"] = projects


def entities(**project: Any) -> dict[str, Any]:
    task = {"endpoint": "/projects/{projectId}/tasks", "key": ["id"], "parents": ["project"]}
    return {"project": {"endpoint": "/projects", "key": ["id"], **project}, "task": task}


@pytest.mark.usefixtures("wrapping")
def test_a_list_taken_for_one_record_is_told_with_the_place_where_it_lies(project: Project) -> None:
    project.write(entities=entities())
    diagnosis = project.pipeline().doctor("acme")

    root = next(step for step in diagnosis.steps if step.name == "root")
    assert root.error is not None
    assert (root.outcome, root.error.code, diagnosis.worst) == ("warning", "records-without-key", root)
    assert "no record has id; the first has ok, data" in root.seen
    assert "`records: data.collection`" in root.seen

    project.pipeline().source("acme")
    (found,) = project.rows("log.findings", code="records-without-key")
    assert (found["kind"], found["subject"], found["severity"]) == ("warning", "project", "warning")


@pytest.mark.usefixtures("wrapping")
def test_the_place_that_was_named_is_where_the_records_are(project: Project) -> None:
    project.write(entities=entities(records="data.collection"))
    diagnosis = project.pipeline().doctor("acme")

    assert diagnosis.verdict == "READY"
    assert next(step for step in diagnosis.steps if step.name == "root").seen.endswith("2 records")


@pytest.mark.usefixtures("wrapping")
def test_a_declared_path_that_ends_too_early_is_told_with_the_rest_of_it(project: Project) -> None:
    project.write(entities=entities(records="data"))

    root = next(step for step in project.pipeline().doctor("acme").steps if step.name == "root")
    assert "`records: data.collection`" in root.seen


def test_a_field_that_others_are_fed_with_and_no_record_has_is_told(project: Project) -> None:
    project.write(entities=entities(), ids={"projectid": "project.uuid"})
    root = next(step for step in project.pipeline().doctor("acme").steps if step.name == "root")

    assert root.outcome == "warning"
    assert root.seen.endswith("2 records; no record has uuid; the first has id, name")


@pytest.mark.parametrize("as_json", [False, True])
def test_ctrl_c_while_credentials_are_tried_ends_the_doctor(project: Project, world: World, *, as_json: bool) -> None:
    def stopping(asked: Asked) -> Answered:
        del asked
        os.kill(os.getpid(), signal.SIGINT)
        return Answered([])

    world.special["/api/projects"] = stopping
    done = spectra("doctor", "acme", "--project", project.folder, *(["--json"] if as_json else []))

    assert done.exit_code == 130
    assert "interrupted" in (done.stdout if as_json else done.stderr)
    assert "DEGRADED" not in done.stdout


def test_a_port_that_speaks_http_is_not_taken_for_a_bad_certificate(project: Project) -> None:
    project.write(base_url=project.url.replace("http:", "https:"))
    tls = next(step for step in project.pipeline().doctor("acme").steps if step.name == "tls")

    assert tls.outcome == "failed"
    assert tls.seen.endswith("as where the port speaks http and not https")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("\n<!DOCTYPE html><title>Swagger UI</title>", "it is a web page or XML, not the document behind it"),
        ("a,b\n1,2\n", "it holds no names with values"),
    ],
)
def test_what_is_no_document_is_called_by_its_name(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "api.json").write_text(text)
    done = spectra("catalog", "import", tmp_path / "api.json")

    assert (done.exit_code, said in done.stderr) == (2, True)


def test_an_address_is_not_fetched_and_that_is_said(tmp_path: Path) -> None:
    done = spectra("catalog", "import", "https://tracker.example.com/openapi.json", "--project", tmp_path)

    assert (done.exit_code, "save the document as a file" in done.stderr) == (2, True)


def test_of_a_list_that_did_not_come_nothing_is_said_about_its_pages(project: Project, world: World) -> None:
    world.special["/api/tasks"] = lambda _: Answered(b"", 500)
    paged = {"endpoint": "/tasks", "key": ["id"], "pagination": {"type": "scim"}}
    project.write(entities=entities() | {"all_task": paged})
    pages = next(step for step in project.pipeline().doctor("acme").steps if step.name == "pagination")
    done = spectra("source", "acme", "--project", project.folder)

    assert (pages.outcome, pages.subject, pages.seen) == ("skipped", "all_task", "its first page could not be read")
    assert "▲ pagination           all_task not read\n" in done.stdout


def test_levels_are_chained_only_where_one_is_read_under_the_other(project: Project, world: World) -> None:
    del world
    project.write(expect=None, roots=None)
    done = spectra("source", "acme", "--project", project.folder)

    assert "task 3 · found_task 3: 2 of 2 levels reached" in done.stdout
    assert "spectra catalog acme --status failed" in done.stdout


def test_a_source_of_lists_that_hang_under_nothing_is_ready(project: Project) -> None:
    lists = {"project": {"endpoint": "/projects", "key": ["id"]}, "all_task": {"endpoint": "/tasks", "key": ["id"]}}
    kept = [{"method": "GET", "path": "/projects"}, {"method": "GET", "path": "/tasks"}]
    project.write(catalogue=kept, entities=lists, roots=None, ids=None, endpoints=None, expect=None)
    done = spectra("source", "acme", "--project", project.folder)

    assert "project 2 · all_task 3: 2 of 2 levels reached" in done.stdout
    assert "✔ readiness            READY" in done.stdout


def test_a_list_that_hangs_under_nothing_and_does_not_come_is_missed(project: Project, world: World) -> None:
    world.special["/api/tasks"] = lambda _: Answered(b"", 403)
    lists = {"project": {"endpoint": "/projects", "key": ["id"]}, "all_task": {"endpoint": "/tasks", "key": ["id"]}}
    project.write(entities=lists, roots=None, ids=None, endpoints=None, expect=None)
    done = spectra("source", "acme", "--project", project.folder)

    assert "1 of 2 levels reached, 2 of 2 parents walked · not reached: all_task" in done.stdout


def test_where_all_answered_nobody_is_sent_to_look_for_failures(project: Project) -> None:
    project.write(catalogue=[{"method": "GET", "path": "/projects"}], entities=None, roots=None, ids=None,
                  endpoints=None, expect=None)  # fmt: skip
    done = spectra("source", "acme", "--project", project.folder)

    assert "look                 spectra catalog acme\n" in done.stdout
