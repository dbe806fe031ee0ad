"""`spectra source` tells the truth about Kinto: with the right password, a wrong one, another's and none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from spectra import Pipeline
from tests.acceptance.servers.kinto import PASSWORD, READER, READER_PASSWORD, USER

if TYPE_CHECKING:
    from pathlib import Path

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
roots: {entity: bucket}
expect: {endpoints: 7, levels: [bucket, collection, record]}
"""


@dataclass(frozen=True)
class Run:
    """A project after `spectra source` ended in it."""

    folder: Path
    status: int
    printed: str

    def rows(self, table: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = Pipeline(self.folder).table(table).to_pylist()
        return rows

    def last(self) -> dict[str, Any]:
        (row,) = self.rows("log.source")
        return row

    def portfolio(self) -> dict[str, Any]:
        (row,) = self.rows("source.portfolio")
        return row

    def finding(self, kind: str, subject: str) -> dict[str, Any]:
        (row,) = [row for row in self.rows("log.findings") if (row["kind"], row["subject"]) == (kind, subject)]
        return row


def source(folder: Path, kinto: Kinto, auth: str, password: str | None) -> Run:
    (folder / "sources").mkdir()
    (folder / "spectra.yaml").write_text("{}\n")
    (folder / "sources" / "kinto.yaml").write_text(DEFINITION.replace("%(auth)s", auth))
    environment = {name: value for name, value in os.environ.items() if name != "KINTO_PASSWORD"}
    environment |= {"KINTO_URL": kinto.base_url} | ({"KINTO_PASSWORD": password} if password else {})
    done = subprocess.run(
        [sys.executable, "-m", "spectra", "source", "kinto"],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert PASSWORD not in done.stdout + done.stderr
    return Run(folder, done.returncode, done.stdout + done.stderr)


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

    seen = {
        level: json.loads(proven.finding("level", level)["evidence"]) for level in ("bucket", "collection", "record")
    }

    assert seen["bucket"]["records_seen"] == len(buckets)
    assert seen["collection"]["records_seen"] == len(collections)
    assert seen["record"]["records_seen"] == sum(len(page) for page in first_pages)
    assert seen["record"]["parents_known"] == len(collections)
    assert proven.portfolio()["hierarchical_access_validated"] is True


def test_the_totals_that_kinto_states_are_reported_and_are_what_the_lists_hold(proven: Run, kinto: Kinto) -> None:
    records = proven.finding("level", "record")
    evidence = json.loads(records["evidence"])
    counted = sum(
        len(kinto.read_all(f"/buckets/{bucket}/collections/{collection}/records"))
        for bucket, collection in (("crm", "customers"), ("crm", "orders"), ("hr", "people"), ("hr", "empty"))
    )

    assert evidence["total_stated"] == counted == 131 + 1203 + 50
    assert evidence["records_seen"] < counted
    assert "the API states 1384" in records["observed"]


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
    assert "missing-secret" in run.printed
    assert "KINTO_PASSWORD" in run.printed
    assert run.last()["status"] == "Failed"


def test_without_any_login_the_source_is_refused(kinto: Kinto, tmp_path: Path) -> None:
    run = source(tmp_path, kinto, "{type: none}", None)

    assert run.status == 3, run.printed
    assert run.last()["status"] == "Failed"


def test_a_reader_sees_one_bucket_only_and_the_run_says_so(kinto: Kinto, tmp_path: Path) -> None:
    run = source(tmp_path, kinto, BASIC % READER, READER_PASSWORD)

    assert run.status == 0, run.printed
    assert json.loads(run.finding("level", "bucket")["evidence"])["records_seen"] == 1
    assert json.loads(run.finding("level", "collection")["evidence"])["records_seen"] == 2


def test_no_table_and_no_file_holds_the_password(proven: Run) -> None:
    tables = sorted(path.parent for path in proven.folder.rglob("_delta_log"))
    names = [f"{path.parent.name}.{path.name}" for path in tables]

    assert len(names) >= 9
    assert [name for name in names if PASSWORD in str(proven.rows(name))] == []
    assert [
        path for path in proven.folder.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()
    ] == []


def test_a_consumer_is_told_what_it_may_read_and_sees_the_run_in_the_log(proven: Run) -> None:
    def asked(*words: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "spectra", *words, "--json"],
            cwd=proven.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)

    answer = asked("ready", "kinto")
    (newest,) = asked("sql", "SELECT execution_id, readiness FROM log.source ORDER BY run_seq DESC LIMIT 1")
    assert answer["execution_id"] == newest["execution_id"] == proven.last()["execution_id"]
    assert answer["verdict"] == newest["readiness"]
