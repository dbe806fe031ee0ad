"""A server as a process: started on a free loopback port, waited for, stopped with all it started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

START_SECONDS = 60
STOP_SECONDS = 10
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    command: Sequence[str], *, url: str, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run a server while the block lasts, `environment` added to ours; it is up when `url` gives any HTTP answer."""
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, **(environment or {})},
        )  # fmt: skip
    try:
        _wait_until_up(server, url, log)
        yield
    finally:
        _stop(server)


def wait_until(fact: Callable[[], bool]) -> None:
    """Return as soon as a fact is true; it is given as long as a server to start."""
    deadline = time.monotonic() + START_SECONDS
    while not fact():
        if time.monotonic() > deadline:
            raise RuntimeError(f"did not come true in {START_SECONDS} s")
        time.sleep(0.1)


def _wait_until_up(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode}:\n{log.read_text(errors='replace')}")
        if _answers(url):
            return
        time.sleep(0.1)
    raise RuntimeError(f"no answer from {url} in {START_SECONDS} s:\n{log.read_text(errors='replace')}")


def _answers(url: str) -> bool:
    try:
        with DIRECT.open(url, timeout=3):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return True
    except OSError:
        return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, number)
            server.wait(STOP_SECONDS)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue


def done(command: Sequence[str], *, environment: Mapping[str, str] | None = None, given: str = "") -> str:
    """Run a command to its end and return what it printed; `given` is its standard input."""
    ended = subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, env={**os.environ, **(environment or {})}
    )
    if ended.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return ended.stdout
