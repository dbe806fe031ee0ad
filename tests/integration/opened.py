"""A RestApi for tests: real sockets and a real clock, but waits that are written down instead of waited."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from spectra.access.auth import Bearer, NoAuth
from spectra.access.guard import UrlGuard
from spectra.access.redact import Redactor
from spectra.access.secret import FoundSecret, SecretReference
from spectra.rest.api import RestApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CANARY = "canary-b7e4/+d2=91f0a6c3"
BEARER = Bearer.model_validate({"token": "secret://TOKEN"})
NO_AUTH = NoAuth()


class Now:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass
class Shelf:
    """Secrets by name."""

    values: dict[str, str] = field(default_factory=lambda: {"TOKEN": CANARY})
    revealed: int = 0

    def reveal(self, reference: SecretReference) -> FoundSecret:
        self.revealed += 1
        return FoundSecret(reference, self.values[reference.name], "env")

    def refresh(self) -> None:
        """Every look is fresh."""

    @contextmanager
    def rotating(self, reference: SecretReference) -> Iterator[Callable[[str], None]]:
        yield lambda value: self.values.__setitem__(reference.name, value)

    def redactor(self) -> Redactor:
        return Redactor([FoundSecret(SecretReference(name), value, "env") for name, value in self.values.items()])


@dataclass(frozen=True)
class Within:
    """Limits, short enough for tests."""

    requests_per_second: float | None = None
    concurrency: int = 8
    connect_seconds: float = 2.0
    total_seconds: float = 5.0
    response_mb: float = 1.0
    attempts: int = 3


@contextmanager
def opened(
    base_url: str,
    *,
    allowed: tuple[str, ...] = (),
    secrets: Shelf | None = None,
    waits: list[float] | None = None,
    **more: Any,
) -> Iterator[RestApi]:
    """Open a RestApi; `more` are limits, and `auth`, `sleep`, `chance`, `clock`."""
    seams = {
        name: more.pop(name)
        for name in ("auth", "sleep", "chance", "user_agent", "proxies", "clock", "own_headers")
        if name in more
    }
    shelf = secrets or Shelf()
    written: list[float] = [] if waits is None else waits
    arguments: dict[str, Any] = {
        "clock": Now(),
        "auth": NO_AUTH,
        "sleep": written.append,
        "chance": lambda: 0.5,
    } | seams
    with RestApi(
        UrlGuard(base_url, allowed), Within(**more), secrets=shelf, redactor=shelf.redactor(), **arguments
    ) as api:
        yield api
