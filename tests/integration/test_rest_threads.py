from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from spectra.access.exchange import Request
from spectra.errors import MissingSecretError
from spectra.testing.faulty import FaultyServer, answers, drips
from tests.integration.opened import opened

ROOT = Path(__file__).parents[2]
WHOLE = b'[{"id": 1}]'


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("spectra")]


def test_pages_come_as_they_are_complete() -> None:
    behaviours = {"/slow": answers(WHOLE, seconds=0.4), "/quick": answers(WHOLE)}
    with FaultyServer(behaviours) as server, opened(server.url) as api:
        urls = [f"{server.url}/{name}" for name in ("slow", "quick", "quick")]
        labels = [page.request.label for page in api.send_all(Request(u, label=u[-5:]) for u in urls)]

    assert labels == ["quick", "quick", "/slow"]


def test_requests_are_asked_concurrently_over_one_connection_a_thread() -> None:
    with (
        FaultyServer(otherwise=answers(WHOLE, seconds=0.05)) as server,
        opened(server.url, concurrency=8) as api,
    ):
        began = time.monotonic()
        pages = list(api.send_all(Request(f"{server.url}/{n}") for n in range(64)))
        took = time.monotonic() - began
        list(api.send_all(Request(f"{server.url}/{n}") for n in range(64)))

        assert len(pages) == 64
        assert took < 64 * 0.05
        assert server.connections <= 8


def test_never_more_are_under_way_than_allowed() -> None:
    now, most, lock = [0], [0], threading.Lock()

    def counting(exchange: object) -> bool:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.02)
        with lock:
            now[0] -= 1
        return answers(WHOLE)(exchange)  # type: ignore[arg-type]

    with FaultyServer(otherwise=counting) as server, opened(server.url, concurrency=4) as api:
        list(api.send_all(Request(f"{server.url}/{n}") for n in range(40)))

    assert most[0] == 4


def test_requests_are_taken_lazily() -> None:
    taken = [0]

    def endless() -> object:
        while True:
            taken[0] += 1
            yield Request(f"{server.url}/{taken[0]}")

    with FaultyServer(otherwise=answers(WHOLE)) as server, opened(server.url, concurrency=4) as api:
        pages = api.send_all(endless())  # type: ignore[arg-type]
        for _ in range(10):
            next(pages)
        assert taken[0] <= 10 + 8
        pages.close()  # type: ignore[attr-defined]
        asked = taken[0]
        time.sleep(0.1)

    assert taken[0] == asked


def test_closing_early_ends_what_is_under_way() -> None:
    behaviours = {"/drip": drips(b"", b"HTTP/1.1 200 OK"), "/quick": answers(WHOLE)}
    with FaultyServer(behaviours) as server, opened(server.url, total_seconds=30) as api:
        pages = api.send_all(Request(f"{server.url}/{name}") for name in ["quick", *["drip"] * 20])
        next(pages)
        began = time.monotonic()
        pages.close()  # type: ignore[attr-defined]
        took = time.monotonic() - began
        time.sleep(0.2)
        asked = server.count()
        after = api.send(Request(f"{server.url}/quick"))

        assert took < 1.5
        assert asked < 21
        assert (after.status, server.count()) == (200, asked + 1)


def test_closing_early_wakes_who_waits_for_a_retry() -> None:
    busy = answers(b"", status=503, Retry_After="50")
    behaviours = {"/busy": busy, "/quick": answers(WHOLE, seconds=0.2)}
    with FaultyServer(behaviours) as server, opened(server.url, sleep=None) as api:
        pages = api.send_all(Request(f"{server.url}/{name}") for name in ("busy", "quick"))
        next(pages)
        began = time.monotonic()
        pages.close()  # type: ignore[attr-defined]

        assert time.monotonic() - began < 1.5
        assert server.count("/busy") == 1


def test_an_exception_of_the_requests_ends_it_cleanly() -> None:
    def failing() -> object:
        yield Request(f"{server.url}/x")
        raise MissingSecretError

    with (
        FaultyServer(otherwise=answers(WHOLE)) as server,
        opened(server.url) as api,
        pytest.raises(MissingSecretError),
    ):
        list(api.send_all(failing()))  # type: ignore[arg-type]


def test_closing_leaves_no_thread_and_no_connection() -> None:
    with FaultyServer(otherwise=answers(WHOLE)) as server:
        with opened(server.url) as api:
            list(api.send_all(Request(f"{server.url}/{n}") for n in range(20)))
            assert threads()
        for _ in range(50):
            if not threads():
                break
            time.sleep(0.02)

    assert threads() == []


CTRL_C = """
import sys
from spectra.access.exchange import Request
from tests.integration.opened import opened
url = sys.argv[1]
with opened(url, total_seconds=60, sleep=None) as api:
    print("asking", flush=True)
    try:
        for page in api.send_all(Request(f"{url}/{n}") for n in range(100)):
            print(page.status, flush=True)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        raise
"""


@pytest.mark.parametrize("asked", ["drip", "busy"])
def test_ctrl_c_ends_within_moments(asked: str) -> None:
    behaviour = drips(b"", b"HTTP/1.1 200 OK") if asked == "drip" else answers(b"", status=429, Retry_After="50")
    with FaultyServer(otherwise=behaviour) as server:
        process = subprocess.Popen(
            [sys.executable, "-c", CTRL_C, server.url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
        )
        while server.count() < 4:
            time.sleep(0.02)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
        took = time.monotonic() - began

    assert b"interrupted" in out
    assert process.returncode != 0
    assert took < 3
