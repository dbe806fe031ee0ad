"""`spectra schema`: what editors need, printed, and written anew after an upgrade."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spectra.cli.main import app
from spectra.pipeline import init


def spectra(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.stdout


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Return the schemas of a project, in which the test stands."""
    init(tmp_path, "orders")
    monkeypatch.chdir(tmp_path)
    return {kind: tmp_path / ".spectra" / f"{kind}.schema.json" for kind in ("source", "project")}


def test_what_is_printed_is_what_init_wrote(files: dict[str, Path]) -> None:
    assert spectra("schema") == (0, files["source"].read_text())
    assert spectra("schema", "--project-file") == (0, files["project"].read_text())


def test_write_refreshes_both_and_nothing_else(files: dict[str, Path]) -> None:
    before = {path: path.read_bytes() for path in Path.cwd().rglob("*") if path.is_file()}
    files["source"].write_text("{}")
    files["project"].unlink()
    code, text = spectra("schema", "--write", "--project", "sources")
    assert (code, text) == (0, "".join(f"wrote  {path}\n" for path in files.values()))
    assert {path: path.read_bytes() for path in Path.cwd().rglob("*") if path.is_file()} == before
    code, text = spectra("schema", "--write", "--json")
    assert (code, json.loads(text)) == (0, {"written": [str(path) for path in files.values()]})


def test_a_project_is_needed_only_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert spectra("schema")[0] == 0
    code, text = spectra("schema", "--write", "--json")
    assert (code, json.loads(text)["error"]["code"]) == (2, "project-not-found")


def test_a_folder_that_cannot_be_written_is_told(files: dict[str, Path]) -> None:
    for path in files.values():
        path.unlink()
    files["source"].parent.rmdir()
    files["source"].parent.write_text("in the way")
    code, text = spectra("schema", "--write", "--json")
    assert (code, json.loads(text)["error"]["code"]) == (2, "file-unwritable")
