"""Commands that touch no source: init and validate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spectra.cli.console import failures_shown, output, print_json
from spectra.cli.options import AsJson, ProjectFolder

if TYPE_CHECKING:
    from spectra.cli.text import Terminal
    from spectra.errors import SpectraError


def init(
    name: Annotated[str, typer.Argument(help="Name of the source: a letter, then letters and digits.", metavar="NAME")],
    folder: ProjectFolder = Path(),
) -> None:
    """Write a new source into a project, making the project where there is none."""
    from spectra.pipeline import init as write

    out = output()
    with failures_shown():
        for path in write(folder, name):
            out.line(f"wrote  {path}")
        out.line()
        out.labelled("edit", f"sources/{name}.yaml: base_url, auth, endpoints", heading="Next")
        out.labelled("copy", ".env.example to .env, and fill in the secrets")
        out.labelled("check", f"spectra validate {name}")
        out.labelled("try", f"spectra doctor {name}")
        out.labelled("run", f"spectra source {name}")


def validate(
    name: Annotated[str | None, typer.Argument(help="One source; every source without it.", metavar="[NAME]")] = None,
    project: ProjectFolder = Path(),
    *,
    as_json: AsJson = False,
) -> None:
    """Check definitions offline: every finding at once, with file, line and column."""
    from spectra.cli.errors import error_document, show_problem
    from spectra.pipeline import Pipeline

    out = output()
    with failures_shown(as_json=as_json):
        pipeline = Pipeline(project)
        problems = pipeline.validate(name)
        fatal = [problem for problem in problems if problem.severity != "warning"]
        checked = [name] if name else list(pipeline.sources)
        if as_json:
            print_json({"sources": checked, "valid": not fatal, "findings": [error_document(p) for p in problems]})
        else:
            for problem in problems:
                show_problem(out, problem, pipeline.project.file_text)
            _sum_up(out, checked, problems)
    if fatal:
        raise typer.Exit(2)


def _sum_up(out: Terminal, checked: list[str], problems: tuple[SpectraError, ...]) -> None:
    if not problems:
        out.line(f"{out.symbol('ok')} {', '.join(checked) or 'no source'}: no findings · nothing was sent")
        return
    word = "finding" if len(problems) == 1 else "findings"
    out.line(f"{len(problems)} {word} · nothing was sent · spectra explain {problems[0].code}")
