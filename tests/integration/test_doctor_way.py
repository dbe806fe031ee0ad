"""How `spectra doctor` tells the way to a source: whose certificate, until when, and through which proxy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from spectra.access.guard import UrlGuard
from spectra.diagnosis.reach import dns_step, tcp_step
from spectra.rest.reaching import Reaching
from spectra.runner import Seams
from spectra.settings import SystemClock
from spectra.testing.faulty import FaultyServer, answers
from spectra.testing.proxy import forwards
from tests.integration.certificates import EXPIRED, OTHER, OWN, server_side, trusted

if TYPE_CHECKING:
    from pathlib import Path

    from spectra.diagnosis.step import Diagnosis, Step
    from spectra.testing.served import ServedApi
    from tests.integration.conftest import Project

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class Late(SystemClock):
    """A clock in the last days of the certificates."""

    def now(self) -> datetime:
        return datetime(2125, 12, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def step_of(diagnosis: Diagnosis, name: str) -> Step:
    return next(step for step in diagnosis.steps if step.name == name)


def tls_of(project: Project, server: FaultyServer, seams: Seams | None = None) -> Step:
    project.write(base_url=f"https://localhost:{server.host.split(':')[1]}/api")
    return step_of(project.pipeline(seams=seams).doctor("acme"), "tls")


def test_a_trusted_certificate_is_told_with_issuer_and_end(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", trusted(tmp_path))
    with FaultyServer(otherwise=answers(), tls=server_side(tmp_path, OWN)) as server:
        tls = tls_of(project, server)

    assert (tls.outcome, tls.seen[:9]) == ("ok", "TLSv1.3, ")
    assert "for api.test, issued by Authority of the tests, expires in " in tls.seen
    assert tls.seen.endswith("(2126-01-01)")


def test_a_certificate_that_ends_within_30_days_warns(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", trusted(tmp_path))
    with FaultyServer(otherwise=answers(), tls=server_side(tmp_path, OWN)) as server:
        tls = tls_of(project, server, Seams(clock=Late()))

    assert (tls.outcome, [error.code for error in tls.errors]) == ("warning", ["certificate-expiring"])
    assert "expires in 11 days (2126-01-01)" in tls.seen


@pytest.mark.parametrize(
    ("certificate", "trust", "said"),
    [
        (EXPIRED, True, "certificate has expired; it is for api.test, issued by Authority of the tests, expired "),
        (OTHER, True, "for 'localhost'.; it is for elsewhere.test, issued by Authority of the tests"),
        (OWN, False, "unable to get local issuer certificate; it is for api.test, issued by Authority of the tests"),
    ],
    ids=["expired", "for another host", "not trusted"],
)
def test_a_certificate_that_is_not_accepted_is_shown_and_nothing_is_asked(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, certificate: str, trust: bool, said: str
) -> None:
    if trust:
        monkeypatch.setenv("SSL_CERT_FILE", trusted(tmp_path))
    with FaultyServer(otherwise=answers(), tls=server_side(tmp_path, certificate)) as server:
        tls = tls_of(project, server)

        assert (tls.outcome, [error.code for error in tls.errors]) == ("failed", ["tls-failed"])
        assert server.count() == 0
    assert said in tls.seen


def test_a_server_that_speaks_no_tls_fails_the_step(project: Project) -> None:
    with FaultyServer(otherwise=answers()) as server:
        project.write(base_url=f"https://{server.host}/api", limits={"connect_seconds": 0.5, "total_seconds": 1})
        diagnosis = project.pipeline().doctor("acme")

    assert step_of(diagnosis, "tls").outcome == "failed"
    assert step_of(diagnosis, "auth").seen == "tls failed"
    assert diagnosis.exit_status == 3


def resolving(*addresses: str) -> object:
    return lambda _, port, **__: [(2, 1, 6, "", (address, port)) for address in addresses]


def test_each_address_is_tried_and_one_that_answers_is_enough(api: ServedApi) -> None:
    guard = UrlGuard(api.url.replace("127.0.0.1", "api.test"))
    reaching = Reaching(guard, 2.0, resolve=resolving("127.0.0.2", "127.0.0.1"))  # type: ignore[arg-type]

    assert dns_step(reaching).seen == "api.test is 127.0.0.2, 127.0.0.1"
    tcp = tcp_step(reaching)
    assert tcp.outcome == "ok"
    assert "127.0.0.2 port " in tcp.seen
    assert "Connection refused, 127.0.0.1 answered in " in tcp.seen


def test_one_refused_address_among_good_ones_is_enough_to_fail(api: ServedApi) -> None:
    guard = UrlGuard(api.url.replace("127.0.0.1", "api.test"))
    dns = dns_step(Reaching(guard, 2.0, resolve=resolving("127.0.0.1", "169.254.169.254")))  # type: ignore[arg-type]

    assert (dns.outcome, [error.code for error in dns.errors]) == ("failed", ["blocked-address"])
    assert dns.seen.startswith("api.test is 127.0.0.1, 169.254.169.254 REFUSED: ")


def test_behind_a_proxy_the_proxy_is_tried_and_resolves(
    project: Project, api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = {"api.test:80": api.url.removeprefix("http://")}
    with FaultyServer(otherwise=forwards(leads, "someone:canary-of-the-proxy")) as proxy:
        monkeypatch.setenv("http_proxy", f"http://someone:canary-of-the-proxy@{proxy.host}")
        project.write(base_url="http://api.test/api")
        diagnosis = project.pipeline().doctor("acme")

        assert step_of(diagnosis, "dns").seen == "behind a proxy the proxy resolves"
        assert step_of(diagnosis, "tcp").seen == f"the proxy http://{proxy.host} (http_proxy) answered"
        assert step_of(diagnosis, "proxy").seen == f"http://{proxy.host} (http_proxy) is used"
    assert (step_of(diagnosis, "auth").outcome, diagnosis.verdict) == ("ok", "READY")
    assert "canary-of-the-proxy" not in str(diagnosis.document())


def test_the_certificate_is_shown_through_a_proxy_too(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultyServer(otherwise=answers(), tls=server_side(tmp_path)) as server:
        with FaultyServer(otherwise=forwards({"api.test:443": server.host})) as proxy:
            monkeypatch.setenv("https_proxy", f"http://{proxy.host}")
            project.write(base_url="https://api.test/api")
            tls = step_of(project.pipeline().doctor("acme"), "tls")

        assert (tls.outcome, server.count()) == ("failed", 0)
    assert "it is for api.test, issued by Authority of the tests" in tls.seen


@pytest.mark.parametrize(
    ("address", "step", "code", "exit_status"),
    [
        ("socks5://127.0.0.1:1", "proxy", "proxy-unusable", 2),
        ("http://127.0.0.1:1", "tcp", "proxy-unreachable", 3),
    ],
)
def test_a_proxy_that_is_no_use_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch, address: str, step: str, code: str, exit_status: int
) -> None:
    monkeypatch.setenv("http_proxy", address)
    project.write(base_url="http://api.test/api")
    diagnosis = project.pipeline().doctor("acme")

    assert [error.code for error in step_of(diagnosis, step).errors] == [code]
    assert (step_of(diagnosis, "auth").outcome, diagnosis.exit_status) == ("skipped", exit_status)
