from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from spectra.errors import SpectraError
from spectra.testing.served import Answered, Asked, ServedApi

if TYPE_CHECKING:
    from tests.integration.conftest import Project, World

HTML = {"Content-Type": "text/html; charset=utf-8"}


def _auth(project: Project) -> dict[str, Any]:
    (row,) = project.rows("log.findings", kind="auth")
    return row


def test_credentials_are_proven_by_being_refused_without_them(project: Project) -> None:
    manifest = project.pipeline().source("acme")
    row = _auth(project)
    assert row["outcome"] == "proven"
    assert "401" in row["observed"]
    assert "auth:bearer" in manifest.capabilities
    assert project.rows("source.portfolio")[0]["auth_status"] == "Success"
    assert project.rows("source.credentials")[0]["last_validated"] is not None


def test_a_public_list_proves_nothing(project: Project, world: World) -> None:
    world.token = None
    manifest = project.pipeline().source("acme")
    assert _auth(project)["code"] == "auth-unproven"
    portfolio = project.rows("source.portfolio")[0]
    assert (portfolio["auth_status"], portfolio["last_auth_check"]) == ("Unknown", None)
    assert manifest.readiness == "DEGRADED"


def test_an_empty_answer_proves_nothing_since_a_stranger_may_get_it_too(project: Project, world: World) -> None:
    world.special["/api/projects"] = lambda asked: (
        Answered([]) if "authorization" in asked.headers else Answered(b"", 401)
    )
    manifest = project.pipeline().source("acme")
    assert (_auth(project)["outcome"], manifest.readiness) == ("unproven", "DEGRADED")
    assert "stranger" in _auth(project)["observed"]


def test_where_proof_is_required_an_unproven_auth_blocks(project: Project, world: World) -> None:
    world.token = None
    auth = {"type": "bearer", "token": "secret://ACME_TOKEN", "probe": "/projects", "proof": "required"}
    project.write(auth=auth)
    assert project.pipeline().source("acme").readiness == "BLOCKED"


def test_another_answer_without_credentials_is_proof(project: Project, world: World) -> None:
    def by_token(asked: Asked) -> Answered:
        return Answered(world.roots if "authorization" in asked.headers else world.roots[:1])

    world.special["/api/projects"] = by_token
    project.pipeline().source("acme")
    assert project.rows("source.portfolio")[0]["auth_status"] == "Success"


@pytest.mark.parametrize(
    ("bare", "status"),
    [
        (Answered(b"", 500), "Unknown"),
        (Answered(b"", 429), "Unknown"),
        (Answered(b"", 400), "Success"),
        (Answered(b"<html><form>login</form></html>", 200, HTML), "Success"),
        (Answered(b"", 302, {"Location": "http://login.invalid/"}), "Success"),
    ],
)
def test_only_what_turns_a_stranger_away_is_a_refusal(
    project: Project, world: World, bare: Answered, status: str
) -> None:
    world.special["/api/projects"] = lambda asked: Answered(world.roots) if "authorization" in asked.headers else bare
    project.write(limits={"requests_per_second": 500, "concurrency": 8, "attempts": 1, "total_seconds": 5})
    project.pipeline().source("acme")
    assert project.rows("source.portfolio")[0]["auth_status"] == status


def test_an_answer_that_changes_by_itself_is_no_proof(project: Project, world: World) -> None:
    ticks = itertools.count()
    world.special["/api/projects"] = lambda _: Answered([{"id": 1, "now": next(ticks)}])
    project.pipeline().source("acme")
    row = _auth(project)
    assert (row["outcome"], row["code"]) == ("unproven", "auth-unproven")


@pytest.mark.parametrize(
    ("answer", "code", "auth_status"),
    [
        (Answered(b"", 401), "auth-rejected", "Failed"),
        (Answered(b"", 403), "forbidden", "Failed"),
        (Answered(b"<html><form>login</form></html>", 200, HTML), "html-answer", "Failed"),
    ],
)
def test_a_refusal_is_told_from_another(
    project: Project, world: World, answer: Answered, code: str, auth_status: str
) -> None:
    world.special["/api/projects"] = lambda _: answer
    with pytest.raises(SpectraError) as caught:
        project.pipeline().source("acme")
    assert caught.value.code == code
    assert project.rows("source.portfolio")[0]["auth_status"] == auth_status


@pytest.mark.parametrize(
    ("to_a_stranger", "told"),
    [(Answered({"no": 1}, 403), "as it answers a stranger"), (Answered({"no": 2}, 403), "credentials are known")],
)
def test_a_403_says_that_the_credentials_are_known_only_where_a_stranger_is_answered_otherwise(
    project: Project, world: World, to_a_stranger: Answered, told: str
) -> None:
    world.special["/api/projects"] = lambda asked: (
        Answered({"no": 1}, 403) if "authorization" in asked.headers else to_a_stranger
    )
    with pytest.raises(SpectraError) as caught:
        project.pipeline().source("acme")
    assert (caught.value.code, _auth(project)["code"]) == ("forbidden", "forbidden")
    assert told in caught.value.message
    assert told in _auth(project)["observed"]


def test_an_api_that_asks_to_come_back_much_later_is_quoted_with_the_time(project: Project, world: World) -> None:
    world.special["/api/projects"] = lambda _: Answered(b"", 429, {"Retry-After": "6000"})
    with pytest.raises(SpectraError) as caught:
        project.pipeline().source("acme")
    assert "answered 429 and is to be asked again at 20" in _auth(project)["observed"]
    assert "1 x 429; to be asked again at 20" in caught.value.message


def test_a_probe_that_is_not_there_leaves_auth_unknown_and_the_run_goes_on(project: Project) -> None:
    auth = {"type": "bearer", "token": "secret://ACME_TOKEN", "probe": "/missing"}
    project.write(auth=auth)
    manifest = project.pipeline().source("acme")
    assert (manifest.status, _auth(project)["outcome"]) == ("Success", "unproven")


def test_a_three_character_secret_is_masked_in_full(project: Project, world: World, api: ServedApi) -> None:
    world.token = "abc"
    project.write(token="abc")
    project.pipeline().source("acme")
    (row,) = project.rows("source.credentials")
    assert row["credential_value"] == "***"
    assert row["reference"] == "dotenv:ACME_TOKEN"
    assert any(asked.headers.get("authorization") == "Bearer abc" for asked in api.asked)
    (warning,) = project.rows("log.findings", code="short-secret")
    assert "ACME_TOKEN" in warning["observed"]


def test_a_long_secret_shows_its_last_three_characters_and_no_more(project: Project) -> None:
    project.pipeline().source("acme")
    (row,) = project.rows("source.credentials")
    assert row["credential_value"] == "***ken"


def test_a_fingerprint_needs_a_key_and_shows_a_rotation(project: Project, world: World) -> None:
    project.pipeline().source("acme")
    assert project.rows("source.credentials")[0]["fingerprint"] is None
    (project.folder / "spectra.yaml").write_text("lakehouse: ./lakehouse\nfingerprint_key: secret://FP_KEY\n")
    prints = []
    for token in ("first-7f3a9c51d2e84b60", "first-7f3a9c51d2e84b60", "second-7f3a9c51d2e84b6"):
        world.token = token
        (project.folder / ".env").write_text(f"ACME_TOKEN={token}\nFP_KEY=a-key-for-this-test-only\n")
        project.pipeline().source("acme")
        prints.append(project.rows("source.credentials")[0]["fingerprint"])
    assert prints[0] == prints[1] != prints[2]
    assert prints[0]
