"""SpectraError: what every failure carries, and the families that share an exit status."""

from __future__ import annotations

from typing import ClassVar, Literal

Category = Literal["auth", "network", "api", "data", "validation", "config", "unknown"]
Severity = Literal["critical", "error", "warning", "info"]


class SpectraError(Exception):
    """A failure that a person can act on.

    The class says what kind of failure it is (`code`, `category`, `severity`, `retryable`, `remedy`,
    `exit_status`); the instance says what happened (`message`), where (`place`: `file:line:column` or a URL
    template) and with which facts (`facts`: short name to text, such as expected and observed).
    The same classes describe findings that are recorded and never raised.
    """

    code: ClassVar[str] = "internal-error"
    category: ClassVar[Category] = "unknown"
    severity: ClassVar[Severity] = "error"
    retryable: ClassVar[bool] = False
    remedy: ClassVar[str] = "Report this with the text above; it is a bug in SPECTRA."
    exit_status: ClassVar[int] = 70

    def __init__(self, message: str = "", *, place: str | None = None, **facts: str) -> None:
        self.message = message or summary_of(type(self))
        self.place = place
        self.facts = facts
        super().__init__(self.message)

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild with place and facts, so that an error survives a process boundary."""
        return _rebuild, (type(self), self.message, self.place, self.facts)


def _rebuild(kind: type[SpectraError], message: str, place: str | None, facts: dict[str, str]) -> SpectraError:
    return kind(message, place=place, **facts)


def summary_of(kind: type[SpectraError]) -> str:
    """Return the first line of an error class's docstring: what happened, in one sentence."""
    return (kind.__doc__ or kind.code).strip().splitlines()[0]


class ConfigError(SpectraError):
    """Something that a user wrote, or did not write, keeps a command from starting."""

    category: ClassVar[Category] = "config"
    severity: ClassVar[Severity] = "critical"
    exit_status = 2


class SourceError(SpectraError):
    """The source refused, answered wrongly or could not be reached."""

    category: ClassVar[Category] = "api"
    exit_status = 3


class NetworkError(SourceError):
    """No complete answer came back."""

    category: ClassVar[Category] = "network"
    retryable = True


class PromiseError(SpectraError):
    """Something was measured and is not as promised."""

    category: ClassVar[Category] = "validation"
    exit_status = 4


class LakeError(SpectraError):
    """The lakehouse could not be read or written, or someone else holds it."""

    category: ClassVar[Category] = "data"
    severity: ClassVar[Severity] = "critical"
    exit_status = 5
