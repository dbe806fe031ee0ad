"""A run behind a proxy that wants to know who is there: it works, it is written down, and no credential is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from spectra.access.redact import Redactor
from spectra.errors import ProxyRefusedError, ProxyUnusableError
from spectra.rest.post import Post
from spectra.settings import SecretStore, SystemClock
from spectra.testing.faulty import Behaviour, Exchange, FaultyServer, answers
from spectra.testing.proxy import forwards
from tests.integration.certificates import server_side, trusted
from tests.integration.test_post import MESSAGE, Kept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from spectra.testing.served import ServedApi
    from tests.integration.conftest import Project

USER, PASSWORD = "someone-of-the-proxy", "canary/41c8+of=the&proxy"
LOGIN = f"{quote(USER)}:{quote(PASSWORD, safe='')}"
FORMS = (
    PASSWORD,
    quote(PASSWORD, safe=""),
    json.dumps(PASSWORD)[1:-1],
    b64encode(PASSWORD.encode()).decode().rstrip("="),
    b64encode(f"{USER}:{PASSWORD}".encode()).decode().rstrip("="),
    "canary/41c8",
)
NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def echoing(passed: Behaviour) -> Behaviour:
    """Answer for one endpoint as a proxy that shows what it was told."""

    def behave(exchange: Exchange) -> bool:
        if not exchange.seen.path.endswith("/missing"):
            return passed(exchange)
        said = exchange.seen.headers.get("proxy-authorization", "")
        told = {"errorMsg": f"{said} {PASSWORD} {quote(PASSWORD, safe='')}", "errorCode": 1}
        return answers(json.dumps(told).encode(), status=500, X_Told=said)(exchange)

    return behave


@pytest.fixture(name="proxy")
def proxy_before_the_api(api: ServedApi) -> Iterator[FaultyServer]:
    there = api.url.removeprefix("http://")
    with FaultyServer(otherwise=echoing(forwards({"api.test:80": there}, f"{USER}:{PASSWORD}"))) as server:
        yield server


@pytest.fixture(name="behind")
def project_behind_the_proxy(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    project.url = "http://api.test"
    project.write()
    return project


def run(project: Project, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "spectra", "source", "acme", "--log", "json", "--log-file", "run.log"],
        cwd=project.folder,
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )


def assert_unseen(data: bytes, where: str) -> None:
    assert [form for form in (*FORMS, USER) if form.encode() in data] == [], where


def assert_unseen_anywhere(project: Project) -> None:
    files = [path for path in project.folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".parquet" for path in files)
    for path in files:
        assert_unseen(path.read_bytes(), str(path))
    for folder in sorted((project.folder / "lakehouse" / "Tables").glob("*/*")):
        name = f"{folder.parent.name}.{folder.name}"
        assert_unseen(json.dumps(project.pipeline().table(name).to_pylist(), default=str).encode(), name)


def test_a_run_through_a_proxy_publishes_and_leaves_no_credential_of_the_proxy(
    behind: Project, proxy: FaultyServer
) -> None:
    done = run(behind, HTTP_PROXY=f"http://{LOGIN}@{proxy.host}")

    assert done.returncode == 0, done.stderr
    assert proxy.count() > 5
    assert all("proxy-authorization" in seen.headers for seen in proxy.seen)
    (row,) = behind.rows("source.config", config_key="proxy")
    assert row["config_value"] == f"{proxy.url} (HTTP_PROXY); names are resolved there, not here"
    assert any(row["redacted"] for row in behind.rows("log.probes"))
    assert_unseen(done.stdout + done.stderr, "the output")
    assert (behind.folder / "run.log").is_file()
    assert_unseen_anywhere(behind)


def test_a_run_that_the_proxy_refuses_says_so_and_leaves_no_credential_either(
    behind: Project, proxy: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.otherwise = forwards({}, "somebody:else")
    monkeypatch.setenv("HTTP_PROXY", f"http://{LOGIN}@{proxy.host}")
    with pytest.raises(ProxyRefusedError) as caught:
        behind.pipeline().source("acme")

    assert (caught.value.exit_status, behind.newest()["error_code"]) == (3, "proxy-refused")
    assert_unseen(repr(vars(caught.value)).encode(), "the error")
    assert_unseen_anywhere(behind)


def test_a_variable_that_names_no_proxy_keeps_a_run_from_sending_anything(
    behind: Project, proxy: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", f"https://{LOGIN}@{proxy.host}")
    with pytest.raises(ProxyUnusableError) as caught:
        behind.pipeline().source("acme")

    assert (caught.value.place, proxy.connections) == ("ALL_PROXY", 0)
    assert (behind.newest()["status"], behind.newest()["error_code"]) == ("Failed", "proxy-unusable")
    assert_unseen(repr(vars(caught.value)).encode(), "the error")


def test_the_env_file_of_a_project_may_name_its_proxy_and_its_exceptions(behind: Project, proxy: FaultyServer) -> None:
    with (behind.folder / ".env").open("a") as file:
        file.write(f"https_proxy=http://elsewhere.test:1\nhttp_proxy=http://{LOGIN}@{proxy.host}\n")

    assert behind.pipeline().source("acme").status == "Success"
    assert [row["config_value"].split()[0] for row in behind.rows("source.config", config_key="proxy")] == [proxy.url]


def test_an_exception_is_read_from_the_environment_and_nothing_is_written_of_a_proxy(
    behind: Project, api: ServedApi, proxy: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "127.0.0.0/8")
    behind.url = api.url
    behind.write()

    assert behind.pipeline().source("acme").status == "Success"
    assert (behind.rows("source.config", config_key="proxy"), proxy.connections) == ([], 0)


def test_a_notification_goes_through_the_proxy_and_its_address_stays_within_the_tunnel(
    behind: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", trusted(tmp_path))
    with (
        FaultyServer(otherwise=answers(b"{}"), tls=server_side(tmp_path)) as hook,
        FaultyServer(otherwise=forwards({"api.test:443": hook.host}, f"{USER}:{PASSWORD}")) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://{LOGIN}@{proxy.host}")
        store = SecretStore([Kept({"HOOK": "https://api.test/hooks/a-secret-path"})])
        page = Post(store, Redactor(), SystemClock(), proxies=behind.pipeline().project.proxies()).send(MESSAGE)

        assert (page.status, [seen.target for seen in proxy.seen]) == (200, ["api.test:443"])
        assert hook.seen[0].path == "/hooks/a-secret-path"
        assert "proxy-authorization" not in hook.seen[0].headers


def test_a_notification_to_this_machine_is_not_shown_to_a_proxy(
    behind: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultyServer(otherwise=answers(b"{}")) as hook, FaultyServer(otherwise=answers(b"{}")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        store = SecretStore([Kept({"HOOK": f"{hook.url}/hooks/a-secret-path"})])
        page = Post(store, Redactor(), SystemClock(), proxies=behind.pipeline().project.proxies()).send(MESSAGE)

        assert (page.status, hook.count(), proxy.connections) == (200, 1, 0)
