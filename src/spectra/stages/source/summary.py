"""One line for people on each step of the stage: how it went, and the figures it measured."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from spectra.contract.guarantees import GuaranteeResult
    from spectra.runs.finding import Finding
    from spectra.stages.source.filters import FilterProof
    from spectra.stages.source.paging import PagingProof
    from spectra.stages.source.probing import Probed
    from spectra.stages.source.proof import AuthProof
    from spectra.stages.source.rows import Row
    from spectra.stages.source.scope import Scope
    from spectra.stages.source.task import SourceTask
    from spectra.stages.source.walk import Walk

Line = tuple[str, str]
_DOT = " · "
_AUTH_OUTCOMES = {"Success": "ok", "NotRequired": "ok", "Unknown": "warning", "Failed": "failed"}


def auth(task: SourceTask, proof: AuthProof) -> Line:
    """Say which credentials were used, from where, and what the proof showed."""
    kept = ", ".join(f"{facts.credential.reference} ({facts.place}) {facts.masked}" for facts in task.credentials)
    method = task.scope.definition.auth.type
    outcome = "failed" if proof.error is not None else _AUTH_OUTCOMES[proof.status]
    return outcome, f"{method}{', ' + kept if kept else ''}; {proof.finding.observed}"


def refusal(task: SourceTask) -> dict[str, str]:
    """Say which credentials were refused, when they last worked, and what was not tried for it."""
    last = task.last_auth_check
    accepted = f"last accepted {last:%Y-%m-%d %H:%M} UTC" if last else "never accepted before"
    kept = ", ".join(f"{facts.credential.reference} ({facts.place}) {facts.masked}" for facts in task.credentials)
    gets = sum(endpoint.method == "GET" for endpoint in task.scope.catalogue.endpoints)
    return {"credential": f"{kept}, {accepted}", "not_tried": f"{gets} GET endpoints: pointless without auth"}


def catalogue(scope: Scope) -> Line:
    """Count the endpoints, and the rows that are none."""
    endpoints = scope.catalogue.endpoints
    gets = sum(endpoint.method == "GET" for endpoint in endpoints)
    rejected = Counter(error.code for error in scope.catalogue.rejected)
    text = f"{len(endpoints)} endpoints ({gets} GET)"
    if not rejected:
        return "ok", text
    named = {"catalogue-duplicate": "duplicate", "catalogue-corrupt": "corrupt"}
    return "ok", text + _DOT + _enumerated((named.get(c, c), n) for c, n in rejected.items()) + " rows reported"


def _enumerated(counts: Iterable[tuple[str, int]]) -> str:
    return " and ".join(f"{count} {name}" for name, count in counts)


def hierarchy(scope: Scope, walk: Walk) -> Line:
    """Name each declared level with the records seen, and how many parents were walked."""
    declared = scope.declared_levels()
    missed = walk.missed(declared)
    seen = {name: walk.levels[name].records for name in declared if name in walk.levels and name not in missed}
    walked = sum(level.walked for level in walk.levels.values())
    known = sum(level.known for level in walk.levels.values())
    reached = f"{len(declared) - len(missed)} of {len(declared)} levels reached"
    text = f"{_chained(scope, seen)}{': ' if seen else ''}{reached}, {walked} of {known} parents walked"
    text += f"{_DOT}not reached: {', '.join(missed)}" if missed else ""
    odd = ", ".join(walk.odd())
    text += f"{_DOT}records without their key: {odd}" if odd else ""
    return ("warning" if missed or odd else "ok"), text


def _chained(scope: Scope, seen: Mapping[str, int]) -> str:
    """Return levels with their records, `>` only before one that is read under one already named."""
    text, named = "", set[str]()
    for name, records in seen.items():
        under = named & {reference.partition(".")[0] for reference in scope.references(name)}
        text += (" > " if under else _DOT if text else "") + f"{name} {records}"
        named.add(name)
    return text


def filters(proofs: Sequence[FilterProof]) -> Line:
    """Say of each parameter whether it works."""
    said = [f"{proof.trial.subject} {_FILTER_WORDS[proof.outcome]}" for proof in proofs]
    return ("ok" if all(proof.outcome == "proven" for proof in proofs) else "warning"), _DOT.join(said)


def pagination(proofs: Sequence[PagingProof], undeclared: Sequence[Finding]) -> Line:
    """Say of each entity that is read in pages whether that works, and of which lists only the first page is read."""
    said = [
        f"{proof.entity} {'not read' if proof.unread else _PAGING_WORDS.get(proof.outcome, proof.outcome)}"
        for proof in proofs
    ]
    said += [f"{proof.entity} capped at {proof.cap} a page" for proof in proofs if proof.cap]
    said += [f"{finding.subject} goes on, undeclared" for finding in undeclared]
    well = not undeclared and not any(proof.outcome == "failed" or proof.unread for proof in proofs)
    return ("ok" if well else "warning"), _DOT.join(said)


_PAGING_WORDS = {
    "proven": "proven",
    "failed": "FAILED",
    "unproven": "unproven, one page of data",
}
_FILTER_WORDS = {
    "proven": "proven",
    "failed": "IGNORED by the API: answers do not depend on it",
    "unproven": "unproven",
    "skipped": "not tried",
}


def endpoints(probed: Sequence[Probed]) -> Line:
    """Count what the probes saw."""
    gets = [one for one in probed if one.endpoint.method == "GET"]
    answers = [one.answer for one in gets if one.answer is not None]
    counts = Counter(answer.probe_status for answer in answers)
    success = counts["accessible"] + counts["empty"]
    parts = [f"{count} {status.replace('_', ' ')}" for status, count in counts.most_common()]
    if len(answers) < len(gets):
        parts.append(f"{len(gets) - len(answers)} of {len(gets)} not probed")
    text = f"{success} of {len(answers)} answered: {_DOT.join(parts)}"
    return ("ok" if success == len(gets) else "warning"), text


def guarantees(row: Row, results: Sequence[GuaranteeResult]) -> Line:
    """Count the promises kept."""
    held = [
        f"{sum(r.passed for r in results if r.level == level)} of {sum(r.level == level for r in results)} {level}"
        for level in ("must", "should")
    ]
    return ("ok" if not row["guarantees_failed"] else "warning"), ", ".join(held)
