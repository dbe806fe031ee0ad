"""The environment of the process and the project's .env: secrets, and what a user says beside the project."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spectra.runs.envelope import trace_id_in
from spectra.settings.reading import read_text

if TYPE_CHECKING:
    from pathlib import Path


class EnvironmentSecrets:
    """Secrets in environment variables."""

    kind = "env"
    where = "in the environment"

    def find(self, name: str) -> str | None:
        """Return the variable's value, or None."""
        return os.environ.get(name)  # noqa: TID251 - settings is the one reader of the environment


@dataclass(slots=True)
class DotenvSecrets:
    """Secrets in a .env file, read anew at every look, so that a rotated one is seen."""

    path: Path
    kind: str = "dotenv"
    where: str = "in the project's .env"

    def find(self, name: str) -> str | None:
        """Return the value kept under `name`, or None; raises FileUnreadableError."""
        return self._values().get(name)

    def _values(self) -> dict[str, str | None]:
        from dotenv import dotenv_values  # noqa: PLC0415 - most commands need no .env

        if not self.path.is_file():
            return {}
        return dotenv_values(stream=io.StringIO(read_text(self.path, self.path.name)), interpolate=False)


def outer_trace() -> str | None:
    """Return the trace id of a W3C TRACEPARENT in the environment; None where there is none, or no valid one."""
    return trace_id_in(os.environ.get("TRACEPARENT", ""))  # noqa: TID251 - settings is the one reader of the environment


def no_colour() -> bool:
    """Return whether the environment asks for plain text: NO_COLOR, or a terminal that says it is dumb."""
    environment = os.environ  # noqa: TID251 - settings is the one reader of the environment
    return bool(environment.get("NO_COLOR")) or environment.get("TERM") == "dumb"
