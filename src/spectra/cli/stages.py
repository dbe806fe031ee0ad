"""Commands that run stages: source and run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spectra.cli.console import failures_shown, output, print_json, stopping
from spectra.cli.options import AsJson, CorrelationId, Lakehouse, Name, ProjectFolder, Wait, seconds
from spectra.cli.text import harmless
from spectra.cli.told import Log, LogAs, LogFile, Told

if TYPE_CHECKING:
    from spectra.cli.text import Terminal
    from spectra.errors import InvalidDefinitionError
    from spectra.pipeline import Pipeline
    from spectra.runs.manifest import SourceManifest

_WHY = {
    "auth": "auth-unproven",
    "endpoint-count": "catalogue-mismatch",
    "levels-reached": "level-failed",
    "filters-proven": "parameter-ignored",
    "should-guarantees": "guarantee-degraded",
}
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the requests that would be sent, and send none.")]
_OUTCOMES = {"READY": "ok", "DEGRADED": "warning", "BLOCKED": "failed"}


def source(
    name: Name,
    project: ProjectFolder = Path(),
    lakehouse: Lakehouse = None,
    wait: Wait = "0",
    correlation_id: CorrelationId = None,
    log: LogAs = Log.SCREEN,
    log_file: LogFile = None,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Prove the credentials, catalogue the endpoints, probe them, and publish the Source tables."""
    if dry_run:
        show_plan(name, project, as_json=as_json)
        return
    order: dict[str, object] = {"wait_seconds": seconds(wait), "correlation_id": correlation_id}
    told = Told(name, log)
    with failures_shown(as_json=as_json, told=told.failed):
        manifest = run_source(name, project, lakehouse, order, as_json=as_json, told=told, log_file=log_file)
    if manifest.readiness == "BLOCKED":
        raise typer.Exit(1)


def run(
    name: Name,
    project: ProjectFolder = Path(),
    lakehouse: Lakehouse = None,
    wait: Wait = "0",
    correlation_id: CorrelationId = None,
    log: LogAs = Log.SCREEN,
    log_file: LogFile = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Run every stage there is, in order; today that is Source."""
    source(name, project, lakehouse, wait, correlation_id, log, log_file, as_json=as_json)


def show_plan(name: str, project: Path, *, as_json: bool) -> None:
    """Print which requests a run would send, as far as that is known before the first one."""
    from spectra.errors import InvalidDefinitionError
    from spectra.pipeline import Pipeline

    with failures_shown(as_json=as_json):
        pipeline = Pipeline(project)
        try:
            plan = pipeline.plan(name)
        except InvalidDefinitionError as error:
            if not as_json:
                _show_problems(pipeline, error)
            raise
    if as_json:
        print_json(plan.as_dict())
        return
    out = output()
    out.line(f"{plan.source_system} would ask {harmless(plan.base_url)}; nothing was sent")
    out.line()
    for number, step in enumerate(plan.steps):
        most = "?" if step.most is None else f"{step.most:,}"
        asked = most if step.least == step.most else f"{step.least:,} to {most}"
        out.labelled(step.name, f"{asked:>12}   {harmless(step.said)}", heading="" if number else "Plan")
    for reason, count in plan.not_probed.items():
        out.labelled("not probed", f"{count:>12,}   {reason}")
    most = "as many as there are parents" if plan.most is None else f"{plan.most:,}"
    out.labelled("in all", f"at least {plan.least:,} requests, at most {most}; up to {plan.attempts} tries each")
    pace = f"{plan.requests_per_second:g} requests a second, {plan.concurrency} at once"
    out.labelled("time", f"at least {plan.seconds:,.1f} s at {pace}")
    out.labelled("memory", f"answers of at most {plan.held_mb:,.0f} MB at once")


def run_source(
    name: str,
    project: Path,
    lakehouse: str | None,
    order: dict[str, object],
    *,
    as_json: bool = False,
    first_step: str | None = None,
    told: Told | None = None,
    log_file: Path | None = None,
) -> SourceManifest:
    """Run the Source stage and show it; raises the SpectraError that kept it from being published."""
    from spectra.errors import InvalidDefinitionError
    from spectra.pipeline import Pipeline
    from spectra.runs.events import both

    out = output(sys.stderr if as_json else sys.stdout)
    told = told or Told(name)
    mode = "interactive" if sys.stdin.isatty() else "pipeline"
    try:
        with told.telling(out, log_file), stopping() as stopper:
            pipeline = Pipeline(project, lakehouse=lakehouse, emit=both(stopper, told))
            manifest = pipeline.source(name, execution_mode=mode, **order)  # type: ignore[arg-type]
    except InvalidDefinitionError as error:
        if not told.as_lines:
            _show_problems(pipeline, error)
        raise
    if as_json:
        print_json(manifest.model_dump(mode="json"))
    else:
        show_manifest(out, manifest, first_step)
    return manifest


def _show_problems(pipeline: Pipeline, error: InvalidDefinitionError) -> None:
    from spectra.cli.errors import show_problem

    for problem in error.problems:
        show_problem(output(sys.stderr), problem, pipeline.project.file_text)


def show_manifest(out: Terminal, manifest: SourceManifest, first_step: str | None = None) -> None:
    """Print what was published, what it means for a consumer, and what to do next."""
    versions = " ".join(f"{table}@{version}" for table, version in manifest.table_versions.items())
    out.labelled("published", versions)
    failed = [check for check in manifest.checks if not check["passed"]]
    figures = f"{manifest.duration_seconds:.1f} s · {manifest.request_count} requests · {manifest.retry_count} retries"
    out.labelled("readiness", f"{manifest.readiness}   {figures}", outcome=_OUTCOMES[manifest.readiness])
    for check in failed:
        out.labelled("", f"{check['name']}: expected {check['expected']}, observed {check['observed']}")
    out.line()
    codes = [_WHY[check["name"]] for check in manifest.checks if not check["passed"] and check["name"] in _WHY]
    codes.sort(key=list(_WHY.values()).index)
    steps = [("go there", first_step)] if first_step else []
    steps.append(("may one read", f"spectra ready {manifest.source_system}"))
    all_answered = manifest.endpoint_success_count == manifest.endpoint_probed_count
    steps.append(("look", f"spectra catalog {manifest.source_system}{'' if all_answered else ' --status failed'}"))
    steps += [("why", f"spectra explain {codes[0]}")] if codes else []
    for number, (label, step) in enumerate(steps):
        out.labelled(label, step, heading="" if number else "Next")
