from __future__ import annotations

import gzip
import socket
import time
import zlib

import pytest

from spectra.access.exchange import Request
from spectra.access.outcome import judge
from spectra.errors import UnsafeMethodError
from spectra.testing.faulty import (
    Behaviour,
    Exchange,
    FaultyServer,
    answers,
    drips,
    gzip_bomb,
    hangs_up_when_reused,
    header,
    in_turn,
    raw,
    redirects,
    resets,
)
from tests.integration.opened import opened

WHOLE = b'[{"id": 1}]'
PART = header(Content_Type="application/json", Content_Length=1000) + b'[{"id": 1}'
CHUNKED = header(Content_Type="application/json", Transfer_Encoding="chunked")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        pytest.param(resets(PART), "connection-lost", id="reset inside the body"),
        pytest.param(resets(b"HTTP/1.1 200 OK\r\nContent-"), "connection-lost", id="reset inside the header"),
        pytest.param(resets(), "connection-lost", id="reset before an answer"),
        pytest.param(raw(), "connection-lost", id="closed without an answer"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-Type: a"), "connection-lost", id="closed inside a header line"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nX: a\r\n"), "connection-lost", id="closed between header lines"),
        pytest.param(raw(PART), "body-truncated", id="body shorter than announced"),
        pytest.param(raw(CHUNKED + b"5\r\n[1"), "body-truncated", id="closed inside a chunk"),
        pytest.param(raw(CHUNKED + b"3\r\n[1]\r\n"), "body-truncated", id="closed before the last chunk"),
        pytest.param(raw(CHUNKED + b"xyz\r\n[1]\r\n"), "protocol-error", id="chunk size is no number"),
        pytest.param(raw(CHUNKED + b"-5\r\n[1]\r\n"), "protocol-error", id="chunk size is negative"),
        pytest.param(raw(CHUNKED + b"1" * 70_000), "protocol-error", id="chunk size line never ends"),
        pytest.param(raw(b"nonsense\r\n\r\n"), "protocol-error", id="no HTTP at all"),
        pytest.param(raw(b"HTTP/1.1 abc OK\r\n\r\n"), "protocol-error", id="status is no number"),
        pytest.param(
            raw(b"HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n"), "protocol-error", id="no status of HTTP"
        ),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000), "protocol-error", id="a thousand headers"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 99_999), "protocol-error", id="a header of 100 kB"),
        pytest.param(
            raw(header(Content_Length="3, 4") + b"[1]"), "protocol-error", id="two lengths that contradict each other"
        ),
        pytest.param(
            answers(b"no gzip", Content_Encoding="gzip"), "protocol-error", id="body is not compressed as announced"
        ),
    ],
)
def test_an_answer_that_breaks_is_tried_again_and_never_handed_out_in_part(behaviour: Behaviour, code: str) -> None:
    with FaultyServer({"/broken": behaviour, "/once": in_turn(behaviour, answers(WHOLE))}) as server:
        with opened(server.url) as api:
            broken = api.send(Request(f"{server.url}/broken"))
            once = api.send(Request(f"{server.url}/once"))

        assert broken.error is not None
        assert (broken.error.code, broken.error.place) == (code, "GET /broken")
        assert broken.body == b""
        assert broken.attempts == server.count("/broken") == 3
        assert (once.error, once.body, once.attempts) == (None, WHOLE, 2)


def test_a_body_without_length_that_is_cut_off_is_tried_again() -> None:
    cut = raw(header(Content_Type="application/json") + b'[{"id": 1}, {"id"')
    with FaultyServer({"/cut": cut, "/once": in_turn(cut, answers(WHOLE))}) as server, opened(server.url) as api:
        page = api.send(Request(f"{server.url}/cut"))
        once = api.send(Request(f"{server.url}/once"))
        judgement = judge(page, record_count=None, path="/cut", overrides=[], error_body=())

    assert page.attempts == 3
    assert judgement.error is not None
    assert judgement.error.code == "invalid-json"
    assert (once.body, once.attempts) == (WHOLE, 2)


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(drips(header(Content_Type="application/json", Content_Length=10**6), b" "), id="body"),
        pytest.param(drips(CHUNKED, b"1\r\n \r\n"), id="chunks"),
        pytest.param(drips(header(Content_Type="application/json"), b" "), id="body without length"),
        pytest.param(drips(b"", b"HTTP/1.1 200 OK"), id="status line"),
        pytest.param(drips(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"), id="header"),
        pytest.param(drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.001), id="continue without end"),
        pytest.param(lambda exchange: exchange.wait(60) and False, id="silence"),
    ],
)
def test_a_dripping_answer_ends_at_the_total_deadline(behaviour: Behaviour) -> None:
    with FaultyServer(otherwise=behaviour) as server, opened(server.url, total_seconds=0.5, attempts=1) as api:
        began = time.monotonic()
        page = api.send(Request(f"{server.url}/slow"))
        took = time.monotonic() - began

    assert page.error is not None
    assert page.error.code == "deadline-exceeded"
    assert page.body == b""
    assert 0.4 < took < 1.5


