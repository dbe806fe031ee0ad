"""Reading a Link header as RFC 8288 has it: several links, parameters, quoted texts that hold commas."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TARGET = re.compile(r"[\s,]*<([^>]*)>")
_PARAMETER = re.compile(r"""\s*;\s*(?:([^\s;,="<>]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?)?""")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Link:
    """One link: where it leads, and its parameters, names lower-case; of several with one name the first counts."""

    target: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def relations(self) -> frozenset[str]:
        """The relations it stands for, lower-case."""
        return frozenset(self.parameters.get("rel", "").lower().split())


def linked(header: str, relation: str) -> str | None:
    """Return where the first link of a relation leads; None where there is none, or it leads nowhere.

    A link with an `anchor` speaks of another page than the one it came with, and is passed over.
    """
    found = (link for link in links(header) if relation.lower() in link.relations and "anchor" not in link.parameters)
    return next((link.target for link in found if link.target), None)


def links(header: str) -> Iterator[Link]:
    """Yield the links of a header up to the first that cannot be read."""
    place = 0
    while match := _TARGET.match(header, place):
        place = match.end()
        parameters: dict[str, str] = {}
        while following := _PARAMETER.match(header, place):
            place = following.end()
            name, quoted, plain = following.groups()
            if name:
                value = plain if quoted is None else _ESCAPED.sub(r"\1", quoted)
                parameters.setdefault(name.lower(), value or "")
        yield Link(match[1].strip(), parameters)
