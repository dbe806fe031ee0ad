"""The command that explains: what a code means, or how one run went."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spectra.cli.console import failures_shown, output, print_json
from spectra.cli.options import AsJson, Lakehouse, ProjectFolder
from spectra.cli.text import folded, harmless

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.answers.story import Story
    from spectra.cli.text import Terminal
    from spectra.errors import SpectraError

_DASHES = 3
_ROOMY = 72
_OUTCOMES = {"READY": "ok", "DEGRADED": "warning", "BLOCKED": "failed", None: "warning"}
_SIGNS = {"critical": "failed", "error": "failed", "warning": "warning"}


def explain(
    subject: Annotated[
        str | None,
        typer.Argument(help="A code as printed with a finding or failure, or an execution_id.", metavar="CODE|ID"),
    ] = None,
    project: ProjectFolder = Path(),
    lakehouse: Lakehouse = None,
    examples: Annotated[
        int, typer.Option("--examples", min=0, help="Of a run: how many examples of each kind of finding.")
    ] = 3,
    *,
    every: Annotated[bool, typer.Option("--all", help="List every code with one line.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a code means and what to do next; or tell one run: how it ended, why, and what it found."""
    with failures_shown(as_json=as_json):
        if subject is not None and not every and _names_a_run(subject):
            from spectra.pipeline import Pipeline

            story = Pipeline(project, lakehouse=lakehouse).story(subject, examples=examples)
            if as_json:
                print_json(story.document())
            else:
                _show_story(output(), story)
            return
        _explain_code(None if every else subject, as_json=as_json)


def _names_a_run(text: str) -> bool:
    if text.count("-") < _DASHES:
        return False
    from spectra.definition.model import STAGES

    return text.split("-")[1] in STAGES


def _explain_code(code: str | None, *, as_json: bool) -> None:
    from spectra.errors import error_kind, known_codes

    out = output()
    if code is not None:
        kind = error_kind(code)
        if as_json:
            print_json(_document(kind))
        else:
            _show_code(out, kind)
        return
    kinds = known_codes()
    if as_json:
        print_json([_document(kind) for kind in kinds.values()])
        return
    _list_codes(out, {name: _document(kind)["what"] for name, kind in kinds.items()})


def _list_codes(out: Terminal, told: Mapping[str, str]) -> None:
    wide = max(map(len, told)) + 2
    for name, what in told.items():
        if out.width < _ROOMY:
            out.line(out.painted(name, "strong"))
            for part in folded(what, out.width - 4):
                out.line(f"    {part}")
            continue
        first, *rest = folded(what, out.width - wide)
        out.line(out.painted(name, "strong") + " " * (wide - len(name)) + first)
        for part in rest:
            out.line(" " * wide + part)


def _document(kind: type[SpectraError]) -> dict[str, Any]:
    from spectra.cli.errors import RUNBOOK
    from spectra.errors import summary_of

    return {
        "code": kind.code,
        "what": summary_of(kind),
        "category": kind.category,
        "severity": kind.severity,
        "retryable": kind.retryable,
        "remedy": kind.remedy,
        "exit_status": kind.exit_status,
        "runbook": f"{RUNBOOK}#{kind.code}",
    }


def _show_code(out: Terminal, kind: type[SpectraError]) -> None:
    document = _document(kind)
    out.line(out.painted(kind.code, "strong"))
    for label in ("what", "category", "severity", "retryable", "remedy", "exit_status", "runbook"):
        value = document[label]
        out.labelled(label.replace("_", " "), value if isinstance(value, str) else json.dumps(value))


def _show_story(out: Terminal, story: Story) -> None:
    run = story.run
    out.labelled(
        str(run["source_system"]),
        " · ".join([f"{story.status} {story.readiness or ''}".rstrip(), *([story.note] if story.note else [])]),
        outcome=_OUTCOMES[story.readiness],
        heading=str(run["stage"]).capitalize(),
    )
    out.labelled("run", f"{run['execution_id']}{'' if story.is_newest else ', not the newest'}")
    out.labelled("correlation id", str(run["correlation_id"]))
    out.labelled("when", _when(run))
    if run["host"]:
        out.labelled("process", f"{run['pid']} on {run['host']}, spectra {run['spectra_version']}")
    if story.error:
        _show_error(out, story.error)
    for check in story.failed_checks:
        said = f"{check['name']}: expected {check['expected']}, observed {check['observed']}"
        out.labelled("readiness check", said, outcome=_OUTCOMES[check["otherwise"]])
    _show_guarantees(out, story)
    _show_findings(out, story)
    _show_endpoints(out, story)
    out.labelled("tables", " ".join(f"{table}@{at}" for table, at in story.table_versions.items()) or "none written")
    out.line()
    for number, (why, command) in enumerate(story.next_steps):
        out.labelled(why, command, heading="" if number else "Next")


def _when(run: Mapping[str, Any]) -> str:
    from spectra.runs.spans import span

    ended, seconds = run["ended_at"], run["duration_seconds"]
    if ended is None and run["recorded_at"]:
        return f"{_time(run['started_at'])}, never ended, recorded {_time(run['recorded_at'])}"
    if ended is None:
        return f"{_time(run['started_at'])}, not ended"
    return f"{_time(run['started_at'])}, took {span(seconds)}"


def _time(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _show_error(out: Terminal, error: Mapping[str, Any]) -> None:
    from spectra.cli.errors import RUNBOOK

    out.labelled("error", f"{error['code']}: {error['message']}", outcome="failed")
    if error["place"]:
        out.labelled("where", error["place"])
    if error.get("remedy"):
        out.labelled("remedy", error["remedy"])
        out.labelled("runbook", f"{RUNBOOK}#{error['code']}")


def _show_guarantees(out: Terminal, story: Story) -> None:
    for broken in story.failed_guarantees:
        said = f"{broken['guarantee_id']} ({broken['level']}) {broken['promise']} Observed {broken['observed']}."
        out.labelled("guarantee broken", said, outcome="failed" if broken["level"] == "must" else "warning")
        asked = " ".join(str(broken["evidence"]).split())
        out.labelled(
            "evidence", asked if story.status == "Success" else f"asked of rows that were not published: {asked}"
        )
    if story.failed_guarantees and story.status == "Success":
        source, run = story.run["source_system"], story.run["execution_id"]
        out.labelled("ask it again", f"spectra contract check {source} --execution {run}")


def _show_findings(out: Terminal, story: Story) -> None:
    for group in story.findings:
        out.labelled(group["code"], f"{group['severity']} · {group['count']} found", outcome=_SIGNS[group["severity"]])
        for example in group["examples"]:
            told = [example["subject"], example["observed"]]
            out.labelled("", ": ".join(str(each) for each in told if each))
        if group["examples"] and group["count"] > len(group["examples"]):
            out.labelled("", f"and {group['count'] - len(group['examples'])} more")


def _show_endpoints(out: Terminal, story: Story) -> None:
    for number, each in enumerate(story.slowest):
        said = f"{each['latency_ms']:.0f} ms  {each['http_method']} {each['full_path']}"
        out.labelled("" if number else "slowest", harmless(said))
    if story.failing:
        paths = [f"{each['http_method']} {each['full_path']} {each['probe_status']}" for each in story.failing]
        more = f" and {len(paths) - _DASHES} more" if len(paths) > _DASHES else ""
        out.labelled("failing", f"{len(paths)}: {' · '.join(paths[:_DASHES])}{more}")
