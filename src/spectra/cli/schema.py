"""The command that gives editors what they complete definitions by."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spectra.cli.console import failures_shown, output, print_json
from spectra.cli.options import AsJson, ProjectFolder


def schema(
    project: ProjectFolder = Path(),
    *,
    project_file: Annotated[
        bool, typer.Option("--project-file", help="The schema of spectra.yaml instead of that of a source.")
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Write both into the project, where its files look for them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the JSON Schema of a source; after an upgrade, `--write` lets editors know what is new."""
    from spectra.definition.schema import PROJECT_FILE, SOURCE_FILE, schema_files
    from spectra.pipeline import write_schemas

    with failures_shown(as_json=as_json):
        if not write:
            typer.echo(schema_files()[PROJECT_FILE if project_file else SOURCE_FILE], nl=False)
            return
        written = [str(path) for path in write_schemas(project)]
        if as_json:
            print_json({"written": written})
            return
        out = output()
        for path in written:
            out.line(f"wrote  {path}")
