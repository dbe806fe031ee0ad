"""The command that tries a source step by step: doctor."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from spectra.cli.console import failures_shown, output, print_json, stopping
from spectra.cli.options import AsJson, Lakehouse, Name, ProjectFolder

if TYPE_CHECKING:
    from spectra.cli.screen import RunScreen
    from spectra.cli.text import Terminal
    from spectra.diagnosis.step import Diagnosis, Step
    from spectra.errors import SpectraError

_OUTCOMES = {"READY": "ok", "DEGRADED": "warning", "BLOCKED": "failed"}
_MOST_FINDINGS = 8


def doctor(
    name: Name, project: ProjectFolder = Path(), lakehouse: Lakehouse = None, *, as_json: AsJson = False
) -> None:
    """Try a source step by step, from its definition to its lakehouse, writing nothing; each failure with its remedy.

    The verdict is what a run could come to: READY and DEGRADED end with exit status 0; BLOCKED ends with 2, 3 or 5, the
    family of the first mandatory step that failed (configuration, source, lakehouse).
    """
    from spectra.cli.screen import RunScreen
    from spectra.pipeline import Pipeline
    from spectra.runs.events import both

    out = output(sys.stderr if as_json else sys.stdout)
    with failures_shown(as_json=as_json):
        screen = RunScreen(out, time.monotonic)
        shown = ShownSteps(out, screen, name)
        try:
            with stopping() as stopper:
                pipeline = Pipeline(project, lakehouse=lakehouse, emit=both(stopper, screen))
                diagnosis = pipeline.doctor(name, tell=shown)
                shown.flush()
        finally:
            screen.close()
        if as_json:
            print_json(diagnosis.document())
        else:
            show_verdict(out, diagnosis)
    if diagnosis.exit_status:
        raise typer.Exit(diagnosis.exit_status)


class ShownSteps:
    """Prints each step as it is done, in the place of the progress line."""

    def __init__(self, out: Terminal, screen: RunScreen | None, source: str) -> None:
        self._out = out
        self._screen = screen
        self._source = source
        self._heading = "Doctor"
        self._skipped: list[Step] = []

    def __call__(self, step: Step) -> None:
        """Show one step, with what is wrong and what to do about it; what was not tried for one reason is one line."""
        if step.outcome == "skipped" and (not self._skipped or self._skipped[0].seen == step.seen):
            self._skipped.append(step)
            return
        self.flush()
        if step.outcome == "skipped":
            self._skipped.append(step)
            return
        self._line(step.name, _seen(step), step)
        if step.error is not None:
            self._show_trouble(step)

    def flush(self) -> None:
        """Show what was not tried so far."""
        waiting, self._skipped = self._skipped, []
        names = ", ".join(dict.fromkeys(step.label for step in waiting))
        if len(waiting) > 1:
            self._line("not tried", f"{names}: {waiting[0].seen}", waiting[0], mark=False)
        elif waiting:
            self._line(waiting[0].name, _seen(waiting[0]), waiting[0])

    def _line(self, label: str, text: str, step: Step, *, mark: bool = True) -> None:
        if self._screen is not None:
            self._screen.close()
        label = f"{label} *" if mark and step.mandatory else label
        self._out.labelled(label, text, outcome=step.outcome, heading=self._heading)
        self._heading = ""

    def _show_trouble(self, step: Step) -> None:
        from spectra.diagnosis.step import remedy_of
        from spectra.errors import InvalidDefinitionError

        told = [error for error in step.errors if error.message not in step.seen]
        for error in told[:_MOST_FINDINGS]:
            self._out.labelled("", _finding(error))
        if len(told) > _MOST_FINDINGS:
            self._out.labelled("", f"and {len(told) - _MOST_FINDINGS} more: --json lists all")
        speaks_for_all = isinstance(step.error, InvalidDefinitionError)
        answering = step.errors[: 1 if speaks_for_all else _MOST_FINDINGS]
        for remedy in dict.fromkeys(remedy_of(error, self._source) for error in answering):
            self._out.labelled("", f"remedy: {remedy}")


def _seen(step: Step) -> str:
    said = f"not tried: {step.seen}" if step.outcome == "skipped" else step.seen
    said = f"{step.subject}: {said}" if step.subject else said
    code = f"{step.error.code}: " if step.error else ""
    took = f" · {step.milliseconds:,.0f} ms" if step.milliseconds is not None else ""
    return code + said + took


def _finding(error: SpectraError) -> str:
    return " ".join(part for part in (error.place, error.code, error.message) if part)


def show_verdict(out: Terminal, diagnosis: Diagnosis) -> None:
    """Print what it comes to, what the mark means, and what to do next."""
    outcomes = [step.outcome for step in diagnosis.steps]
    counts = [("ok", "ok"), ("warning", "warned"), ("failed", "failed"), ("skipped", "not tried")]
    told = [f"{outcomes.count(outcome)} {word}" for outcome, word in counts if outcome in outcomes]
    figures = f"{len(outcomes)} steps: {', '.join(told)} · nothing was written"
    out.labelled("verdict", f"{diagnosis.verdict}   {figures}", outcome=_OUTCOMES[diagnosis.verdict])
    out.labelled("", "* a run cannot succeed without it")
    out.line()
    worst = diagnosis.worst
    if worst is not None and worst.error is not None:
        out.labelled("why", f"spectra explain {worst.error.code}", heading="Next")
    if diagnosis.verdict != "BLOCKED":
        heading = "Next" if worst is None else ""
        out.labelled("measure and publish", f"spectra source {diagnosis.source}", heading=heading)
