"""What every command shares: the terminal it prints to, and how it ends."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from spectra.cli.text import Terminal, terminal
from spectra.errors import InterruptedRunError, SpectraError, TerminatedRunError
from spectra.settings import no_colour

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import TextIO


def output(stream: TextIO | None = None) -> Terminal:
    """Return the terminal behind standard output, or another stream."""
    stream = stream or sys.stdout
    return terminal(stream, width=shutil.get_terminal_size((100, 24)).columns, no_colour=no_colour())


def print_json(value: Any) -> None:
    """Print one JSON document."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


@contextmanager
def failures_shown(*, as_json: bool = False) -> Iterator[None]:
    """Show a SpectraError as people or programs read it and end with its exit status."""
    from spectra.cli.errors import error_document, show_error

    try:
        yield
    except SpectraError as error:
        if as_json:
            print_json({"error": error_document(error)})
        else:
            show_error(output(sys.stderr), error)
        raise typer.Exit(error.exit_status) from None


@contextmanager
def signals_named() -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into errors that a run records; a second one ends the process at once."""

    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if number == signal.SIGTERM:
            raise TerminatedRunError("The run was stopped by SIGTERM.")
        raise InterruptedRunError("The run was stopped by Ctrl-C.")

    before = signal.signal(signal.SIGINT, stop), signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
