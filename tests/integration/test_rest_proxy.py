"""Through a proxy of raw sockets: what it is asked, what it is told, and what it is when it does not play along."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from spectra.access.exchange import Request
from spectra.access.proxy import Proxies, proxies_in
from spectra.testing.faulty import Behaviour, FaultyServer, answers, hangs_up_when_reused, in_turn, raw, redirects
from spectra.testing.proxy import forwards
from tests.integration.certificates import OTHER, server_side, trusted
from tests.integration.opened import BEARER, CANARY, opened

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = b'[{"id": 1}]'
LOGIN = "worker:canary-of-the-proxy"


def through(proxy: FaultyServer, login: str = "", no_proxy: str = "") -> Proxies:
    address = f"http://{login}@{proxy.host}" if login else f"http://{proxy.host}"
    return proxies_in({"ALL_PROXY": address, "NO_PROXY": no_proxy}.get)


@pytest.fixture(name="trusting")
def trusting_the_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSL_CERT_FILE", trusted(tmp_path))
    return tmp_path


def test_http_is_asked_by_the_whole_url_and_names_are_left_to_the_proxy() -> None:
    with (
        FaultyServer(otherwise=answers(WHOLE)) as server,
        FaultyServer(otherwise=forwards({"api.test:80": server.host})) as proxy,
        opened("http://api.test", auth=BEARER, proxies=through(proxy)) as api,
    ):
        pages = [api.send(Request(f"http://api.test/things?page={n}", params={"a b": "ü"})) for n in range(3)]

    assert [(page.status, page.body, page.attempts) for page in pages] == [(200, WHOLE, 1)] * 3
    assert proxy.seen[0].target == "http://api.test/things?page=0&a+b=%C3%BC"
    assert [seen.headers["host"] for seen in (*proxy.seen, *server.seen)] == ["api.test"] * 6
    assert server.seen[0].headers["authorization"] == f"Bearer {CANARY}"
    assert proxy.connections == 1


def test_a_port_that_is_not_the_usual_one_is_named_to_the_proxy() -> None:
    with (
        FaultyServer(otherwise=answers(WHOLE)) as server,
        FaultyServer(otherwise=forwards({"api.test:8080": server.host})) as proxy,
        opened("http://api.test:8080", proxies=through(proxy)) as api,
    ):
        assert api.send(Request("http://api.test:8080/x")).status == 200

    assert (proxy.seen[0].target, server.seen[0].headers["host"]) == ("http://api.test:8080/x", "api.test:8080")


def test_https_goes_through_a_tunnel_that_the_proxy_cannot_look_into(trusting: Path) -> None:
    with (
        FaultyServer(otherwise=answers(WHOLE), tls=server_side(trusting)) as server,
        FaultyServer(otherwise=forwards({"api.test:443": server.host}, LOGIN)) as proxy,
        opened("https://api.test", auth=BEARER, proxies=through(proxy, LOGIN)) as api,
    ):
        pages = [api.send(Request(f"https://api.test/{n}")) for n in range(3)]

    assert [page.status for page in pages] == [200] * 3
    assert [(seen.method, seen.target, seen.headers["host"]) for seen in proxy.seen] == [
        ("CONNECT", "api.test:443", "api.test:443")
    ]
    assert "authorization" not in proxy.seen[0].headers
    assert [seen.reused for seen in server.seen] == [False, True, True]
    assert server.seen[0].headers["host"] == "api.test"
    assert not any("proxy-authorization" in seen.headers for seen in server.seen)


def test_the_certificate_is_verified_against_the_source_and_not_the_proxy(trusting: Path) -> None:
    with (
        FaultyServer(otherwise=answers(WHOLE), tls=server_side(trusting, OTHER)) as server,
        FaultyServer(otherwise=forwards({"api.test:443": server.host})) as proxy,
        opened("https://api.test", auth=BEARER, proxies=through(proxy)) as api,
    ):
        page = api.send(Request("https://api.test/x"))

        assert page.error is not None
        assert (page.error.code, server.count(), proxy.count()) == ("tls-failed", 0, 1)


@pytest.mark.parametrize("exception", ["localhost", "*", "localhost:{port}"])
def test_an_exception_is_asked_directly(exception: str) -> None:
    with FaultyServer(otherwise=answers(WHOLE)) as server, FaultyServer(otherwise=answers(b"[]")) as proxy:
        port = server.host.split(":")[1]
        base = f"http://localhost:{port}"
        with opened(base, proxies=through(proxy, no_proxy=exception.format(port=port))) as api:
            assert api.send(Request(f"{base}/x")).body == WHOLE

        assert (server.count(), proxy.connections) == (1, 0)


def test_only_the_scheme_that_a_variable_speaks_of_goes_through_its_proxy() -> None:
    with FaultyServer(otherwise=answers(WHOLE)) as server, FaultyServer(otherwise=answers(b"[]")) as proxy:
        with opened(server.url, proxies=proxies_in({"HTTPS_PROXY": proxy.url}.get)) as api:
            assert api.send(Request(f"{server.url}/x")).body == WHOLE

        assert proxy.connections == 0


def test_the_credentials_of_the_proxy_go_to_the_proxy_alone() -> None:
    with (
        FaultyServer(otherwise=answers(WHOLE)) as server,
        FaultyServer(otherwise=forwards({"api.test:80": server.host}, LOGIN)) as proxy,
        opened("http://api.test", proxies=through(proxy, LOGIN)) as api,
    ):
        assert api.send(Request("http://api.test/x")).status == 200
        with opened(server.url, proxies=through(proxy, LOGIN, no_proxy="127.0.0.1")) as straight:
            assert straight.send(Request(f"{server.url}/x")).status == 200

    assert "proxy-authorization" in proxy.seen[0].headers
    assert ["proxy-authorization" in seen.headers for seen in server.seen] == [False, False]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("login", "said"),
    [
        ("", "asks for a user and password; it offers Basic"),
        ("worker:canary-but-wrong", "did not accept the user and password it names; it offers Basic"),
    ],
)
def test_a_proxy_that_does_not_know_us_is_named_and_asked_once(scheme: str, login: str, said: str) -> None:
    with (
        FaultyServer(otherwise=forwards({}, LOGIN)) as proxy,
        opened(f"{scheme}://api.test", auth=BEARER, proxies=through(proxy, login)) as api,
    ):
        page = api.send(Request(f"{scheme}://api.test/x"))

        assert page.error is not None
        assert (page.error.code, page.status, page.body) == ("proxy-refused", None, b"")
        assert page.error.message == f"{proxy.url} (ALL_PROXY) {said}"
        assert proxy.count() == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_told_from_a_source_that_is_not(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    proxies = proxies_in({"ALL_PROXY": f"http://{LOGIN}@127.0.0.1:{port}"}.get)
    with opened(f"{scheme}://api.test", proxies=proxies) as api:
        page = api.send(Request(f"{scheme}://api.test/x"))

    assert page.error is not None
    assert (page.error.code, page.error.facts["cause"]) == ("proxy-unreachable", "connection-refused")
    assert f"http://127.0.0.1:{port} (ALL_PROXY)" in page.error.message
    assert "canary" not in page.error.message


def test_a_proxy_whose_name_does_not_resolve_is_named() -> None:
    with opened("http://api.test", proxies=proxies_in({"http_proxy": "http://proxy.invalid:1"}.get)) as api:
        page = api.send(Request("http://api.test/x"))

    assert page.error is not None
    assert (page.error.code, page.error.facts["cause"]) == ("proxy-unreachable", "dns-failed")


@pytest.mark.parametrize(
    ("behaviour", "code", "times"),
    [
        pytest.param(answers(b"no", status=403), "proxy-connect-refused", 1, id="forbidden"),
        pytest.param(answers(b"no", status=405), "proxy-connect-refused", 1, id="no CONNECT at all"),
        pytest.param(redirects("http://elsewhere.test/"), "proxy-connect-refused", 1, id="redirect to a sign-in page"),
        pytest.param(answers(b"no", status=502), "proxy-connect-failed", 3, id="source not reached"),
        pytest.param(answers(b"no", status=504), "proxy-connect-failed", 3, id="source too slow"),
        pytest.param(raw(b""), "proxy-connect-failed", 3, id="hangs up"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nX: a"), "proxy-connect-failed", 3, id="breaks off"),
        pytest.param(raw(b"SSH-2.0-OpenSSH\r\n"), "proxy-connect-failed", 3, id="no HTTP"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000), "proxy-connect-failed", 3, id="endless header"),
        pytest.param(lambda exchange: exchange.wait(60) and False, "connect-timeout", 3, id="silence"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\n\r\n"), "connection-lost", 3, id="a tunnel to nowhere"),
    ],
)
def test_a_refused_tunnel_is_told_by_what_the_proxy_answered(behaviour: Behaviour, code: str, times: int) -> None:
    with (
        FaultyServer(otherwise=behaviour) as proxy,
        opened("https://api.test", auth=BEARER, connect_seconds=0.3, proxies=through(proxy, LOGIN)) as api,
    ):
        page = api.send(Request("https://api.test/x"))

        assert page.error is not None
        assert (page.error.code, proxy.count()) == (code, times)
        assert all(CANARY not in str(seen) for seen in proxy.seen)


def test_a_proxy_that_drips_ends_at_the_total_deadline() -> None:
    drip = raw(*[b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 90], seconds=0.05)
    with (
        FaultyServer(otherwise=drip) as proxy,
        opened("https://api.test", total_seconds=0.4, attempts=1, proxies=through(proxy)) as api,
    ):
        page = api.send(Request("https://api.test/x"))

    assert page.error is not None
    assert page.error.code == "deadline-exceeded"


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "100.100.100.200", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "0.0.0.0", "[fe80::1]"],
)
def test_an_address_that_is_never_asked_is_not_asked_through_a_proxy_either(scheme: str, host: str) -> None:
    with FaultyServer(otherwise=answers(WHOLE)) as proxy, opened(f"{scheme}://{host}", proxies=through(proxy)) as api:
        page = api.send(Request(f"{scheme}://{host}/latest/meta-data/"))

        assert page.error is not None
        assert (page.error.code, proxy.connections) == ("blocked-address", 0)


def test_a_hostile_redirect_does_not_reach_the_proxy() -> None:
    with (
        FaultyServer({"/a": redirects("http://169.254.169.254/latest/"), "/b": redirects("//evil.test/")}) as server,
        FaultyServer(otherwise=forwards({"api.test:80": server.host, "evil.test:80": server.host})) as proxy,
        opened("http://api.test", auth=BEARER, proxies=through(proxy)) as api,
    ):
        codes = [page.error and page.error.code for page in map(api.send, map(Request, _URLS))]

        assert codes == ["foreign-host", "foreign-host"]
        assert [seen.target for seen in proxy.seen] == list(_URLS)


_URLS = ("http://api.test/a", "http://api.test/b")


def test_a_redirect_to_an_allowed_host_takes_the_way_of_that_host() -> None:
    with (
        FaultyServer(otherwise=answers(WHOLE)) as files,
        FaultyServer({"/a": redirects(f"{files.url}/b")}) as server,
        FaultyServer(otherwise=forwards({"api.test:80": server.host})) as proxy,
        opened(
            "http://api.test", auth=BEARER, allowed=(files.host,), proxies=through(proxy, no_proxy="127.0.0.1")
        ) as api,
    ):
        page = api.send(Request("http://api.test/a"))

        assert (page.status, page.body, proxy.count(), files.count()) == (200, WHOLE, 1, 1)
    assert "authorization" not in files.seen[0].headers


def test_a_kept_connection_that_the_proxy_closed_costs_no_try() -> None:
    with (
        FaultyServer(otherwise=answers(WHOLE)) as server,
        FaultyServer(otherwise=hangs_up_when_reused(forwards({"api.test:80": server.host}))) as proxy,
        opened("http://api.test", attempts=1, proxies=through(proxy)) as api,
    ):
        assert [api.send(Request(f"http://api.test/{n}")).status for n in range(2)] == [200, 200]
        assert (proxy.connections, server.count()) == (2, 2)


def test_what_a_proxy_answers_in_the_place_of_the_source_is_judged_and_retried_as_usual() -> None:
    with FaultyServer() as proxy, opened("http://api.test", proxies=through(proxy)) as api:
        proxy.otherwise = in_turn(answers(b"", status=503, Retry_After="0"), answers(WHOLE))

        assert api.send(Request("http://api.test/x")).status == 200


def test_a_proxy_that_cannot_be_used_is_said_in_the_place_of_an_answer() -> None:
    with opened("https://api.test", proxies=proxies_in({"https_proxy": "socks5://127.0.0.1:1"}.get)) as api:
        page = api.send(Request("https://api.test/x"))

    assert page.error is not None
    assert (page.error.code, page.attempts) == ("proxy-unusable", 0)
    assert "its scheme is socks5" in page.error.message
