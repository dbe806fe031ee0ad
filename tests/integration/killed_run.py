"""A run that kills itself, at a commit or a while after its first: PROJECT EVENTS (at KIND TABLE | after SECONDS)."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

from spectra import Pipeline
from spectra.runs.events import CommitStarting, Committed, RunEvent


def main(project: str, events: str, how: str, *point: str) -> None:
    log = Path(events).open("a", encoding="utf-8")  # noqa: SIM115 - open until the end, whatever that is

    def kill() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def later() -> None:
        time.sleep(float(point[0]))
        kill()

    def watch(event: RunEvent) -> None:
        if isinstance(event, CommitStarting | Committed):
            kind = "before" if isinstance(event, CommitStarting) else "after"
            log.write(f"{kind} {event.table}\n")
            log.flush()
            if how == "at" and (kind, event.table) == point:
                kill()
            if how == "after" and (kind, event.table) == ("before", "log.runs"):
                threading.Thread(target=later, daemon=True).start()

    Pipeline(project, emit=watch).source("acme")


if __name__ == "__main__":
    main(*sys.argv[1:])
