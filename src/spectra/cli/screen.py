"""The screen of a run: a line per step as it ends, and one line rewritten in place while it goes on."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from spectra.runs.events import Committed, Notified, RunEvent, RunStarted, StepAdvanced, StepEnded, StepStarted

if TYPE_CHECKING:
    from collections.abc import Callable

    from spectra.cli.text import Terminal

_EVERY_SECONDS = 10.0
_BAR = 20


class RunScreen:
    """Takes the events of a run; on a terminal progress is rewritten in place, elsewhere told every 10 seconds."""

    def __init__(self, out: Terminal, monotonic: Callable[[], float]) -> None:
        self._out = out
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._step, self._total, self._done = "", 0, 0
        self._said = monotonic()
        self._heading = ""
        self._drawn = False

    def __call__(self, event: RunEvent) -> None:
        """Show one event."""
        with self._lock:
            match event:
                case RunStarted():
                    self._heading = event.stage.capitalize()
                case StepStarted():
                    self._step, self._total, self._done = event.step, event.total, 0
                    self._progress(force=self._out.live)
                case StepAdvanced():
                    self._done += 1
                    self._progress(force=False)
                case StepEnded():
                    self._clear()
                    self._out.labelled(event.step, event.summary, outcome=event.outcome, heading=self._heading)
                    self._heading = ""
                case Notified():
                    self._clear()
                    failed = f"failed: {event.code} {event.text}" if event.code else f"told: {event.reason}"
                    outcome = "warning" if event.code else "ok"
                    self._out.labelled("notified", f"{event.channel} {failed}", outcome=outcome)
                case Committed():
                    self._step, self._total = f"committed {event.table}@{event.version}", 0
                    self._progress(force=self._out.live)
                case _:
                    pass

    def close(self) -> None:
        """Take the progress line away."""
        with self._lock:
            self._clear()

    def _progress(self, *, force: bool) -> None:
        now = self._monotonic()
        pause = 0.1 if self._out.live else _EVERY_SECONDS
        if not force and now - self._said < pause:
            return
        self._said = now
        if self._out.live:
            self._out.stream.write("\r\x1b[2K" + self._text()[: max(10, self._out.width - 1)])
            self._out.stream.flush()
            self._drawn = True
        else:
            self._out.line(self._text())

    def _text(self) -> str:
        if not self._total:
            return f"         {self._step} {'· ' + str(self._done) if self._done else ''}"
        full, empty = ("█", "░") if self._out.symbols else ("#", ".")
        filled = min(_BAR, _BAR * self._done // self._total)
        return f"         {self._step} {full * filled}{empty * (_BAR - filled)} {self._done} of {self._total}"

    def _clear(self) -> None:
        if self._drawn:
            self._out.stream.write("\r\x1b[2K")
            self._out.stream.flush()
            self._drawn = False
