from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from spectra.access.exchange import Request
from spectra.access.outcome import judge
from spectra.testing.faulty import FaultyServer, answers, in_turn, resets
from tests.integration.opened import opened

WHOLE = b'[{"id": 1}]'


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_status_that_may_pass_is_tried_again(status: int) -> None:
    waits: list[float] = []
    busy = in_turn(answers(b"{}", status=status), answers(b"{}", status=status), answers(WHOLE))
    with FaultyServer({"/busy": busy}) as server, opened(server.url, waits=waits) as api:
        page = api.send(Request(f"{server.url}/busy"))

        assert (page.status, page.body, page.error) == (200, WHOLE, None)
        assert page.attempts == server.count("/busy") == 3
    assert waits == [0.5, 1.0]
    assert page.waited_ms >= 1500


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 417, 501])
def test_a_status_that_stays_is_asked_once(status: int) -> None:
    with FaultyServer(otherwise=answers(b"{}", status=status)) as server, opened(server.url) as api:
        page = api.send(Request(f"{server.url}/x"))

        assert (page.status, page.attempts, server.count()) == (status, 1, 1)


def test_a_500_that_stays_is_handed_out_after_the_last_try() -> None:
    with FaultyServer(otherwise=answers(b'{"a": 1}', status=500)) as server, opened(server.url, attempts=4) as api:
        page = api.send(Request(f"{server.url}/x"))

        assert (page.status, page.body, page.attempts, server.count()) == (500, b'{"a": 1}', 4, 4)


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        ("3", 3.0),
        (lambda: format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True), 30.0),
        (None, 0.5),
        ("-7", 0.5),
        ("nonsense", 0.5),
        (lambda: format_datetime(datetime.now(UTC) - timedelta(days=9), usegmt=True), 0.5),
    ],
)
def test_retry_after_is_honoured(asked: object, waited: float) -> None:
    value = asked() if callable(asked) else asked
    waits: list[float] = []
    busy = answers(b"", status=429, Retry_After=str(value)) if value else answers(b"", status=429)
    with FaultyServer({"/x": in_turn(busy, answers(WHOLE))}) as server, opened(server.url, waits=waits) as api:
        page = api.send(Request(f"{server.url}/x"))

    assert page.status == 200
    assert waits == [pytest.approx(waited, abs=1.5 if waited == 30 else 0)]


@pytest.mark.parametrize(("status", "code"), [(429, "rate-limited"), (503, "server-error")])
@pytest.mark.parametrize("asked", ["315360000", "61", "9" * 30])
def test_who_asks_for_a_longer_wait_than_the_cap_is_left_with_a_time_to_come_back(
    status: int, code: str, asked: str
) -> None:
    waits: list[float] = []
    busy = answers(b"", status=status, Retry_After=asked)
    with FaultyServer(otherwise=busy) as server, opened(server.url, waits=waits) as api:
        page = api.send(Request(f"{server.url}/x"))

        assert page.error is not None
        assert (page.error.code, page.status, page.attempts, server.count()) == (code, status, 1, 1)
    assert waits == []
    assert page.error.facts["resume_at"] == "never" or datetime.fromisoformat(page.error.facts["resume_at"]) > (
        datetime.now(UTC) + timedelta(seconds=50)
    )


def test_a_rate_limit_that_stays_is_judged_rate_limited() -> None:
    with FaultyServer(otherwise=answers(b"", status=429, Retry_After="1")) as server, opened(server.url) as api:
        page = api.send(Request(f"{server.url}/x"))
        judgement = judge(page, record_count=None, path="/x", overrides=[], error_body=())

    assert (judgement.probe_status, page.attempts) == ("rate_limited", 3)


@pytest.mark.parametrize("behaviour", [answers(b"", status=503), answers(b"", status=429), resets()])
def test_a_host_that_fails_five_times_in_a_row_is_left_alone(behaviour: object) -> None:
    with FaultyServer(otherwise=behaviour) as server, opened(server.url, attempts=2) as api:  # type: ignore[arg-type]
        pages = [api.send(Request(f"{server.url}/{n}")) for n in range(9)]

        assert server.count() == 5
        assert [page.attempts for page in pages] == [2, 2, 1, 0, 0, 0, 0, 0, 0]
        assert [page.error.code if page.error else None for page in pages[3:]] == ["circuit-open"] * 6
    assert pages[2].error is None or pages[2].error.code == "connection-lost"


def test_500s_do_not_close_the_way_to_other_endpoints() -> None:
    behaviours = {"/well": answers(WHOLE)}
    with FaultyServer(behaviours, otherwise=answers(b"", status=500)) as server, opened(server.url) as api:
        for n in range(9):
            api.send(Request(f"{server.url}/{n}"))

        assert server.count() == 27
        assert api.send(Request(f"{server.url}/well")).status == 200


def test_a_burst_that_hits_all_workers_at_once_does_not_open_the_circuit() -> None:
    busy = in_turn(answers(b"", status=503, seconds=0.1), answers(WHOLE))
    paths = {f"/{n}": busy for n in range(8)}
    with FaultyServer(paths) as server, opened(server.url, sleep=lambda _: time.sleep(0.3)) as api:
        pages = list(api.send_all(Request(f"{server.url}/{n}") for n in range(8)))

    assert [page.status for page in pages] == [200] * 8


def test_the_rate_limit_is_never_exceeded_with_16_workers() -> None:
    rate, count = 50, 100
    with (
        FaultyServer(otherwise=answers(WHOLE)) as server,
        opened(server.url, requests_per_second=rate, concurrency=16, sleep=None) as api,
    ):
        began = time.monotonic()
        pages = list(api.send_all(Request(f"{server.url}/{n}") for n in range(count)))
        took = time.monotonic() - began
        times = sorted(seen.at for seen in server.seen)

    assert len(pages) == count
    assert max(sum(1 for at in times if start <= at < start + 1) for start in times) <= rate
    assert took < 1.5 * count / rate
    assert sum(later - earlier for earlier, later in pairwise(times)) >= (count - 1) / rate * 0.98
    assert sum(page.waited_ms for page in pages) > 0


def test_retries_keep_to_the_pace_as_well() -> None:
    with (
        FaultyServer(otherwise=answers(b"", status=500)) as server,
        opened(server.url, requests_per_second=20, concurrency=16, sleep=None, chance=lambda: 0.0) as api,
    ):
        list(api.send_all(Request(f"{server.url}/{n}") for n in range(8)))
        times = sorted(seen.at for seen in server.seen)

    assert len(times) == 24
    assert times[-1] - times[0] >= 23 / 20 * 0.98


def test_a_host_that_asks_to_come_back_much_later_is_left_alone_and_every_answer_says_when() -> None:
    busy = answers(b"", status=429, Retry_After="3600")
    with FaultyServer(otherwise=busy) as server, opened(server.url, concurrency=1) as api:
        pages = [api.send(Request(f"{server.url}/{number}")) for number in range(13)]

        assert server.count() == 5
    assert {page.error.code for page in pages if page.error} == {"rate-limited"}
    assert all(page.error and page.error.facts["resume_at"] for page in pages)
