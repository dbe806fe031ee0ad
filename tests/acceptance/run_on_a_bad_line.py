"""Runs a source over a mirrored line, inside a network namespace, and prints what came of it as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spectra.errors import SpectraError
from spectra.runs.events import StepAdvanced
from spectra.testing.served import ServedApi
from tests.acceptance.mirror import HERE, THERE, Mirror, retransmitted
from tests.integration.conftest import Project, World

if TYPE_CHECKING:
    from spectra.runs.events import RunEvent


def main(folder: str, line: dict[str, Any], limits: dict[str, Any], size: int) -> None:
    """Serve a world of that many projects at THERE, run the source, print figures."""
    mirror = Mirror(**line)
    steps: Counter[str] = Counter()
    seconds: set[int] = set()

    def note(event: RunEvent) -> None:
        if isinstance(event, StepAdvanced):
            steps[event.step] += 1
            seconds.add(int(time.monotonic()))

    world = World(roots=[{"id": number, "name": f"project number {number}"} for number in range(1, size + 1)])
    world.tasks = {str(number): [{"id": number, "project": number}] for number in range(1, size + 1)}
    with ServedApi(world, HERE) as api:
        project = Project(Path(folder), api.url.replace(HERE, THERE))
        project.write(limits=limits)
        code = None
        began = time.monotonic()
        try:
            project.pipeline(emit=note).source("acme")
        except SpectraError as error:
            code = error.code
        figures = {
            "code": code,
            "seconds": time.monotonic() - began,
            "steps": steps,
            "moments": len(seconds),
            "passed": mirror.passed,
            "dropped": mirror.dropped,
            "bytes": mirror.bytes,
            "retransmitted": retransmitted(),
        }
        print(json.dumps(figures), flush=True)  # noqa: T201 - what it is for


if __name__ == "__main__":
    main(sys.argv[1], *map(json.loads, sys.argv[2:5]))
