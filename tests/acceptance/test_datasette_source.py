"""`spectra source` tells the truth about Datasette: tokens of four kinds, keysets, a cap, a table that is closed."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.projects import Run, project, sourced
from tests.acceptance.servers.datasette import COUNTS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.servers.datasette import Datasette

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

SIZE = 150
NEXT = "{type: next_url, url: next_url, size_param: _size, size: %d}"
DEFINITION = """\
source: datasette
name: Datasette
base_url: ${env:DATASETTE_URL}
auth: {type: bearer, token: 'secret://DATASETTE_TOKEN', probe: /lab/events.json}
limits: {requests_per_second: 200, concurrency: 4}
walk: {pages: 100}
catalogue:
  - {method: GET, path: /lab.json}
  - {method: GET, path: '/lab/{table}.json'}
  - {method: GET, path: /lab/events.json}
  - {method: GET, path: /lab/lines.json}
  - {method: GET, path: '/lab/lines/{event},{line}.json'}
  - {method: GET, path: /lab/nokey.json}
  - {method: GET, path: /lab/secrets.json}
  - {method: GET, path: /lab/empty.json}
  - {method: GET, path: /lab/v_events.json}
  - {method: POST, path: /lab/events/-/insert}
ids: {table: table.name, event: line.event_id, line: line.line_no}
entities:
  table: {endpoint: /lab.json, key: [name], records: tables}
  row: {endpoint: '/lab/{table}.json', parents: [table], records: rows}
  event:
    endpoint: /lab/events.json
    key: [id]
    records: rows
    pagination: %(next)s
    incremental: {field: updated_at, param: updated_at__gte, format: iso}
  line: {endpoint: /lab/lines.json, key: [event_id, line_no], records: rows, pagination: %(next)s}
  bare: {endpoint: /lab/nokey.json, records: rows, pagination: %(next)s}
  closed: {endpoint: /lab/secrets.json, key: [id], records: rows, pagination: %(next)s}
  nothing: {endpoint: /lab/empty.json, key: [id], records: rows, pagination: %(next)s}
  per_kind: {endpoint: /lab/v_events.json, key: [kind], records: rows, pagination: %(next)s}
