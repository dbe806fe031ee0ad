"""The command `spectra`: every command by name, and how the process ends."""

from __future__ import annotations

from typing import Annotated

import typer

from spectra import __version__
from spectra.cli import doctor, explain, health, project, query, ready, stages
from spectra.cli.catalog import catalog
from spectra.cli.contract import contract
from spectra.cli.demo import demo
from spectra.cli.group import Group
from spectra.cli.notify import notify
from spectra.cli.schema import schema

app = typer.Typer(
    name="spectra",
    cls=Group,
    help="From a REST API to tables one can trust.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(project.init)
app.command()(project.validate)
app.command()(schema)
app.command()(doctor.doctor)
app.command()(stages.source)
app.command()(stages.run)
app.command()(ready.ready)
app.command()(query.tables)
app.command()(query.sql)
app.command()(health.health)
app.command()(health.metrics)
app.command()(explain.explain)
app.add_typer(catalog, name="catalog")
app.add_typer(contract, name="contract")
app.add_typer(demo, name="demo")
app.add_typer(notify, name="notify")


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback form
    if wanted:
        typer.echo(f"spectra {__version__}")
        raise typer.Exit


@app.callback()
def spectra(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """From a REST API to tables one can trust."""
    del version


def main() -> None:
    """Run the command line."""
    app()
