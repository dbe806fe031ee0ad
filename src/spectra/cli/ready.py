"""The command that a consumer asks: may I read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spectra.cli.console import failures_shown, output, print_json
from spectra.cli.options import AsJson, Lakehouse, Name, ProjectFolder, seconds
from spectra.cli.text import harmless

if TYPE_CHECKING:
    from spectra.answers.readiness import Readiness
    from spectra.cli.text import Terminal

_SIGNS = {"READY": "ok", "DEGRADED": "warning", "BLOCKED": "failed"}
_ROOMY = 100
_CODES = {
    "abandoned-unrecorded": "run-abandoned",
    "newer-run-unfinished": "lock-held",
    "tables-present": "table-unreadable",
    "auth": "auth-unproven",
    "endpoint-count": "catalogue-mismatch",
    "levels-reached": "level-failed",
    "filters-proven": "parameter-ignored",
}


def ready(
    name: Name,
    project: ProjectFolder = Path(),
    lakehouse: Lakehouse = None,
    entity: Annotated[str | None, typer.Option("--entity", help="Ask for one entity only.", metavar="ENTITY")] = None,
    wait: Annotated[
        str,
        typer.Option(
            "--wait", help="How long to wait while it is BLOCKED or a newer run is going on.", metavar="DURATION"
        ),
    ] = "0",
    max_age: Annotated[
        str | None,
        typer.Option(
            "--max-age", help="How old a publication may be, instead of what the contract promises.", metavar="DURATION"
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say whether the next stage may read, with every check; exit status 1 where it is BLOCKED."""
    from spectra.pipeline import Pipeline

    age, patience = seconds(max_age, "--max-age") if max_age is not None else None, seconds(wait)
    with failures_shown(as_json=as_json):
        answer = Pipeline(project, lakehouse=lakehouse).readiness(
            name, entity=entity, max_age=age, wait_seconds=patience
        )
        if as_json:
            print_json(answer.document())
        else:
            _show(output(), answer)
    if answer.verdict == "BLOCKED":
        raise typer.Exit(1)


def _show(out: Terminal, answer: Readiness) -> None:
    subject = f"{answer.source_system}.{answer.entity}" if answer.entity else answer.source_system
    out.line(f"{out.painted(answer.verdict, 'strong')}  {subject}  {harmless(answer.why)}")
    wide = max(len(harmless(check.expected)) for check in answer.checks)
    for check in answer.checks:
        sign = out.symbol("ok" if check.passed else _SIGNS[check.otherwise])
        expected, observed = harmless(check.expected), harmless(check.observed)
        if out.width < _ROOMY and not check.passed:
            out.line(f"  {sign} {check.name}")
            out.line(f"      expected {expected}")
            out.line(f"      observed {observed}")
        elif out.width < _ROOMY:
            out.line(f"  {sign} {check.name}")
        else:
            out.line(f"  {sign} {check.name:<22} expected {expected:<{wide}}  observed {observed}")
    if answer.execution_id:
        versions = " ".join(f"{table}@{version}" for table, version in sorted(answer.table_versions.items()))
        what = "last published, not to be read:" if answer.verdict == "BLOCKED" else "read"
        out.line(f"  {what} {versions} of {answer.execution_id}")
    if answer.verdict != "READY":
        out.line(f"  next {_next_step(answer)}")


def _next_step(answer: Readiness) -> str:
    check = answer.failed[0]
    if check.name == "freshness" or check.observed == "never run":
        return f"spectra source {answer.source_system}"
    if check.name == "latest-run-success":
        return f"spectra health {answer.source_system}"
    if check.name.endswith("-guarantees") and answer.execution_id:
        return f"spectra explain {answer.execution_id}"
    return f"spectra explain {_CODES.get(check.name, 'readiness-blocked')}"
