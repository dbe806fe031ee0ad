"""RestApi: the Api port over real sockets, guarded, paced, retried, and redacted before anything leaves."""

from __future__ import annotations

import random
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from importlib.metadata import version
from itertools import islice
from queue import SimpleQueue
from typing import TYPE_CHECKING, Protocol

from spectra.access.exchange import Page
from spectra.access.pace import RetryPolicy
from spectra.errors import MalformedSecretError, UnsafeMethodError
from spectra.rest.deadline import Watchdog
from spectra.rest.dialling import Dialler
from spectra.rest.gate import Gate
from spectra.rest.lines import Lines
from spectra.rest.trying import Trying
from spectra.rest.wire import Tally, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
    from types import TracebackType
    from typing import Self

    from spectra.access.exchange import Request
    from spectra.access.guard import UrlGuard
    from spectra.access.redact import Redactor
    from spectra.access.secret import Sealed, SecretReference
    from spectra.errors import SpectraError
    from spectra.stages.ports import Clock, Secrets

_SAFE_METHODS = frozenset({"GET", "HEAD"})
_MEBIBYTE = 1 << 20
_ABANDON_SECONDS = 2.0


class Limits(Protocol):
    """How hard a source may be asked: pace, threads, seconds, decoded MiB per answer, tries per request."""

    @property
    def requests_per_second(self) -> float | None: ...  # noqa: D102 - the class says it
    @property
    def concurrency(self) -> int: ...  # noqa: D102
    @property
    def connect_seconds(self) -> float: ...  # noqa: D102
    @property
    def total_seconds(self) -> float: ...  # noqa: D102
    @property
    def response_mb(self) -> float: ...  # noqa: D102
    @property
    def attempts(self) -> int: ...  # noqa: D102


class Auth(Protocol):
    """How requests are made to carry credentials."""

    def flow(self, request: Request) -> Generator[Request, Page, None]:
        """Yield what to send and receive its page."""
        ...


