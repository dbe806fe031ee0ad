"""A canary secret is planted and echoed everywhere; then every artefact is searched for it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from spectra.errors import SpectraError
from spectra.testing.served import Answered, Asked

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import Project, World

CANARY = "canary/7f3a+9c51=d2e84b60&secret"
FORMS = (
    CANARY,
    quote(CANARY, safe=""),
    base64.b64encode(CANARY.encode()).decode().rstrip("="),
    base64.urlsafe_b64encode(CANARY.encode()).decode().rstrip("="),
    json.dumps(CANARY)[1:-1],
)


def _echo(asked: Asked) -> Answered:
    sent = asked.headers.get("authorization", "nothing")
    bare = sent.removeprefix("Bearer ")
    body = {
        "errorMsg": f"you said {sent}",
        "encoded": base64.b64encode(bare.encode()).decode(),
        "quoted": quote(bare, safe=""),
    }
    return Answered(body, 500, {"X-Echo": quote(bare, safe=""), "Content-Type": "application/json"})


def _echo_records(asked: Asked) -> Answered:
    bare = asked.headers.get("authorization", "").removeprefix("Bearer ")
    return Answered([{"id": 1, "token": bare, "b64": base64.b64encode(bare.encode()).decode()}])


def _everything_written(folder: Path) -> list[tuple[Path, bytes]]:
    return [(path, path.read_bytes()) for path in folder.rglob("*") if path.is_file() and path.name != ".env"]


def _assert_unseen(text: str | bytes, where: str) -> None:
    data = text.encode() if isinstance(text, str) else text
    for form in FORMS:
        assert form.encode() not in data, f"{form!r} in {where}"


def _assert_unseen_in_tables(project: Project) -> None:
    for folder in sorted((project.folder / "lakehouse" / "Tables").glob("*/*")):
        name = f"{folder.parent.name}.{folder.name}"
        _assert_unseen(json.dumps(project.pipeline().table(name).to_pylist(), default=str), name)


def test_an_echoed_secret_is_in_no_table_and_no_file(project: Project, world: World) -> None:
    world.token = CANARY
    world.special |= {"/api/missing": _echo, "/api/projects": _echo_records}
    project.write(token=CANARY)
    manifest = project.pipeline().source("acme")
    assert manifest.status == "Success"
    _assert_unseen_in_tables(project)
    for path, data in _everything_written(project.folder):
        _assert_unseen(data, str(path))
    assert any(row["redacted"] for row in project.rows("log.probes"))
    _assert_unseen(repr(manifest) + manifest._repr_html_(), "the manifest")


def test_a_refusal_that_echoes_the_secret_shows_it_nowhere(project: Project, world: World) -> None:
    world.special["/api/projects"] = lambda asked: Answered(_echo(asked).body, 401)
    project.write(token=CANARY)
    with pytest.raises(SpectraError) as caught:
        project.pipeline().source("acme")
    error = caught.value
    text = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    _assert_unseen(f"{error!r} {error} {error.facts} {error.place} {text}", "the traceback")
    _assert_unseen_in_tables(project)


@pytest.mark.parametrize(
    "arguments",
    [
        ["source", "acme"],
        pytest.param(["source", "acme", "--json"], marks=pytest.mark.acceptance),
        pytest.param(["catalog", "acme", "--json"], marks=pytest.mark.acceptance),
    ],
)
def test_a_command_prints_no_secret(project: Project, world: World, arguments: list[str]) -> None:
    world.token = CANARY
    world.special["/api/missing"] = _echo
    project.write(token=CANARY)
    project.pipeline().source("acme")
    command = [sys.executable, "-m", "spectra", *arguments, "--project", str(project.folder)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    _assert_unseen(done.stdout + done.stderr, " ".join(arguments))


def test_a_plain_secret_in_a_definition_is_refused_without_being_repeated(project: Project) -> None:
    project.write(auth={"type": "bearer", "token": CANARY})
    command = [sys.executable, "-m", "spectra", "validate", "acme", "--project", str(project.folder)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 2
    assert b"plain-secret" in done.stdout
    _assert_unseen(done.stdout + done.stderr, "validate")


def test_a_secret_that_is_never_sent_is_redacted_as_well(project: Project, world: World) -> None:
    world.special["/api/missing"] = lambda _: Answered({"errorMsg": f"leaked {CANARY}", "errorCode": 1})
    (project.folder / "spectra.yaml").write_text("lakehouse: ./lakehouse\nfingerprint_key: secret://FP_KEY\n")
    with (project.folder / ".env").open("a") as file:
        file.write(f"FP_KEY={CANARY}\n")
    project.pipeline().source("acme")
    (row,) = project.rows("log.probes", full_path="/api/missing")
    assert row["redacted"]
    _assert_unseen_in_tables(project)


def test_a_secret_that_comes_in_by_a_variable_is_in_no_table(project: Project, world: World) -> None:
    world.token = CANARY
    project.write(token=CANARY, name="${env:ACME_TOKEN}", owner={"team": "${env:ACME_TOKEN}"})
    assert project.pipeline().source("acme").status == "Success"
    _assert_unseen_in_tables(project)
