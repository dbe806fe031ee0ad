"""Spans of time as people say them."""

from __future__ import annotations

from math import isfinite

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_MINUTE = 60


def span(seconds: float) -> str:
    """Return `3 d 2 h`, `1 d`, `10 min 5 s` or `9.3 s`: at most two units, and tenths below a minute.

    A span below zero has a minus before it; one that is no number is unknown.
    """
    if not isfinite(seconds):
        return "an unknown time"
    if seconds < 0:
        return f"-{span(-seconds)}"
    if round(seconds, 1) < _MINUTE:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    left = round(seconds)
    parts: list[str] = []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if parts or count:
            parts.append(f"{count} {unit}" if count else "")
    return " ".join(part for part in parts[:2] if part)
