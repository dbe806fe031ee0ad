"""What was lost or broken beside a run does not keep the next from being right."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from spectra.cli.main import app
from spectra.errors import ContractLoosenedError, GuaranteeFailedError
from spectra.pipeline import shipped

if TYPE_CHECKING:
    from tests.integration.conftest import Project, World

MUST = """\
        type: sql
        query: SELECT count(*) FROM endpoints
        mustBe: 0
        description: There is no endpoint, which cannot be.
        dimension: coverage
        severity: error
        customProperties: [{property: level, vendor: spectra, value: must}]
"""


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


def test_the_story_of_a_broken_promise_says_where_its_evidence_can_be_asked_again(
    project: Project, world: World
) -> None:
    world.token = None  # a public API: the credentials prove nothing, which a `should` promises
    degraded = project.pipeline().source("acme")
    copy = project.folder / "contracts" / "source.contract.yaml"
    copy.parent.mkdir()
    own = "      - id: G-SRC-008\n"
    text = shipped("source.contract.yaml")
    copy.write_text(text.replace(own, own.replace("G-SRC-008", "G-OWN-001") + MUST + own))
    with pytest.raises(GuaranteeFailedError):
        project.pipeline().source("acme")
    failed = project.newest()["execution_id"]

    def told(execution_id: str) -> str:
        shown = CliRunner().invoke(app, ["explain", execution_id, "--project", str(project.folder)])
        assert shown.exit_code == 0
        return " ".join(shown.stdout.split())

    assert f"spectra contract check acme --execution {degraded.execution_id}" in told(degraded.execution_id)
    assert "asked of rows that were not published" in told(failed)
    assert "spectra contract check" not in told(failed)
