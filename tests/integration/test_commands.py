"""The command line as a process: what it prints, and with which status it ends."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from spectra.testing.served import Answered, Asked

TABLES = ("source.endpoints", "source.config", "source.credentials", "source.portfolio")

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import Project, World


def spectra(*arguments: str, cwd: Path, columns: int = 100, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command and return how it ended."""
    return subprocess.run(
        [sys.executable, "-m", "spectra", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
        env={**os.environ, "COLUMNS": str(columns), **environment},
    )


def in_terminal(*arguments: str, cwd: Path, **environment: str) -> str:
    """Run the command in a terminal of 100 columns and return everything it wrote there."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "spectra", *arguments],
        cwd=cwd,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "COLUMNS": "100", "PYTHONUTF8": "1", **environment},
    )
    os.close(follower)
    written = b""
    with contextlib.suppress(OSError):  # the last writer has gone
        while chunk := os.read(leader, 65536):
            written += chunk
    os.close(leader)
    assert process.wait(60) == 0
    return written.decode("utf-8", "replace")


def test_a_run_prints_a_line_a_step_and_what_was_published(project: Project) -> None:
    done = spectra("source", "acme", cwd=project.folder)
    assert done.returncode == 0, done.stderr
    assert "✔ authenticated" in done.stdout
    assert "✔ hierarchy" in done.stdout
    assert "source.endpoints@0" in done.stdout
    assert "READY" in done.stdout
    assert "\x1b[" not in done.stdout


@pytest.mark.acceptance
def test_run_runs_every_stage_there_is(project: Project) -> None:
    assert spectra("run", "acme", cwd=project.folder).returncode == 0
    assert project.newest()["status"] == "Success"


def test_json_on_standard_output_is_one_document(project: Project) -> None:
    done = spectra("source", "acme", "--json", cwd=project.folder)
    document = json.loads(done.stdout)
    assert (done.returncode, document["status"]) == (0, "Success")
    assert document["checks"]


def test_a_failure_names_code_place_remedy_and_runbook(project: Project) -> None:
    project.write(token="wrong-7f3a9c51d2e84b60-token")
    done = spectra("source", "acme", cwd=project.folder)
    assert done.returncode == 3
    for word in ("auth-rejected", "where", "remedy", "OPERATIONAL-RUNBOOK.md#auth-rejected", "exit status 3"):
        assert word in done.stderr
    document = json.loads(spectra("source", "acme", "--json", cwd=project.folder).stdout)
    assert document["error"]["code"] == "auth-rejected"


def test_a_blocked_publication_ends_with_1(project: Project) -> None:
    project.write(expect={"endpoints": 8, "levels": ["project", "task"]})
    done = spectra("source", "acme", cwd=project.folder)
    assert done.returncode == 1
    assert "BLOCKED" in done.stdout
    assert "endpoint-count" in done.stdout


def test_validate_lists_every_finding_with_its_place(project: Project) -> None:
    text = (
        "source: acme\nname: Acme\nbase_url: http://127.0.0.1:1/api\nauth: {type: none}\n"
        "catalogue: [{method: GET, path: /a}]\nentities:\n  a:\n    endpoint: /a\n    pagination:\n"
        "      type: offest\n  b:\n    endpoint: /b\n    query: {x: aa.id}\nwalkk: {}\n"
    )
    (project.folder / "sources" / "acme.yaml").write_text(text)
    done = spectra("validate", "acme", cwd=project.folder)
    assert done.returncode == 2
    for word in ("sources/acme.yaml:10:13", "unknown-pagination-type", "'offset'", "^^^^^^", "unknown-entity"):
        assert word in done.stdout
    assert "unknown-endpoint" in done.stdout
    assert "unknown-key" in done.stdout
    assert "4 findings" in done.stdout
    document = json.loads(spectra("validate", "acme", "--json", cwd=project.folder).stdout)
    assert (document["valid"], len(document["findings"])) == (False, 4)


def test_a_good_definition_validates_offline(project: Project) -> None:
    done = spectra("validate", cwd=project.folder)
    assert done.returncode == 0
    assert "no findings" in done.stdout


def test_init_writes_a_project_that_validates_and_overwrites_nothing(tmp_path: Path) -> None:
    done = spectra("init", "orders", "--project", str(tmp_path), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {
        "spectra.yaml",
        "sources/orders.yaml",
        "contracts/source.contract.yaml",
        "contracts/readiness.sql",
        "contracts/metrics.sql",
        ".env.example",
        ".gitignore",
        ".spectra/source.schema.json",
        ".spectra/project.schema.json",
    }
    assert spectra("validate", cwd=tmp_path, ORDERS_BASE_URL="https://api.example.com").returncode == 0
    again = spectra("init", "orders", cwd=tmp_path)
    assert (again.returncode, "project-exists" in again.stderr) == (2, True)
    assert spectra("init", "others", cwd=tmp_path).returncode == 0
    assert spectra("init", "Not-A-Name", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["source", "akme"], "definition-not-found"),
        (["catalog", "acme"], "not-run-yet"),
        (["explain", "auth-rejectd"], "unknown-code"),
        (["source", "acme", "--correlation-id", "nonsense"], "invalid-correlation-id"),
        (["source", "acme", "--lakehouse", "s3://bucket/lake"], "remote-lakehouse"),
    ],
)
def test_what_was_asked_wrongly_is_said_with_a_code(project: Project, arguments: list[str], code: str) -> None:
    done = spectra(*arguments, cwd=project.folder)
    assert done.returncode in {1, 2}
    assert code in done.stderr
    assert "Traceback" not in done.stderr


def test_outside_a_project_the_remedy_is_named(tmp_path: Path) -> None:
    done = spectra("source", "acme", cwd=tmp_path)
    assert (done.returncode, "project-not-found" in done.stderr) == (2, True)
    assert "spectra init" in done.stderr


@pytest.mark.acceptance
def test_a_definition_is_found_from_a_folder_below_the_project(project: Project) -> None:
    below = project.folder / "deep" / "down"
    below.mkdir(parents=True)
    assert spectra("validate", "acme", cwd=below).returncode == 0


def test_a_wrong_name_gets_the_nearest_one(project: Project) -> None:
    assert "Did you mean 'acme'" in spectra("source", "akme", cwd=project.folder).stderr


@pytest.mark.acceptance
def test_catalog_says_when_a_newer_run_failed(project: Project) -> None:
    project.pipeline().source("acme")
    project.write(token="wrong-7f3a9c51d2e84b60-token")
    assert spectra("source", "acme", cwd=project.folder).returncode == 3
    shown = spectra("catalog", "acme", cwd=project.folder)
    assert "older results" in shown.stdout
    assert "auth-rejected" in shown.stdout


def test_what_cannot_be_written_or_listened_on_is_said_with_a_code(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for arguments in (["demo", "file"], ["init", "orders", "--project", "file"]):
        done = spectra(*arguments, cwd=tmp_path)
        assert (done.returncode, "file-unwritable" in done.stderr) == (2, True), done.stderr
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = spectra("demo", "serve", "--port", str(taken.getsockname()[1]), cwd=tmp_path)
    assert (done.returncode, "port-in-use" in done.stderr) == (2, True)


def test_catalog_shows_endpoints_by_status(project: Project) -> None:
    project.pipeline().source("acme")
    done = spectra("catalog", "acme", "--status", "not_found", cwd=project.folder)
    assert done.returncode == 0
    assert "/missing" in done.stdout
    assert "1 endpoint" in done.stdout
    assert "/projects" not in done.stdout
    document = json.loads(spectra("catalog", "acme", "--json", cwd=project.folder).stdout)
    assert len(document["endpoints"]) == 7
    assert spectra("catalog", "acme", "--status", "nonsense", cwd=project.folder).returncode == 2


def test_explain_says_what_a_code_means_and_lists_all(project: Project) -> None:
    done = spectra("explain", "parameter-ignored", cwd=project.folder)
    assert done.returncode == 0
    assert "remedy" in done.stdout
    assert "auth-rejected" in spectra("explain", "--all", cwd=project.folder).stdout
    assert json.loads(spectra("explain", "lock-held", "--json", cwd=project.folder).stdout)["exit_status"] == 5


SELDOM = pytest.mark.acceptance


@pytest.mark.parametrize("columns", [40, pytest.param(60, marks=SELDOM), pytest.param(200, marks=SELDOM)])
def test_every_width_is_kept(project: Project, columns: int) -> None:
    done = spectra("source", "acme", cwd=project.folder, columns=columns)
    assert done.returncode == 0
    longest = max(done.stdout.splitlines(), key=len)
    unbreakable = max((word for line in done.stdout.splitlines() for word in line.split()), key=len)
    assert len(longest) <= max(columns, len(unbreakable) + 4), longest


@pytest.mark.acceptance
def test_a_terminal_without_unicode_gets_plain_letters(project: Project) -> None:
    done = spectra("source", "acme", cwd=project.folder, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert "ok authenticated" in done.stdout


@pytest.mark.acceptance
def test_a_terminal_sees_progress_in_place_and_colours_unless_it_wants_none(project: Project, world: World) -> None:
    def slow(_: Asked) -> Answered:
        time.sleep(0.3)
        return Answered([])

    world.special["/api/missing"] = slow
    shown = in_terminal("source", "acme", cwd=project.folder)
    assert "\x1b[2K" in shown
    assert "of 5" in shown
    assert "\x1b[32m" in shown
    assert "\x1b[32m" not in in_terminal("source", "acme", cwd=project.folder, NO_COLOR="1")


def test_text_of_an_api_cannot_steer_the_terminal(project: Project, world: World) -> None:
    hostile = [{"id": 1, "name": "\x1b[2J\x1b]0;owned\x07"}]
    world.special["/api/missing"] = lambda _: Answered({"errorMsg": "\x1b[31mred\x1b[0m", "errorCode": 1}, 500)
    world.roots = hostile
    done = spectra("source", "acme", cwd=project.folder)
    shown = spectra("catalog", "acme", cwd=project.folder)
    assert "\x1b" not in done.stdout + done.stderr + shown.stdout + shown.stderr


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_is_recorded_and_ends_within_five_seconds(
    project: Project, world: World, number: signal.Signals, status: int
) -> None:
    asked, release = threading.Event(), threading.Event()

    def hold(_: Asked) -> Answered:
        asked.set()
        release.wait(30)
        return Answered([])

    world.special["/api/missing"] = hold
    process = subprocess.Popen(
        [sys.executable, "-m", "spectra", "source", "acme"],
        cwd=project.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert asked.wait(30)
    begun = time.monotonic()
    process.send_signal(number)
    _, stderr = process.communicate(timeout=30)
    elapsed = time.monotonic() - begun
    release.set()
    assert process.returncode == status, stderr
    assert elapsed < 5
    assert project.newest()["error_code"] in {"interrupted", "terminated"}


STOPPED_AT = """
import os, signal, sys
from spectra.cli import screen
shown, points = screen.RunScreen.__call__, [sys.argv[-1]]
def call(self, event):
    shown(self, event)
    if points and repr(event).startswith(points[0]):
        points.clear()
        os.kill(os.getpid(), signal.SIGINT)
screen.RunScreen.__call__ = call
from spectra.cli.main import app
try:
    app(["source", "acme"])
finally:
    assert not points, "the signal was never sent"
"""


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("StepStarted(step='guarantees'", marks=SELDOM),
        "Committed(table='source.endpoints'",
        pytest.param("CommitStarting(table='log.source'", marks=SELDOM),
    ],
)
def test_a_stop_while_publishing_finishes_the_publication(project: Project, point: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STOPPED_AT, point],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    row = project.newest()
    assert (row["status"], row["guarantees_failed"]) == ("Success", 0)
    ids = {each["execution_id"] for table in TABLES for each in project.rows(table)}
    assert ids == {row["execution_id"]}


@pytest.mark.parametrize("arguments", [["--help"], ["source", "--help"], ["demo", "--help"], ["--version"]])
def test_help_is_there_without_a_project(tmp_path: Path, arguments: list[str]) -> None:
    done = spectra(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom spectra.cli.main import main\nsys.argv = ['spectra', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'pyarrow', 'deltalake', 'duckdb', 'urllib3', 'pydantic', 'pydantic_core', 'ruamel', 'msgspec'}\n"
        "sys.stderr.write(' '.join(sorted(heavy & set(sys.modules))))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr == ""
