from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from spectra.testing.served import Answered, Asked, ServedApi

if TYPE_CHECKING:
    from tests.integration.conftest import Project, World


def test_a_run_publishes_four_tables_that_name_it(project: Project) -> None:
    manifest = project.pipeline().source("acme")
    assert manifest.status == "Success"
    assert set(manifest.table_versions) == {
        "source.portfolio",
        "source.config",
        "source.credentials",
        "source.endpoints",
    }
    for table, version in manifest.table_versions.items():
        rows = project.pipeline().table(table, version=version).to_pylist()
        assert rows, table
        assert {row["execution_id"] for row in rows} == {manifest.execution_id}, table


def test_each_endpoint_says_what_its_probe_saw(project: Project) -> None:
    project.pipeline().source("acme")
    seen = {(row["http_method"], row["endpoint_path"]): row for row in project.rows("source.endpoints")}
    assert {key: row["probe_status"] for key, row in seen.items()} == {
        ("GET", "/projects"): "accessible",
        ("GET", "/projects/{projectId}/tasks"): "accessible",
        ("GET", "/tasks"): "accessible",
        ("GET", "/tasks/{id}"): "accessible",
        ("GET", "/missing"): "not_found",
        ("GET", "/widgets/{widgetId}"): "not_probed",
        ("POST", "/tasks"): "not_probed",
    }
    assert seen["GET", "/projects"]["record_count"] == 2
    assert seen["GET", "/tasks"]["records_path"] == "results"
    assert "widgetId" in seen["GET", "/widgets/{widgetId}"]["not_probed_reason"]
    assert "POST" in seen["POST", "/tasks"]["not_probed_reason"]
    assert seen["GET", "/missing"]["error_code"] == "not-found"
    assert seen["GET", "/tasks/{id}"]["hierarchical"]
    assert not seen["GET", "/tasks"]["hierarchical"]
    assert seen["GET", "/tasks"]["full_path"] == "/api/tasks"
    assert seen["GET", "/tasks"]["entity"] == "found_task"


def test_the_success_rate_is_measured_and_never_a_constant(project: Project, world: World) -> None:
    first = project.pipeline().source("acme")
    assert (first.endpoint_probed_count, first.endpoint_success_count) == (5, 4)
    assert first.endpoint_success_rate == pytest.approx(4 / 5)
    world.special["/api/tasks/10"] = lambda _: Answered(b"no", 500)
    second = project.pipeline().source("acme")
    assert second.endpoint_success_rate == pytest.approx(3 / 5)
    portfolio = project.rows("source.portfolio")
    assert [row["endpoint_success_rate"] for row in portfolio] == [pytest.approx(3 / 5)]


def test_no_method_but_get_is_ever_sent(project: Project, api: ServedApi) -> None:
    project.pipeline().source("acme")
    assert {asked.method for asked in api.asked} == {"GET"}


def test_requests_in_the_log_equal_what_the_server_was_asked(project: Project, api: ServedApi) -> None:
    manifest = project.pipeline().source("acme")
    logged = project.rows("log.probes")
    assert sum(row["attempts"] for row in logged) == len(api.asked) == manifest.request_count
    assert {row["purpose"] for row in logged} == {"auth", "control", "level", "filter", "probe"}


def test_ids_come_from_the_level_above_and_belong_together(project: Project, api: ServedApi) -> None:
    project.pipeline().source("acme")
    asked = api.counts()
    assert asked["/api/projects/1/tasks"] >= 1
    assert asked["/api/projects/2/tasks"] >= 1
    assert "/api/projects/10/tasks" not in asked


def test_each_level_has_a_finding_with_its_parents_and_counts(project: Project) -> None:
    project.pipeline().source("acme")
    levels = {row["subject"]: row for row in project.rows("log.findings", kind="level")}
    assert {name: row["outcome"] for name, row in levels.items()} == {
        "project": "proven",
        "task": "proven",
        "found_task": "proven",
    }
    evidence = json.loads(levels["task"]["evidence"])
    assert evidence["parent_ids"] == [{"project.id": "1"}, {"project.id": "2"}]
    assert evidence["records_seen"] == 3


