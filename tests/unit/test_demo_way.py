"""After the demo one is told how to get to its project, with `spectra` as a command."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from spectra.cli.demo import way_to


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "activate").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    return tmp_path


def test_an_environment_that_is_not_active_is_activated_first(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(environment / "empty"))

    assert way_to(Path("a demo")) == ". .venv/bin/activate && cd 'a demo'"
    assert way_to(Path()) == ". .venv/bin/activate"


@pytest.mark.usefixtures("environment")
def test_where_the_command_is_at_hand_the_folder_is_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    command = tmp_path / "spectra"
    command.write_text("#!/bin/sh\n", encoding="utf-8")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert shutil.which("spectra")
    assert way_to(Path("spectra-demo")) == "cd spectra-demo"
    assert way_to(Path()) is None
