"""Asking the API: every question with its purpose, every answer judged and kept as evidence."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from spectra.access.member import is_nothing, members
from spectra.access.outcome import judge
from spectra.access.records import slice_records
from spectra.access.totals import total_stated
from spectra.errors import NotModifiedError, PageWithoutListError, ProbeTruncatedError
from spectra.stages.source.seen import style_seen
from spectra.stages.source.shape import announced, rate_limit_of, schema_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from spectra.access.exchange import Page, Request
    from spectra.access.outcome import Judgement
    from spectra.access.records import Shape, Sliced
    from spectra.catalog.endpoint import Endpoint
    from spectra.definition.model import Entity
    from spectra.errors import SpectraError
    from spectra.stages.ports import Api, Clock
    from spectra.stages.source.scope import Scope

Purpose = Literal["auth", "control", "level", "filter", "probe"]
USABLE = frozenset({"accessible", "empty"})
_ELSEWHERE = frozenset({"text", "scalar", "list"})
_OF_ERRORS = ("error", "errors", "fault")


@dataclass(frozen=True, slots=True)
class Question:
    """A request with what it is for; `subject` is the asker's own key, an entity name or an endpoint.

    `on_page` is given the page before its body is let go: with its records, or with the error that speaks against it.
    """

    purpose: Purpose
    endpoint: Endpoint
    request: Request
    entity: str | None = None
    subject: Any = None
    on_page: Callable[[Page], None] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a question, judged; the body itself is let go, records stay where they were asked for."""

    question: Question
    url: str
    probe_status: str
    http_status: int | None
    attempts: int
    retries: int
    latency_ms: float
    received: int
    asked_at: datetime
    content_type: str | None = None
    record_count: int | None = None
    records_path: str | None = None
    records_shape: Shape | None = None
    records: tuple[bytes, ...] = ()
    body_sha256: str | None = None
    schema_sha256: str | None = None
    total_stated: int | None = None
    pagination_seen: str | None = None
    rate_limit_seen: str | None = None
    page_cap: int | None = None
    deprecation: str | None = None
    sunset: str | None = None
    error: SpectraError | None = None
    redacted: bool = False

    @property
    def response_bytes(self) -> int | None:
        """The size of the decoded body; None where reading stopped at the limit."""
        return None if isinstance(self.error, ProbeTruncatedError) else self.received

    @property
    def usable(self) -> bool:
        """Whether the API answered with data, or truthfully with none."""
        return self.probe_status in USABLE


@dataclass(slots=True)
class Asker:
    """Sends questions to one source and keeps every answer; the only mutable thing of a Source run."""

    scope: Scope
    api: Api
    clock: Clock
    answers: list[Answer] = field(default_factory=list)

    def ask(self, question: Question, *, keep_records: bool = False) -> Answer:
        """Ask one question."""
        return next(iter(self.ask_all([question], keep_records=keep_records)))

    def ask_all(self, questions: Sequence[Question], *, keep_records: bool = False) -> Iterator[Answer]:
        """Ask concurrently and yield answers as they come."""
        requests = (replace(question.request, label=str(place)) for place, question in enumerate(questions))
        for page in self.api.send_all(requests):
            answer = self._judged(questions[int(page.request.label)], page)
            self.answers.append(replace(answer, records=()))
            yield answer if keep_records else replace(answer, records=())

    def _judged(self, question: Question, page: Page) -> Answer:
        definition = self.scope.definition
        entity = definition.entities.get(question.entity) if question.entity else None
        sliced = slice_records(page.body, entity.records if entity else None)
        records = sliced.records
        count = None if records is None else len(records)
        judgement = judge(
            page,
            record_count=count,
            path=question.endpoint.path,
            overrides=definition.outcomes,
            error_body=definition.error_body,
        )
        usable = judgement.probe_status in USABLE
        total = total_stated(page) if usable else None
        if question.on_page is not None:
            question.on_page(_as_judged(page, judgement, sliced))
        return Answer(
            question=question,
            url=page.url,
            probe_status=judgement.probe_status,
            http_status=page.status,
            attempts=page.attempts,
            retries=page.retries,
            latency_ms=page.latency_ms,
            received=page.received,
            asked_at=self.clock.now(),
            content_type=page.content_type,
            record_count=count if usable else None,
            records_path=sliced.path if usable else None,
            records_shape=sliced.shape if usable else None,
            records=(records or ()) if usable else (),
            body_sha256=hashlib.sha256(page.body).hexdigest() if page.body else None,
            schema_sha256=schema_sha256(records or ()) if usable else None,
            total_stated=total,
            pagination_seen=style_seen(page, _asked_size(entity), sliced) if usable else None,
            rate_limit_seen=rate_limit_of(page.headers),
            page_cap=_cap(_asked_size(entity), count, total),
            deprecation=announced(page.headers, "deprecation"),
            sunset=announced(page.headers, "sunset"),
            error=judgement.error,
            redacted=page.redacted,
        )


def _as_judged(page: Page, judgement: Judgement, sliced: Sliced) -> Page:
    """Return a page as a pager is to see it: what cannot be used holds its error, a 304 too."""
    if judgement.probe_status not in USABLE or isinstance(judgement.error, NotModifiedError):
        return replace(page, error=page.error or judgement.error)
    if _is_no_list(page, sliced):
        return replace(page, error=PageWithoutListError("a page holds an error or a text in the place of records"))
    return replace(page, records=sliced.records or ())


def _is_no_list(page: Page, sliced: Sliced) -> bool:
    """Return whether an answer with status 200 is none of a list; an object that leaves an empty list out may be."""
    if sliced.records and sliced.shape != "object":
        return False
    if sliced.records is None and sliced.shape in _ELSEWHERE:
        return True
    inside = members(page.body)
    return any(not is_nothing(inside.get(name)) for name in _OF_ERRORS)


def _cap(asked: tuple[str, int] | None, count: int | None, total: int | None) -> int | None:
    """Return how many records came where more were asked for and, by the word of the API, there are more."""
    return count if asked and count and count < min(asked[1], total or 0) else None


def _asked_size(entity: Entity | None) -> tuple[str, int] | None:
    style = entity.pagination if entity else None
    size = getattr(style, "size", None)
    return (style.type, size) if style is not None and isinstance(size, int) else None


def decoded(record: bytes) -> Any:
    """Return a record as plain values; None where it is not JSON."""
    try:
        return msgspec.json.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def field_of(value: Any, path: str) -> str | None:
    """Return a dotted field of a decoded record as text, or None where it is absent, null or not a scalar."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if value is None or isinstance(value, dict | list):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def matches(value: Any, where: Mapping[str, Any]) -> bool:
    """Return whether a decoded record has every value of `where`."""
    return all(field_of(value, name) == field_of({"_": wanted}, "_") for name, wanted in where.items())


def failures(answers: Iterable[Answer]) -> list[Answer]:
    """Return the answers that were not usable."""
    return [answer for answer in answers if not answer.usable]
