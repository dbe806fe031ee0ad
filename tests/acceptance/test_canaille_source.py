"""`spectra source` tells the truth about Canaille: OAuth2 of two kinds, tokens that run out, SCIM lists."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.projects import project, sourced
from tests.acceptance.servers.canaille import (
    CLIENT,
    COUNTS,
    EXPIRED,
    LASTING,
    REFRESH_TOKEN,
    REFRESHED,
    REMOVED,
    SECRET,
    served_canaille,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.projects import Run
    from tests.acceptance.servers.canaille import Canaille

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

BEARER = "{type: bearer, token: 'secret://CANAILLE_SECRET', probe: /scim/v2/Groups}"
OAUTH2 = """{type: oauth2_client_credentials, token_url: /oauth/token, client_id: %s,
  client_secret: 'secret://CANAILLE_SECRET', send: %s, probe: /scim/v2/Groups}"""
BY_REFRESH = """{type: oauth2_refresh_token, token_url: /oauth/token, client_id: refreshed,
  client_secret: 'secret://CANAILLE_SECRET', refresh_token: 'secret://CANAILLE_REFRESH', send: basic,
  probe: /scim/v2/Groups}"""
DEFINITION = """\
source: canaille
name: Canaille
base_url: ${env:CANAILLE_URL}
auth: %(auth)s
limits: {requests_per_second: %(rate)s, concurrency: 2}
catalogue:
  - {method: GET, path: /scim/v2/Users}
  - {method: GET, path: '/scim/v2/Users/{user}'}
  - {method: GET, path: /scim/v2/Groups}
  - {method: GET, path: '/scim/v2/Groups/{group}'}
  - {method: GET, path: /scim/v2/ResourceTypes}
  - {method: GET, path: '/scim/v2/ResourceTypes/{kind}'}
  - {method: GET, path: /scim/v2/Schemas}
  - {method: GET, path: '/scim/v2/Schemas/{schema}'}
  - {method: GET, path: /scim/v2/ServiceProviderConfig}
  - {method: POST, path: /scim/v2/.search}
ids: {user: user.id, group: group.id, kind: kind.id, schema: schema.id}
entities:
  user: {endpoint: /scim/v2/Users, key: [id], records: Resources, pagination: %(paged)s}
  group: {endpoint: /scim/v2/Groups, key: [id], records: Resources, pagination: %(paged)s}
  kind: {endpoint: /scim/v2/ResourceTypes, key: [id], records: Resources, pagination: %(paged)s}
  schema: {endpoint: /scim/v2/Schemas, key: [id], records: Resources, pagination: %(paged)s}
