"""What a list takes and gives beside its records: parameters by name, members of the answer by path, headers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spectra.discovery.guessing.shapes import usable
from spectra.discovery.words import squeezed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from spectra.discovery.description import Operation, Parameter, Shape
    from spectra.discovery.guessing.listings import Listing

_DEEPEST, _MOST_MEMBERS = 4, 400
_SIZES = (
    *("perpage", "pagesize", "limit", "maxresults", "size", "count", "top", "rows", "take", "pagelimit"),
    *("itemsperpage", "resultsperpage", "maxitems", "maxrecords", "maxpagesize", "numresults", "max", "first", "rpp"),
)
_STATED_MOST = re.compile(r"\bmax(?:imum)?(?: (?:is|of|value|value is|allowed))?[ :=]*([0-9]{1,4})\b", re.IGNORECASE)
_USUAL, _MOST = 100, 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """A list as its pagination is told from: `query` by squeezed name, `members` of the answer by dotted path."""

    query: Mapping[str, Parameter]
    members: Mapping[str, Shape]
    headers: tuple[str, ...]
    records: str
    fields: Mapping[str, Shape]
    operation: Operation

    def parameter(self, names: Iterable[str]) -> Parameter | None:
        """Return the first parameter of some squeezed names that a single value can be sent as."""
        return next((self.query[name] for name in names if name in self.query), None)

    @property
    def size(self) -> Parameter | None:
        """The parameter that says how many records a page holds."""
        found = (self.query[name] for name in _SIZES if name in self.query)
        return next((each for each in found if each.kind in {"integer", "number", "any", "string"}), None)

    def sized(self) -> dict[str, Any]:
        """Return `size_param` and `size` where there is such a parameter."""
        return {} if self.size is None else {"size_param": self.size.name, "size": size_of(self.size)}


def seen_of(listing: Listing) -> Seen:
    """Return what a list takes and gives."""
    operation, path = listing.operation, listing.records.path
    query: dict[str, Parameter] = {}
    for parameter in operation.in_("query"):
        if usable(parameter.name) and not parameter.choices and parameter.kind not in {"object", "array", "boolean"}:
            query.setdefault(squeezed(parameter.name), parameter)
    members = dict(_members(operation.answer, path)) if operation.answer is not None else {}
    return Seen(query, members, tuple(operation.answer_headers), path, listing.fields, operation)


def _members(answer: Shape, records: str) -> Iterator[tuple[str, Shape]]:
    """Yield what stands beside the records, breadth first; of a list its first element."""
    pending: list[tuple[str, Shape]] = [("", answer)]
    for count in range(_MOST_MEMBERS):
        if count >= len(pending):
            return
        path, shape = pending[count]
        if path and shape.kind != "array":
            yield path, shape
        below = [*shape.fields.items(), *([("0", shape.items)] if path and shape.items is not None else [])]
        if path.count(".") < _DEEPEST:
            joined = ((f"{path}.{name}" if path else name, each) for name, each in below if usable(name))
            pending += [(inner, each) for inner, each in joined if inner != records]


def size_of(parameter: Parameter) -> int:
    """Return how many records to ask for: as many as a page may hold, in reason."""
    stated = _STATED_MOST.search(parameter.description)
    for most in (parameter.maximum, int(stated[1]) if stated else None):
        if most is not None and 1 <= most <= _MOST:
            return int(most)
    default = parameter.default
    if isinstance(default, int) and not isinstance(default, bool) and 1 <= default <= _MOST:
        return default
    return _USUAL
