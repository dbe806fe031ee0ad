"""The ways in which an endpoint can behave: each a frozen value that turns a question into an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from spectra.demo.answers import NOT_FOUND, Answer, Question, found, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from spectra.demo.selection import Select

LARGEST_PAGE = 1_000


class Behaviour(Protocol):
    """How one endpoint answers."""

    def answer(self, question: Question) -> Answer:
        """Return the answer; raises RefusedError where the question cannot be answered."""
        ...


@dataclass(frozen=True, slots=True)
class Paging:
    """Which query parameters cut a list; where none of them is given, the default size does."""

    offset: str | None = "offset"
    size: str = "pagesize"
    default: int = 10

    def cut(self, question: Question) -> tuple[int, int]:
        """Return where the page starts and how many records it holds at most."""
        start = question.number_param(self.offset, 0) if self.offset else 0
        size = question.number_param(self.size, self.default)
        return max(start, 0), min(size, LARGEST_PAGE) if size > 0 else self.default


OFFSET = Paging()
LIMIT = Paging(size="limit")
MAX_RESULTS = Paging(offset=None, size="maxresults")


@dataclass(frozen=True, slots=True)
class Bare:
    """A bare list: whole, or one page of it."""

    select: Select
    paging: Paging | None = None

    def answer(self, question: Question) -> Answer:
        """Answer with the records."""
        chosen = self.select(question)
        start, size = self.paging.cut(question) if self.paging else (0, len(chosen.positions))
        return found(chosen.slice(start, size))


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A page inside an object, whose resultSize is 0 even where the page is full."""

    select: Select
    type: str
    paging: Paging = OFFSET

    def answer(self, question: Question) -> Answer:
        """Answer with one page."""
        start, size = self.paging.cut(question)
        results = self.select(question).slice(start, size)
        page = {"firstResult": start, "resultSize": 0, "pageNumber": start // size, "results": results}
        return found({**page, "type": self.type})


@dataclass(frozen=True, slots=True)
class One:
    """One record, or 404 where there is none."""

    select: Select

    def answer(self, question: Question) -> Answer:
        """Answer with the record."""
        records = self.select(question).slice(0, 1)
        return found(records[0]) if records else NOT_FOUND


@dataclass(frozen=True, slots=True)
class Facts:
    """An object or list that is worked out for the question."""

    make: Callable[[Question], object]

    def answer(self, question: Question) -> Answer:
        """Answer with what was worked out."""
        return found(self.make(question))


@dataclass(frozen=True, slots=True)
class Always:
    """The same answer to every question."""

    given: Answer

    def answer(self, question: Question) -> Answer:
        """Answer as always."""
        del question
        return self.given


@dataclass(frozen=True, slots=True)
class Needs:
    """Another behaviour, behind a query parameter that must be there."""

    param: str
    then: Behaviour

    def answer(self, question: Question) -> Answer:
        """Answer 400 where the parameter is missing."""
        if not question.params.get(self.param):
            return refusal(400, f"Required parameter '{self.param}' is not present.")
        return self.then.answer(question)


def text(words: str) -> Always:
    """Answer with plain text."""
    return Always(Answer(200, words.encode(), "text/plain;charset=UTF-8"))


def constant(value: object) -> Always:
    """Answer with the same JSON always."""
    return Always(found(value))


def refused(status: int, message: str, **headers: str) -> Always:
    """Answer with an error body always."""
    return Always(refusal(status, message, **headers))


MISSING = Always(NOT_FOUND)
NO_CONTENT = Always(Answer(204))
DENIED = refused(403, "User does not have the permission to access this resource.")
BROKEN = refused(500, "Internal server error.")
READ_ONLY = refused(405, "The demo answers questions and changes nothing.", Allow="GET, HEAD")