def test_totals_are_reported_where_the_api_states_them(project: Project) -> None:
    project.pipeline().source("acme")
    assert project.rows("source.endpoints", endpoint_path="/tasks")[0]["total_stated"] in {1, 2}
    assert project.rows("source.endpoints", endpoint_path="/projects")[0]["total_stated"] is None
    levels = {row["subject"]: row for row in project.rows("log.findings", kind="level")}
    assert json.loads(levels["found_task"]["evidence"])["total_stated"] == 3
    assert "the API states 3" in levels["found_task"]["observed"]
    assert json.loads(levels["task"]["evidence"])["total_stated"] is None


def test_a_total_that_is_told_only_by_head_is_asked_for_where_a_list_goes_on(project: Project, world: World) -> None:
    def paged(asked: Asked) -> Answered:
        if asked.method == "HEAD":
            return Answered(b"", 200, {"Total-Records": "250", "Content-Type": "application/json"})
        return Answered(world.tasks["1"], 200, {"Next-Page": "/api/projects/1/tasks?token=x"})

    world.special["/api/projects/1/tasks"] = paged
    project.pipeline().source("acme")
    (level,) = project.rows("log.findings", kind="level", subject="task")
    assert json.loads(level["evidence"])["total_stated"] is None
    world.special["/api/projects/2/tasks"] = paged
    project.pipeline().source("acme")
    newest = project.newest()["execution_id"]
    (level,) = project.rows("log.findings", kind="level", subject="task", execution_id=newest)
    assert json.loads(level["evidence"])["total_stated"] == 500
    assert project.rows("log.probes", http_method="HEAD", purpose="level")


def test_a_root_that_fails_where_others_answer_is_named(project: Project, world: World) -> None:
    world.special["/api/projects/2/tasks"] = lambda _: Answered({"errorMsg": "no", "errorCode": 403}, 403)
    manifest = project.pipeline().source("acme")
    assert manifest.status == "Success"
    (row,) = project.rows("log.findings", kind="root")
    assert (row["subject"], row["code"]) == ("project 2", "root-differs")
    assert "403" in row["observed"]


def test_an_empty_level_is_valid_and_what_lies_below_is_said_to_be_unreached(project: Project, world: World) -> None:
    world.tasks = {"1": [], "2": []}
    project.write(
        entities={
            "project": {"endpoint": "/projects", "key": ["id"]},
            "task": {"endpoint": "/projects/{projectId}/tasks", "key": ["id"]},
            "detail": {"endpoint": "/tasks/{id}", "key": ["id"]},
        },
        expect={"levels": ["project", "task", "detail"]},
    )
    manifest = project.pipeline().source("acme")
    outcomes = {row["subject"]: row["outcome"] for row in project.rows("log.findings", kind="level")}
    assert outcomes == {"project": "proven", "task": "proven", "detail": "skipped"}
    assert manifest.readiness == "DEGRADED"
    assert project.rows("source.portfolio")[0]["hierarchical_access_validated"] is False


def test_where_limits_which_roots_are_walked(project: Project, api: ServedApi) -> None:
    project.write(roots={"entity": "project", "where": {"name": "two"}})
    project.pipeline().source("acme")
    asked = api.counts()
    assert asked["/api/projects/2/tasks"] >= 1
    assert asked["/api/projects/1/tasks"] == 0


def test_a_walk_is_bounded_per_level_and_root_and_says_of_how_many(project: Project, world: World) -> None:
    world.tasks["1"] = [{"id": 100 + n, "project": 1} for n in range(9)]
    project.write(
        walk={"parents": 3},
        entities={
            "project": {"endpoint": "/projects", "key": ["id"]},
            "task": {"endpoint": "/projects/{projectId}/tasks", "key": ["id"]},
            "detail": {"endpoint": "/tasks/{id}", "key": ["id"]},
        },
        expect={"levels": ["project", "task", "detail"]},
    )
    project.pipeline().source("acme")
    (row,) = project.rows("log.findings", kind="level", subject="detail")
    evidence = json.loads(row["evidence"])
    assert (evidence["parents_walked"], evidence["parents_known"]) == (4, 10)
    assert "4 of 10" in row["observed"]


