"""Where a command tells what happens: on a screen, as lines of JSON on standard error, as lines in a file."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spectra.cli.text import Terminal
    from spectra.errors import SpectraError
    from spectra.runs.events import RunEvent


class Log(StrEnum):
    """How a run tells what happens."""

    SCREEN = "screen"
    JSON = "json"


LogAs = Annotated[
    Log,
    typer.Option("--log", help="Tell what happens as lines for people, or as lines of JSON on standard error."),
]
LogFile = Annotated[
    Path | None, typer.Option("--log-file", help="Append the lines of JSON to a file as well.", metavar="FILE")
]


class Told:
    """Takes the events of one run of a source, and the failure that ends its command."""

    def __init__(self, source: str, log: Log = Log.SCREEN) -> None:
        from spectra.observe.lines import Lines
        from spectra.settings import SystemClock

        self.as_lines = log is Log.JSON
        self._writers: list[Callable[[str], object]] = [_on_standard_error] if self.as_lines else []
        self._tellers: list[Callable[[RunEvent], None]] = []
        self._lines = Lines(source, "source", SystemClock(), self._writers)

    def __call__(self, event: RunEvent) -> None:
        """Tell one event everywhere."""
        for tell in self._tellers:
            tell(event)

    def failed(self, error: SpectraError) -> bool:
        """Write the line of a failure; returns whether standard error has it now."""
        from spectra.cli.errors import error_document

        self._lines.failed(error_document(error))
        return self.as_lines

    @contextmanager
    def telling(self, out: Terminal, file: Path | None) -> Iterator[None]:
        """Tell the events of a run while it lasts; raises FileUnwritableError."""
        from spectra.cli.screen import RunScreen

        if file is not None:
            self._writers.append(_appending(file))
        screen = RunScreen(out, time.monotonic)
        self._tellers = [self._lines] if self.as_lines else [screen, self._lines]
        try:
            yield
        finally:
            screen.close()


def _on_standard_error(line: str) -> None:
    sys.stderr.write(line)
    sys.stderr.flush()


def _appending(path: Path) -> Callable[[str], object]:
    """Return a writer that appends each line in one piece, so that runs may share a file and others rotate it."""
    from spectra.errors import FileUnwritableError

    def append(line: str) -> None:
        with path.open("ab", buffering=0) as file:
            file.write(line.encode("ascii"))

    try:
        append("")
    except OSError as error:
        raise FileUnwritableError(f"{path} cannot be written: {error.strerror}", place=str(path)) from None
    return append
