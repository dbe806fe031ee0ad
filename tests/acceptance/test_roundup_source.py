"""`spectra source` tells the truth about Roundup: names and passwords of four kinds, links in the body, a real 429."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.projects import project, sourced
from tests.acceptance.servers.roundup import ADMIN, COUNTS, PASSWORD, USER, USER_PASSWORD, served_roundup

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.projects import Run
    from tests.acceptance.servers.roundup import Roundup

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

NEXT = "{type: next_url, url: 'data.@links.next.0.uri', size_param: '@page_size', size: 50}"
NUMBERED = "{type: page_number, page_param: '@page_index', size_param: '@page_size', size: 200}"
START = """\
source: roundup
name: Roundup
base_url: ${env:ROUNDUP_URL}
auth: {type: basic, user: %(user)s, password: 'secret://ROUNDUP_PASSWORD', probe: /data/status}
limits: {requests_per_second: 200, concurrency: %(workers)s}
"""
WHOLE = """\
walk: {pages: 200}
catalogue:
  - {method: GET, path: /data}
  - {method: GET, path: /data/issue}
  - {method: GET, path: '/data/issue/{issue}'}
  - {method: GET, path: '/data/issue/{issue}/title'}
  - {method: GET, path: /data/msg}
  - {method: GET, path: /data/user}
  - {method: GET, path: '/data/user/{user}/address'}
  - {method: GET, path: /data/keyword}
  - {method: GET, path: /data/status}
  - {method: GET, path: /data/priority}
  - {method: GET, path: /data/file}
  - {method: GET, path: '/data/file/{file}'}
  - {method: GET, path: /data/query}
  - {method: GET, path: /data/nonsense}
ids: {issue: issue.id, user: user.id, file: file.id}
entities:
  status: {endpoint: /data/status, key: [id], records: data.collection}
  priority: {endpoint: /data/priority, key: [id], records: data.collection}
  issue:
    endpoint: /data/issue
    query: {status: status.id}
    parents: [status]
    key: [id]
    records: data.collection
    pagination: %(paged)s
  msg: {endpoint: /data/msg, key: [id], records: data.collection, pagination: %(paged)s}
  user: {endpoint: /data/user, key: [id], records: data.collection, pagination: %(paged)s}
  keyword: {endpoint: /data/keyword, key: [id], records: data.collection, pagination: %(paged)s}
  file: {endpoint: /data/file, key: [id], records: data.collection}
  query: {endpoint: /data/query, key: [id], records: data.collection}
roots: {entity: status}
expect: {endpoints: 14, levels: [status, issue]}
"""
SINGLES = "".join(f"  - {{method: GET, path: /data/issue/{n}}}\n" for n in range(100, 118))
SHORT = f"""\
catalogue:
  - {{method: GET, path: /data/status}}
  - {{method: GET, path: '/data/status/{{status}}'}}
{SINGLES}\
ids: {{status: status.id}}
entities:
  status: {{endpoint: /data/status, key: [id], records: data.collection}}
