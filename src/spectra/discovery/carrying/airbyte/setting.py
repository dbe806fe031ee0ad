"""ManifestSetting: a value of an Airbyte manifest, with `$ref` followed and `$parameters` handed down."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from spectra.discovery.carrying.airbyte.templates import parts_of
from spectra.discovery.carrying.setting import Setting, Word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spectra.discovery.carrying.carried import Carrying
    from spectra.discovery.carrying.setting import Part
    from spectra.documents.document import Node

_OLD = re.compile(r"\*ref\(([^)]*)\)")
_OWN = ("type", "$ref", "$parameters", "$options")
_MOST_STEPS = 50
_MOST_FOLLOWED = 50_000
_PARAMETER_ROOTS = ("parameters", "options")


@dataclass(slots=True)
class Manifest:
    """The manifest that references lead into, where broken ones are noted, and how many were followed so far."""

    root: Node
    carrying: Carrying
    followed: int = 0


@dataclass(frozen=True, slots=True)
class ManifestSetting(Setting):
    """A value seen through what it refers to; `parameters` are those of all around it, the nearest winning."""

    manifest: Manifest | None = None
    parameters: Mapping[str, Node] = field(default_factory=dict)

    def _child(self, layers: Sequence[Node]) -> Self:
        found = self._resolved(layers[0], frozenset())
        self.marks.opened.update(map(id, found))
        parameters = {**self.parameters, **self._parameters_of(found)}
        return type(self)(self.file_name, found, self.marks, self.manifest, parameters)

    def get(self, name: str, *, merged: bool = False) -> Setting | None:
        """Return a member, or the parameter of that name, or None where both are absent or null."""
        found = Setting.get(self, name, merged=merged)
        if found is not None or name in _OWN or not self.is_mapping or name not in self.parameters:
            return found
        return self._child((self.parameters[name],))

    def _resolved(self, node: Node, seen: frozenset[str]) -> tuple[Node, ...]:
        """Return a node before what it refers to; a circle of references ends where it closes."""
        reference = _reference_in(node)
        if reference is None or reference in seen or len(seen) > _MOST_STEPS:
            return (node,)
        target = self._target(reference, node, seen | {reference})
        if target is None:
            return (node,)
        behind = self._resolved(target, seen | {reference})
        return (node, *behind) if node.keys is not None else behind

    def _target(self, reference: str, node: Node, seen: frozenset[str]) -> Node | None:
        if self.manifest is None or self.manifest.followed > _MOST_FOLLOWED:
            return None
        self.manifest.followed += 1
        if self.manifest.followed > _MOST_FOLLOWED:
            said = f"{_MOST_FOLLOWED:,} references were followed before it; cut the manifest to the streams you need"
            self.manifest.carrying.left(f"{self.file_name}:{node.line}", f"the reference {reference!r}", said)
        target: Node | None = self.manifest.root
        for step in _steps(reference):
            layers = self._resolved(target, seen) if target is not None else ()
            self.marks.opened.update(map(id, layers))
            target = next((found for found in (_member(layer, step) for layer in layers) if found is not None), None)
        if target is None:
            place = f"{self.file_name}:{node.line}"
            self.manifest.carrying.left(place, f"the reference {reference!r}", "it leads nowhere in this file")
        return target

    def _parameters_of(self, layers: Sequence[Node]) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for layer in reversed(layers):
            for name in ("$options", "$parameters"):
                holder = (layer.children or {}).get(name)
                if holder is not None and holder.keys is not None:
                    self.marks.closed.add(id(holder))
                    found |= {str(key): child for key, child in (holder.children or {}).items()}
        return found

    def parts(self) -> tuple[Part, ...]:
        """Return the text of a scalar in parts, parameters filled in."""
        value = self.scalar
        if not isinstance(value, str):
            return Setting.parts(self)
        return tuple(each for part in parts_of(value) for each in self._filled(part)) or ("",)

    def _filled(self, part: Part) -> tuple[Part, ...]:
        if not isinstance(part, Word) or part.root not in _PARAMETER_ROOTS:
            return (part,)
        node = self.parameters.get(part.path[0]) if len(part.path) == 1 else None
        if node is None or node.children is not None or node.scalar is None:
            return ("",)
        return parts_of(str(node.scalar))


def _reference_in(node: Node) -> str | None:
    if node.keys is not None:
        inner = (node.children or {}).get("$ref")
        return inner.scalar if inner is not None and isinstance(inner.scalar, str) else None
    if not isinstance(node.scalar, str):
        return None
    return node.scalar if node.scalar.startswith("#/") or _OLD.fullmatch(node.scalar) else None


def _steps(reference: str) -> list[str]:
    old = _OLD.fullmatch(reference)
    if old is not None:
        return old[1].split(".")
    return [step.replace("~1", "/").replace("~0", "~") for step in reference.removeprefix("#/").split("/")]


def _member(node: Node, step: str) -> Node | None:
    children = node.children or {}
    return children.get(step, children.get(int(step)) if step.isdecimal() and len(step) < len("1000000") else None)
