"""The walk: each level of the hierarchy is read with ids found at the level above (S6)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from spectra.errors import (
    LevelFailedError,
    LevelTruncatedError,
    NotModifiedError,
    RecordsWithoutKeyError,
    RootDiffersError,
)
from spectra.runs.events import StepAdvanced
from spectra.runs.finding import Finding
from spectra.stages.source.asking import Answer, Question, decoded, field_of, matches
from spectra.stages.source.keyless import keyless
from spectra.stages.source.paging import Reading, reading_of
from spectra.stages.source.seen import GOES_ON
from spectra.stages.source.trails import Trail, Trails, bounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from spectra.runs.events import Emit
    from spectra.stages.source.asking import Asker
    from spectra.stages.source.scope import Scope

_LISTED = 50


@dataclass(frozen=True, slots=True)
class Level:
    """What was found at one level: parents walked of those known, records seen, whether it was reached."""

    entity: str
    reached: bool
    walked: int
    known: int
    records: int


@dataclass(slots=True)
class Walk:
    """The result of a walk, also of one that ended early."""

    trails: Trails = field(default_factory=Trails)
    levels: dict[str, Level] = field(default_factory=dict)
    readings: dict[str, list[Reading]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    root_error: LevelFailedError | None = None

    def missed(self, declared: Sequence[str]) -> tuple[str, ...]:
        """Return the declared levels that were not reached."""
        return tuple(name for name in declared if name not in self.levels or not self.levels[name].reached)

    def odd(self) -> dict[str, Finding]:
        """Return the entities whose records lack what they are known by, each with its finding."""
        return {each.subject: each for each in self.findings if each.code == RecordsWithoutKeyError.code}


def walk(asker: Asker, emit: Emit, few: int | None = None) -> Walk:
    """Read the first page of every level, parents before children; stops only where the root fails.

    With `few` no level is read under more parents than that, roots included; it is then a look, no proof of all roots.
    """
    result, scope = Walk(), asker.scope
    for entity in scope.order():
        _walk_level(asker, entity, result, few)
        emit(StepAdvanced("hierarchy", entity))
        if entity == scope.root and not result.levels[entity].reached:
            result.root_error = LevelFailedError(
                f"The root of the hierarchy, {entity}, could not be read: {_why(result, entity)}.",
                place=f"GET {scope.path_of(entity)}",
            )
            break
    return result


def _walk_level(asker: Asker, entity: str, result: Walk, few: int | None) -> None:
    scope = asker.scope
    references = scope.references(entity)
    contexts = result.trails.contexts(references)
    starts_at_root = {reference.split(".", 1)[0] for reference in references} <= {scope.root}
    chosen = contexts if starts_at_root else bounded(contexts, scope.definition.walk.parents)
    chosen = chosen[:few]
    readings = [reading_of(scope, entity, trail) for trail in chosen]
    questions = [
        Question(
            "level",
            scope.endpoint_of(entity),
            scope.request(entity, trail.values),
            entity,
            (place, trail),
            on_page=reading.take if reading else None,
        )
        for place, (trail, reading) in enumerate(zip(chosen, readings, strict=True))
    ]
    answers = _with_totals(asker, _in_order(asker.ask_all(questions, keep_records=True)))
    _keep(result, entity, readings, answers)
    for answer in answers:
        for trail in _trails_of(answer, scope, entity):
            result.trails.add(entity, trail)
    records = sum(answer.record_count or 0 for answer in answers)
    reached = any(answer.usable for answer in answers)
    result.levels[entity] = Level(entity, reached, len(answers), len(contexts), records)
    result.findings.append(_level_finding(scope, entity, result, answers))
    odd = keyless(scope, entity, answers)
    result.findings += [odd] if odd else []
    if scope.root in {reference.split(".", 1)[0] for reference in references}:
        result.findings.extend(_root_differences(scope, entity, answers))


def _why(result: Walk, entity: str) -> str | None:
    return next(each.observed for each in result.findings if (each.kind, each.subject) == ("level", entity))


def _keep(result: Walk, entity: str, readings: Sequence[Reading | None], answers: Sequence[Answer]) -> None:
    """Keep the lists begun, to be followed later, with the totals that were stated elsewhere than on their page."""
    begun = [reading for reading in readings if reading is not None]
    for reading, answer in zip(begun, answers, strict=False):
        if reading.began and reading.pager.total is None and answer.total_stated is not None:
            reading.pager.hear(answer.total_stated)
    if begun:
        result.readings[entity] = begun


def _in_order(answers: Iterable[Answer]) -> list[Answer]:
    return sorted(answers, key=lambda answer: answer.question.subject[0])


def _with_totals(asker: Asker, answers: list[Answer]) -> list[Answer]:
    """Where a list goes on and does not say how far, ask for the level's totals by HEAD: some APIs tell only there."""
    silent = [answer for answer in answers if answer.usable and answer.total_stated is None]
    if not any(answer.pagination_seen in GOES_ON for answer in silent):
        return answers
    heads = [
        replace(each.question, request=replace(each.question.request, method="HEAD"), on_page=None) for each in silent
    ]
    stated = {head.question.subject[0]: head.total_stated for head in asker.ask_all(heads)}
    return [
        replace(answer, total_stated=stated.get(answer.question.subject[0], answer.total_stated)) for answer in answers
    ]


