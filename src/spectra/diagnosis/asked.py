"""The steps that ask the API: credentials, root, levels and filters, each proven as the Source stage proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectra.diagnosis.step import Step, skipped, troubled
from spectra.errors import AuthUnprovenError, LevelFailedError, RecordsWithoutKeyError, error_kind
from spectra.stages.source.asking import Question

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spectra.diagnosis.step import Outcome
    from spectra.errors import SpectraError
    from spectra.runs.finding import Finding
    from spectra.stages.source.asking import Answer, Asker
    from spectra.stages.source.filters import FilterProof
    from spectra.stages.source.paging import PagingProof
    from spectra.stages.source.proof import AuthProof
    from spectra.stages.source.scope import Scope
    from spectra.stages.source.walk import Walk


def auth_step(proof: AuthProof, *, required: bool) -> Step:
    """Say what trying with and without the credentials showed; unproven blocks only where the proof is `required`."""
    finding = proof.finding
    seen = f"{finding.subject}{f', {finding.place}' if finding.place else ''}: {finding.observed}"
    if proof.error is not None:
        return Step("auth", "failed", seen, errors=(proof.error,))
    if proof.status != "Unknown":
        return Step("auth", "ok", seen)
    unproven = AuthUnprovenError(finding.observed or "", place=finding.place)
    return Step("auth", "failed" if required else "warning", seen, errors=(unproven,))


def plain_step(asker: Asker) -> Step:
    """Where there is no root to read, ask the endpoint that needs no id."""
    endpoint = asker.scope.auth_probe()
    if endpoint is None:
        return skipped("root", "the definition declares no root, and no GET endpoint can be asked without an id")
    answer = asker.ask(Question("probe", endpoint, asker.scope.plain_request(endpoint, {})))
    seen = f"no root is declared; GET {endpoint.path} {_answered(answer)}"
    return troubled("root", answer.error, seen=seen) if answer.error else Step("root", "ok", seen)


def level_steps(scope: Scope, walk: Walk, answers: Sequence[Answer], took: Mapping[str, float]) -> Iterator[Step]:
    """Yield a step for each entity, in the order walked; `took` is the milliseconds of each."""
    findings = {finding.subject: finding for finding in walk.findings if finding.kind == "level"}
    for entity in scope.order():
        if entity not in findings:
            yield Step("level", "skipped", "the root could not be read", entity)
            continue
        asked = [a for a in answers if a.question.purpose == "level" and a.question.entity == entity]
        failing = [a for a in asked if not a.usable and a.question.request.method == "GET"]
        name = "root" if entity == scope.root else "level"
        outcome, seen, error = _level(scope, walk, findings[entity], failing)
        yield Step(name, outcome, seen, entity, took.get(entity), (error,) if error else ())


def _level(
    scope: Scope, walk: Walk, finding: Finding, failing: Sequence[Answer]
) -> tuple[Outcome, str, SpectraError | None]:
    level = walk.levels[finding.subject]
    if finding.outcome == "skipped":
        declared = finding.subject in scope.declared_levels()
        error = LevelFailedError(finding.observed or "", place=finding.place) if declared else None
        return "warning" if declared else "skipped", finding.observed or "", error
    if finding.outcome == "failed":
        return "failed", f"{finding.place}: {finding.observed}", _cause(failing, finding)
    under = f" under {level.walked} of {level.known} parents" if scope.references(finding.subject) else ""
    seen = f"{finding.place}: {level.records} records{under}"
    odd = walk.odd().get(finding.subject)
    if odd is not None:
        seen += f"; {odd.observed}"
    if failing:
        said = f"{seen}; {len(failing)} of {level.walked} tries failed: {_answered(failing[0])}"
        return "warning", said, _cause(failing, finding)
    return ("warning", seen, RecordsWithoutKeyError(odd.observed or "", place=odd.place)) if odd else ("ok", seen, None)


def _cause(failing: Sequence[Answer], finding: Finding) -> SpectraError:
    """Return what the first failing answer meant; that says more than that the level failed."""
    known = next((answer.error for answer in failing if answer.error is not None), None)
    return known or LevelFailedError(finding.observed or "", place=finding.place)


def filter_steps(proofs: Sequence[FilterProof]) -> Iterator[Step]:
    """Yield a step for each parameter."""
    if not proofs:
        yield skipped("filter", "the definition declares none")
    for proof in proofs:
        finding, subject = proof.finding, proof.trial.subject
        seen = f"{finding.place}: {finding.observed}"
        if finding.code is None:
            yield Step("filter", "ok", seen, subject)
        else:
            error = error_kind(finding.code)(finding.observed or "", place=finding.place)
            yield troubled("filter", error, seen=seen, subject=subject)


def pagination_steps(proofs: Sequence[PagingProof], surprises: Sequence[Finding]) -> Iterator[Step]:
    """Yield a step for each entity that is read in pages, and for each list that goes on though none were declared."""
    if not proofs and not surprises:
        yield skipped("pagination", "no list was read that comes in pages")
    for proof in proofs:
        if proof.unread:
            yield Step("pagination", "skipped", "its first page could not be read", proof.entity)
    read = [proof.findings for proof in proofs if not proof.unread]
    for findings in [*read, *((surprise,) for surprise in surprises)]:
        main = findings[0]
        wrong = [finding for finding in findings if finding.code and finding.severity != "info"]
        errors = tuple(error_kind(each.code)(each.observed or "", place=each.place) for each in wrong if each.code)
        seen = f"{main.place}: {'; '.join(each.observed or '' for each in findings)}"
        outcome: Outcome = "failed" if main.outcome == "failed" else "warning" if errors else "ok"
        yield Step("pagination", outcome, seen, main.subject, errors=errors)


def _answered(answer: Answer) -> str:
    return f"answered {answer.http_status}" if answer.http_status else f"gave no answer ({answer.probe_status})"
