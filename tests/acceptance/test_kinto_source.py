"""`spectra source` tells the truth about Kinto: with the right password, a wrong one, another's and none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.projects import project, sourced, spectra
from tests.acceptance.servers.kinto import LEAVER, LEAVER_PASSWORD, PASSWORD, READER, READER_PASSWORD, USER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.projects import Run
    from tests.acceptance.servers.kinto import Kinto

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

WRONG = "wrong-" + PASSWORD
BASIC = "{type: basic, user: %s, password: 'secret://KINTO_PASSWORD', probe: /buckets/crm}"
DEFINITION = """\
source: kinto
name: Kinto
base_url: ${env:KINTO_URL}
auth: %(auth)s
limits: {requests_per_second: 200, concurrency: 4}
walk: {pages: 100}
catalogue:
  - {method: GET, path: /buckets}
  - {method: GET, path: /buckets/crm}
  - {method: GET, path: '/buckets/{bucket_id}'}
  - {method: DELETE, path: '/buckets/{bucket_id}'}
  - {method: GET, path: '/buckets/{bucket_id}/history'}
  - {method: GET, path: '/buckets/{bucket_id}/collections'}
  - {method: GET, path: '/buckets/{bucket_id}/collections/{collection_id}/records'}
ids: {bucket_id: bucket.id, collection_id: collection.id}
entities:
  bucket: {endpoint: /buckets, key: [id], records: data}
  collection: {endpoint: '/buckets/{bucket_id}/collections', key: [id], parents: [bucket], records: data}
  record:
    endpoint: '/buckets/{bucket_id}/collections/{collection_id}/records'
    key: [id]
    parents: [collection]
    records: data
    pagination: {type: next_header, header: Next-Page, size_param: _limit, size: 1000}
    incremental: {field: last_modified, param: _since, format: epoch_ms}