def test_a_deadline_ends_one_answer_and_no_other() -> None:
    slow = answers(WHOLE, seconds=0.4)
    behaviours = {"/slow": slow, "/drip": drips(b"", b"HTTP/1.1 200 OK", 0.02)}
    with FaultyServer(behaviours) as server, opened(server.url, total_seconds=0.6, attempts=1) as api:
        urls = [f"{server.url}/{name}" for name in ("drip", "slow", "slow", "drip", "slow", "slow", "slow", "slow")]
        pages = list(api.send_all(Request(url, label=str(place)) for place, url in enumerate(urls)))
        after = api.send(Request(f"{server.url}/slow"))

    assert {page.request.label: page.status for page in pages} == {
        str(place): None if "drip" in url else 200 for place, url in enumerate(urls)
    }
    assert after.status == 200


def test_nothing_listens_there() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with opened(url) as api:
        page = api.send(Request(f"{url}/x"))

    assert page.error is not None
    assert page.error.code == "connection-refused"
    assert page.attempts == 0


def test_a_name_that_does_not_exist() -> None:
    url = "http://no-such-host.invalid"
    waits: list[float] = []
    with opened(url, waits=waits) as api:
        page = api.send(Request(f"{url}/x"))

    assert page.error is not None
    assert page.error.code == "dns-failed"
    assert len(waits) == 2


def test_a_silent_connect_ends_at_the_connect_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        host, port = listener.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.settimeout(0)
            filler.connect_ex((host, port))
        with opened(f"http://{host}:{port}", connect_seconds=0.3, attempts=1) as api:
            began = time.monotonic()
            page = api.send(Request(f"http://{host}:{port}/x"))
            took = time.monotonic() - began
        for filler in fillers:
            filler.close()

    assert page.error is not None
    assert page.error.code == "connect-timeout"
    assert took < 1.5


def test_a_kept_connection_that_the_server_closed_costs_no_try() -> None:
    with FaultyServer(otherwise=hangs_up_when_reused(answers(WHOLE))) as server, opened(server.url, attempts=1) as api:
        first = api.send(Request(f"{server.url}/a"))
        second = api.send(Request(f"{server.url}/b"))

        assert (first.status, second.status, second.error) == (200, 200, None)
        assert second.attempts == server.count("/b") == 2


def test_a_kept_connection_that_is_seen_to_be_closed_is_not_used() -> None:
    def closes(exchange: Exchange) -> bool:
        return answers(WHOLE)(exchange) and False

    with FaultyServer(otherwise=closes) as server, opened(server.url, attempts=1) as api:
        api.send(Request(f"{server.url}/a"))
        time.sleep(0.05)
        page = api.send(Request(f"{server.url}/b"))

        assert (page.status, page.attempts, server.count("/b")) == (200, 1, 1)


def test_a_post_goes_over_a_new_connection_since_it_must_not_be_sent_twice() -> None:
    with FaultyServer(otherwise=hangs_up_when_reused(answers(WHOLE))) as server, opened(server.url, attempts=1) as api:
        api.send(Request(f"{server.url}/a"))
        page = api.send(Request(f"{server.url}/search", method="POST", body=b"{}", safe=True))

        assert (page.error, page.attempts) == (None, 1)
        assert server.count("/search") == 1


def test_a_gzip_bomb_is_not_read_to_its_end() -> None:
    with FaultyServer(otherwise=gzip_bomb(2000)) as server, opened(server.url, response_mb=1) as api:
        page = api.send(Request(f"{server.url}/bomb"))
        time.sleep(0.1)

        assert page.error is not None
        assert page.error.code == "body-too-large"
        assert (page.status, page.body, page.attempts) == (200, b"", 1)
        assert server.bytes_sent < 1_000_000


@pytest.mark.parametrize("announced", [True, False])
def test_a_plain_body_above_the_limit_is_not_read_to_its_end(*, announced: bool) -> None:
    def endless(exchange: Exchange) -> bool:
        exchange.send(header(**({"Content_Length": 10**12} if announced else {})))
        while exchange.wait(0):
            exchange.send(b"x" * 65536)
        return False

    with FaultyServer(otherwise=endless) as server, opened(server.url, response_mb=1) as api:
        page = api.send(Request(f"{server.url}/endless"))

        assert page.error is not None
        assert page.error.code == "body-too-large"
        assert server.bytes_sent < 20_000_000


def test_a_chunk_of_negative_size_is_no_way_around_the_limit() -> None:
    def endless(exchange: Exchange) -> bool:
        exchange.send(CHUNKED + b"-1\r\n")
        while exchange.wait(0):
            exchange.send(b"x" * 65536)
        return False

    with FaultyServer(otherwise=endless) as server, opened(server.url, total_seconds=1, attempts=1) as api:
        page = api.send(Request(f"{server.url}/endless"))

        assert page.error is not None
        assert page.error.code == "protocol-error"
        assert server.bytes_sent < 20_000_000


