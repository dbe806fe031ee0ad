"""Message: what people are told of a run, in plain text parts, already redacted."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from spectra.errors import Severity


@dataclass(frozen=True, slots=True)
class Fact:
    """One named text; `short` says that it may stand beside others."""

    name: str
    text: str
    short: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """What is told: a title, a text under it, named facts, a footer; `figures` say the same to programs.

    `id` is the same for every try and channel, so that a receiver can tell a repetition; `link` is an address that the
    project itself names, None where it names none. Every text may come from outside: a channel shows it as text only.
    """

    id: str
    title: str
    severity: Severity
    written_at: datetime
    text: str = ""
    facts: tuple[Fact, ...] = ()
    footer: str = ""
    link: str | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the message as plain JSON values."""
        return asdict(self) | {
            "written_at": self.written_at.isoformat(),
            "facts": {fact.name: fact.text for fact in self.facts},
            "figures": dict(self.figures),
        }

    def changed(self, change: Callable[[str], str]) -> Message:
        """Return this message with every text of it changed."""
        return Message(
            id=self.id,
            title=change(self.title),
            severity=self.severity,
            written_at=self.written_at,
            text=change(self.text),
            facts=tuple(Fact(change(fact.name), change(fact.text), fact.short) for fact in self.facts),
            footer=change(self.footer),
            link=self.link,
            figures={name: _changed(value, change) for name, value in self.figures.items()},
        )


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _changed(each, change) for name, each in value.items()}
    return [_changed(each, change) for each in value] if isinstance(value, list | tuple) else value