def _trails_of(answer: Answer, scope: Scope, entity: str) -> list[Trail]:
    parent: Trail = answer.question.subject[1]
    trails = []
    for record in answer.records:
        value = decoded(record)
        if entity == scope.root and not matches(value, scope.where):
            continue
        own = {f"{entity}.{name}": text for name in scope.fields_of(entity) if (text := field_of(value, name))}
        if own:
            root = next(iter(own.values())) if entity == scope.root else parent.root
            trails.append(Trail({**parent.values, **own}, root))
    return trails


def _level_finding(scope: Scope, entity: str, result: Walk, answers: Sequence[Answer]) -> Finding:
    level = result.levels[entity]
    references = scope.references(entity)
    failing = [answer for answer in answers if not answer.usable]
    total = _total(answers)
    unchanged = sum(isinstance(answer.error, NotModifiedError) for answer in answers)
    evidence: dict[str, Any] = {
        "parents": list(references),
        "parents_walked": level.walked,
        "parents_known": level.known,
        "records_seen": level.records,
        "total_stated": total,
        "unchanged": unchanged,
        "statuses": dict(sorted(Counter(answer.probe_status for answer in answers).items())),
        "parent_ids": [_ids(answer, references) for answer in answers[:_LISTED]],
        "failing": [_ids(answer, references) | {"http_status": answer.http_status} for answer in failing[:_LISTED]],
    }
    observed = f"{level.records} records under {level.walked} of {level.known} parents"
    observed += f"; the API states {total}" if total is not None else ""
    observed += f"; {unchanged} answered that nothing has changed, and gave no records" if unchanged else ""
    common: dict[str, Any] = {
        "kind": "level",
        "subject": entity,
        "place": f"GET {scope.path_of(entity)}",
        "expected": "reached",
        "evidence": evidence,
    }
    if not answers:
        missing = ", ".join(result.trails.missing(references)) or "no parent"
        return Finding(**common, outcome="skipped", observed=f"not reached: no value for {missing}")
    if not level.reached:
        severity = "critical" if entity == scope.root else LevelFailedError.severity
        return Finding(
            **common, outcome="failed", code=LevelFailedError.code, severity=severity, observed=_first_error(failing)
        )
    truncated = level.walked < level.known
    return Finding(**common, outcome="proven", code=LevelTruncatedError.code if truncated else None, observed=observed)


def _total(answers: Sequence[Answer]) -> int | None:
    """Return the sum of the totals that the API states; None where any usable answer states none."""
    stated = [answer.total_stated for answer in answers if answer.usable]
    known = [total for total in stated if total is not None]
    return sum(known) if known and len(known) == len(stated) else None


def _ids(answer: Answer, references: Sequence[str]) -> dict[str, Any]:
    trail: Trail = answer.question.subject[1]
    return {reference: trail.values[reference] for reference in references}


def _first_error(failing: Sequence[Answer]) -> str:
    statuses = Counter(str(answer.http_status or answer.probe_status) for answer in failing)
    told = ", ".join(f"{n} x {status}" for status, n in statuses.most_common())
    resume_at = next((a.error.facts["resume_at"] for a in failing if a.error and "resume_at" in a.error.facts), None)
    return f"all {len(failing)} tries failed: {told}" + (f"; to be asked again at {resume_at}" if resume_at else "")


def _root_differences(scope: Scope, entity: str, answers: Sequence[Answer]) -> list[Finding]:
    """Return a finding for each root that fails where another answers."""
    if not any(answer.usable for answer in answers):
        return []
    return [
        Finding(
            "root",
            f"{scope.root} {answer.question.subject[1].root}",
            "failed",
            place=f"GET {scope.path_of(entity)}",
            code=RootDiffersError.code,
            severity=RootDiffersError.severity,
            expected="answers as the other roots do",
            observed=f"{answer.probe_status} ({answer.http_status})",
            evidence={"error_code": answer.error.code if answer.error else None, "url": answer.url},
        )
        for answer in answers
        if not answer.usable
    ]