@pytest.mark.parametrize(("parents", "code"), [(3, "level-truncated"), (9, None), (10, None)])
def test_only_a_walk_that_left_parents_out_is_called_truncated(
    project: Project, world: World, parents: int, code: str | None
) -> None:
    world.tasks["1"] = [{"id": 100 + n, "project": 1} for n in range(9)]
    project.write(
        walk={"parents": parents},
        entities={
            "project": {"endpoint": "/projects", "key": ["id"]},
            "task": {"endpoint": "/projects/{projectId}/tasks", "key": ["id"]},
            "detail": {"endpoint": "/tasks/{id}", "key": ["id"]},
        },
        expect={"levels": ["project", "task", "detail"]},
    )
    project.pipeline().source("acme")
    codes = {row["subject"]: row["code"] for row in project.rows("log.findings", kind="level")}
    assert codes == {"project": None, "task": None, "detail": code}


def test_a_body_over_the_limit_is_accessible_and_its_size_and_records_are_not_made_up(
    project: Project, world: World
) -> None:
    world.special["/api/missing"] = lambda _: Answered([{"id": 1, "text": "x" * 2_000_000}])
    project.write(limits={"requests_per_second": 500, "concurrency": 8, "attempts": 1, "response_mb": 1})
    project.pipeline().source("acme")
    (row,) = project.rows("source.endpoints", endpoint_path="/missing")
    assert (row["probe_status"], row["error_code"]) == ("accessible", "probe-truncated")
    assert (row["response_bytes"], row["record_count"]) == (None, None)


def test_a_redirect_is_a_request_and_no_retry(project: Project, world: World) -> None:
    world.special["/api/missing"] = lambda _: Answered(b"", 302, {"Location": "/api/projects"})
    manifest = project.pipeline().source("acme")
    (row,) = project.rows("log.probes", full_path="/api/missing")
    assert row["attempts"] == 2
    assert manifest.retry_count == 0


def test_duplicates_and_corrupt_rows_of_the_catalogue_are_findings_one_by_one(project: Project) -> None:
    rows: list[Any] = [
        {"method": "GET", "path": "/projects"},
        {"method": "get", "path": "/projects"},
        {"method": "/projects", "path": "GET"},
        {"method": "GET", "path": "/projects/{projectId}/tasks"},
        {"method": "GET", "path": "/tasks"},
        {"method": "GET", "path": "/tasks/{id}"},
        "nonsense",
    ]
    project.write(catalogue=rows, expect={"endpoints": 4})
    project.pipeline().source("acme")
    found = project.rows("log.findings", kind="catalogue")
    assert sorted(row["code"] for row in found) == ["catalogue-corrupt", "catalogue-corrupt", "catalogue-duplicate"]
    assert all(row["place"].startswith("sources/endpoints.json:") for row in found)
    assert len(project.rows("source.endpoints")) == 4


def test_fewer_endpoints_than_expected_block(project: Project) -> None:
    project.write(expect={"endpoints": 8, "levels": ["project", "task"]})
    manifest = project.pipeline().source("acme")
    assert manifest.readiness == "BLOCKED"
    assert [check["name"] for check in manifest.checks if not check["passed"] and check["otherwise"] == "BLOCKED"] == [
        "endpoint-count"
    ]
    assert project.rows("log.findings", code="catalogue-mismatch")


