"""Outline: the parts of a definition as another tool's configuration has them, before they are put together."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from spectra.catalog.endpoint import placeholders_in
from spectra.definition.model import STAGES
from spectra.discovery.carrying.carried import snake

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from spectra.discovery.carrying.carried import Carrying

_LONGEST_NAME = 100
_UNNEEDED = "declare the resource that gives these ids, as an entity, by hand"


@dataclass(frozen=True, slots=True)
class Listed:
    """A resource or stream: where it is read, how it is fed, sliced and paged.

    `base` is the address its path is appended to, with `${env:...}` for what varies. `ids` feeds placeholders of the
    path, `query` parameters, both with `entity.field`; `fixed` are parameters with fixed values. `auth` is its own,
    None where the source's holds. `empty` are statuses that mean that there is nothing.
    """

    name: str
    place: str
    base: str
    path: str
    method: str = "GET"
    fixed: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    records: str | None = None
    pagination: Mapping[str, Any] | None = None
    incremental: Mapping[str, Any] | None = None
    auth: Mapping[str, Any] | None = None
    empty: tuple[int, ...] = ()

    @property
    def parents(self) -> tuple[str, ...]:
        """The entities that it is fed from, in order."""
        references = (*self.ids.values(), *self.query.values())
        return tuple(dict.fromkeys(reference.partition(".")[0] for reference in references))

    @property
    def readable(self) -> bool:
        """Whether it can be an entity: read by GET, every placeholder fed."""
        return self.method == "GET" and set(placeholders_in(self.path)) <= set(self.ids)


@dataclass(frozen=True, slots=True)
class Found:
    """A whole source as found; `place` is where its address stands, `checked` are entities named for a check."""

    title: str
    place: str
    base_url: str
    auth: Mapping[str, Any]
    listed: tuple[Listed, ...]
    limits: Mapping[str, Any] = field(default_factory=dict)
    checked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """A source as it will stand; `entities` are those of `listed` that can be read, parents first."""

    title: str
    base_url: str
    auth: Mapping[str, Any]
    listed: tuple[Listed, ...]
    entities: tuple[Listed, ...]
    limits: Mapping[str, Any] = field(default_factory=dict)
    probe: str | None = None


def entity_name(text: str, taken: Collection[str] = ()) -> str:
    """Return a name for an entity that is made of another tool's, and is not taken."""
    name = snake(text[:_LONGEST_NAME])
    name = name if name[:1].isalpha() and name.isascii() else f"entity_{name}".rstrip("_")
    name = f"{name}_records" if name in STAGES else name
    number, result = 2, name
    while result in taken:
        result, number = f"{name}_{number}", number + 1
    return result


def fed(listed: Iterable[Listed], carrying: Carrying) -> tuple[Listed, ...]:
    """Return those that can be read, parents first; the others are noted, with those that depend on them."""
    named = {each.name: each for each in listed}
    waiting = {name: set(each.parents) for name, each in named.items() if each.readable}
    children: dict[str, list[str]] = {}
    for name, parents in waiting.items():
        for parent in parents:
            children.setdefault(parent, []).append(name)
    ready = deque(name for name, parents in waiting.items() if not parents)
    ordered: dict[str, Listed] = {}
    while ready:
        name = ready.popleft()
        ordered[name] = named[name]
        for child in children.get(name, ()):
            waiting[child].discard(name)
            if not waiting[child]:
                ready.append(child)
    for name, each in named.items():
        if name not in ordered:
            carrying.left(each.place, f"entity {name}", _why_not(each))
    return tuple(ordered.values())


def _why_not(each: Listed) -> str:
    if each.method != "GET":
        return f"entities are read by GET; {each.method} {each.path} is in the catalogue, not sent unless declared safe"
    if each.readable:
        return f"what feeds it ({', '.join(each.parents)}) is not carried over either, or needs it in turn"
    return f"{each.path} is in the catalogue, but its ids come from nowhere; {_UNNEEDED}"


def on_one_base(listed: list[Listed], carrying: Carrying) -> tuple[str, list[Listed]]:
    """Return the base address that most share, cut to what they have in common, and all with paths relative to it."""
    counted: dict[str, int] = {}
    for each in listed:
        origin = origin_of(each.base)
        counted[origin] = counted.get(origin, 0) + 1
    origin = max(counted, key=lambda each: counted[each], default="")
    here = [each for each in listed if origin_of(each.base) == origin]
    for each in (each for each in listed if origin_of(each.base) != origin):
        carrying.left(each.place, f"entity {each.name}", "it is read from another address: make it a source of its own")
    base = _shared({each.base.rstrip("/") for each in here}, origin)
    return base, [replace(each, path=_joined(each.base.rstrip("/")[len(base) :], each.path)) for each in here]


def origin_of(base: str) -> str:
    """Return scheme and host of an address."""
    return split_address(base)[0] if "://" in base else base.rstrip("/")


def split_address(address: str) -> tuple[str, str]:
    """Split a whole address into what is up to the host, and the path without the slash in front."""
    scheme, mark, rest = address.rpartition("://")
    host, _, path = rest.partition("/")
    return f"{scheme}{mark}{host}", path


def _shared(bases: set[str], origin: str) -> str:
    split = [base.split("/") for base in bases]
    if not split:
        return origin
    shared = []
    for segments in zip(*split, strict=False):
        if len(set(segments)) > 1:
            break
        shared.append(segments[0])
    return "/".join(shared)


def _joined(rest: str, path: str) -> str:
    return f"{rest.rstrip('/')}/{path.removeprefix('/')}" if path not in ("", "/") else rest or "/"
