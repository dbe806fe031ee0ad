from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from spectra.access.exchange import Request
from spectra.access.sealed import Sealed
from spectra.access.secret import SecretReference
from spectra.rest.dialling import Dialler
from spectra.testing.faulty import FaultyServer, answers, redirects
from tests.integration.opened import BEARER, CANARY, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE = b'[{"id": 1}]'


@pytest.fixture(name="foreign")
def foreign_server() -> Iterator[FaultyServer]:
    with FaultyServer(otherwise=answers(WHOLE)) as server:
        yield server


def test_an_allowed_host_is_asked_without_credentials(foreign: FaultyServer) -> None:
    with FaultyServer({"/a": redirects(f"{foreign.url}/files/1")}) as server:
        with opened(server.url, auth=BEARER, allowed=(foreign.host,)) as api:
            page = api.send(Request(f"{server.url}/a"))
            direct = api.send(Request(f"{foreign.url}/files/2"))

        assert (page.status, page.body, page.attempts, direct.status) == (200, WHOLE, 2, 200)
        assert server.seen[0].headers["authorization"] == f"Bearer {CANARY}"
    assert [("authorization" in seen.headers, CANARY in str(seen)) for seen in foreign.seen] == [(False, False)] * 2


def test_a_redirect_within_the_source_keeps_the_credentials() -> None:
    with FaultyServer({"/a": redirects("/b"), "/b": answers(WHOLE)}) as server, opened(server.url, auth=BEARER) as api:
        api.send(Request(f"{server.url}/a"))

        assert [seen.headers.get("authorization") for seen in server.seen] == [f"Bearer {CANARY}"] * 2


def test_the_control_request_carries_no_credentials() -> None:
    with FaultyServer(otherwise=answers()) as server, opened(server.url, auth=BEARER) as api:
        api.send(Request(f"{server.url}/a", authenticated=False))

        assert "authorization" not in server.seen[0].headers


def test_a_sealed_header_of_the_request_stays_at_home_too(foreign: FaultyServer) -> None:
    sealed = {"X-Key": Sealed((SecretReference("TOKEN"),))}
    with FaultyServer({"/a": redirects(f"{foreign.url}/b")}) as server:
        with opened(server.url, allowed=(foreign.host,)) as api:
            api.send(Request(f"{server.url}/a", headers=sealed))

        assert server.seen[0].headers["x-key"] == CANARY
    assert "x-key" not in foreign.seen[0].headers


def stubbed(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[object]:
    """Resolve every name to these addresses."""
    asked: list[object] = []

    def resolve(host: object, port: int, **_: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [(f, socket.SOCK_STREAM, 6, "", (a, port)) for f, a in zip(families, addresses, strict=True)]

    monkeypatch.setattr(Dialler.__init__, "__defaults__", (resolve,))
    return asked


@pytest.mark.parametrize(
    "addresses",
    [("169.254.169.254",), ("127.0.0.1", "169.254.169.254"), ("fe80::1",), ("0.0.0.0",), ("64:ff9b::a9fe:a9fe",)],
)
def test_a_name_that_leads_to_a_blocked_address_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    stubbed(monkeypatch, *addresses)
    with FaultyServer(otherwise=answers()) as server:
        port = server.host.split(":")[1]
        with opened(f"http://api.test:{port}") as api:
            page = api.send(Request(f"http://api.test:{port}/x"))

        assert page.error is not None
        assert (page.error.code, page.attempts, server.connections) == ("blocked-address", 0, 0)


def test_a_name_is_resolved_once_and_the_host_header_is_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = stubbed(monkeypatch, "127.0.0.1")
    with FaultyServer(otherwise=answers()) as server:
        base = f"http://api.test:{server.host.split(':')[1]}"
        with opened(base) as api:
            statuses = [page.status for page in api.send_all(Request(f"{base}/{n}") for n in range(20))]

        assert statuses == [200] * 20
        assert {seen.headers["host"] for seen in server.seen} == {base.removeprefix("http://")}
    assert asked == ["api.test"]


def test_an_address_that_does_not_answer_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    stubbed(monkeypatch, "::1", "127.0.0.2", "127.0.0.1")
    with FaultyServer(otherwise=answers()) as server:
        base = f"http://api.test:{server.host.split(':')[1]}"
        with opened(base, attempts=1) as api:
            assert api.send(Request(f"{base}/x")).status == 200
