"""Faults of the network that a run meets and gets over, or names; each over real sockets."""

from __future__ import annotations

import socket
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from spectra.access.exchange import Request
from spectra.errors import SpectraError
from spectra.rest.dialling import Dialler
from spectra.runs.events import StepAdvanced, StepStarted
from spectra.testing.faulty import Behaviour, Exchange, FaultyServer, answers, header, in_turn, raw, resets
from spectra.testing.served import Answered
from tests.integration.certificates import EXPIRED, OTHER, OWN, server_side, trusted
from tests.integration.opened import BEARER, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from spectra.runs.events import RunEvent
    from tests.integration.conftest import Project, World

WHOLE = b'[{"id": 1}]'
Found = list[tuple[Any, ...]]


def resolving(monkeypatch: pytest.MonkeyPatch, resolve: Callable[[int], Found]) -> None:
    """Put a resolver in the place of this machine's; it is given the port asked for."""
    monkeypatch.setattr(Dialler.__init__, "__defaults__", (lambda _host, port, **_: resolve(port),))


def found(*addresses: tuple[str, int]) -> Found:
    families = [socket.AF_INET6 if ":" in host else socket.AF_INET for host, _ in addresses]
    return [(family, socket.SOCK_STREAM, 6, "", where) for family, where in zip(families, addresses, strict=True)]


@contextmanager
def blackhole(host: str, port: int = 0) -> Iterator[int]:
    """Listen where no connection is ever taken: the queue is full, so the kernel drops what comes."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with ExitStack() as opened_sockets:
        listener = opened_sockets.enter_context(socket.create_server((host, port), family=family, backlog=0))
        port = listener.getsockname()[1]
        for _ in range(4):
            filler = opened_sockets.enter_context(socket.socket(family))
            filler.settimeout(0)
            filler.connect_ex((host, port))
        yield port


def spare_host() -> str:
    """Return ::1, or another address of this machine where it has no IPv6."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return "127.0.0.2"
    return "::1"


# 1 and 2: the name, the port


def test_a_name_that_is_found_at_the_third_look_costs_two_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = [0]

    def resolve(port: int) -> Found:
        looks[0] += 1
        if looks[0] < 3:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return found(("127.0.0.1", port))

    resolving(monkeypatch, resolve)
    waits: list[float] = []
    with FaultyServer(otherwise=answers(WHOLE)) as server:
        base = f"http://api.test:{server.host.split(':')[1]}"
        with opened(base, waits=waits) as api:
            page = api.send(Request(f"{base}/x"))

    assert (page.status, looks, waits) == (200, [3], [0.5, 1.0])


def test_a_resolver_that_hangs_ends_at_the_connect_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultyServer(otherwise=answers(WHOLE)) as server:
        resolving(monkeypatch, lambda _: found() if server.stopping.wait(20) else found(("127.0.0.1", 1)))
        with opened("http://api.test", connect_seconds=0.2, attempts=1) as api:
            page = api.send(Request("http://api.test/x"))

        assert page.error is not None
        assert (page.error.code, page.attempts) == ("dns-failed", 0)
        assert "was not resolved within 0.2 s" in page.error.message


def test_a_service_that_comes_up_between_two_tries_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url, late = f"http://127.0.0.1:{port}", FaultyServer(otherwise=answers(WHOLE), port=port)
    with ExitStack() as begun, opened(url, sleep=lambda _: begun.enter_context(late) and None) as api:
        page = api.send(Request(f"{url}/x"))

    assert (page.status, page.attempts, page.error) == (200, 1, None)


def test_an_endpoint_that_breaks_off_is_unreachable_and_the_others_go_on(project: Project) -> None:
    plain = answers(b'[{"id": 1, "name": "one"}]')
    unknown = answers(b"{}", status=401)

    def known(exchange: Exchange) -> bool:
        return (plain if "authorization" in exchange.seen.headers else unknown)(exchange)

    with FaultyServer({"/api/missing": resets()}, otherwise=known) as server:
        project.url = server.url
        project.write(expect=None)
        assert project.pipeline().source("acme").status == "Success"

        assert server.count("/api/missing") >= 2
    statuses = {row["endpoint_path"]: row["probe_status"] for row in project.rows("source.endpoints")}
    assert statuses["/missing"] == "unreachable"
    assert statuses["/projects"] == "accessible"


