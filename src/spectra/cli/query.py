"""Commands that look into tables: tables and sql."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spectra.cli.console import failures_shown, output, print_json
from spectra.cli.options import AsJson, Lakehouse, ProjectFolder
from spectra.cli.text import harmless

if TYPE_CHECKING:
    import pyarrow as pa

    from spectra.cli.text import Terminal

_GAP = "  "


def tables(project: ProjectFolder = Path(), lakehouse: Lakehouse = None, *, as_json: AsJson = False) -> None:
    """List the tables of the lakehouse with version and row count."""
    from spectra.pipeline import Pipeline

    with failures_shown(as_json=as_json):
        pipeline = Pipeline(project, lakehouse=lakehouse)
        states = pipeline.tables()
        rows = [
            {"table": state.name, "version": state.version, "rows": state.rows, "columns": state.columns}
            | {"description": state.description}
            for state in states
        ]
        if as_json:
            print_json(rows)
            return
        out = output()
        out.line("table                 version       rows")
        for row in rows:
            version = "-" if row["version"] is None else row["version"]
            count = "none yet" if row["rows"] is None else f"{row['rows']:,}"
            out.line(f"{row['table']:<21} {version:>7} {count:>10}")
        if all(state.version is None for state in states):
            output(sys.stderr).line(f"nothing is written in {harmless(pipeline.lakehouse)} yet")


def sql(
    query: Annotated[
        str | None, typer.Argument(help="One SELECT over tables as schema.table.", metavar="SELECT")
    ] = None,
    project: ProjectFolder = Path(),
    lakehouse: Lakehouse = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Read the SELECT from a file; - is standard input.")
    ] = None,
    execution: Annotated[
        str | None,
        typer.Option(
            "--execution", help="Read tables at the versions that this run wrote, others at their newest.", metavar="ID"
        ),
    ] = None,
    at: Annotated[
        list[str] | None, typer.Option("--at", help="Read one table at a version.", metavar="TABLE=VERSION")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Print at most so many rows; 0 prints all.")] = 100,
    *,
    as_json: AsJson = False,
) -> None:
    """Run one SELECT over the lakehouse, read-only: no files, no network, no settings."""
    from spectra.pipeline import Pipeline

    if (query is None) == (file is None):
        raise typer.BadParameter("give one SELECT, or --file with one", param_hint="SELECT")
    versions = dict(_version(each) for each in at or ())
    with failures_shown(as_json=as_json):
        text = _text(query, file)
        found = Pipeline(project, lakehouse=lakehouse).sql(text, versions=versions, execution_id=execution)
        shown = found.slice(0, limit) if limit else found
        if as_json:
            print_json(_rows(shown))
            return
        _show(output(), shown)
        if shown.num_rows < found.num_rows:
            output(sys.stderr).line(f"{shown.num_rows} of {found.num_rows:,} rows; --limit 0 prints all")


def _version(text: str) -> tuple[str, int]:
    table, _, version = text.partition("=")
    if not table or not version.isdecimal():
        raise typer.BadParameter(f"{text!r} is no version; write it as source.endpoints=3", param_hint="--at")
    return table, int(version)


def _text(query: str | None, file: Path | None) -> str:
    from spectra.errors import FileUnreadableError

    if file is None:
        # In an ASCII locale Python reads the bytes of an argument as surrogates, which no engine takes.
        return (query or "").encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise FileUnreadableError(f"{file} cannot be read: {why}", place=str(file)) from None


def _show(out: Terminal, found: pa.Table) -> None:
    """Print rows as aligned columns; where they do not fit the width, a line per value."""
    names = [_cell(name) for name in found.column_names]
    rows = [[_cell(value) for value in row.values()] for row in _rows(found)]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    if sum(widths) + len(_GAP) * len(widths) <= out.width or not out.live:
        for line in [names, *rows]:
            out.line(_GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        return
    for number, row in enumerate(rows, start=1):
        out.line(out.painted(f"row {number}", "strong"))
        for name, cell in zip(names, row, strict=True):
            out.labelled(name, cell)


def _rows(found: pa.Table) -> list[dict[str, Any]]:
    """Return rows as plain values; raises QueryFailedError for one that cannot be, such as a day in the year 99999."""
    from spectra.errors import QueryFailedError

    try:
        return found.to_pylist()  # type: ignore[no-any-return]
    except (OverflowError, ValueError) as error:
        raise QueryFailedError(f"a value cannot be shown; CAST it to VARCHAR: {error}") from None


def _cell(value: Any) -> str:
    return "" if value is None else " ".join(harmless(str(value)).split("\n"))
