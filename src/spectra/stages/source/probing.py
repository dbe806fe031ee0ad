"""Probing: every GET endpoint is asked once, or says why not (S9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spectra.runs.events import StepAdvanced
from spectra.runs.finding import Finding
from spectra.stages.source.asking import Question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spectra.catalog.endpoint import Endpoint
    from spectra.runs.events import Emit
    from spectra.stages.source.asking import Answer, Asker
    from spectra.stages.source.scope import Scope
    from spectra.stages.source.trails import Trails


@dataclass(frozen=True, slots=True)
class Probed:
    """One endpoint of the catalogue with its probe, or with the reason why there is none."""

    endpoint: Endpoint
    answer: Answer | None = None
    reason: str | None = None


def probe_all(asker: Asker, trails: Trails, emit: Emit) -> list[Probed]:
    """Probe concurrently; the result has every endpoint, in catalogue order."""
    scope = asker.scope
    planned = [_planned(scope, trails, endpoint) for endpoint in scope.catalogue.endpoints]
    questions = [planned_one for planned_one in planned if isinstance(planned_one, Question)]
    answers: dict[int, Answer] = {}
    for answer in asker.ask_all(questions):
        answers[id(answer.question)] = answer
        emit(StepAdvanced("endpoints", answer.question.endpoint.path))
    return [Probed(plan.endpoint, answer=answers[id(plan)]) if isinstance(plan, Question) else plan for plan in planned]


def count_planned(scope: Scope, trails: Trails) -> int:
    """Return how many endpoints will be asked."""
    return sum(isinstance(_planned(scope, trails, e), Question) for e in scope.catalogue.endpoints)


def _planned(scope: Scope, trails: Trails, endpoint: Endpoint) -> Question | Probed:
    if endpoint.method != "GET":
        return Probed(endpoint, reason=f"{endpoint.method} is never sent")
    fed = scope.feeds(endpoint)
    unmapped = [name for name, reference in fed.items() if reference is None]
    if unmapped:
        return Probed(endpoint, reason="no id is mapped for " + ", ".join(f"{{{name}}}" for name in unmapped))
    entity = scope.entity_of(endpoint)
    references = scope.references(entity) if entity else [r for r in fed.values() if r]
    chosen = trails.choose(tuple(dict.fromkeys(references)))
    if chosen is None:
        return Probed(endpoint, reason="no value was found for " + ", ".join(trails.missing(references)))
    request = scope.request(entity, chosen.values) if entity else scope.plain_request(endpoint, chosen.values)
    return Question("probe", endpoint, request, entity)


def probe_findings(probed: Sequence[Probed]) -> list[Finding]:
    """Return a finding for each probe that met an error; those of severity warning count as warnings."""
    findings = []
    for one in probed:
        answer = one.answer
        if answer is None or answer.error is None:
            continue
        warns = answer.error.severity in {"warning", "info"}
        subject = f"{one.endpoint.method} {one.endpoint.path}"
        findings.append(
            Finding(
                "warning" if warns else "error",
                subject,
                "failed",
                place=subject,
                code=answer.error.code,
                severity="warning" if warns else "error",
                expected="an answer with data, or truthfully none",
                observed=answer.error.message,
                evidence={"url": answer.url, "http_status": answer.http_status, "attempts": answer.attempts},
            )
        )
    return findings