roots: {entity: table}
expect: {endpoints: 10, levels: [table, row]}
"""


def source(folder: Path, server: Datasette, token: str | None, size: int = SIZE) -> Run:
    project(folder, "datasette", DEFINITION.replace("%(next)s", NEXT % size))
    given = {"DATASETTE_URL": server.base_url, "DATASETTE_TOKEN": token}
    return sourced(folder, "datasette", given=given, secrets=[token] if token else [])


@pytest.fixture(scope="module")
def all_read(datasette: Datasette, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return source(tmp_path_factory.mktemp("all"), datasette, datasette.root)


@pytest.fixture(scope="module")
def read(datasette: Datasette, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return source(tmp_path_factory.mktemp("read"), datasette, datasette.reader)


def test_a_token_is_proven_by_the_403_that_a_stranger_gets(read: Run) -> None:
    assert read.status == 0, read.printed
    assert read.last()["status"] == "Success"
    assert read.portfolio()["auth_status"] == "Success"
    assert "refused without them (403)" in read.finding("auth", "bearer")["observed"]


def test_every_get_endpoint_is_reported_as_it_is(read: Run) -> None:
    assert read.portfolio()["total_endpoints"] == 10
    assert read.statuses() == {
        "/lab.json": "accessible",
        "/lab/{table}.json": "empty",
        "/lab/events.json": "accessible",
        "/lab/lines.json": "accessible",
        "/lab/lines/{event},{line}.json": "accessible",
        "/lab/nokey.json": "accessible",
        "/lab/secrets.json": "forbidden",
        "/lab/empty.json": "empty",
        "/lab/v_events.json": "accessible",
    }
    assert read.endpoint("/lab/events/-/insert", "POST")["probe_status"] == "not_probed"


def test_a_table_that_the_token_may_not_read_is_forbidden_and_nothing_else_is(read: Run) -> None:
    row = read.endpoint("/lab/secrets.json")

    assert (row["http_status"], row["error_code"], row["readiness"]) == (403, "forbidden", "BLOCKED")
    assert read.finding("level", "closed")["outcome"] == "failed"
    assert [finding["subject"] for finding in read.findings("error")] == ["GET /lab/secrets.json"]


def test_all_tables_that_the_token_may_read_are_walked_from_the_list_of_tables(read: Run) -> None:
    walked = read.finding("level", "row")["evidence"]

    assert read.finding("level", "table")["evidence"]["records_seen"] == 4
    assert [ids["table.name"] for ids in walked["parent_ids"]] == ["empty", "events", "lines", "nokey"]
    assert walked["statuses"] == {"accessible": 3, "empty": 1}
    assert read.portfolio()["hierarchical_access_validated"] is True


def test_one_row_is_found_by_both_parts_of_its_key(read: Run) -> None:
    row = read.endpoint("/lab/lines/{event},{line}.json")

    assert (row["probe_status"], row["record_count"]) == ("accessible", 1)


@pytest.mark.parametrize(
    ("entity", "table"), [("event", "events"), ("line", "lines"), ("bare", "nokey"), ("closed", "secrets")]
)
def test_a_table_is_read_to_its_end_without_a_row_twice(all_read: Run, entity: str, table: str) -> None:
    finding = all_read.finding("pagination", entity)
    seen = finding["evidence"]

    assert (seen["records_read"], seen["complete"]) == (COUNTS[table], True)
    assert seen["pages_read"] == math.ceil(COUNTS[table] / SIZE)
    assert (seen["repeated"], seen["total_stated"], seen["cap"]) == (0, None, None)
    assert finding["outcome"] == ("proven" if seen["pages_read"] > 1 else "unproven")


@pytest.mark.parametrize(("entity", "table"), [("per_kind", "v_events"), ("nothing", "empty")])
def test_a_view_and_an_empty_table_are_whole_on_their_one_page(all_read: Run, entity: str, table: str) -> None:
    finding = all_read.finding("pagination", entity)
    seen = finding["evidence"]

    assert (finding["outcome"], finding["code"]) == ("unproven", "pagination-unproven")
    assert (seen["pages_read"], seen["records_read"], seen["complete"]) == (1, COUNTS[table], True)


def test_a_list_that_goes_on_without_pagination_declared_is_told(all_read: Run) -> None:
    finding = all_read.finding("pagination", "row")

    assert (finding["outcome"], finding["code"]) == ("unproven", "pagination-undeclared")


def test_how_each_list_goes_on_is_seen_in_the_catalogue(all_read: Run) -> None:
    assert all_read.endpoint("/lab/lines.json")["pagination_seen"] in {"link_header", "next_url"}
    assert all_read.endpoint("/lab/v_events.json")["pagination_seen"] is None


def test_a_filter_by_time_is_proven(read: Run) -> None:
    assert read.finding("filter", "event.updated_at__gte")["outcome"] == "proven"
    assert read.portfolio()["supports_incremental"] is True


def test_root_may_read_the_closed_table_as_well(all_read: Run) -> None:
    assert all_read.status == 0, all_read.printed
    assert all_read.endpoint("/lab/secrets.json")["probe_status"] == "accessible"
    assert all_read.finding("level", "closed")["evidence"]["records_seen"] == COUNTS["secrets"]
    assert [finding["subject"] for finding in all_read.findings("error")] == []


def refusal_of(run: Run) -> tuple[str, str]:
    """Check what holds for every refusal, and return its code and message."""
    row = run.last()
    assert run.status == 3, run.printed
    assert (row["status"], row["readiness"], row["error_category"]) == ("Failed", "BLOCKED", "auth")
    assert run.portfolio()["auth_status"] == "Failed"
    assert "secret://DATASETTE_TOKEN (env:DATASETTE_TOKEN)" in run.told
    assert "remedy" in run.told
    assert "source.endpoints" not in json.loads(row["table_versions"])
    assert {probe["purpose"] for probe in run.own("log.probes")} <= {"auth", "control"}
    return row["error_code"], row["error_message"]


def test_a_token_of_another_kind_is_answered_as_a_stranger_is_and_the_run_says_just_that(
    datasette: Datasette, tmp_path: Path
) -> None:
    code, message = refusal_of(source(tmp_path, datasette, "token-of-another-service"))

    assert code == "forbidden"
    assert "as it answers a stranger (403)" in message


def test_a_damaged_token_is_rejected(datasette: Datasette, tmp_path: Path) -> None:
    code, _ = refusal_of(source(tmp_path, datasette, datasette.reader + "x"))

    assert code == "auth-rejected"


def test_a_token_out_of_date_is_rejected_and_what_was_published_stays(datasette: Datasette, tmp_path: Path) -> None:
    before = source(tmp_path, datasette, datasette.reader)
    endpoints = before.rows("source.endpoints")

    code, _ = refusal_of(source(tmp_path, datasette, datasette.expired))

    assert code == "auth-rejected"
    assert Run(tmp_path, 0, "").rows("source.endpoints") == endpoints


def test_a_missing_token_is_named_before_anything_is_sent(datasette: Datasette, tmp_path: Path) -> None:
    run = source(tmp_path, datasette, None)

    assert run.status == 2
    assert (run.last()["error_code"], run.last()["request_count"]) == ("missing-secret", 0)
    assert "DATASETTE_TOKEN" in run.told


def test_pages_larger_than_the_cap_are_reported_as_refused(datasette: Datasette, tmp_path: Path) -> None:
    run = source(tmp_path, datasette, datasette.reader, size=500)
    row = run.endpoint("/lab/events.json")

    assert run.status == 0, run.printed
    assert run.last()["readiness"] == "DEGRADED"
    assert (row["probe_status"], row["http_status"], row["error_code"]) == ("failed", 400, "bad-request")
    assert run.finding("level", "event")["outcome"] == "failed"
    assert run.finding("level", "row")["outcome"] == "proven"


def test_no_table_and_no_file_holds_the_token(read: Run, datasette: Datasette) -> None:
    assert read.holders_of(datasette.reader) == []
    assert read.holders_of(datasette.reader.split(".")[1]) == []
