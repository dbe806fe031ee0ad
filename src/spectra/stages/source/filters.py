"""The filter proof: a parameter works only if two values give different answers (S7)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from spectra.errors import ParameterIgnoredError, ParameterUnprovenError
from spectra.runs.events import StepAdvanced
from spectra.runs.finding import Finding, Verdict
from spectra.stages.source.asking import Question, decoded, field_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spectra.runs.events import Emit
    from spectra.stages.source.asking import Answer, Asker
    from spectra.stages.source.scope import Scope
    from spectra.stages.source.trails import Trails

_NOBODY = "-999999999"
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PAST_AND_FUTURE = {
    "iso": ("1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z"),
    "date": ("1970-01-01", "2999-01-01"),
    "epoch_s": ("0", "32472144000"),
    "epoch_ms": ("0", "32472144000000"),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One parameter of one entity, with the values to tell apart; the rest of the query stays as given."""

    entity: str
    param: str
    values: tuple[str, ...]
    given: dict[str, str]
    incremental: bool = False

    @property
    def subject(self) -> str:
        """How findings and capabilities name it."""
        return f"{self.entity}.{self.param}"


@dataclass(frozen=True, slots=True)
class FilterProof:
    """Whether one parameter was shown to work."""

    trial: Trial
    outcome: Verdict
    finding: Finding


def prove_filters(asker: Asker, trails: Trails, emit: Emit) -> list[FilterProof]:
    """Try every parent filter and every incremental filter of the definition."""
    proofs = []
    for trial in _trials(asker.scope, trails):
        proofs.append(_proof(asker, trial))
        emit(StepAdvanced("filters", trial.subject))
    return proofs


def _trials(scope: Scope, trails: Trails) -> Iterator[Trial]:
    for name, entity in scope.definition.entities.items():
        references = scope.references(name)
        chosen = trails.choose(references)
        given = dict(chosen.values) if chosen else {}
        for param, reference in entity.query.items():
            yield Trial(name, param, _two_values(trails, name, reference) if chosen else (), given)
        if entity.incremental is not None:
            values = _PAST_AND_FUTURE[entity.incremental.format] if chosen else ()
            yield Trial(name, entity.incremental.param, values, given, incremental=True)


def _two_values(trails: Trails, entity: str, reference: str) -> tuple[str, ...]:
    """Return up to two values of a reference, first those under which records were seen."""
    candidates = [*trails.of(entity), *trails.of(reference.split(".", 1)[0])]
    known = dict.fromkeys(trail.values[reference] for trail in candidates if reference in trail.values)
    return tuple(known)[:2]


def _proof(asker: Asker, trial: Trial) -> FilterProof:
    if not trial.values:
        return _judged(asker.scope, trial, "unproven", "no value is known to try it with", [])
    first = _ask(asker, trial, trial.values[0])
    if not first.usable:
        return _judged(
            asker.scope, trial, "unproven", f"the endpoint answered {first.http_status or first.probe_status}", [first]
        )
    answers = [first]
    seconds = [*trial.values[1:], *([] if trial.incremental else [_NOBODY])]
    if any(_tells_apart(asker, trial, value, answers) for value in seconds):
        return _stable(asker, trial, answers)
    if trial.incremental and not answers[-1].usable:
        newest = _newest(asker.scope, trial, first)
        if newest is not None and _tells_apart(asker, trial, newest, answers):
            return _stable(asker, trial, answers)
    return _same(asker, trial, answers)


def _tells_apart(asker: Asker, trial: Trial, value: str, answers: list[Answer]) -> bool:
    """Ask with another value, keep the answer, and return whether it differs from the first."""
    other = _ask(asker, trial, value)
    answers.append(other)
    return other.usable and _fingerprint(asker.scope, trial, other) != _fingerprint(asker.scope, trial, answers[0])


def _newest(scope: Scope, trial: Trial, answer: Answer) -> str | None:
    """Return the last time that records carry, as the parameter wants it: some APIs refuse a time yet to come."""
    incremental = scope.definition.entities[trial.entity].incremental
    if incremental is None:  # pragma: no cover - asked of incremental trials only
        return None
    found = [field_of(decoded(record), incremental.field) or "" for record in answer.records]
    if incremental.format in {"epoch_s", "epoch_ms"}:
        return max((text for text in found if text.isdigit()), key=int, default=None)
    last = max((text for text in found if _DATED.match(text)), default=None)
    return last[:10] if last and incremental.format == "date" else last


def _stable(asker: Asker, trial: Trial, answers: list[Answer]) -> FilterProof:
    """Tell a filter that works from answers that change by themselves.

    Asked again backwards: two servers that take turns and do not agree look like a filter otherwise.
    """
    for before in (answers[-1], answers[0]):
        again = _ask(asker, trial, before.question.subject)
        if not again.usable or _fingerprint(asker.scope, trial, again) != _fingerprint(asker.scope, trial, before):
            return _judged(asker.scope, trial, "unproven", "the same value gives different answers", [*answers, again])
    return _judged(asker.scope, trial, "proven", "two values give different answers", answers)


def _same(asker: Asker, trial: Trial, answers: list[Answer]) -> FilterProof:
    usable = [answer for answer in answers if answer.usable]
    if not any(answer.record_count for answer in usable):
        return _judged(asker.scope, trial, "unproven", "every value gives an empty answer", answers)
    if len(usable) < len(answers):
        return _judged(asker.scope, trial, "unproven", "the second value was answered with an error", answers)
    bare = _ask(asker, trial, None)
    if bare.usable and _fingerprint(asker.scope, trial, bare) == _fingerprint(asker.scope, trial, answers[0]):
        return _judged(asker.scope, trial, "failed", "answers do not depend on it", [*answers, bare])
    return _judged(asker.scope, trial, "unproven", "all values tried give the same answer", [*answers, bare])


def _ask(asker: Asker, trial: Trial, value: str | None) -> Answer:
    scope = asker.scope
    request = scope.request(trial.entity, trial.given)
    others = {name: text for name, text in request.params.items() if name != trial.param}
    params = others if value is None else {**others, trial.param: value}
    endpoint = scope.endpoint_of(trial.entity)
    question = Question("filter", endpoint, replace(request, params=params), trial.entity, value)
    return asker.ask(question, keep_records=True)


def _fingerprint(scope: Scope, trial: Trial, answer: Answer) -> frozenset[Any]:
    """Return the keys of the answer's records, or their hashes where no key is declared."""
    key = scope.definition.entities[trial.entity].key
    return frozenset(_identity(record, key) for record in answer.records)


def _identity(record: bytes, key: Sequence[str]) -> Any:
    value = decoded(record)
    own = tuple(field_of(value, name) for name in key)
    return own if own and None not in own else hashlib.sha256(record).hexdigest()


def _judged(scope: Scope, trial: Trial, outcome: Verdict, why: str, answers: Sequence[Answer]) -> FilterProof:
    kind = {"failed": ParameterIgnoredError, "unproven": ParameterUnprovenError}.get(outcome)
    finding = Finding(
        "filter",
        trial.subject,
        outcome,
        place=f"GET {scope.path_of(trial.entity)}",
        code=kind.code if kind else None,
        severity=kind.severity if kind else "info",
        expected="two values give different answers",
        observed=why,
        evidence={
            "parameter": trial.param,
            "tried": [
                {"value": a.question.subject, "http_status": a.http_status, "record_count": a.record_count}
                for a in answers
            ],
        },
    )
    return FilterProof(trial, outcome, finding)
