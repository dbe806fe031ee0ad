"""The demo: a source that needs no network, run end to end, or served alone."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from spectra.cli.console import failures_shown, output
from spectra.cli.group import Group


class FolderOrCommand(Group):
    """Takes `demo DIR` as `demo run DIR`, so that the plain command needs no verb."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command in front where the first word is none."""
        if not args or (args[0] not in self.commands and args[0] not in {"--help", "-h"}):
            args = ["run", *args]
        return super().parse_args(ctx, args)


demo = typer.Typer(cls=FolderOrCommand, no_args_is_help=False, help="Try SPECTRA on a source that it brings along.")


@demo.command("run")
def run_demo(
    folder: Annotated[Path, typer.Argument(help="Where the project is written.", metavar="[DIR]")] = Path(
        "spectra-demo"
    ),
    executions: Annotated[int, typer.Option(help="How many executions the source holds.", min=0)] = 50_000,
    seed: Annotated[int, typer.Option(help="Another seed, another world.")] = 7,
) -> None:
    """Serve the demo source on loopback, write a project for it, run every stage, show what was found."""
    from spectra.cli.stages import run_source
    from spectra.demo.project import write_project
    from spectra.demo.server import DemoServer, DemoSettings

    out = output()
    with failures_shown(), DemoServer(DemoSettings(seed=seed, executions=executions)) as server:
        write_project(folder, server.base_url, server.token)
        address = server.base_url.split("/flex", maxsplit=1)[0]
        out.line(f"SPECTRA demo  ·  source zephyr (Zephyr-like test management)  ·  {address}")
        out.line()
        manifest = run_source("zephyr", folder, None, {}, first_step=way_to(folder))
        out.labelled(
            "again", "the demo's server has stopped; `spectra demo .` in that folder starts it for another run"
        )
    if manifest.readiness == "BLOCKED":
        raise typer.Exit(1)


def way_to(folder: Path) -> str | None:
    """Return the command that leads into a project and makes `spectra` a command there, as far as either is needed."""
    here, activate = Path.cwd(), Path(sys.prefix) / "bin" / "activate"
    steps = []
    if not shutil.which("spectra") and activate.is_file():
        shown = activate.relative_to(here) if activate.is_relative_to(here) else activate
        steps.append(f". {shlex.quote(str(shown))}")
    if folder.resolve() != here.resolve():
        steps.append(f"cd {shlex.quote(str(folder))}")
    return " && ".join(steps) or None


@demo.command("serve")
def serve_demo(
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 0,
    seed: Annotated[int, typer.Option(help="Another seed, another world.")] = 7,
    executions: Annotated[int, typer.Option(help="How many executions the source holds.", min=0)] = 50_000,
    latency_ms: Annotated[float, typer.Option(help="Milliseconds before each answer.", min=0)] = 0,
    rate_limit_every: Annotated[int, typer.Option(help="Answer 429 once in so many requests; 0 never.", min=0)] = 0,
    error_every: Annotated[int, typer.Option(help="Answer 503 once in so many requests; 0 never.", min=0)] = 0,
    stats_port: Annotated[int, typer.Option(help="Port of /__stats; 0 takes a free one.", min=0, max=65535)] = 0,
    flat_endpoints: Annotated[int, typer.Option(help="Extra flat endpoints /flat/0, /flat/1, ...", min=0)] = 0,
) -> None:
    """Serve the demo source alone until Ctrl-C."""
    from spectra.demo.serve import serve
    from spectra.demo.server import DemoSettings
    from spectra.errors import PortInUseError

    settings = DemoSettings(
        port=port,
        stats_port=stats_port,
        seed=seed,
        executions=executions,
        latency_ms=latency_ms,
        rate_limit_every=rate_limit_every,
        error_every=error_every,
        flat_endpoints=flat_endpoints,
    )
    with failures_shown():
        try:
            serve(settings, sys.stdout)
        except OSError as error:
            place = f"127.0.0.1:{port}"
            raise PortInUseError(f"{place} cannot be listened on: {error.strerror}", place=place) from None
