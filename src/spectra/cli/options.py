"""Options that several commands share."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

_DURATION = re.compile(r"(\d+)(s|m|h|d)?")
_SECONDS = {None: 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(text: str, option: str = "--wait") -> float:
    """Read a duration such as 90, 90s, 10m, 1h or 1d; raises typer.BadParameter that names the option."""
    match = _DURATION.fullmatch(text.strip())
    if not match:
        raise typer.BadParameter(f"{text!r} is no duration; write 90, 90s, 10m, 1h or 1d", param_hint=option)
    return float(match[1]) * _SECONDS[match[2]]


Name = Annotated[str, typer.Argument(help="Name of the source, as in sources/NAME.yaml.", metavar="NAME")]
ProjectFolder = Annotated[
    Path,
    typer.Option("--project", help="The project, or any folder inside it.", metavar="DIR", show_default="this folder"),
]
Lakehouse = Annotated[
    str | None, typer.Option("--lakehouse", help="Lakehouse folder, instead of the project's.", metavar="DIR")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Wait = Annotated[
    str, typer.Option("--wait", help="How long to wait for another run to end: 90s, 10m, 1h.", metavar="DURATION")
]
CorrelationId = Annotated[
    str | None,
    typer.Option(
        "--correlation-id",
        help="W3C trace id of the pipeline run, 32 hex digits; without it that of TRACEPARENT, or a new one.",
        metavar="HEX",
    ),
]