def test_a_body_at_the_limit_is_read() -> None:
    body = b"[" + b" " * ((1 << 20) - 2) + b"]"
    with FaultyServer(otherwise=answers(body)) as server, opened(server.url, total_seconds=60) as api:
        assert api.send(Request(f"{server.url}/large")).body == body


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "gzip, br"])
def test_an_encoding_that_cannot_be_read_is_named(encoding: str) -> None:
    with FaultyServer(otherwise=answers(b"x", Content_Encoding=encoding)) as server, opened(server.url) as api:
        page = api.send(Request(f"{server.url}/x"))

    assert page.error is not None
    assert (page.error.code, page.error.facts["found"]) == ("unsupported-encoding", encoding)
    assert page.attempts == 1


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("identity", WHOLE),
        ("gzip", gzip.compress(WHOLE)),
        ("GZIP", gzip.compress(WHOLE)),
        ("deflate", zlib.compress(WHOLE)),
    ],
    ids=["identity", "gzip", "GZIP", "deflate"],  # a gzip header holds the time, and workers must agree on names
)
def test_a_compressed_body_is_handed_out_plain(encoding: str, body: bytes) -> None:
    with FaultyServer(otherwise=answers(body, Content_Encoding=encoding)) as server, opened(server.url) as api:
        page = api.send(Request(f"{server.url}/x"))

    assert (page.body, page.received, page.error) == (WHOLE, len(WHOLE), None)


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b'{"errorMsg": "no", "errorCode": 1}', "application/json", "error-body"),
        (b"<!doctype html><title>Sign in</title>", "text/html", "html-answer"),
        (b"<html>Sign in</html>", "application/json", "html-answer"),
        (b"", "application/json", "empty-body"),
    ],
)
def test_a_200_that_is_none_is_judged_a_failure(body: bytes, kind: str, code: str) -> None:
    with FaultyServer(otherwise=answers(body, Content_Type=kind)) as server, opened(server.url) as api:
        page = api.send(Request(f"{server.url}/x"))
        judgement = judge(page, record_count=None, path="/x", overrides=[], error_body=("errorMsg", "errorCode"))

    assert judgement.probe_status == "failed"
    assert judgement.error is not None
    assert judgement.error.code == code


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_but_get_and_head_is_sent_unless_declared_safe(method: str) -> None:
    with FaultyServer(otherwise=answers()) as server, opened(server.url) as api:
        page = api.send(Request(f"{server.url}/x", method=method))

        assert isinstance(page.error, UnsafeMethodError)
        assert (page.attempts, server.count()) == (0, 0)
        assert api.send(Request(f"{server.url}/x", method=method, safe=True, body=b"{}")).status == 200


def test_redirects_are_counted_and_bounded() -> None:
    loop = {f"/{n}": redirects(f"/{n + 1}") for n in range(10)}
    hops = {"/a": redirects("b?x=1", 307), "/b": redirects("/c", 301), "/c": answers(WHOLE)}
    with FaultyServer(loop | hops) as server, opened(server.url) as api:
        endless = api.send(Request(f"{server.url}/0"))
        found = api.send(Request(f"{server.url}/a"))

        assert endless.error is not None
        assert endless.error.code == "too-many-redirects"
        assert endless.attempts == 6
        assert (found.status, found.body, found.attempts, found.url) == (200, WHOLE, 3, f"{server.url}/c")
        assert server.seen[-2].target == "/b?x=1"


def test_a_redirect_of_a_post_is_not_followed() -> None:
    with FaultyServer({"/a": redirects("/b")}) as server, opened(server.url) as api:
        page = api.send(Request(f"{server.url}/a", method="POST", body=b"{}", safe=True))

        assert (page.status, page.error, server.count("/b")) == (302, None, 0)


def test_an_odd_path_is_sent_as_it_is() -> None:
    with FaultyServer(otherwise=answers()) as server, opened(f"{server.url}/base") as api:
        api.send(Request(f"{server.url}/base//flag", params={"a b": "ü&", "c": "1"}))

        assert server.seen[0].target == "/base//flag?a+b=%C3%BC%26&c=1"


def test_head_needs_no_body() -> None:
    with FaultyServer(otherwise=answers(WHOLE)) as server, opened(server.url) as api:
        page = api.send(Request(f"{server.url}/x", method="HEAD"))

    assert (page.status, page.body, page.error) == (200, b"", None)


def test_the_edge_itself_reads_no_proxy_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultyServer(otherwise=answers(b'["proxy"]')) as proxy, FaultyServer(otherwise=answers()) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        with opened(server.url) as api:
            assert api.send(Request(f"{server.url}/x")).body == b"[]"

        assert proxy.count() == 0
