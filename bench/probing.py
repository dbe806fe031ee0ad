"""Measures the Source stage: 222 flat endpoints at 50 ms behind 32 threads, the whole stage, and `spectra --help`.

Every figure is measured in this run. Sides that are compared run in turn; medians count. The server is a process of
its own, so that it does not share the interpreter with what is measured.
"""

from __future__ import annotations

import json
import math
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import urllib3

from spectra import Pipeline
from spectra.runs.events import RunEvent, StepEnded, StepStarted

if TYPE_CHECKING:
    from collections.abc import Callable

ENDPOINTS, LATENCY_MS, THREADS, ROUNDS = 222, 50, 32, 5
PROBING_BAR, STAGE_BAR_SECONDS, HELP_BAR_SECONDS = 1.6, 3.0, 0.3
SPECTRA = [sys.executable, "-m", "spectra"]


def serve() -> tuple[subprocess.Popen[str], str, str]:
    """Start the demo source and return it with its base address and its token."""
    command = [*SPECTRA, "demo", "serve", "--flat-endpoints", str(ENDPOINTS), "--latency-ms", str(LATENCY_MS)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    line = server.stdout.readline() if server.stdout else ""
    found = re.search(r"ZEPHYR_BASE_URL=(\S+) ZEPHYR_API_TOKEN=(\S+)", line)
    if found is None:
        server.kill()
        raise SystemExit(f"the demo source did not start: {line!r}")
    return server, found[1], found[2]


def write_project(folder: Path, base_url: str, token: str) -> None:
    """Write a project with nothing but flat endpoints."""
    definition = {
        "source": "flat",
        "name": "Flat",
        "base_url": base_url,
        "auth": {"type": "bearer", "token": "secret://FLAT_TOKEN", "probe": "/flat/0"},
        "limits": {"requests_per_second": 10_000, "concurrency": THREADS},
        "catalogue": [{"method": "GET", "path": f"/flat/{number}"} for number in range(ENDPOINTS)],
    }
    (folder / "sources").mkdir(parents=True)
    (folder / ".env").write_text(f"FLAT_TOKEN={token}\n", encoding="utf-8")
    (folder / "spectra.yaml").write_text("lakehouse: ./lakehouse\n", encoding="utf-8")
    (folder / "sources" / "flat.yaml").write_text(json.dumps(definition), encoding="utf-8")


def probe(folder: Path) -> tuple[float, int]:
    """Run the stage; return the seconds that its probing took and how many endpoints answered."""
    marks: dict[str, float] = {}

    def watch(event: RunEvent) -> None:
        if isinstance(event, StepStarted | StepEnded) and event.step == "endpoints":
            marks[type(event).__name__] = time.perf_counter()

    manifest = Pipeline(folder, emit=watch).source("flat")
    return marks["StepEnded"] - marks["StepStarted"], manifest.endpoint_success_count or 0


def bound(base_url: str, token: str) -> tuple[float, int]:
    """Ask the same endpoints with nothing but urllib3 and threads; the least that can be done with them."""
    pool = urllib3.PoolManager(maxsize=THREADS, headers={"Authorization": f"Bearer {token}"})
    begun = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as threads:
        urls = [f"{base_url}/flat/{number}" for number in range(ENDPOINTS)]
        statuses = list(threads.map(lambda url: pool.request("GET", url).status, urls))
    return time.perf_counter() - begun, statuses.count(200)


def process(command: list[str]) -> tuple[float, int]:
    """Run a command; return its wall seconds and exit code."""
    begun = time.perf_counter()
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begun, done.returncode


def shown(name: str, seconds: list[float], counts: set[int], note: str) -> float:
    """Print one row and return its median."""
    middle = statistics.median(seconds)
    listed = "/".join(map(str, sorted(counts)))
    print(f"{name:<34} {min(seconds):7.3f} {middle:7.3f} {max(seconds):7.3f}   {listed:<6} {note}")
    return middle


def rounds(sides: dict[str, Callable[[], tuple[float, int]]]) -> dict[str, tuple[list[float], set[int]]]:
    """Run all sides in turn, once to warm up and then as often as counted."""
    results: dict[str, tuple[list[float], set[int]]] = {name: ([], set()) for name in sides}
    for number in range(ROUNDS + 1):
        for name, side in sides.items():
            seconds, count = side()
            if number:
                results[name][0].append(seconds)
                results[name][1].add(count)
    return results


def main() -> None:
    """Measure, and print every side with its bar."""
    server, base_url, token = serve()
    try:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            write_project(folder, base_url, token)
            stage = [*SPECTRA, "source", "flat", "--project", str(folder)]
            found = rounds(
                {
                    "probe": lambda: probe(folder),
                    "bound": lambda: bound(base_url, token),
                    "stage": lambda: process(stage),
                    "help": lambda: process([*SPECTRA, "--help"]),
                }
            )
    finally:
        server.terminate()
        server.wait(10)
    ideal = math.ceil(ENDPOINTS / THREADS) * LATENCY_MS / 1000
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"Python {platform.python_version()}, {ROUNDS} rounds after one to warm up, in turn; seconds of wall")
    print(f"{ENDPOINTS} flat GET endpoints, {LATENCY_MS} ms latency, {THREADS} threads; ideal {ideal:.3f} s\n")
    print(f"{'':<34} {'min':>7} {'median':>7} {'max':>7}   {'count':<6}")
    probing = shown("probing (of the stage)", *found["probe"], "endpoints answered")
    least = shown("bound: urllib3 and threads alone", *found["bound"], "answers with 200")
    whole = shown("spectra source flat (process)", *found["stage"], "exit code")
    helped = shown("spectra --help (process)", *found["help"], "exit code")
    print()
    for name, value, bar, unit in (
        ("probing / ideal", probing / ideal, PROBING_BAR, "x"),
        ("probing / bound", probing / least, None, "x"),
        ("whole stage", whole, STAGE_BAR_SECONDS, "s"),
        ("spectra --help", helped, HELP_BAR_SECONDS, "s"),
        ("largest process", peak, None, "MB"),
    ):
        verdict = "" if bar is None else f"bar {bar:g} {unit}: {'kept' if value <= bar else 'MISSED'}"
        print(f"{name:<20} {value:8.2f} {unit:<3} {verdict}")


if __name__ == "__main__":
    main()
