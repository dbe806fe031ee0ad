"""The demo's answer to a request: counted first, then limited, authenticated, routed and behaved."""

from __future__ import annotations

import hmac
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from spectra.demo.answers import NOT_FOUND, Answer, Question, RefusedError, found, refusal
from spectra.demo.behaviours import READ_ONLY
from spectra.demo.chance import draw
from spectra.demo.router import Match, Router
from spectra.demo.settings import BASE_PATH
from spectra.demo.table import behaviours
from spectra.demo.world import World

if TYPE_CHECKING:
    from spectra.demo.settings import DemoSettings
    from spectra.demo.wire import Asked

UNMATCHED = "unmatched"
_READING = ("GET", "HEAD")


class Service:
    """What the demo knows and counts; used by one thread, its counts may be read by any."""

    def __init__(self, settings: DemoSettings) -> None:
        self._settings = settings
        self._world = World(settings.seed, settings.executions)
        self._behaviours = behaviours(settings.flat_endpoints)
        self._router = Router(self._behaviours)
        self._expected = f"Bearer {settings.bearer}".encode("latin-1")
        self._requests: Counter[str] = Counter()
        self._total = 0
        self._writes = 0

    def counts(self) -> dict[str, int]:
        """Return how often each endpoint was asked, refused requests included."""
        return dict(self._requests)

    def stats(self) -> dict[str, object]:
        """Return the counts, their total, and how many requests were sent with another method than GET and HEAD."""
        return {"requests": self.counts(), "total": self._total, "writes": self._writes}

    def request_id(self) -> str:
        """Return an id for the newest request, invented like everything else."""
        return f"{draw(self._settings.seed, 'request', self._total):016x}"

    def answer(self, asked: Asked) -> Answer:
        """Count a request and answer it."""
        path, _, query = asked.target.partition("?")
        match = self._match(asked.method, path)
        self._count(asked.method, match)
        refused = self._refused(asked)
        if refused is not None:
            return refused
        if match is None:
            return NOT_FOUND if asked.method in _READING else READ_ONLY.given
        params = dict(reversed(parse_qsl(query, keep_blank_values=True)))
        try:
            return self._behaviours[match.key].answer(Question(self._world, match.ids, params))
        except RefusedError as error:
            return error.answer

    def _match(self, method: str, path: str) -> Match | None:
        if not path.startswith(BASE_PATH + "/"):
            return None
        return self._router.match("GET" if method == "HEAD" else method, path.removeprefix(BASE_PATH))

    def _count(self, method: str, match: Match | None) -> None:
        self._total += 1
        self._writes += method not in _READING
        self._requests[f"{method} {match.key[1]}" if match else UNMATCHED] += 1

    def _refused(self, asked: Asked) -> Answer | None:
        """Return the refusal that no endpoint has a say in: limit, outage, token."""
        settings = self._settings
        if settings.limited(self._total):
            return refusal(429, "Too many requests.", Retry_After=str(settings.retry_after_seconds))
        if settings.failing(self._total):
            return refusal(503, "Service unavailable.")
        given = asked.headers.get("authorization", "").encode("latin-1")
        if not hmac.compare_digest(given, self._expected):
            return refusal(401, "Invalid or missing token.", WWW_Authenticate="Bearer")
        return None


class StatsService:
    """What the second port answers: how often the first was asked."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def request_id(self) -> str:
        """Return nothing: these requests are not counted."""
        return "stats"

    def answer(self, asked: Asked) -> Answer:
        """Answer with the counts."""
        is_stats = asked.method in _READING and asked.target.partition("?")[0] == "/__stats"
        return found(self._service.stats()) if is_stats else NOT_FOUND
