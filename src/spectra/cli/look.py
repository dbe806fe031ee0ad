"""The command that shows the catalogue as it was last probed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spectra.cli.console import failures_shown, output, print_json
from spectra.cli.options import AsJson, Lakehouse, Name, ProjectFolder
from spectra.cli.text import harmless
from spectra.runs.readiness import PROBE_READINESS

if TYPE_CHECKING:
    from spectra.cli.text import Terminal

_STATUSES = tuple(PROBE_READINESS)
_SIGNS = {"READY": "ok", "DEGRADED": "warning", "BLOCKED": "failed"}


def catalog(
    name: Name,
    project: ProjectFolder = Path(),
    lakehouse: Lakehouse = None,
    status: Annotated[
        str | None, typer.Option("--status", help=f"Only endpoints of this status: {', '.join(_STATUSES)}.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the endpoints of the newest publication and what their last probe saw."""
    from spectra.pipeline import Pipeline

    if status is not None and status not in _STATUSES:
        raise typer.BadParameter(f"{status!r} is no status; allowed: {', '.join(_STATUSES)}", param_hint="--status")
    with failures_shown(as_json=as_json):
        pipeline = Pipeline(project, lakehouse=lakehouse)
        rows = pipeline.catalog(name, status=status)
        run, newest = pipeline.latest(name), pipeline.newest(name)
        if as_json:
            print_json({"execution_id": run.execution_id, "newest_status": newest.status, "endpoints": rows})
            return
        out = output()
        rows.sort(key=lambda row: row["http_method"] != "GET")
        for row in rows:
            _show_endpoint(out, row)
        of = f" with status {status}" if status else ""
        out.line(f"{len(rows)} {'endpoint' if len(rows) == 1 else 'endpoints'}{of} · as of {run.execution_id}")
        if newest.execution_id != run.execution_id:
            said = f"the newest run is {newest.status} ({newest.error_code}): these are older results"
            out.line(f"{out.symbol('warning')} {said}")


def _show_endpoint(out: Terminal, row: dict[str, Any]) -> None:
    seen = [str(row["http_status"] or ""), f"{row['record_count']} records" if row["record_count"] is not None else ""]
    seen += [row["error_code"] or "", row["not_probed_reason"] or ""]
    sign = out.symbol(_SIGNS[row["readiness"]])
    path = harmless(row["endpoint_path"])
    out.line(f"{sign} {row['http_method']:<6} {path}")
    out.line(f"         {row['probe_status']:<14} {' · '.join(harmless(part) for part in seen if part)}")
