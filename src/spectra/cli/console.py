"""What every command shares: the terminal it prints to, and how it ends."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from contextlib import contextmanager
from math import isfinite
from typing import TYPE_CHECKING, Any

import typer

from spectra.cli.text import Terminal, terminal
from spectra.errors import InterruptedRunError, SpectraError, TerminatedRunError
from spectra.runs.events import FINISHING, RunEnded, RunEvent, StepStarted
from spectra.settings import no_colour

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import TextIO


def output(stream: TextIO | None = None) -> Terminal:
    """Return the terminal behind standard output, or another stream."""
    stream = stream or sys.stdout
    return terminal(stream, width=shutil.get_terminal_size((100, 24)).columns, no_colour=no_colour())


def print_json(value: Any) -> None:
    """Print one JSON document; a number that JSON does not know (NaN, infinity) is null."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, default=str)
    sys.stdout.write(text + "\n")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not isfinite(value) else value


@contextmanager
def failures_shown(*, as_json: bool = False, told: Callable[[SpectraError], bool] | None = None) -> Iterator[None]:
    """Show a SpectraError as people or programs read it and end with its exit status; a bug of ours is one too.

    `told` is told of it first, and returns whether standard error has it by that.
    """
    from spectra.cli.errors import error_document, show_error
    from spectra.errors.bugs import bugs_named

    try:
        with bugs_named():
            yield
    except SpectraError as error:
        said = told is not None and told(error)
        if as_json:
            print_json({"error": error_document(error)})
        elif not said:
            show_error(output(sys.stderr), error)
        raise typer.Exit(error.exit_status) from None


class Stopper:
    """Ctrl-C and SIGTERM as errors that a run records; a second one ends the process at once.

    It takes the events of the run: from the audit on, a stop would leave half a publication or doubt about a whole
    one, and the little that is left is finished instead.
    """

    def __init__(self) -> None:
        self._finishing = False

    def __call__(self, event: RunEvent) -> None:
        """Note how far the run has come."""
        if isinstance(event, StepStarted) and event.step in FINISHING:
            self._finishing = True
        elif isinstance(event, RunEnded):
            self._finishing = False

    def stop(self, number: int, _frame: FrameType | None) -> None:
        """Answer a signal."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if self._finishing:
            return
        if number == signal.SIGTERM:
            raise TerminatedRunError("The run was stopped by SIGTERM.")
        raise InterruptedRunError("The run was stopped by Ctrl-C.")


@contextmanager
def stopping() -> Iterator[Stopper]:
    """Let a Stopper answer SIGINT and SIGTERM."""
    stopper = Stopper()
    before = signal.signal(signal.SIGINT, stopper.stop), signal.signal(signal.SIGTERM, stopper.stop)
    try:
        yield stopper
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
