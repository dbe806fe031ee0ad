"""A whole Source run with credentials that are got by exchange, and what stays of them on this machine."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from spectra import SpectraError
from spectra.testing.served import Answered, Asked, ServedApi
from tests.integration.conftest import Project, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEED = "canary-seed-0f31c9ab77-refresh"
CLIENT = "canary-client-5b20e1d4-secret"


@dataclass
class Identity:
    """Gives out tokens for the world's API; each refresh token works once, and only the newest."""

    world: World
    status: int = 200
    refresh: str = SEED
    given: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    asked: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answered:
        if asked.path != "/oauth/token":
            self.asked.append(asked.path)
            return self.world(asked)
        with self.lock:
            return self.token(dict(parse_qsl(asked.body.decode())))

    def token(self, form: dict[str, str]) -> Answered:
        if self.status != 200:
            return Answered({"error": "server_error"}, self.status)
        rotating = form["grant_type"] == "refresh_token"
        known = form.get("refresh_token") == self.refresh if rotating else form.get("client_secret") == CLIENT
        if not known:
            return Answered({"error": "invalid_grant" if rotating else "invalid_client"}, 400 if rotating else 401)
        self.given += 1
        self.world.token = f"canary-access-{self.given:04d}-77ae"
        said: dict[str, Any] = {"access_token": self.world.token, "expires_in": 3600}
        if rotating:
            self.refresh = f"canary-refresh-{self.given:04d}-91bd"
            said["refresh_token"] = self.refresh
        return Answered(said)


@pytest.fixture
def identity(world: World) -> Identity:
    world.token = "nothing-was-given-out-yet"
    return Identity(world)


