"""What feeds an Airbyte stream: partitions of parents, parameters, and the field by which changes are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spectra.discovery.carrying.carried import snake
from spectra.discovery.carrying.feeding import BY_HAND, NOT_FIXED, Feeding
from spectra.discovery.carrying.setting import Code, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spectra.discovery.carrying.setting import Part, Setting

_LONGEST = 2000
_SLICES = ("stream_partition", "stream_slice", "partition")
_TIMES = ("stream_interval", "stream_slice", "stream_partition")
_FORMATS: Mapping[str, str] = {"%s": "epoch_s", "%ms": "epoch_ms", "%Y-%m-%d": "date"}


@dataclass(slots=True)
class StreamFeeding(Feeding):
    """How one stream is fed; `entity_of` gives the entity that a parent stream becomes."""

    entity_of: Callable[[Setting], str | None] = lambda _: None
    partitions: dict[str, str] = field(default_factory=dict)
    start_field: str = "start_time"

    def partition(self, router: Setting) -> None:
        """Take over a partition router, or each of a list."""
        for each in router.elements() if router.is_list else [router]:
            kind = each.text("type") if each.is_mapping else None
            parents = each.get("parent_stream_configs") if kind == "SubstreamPartitionRouter" else None
            if parents is None:
                each.close()
                self.carrying.left(
                    each.place, f"the partition router {kind or ''}".rstrip(), "write the entity out for each value"
                )
                continue
            for parent in parents.elements():
                self._parent(parent)

    def _parent(self, parent: Setting) -> None:
        stream = parent.get("stream") if parent.is_mapping else None
        entity = self.entity_of(stream) if stream is not None else None
        key, name = parent.text("parent_key"), parent.text("partition_field")
        if entity is None or not key or not name:
            self.carrying.left(parent.place, "a parent stream", "name it under `parents` and `ids` by hand")
            return
        self.partitions[name] = f"{entity}.{key}"
        option = parent.child("request_option")
        param = option.text("field_name") if option is not None else None
        if option is not None and param and option.text("inject_into") == "request_parameter":
            self.query[param] = self.partitions[name]
        elif option is not None:
            self.carrying.left(option.place, f"the id {name} outside path and query", BY_HAND)

    def path(self, setting: Setting) -> str:
        """Return a path with a placeholder for every partition."""
        return "".join(self._piece(part, setting) for part in setting.parts())

    def _piece(self, part: Part, setting: Setting) -> str:
        if isinstance(part, str):
            return part
        if isinstance(part, Word) and part.root in _SLICES and part.path[-1] in self.partitions:
            self.ids[snake(part.path[-1])] = self.partitions[part.path[-1]]
            return f"{{{snake(part.path[-1])}}}"
        name = snake(part.path[-1]) if isinstance(part, Word) else "unknown"
        shown = part.shown if isinstance(part, Code) else f"{part.root}.{'.'.join(part.path)}"
        self.carrying.left(
            setting.place, f"{shown} in the path", "write its value into the path, here and in the catalogue"
        )
        return f"{{{name or 'unknown'}}}"

    def params(self, params: Setting) -> None:
        """Sort the parameters of a stream."""
        if not params.is_mapping:
            self.carrying.left(params.place, "request_parameters", BY_HAND)
            return
        for name, value in params.entries():
            self._param(name, value)

    def _param(self, name: str, value: Setting) -> None:
        parts = value.parts()
        word = parts[0] if len(parts) == 1 else None
        if isinstance(word, str) and 0 < len(word) <= _LONGEST:
            self.fix(name, word, value)
        elif isinstance(word, Word) and word.root in _SLICES and word.path[-1] in self.partitions:
            self.query[name] = self.partitions[word.path[-1]]
        elif isinstance(word, Word) and word.root in _TIMES and word.path[-1] == self.start_field:
            self.since = name
        else:
            value.close()
            self.carrying.left(value.place, f"parameter {name}", NOT_FIXED)

    def changes(self, sync: Setting) -> dict[str, Any] | None:
        """Return how changes are asked for; None, noted, where no parameter asks for them."""
        cursor = sync.text("cursor_field") if sync.text("type") == "DatetimeBasedCursor" else None
        option = sync.child("start_time_option")
        param = (
            option.text("field_name")
            if option is not None and option.text("inject_into") == "request_parameter"
            else None
        )
        form = _format(sync.text("datetime_format") or "")
        param = param or self.since
        if not cursor or not param or form is None:
            sync.close()
            self.carrying.left(sync.place, "incremental_sync", _why_not(cursor, param))
            return None
        return {"field": cursor, "param": param, "format": form}


def _why_not(cursor: str | None, param: str | None) -> str:
    if not cursor:
        return "only a cursor over times is; all records are read every time"
    if not param:
        return "no query parameter asks for changes; all records are read every time"
    return "no format of `incremental` is like the one there; write it by hand"


def _format(form: str) -> str | None:
    """Return the form of times for an Airbyte datetime format, which is ISO where date and time are joined by a T."""
    return _FORMATS.get(form) or ("iso" if form.startswith("%Y-%m-%dT%H:%M") else None)
