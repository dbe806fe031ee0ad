"""What an answer looks like: the schema of its records, the rate limit it names, the end it announces."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SAMPLE = 20
_DEPTH = 8
_LIMIT_HEADERS = ("ratelimit-limit", "x-ratelimit-limit", "x-rate-limit-limit")
_NOT_SAID = frozenset({"", "false", "?0"})
_LONGEST = 200


def schema_sha256(records: Sequence[bytes]) -> str | None:
    """Return a hash over the field paths and JSON types of the first 20 records; None where there are none."""
    seen: set[str] = set()
    for record in records[:_SAMPLE]:
        try:
            seen.update(_paths(msgspec.json.decode(record), "", _DEPTH))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            seen.add(":unreadable")
    return hashlib.sha256("\n".join(sorted(seen)).encode()).hexdigest() if seen else None


def _paths(value: Any, path: str, depth: int) -> Iterator[str]:
    yield f"{path}:{type(value).__name__}"
    if not depth:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, f"{path}.{name}", depth - 1)
    elif isinstance(value, list):
        for inner in value[:_SAMPLE]:
            yield from _paths(inner, f"{path}[]", depth - 1)


def rate_limit_of(headers: Mapping[str, str]) -> str | None:
    """Return the limit that the answer's headers name, as written, not what remains of it."""
    for name in _LIMIT_HEADERS:
        if headers.get(name):
            return headers[name]
    return None


def announced(headers: Mapping[str, str], name: str) -> str | None:
    """Return a Deprecation or Sunset header as written, at most 200 characters of it; None where it says nothing."""
    text = headers.get(name, "").strip()
    return None if text.lower() in _NOT_SAID else text[:_LONGEST]
