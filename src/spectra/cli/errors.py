"""How failures look: the code, what happened, where, what to do next, and the page that says more."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

from spectra.cli.text import harmless
from spectra.documents.snippet import snippet
from spectra.errors import InvalidDefinitionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spectra.cli.text import Terminal
    from spectra.errors import SpectraError

RUNBOOK = "docs/source/OPERATIONAL-RUNBOOK.md"
_SHOWN_FACTS = ("found", "allowed", "nearest", "expected", "observed", "credential", "not_tried", "recorded")
_LABEL = 11


def show_error(out: Terminal, error: SpectraError) -> None:
    """Print a failure with its place, facts, remedy and runbook section."""
    head = f"{out.symbol('failed').rstrip()} {out.painted(error.code, 'strong')}   "
    out.line(head + harmless(error.message))
    place = error.place or error.facts.get("file") or error.facts.get("table")
    if place:
        _row(out, "where", place)
    for name in _SHOWN_FACTS:
        if error.facts.get(name) and error.facts[name] not in error.message:
            _row(out, name.replace("_", " "), error.facts[name])
    _row(out, "remedy", error.remedy)
    _row(out, "runbook", f"{RUNBOOK}#{error.code}   exit status {error.exit_status}")


def _row(out: Terminal, label: str, text: str) -> None:
    width = max(24, out.width - _LABEL - 2)
    parts = textwrap.wrap(harmless(text), width, break_long_words=False, break_on_hyphens=False) or [""]
    out.line(f"  {label:<{_LABEL}}{parts[0]}")
    for part in parts[1:]:
        out.line(" " * (_LABEL + 2) + part)


def error_json(error: SpectraError) -> str:
    """Return a failure as one JSON document."""
    return json.dumps({"error": error_document(error)}, ensure_ascii=False)


def error_document(error: SpectraError) -> Mapping[str, object]:
    """Return a failure as plain values."""
    return {
        "code": error.code,
        "category": error.category,
        "severity": error.severity,
        "retryable": error.retryable,
        "message": error.message,
        "place": error.place,
        "facts": error.facts,
        "remedy": error.remedy,
        "runbook": f"{RUNBOOK}#{error.code}",
        "exit_status": error.exit_status,
        **_findings(error),
    }


def _findings(error: SpectraError) -> Mapping[str, object]:
    if not isinstance(error, InvalidDefinitionError):
        return {}
    return {"findings": [error_document(each) for each in error.problems]}


def show_problem(out: Terminal, problem: SpectraError, text_of: Callable[[str], str | None]) -> None:
    """Print one finding of a definition: its place and code, the line with a mark under it, what is allowed."""
    out.line(f"{harmless(problem.place or '?')}  {out.painted(problem.code, 'strong')}")
    file, line, column = _split(problem.place)
    text = text_of(file) if line else None
    if text is not None:
        for part in snippet(text, line, column, _found_width(problem)):
            out.line("   " + harmless(part))
    _row(out, "found", _told(problem))
    _row(out, "remedy", problem.remedy)


def _told(problem: SpectraError) -> str:
    said = problem.message
    allowed, nearest = problem.facts.get("allowed"), problem.facts.get("nearest")
    if allowed and allowed not in said:
        said += f"; allowed: {allowed}"
    if nearest and f"'{nearest}'" not in said:
        said += f". Did you mean '{nearest}'?"
    return said


def _found_width(problem: SpectraError) -> int:
    return max(1, len(problem.facts.get("found", "")))


def _split(place: str | None) -> tuple[str, int, int]:
    file, _, rest = (place or "").partition(":")
    line, _, column = rest.partition(":")
    return file, int(line) if line.isdigit() else 0, int(column) if column.isdigit() else 1