@pytest.fixture
def made(identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    for name in ("ACME_CLIENT", "ACME_REFRESH"):
        monkeypatch.delenv(name, raising=False)
    with ServedApi(identity) as api:
        yield Project(tmp_path / "project", api.url)


def by_client(project: Project, secret: str = CLIENT, **changes: Any) -> None:
    auth = {
        "type": "oauth2_client_credentials",
        "token_url": f"{project.url}/oauth/token",
        "client_id": "ci",
        "client_secret": "secret://ACME_CLIENT",
        "send": "body",
        "probe": "/projects",
    }
    project.write(auth=auth, **changes)
    (project.folder / ".env").write_text(f"ACME_CLIENT={secret}\n")


def by_refresh(project: Project, seed: str = SEED, **changes: Any) -> None:
    auth = {
        "type": "oauth2_refresh_token",
        "token_url": f"{project.url}/oauth/token",
        "client_id": "ci",
        "refresh_token": "secret://ACME_REFRESH",
        "send": "body",
        "probe": "/projects",
    }
    project.write(auth=auth, **changes)
    (project.folder / ".env").write_text(f"ACME_REFRESH={seed}\n")


def failed(project: Project) -> SpectraError:
    with pytest.raises(SpectraError) as error:
        project.pipeline().source("acme")
    return error.value


def files_with(project: Project, text: str) -> list[Path]:
    every = (path for path in project.folder.rglob("*") if path.is_file() and path.name != ".env")
    return [path.relative_to(project.folder) for path in every if text.encode() in path.read_bytes()]


def test_a_token_is_proven_and_stays_nowhere(made: Project, identity: Identity) -> None:
    by_client(made)
    manifest = made.pipeline().source("acme")

    (portfolio,) = made.rows("source.portfolio")
    assert (manifest.status, portfolio["auth_status"]) == ("Success", "Success")
    assert portfolio["auth_method"] == "oauth2_client_credentials"
    assert identity.given == 1
    assert files_with(made, "canary-") == []


def test_a_refused_client_is_no_failure_of_the_api(made: Project, identity: Identity) -> None:
    by_client(made, "canary-another-client-secret")
    error = failed(made)

    assert (error.code, error.category, error.exit_status) == ("token-refused", "auth", 3)
    assert "invalid_client" in error.message
    assert identity.asked == []
    assert made.rows("source.portfolio")[0]["auth_status"] == "Failed"
    assert made.newest()["error_code"] == "token-refused"


def test_a_token_endpoint_that_is_down_says_nothing_about_the_credentials(made: Project, identity: Identity) -> None:
    identity.status = 500
    by_client(made)
    error = failed(made)

    assert (error.code, error.category) == ("token-endpoint-failed", "network")
    assert made.rows("source.portfolio")[0]["auth_status"] == "Unknown"
    assert identity.asked == []


def test_a_rotated_refresh_token_is_kept_for_its_owner_alone_and_used_by_the_next_run(
    made: Project, identity: Identity
) -> None:
    by_refresh(made)
    for _ in range(3):
        assert made.pipeline().source("acme").status == "Success"

    assert identity.given == 3
    kept = made.folder / ".spectra" / "rotated" / "ACME_REFRESH.json"
    assert files_with(made, "canary-") == [kept.relative_to(made.folder)]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert (kept.parent / ".gitignore").read_text() == "*\n"
    assert {row["reference"] for row in made.rows("source.credentials")} == {"rotated:ACME_REFRESH"}


def test_a_refresh_token_set_anew_wins_over_the_one_kept(made: Project, identity: Identity) -> None:
    by_refresh(made)
    made.pipeline().source("acme")
    identity.refresh = fresh = "canary-logged-in-anew-44c1"
    assert failed(made).code == "token-refused"

    by_refresh(made, fresh)
    assert made.pipeline().source("acme").status == "Success"


def test_a_refresh_token_that_cannot_be_kept_is_not_used(made: Project, identity: Identity) -> None:
    by_refresh(made)
    (made.folder / ".spectra").mkdir(exist_ok=True)
    (made.folder / ".spectra" / "rotated").write_text("a file in the way")
    error = failed(made)

    assert (error.code, error.exit_status) == ("token-not-kept", 5)
    assert identity.given == 0


def test_a_kill_between_keeping_and_using_a_refresh_token_loses_nothing(made: Project, identity: Identity) -> None:
    by_refresh(made, limits={"requests_per_second": 0.2, "attempts": 1})
    command = [sys.executable, "-m", "spectra", "source", "acme", "--project", str(made.folder)]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    kept = made.folder / ".spectra" / "rotated" / "ACME_REFRESH.json"
    ends_at = time.monotonic() + 30
    while not kept.exists() and time.monotonic() < ends_at:
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    assert run.wait(10) == -signal.SIGKILL

    assert (identity.given, identity.asked) == (1, [])
    assert json.loads(kept.read_text())["value"] == identity.refresh
    by_refresh(made)
    assert made.pipeline().source("acme").status == "Success"
    assert [row["status"] for row in sorted(made.rows("log.source"), key=lambda row: row["run_seq"])] == [
        "Abandoned",
        "Success",
    ]


def test_an_endpoint_with_an_auth_of_its_own_is_asked_with_that(made: Project, identity: Identity) -> None:
    seen: list[Asked] = []

    def missing(asked: Asked) -> Answered:
        seen.append(asked)
        return Answered([{"id": 1}])

    identity.world.special["/api/missing"] = missing
    own = {"auth": {"type": "api_key", "query": "key", "value": "secret://ACME_KEY"}}
    by_client(made, endpoints={"/missing": own, "/tasks/{id}": {"ids": {"id": "task.id"}}})
    with (made.folder / ".env").open("a") as file:
        file.write("ACME_KEY=canary-own-key-8812\n")
    made.pipeline().source("acme")

    (asked,) = seen
    assert (asked.query, "authorization" in asked.headers) == ({"key": "canary-own-key-8812"}, False)
    assert {(row["credential_name"], row["credential_type"]) for row in made.rows("source.credentials")} == {
        ("client_secret", "oauth2_client_credentials"),
        ("/missing value", "api_key"),
    }
    (row,) = made.rows("source.endpoints", endpoint_path="/missing")
    assert row["probe_status"] == "accessible"
    assert files_with(made, "canary-") == []
