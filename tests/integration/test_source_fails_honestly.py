from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from spectra.errors import SpectraError
from spectra.lake.tables import DeltaLake
from spectra.pipeline import shipped
from spectra.runs.events import CommitStarting, RunEvent, StepStarted
from spectra.runs.manifest import SOURCE_TABLES
from spectra.testing.served import Answered, ServedApi

if TYPE_CHECKING:
    import pyarrow as pa

    from tests.integration.conftest import Project, World


def _fails(project: Project, **given: Any) -> SpectraError:
    with pytest.raises(SpectraError) as caught:
        project.pipeline().source("acme", **given)
    return caught.value


def test_refused_credentials_fail_the_run_and_the_truth_is_recorded(project: Project, api: ServedApi) -> None:
    project.write(token="wrong-7f3a9c51d2e84b60-token")
    error = _fails(project)
    assert (error.code, error.exit_status) == ("auth-rejected", 3)
    row = project.newest()
    assert (row["status"], row["readiness"], row["error_code"]) == ("Failed", "BLOCKED", "auth-rejected")
    assert row["endpoint_probed_count"] is None
    assert set(json.loads(row["table_versions"])) == {"source.portfolio", "source.credentials"}
    (portfolio,) = project.rows("source.portfolio")
    assert (portfolio["status"], portfolio["auth_status"], portfolio["readiness"]) == ("error", "Failed", "BLOCKED")
    assert portfolio["total_endpoints"] is None
    assert len(api.asked) == 1


def test_a_failed_run_leaves_the_last_publication_readable_and_does_not_freshen_it(project: Project) -> None:
    good = project.pipeline().source("acme")
    project.write(token="wrong-7f3a9c51d2e84b60-token")
    _fails(project)
    assert [row["status"] for row in sorted(project.rows("log.source"), key=lambda r: r["run_seq"])] == [
        "Success",
        "Failed",
    ]
    pipeline = project.pipeline()
    assert pipeline.latest("acme").execution_id == good.execution_id
    assert {row["execution_id"] for row in pipeline.catalog("acme")} == {good.execution_id}
    assert {row["execution_id"] for row in project.rows("source.endpoints")} == {good.execution_id}
    (portfolio,) = project.rows("source.portfolio")
    assert portfolio["status"] == "error"
    assert portfolio["last_auth_check"] is not None


def test_the_next_success_repairs(project: Project) -> None:
    project.write(token="wrong-7f3a9c51d2e84b60-token")
    _fails(project)
    project.write()
    manifest = project.pipeline().source("acme")
    assert manifest.status == project.newest()["status"] == "Success"
    assert project.rows("source.portfolio")[0]["status"] == "active"


def test_a_missing_secret_is_recorded_without_a_single_request(project: Project, api: ServedApi) -> None:
    project.write(token=None)
    error = _fails(project)
    assert (error.code, error.exit_status) == ("missing-secret", 2)
    assert "ACME_TOKEN" in error.message
    assert project.newest()["error_code"] == "missing-secret"
    assert len(project.rows("log.runs")) == 1
    assert api.asked == []


@pytest.mark.parametrize("token", ["", "two\\nlines", " padded-7f3a9c51d2e84b60 "])
def test_a_malformed_secret_is_named_and_never_sent(project: Project, api: ServedApi, token: str) -> None:
    project.write(token=f'"{token}"')
    error = _fails(project)
    assert error.code in {"malformed-secret", "missing-secret"}
    assert "ACME_TOKEN" in error.message
    if token.strip():
        assert token.strip()[:6] not in f"{error.message} {error.facts}"
    assert api.asked == []


def test_a_definition_that_does_not_load_writes_no_row(project: Project, api: ServedApi) -> None:
    project.write(entities={"project": {"endpoint": "/projects", "key": ["id"], "paginaton": {}}})
    error = _fails(project)
    assert (error.code, error.exit_status) == ("invalid-definition", 2)
    assert not (project.folder / "lakehouse").exists()
    assert api.asked == []


def test_a_root_that_cannot_be_read_fails_the_run(project: Project, world: World) -> None:
    project.write(auth={"type": "bearer", "token": "secret://ACME_TOKEN", "probe": "/tasks"})
    world.special["/api/projects"] = lambda _: Answered(b"", 500)
    error = _fails(project)
    assert (error.code, error.exit_status) == ("level-failed", 3)
    (row,) = project.rows("log.findings", kind="level")
    assert row["severity"] == "critical"


def test_an_api_that_is_not_there_fails_with_the_network_code(project: Project) -> None:
    project.write(base_url="http://127.0.0.1:9")
    error = _fails(project)
    assert (error.code, error.exit_status) == ("connection-refused", 3)
    assert project.rows("source.portfolio")[0]["auth_status"] == "Unknown"


def test_a_commit_that_fails_later_names_what_landed(project: Project) -> None:
    project.pipeline().source("acme")
    lakehouse = project.folder / "lakehouse"

    def break_credentials(event: RunEvent) -> None:
        if event == CommitStarting("source.credentials"):
            log = lakehouse / "Tables" / "source" / "credentials" / "_delta_log"
            for file in log.iterdir():
                file.write_bytes(b"not a log")

    with pytest.raises(SpectraError) as caught:
        project.pipeline(emit=break_credentials).source("acme")
    assert caught.value.exit_status == 5
    row = project.newest()
    assert row["status"] == "Failed"
    assert set(json.loads(row["table_versions"])) == {"source.endpoints", "source.config"}
    assert row["error_code"] == caught.value.code


