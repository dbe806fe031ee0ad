"""What feeds a dlt resource: placeholders in its path, parameters from parents, fixed ones and incremental ones."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from spectra.discovery.carrying.carried import snake
from spectra.discovery.carrying.feeding import BY_HAND, NOT_FIXED, Feeding
from spectra.discovery.carrying.json_path import dotted
from spectra.discovery.carrying.setting import Word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.discovery.carrying.setting import Setting

_FROM_PARENT = re.compile(r"\{\s*resources\.([^{}.\s]+)\.([^{}]+?)\s*\}")
_SINCE = re.compile(r"\{\s*incremental\.(?:start_value|last_value|initial_value)\s*\}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_LONGEST = 2001
_MILLISECONDS, _SECONDS = 10**11, 10**8
_FIRST_VALUE = "the first reading takes everything, later ones what changed"


@dataclass(slots=True)
class ResourceFeeding(Feeding):
    """How one resource is fed; `names` are the entities that resources became."""

    names: Mapping[str, str] = field(default_factory=dict)
    incremental: dict[str, Any] | None = None

    def path(self, setting: Setting) -> str:
        """Return a path with placeholders of its own; query text becomes fixed parameters."""
        texts = [self._looked_up(part, setting) if isinstance(part, Word) else part for part in setting.parts()]
        whole = "".join(each if isinstance(each, str) else "{unknown}" for each in texts)
        path, _, query = _FROM_PARENT.sub(self._placeholder, whole[:_LONGEST]).partition("?")
        for name, value in parse_qsl(query, keep_blank_values=True):
            self.fix(name, value, setting)
        return path

    def _looked_up(self, word: Word, setting: Setting) -> str:
        name = snake(word.path[-1]) or "value"
        self.carrying.left(
            setting.place, f"{name} in the path", "write its value into the path, here and in the catalogue"
        )
        return f"{{{name}}}"

    def _placeholder(self, found: re.Match[str]) -> str:
        reference = self._reference(found[1], found[2])
        name = snake(f"{found[1]}_{found[2]}") or "id"
        if reference is not None:
            self.ids[name] = reference
        return f"{{{name}}}"

    def _reference(self, resource: str, path: str) -> str | None:
        field_path = dotted(path)
        return f"{self.names.get(resource, snake(resource))}.{field_path}" if field_path else None

    def params(self, params: Setting, path: str) -> None:
        """Sort the parameters of a resource."""
        for name, value in params.entries(merged=True):
            if value.is_mapping:
                self._bound(name, value, path)
            elif value.is_list:
                value.close()
                self.carrying.left(
                    value.place, f"parameter {name}", "lists are not sent; write it into the path by hand"
                )
            else:
                self._simple(name, value)

    def _bound(self, name: str, value: Setting, path: str) -> None:
        kind = value.text("type")
        if kind == "incremental":
            self.changes(value, name)
            return
        reference = (
            self._reference(value.text("resource") or "", value.text("field") or "") if kind == "resolve" else None
        )
        if reference is None:
            value.close()
            self.carrying.left(value.place, f"parameter {name}", BY_HAND)
        elif f"{{{name}}}" in path:
            self.ids[name] = reference
        else:
            self.query[name] = reference

    def _simple(self, name: str, value: Setting) -> None:
        parts = value.parts()
        if len(parts) != 1 or not isinstance(parts[0], str) or len(parts[0]) > _LONGEST:
            self.carrying.left(value.place, f"parameter {name}", NOT_FIXED)
            return
        from_parent = _FROM_PARENT.fullmatch(parts[0])
        reference = self._reference(from_parent[1], from_parent[2]) if from_parent else None
        if reference:
            self.query[name] = reference
        elif _SINCE.fullmatch(parts[0]):
            self.since = name
        else:
            self.fix(name, parts[0], value)

    def changes(self, setting: Setting, param: str | None) -> None:
        """Take over how changes are asked for."""
        if not setting.is_mapping:
            self.carrying.left(setting.place, "incremental", "write `incremental` of the entity by hand")
            return
        field_path = dotted(setting.text("cursor_path") or "")
        param = setting.text("start_param") or param
        if not field_path or not param:
            self.carrying.left(setting.place, "incremental", "name field and parameter under `incremental` by hand")
            return
        first = setting.get("initial_value")
        if first is not None:
            self.carrying.left(first.place, "initial_value", _FIRST_VALUE)
        self.incremental = {"field": field_path, "param": param, "format": _format(first.scalar if first else None)}


def _format(first: object) -> str:
    """Return the form of times, as a first value shows it."""
    if isinstance(first, bool) or not isinstance(first, int | float | str):
        return "iso"
    if isinstance(first, str):
        return "date" if _DATE.fullmatch(first) else _format(int(first[:20])) if first.isdecimal() else "iso"
    return "epoch_ms" if first >= _MILLISECONDS else "epoch_s" if first >= _SECONDS else "iso"