# 4 and 14: addresses that swallow


def test_an_address_that_swallows_everything_is_passed_over_for_one_that_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with FaultyServer(otherwise=answers(WHOLE)) as server:
        port, host = int(server.host.split(":")[1]), spare_host()
        with blackhole(host) as swallowing:
            resolving(monkeypatch, lambda _: found((host, swallowing), ("127.0.0.1", port)))
            with opened("http://api.test", connect_seconds=0.6, attempts=1) as api:
                page = api.send(Request("http://api.test/x"))

    assert (page.status, page.error) == (200, None)


def test_addresses_that_all_swallow_share_one_connect_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    host = spare_host()
    with blackhole(host) as one, blackhole("127.0.0.1") as other:
        resolving(monkeypatch, lambda _: found((host, one), ("127.0.0.1", other)))
        with opened("http://api.test", connect_seconds=0.4, attempts=1) as api:
            page = api.send(Request("http://api.test/x"))

    assert page.error is not None
    assert page.error.code == "connect-timeout"
    seconds = float(page.error.message.removeprefix(f"{host} port {one} did not answer within ").removesuffix(" s"))
    assert seconds <= 0.2


# 7: a body without length


def test_lines_of_json_that_end_at_a_line_are_taken_as_they_came() -> None:
    whole = header(Content_Type="application/x-ndjson") + b'{"id": 1}\n{"id": 2}\n'
    with FaultyServer(otherwise=raw(whole)) as server, opened(server.url) as api:
        page = api.send(Request(f"{server.url}/x"))

    assert (page.error, page.attempts, page.body.count(b"\n")) == (None, 1, 2)


# 10: a narrow line


def test_a_slow_answer_is_no_late_one(project: Project) -> None:
    rows = b"[" + b", ".join(b'{"id": %d, "name": "a project"}' % number for number in range(40)) + b"]"

    def trickling(exchange: Exchange) -> bool:
        if "authorization" not in exchange.seen.headers:
            return answers(b"{}", status=401)(exchange)
        exchange.send(header(Content_Type="application/json", Content_Length=len(rows)))
        for start in range(0, len(rows), 125):
            if not exchange.wait(0.01):  # 12.5 kB a second, 100 kbit
                return False
            exchange.send(rows[start : start + 125])
        return True

    events: list[RunEvent] = []
    with FaultyServer({"/api/projects": trickling}, otherwise=answers(b"[]")) as server:
        project.url = server.url
        project.write(expect=None)
        assert project.pipeline(emit=events.append).source("acme").status == "Success"

    (planned,) = [event.total for event in events if isinstance(event, StepStarted) and event.step == "endpoints"]
    assert sum(isinstance(event, StepAdvanced) and event.step == "endpoints" for event in events) == planned > 0


# 12: certificates


