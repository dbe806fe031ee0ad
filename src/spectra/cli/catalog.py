"""The commands `spectra catalog`: show what was published of a source, or import a document about an API."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spectra.cli.console import failures_shown, output, print_json
from spectra.cli.group import DefaultGroup
from spectra.cli.look import catalog as show
from spectra.cli.options import AsJson, ProjectFolder
from spectra.cli.text import folded, harmless

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spectra.cli.text import Terminal
    from spectra.discovery.guessing.guess import Guess
    from spectra.discovery.importing import Imported

_MOST_SHOWN = 20
_INDENT = 13
_PROGRAMS = ("dlt", "airbyte")

catalog = typer.Typer(
    cls=DefaultGroup.of("show"),
    help="Show the endpoints of a source (`spectra catalog NAME`), or draft a source from a document.",
    no_args_is_help=True,
)
catalog.command("show")(show)


@catalog.command("import")
def import_api(
    file: Annotated[
        Path,
        typer.Argument(
            help="An OpenAPI 3, Swagger 2, Postman or HAR file; a dlt rest_api dictionary or an Airbyte manifest.",
            metavar="FILE",
        ),
    ],
    into: Annotated[
        str | None,
        typer.Option("--into", help="Write sources/NAME.yaml and its catalogue; without it only look.", metavar="NAME"),
    ] = None,
    project: ProjectFolder = Path(),
    *,
    as_json: AsJson = False,
) -> None:
    """Draft a source from a document about its API: all endpoints, and what can be guessed, with reasons."""
    from spectra.pipeline import import_api as import_document

    with failures_shown(as_json=as_json):
        found = import_document(file, into=into, folder=project)
        if as_json:
            print_json(_document(found))
        else:
            _show(output(), found, file, written=into is not None)


def _document(found: Imported) -> Mapping[str, Any]:
    from dataclasses import asdict

    from spectra.cli.errors import error_document

    return {
        "format": found.format,
        "title": found.title,
        "name": found.name,
        "servers": found.servers,
        "endpoints": len(found.rows),
        "methods": found.methods,
        "guesses": [asdict(each) for each in found.draft.guesses],
        "environment": found.draft.environment,
        "findings": [error_document(each) for each in found.findings],
        "written": found.written,
    }


def _show(out: Terminal, found: Imported, file: Path, *, written: bool) -> None:
    methods = " · ".join(f"{count} {method}" for method, count in found.methods.items())
    out.labelled("document", f"{found.title or file.name} ({found.format})", outcome="ok", heading="Import")
    out.labelled("servers", ", ".join(found.servers) or "none named", outcome="ok" if found.servers else "warning")
    out.labelled("endpoints", f"{len(found.rows)}: {methods}" if found.rows else "none", outcome="ok")
    _show_guesses(out, found.draft.guesses)
    if found.findings:
        _show_findings(out, found, file)
    for path in found.written:
        out.line(f"wrote  {harmless(path)}")
    out.line()
    for number, (label, step) in enumerate(_steps(found, file, written=written)):
        out.labelled(label, step, heading="" if number else "Next")


def _show_guesses(out: Terminal, guesses: Sequence[Guess]) -> None:
    doubtful = sum(not guess.stands for guess in guesses)
    said = f"{len(guesses)}, {doubtful} of them doubtful and commented out" if doubtful else str(len(guesses))
    out.labelled("guesses", said, outcome="warning" if doubtful else "ok")
    for guess in sorted(guesses, key=lambda each: each.stands)[:_MOST_SHOWN]:
        sign = out.symbol("ok" if guess.stands else "warning")
        first, *rest = folded(f"{guess.subject} ({guess.confidence}): {guess.reason}", max(24, out.width - _INDENT))
        out.line(f"{' ' * (_INDENT - 2)}{sign} {first}")
        for part in rest:
            out.line(f"{' ' * (_INDENT + 2)}{part}")
    if len(guesses) > _MOST_SHOWN:
        out.line(f"{' ' * _INDENT}{len(guesses) - _MOST_SHOWN} more stand in the draft, and in --json")


def _show_findings(out: Terminal, found: Imported, file: Path) -> None:
    from spectra.cli.errors import show_problem
    from spectra.settings.reading import read_text

    program = found.format in _PROGRAMS  # whose lines may hold a secret anywhere
    lines = {} if program else {file.name: read_text(file, file.name)}
    out.labelled("findings", str(len(found.findings)), outcome="warning")
    for finding in found.findings[:_MOST_SHOWN]:
        show_problem(out, finding, lines.get)
    if len(found.findings) > _MOST_SHOWN:
        out.line(f"{len(found.findings) - _MOST_SHOWN} more findings are listed by --json")


def _steps(found: Imported, file: Path, *, written: bool) -> list[tuple[str, str]]:
    if not written:
        return [("write it", f"spectra catalog import {file} --into {found.name}")]
    return [
        ("read", f"sources/{found.name}.yaml" + ("" if found.format in _PROGRAMS else ": every guess says why")),
        ("set", f"in the environment or in .env: {', '.join(found.draft.environment)}"),
        ("check", f"spectra validate {found.name}"),
        ("try", f"spectra doctor {found.name}"),
        ("run", f"spectra source {found.name}"),
    ]
