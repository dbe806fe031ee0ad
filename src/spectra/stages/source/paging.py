"""The pagination proof: lists that come in pages are followed until they end, fail, or enough was seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spectra.access.guard import UrlGuard
from spectra.access.paging import Pager
from spectra.errors import (
    NetworkError,
    PageOverlapError,
    PageSizeCappedError,
    PaginationUndeclaredError,
    PaginationUnprovenError,
    RateLimitedError,
    TotalMismatchError,
)
from spectra.runs.events import StepAdvanced
from spectra.runs.finding import Finding, Verdict
from spectra.stages.source.asking import Question
from spectra.stages.source.seen import GOES_ON

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from spectra.access.exchange import Page, Request
    from spectra.errors import SpectraError
    from spectra.runs.events import Emit
    from spectra.stages.source.asking import Answer, Asker
    from spectra.stages.source.scope import Scope
    from spectra.stages.source.trails import Trail

_DEEP = 3
_LISTED = 50


@dataclass(slots=True)
class Reading:
    """The list of one entity under one parent, read as far as `pager` says; `upcoming` asks for its next page."""

    pager: Pager
    parents: Mapping[str, str]
    upcoming: Request | None
    _pages: Generator[Request, Page, None] = field(init=False)

    def __post_init__(self) -> None:
        if self.upcoming is not None:
            self._pages = self.pager.walk(self.upcoming)
            self.upcoming = next(self._pages)

    def take(self, page: Page) -> None:
        """Take the page that was asked for."""
        try:
            self.upcoming = self._pages.send(page)
        except StopIteration:
            self.upcoming = None

    @property
    def began(self) -> bool:
        """Whether its first page could be read."""
        return bool(self.pager.counts)

    def facts(self) -> dict[str, Any]:
        """Return what is known of it as plain values."""
        pager = self.pager
        return {
            "parents": dict(self.parents),
            "pages": len(pager.counts),
            "records": pager.records,
            "complete": pager.complete,
            "total_stated": pager.total,
            "ended_by": pager.error.code if pager.error else None,
        }


@dataclass(frozen=True, slots=True)
class PagingProof:
    """Whether the pagination of one entity was shown to work; `cap` is the size that the API keeps to."""

    entity: str
    outcome: Verdict
    findings: tuple[Finding, ...]
    cap: int | None = None

    @property
    def unread(self) -> bool:
        """Whether nothing can be said since not even a first page came."""
        return self.outcome == "unproven" and not self.findings[0].evidence["pages_read"]


def reading_of(scope: Scope, entity: str, trail: Trail) -> Reading | None:
    """Return how the list under a parent is read from its first page on; None where only that is read."""
    declared = scope.definition.entities[entity]
    if declared.pagination.type == "none" or not scope.definition.walk.pages:
        return None
    guard = UrlGuard(scope.definition.base_url, scope.definition.allow.hosts)
    parents = {reference: trail.values[reference] for reference in scope.references(entity)}
    return Reading(Pager(declared.pagination, guard, declared.key), parents, scope.request(entity, trail.values))


def prove_pagination(asker: Asker, readings: Mapping[str, Sequence[Reading]], emit: Emit) -> list[PagingProof]:
    """Follow the lists begun by the walk, at most `walk.pages` pages of each entity, and judge what came."""
    proofs = []
    for entity, begun in readings.items():
        _follow(asker, entity, begun)
        proofs.append(_proof(asker.scope, entity, [reading for reading in begun if reading.began]))
        emit(StepAdvanced("pagination", entity))
    return proofs


def _follow(asker: Asker, entity: str, readings: Sequence[Reading]) -> None:
    """Ask for further pages, the fullest list first; side by side only as far as each can still be read deep."""
    scope, left = asker.scope, asker.scope.definition.walk.pages
    waiting = sorted((each for each in readings if each.upcoming), key=lambda each: -each.pager.records)
    while left and waiting:
        chosen = waiting[: max(1, min(left // _DEEP, scope.definition.limits.concurrency))]
        questions = [
            Question("level", scope.endpoint_of(entity), each.upcoming, entity, on_page=each.take)
            for each in chosen
            if each.upcoming is not None
        ]
        left -= len(list(asker.ask_all(questions)))
        waiting = [each for each in waiting if each.upcoming]


def _proof(scope: Scope, entity: str, readings: Sequence[Reading]) -> PagingProof:
    pagers = [reading.pager for reading in readings]
    error = next((pager.error for pager in pagers if pager.error), None)
    second = any(sum(count > 0 for count in pager.counts) > 1 for pager in pagers)
    caps = [pager.cap for pager in pagers if pager.cap]
    cap = min(caps) if caps else None
    common: dict[str, Any] = {
        "subject": entity,
        "place": f"GET {scope.path_of(entity)}",
        "evidence": _evidence(scope, entity, readings, cap),
    }
    outcome: Verdict = "failed" if error and not _passes(error) else "proven" if second else "unproven"
    main = Finding(
        "pagination",
        outcome=outcome,
        expected="each page differs from those before, to the end",
        **common | _observed(readings, error, proven=second),
    )
    return PagingProof(entity, outcome, (main, *_notes(pagers, cap, common)), cap)


def _observed(readings: Sequence[Reading], error: SpectraError | None, *, proven: bool) -> dict[str, Any]:
    pages = sum(len(reading.pager.counts) for reading in readings)
    records = sum(reading.pager.records for reading in readings)
    said = f"{_several(records, 'record')} on {_several(pages, 'page')}"
    if any(reading.parents for reading in readings):
        said += f" under {_several(len(readings), 'parent')}"
    if error is not None:
        severity = "warning" if _passes(error) else "error"
        return {"code": error.code, "severity": severity, "observed": f"after {said}: {error.message}"}
    if not proven:
        kind = PaginationUnprovenError
        return {"code": kind.code, "severity": kind.severity, "observed": f"no second page with records: {said}"}
    ended = all(reading.pager.complete for reading in readings)
    return {"observed": f"{said}, to the end" if ended else f"{said}; there is more, and reading is bounded"}


def _passes(error: SpectraError) -> bool:
    """Return whether what ended the reading says nothing about how the list is paged."""
    return isinstance(error, NetworkError | RateLimitedError) or error.facts.get("http_status") == "503"


def _several(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _evidence(scope: Scope, entity: str, readings: Sequence[Reading], cap: int | None) -> dict[str, Any]:
    style = scope.definition.entities[entity].pagination
    pagers = [reading.pager for reading in readings]
    totals = [pager.total for pager in pagers if pager.total is not None]
    return {
        "style": style.type,
        "pages_read": sum(len(pager.counts) for pager in pagers),
        "records_read": sum(pager.records for pager in pagers),
        "complete": bool(pagers) and all(pager.complete for pager in pagers),
        "total_stated": sum(totals) if totals and len(totals) == len(pagers) else None,
        "size_asked": getattr(style, "size", None),
        "size_seen": max((count for pager in pagers for count in pager.counts), default=None),
        "cap": cap,
        "repeated": sum(pager.repeated for pager in pagers),
        "differing": sum(pager.differing for pager in pagers),
        "parents": [reading.facts() for reading in readings[:_LISTED]],
    }


def _notes(pagers: Sequence[Pager], cap: int | None, common: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what else was seen on the way: a cap, records that came again, totals that are not true."""
    differing = [pager for pager in pagers if pager.total_differs]
    if differing:
        stated, came = sum(pager.total or 0 for pager in differing), sum(pager.records for pager in differing)
        yield _note(TotalMismatchError, f"{stated} records", f"{came} records came", common)
    repeated = sum(pager.repeated for pager in pagers)
    if repeated:
        others = sum(pager.differing for pager in pagers)
        observed = f"{repeated} records came again, {others} of them with other content"
        yield _note(PageOverlapError, "each key once", observed, common)
    if cap is not None:
        asked = getattr(pagers[0].style, "size", None)
        yield _note(PageSizeCappedError, f"{asked} records a page", f"{cap} records a page", common)