roots: {{entity: status}}
"""


def source(
    folder: Path, server: Roundup, login: tuple[str, str | None] = (ADMIN, PASSWORD), *, rest: str = WHOLE,
    paged: str = NEXT, workers: int = 4,
) -> Run:  # fmt: skip
    user, password = login
    definition = (START + rest).replace("%(user)s", user).replace("%(paged)s", paged)
    project(folder, "roundup", definition.replace("%(workers)s", str(workers)))
    given = {"ROUNDUP_URL": server.base_url, "ROUNDUP_PASSWORD": password}
    return sourced(folder, "roundup", given=given, secrets=[password] if password else [])


@pytest.fixture(scope="module")
def read(roundup: Roundup, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return source(tmp_path_factory.mktemp("read"), roundup)


def test_a_password_is_proven_by_the_403_that_a_stranger_gets(read: Run) -> None:
    assert read.status == 0, read.printed
    assert read.portfolio()["auth_status"] == "Success"
    assert "refused without them (403)" in read.finding("auth", "basic")["observed"]


def test_every_endpoint_is_reported_as_it_is(read: Run) -> None:
    assert read.statuses() == {
        "/data": "accessible",
        "/data/issue": "accessible",
        "/data/issue/{issue}": "accessible",
        "/data/issue/{issue}/title": "accessible",
        "/data/msg": "accessible",
        "/data/user": "accessible",
        "/data/user/{user}/address": "accessible",
        "/data/keyword": "accessible",
        "/data/status": "accessible",
        "/data/priority": "accessible",
        "/data/file": "empty",
        "/data/file/{file}": "not_probed",
        "/data/query": "empty",
        "/data/nonsense": "not_found",
    }
    assert read.endpoint("/data/file/{file}")["not_probed_reason"] == "no value was found for file.id"


def test_issues_are_read_by_status_to_the_end_of_each_list(read: Run) -> None:
    seen = read.finding("pagination", "issue")["evidence"]

    assert read.finding("level", "status")["evidence"]["records_seen"] == COUNTS["status"]
    assert (len(seen["parents"]), seen["complete"]) == (COUNTS["status"], True)
    assert seen["records_read"] == seen["total_stated"] == COUNTS["issue"]
    assert read.finding("filter", "issue.status")["outcome"] == "proven"
    assert read.portfolio()["hierarchical_access_validated"] is True


def test_links_in_the_body_are_followed_to_the_total_that_is_stated(read: Run) -> None:
    finding = read.finding("pagination", "msg")
    seen = finding["evidence"]

    assert finding["outcome"] == "proven"
    assert (seen["pages_read"], seen["records_read"], seen["total_stated"]) == (15, COUNTS["msg"], COUNTS["msg"])
    assert (seen["complete"], seen["repeated"]) == (True, 0)
    assert read.endpoint("/data/msg")["pagination_seen"] == "next_url"


@pytest.mark.parametrize("kind", ["user", "keyword"])
def test_a_list_of_one_page_is_whole_and_proves_no_pagination(read: Run, kind: str) -> None:
    finding = read.finding("pagination", kind)

    assert (finding["outcome"], finding["code"]) == ("unproven", "pagination-unproven")
    assert (finding["evidence"]["records_read"], finding["evidence"]["complete"]) == (COUNTS[kind], True)


def test_a_total_that_is_made_up_beyond_the_last_page_is_not_believed(roundup: Roundup, tmp_path: Path) -> None:
    run = source(tmp_path, roundup, paged=NUMBERED)
    seen = run.finding("pagination", "msg")["evidence"]

    assert run.status == 0, run.printed
    assert (seen["records_read"], seen["total_stated"], seen["complete"]) == (COUNTS["msg"], COUNTS["msg"], True)
    assert [finding["code"] for finding in run.findings("warning")] == []


def test_an_address_that_the_user_may_not_see_is_forbidden_and_the_rest_is_read(
    roundup: Roundup, tmp_path: Path
) -> None:
    run = source(tmp_path, roundup, (USER, USER_PASSWORD))

    assert run.status == 0, run.printed
    assert run.endpoint("/data/user/{user}/address")["probe_status"] == "forbidden"
    assert run.endpoint("/data/user")["probe_status"] == "accessible"
    assert [finding["code"] for finding in run.findings("error")] == ["forbidden", "not-found"]


def refused(run: Run) -> str:
    """Check what holds for every login that is refused, and return the code."""
    row = run.last()
    assert run.status == 3, run.printed
    assert (row["status"], row["readiness"], row["error_category"]) == ("Failed", "BLOCKED", "auth")
    assert run.portfolio()["auth_status"] == "Failed"
    assert "secret://ROUNDUP_PASSWORD (env:ROUNDUP_PASSWORD)" in run.told
    assert "remedy" in run.told
    assert "source.endpoints" not in json.loads(row["table_versions"])
    return str(row["error_code"])


def test_a_wrong_password_is_rejected_after_one_try(roundup: Roundup, tmp_path: Path) -> None:
    run = source(tmp_path, roundup, ("user02", "wrong-password-0123"))

    assert refused(run) == "auth-rejected"
    assert "never accepted before" in run.told
    assert run.last()["request_count"] == 1


def test_an_account_that_was_taken_away_is_rejected_and_what_was_published_stays(
    roundup: Roundup, tmp_path: Path
) -> None:
    before = source(tmp_path, roundup, ("user03", USER_PASSWORD), rest=SHORT)
    assert before.status == 0, before.printed
    endpoints = before.rows("source.endpoints")
    roundup.retire("user03")

    run = source(tmp_path, roundup, ("user03", USER_PASSWORD), rest=SHORT)

    assert refused(run) == "auth-rejected"
    assert "last accepted" in run.told
    assert run.rows("source.endpoints") == endpoints


def test_a_missing_password_is_named_before_anything_is_sent(roundup: Roundup, tmp_path: Path) -> None:
    run = source(tmp_path, roundup, (ADMIN, None))

    assert run.status == 2
    assert (run.last()["error_code"], run.last()["request_count"]) == ("missing-secret", 0)
    assert "ROUNDUP_PASSWORD" in run.told


def test_an_account_barred_for_a_while_is_not_said_to_have_a_wrong_password(roundup: Roundup, tmp_path: Path) -> None:
    for _ in range(5):
        roundup.ask("/data/status", login=("user04", "wrong"))

    run = source(tmp_path, roundup, ("user04", USER_PASSWORD))

    assert run.status == 3, run.printed
    assert run.portfolio()["auth_status"] == "Unknown"
    assert "429" in run.last()["error_message"]
    assert "to be asked again at" in run.last()["error_message"]


def test_a_limit_of_20_calls_a_minute_is_kept_and_nothing_is_lost(tracker: Path, tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    with served_roundup(tracker, tmp_path / "served", calls=20, seconds=60) as server:
        run = source(tmp_path, server, rest=SHORT, workers=1)

    assert run.status == 0, run.printed
    assert run.last()["status"] == "Success"
    assert set(run.statuses().values()) == {"accessible"}
    assert {row["rate_limit_seen"] for row in run.rows("source.endpoints")} == {"20"}
    assert 1 <= run.last()["retry_count"] <= 10


def test_a_limit_that_would_take_minutes_is_reported_with_the_time_to_come_back(tracker: Path, tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    began = datetime.now(UTC)
    with served_roundup(tracker, tmp_path / "served", calls=20, seconds=3600) as server:
        run = source(tmp_path, server, rest=SHORT, workers=1)
    limited = [row for row in run.rows("source.endpoints") if row["probe_status"] == "rate_limited"]
    told = [finding["observed"] for finding in run.findings("error")]

    assert run.status == 0, run.printed
    assert run.last()["status"] == "Success"
    assert {(row["error_code"], row["http_status"]) for row in limited} == {("rate-limited", 429)}
    assert set(run.statuses().values()) == {"accessible", "rate_limited"}
    assert len(told) == len(limited) >= 2
    assert run.last()["retry_count"] == 0
    for sentence in told:
        resume_at = datetime.fromisoformat(sentence.split("come back at ")[1].rstrip("."))
        assert began + timedelta(seconds=60) < resume_at < began + timedelta(seconds=600)


def test_no_table_and_no_file_holds_the_password(read: Run) -> None:
    assert read.holders_of(PASSWORD) == []