class RestApi:
    """Sends requests to one source from a pool of threads, one connection each.

    Nothing is taken from the environment: no proxy, no .netrc, no cookies. `own_headers` gives headers made anew for
    each request that goes to the source's own origin; other hosts never see them. `sleep` and `chance` are seams for
    tests; left alone, waiting ends as soon as it is abandoned. Use it in a `with` statement, or call `close`.
    """

    def __init__(  # noqa: PLR0913 - every seam of an edge, by keyword
        self,
        guard: UrlGuard,
        limits: Limits,
        *,
        auth: Auth,
        secrets: Secrets,
        redactor: Redactor,
        clock: Clock,
        sleep: Callable[[float], None] | None = None,
        chance: Callable[[], float] = random.random,
        user_agent: str | None = None,
        own_headers: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._auth = auth
        self._secrets = secrets
        self._redactor = redactor
        self._sleep = sleep
        self._closed = threading.Event()
        self._stops = {self._closed}
        self._lock = threading.Lock()
        self._watchdog = Watchdog()
        self._lines = Lines(
            Dialler(guard.check_address, limits.connect_seconds), limits.concurrency, limits.total_seconds
        )
        self._crew = ThreadPoolExecutor(limits.concurrency, thread_name_prefix="spectra-rest")
        self._ahead = limits.concurrency + limits.concurrency // 2 + 1
        agent = user_agent or f"spectra-lakehouse/{version('spectra-lakehouse')}"
        self._trying = Trying(
            guard=guard,
            wire=Wire(
                self._lines,
                self._watchdog,
                total_seconds=limits.total_seconds,
                most_bytes=int(limits.response_mb * _MEBIBYTE),
                reveal=self._revealed,
            ),
            gate=Gate(limits.requests_per_second, clock.monotonic),
            policy=RetryPolicy(limits.attempts),
            clock=clock,
            chance=chance,
            sleep=self._pause,
            headers={
                "User-Agent": agent,
                "Accept": "application/json, */*;q=0.5",
                "Accept-Encoding": "gzip, deflate",
            },
            own_headers=own_headers,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End what is under way and close every connection."""
        for stop in tuple(self._stops):
            stop.set()
        self._watchdog.abandon()
        self._crew.shutdown(wait=True, cancel_futures=True)
        self._lines.close()
        self._watchdog.close()

    def send(self, request: Request) -> Page:
        """Send one request and return its page; raises only for a secret that is missing or malformed."""
        return self._sent(request, self._closed)

    def send_all(self, requests: Iterable[Request]) -> Iterator[Page]:
        """Send requests concurrently, taken lazily and not far ahead, and yield pages as they are complete.

        Closing the iterator, or an exception such as Ctrl-C, ends what is under way.
        """
        stop = threading.Event()
        self._stops.add(stop)
        waiting = iter(requests)
        done: SimpleQueue[Future[Page]] = SimpleQueue()
        pending: set[Future[Page]] = set()
        try:
            while True:
                for request in islice(waiting, self._ahead - len(pending)):
                    future = self._crew.submit(self._sent, request, stop)
                    pending.add(future)
                    future.add_done_callback(done.put)
                if not pending:
                    return
                future = done.get()
                pending.discard(future)
                yield future.result()
        finally:
            self._stops.discard(stop)
            self._abandon(pending, stop)

    def _abandon(self, pending: set[Future[Page]], stop: threading.Event) -> None:
        if not pending:
            return
        stop.set()
        for future in pending:
            future.cancel()
        self._watchdog.abandon(stop)
        wait(pending, timeout=_ABANDON_SECONDS)

    def _sent(self, request: Request, stop: threading.Event) -> Page:
        tally = Tally(stop)
        if request.method not in _SAFE_METHODS and not request.safe:
            page = Page(request, request.url, error=UnsafeMethodError(f"{request.method} is not declared safe"))
        else:
            page = self._authenticated(request, tally) if request.authenticated else self._trying.page(request, tally)
        return self._cleaned(page, request, tally)

    def _authenticated(self, request: Request, tally: Tally) -> Page:
        flow = self._auth.flow(request)
        asked = next(flow)
        while True:
            page = self._trying.page(asked, tally)
            try:
                asked = flow.send(page)
            except StopIteration:
                return page

    def _cleaned(self, page: Page, request: Request, tally: Tally) -> Page:
        """Return the page as it may be seen: without secrets, and without a trace of how an error came about."""
        redactor = self._redactor
        body, redacted = redactor.body(page.body)
        return replace(
            page,
            request=request,
            url=redactor.text(page.url),
            headers={redactor.text(name): redactor.text(value) for name, value in page.headers.items()},
            body=body,
            redacted=redacted,
            attempts=tally.attempts,
            retries=tally.retries,
            waited_ms=tally.waited * 1000,
            error=page.error and self._cleaned_error(page.error, request),
        )

    def _cleaned_error(self, error: SpectraError, request: Request) -> SpectraError:
        text = self._redactor.text
        path = request.url.partition("://")[2].partition("/")[2].partition("?")[0]
        place = text(f"{request.method} /{path}")
        return type(error)(text(error.message), place=place, **{name: text(fact) for name, fact in error.facts.items()})

    def _revealed(self, sealed: Sealed) -> str:
        """Return the text of a header with its secrets in it; raises MalformedSecretError, naming only the secret."""
        unsafe = next((one for one in sealed.references if not self._fits_header(one, sealed)), None)
        if unsafe is not None:
            raise MalformedSecretError(f"{unsafe} holds what no header may carry, or nothing", found=str(unsafe))
        text = "".join(part if isinstance(part, str) else self._secrets.reveal(part).value for part in sealed.parts)
        coded = sealed.coded(text)
        with self._lock:
            for value in (*(self._secrets.reveal(one).value for one in sealed.references), coded):
                self._redactor = self._redactor.also(value)
        return sealed.prefix + coded

    def _fits_header(self, reference: SecretReference, sealed: Sealed) -> bool:
        value = self._secrets.reveal(reference).value
        return bool(value) and value == value.strip() and value.isprintable() and sealed.takes(value)

    def _pause(self, seconds: float, tally: Tally) -> None:
        if self._sleep is not None:
            self._sleep(seconds)
        else:
            tally.stop.wait(seconds)
