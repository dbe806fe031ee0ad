"""Notes: what is wrong with an API document, gathered with its place while values of the right kind are taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spectra.errors import ApiDocumentValueError, ApiPartsLeftOutError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spectra.discovery.reading.tree import Path, Tree
    from spectra.errors import SpectraError

MOST_FINDINGS = 1000
_LONGEST_TEXT = 2000
_KINDS = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false", type(None): "nothing"}


@dataclass(slots=True)
class Notes:
    """The findings about one document so far; at most 1,000 are kept, and the rest is counted."""

    tree: Tree
    _kept: list[SpectraError] = field(default_factory=list)
    _more: int = 0

    def add(self, kind: type[SpectraError], said: str, path: Path, **facts: str) -> None:
        """Note a finding about the value at a path."""
        self.take((kind(said, place=self.tree.place(path), **facts),))

    def take(self, findings: Iterable[SpectraError]) -> None:
        """Note findings that know their place."""
        for finding in findings:
            if len(self._kept) < MOST_FINDINGS:
                self._kept.append(finding)
            else:
                self._more += 1

    def found(self) -> tuple[SpectraError, ...]:
        """Return everything noted."""
        if not self._more:
            return tuple(self._kept)
        said = f"{self._more:,} more findings are not listed"
        return (*self._kept, ApiPartsLeftOutError(said, place=self.tree.file_name))

    def mapping(self, value: Any, path: Path) -> dict[str, Any]:
        """Return a mapping; an empty one, noted, for any other value that is not absent."""
        if isinstance(value, dict):
            return value
        self._wrong(value, "a mapping", path)
        return {}

    def sequence(self, value: Any, path: Path) -> list[Any]:
        """Return a list; an empty one, noted, for any other value that is not absent."""
        if isinstance(value, list):
            return value
        self._wrong(value, "a list", path)
        return []

    def _wrong(self, value: Any, wanted: str, path: Path) -> None:
        if value is not None:
            found = _KINDS.get(type(value), "a number")
            self.add(ApiDocumentValueError, f"found {found}; allowed: {wanted}", path)


def text_in(value: Any) -> str:
    """Return a text that can be written anywhere, cut to 2,000 characters; empty for what is no text or number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)[:_LONGEST_TEXT].encode("utf-8", "replace").decode().strip()
