"""Commands about notifications: test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from spectra.cli.console import failures_shown, output, print_json
from spectra.cli.group import Group
from spectra.cli.options import AsJson, Lakehouse, Name, ProjectFolder

if TYPE_CHECKING:
    from spectra.cli.text import Terminal
    from spectra.notices.delivery import Delivery

_UNDELIVERED = 3

notify = typer.Typer(cls=Group, no_args_is_help=True, help="Try the channels that people are told through.")


@notify.callback()
def channels() -> None:
    """Try the channels that people are told through."""


@notify.command("test")
def try_channels(
    name: Name,
    project: ProjectFolder = Path(),
    lakehouse: Lakehouse = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Send a test message to the channels of a source, and say what each of them answered."""
    from spectra.pipeline import Pipeline

    with failures_shown(as_json=as_json):
        made = Pipeline(project, lakehouse=lakehouse).notify_test(name)
        if as_json:
            print_json({"source": name, "channels": [_document(one) for one in made]})
        else:
            for one in made:
                _show(output(), one)
    if any(one.outcome != "sent" for one in made):
        raise typer.Exit(_UNDELIVERED)


def _document(one: Delivery) -> dict[str, object]:
    from spectra.cli.errors import error_document

    return {
        "channel": one.channel,
        "reference": one.reference,
        "outcome": one.outcome,
        "http_status": one.http_status,
        "attempts": one.attempts,
        "answer": one.answer,
        "error": None if one.error is None else error_document(one.error),
    }


def _show(out: Terminal, one: Delivery) -> None:
    answered = " ".join(str(part) for part in (one.http_status, one.answer) if part)
    if one.error is None:
        out.labelled(
            one.channel, f"{one.reference}: sent{'; it answered ' + answered if answered else ''}", outcome="ok"
        )
        return
    out.labelled(one.channel, f"{one.reference}: {one.error.code}: {one.error.message}", outcome="failed")
    out.labelled("", one.error.remedy)
