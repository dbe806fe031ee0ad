"""Records that lack the fields that their entity is known by: mostly the list lies elsewhere in the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectra.access.records import lists_within
from spectra.errors import RecordsWithoutKeyError
from spectra.runs.finding import Finding
from spectra.stages.source.asking import decoded, field_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spectra.stages.source.asking import Answer
    from spectra.stages.source.scope import Scope

_NAMED = 8


def keyless(scope: Scope, entity: str, answers: Sequence[Answer]) -> Finding | None:
    """Return a finding where no record of an entity has a field of its key, or one that others are fed with."""
    missing = list(scope.fields_of(entity))
    first = next((answer for answer in answers if answer.records), None)
    if first is None or not missing:
        return None
    for answer in answers:
        for record in answer.records:
            value = decoded(record)
            missing = [name for name in missing if field_of(value, name) is None]
            if not missing:
                return None
    names = _names(first.records[0])
    lists = _lists(first)
    return Finding(
        "warning",
        entity,
        "failed",
        place=f"GET {scope.path_of(entity)}",
        code=RecordsWithoutKeyError.code,
        severity=RecordsWithoutKeyError.severity,
        expected=f"records with {', '.join(missing)}",
        observed=_said(missing, names, lists),
        evidence={"missing": missing, "names": names, "lists": lists, "records_path": first.records_path},
    )


def _names(record: bytes) -> list[str]:
    value = decoded(record)
    return list(value)[:_NAMED] if isinstance(value, dict) else []


def _lists(answer: Answer) -> list[str]:
    """Return where lists of objects lie in an answer that was taken for one record, as `records` would name them."""
    if answer.records_shape != "object":
        return []
    above = f"{answer.records_path}." if answer.records_path else ""
    return [above + path for path in lists_within(answer.records[0])]


def _said(missing: Sequence[str], names: Sequence[str], lists: Sequence[str]) -> str:
    said = f"no record has {' or '.join(missing)}"
    said += f"; the first has {', '.join(names)}" if names else "; they are no objects"
    if lists:
        said += "; the answer was taken for one record, and its list may be " + " or ".join(
            f"`records: {path}`" for path in lists
        )
    return said