def _note(kind: type[SpectraError], expected: str, observed: str, common: Mapping[str, Any]) -> Finding:
    return Finding(
        "warning",
        outcome="failed",
        code=kind.code,
        severity=kind.severity,
        expected=expected,
        observed=observed,
        **common,
    )


def undeclared(scope: Scope, answers: Sequence[Answer]) -> list[Finding]:
    """Return a finding for each entity whose list goes on while the definition says that one answer is all."""
    found = []
    for entity, declared in scope.definition.entities.items():
        if declared.pagination.type != "none":
            continue
        going = next((each for each in answers if _is_level_of(each, entity) and _goes_on(each)), None)
        if going is not None:
            found.append(_undeclared(scope, entity, going))
    return found


def _is_level_of(answer: Answer, entity: str) -> bool:
    question = answer.question
    return question.purpose == "level" and question.entity == entity and question.request.method == "GET"


def _goes_on(answer: Answer) -> bool:
    more = answer.total_stated is not None and answer.total_stated > (answer.record_count or 0)
    return answer.usable and (answer.pagination_seen in GOES_ON or (more and bool(answer.record_count)))


def _undeclared(scope: Scope, entity: str, answer: Answer) -> Finding:
    total = "" if answer.total_stated is None else f" of {answer.total_stated}"
    seen = f", by {answer.pagination_seen}" if answer.pagination_seen else ""
    return Finding(
        "pagination",
        entity,
        "unproven",
        place=f"GET {scope.path_of(entity)}",
        code=PaginationUndeclaredError.code,
        severity=PaginationUndeclaredError.severity,
        expected="one answer holds everything",
        observed=f"{answer.record_count}{total} records on the first page, and the list goes on{seen}",
        evidence={"style": "none", "pagination_seen": answer.pagination_seen, "total_stated": answer.total_stated},
    )
