"""Endpoint: one method and path of an API, as catalogued, and how its placeholders are filled."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from spectra.errors import IdMissingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_DOTS = {".": "%2E", "..": "%2E%2E"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint; `path` is as catalogued but for its query text, which stands in `query`.

    Values of `query` may be placeholders too. `query_parameters` names what the endpoint understands.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    query_parameters: tuple[str, ...] = ()
    name: str = ""
    category: str = ""
    description: str = ""

    @classmethod
    def of(cls, method: str, path: str, query_parameters: Iterable[str] = (), **texts: str) -> Endpoint:
        """Build an endpoint from a catalogue's words: splits query text off, and fills in the category."""
        bare, _, text = path.partition("?")
        query = dict(parse_qsl(text, keep_blank_values=True))
        category = texts.pop("category", "") or resource_of(bare)
        names = tuple(dict.fromkeys((*query, *query_parameters)))
        return cls(method, bare, query, names, category=category, **texts)

    @property
    def key(self) -> tuple[str, str]:
        """What tells endpoints apart: method and path."""
        return self.method, self.path

    @property
    def resource(self) -> str:
        """The first segment of the path."""
        return resource_of(self.path)

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """The placeholders of the path, in order, as written."""
        return placeholders_in(self.path)

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The placeholders of path and query, in order, as written."""
        return placeholders_in(self.path, *self.query.values())

    def full_path(self, base_path: str) -> str:
        """Return the path appended to the base path as text; it is never resolved as a URL."""
        return base_path.rstrip("/") + self.path

    def fill(self, ids: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """Return path and query with placeholders replaced, names case-blind; raises IdMissingError.

        Values are percent-encoded in the path, so that none can add a segment, and left plain in the query.
        """
        known = {name.casefold(): value for name, value in ids.items() if value}
        missing = [name for name in self.placeholders if name.casefold() not in known]
        if missing:
            raise IdMissingError(
                f"no value for {', '.join(f'{{{name}}}' for name in missing)}", place=f"{self.method} {self.path}"
            )
        encoded = {name: _DOTS.get(value) or quote(value, safe="") for name, value in known.items()}
        return _filled(self.path, encoded), {name: _filled(text, known) for name, text in self.query.items()}


def placeholders_in(*texts: str) -> tuple[str, ...]:
    """Return the names in braces of some texts, in order, each once."""
    return tuple(dict.fromkeys(name for text in texts for name in _PLACEHOLDER.findall(text)))


def resource_of(path: str) -> str:
    """Return the first segment of a path that is no placeholder, or `root` where there is none."""
    return next((part for part in path.split("/") if part and not part.startswith("{")), "root")


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values[match[1].casefold()], text)