@pytest.mark.parametrize(
    ("certificate", "code", "said"),
    [
        pytest.param(OWN, None, "", id="as it should be"),
        pytest.param(EXPIRED, "tls-failed", "expired", id="expired"),
        pytest.param(OTHER, "tls-failed", "Hostname mismatch", id="for another host"),
    ],
)
def test_a_certificate_is_good_for_its_host_and_its_time(
    certificate: str, code: str | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", trusted(tmp_path))
    with FaultyServer(otherwise=answers(WHOLE), tls=server_side(tmp_path, certificate)) as server:
        base = f"https://localhost:{server.host.split(':')[1]}"
        with opened(base, auth=BEARER) as api:
            page = api.send(Request(f"{base}/x"))

        assert (page.error and page.error.code, server.connections) == (code, 1)
        assert server.count() == (0 if code else 1)
    assert said in (page.error.message if page.error else "")


def test_a_certificate_of_an_authority_that_is_not_trusted_is_refused(tmp_path: Path) -> None:
    with FaultyServer(otherwise=answers(WHOLE), tls=server_side(tmp_path)) as server:
        base = f"https://localhost:{server.host.split(':')[1]}"
        with opened(base, auth=BEARER) as api:
            page = api.send(Request(f"{base}/x"))

        assert page.error is not None
        assert (page.error.code, server.connections, server.count()) == ("tls-failed", 1, 0)
    assert "unable to get local issuer certificate" in page.error.message


# 34: what is sent again, and what is not


@pytest.mark.parametrize("failing", [answers(b"", status=503), resets(), raw(header(Content_Length=9) + b"[")])
def test_a_post_that_is_declared_safe_is_tried_again_as_a_get_is(failing: Behaviour) -> None:
    with FaultyServer(otherwise=in_turn(failing, answers(WHOLE))) as server, opened(server.url) as api:
        page = api.send(Request(f"{server.url}/search", method="POST", body=b"{}", safe=True))

        assert (page.status, page.attempts, server.count()) == (200, 2, 2)


def test_a_post_whose_answer_was_lost_is_not_sent_again_where_it_must_not_be() -> None:
    once = Request("", method="POST", body=b"{}", safe=True, repeatable=False)
    with FaultyServer({"/lost": resets(), "/busy": in_turn(answers(b"", status=503), answers(WHOLE))}) as server:
        with opened(server.url) as api:
            lost = api.send(Request(**{**_fields(once), "url": f"{server.url}/lost"}))
            busy = api.send(Request(**{**_fields(once), "url": f"{server.url}/busy"}))

        assert lost.error is not None
        assert (lost.error.code, server.count("/lost")) == ("connection-lost", 1)
        assert (busy.status, server.count("/busy")) == (200, 2)


def _fields(request: Request) -> dict[str, Any]:
    return {"method": request.method, "body": request.body, "safe": request.safe, "repeatable": request.repeatable}


# 101: bombs


def test_a_million_headers_are_not_read_to_their_end() -> None:
    def endless(exchange: Exchange) -> bool:
        exchange.send(b"HTTP/1.1 200 OK\r\n")
        for number in range(0, 1_000_000, 1000):
            exchange.send(b"".join(b"X-%d: y\r\n" % each for each in range(number, number + 1000)))
        return False

    with FaultyServer(otherwise=endless) as server, opened(server.url, attempts=1) as api:
        page = api.send(Request(f"{server.url}/x"))

        assert page.error is not None
        assert page.error.code == "protocol-error"
        assert server.bytes_sent < 10_000_000


def test_huge_numbers_are_kept_as_text_or_passed_over(project: Project, world: World) -> None:
    long, longest = "123456789012345678901234567890", "9" * 50_000
    tasks = f'{{"total": {longest}, "results": [{{"id": {longest}, "project": 1e999}}]}}'.encode()
    kind = {"Content-Type": "application/json", "X-Total-Count": longest[:5000]}
    world.special |= {
        "/api/projects": lambda asked: (
            Answered(f'[{{"id": {long}, "name": "one"}}]'.encode(), 200, kind)
            if "authorization" in asked.headers
            else Answered({}, 401)
        ),
        "/api/tasks": lambda _: Answered(tasks, 200, kind),
        f"/api/projects/{long}/tasks": lambda _: Answered([{"id": 10}]),
    }
    manifest = project.pipeline().source("acme")

    assert manifest.status == "Success"
    (asked,) = project.rows("log.probes", url=f"{project.url}/api/projects/{long}/tasks", purpose="level")
    assert asked["http_status"] == 200


@pytest.mark.parametrize(
    "value", ["9" * 400, "9" * 5000, "1e999", "-" + "9" * 400], ids=["long", "longer", "infinite", "negative"]
)
def test_a_huge_number_in_a_header_breaks_nothing(value: str) -> None:
    busy = answers(b"", status=429, Retry_After=value, X_RateLimit_Remaining=value)
    with FaultyServer({"/x": in_turn(busy, answers(WHOLE))}) as server, opened(server.url) as api:
        page = api.send(Request(f"{server.url}/x"))

    said = page.error.facts["resume_at"] if isinstance(page.error, SpectraError) else page.status
    assert said in {"never", 200}