def test_a_must_guarantee_that_fails_publishes_nothing(project: Project) -> None:
    project.pipeline().source("acme")
    contract = project.folder / "contracts" / "source.contract.yaml"
    contract.parent.mkdir(exist_ok=True)
    text = shipped("source.contract.yaml")
    extra = (
        "      - id: G-OWN-001\n        type: sql\n"
        "        query: SELECT count(*) FROM portfolio WHERE source_name = 'Acme'\n        mustBe: 0\n"
        "        description: Nobody is called Acme.\n"
        "        customProperties: [{property: level, vendor: spectra, value: must}]\n"
    )
    marker = "      - id: G-SRC-003\n"
    assert marker in text
    contract.write_text(text.replace(marker, extra + marker))
    before = {row["execution_id"] for row in project.rows("source.endpoints")}
    error = _fails(project)
    assert (error.code, error.exit_status) == ("guarantee-failed", 4)
    assert "G-OWN-001" in error.message
    assert {row["execution_id"] for row in project.rows("source.endpoints")} == before
    row = project.newest()
    assert (row["status"], row["guarantees_failed"]) == ("Failed", 1)
    failed = project.rows("log.guarantees", execution_id=row["execution_id"], passed=False)
    assert [each["guarantee_id"] for each in failed] == ["G-OWN-001"]


def test_a_bug_is_recorded_as_one(project: Project) -> None:
    def broken(event: RunEvent) -> None:
        if event == StepStarted("catalogue"):
            raise ZeroDivisionError("made for this test")

    with pytest.raises(SpectraError) as caught:
        project.pipeline(emit=broken).source("acme")
    assert (caught.value.code, caught.value.exit_status) == ("internal-error", 70)
    assert project.newest()["error_code"] == "internal-error"


def test_only_a_proof_makes_credentials_look_validated(project: Project) -> None:
    project.write(token="wrong-7f3a9c51d2e84b60-token")
    _fails(project)
    assert project.rows("source.credentials")[0]["last_validated"] is None
    assert project.rows("source.portfolio")[0]["last_auth_check"] is None
    project.write()
    project.pipeline().source("acme")
    proven = project.rows("source.portfolio")[0]["last_auth_check"]
    assert proven is not None
    project.write(token="wrong-7f3a9c51d2e84b60-token")
    _fails(project)
    assert project.rows("source.portfolio")[0]["last_auth_check"] == proven
    (row,) = project.rows("source.credentials")
    assert (row["last_validated"], row["validation_status"]) == (proven, "Failed")


@pytest.mark.parametrize("table", SOURCE_TABLES)
def test_a_table_that_lost_a_row_on_its_way_to_the_disk_is_not_published(
    project: Project, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    good = project.pipeline().source("acme")
    whole = DeltaLake.replace_partition

    def lossy(lake: DeltaLake, name: str, rows: pa.Table, **rest: Any) -> int:
        return whole(lake, name, rows.slice(1) if name == table else rows, **rest)

    monkeypatch.setattr(DeltaLake, "replace_partition", lossy)
    error = _fails(project)
    assert (error.code, error.exit_status) == ("read-back-mismatch", 5)
    assert table in error.message
    assert (project.newest()["status"], project.newest()["error_code"]) == ("Failed", "read-back-mismatch")
    assert project.pipeline().latest("acme").execution_id == good.execution_id


def test_a_log_that_cannot_be_written_leaves_a_failed_row_that_names_what_landed(project: Project) -> None:
    log = project.folder / "lakehouse" / "Tables" / "log"
    log.mkdir(parents=True)
    (log / "probes").write_text("no table")
    error = _fails(project)
    assert (error.code, error.exit_status, error.place) == ("log-unwritable", 5, "log.probes")
    row = project.newest()
    assert (row["status"], row["error_code"]) == ("Failed", "log-unwritable")
    assert set(json.loads(row["table_versions"])) == set(SOURCE_TABLES)


def test_a_damaged_portfolio_is_recorded_by_the_run_that_meets_it(project: Project) -> None:
    project.pipeline().source("acme")
    for file in (project.folder / "lakehouse" / "Tables" / "source" / "portfolio" / "_delta_log").iterdir():
        file.write_bytes(b"not a log")
    error = _fails(project)
    assert error.exit_status == 5
    assert (project.newest()["status"], project.newest()["error_code"]) == ("Failed", error.code)


def test_a_broken_contract_is_found_offline_and_does_not_hinder_reading(project: Project) -> None:
    published = project.pipeline().source("acme")
    contract = project.folder / "contracts" / "source.contract.yaml"
    contract.parent.mkdir(exist_ok=True)
    contract.write_text("apiVersion: [")
    assert [problem.code for problem in project.pipeline().validate()] == ["contract-invalid"]
    assert {row["execution_id"] for row in project.pipeline().catalog("acme")} == {published.execution_id}
    assert _fails(project).code == "contract-invalid"
