"""Commands for whoever watches sources: health and metrics."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spectra.cli.console import failures_shown, output, print_json
from spectra.cli.options import AsJson, Lakehouse, ProjectFolder
from spectra.cli.text import harmless

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.answers.health import SourceHealth
    from spectra.cli.text import Terminal

OneOrAll = Annotated[
    str | None, typer.Argument(help="One source; every source of the project without it.", metavar="NAME")
]


def health(
    name: OneOrAll = None, project: ProjectFolder = Path(), lakehouse: Lakehouse = None, *, as_json: AsJson = False
) -> None:
    """Say how sources are: newest run, age against the promise, last 7 days; exit status 1 where one is not healthy.

    Healthy is a source whose newest run is a Success, READY or DEGRADED, and no older than promised. No source at all
    is not healthy either.
    """
    from spectra.pipeline import Pipeline

    with failures_shown(as_json=as_json):
        found = Pipeline(project, lakehouse=lakehouse).health(name)
        if as_json:
            print_json({"healthy": _healthy(found), "sources": [_plain(each.document()) for each in found]})
        else:
            _show_health(output(), found)
    if not _healthy(found):
        raise typer.Exit(1)


def _healthy(found: tuple[SourceHealth, ...]) -> bool:
    return bool(found) and all(each.healthy for each in found)


def _show_health(out: Terminal, found: tuple[SourceHealth, ...]) -> None:
    for each in found:
        _show_source(out, each)
    ill = [each.source_system for each in found if not each.healthy]
    if not found:
        out.line(f"{out.symbol('failed')} sources/ holds no source, and none has ever run")
    elif len(found) > 1:
        said = f"{len(found) - len(ill)} of {len(found)} sources are healthy"
        out.labelled("in all", said + (f"; not {', '.join(ill)}" if ill else ""))


def _show_source(out: Terminal, one: SourceHealth) -> None:
    from spectra.runs.spans import span

    row = one.figures
    outcome = "failed" if not one.healthy else "warning" if row["readiness"] == "DEGRADED" else "ok"
    out.labelled(one.source_system, "; ".join(one.problems) or f"healthy · {row['readiness']}", outcome=outcome)
    if row["status"] is not None:
        code = f" ({row['error_code']})" if row["error_code"] else ""
        out.labelled("newest run", f"{row['status']} {row['readiness']}{code} · {row['execution_id']}")
    if row["age_seconds"] is not None:
        promised = f", promised at most {span(row['max_age_seconds'])}" if row["max_age_seconds"] else ""
        out.labelled("published", f"{span(row['age_seconds'])} ago{promised}")
    out.labelled("last 7 days", _week(row))
    for label, said in (("endpoints", _endpoints(row)), ("guarantees", _guarantees(row))):
        if said:
            out.labelled(label, said)
    if row["unfinished_execution_id"] and row["unfinished_execution_id"] != one.unrecorded:
        out.labelled("still going", f"{row['unfinished_execution_id']} since {row['unfinished_since']:%H:%M:%S} UTC")
    if not one.healthy and row["execution_id"]:
        out.labelled("next", f"spectra explain {row['execution_id']}")
    elif not one.healthy:
        out.labelled("next", f"spectra source {one.source_system}")


def _week(row: Mapping[str, Any]) -> str:
    from spectra.runs.spans import span

    if not row["runs_7d"]:
        return "no run"
    mean = row["mean_duration_seconds_7d"]
    rate = f"{row['successes_7d']} of {row['runs_7d']} runs succeeded ({row['success_rate_7d']:.1%})"
    return rate + (f" · {span(mean)} on average" if mean is not None else "")


def _endpoints(row: Mapping[str, Any]) -> str:
    if not row["endpoint_probed_count"]:
        return ""
    answered, probed = row["endpoint_success_count"], row["endpoint_probed_count"]
    return f"{answered} of {probed} answered ({row['endpoint_success_rate']:.1%})"


def _guarantees(row: Mapping[str, Any]) -> str:
    if row["must_count"] is None:
        return ""
    return f"{row['must_held']} of {row['must_count']} must, {row['should_held']} of {row['should_count']} should"


def metrics(
    name: OneOrAll = None,
    project: ProjectFolder = Path(),
    lakehouse: Lakehouse = None,
    prometheus: Annotated[
        str | None,
        typer.Option(
            "--prometheus", help="Write them in the text format of Prometheus to a file; - prints it.", metavar="FILE"
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show every figure of the newest run, the age of what is published, and the last 7 days."""
    from spectra.pipeline import Pipeline

    if as_json and prometheus is not None:
        raise typer.BadParameter("--json and --prometheus exclude each other", param_hint="--prometheus")
    with failures_shown(as_json=as_json):
        rows = Pipeline(project, lakehouse=lakehouse).metrics(name)
        if prometheus is not None:
            _expose(rows, prometheus)
        elif as_json:
            print_json([_plain(row) for row in rows])
        else:
            _show_figures(output(), rows)


def _expose(rows: list[dict[str, Any]], target: str) -> None:
    from spectra.observe.prometheus import exposition
    from spectra.observe.textfile import write_whole

    text = exposition(rows)
    if target == "-":
        sys.stdout.write(text)
    else:
        write_whole(Path(target), text)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}


def _show_figures(out: Terminal, rows: list[dict[str, Any]]) -> None:
    """Print a figure a line; each name says its unit."""
    for row in rows:
        out.line(out.painted(row["source_system"], "strong"))
        told = {name: _rounded(value) for name, value in _plain(row).items() if value is not None}
        wide, widest = max(map(len, told)), max(map(len, told.values()))
        between = "\n    " if wide + widest + 4 > out.width else ""
        for name, said in list(told.items())[1:]:
            out.line(f"  {name}{between}{said}" if between else f"  {name:<{wide}}  {said}")


def _rounded(value: Any) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else harmless(str(value))
