"""JSONPath, as far as a dotted path says the same."""

from __future__ import annotations

import re

_STEP = re.compile(
    r"""\.?(?:(?P<name>[^.\[\]*?()@$'"\s]+)|\['(?P<single>[^'\]]+)'\]|\["(?P<double>[^"\]]+)"\]|\[(?P<index>\d+)\])"""
)
_EVERY = re.compile(r"(?:\.\*|\[\*\])$")


def dotted(path: str, *, indexes: bool = False) -> str | None:
    """Return a JSONPath as a dotted path; None where it filters, searches or branches, or picks an element.

    With `indexes` an element of a list is a step too. The top itself is an empty text.
    """
    rest, steps = path.strip().removeprefix("$"), []
    while rest:
        step = _STEP.match(rest)
        if step is None or (step["index"] is not None and not indexes):
            return None
        steps.append(step["name"] or step["single"] or step["double"] or step["index"])
        rest = rest[step.end() :]
    return ".".join(steps)


def dotted_list(path: str) -> str | None:
    """Return the path of a list of records; that every element of it is meant goes without saying."""
    path = path.strip()
    return "" if path in ("*", "[*]", "$") else dotted(_EVERY.sub("", path))