roots: {entity: group}
expect: {endpoints: 10, levels: [group]}
"""


SCIM = "{type: scim, size: null}"
COUNTED = "{type: scim, size: 25}"


@dataclass(frozen=True)
class Login:
    """How a project logs in: its `auth`, and the secrets that are set."""

    auth: str
    secret: str | None = SECRET
    refresh: str | None = None


def source(folder: Path, server: Canaille, login: Login, *, paged: str = SCIM, rate: float = 200) -> Run:
    definition = DEFINITION.replace("%(auth)s", login.auth).replace("%(paged)s", paged).replace("%(rate)s", str(rate))
    project(folder, "canaille", definition)
    given = {
        "CANAILLE_URL": server.base_url,
        "CANAILLE_SECRET": login.secret,
        "CANAILLE_REFRESH": login.refresh,
        "XDG_STATE_HOME": str(folder.parent / f"{folder.name}-state"),
    }
    return sourced(folder, "canaille", given=given, secrets=[each for each in (login.secret, login.refresh) if each])


@pytest.fixture(scope="module")
def read(canaille: Canaille, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return source(tmp_path_factory.mktemp("read"), canaille, Login(OAUTH2 % (CLIENT, "basic")))


def test_a_secret_sent_by_basic_gets_a_token_that_is_proven(read: Run) -> None:
    assert read.status == 0, read.printed
    assert read.last()["readiness"] == "READY"
    assert (read.portfolio()["auth_method"], read.portfolio()["auth_status"]) == (
        "oauth2_client_credentials",
        "Success",
    )
    assert "refused without them (401)" in read.finding("auth", "oauth2_client_credentials")["observed"]


def test_one_token_serves_the_whole_run(canaille: Canaille, tmp_path: Path) -> None:
    before = canaille.tokens_issued()
    run = source(tmp_path, canaille, Login(OAUTH2 % (CLIENT, "basic")))

    assert run.status == 0, run.printed
    assert canaille.tokens_issued() == before + 1


def test_every_get_endpoint_answers_and_the_search_is_never_sent(read: Run) -> None:
    assert len(read.statuses()) == 9
    assert set(read.statuses().values()) == {"accessible"}
    assert read.endpoint("/scim/v2/.search", "POST")["probe_status"] == "not_probed"
    assert {probe["http_method"] for probe in read.own("log.probes")} <= {"GET", "HEAD"}


@pytest.mark.parametrize(
    ("entity", "kind"), [("user", "Users"), ("group", "Groups"), ("kind", "ResourceTypes"), ("schema", "Schemas")]
)
def test_a_list_is_read_to_its_end_and_its_first_total_is_true(read: Run, entity: str, kind: str) -> None:
    seen = read.finding("pagination", entity)["evidence"]

    assert seen["records_read"] == seen["total_stated"] == COUNTS[kind]
    assert (seen["complete"], seen["repeated"], seen["cap"]) == (True, 0, None)
    assert read.finding("level", entity)["evidence"]["records_seen"] == COUNTS[kind]
    assert read.findings("warning") == []


def test_a_number_of_records_asked_for_is_an_error_of_the_server_and_told_as_that(
    canaille: Canaille, tmp_path: Path
) -> None:
    run = source(tmp_path, canaille, Login(OAUTH2 % (CLIENT, "basic")), paged=COUNTED)

    assert run.status == 3, run.printed
    assert run.last()["error_code"] == "level-failed"
    assert "1 x 500" in run.last()["error_message"]
    assert run.portfolio()["auth_status"] == "Success"
    assert run.finding("level", "group")["evidence"]["statuses"] == {"failed": 1}


def refusal_of(run: Run) -> dict[str, Any]:
    """Check what holds for every refusal, and return the row of the run."""
    row = run.last()
    assert run.status == 3, run.printed
    assert (row["status"], row["readiness"], row["error_category"]) == ("Failed", "BLOCKED", "auth")
    assert run.portfolio()["auth_status"] == "Failed"
    assert "secret://CANAILLE_SECRET (env:CANAILLE_SECRET)" in run.told
    assert "remedy" in run.told
    assert "source.endpoints" not in json.loads(row["table_versions"])
    return row


@pytest.mark.parametrize(
    ("client", "send", "secret"),
    [(CLIENT, "body", SECRET), (CLIENT, "basic", "wrong-secret-0123456789"), ("unknown-client", "basic", SECRET)],
    ids=["by body", "wrong", "unknown"],
)
def test_a_refusal_of_the_token_endpoint_is_told_apart_from_one_of_the_api(
    canaille: Canaille, tmp_path: Path, client: str, send: str, secret: str
) -> None:
    run = source(tmp_path, canaille, Login(OAUTH2 % (client, send), secret))
    row = refusal_of(run)
    finding = run.finding("auth", "oauth2_client_credentials")

    assert row["error_code"] == finding["code"] == "token-refused"
    assert row["error_message"] == "the token endpoint answered 401 (invalid_client)"
    assert (finding["place"], finding["evidence"]) == ("POST /oauth/token", {"http_status": "401"})
    assert "`send`" in run.told
    assert row["request_count"] == 1


def test_a_token_that_ran_out_is_refused_by_the_api(canaille: Canaille, tmp_path: Path) -> None:
    run = source(tmp_path, canaille, Login(BEARER, EXPIRED))

    assert refusal_of(run)["error_code"] == "auth-rejected"
    assert run.finding("auth", "bearer")["place"] == "GET /scim/v2/Groups"


def test_a_token_that_lasts_is_proven(canaille: Canaille, tmp_path: Path) -> None:
    assert source(tmp_path, canaille, Login(BEARER, LASTING)).portfolio()["auth_status"] == "Success"


def test_a_client_that_was_removed_is_refused_and_what_was_published_stays(canaille: Canaille, tmp_path: Path) -> None:
    login = Login(OAUTH2 % (REMOVED, "basic"))
    before = source(tmp_path, canaille, login)
    assert before.status == 0, before.printed
    endpoints = before.rows("source.endpoints")
    canaille.remove(REMOVED)

    run = source(tmp_path, canaille, login)

    assert refusal_of(run)["error_code"] == "token-refused"
    assert "last accepted" in run.told
    assert run.rows("source.endpoints") == endpoints


def test_a_missing_secret_is_named_before_anything_is_sent(canaille: Canaille, tmp_path: Path) -> None:
    run = source(tmp_path, canaille, Login(OAUTH2 % (CLIENT, "basic"), None))

    assert run.status == 2
    assert (run.last()["error_code"], run.last()["request_count"]) == ("missing-secret", 0)
    assert "CANAILLE_SECRET" in run.told


def test_tokens_that_run_out_during_the_run_are_renewed(brief_canaille: Canaille, tmp_path: Path) -> None:
    before = brief_canaille.tokens_issued()

    run = source(tmp_path, brief_canaille, Login(OAUTH2 % (CLIENT, "basic")), rate=4)

    assert run.status == 0, run.printed
    assert set(run.statuses().values()) == {"accessible"}
    assert 2 <= brief_canaille.tokens_issued() - before <= run.last()["request_count"] // 2
    assert run.findings("error") == []


def test_a_refresh_token_is_used_once_and_the_next_run_uses_its_successor(
    filled_canaille: Path, tmp_path: Path
) -> None:
    (tmp_path / "served").mkdir()
    (tmp_path / "project").mkdir()
    login = Login(BY_REFRESH, refresh=REFRESH_TOKEN)
    with served_canaille(filled_canaille, tmp_path / "served") as server:
        runs = [source(tmp_path / "project", server, login) for _ in range(2)]

    assert [run.status for run in runs] == [0, 0], runs[1].printed
    assert "rotated:CANAILLE_REFRESH" in runs[1].told
    assert runs[1].portfolio()["auth_status"] == "Success"
    assert runs[1].holders_of(REFRESH_TOKEN) == []


def test_a_refresh_token_that_was_used_elsewhere_is_refused_by_the_token_endpoint(
    filled_canaille: Path, tmp_path: Path
) -> None:
    (tmp_path / "served").mkdir()
    (tmp_path / "project").mkdir()
    with served_canaille(filled_canaille, tmp_path / "served") as server:
        server.token(REFRESHED, grant_type="refresh_token", refresh_token=REFRESH_TOKEN)
        run = source(tmp_path / "project", server, Login(BY_REFRESH, refresh=REFRESH_TOKEN))

    row = refusal_of(run)
    assert (row["error_code"], row["error_message"]) == (
        "token-refused",
        "the token endpoint answered 400 (invalid_grant)",
    )
    assert "secret://CANAILLE_REFRESH" in run.told


def test_no_table_and_no_file_holds_the_secret_or_a_token(read: Run, canaille: Canaille) -> None:
    assert read.holders_of(SECRET) == []
    assert [token for token in canaille.access_tokens() if read.holders_of(token)] == []
