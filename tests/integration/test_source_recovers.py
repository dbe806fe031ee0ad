"""What was lost or broken beside a run does not keep the next from being right."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from spectra.cli.main import app
from spectra.errors import ContractLoosenedError
from spectra.pipeline import shipped

if TYPE_CHECKING:
    from tests.integration.conftest import Project


def test_runs_count_on_where_every_log_was_lost(project: Project) -> None:
    project.pipeline().source("acme")
    project.pipeline().source("acme")
    shutil.rmtree(project.folder / "lakehouse" / "Tables" / "log")

    manifest = project.pipeline().source("acme")

    assert (manifest.run_seq, manifest.status) == (3, "Success")
    assert project.pipeline().readiness("acme").verdict == "READY"


def test_tables_can_be_looked_into_while_the_project_s_contract_is_broken(project: Project) -> None:
    project.pipeline().source("acme")
    copy = project.folder / "contracts" / "source.contract.yaml"
    copy.parent.mkdir()
    copy.write_text(shipped("source.contract.yaml").replace("id: G-SRC-002", "id: G-SRC-902"))

    found = project.pipeline().sql("SELECT status FROM log.source").to_pylist()

    assert found == [{"status": "Success"}]
    with pytest.raises(ContractLoosenedError):
        project.pipeline().source("acme")
    with pytest.raises(ContractLoosenedError):
        project.pipeline().readiness("acme")


def test_a_broken_copy_is_compared_with_the_shipped_contract_by_that_word(project: Project) -> None:
    copy = project.folder / "contracts" / "source.contract.yaml"
    copy.parent.mkdir()
    copy.write_text(shipped("source.contract.yaml").replace("id: G-SRC-002", "id: G-SRC-902"))
    words = ["contract", "diff", "shipped", str(copy), "--project", str(project.folder), "--json"]

    shown = CliRunner().invoke(app, words)

    assert shown.exit_code == 1
    assert "G-SRC-002" in json.dumps(json.loads(shown.stdout))
