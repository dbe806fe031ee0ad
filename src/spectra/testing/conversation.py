"""A server that speaks an example: each question must come as written, in its turn, and gets the answer written."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spectra.testing.served import Answered, Asked, ServedApi

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spectra.access.example import Exchanged


@dataclass(slots=True)
class Spoken:
    """A conversation going on: its address, what has been asked, and what was not as written."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@contextmanager
def spoken(exchanges: Sequence[Exchanged]) -> Iterator[Spoken]:
    """Serve the answers of an example in order while the block lasts; `{base}` in them is the server's address."""
    state, lock = Spoken(), threading.Lock()

    def answer(asked: Asked) -> Answered:
        with lock:
            place = len(state.asked)
            state.asked.append(asked)
            if place >= len(exchanges):
                state.wrong.append(f"{asked.method} {asked.target} is asked beyond the end of the example")
                return Answered(b"", 500)
            expected = exchanges[place]
            state.wrong += _differences(expected, asked, state.url)
        headers = {name: text.replace("{base}", state.url) for name, text in expected.answer_headers.items()}
        body = expected.answer.replace("{base}", state.url).encode()
        return Answered(body, expected.status, {"Content-Type": "application/json", **headers})

    with ServedApi(answer) as api:
        state.url = api.url
        yield state


def _differences(expected: Exchanged, asked: Asked, base: str) -> Iterator[str]:
    pairs = [
        ("method", expected.method, asked.method),
        ("target", expected.target.replace("{base}", base), asked.target),
        ("body", expected.body, asked.body.decode("utf-8", "replace")),
    ]
    pairs += [(name, text, asked.headers.get(name, "")) for name, text in expected.headers.items()]
    for what, wanted, found in pairs:
        if wanted != found:
            yield f"{what} of {asked.method} {asked.target}: expected {wanted!r}, found {found!r}"
