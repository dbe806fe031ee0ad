"""The commands `spectra contract`: lint, show, diff, test and check."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spectra.cli.console import failures_shown, output, print_json
from spectra.cli.group import Group
from spectra.cli.options import AsJson, Lakehouse, ProjectFolder

if TYPE_CHECKING:
    from spectra.contracting import Contracting

contract = typer.Typer(cls=Group, help="Look at what is promised, and whether it is kept.", no_args_is_help=True)


class Perspective(StrEnum):
    """Whose break counts."""

    BOTH = "both"
    CONSUMER = "consumer"
    PRODUCER = "producer"


def _contracting(folder: Path) -> Contracting:
    """Return the contracts of a project; one that was named has to be there."""
    from spectra.contracting import Contracting

    return Contracting.find(folder, required=folder != Path())


@contract.command()
def lint(
    file: Annotated[
        list[str] | None,
        typer.Argument(help="Contracts, as files or names; all of the project without one.", metavar="FILE"),
    ] = None,
    project: ProjectFolder = Path(),
    *,
    as_json: AsJson = False,
) -> None:
    """Check contracts: every finding at once, with file, line and column; guarantees run on empty tables."""
    from spectra.cli.errors import error_document, show_problem

    with failures_shown(as_json=as_json):
        contracts = _contracting(project)
        texts = contracts.texts(file or ())
        findings = contracts.lint(texts)
        if as_json:
            print_json(
                {"contracts": list(texts), "valid": not findings, "findings": [error_document(f) for f in findings]}
            )
        else:
            out = output()
            for finding in findings:
                show_problem(out, finding, texts.get)
            if findings:
                word = "finding" if len(findings) == 1 else "findings"
                out.line(f"{len(findings)} {word} · spectra explain {findings[0].code}")
            else:
                out.line(f"{out.symbol('ok')} {', '.join(texts)}: no findings")
    if findings:
        raise typer.Exit(2)


@contract.command()
def show(
    name: Annotated[
        str | None, typer.Argument(help="A contract, as file or name; the one in force without it.", metavar="[NAME]")
    ] = None,
    project: ProjectFolder = Path(),
    html: Annotated[
        Path | None, typer.Option("--html", help="Write one HTML page that needs nothing else.", metavar="FILE")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show what a contract promises: tables, guarantees, times, handoff, and whom to ask."""
    from spectra.cli.contract_shown import show_contract, write
    from spectra.contract.described import described

    with failures_shown(as_json=as_json):
        contracts = _contracting(project)
        found = contracts.contract(name)
        if html is not None:
            write(html, contracts.page(found))
        if as_json:
            print_json(described(found))
        elif html is not None:
            output().line(f"wrote  {html}")
        else:
            show_contract(output(), found)


@contract.command()
def diff(
    before: Annotated[str, typer.Argument(help="The older contract: a file, a name, or shipped.", metavar="BEFORE")],
    after: Annotated[str, typer.Argument(help="The newer one.", metavar="AFTER")],
    project: ProjectFolder = Path(),
    perspective: Annotated[
        Perspective,
        typer.Option(
            "--perspective",
            help="both: end with 1 where the version's step is too small; consumer or producer: where that one breaks.",
        ),
    ] = Perspective.BOTH,
    *,
    as_json: AsJson = False,
) -> None:
    """Say what changed between two contracts, whom it breaks, and which step of the version it needs."""
    from spectra.cli.contract_shown import show_difference
    from spectra.contract.described import described_difference

    with failures_shown(as_json=as_json):
        found = _contracting(project).diff(before, after)
        if as_json:
            print_json(described_difference(found))
        else:
            show_difference(output(), found)
    if perspective == Perspective.BOTH:
        fitting = found.enough
    else:
        fitting = not found.breaking("consumer" if perspective == Perspective.CONSUMER else "producer")
    if not fitting:
        raise typer.Exit(1)


@contract.command("test")
def run_test(
    project: ProjectFolder = Path(),
    lakehouse: Lakehouse = None,
    source: Annotated[
        str | None, typer.Option("--source", help="One source; every source of the lakehouse without it.")
    ] = None,
    file: Annotated[
        str | None,
        typer.Option("--contract", help="A contract, as file or name, instead of the one in force.", metavar="FILE"),
    ] = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", help="Write the cases as JUnit XML, too.", metavar="FILE")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Test what was published against the contract, rule by rule; needs a lakehouse and no definitions."""
    from spectra.cli.contract_shown import show_tested, write
    from spectra.cli.junit import junit_xml

    with failures_shown(as_json=as_json):
        tested = _contracting(project).test(lakehouse=lakehouse, source=source, contract=file)
        if junit is not None:
            write(junit, junit_xml(tested))
        failed = sum(each.count("failed") for each in tested)
        if as_json:
            print_json({"passed": not failed, "sources": [asdict(each) for each in tested]})
        else:
            show_tested(output(), tested)
    if failed:
        raise typer.Exit(1)


@contract.command()
def check(
    name: Annotated[str, typer.Argument(help="Name of the source.", metavar="NAME")],
    project: ProjectFolder = Path(),
    lakehouse: Lakehouse = None,
    execution: Annotated[
        str | None, typer.Option("--execution", help="A run; the newest Success without it.", metavar="ID")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Ask the evidence of a past run again, over the versions that it published."""
    from spectra.cli.contract_shown import show_rechecked

    with failures_shown(as_json=as_json):
        run = _contracting(project).check(name, execution_id=execution, lakehouse=lakehouse)
        if as_json:
            guarantees = [asdict(each) | {"agrees": each.agrees} for each in run.guarantees]
            print_json(asdict(run) | {"kept": run.is_kept, "guarantees": guarantees})
        else:
            show_rechecked(output(), run)
    if not run.is_kept:
        raise typer.Exit(1)