def test_two_runs_of_an_unchanged_api_differ_only_in_envelope_times_and_operation(project: Project) -> None:
    def stable(table: str) -> list[dict[str, Any]]:
        left_out = {"execution_id", "last_updated", "probed_at", "latency_ms", "last_auth_check", "last_validated"}
        rows = [{k: v for k, v in row.items() if k not in left_out} for row in project.rows(table)]
        rows = [row for row in rows if row.get("config_key") != "operation_type"]
        return sorted(rows, key=lambda row: json.dumps(row, default=str, sort_keys=True))

    tables = ("source.portfolio", "source.config", "source.credentials", "source.endpoints")
    project.pipeline().source("acme")
    first = {table: stable(table) for table in tables}
    project.pipeline().source("acme")
    assert {table: stable(table) for table in tables} == first
    kinds = {row["config_value"] for row in project.rows("source.config", config_key="operation_type")}
    assert kinds == {"refresh"}


def test_the_first_discovery_date_is_kept(project: Project) -> None:
    project.pipeline().source("acme")
    (before,) = project.rows("source.portfolio")
    project.pipeline().source("acme")
    (after,) = project.rows("source.portfolio")
    assert after["discovery_date"] == before["discovery_date"]
    assert after["execution_id"] != before["execution_id"]


def test_run_seq_grows_and_rows_carry_the_envelope(project: Project) -> None:
    first = project.pipeline().source("acme")
    second = project.pipeline().source("acme", correlation_id="0af7651916cd43dd8448eb211c80319c")
    assert (first.run_seq, second.run_seq) == (1, 2)
    row = project.newest()
    assert row["correlation_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert row["batch_id"] == row["execution_id"] == second.execution_id
    assert row["started_at"] <= row["ended_at"] <= row["recorded_at"]


def test_every_guarantee_is_logged_with_evidence_that_can_be_run_again(project: Project) -> None:
    manifest = project.pipeline().source("acme")
    rows = project.rows("log.guarantees")
    assert len(rows) == (manifest.guarantees_passed or 0) + (manifest.guarantees_failed or 0) >= 10
    assert all(row["evidence"] for row in rows)


def test_a_source_without_entities_or_auth_is_ready(project: Project, world: World) -> None:
    world.token = None
    project.write(
        auth={"type": "none"},
        entities=None,
        roots=None,
        ids=None,
        endpoints=None,
        expect=None,
        catalogue=[{"method": "GET", "path": "/projects"}],
        token=None,
    )
    manifest = project.pipeline().source("acme")
    assert (manifest.status, manifest.readiness) == ("Success", "READY")
    assert project.rows("source.portfolio")[0]["auth_status"] == "NotRequired"


def test_an_outcome_override_makes_a_404_mean_empty(project: Project) -> None:
    project.write(outcomes=[{"status": 404, "endpoint": "/missing", "means": "empty"}])
    project.pipeline().source("acme")
    (row,) = project.rows("source.endpoints", endpoint_path="/missing")
    assert (row["probe_status"], row["readiness"]) == ("empty", "READY")


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (Answered({"errorMsg": "broken", "errorCode": 7}), "failed", "error-body"),
        (Answered(b"<!doctype html><html>login</html>", 200, {"Content-Type": "text/html"}), "failed", "html-answer"),
        (Answered(b""), "failed", "empty-body"),
        (Answered(b"", 204), "empty", None),
        (Answered([]), "empty", None),
        (Answered(b"{nope", 200, {"Content-Type": "application/json"}), "failed", "invalid-json"),
        (Answered({"errorMsg": "which?", "errorCode": 1}, 400), "failed", "bad-request"),
        (Answered(b"", 403), "forbidden", "forbidden"),
        (Answered(b"", 410), "deprecated", "endpoint-deprecated"),
        (Answered(b"", 401), "auth_required", "auth-rejected"),
        (Answered(b"pong", 200, {"Content-Type": "text/plain"}), "accessible", None),
        (Answered(b"", 417), "failed", "unexpected-status"),
    ],
)
def test_what_an_endpoint_answers_is_told_apart(
    project: Project, world: World, answer: Answered, status: str, code: str | None
) -> None:
    def given(_: Asked) -> Answered:
        return answer

    world.special["/api/missing"] = given
    project.pipeline().source("acme")
    (row,) = project.rows("source.endpoints", endpoint_path="/missing")
    assert (row["probe_status"], row["error_code"]) == (status, code)