roots: {entity: bucket}
expect: {endpoints: 7, levels: [bucket, collection, record]}
"""


def source(folder: Path, kinto: Kinto, auth: str, password: str | None) -> Run:
    project(folder, "kinto", DEFINITION.replace("%(auth)s", auth))
    given = {"KINTO_URL": kinto.base_url, "KINTO_PASSWORD": password}
    return sourced(folder, "kinto", given=given, secrets=[PASSWORD])


@pytest.fixture(scope="module")
def proven(kinto: Kinto, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return source(tmp_path_factory.mktemp("proven"), kinto, BASIC % USER, PASSWORD)


@pytest.fixture(scope="module")
def refused(kinto: Kinto, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return source(tmp_path_factory.mktemp("refused"), kinto, BASIC % USER, WRONG)


def test_the_right_password_is_proven_by_a_refusal_without_it(proven: Run) -> None:
    assert proven.status == 0, proven.printed
    assert proven.last()["status"] == "Success"
    assert proven.portfolio()["auth_status"] == "Success"
    assert "401" in proven.finding("auth", "basic")["observed"]


def test_all_three_levels_are_reached_with_the_counts_of_the_server(proven: Run, kinto: Kinto) -> None:
    buckets = [bucket["id"] for bucket in kinto.read_all("/buckets")]
    collections = [
        f"/buckets/{bucket}/collections/{each['id']}/records"
        for bucket in buckets
        for each in kinto.read_all(f"/buckets/{bucket}/collections")
    ]
    first_pages = [kinto.ask(path, login=(USER, PASSWORD)).body["data"] for path in collections]

    seen = {level: proven.finding("level", level)["evidence"] for level in ("bucket", "collection", "record")}

    assert seen["bucket"]["records_seen"] == len(buckets)
    assert seen["collection"]["records_seen"] == len(collections)
    assert seen["record"]["records_seen"] == sum(len(page) for page in first_pages)
    assert seen["record"]["parents_known"] == len(collections)
    assert proven.portfolio()["hierarchical_access_validated"] is True


def test_the_totals_that_kinto_states_are_reported_and_are_what_the_lists_hold(proven: Run, kinto: Kinto) -> None:
    records = proven.finding("level", "record")
    evidence = records["evidence"]
    counted = sum(
        len(kinto.read_all(f"/buckets/{bucket}/collections/{collection}/records"))
        for bucket, collection in (("crm", "customers"), ("crm", "orders"), ("hr", "people"), ("hr", "empty"))
    )

    assert evidence["total_stated"] == counted == 131 + 1203 + 50
    assert evidence["records_seen"] < counted
    assert "the API states 1384" in records["observed"]


def test_all_records_are_read_by_links_in_a_header_and_match_the_totals_in_another(proven: Run) -> None:
    finding = proven.finding("pagination", "record")
    seen = finding["evidence"]

    assert finding["outcome"] == "proven"
    assert (seen["records_read"], seen["complete"], seen["repeated"]) == (131 + 1203 + 50, True, 0)
    assert sorted(each["records"] for each in seen["parents"]) == [0, 50, 131, 1203]
    assert sorted(each["total_stated"] for each in seen["parents"]) == [0, 50, 131, 1203]


def test_a_cap_that_is_kept_in_silence_is_told(proven: Run) -> None:
    (finding,) = proven.findings("warning", "record")

    assert finding["code"] == "page-size-capped"
    assert (finding["expected"], finding["observed"]) == ("1000 records a page", "50 records a page")
    assert (finding["evidence"]["size_asked"], finding["evidence"]["cap"]) == (1000, 50)


def test_a_filter_by_time_is_proven(proven: Run) -> None:
    assert proven.finding("filter", "record._since")["outcome"] == "proven", proven.finding("filter", "record._since")
    assert proven.portfolio()["supports_incremental"] is True


def test_an_account_that_was_removed_is_never_ready_and_what_was_published_stays(kinto: Kinto, tmp_path: Path) -> None:
    before = source(tmp_path, kinto, BASIC % LEAVER, LEAVER_PASSWORD)
    assert before.status == 0, before.printed
    endpoints = before.rows("source.endpoints")
    kinto.ask(f"/accounts/{LEAVER}", method="DELETE", login=(LEAVER, LEAVER_PASSWORD))

    run = source(tmp_path, kinto, BASIC % LEAVER, LEAVER_PASSWORD)

    assert run.status == 3, run.printed
    assert (run.last()["status"], run.last()["readiness"]) == ("Failed", "BLOCKED")
    assert run.portfolio()["auth_status"] == "Failed"
    assert run.rows("source.endpoints") == endpoints


def test_every_get_answers_and_nothing_else_is_sent(proven: Run) -> None:
    statuses = {
        (row["http_method"], row["endpoint_path"]): row["probe_status"] for row in proven.rows("source.endpoints")
    }

    assert len(statuses) == 7
    assert statuses.pop(("DELETE", "/buckets/{bucket_id}")) == "not_probed"
    assert set(statuses.values()) == {"accessible"}
    assert {row["http_method"] for row in proven.rows("log.probes")} == {"GET", "HEAD"}


def test_a_wrong_password_fails_the_run_and_publishes_nothing(refused: Run) -> None:
    row = refused.last()

    assert refused.status == 3, refused.printed
    assert (row["status"], row["readiness"], row["error_category"]) == ("Failed", "BLOCKED", "auth")
    assert "source.endpoints" not in json.loads(row["table_versions"])
    assert not (refused.folder / "lakehouse" / "Tables" / "source" / "endpoints").exists()


def test_a_wrong_password_is_said_to_have_failed_in_the_portfolio(refused: Run) -> None:
    row = refused.portfolio()

    assert (row["status"], row["auth_status"], row["total_endpoints"]) == ("error", "Failed", None)
    assert WRONG not in refused.printed


def test_a_wrong_password_asks_for_nothing_beyond_the_proof(refused: Run) -> None:
    assert {row["purpose"] for row in refused.rows("log.probes")} <= {"auth", "control"}


def test_a_stranger_whom_an_open_list_lets_in_is_never_ready(kinto: Kinto, tmp_path: Path) -> None:
    run = source(tmp_path, kinto, (BASIC % USER).replace("/buckets/crm", "/buckets"), WRONG)

    assert run.last()["readiness"] != "READY"
    assert run.portfolio()["auth_status"] == "Unknown"
    assert run.portfolio()["hierarchical_access_validated"] is not True


def test_a_missing_password_is_named_before_anything_is_sent(kinto: Kinto, tmp_path: Path) -> None:
    run = source(tmp_path, kinto, BASIC % USER, None)

    assert run.status == 2
    assert "missing-secret" in run.told
    assert "KINTO_PASSWORD" in run.told
    assert run.last()["status"] == "Failed"


def test_without_any_login_the_source_is_refused(kinto: Kinto, tmp_path: Path) -> None:
    run = source(tmp_path, kinto, "{type: none}", None)

    assert run.status == 3, run.printed
    assert run.last()["status"] == "Failed"


def test_a_reader_sees_one_bucket_only_and_the_run_says_so(kinto: Kinto, tmp_path: Path) -> None:
    run = source(tmp_path, kinto, BASIC % READER, READER_PASSWORD)

    assert run.status == 0, run.printed
    assert run.finding("level", "bucket")["evidence"]["records_seen"] == 1
    assert run.finding("level", "collection")["evidence"]["records_seen"] == 2


def test_no_table_and_no_file_holds_the_password(proven: Run) -> None:
    assert proven.holders_of(PASSWORD) == []


def test_a_consumer_is_told_what_it_may_read_and_sees_the_run_in_the_log(proven: Run) -> None:
    def asked(*words: str) -> Any:
        done = spectra(proven.folder, *words, "--json")
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)

    answer = asked("ready", "kinto")
    (newest,) = asked("sql", "SELECT execution_id, readiness FROM log.source ORDER BY run_seq DESC LIMIT 1")
    assert answer["execution_id"] == newest["execution_id"] == proven.last()["execution_id"]
    assert answer["verdict"] == newest["readiness"]
