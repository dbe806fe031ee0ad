"""A RestApi for one conversation: real sockets, secrets from a mapping, a time that stands still, no waiting."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from spectra.access.auth import NoAuth
from spectra.access.guard import UrlGuard
from spectra.access.redact import Redactor
from spectra.access.secret import FoundSecret, SecretReference
from spectra.rest.api import RestApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from spectra.access.auth import AuthType

_EXAMPLE_TIME = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StandingClock:
    """Shows one time for ever; seconds still pass."""

    at: datetime = _EXAMPLE_TIME

    def now(self) -> datetime:
        """Return the time."""
        return self.at

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic()


@dataclass(slots=True)
class MappedSecrets:
    """Secrets from a mapping; what replaces one is put into it, and into `kept` in the order it came."""

    values: dict[str, str]
    kept: list[str] = field(default_factory=list)

    def reveal(self, reference: SecretReference) -> FoundSecret:
        """Return the secret; KeyError where there is none."""
        return FoundSecret(reference, self.values[reference.name], "env")

    def refresh(self) -> None:
        """Do nothing: every look is fresh."""

    @contextmanager
    def rotating(self, reference: SecretReference) -> Iterator[Callable[[str], None]]:
        """Give a way to replace a secret."""

        def keep(value: str) -> None:
            self.values[reference.name] = value
            self.kept.append(value)

        yield keep

    def redactor(self) -> Redactor:
        """Return a redactor that knows every secret."""
        return Redactor(FoundSecret(SecretReference(name), value, "env") for name, value in self.values.items())


@dataclass(frozen=True, slots=True)
class SmallLimits:
    """Limits for a conversation of a few answers; one question at a time keeps them in order."""

    requests_per_second: float | None = None
    concurrency: int = 1
    connect_seconds: float = 5.0
    total_seconds: float = 10.0
    response_mb: float = 1.0
    attempts: int = 1


def opened(base_url: str, auth: AuthType | None = None, secrets: Mapping[str, str] | None = None) -> RestApi:
    """Return a RestApi to be used in a `with` statement."""
    known = MappedSecrets(dict(secrets or {}))
    return RestApi(
        UrlGuard(base_url),
        SmallLimits(),
        auth=auth or NoAuth(),
        secrets=known,
        redactor=known.redactor(),
        clock=StandingClock(),
        sleep=lambda _: None,
    )
