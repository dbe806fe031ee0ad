"""Calls that were seen or saved, gathered into operations: one server, ids as placeholders, like calls as one."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

from spectra.catalog.endpoint import placeholders_in
from spectra.discovery.description import Operation, Parameter
from spectra.discovery.reading.openapi.paths import usable_path
from spectra.discovery.reading.traffic.ids_in_paths import without_ids
from spectra.discovery.reading.traffic.samples import joined
from spectra.errors import ApiPartsLeftOutError, ApiServerDiffersError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spectra.discovery.description import Shape
    from spectra.discovery.reading.notes import Notes
    from spectra.discovery.reading.traffic.ids_in_paths import Segments
    from spectra.discovery.reading.tree import Path

_MOST_HOSTS_TOLD = 20
_VERSION = re.compile(r"[vV]?\d{1,2}(?:\.\d{1,2})?")
_BASE_WORDS = ("api", "apis", "rest", "services", "service", "public", "web")


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `origin` is scheme, host and port, empty where unknown; `segments` are those of its whole path.

    `base` is how many of them belong to the server's address, None where that is to be found out.
    """

    method: str
    origin: str
    segments: Segments
    at: Path
    base: int | None = None
    name: str = ""
    category: str = ""
    parameters: tuple[Parameter, ...] = ()
    answer: Shape | None = None
    answer_headers: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    security: tuple[tuple[str, ...], ...] | None = None


def gathered(
    calls: Sequence[Call], notes: Notes, hides: Callable[[str], bool]
) -> tuple[tuple[str, ...], tuple[Operation, ...]]:
    """Return the server that most calls go to, and what was asked of it; calls to others are noted as left out."""
    by_origin = Counter(call.origin for call in calls if call.origin)
    origin = by_origin.most_common(1)[0][0] if by_origin else ""
    _tell_others(by_origin, calls, notes, hides)
    own = [call for call in calls if call.origin in ("", origin)]
    base = _base([call for call in own if call.origin], hides)
    server = f"{origin}/{'/'.join(base)}".rstrip("/")
    paths = [(call, call.segments[len(base) :] if call.origin else call.segments) for call in own]
    return ((server,) if origin else ()), _operations(paths, notes, hides)


def _tell_others(by_origin: Counter[str], calls: Sequence[Call], notes: Notes, hides: Callable[[str], bool]) -> None:
    (origin, _), *others = by_origin.most_common() or [("", 0)]
    for each, count in others[:_MOST_HOSTS_TOLD]:
        first = next(call.at for call in calls if call.origin == each)
        shown = "a host that is named like a secret" if hides(each) else each
        said = f"{'1 request' if count == 1 else f'{count} requests'} to {shown} left out; most go to {origin}"
        notes.add(ApiServerDiffersError, said, first, found=shown)
    if len(others) > _MOST_HOSTS_TOLD:
        said = f"requests to {len(others) - _MOST_HOSTS_TOLD} more hosts were left out"
        notes.add(ApiPartsLeftOutError, said, ())


def _base(calls: Sequence[Call], hides: Callable[[str], bool]) -> Segments:
    """Return the leading segments that belong to the server's address: as declared, else what looks like it."""
    if not calls:
        return ()
    shared = calls[0].segments
    for call in calls:
        same = next((n for n, (one, two) in enumerate(zip(shared, call.segments, strict=False)) if one != two), None)
        shared = shared[: min(len(shared), len(call.segments)) if same is None else same]
    declared = {call.base for call in calls if call.base is not None}
    if declared:
        shared = shared[: max(declared)] if len(shared) >= max(declared) else ()
        unfit = [n for n, segment in enumerate(shared) if hides(segment) or "{" in segment]
    else:
        shared = shared[: min(len(call.segments) for call in calls) - 1]
        unfit = [n for n in range(len(shared)) if not _is_base(shared[: n + 1])]
    return shared[: unfit[0]] if unfit else shared


def _is_base(segments: Segments) -> bool:
    """Return whether the last of some segments is a word like `api`, or a version: `v2`, or `3` after such a word."""
    *before, last = segments
    return last.lower() in _BASE_WORDS or bool(_VERSION.fullmatch(last) and (before or last[:1] in "vV"))


def _operations(
    paths: Sequence[tuple[Call, Segments]], notes: Notes, hides: Callable[[str], bool]
) -> tuple[Operation, ...]:
    shapes: dict[Segments, Shape | None] = {}
    for call, path in paths:
        shapes[path] = shapes.get(path) or call.answer
    templates = without_ids(shapes, hides)
    alike: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call, path in paths:
        usable = usable_path("/".join(("", *templates[path])))
        if usable is None:
            notes.add(ApiPartsLeftOutError, "a path of more than 2,000 characters was not read", call.at)
        else:
            alike[call.method, usable].append(call)
    return tuple(_operation(method, path, calls, notes) for (method, path), calls in alike.items())


def _operation(method: str, path: str, calls: Sequence[Call], notes: Notes) -> Operation:
    answers = [call.answer for call in calls if call.answer is not None]
    return Operation(
        method=method,
        path=path,
        place=notes.tree.place(calls[0].at),
        name=next((call.name for call in calls if call.name), ""),
        category=next((call.category for call in calls if call.category), ""),
        parameters=(*_parameters(calls), *(Parameter(name, "path", required=True) for name in placeholders_in(path))),
        answer=reduce(joined, answers) if answers else None,
        answer_headers=tuple(dict.fromkeys(name for call in calls for name in call.answer_headers)),
        media_types=tuple(dict.fromkeys(name for call in calls for name in call.media_types)),
        security=next((call.security for call in calls if call.security is not None), None),
    )


def _parameters(calls: Sequence[Call]) -> tuple[Parameter, ...]:
    made: dict[tuple[str, str], Parameter] = {}
    for each in (parameter for call in calls for parameter in call.parameters):
        known = made.setdefault((each.name, each.place), each)
        if known.kind not in (each.kind, "any"):
            made[each.name, each.place] = replace(known, kind="string" if each.kind != "any" else known.kind)
    return tuple(made.values())


def segments_of(path: str) -> Segments:
    """Return the segments of a path, without the slash in front."""
    return tuple(path.removeprefix("/").split("/"))
