"""What the demo is asked and what it answers, as values; a refusal can be raised from wherever it is noticed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.demo.world import World

JSON = "application/json;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it goes over the wire."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    """The question cannot be answered as asked."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def found(value: object) -> Answer:
    """Answer 200 with a value as JSON."""
    return Answer(200, msgspec.json.encode(value))


def refusal(status: int, message: str, **headers: str) -> Answer:
    """Answer with the error body of this API; header names are given with underscores."""
    body = msgspec.json.encode({"errorMsg": message, "errorCode": status})
    return Answer(status, body, headers={name.replace("_", "-"): value for name, value in headers.items()})


NOT_FOUND = Answer(404)  # this API leaves the body of a 404 empty


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked of one endpoint: ids from the path under lower-case names, query parameters as written."""

    world: World
    ids: Mapping[str, str]
    params: Mapping[str, str]

    def number(self, name: str) -> int:
        """Return a path parameter as a number; raises RefusedError (400) where it is none."""
        return whole_number(self.ids[name])

    def number_param(self, name: str, default: int) -> int:
        """Return a query parameter as a number; raises RefusedError (400) where it is none."""
        text = self.params.get(name, "")
        return whole_number(text) if text else default


def whole_number(text: str) -> int:
    """Read a number as this API does; raises RefusedError with its well-known 400."""
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) <= 18:  # noqa: PLR2004 - what fits a signed 64-bit integer
        return int(text)
    raise RefusedError(refusal(400, f'For input string: "{text}"'))
