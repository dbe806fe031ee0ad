"""RestApi: the Api port over real sockets, guarded, paced, retried, and redacted before anything leaves."""

from __future__ import annotations

import random
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from importlib.metadata import version
from itertools import islice
from queue import SimpleQueue
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from spectra.access.exchange import Page
from spectra.access.guard import UrlGuard
from spectra.access.pace import RetryPolicy
from spectra.access.proxy import DIRECT
from spectra.access.secret import Issued
from spectra.errors import MalformedSecretError, SourceError, UnsafeMethodError
from spectra.rest.deadline import Watchdog
from spectra.rest.dialling import Dialler
from spectra.rest.gate import Gate
from spectra.rest.keeping import Keeper
from spectra.rest.lines import Lines
from spectra.rest.proxying import Ways
from spectra.rest.trial import Trial
from spectra.rest.trying import Trying
from spectra.rest.wire import Tally, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType
    from typing import Self

    from spectra.access.auth import AuthType
    from spectra.access.exchange import Request
    from spectra.access.grants import Grant
    from spectra.access.proxy import Proxies
    from spectra.access.redact import Redactor
    from spectra.access.sealed import Moment, Sealed
    from spectra.errors import SpectraError
    from spectra.stages.ports import Clock, Secrets

_SAFE_METHODS = frozenset({"GET", "HEAD"})
_MEBIBYTE = 1 << 20
_ABANDON_SECONDS = 2.0
_UNAUTHORISED = 401


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


class RestApi:
    """Sends requests to one source from a pool of threads, one connection each.

    Nothing is taken from the environment: no .netrc, no cookies, and only the `proxies` given. `endpoint_auths` holds
    what takes the place of `auth` for requests that name it. `own_headers` gives headers made anew for each request
    that goes to the source's own origin; other hosts never see them. `sleep` and `chance` are seams for tests; left
    alone, waiting ends as soon as it is abandoned. Use it in a `with` statement, or call `close`.
    """

    def __init__(  # noqa: PLR0913 - every seam of an edge, by keyword
        self,
        guard: UrlGuard,
        limits: Limits,
        *,
        auth: AuthType,
        endpoint_auths: Mapping[str, AuthType] = MappingProxyType({}),
        secrets: Secrets,
        redactor: Redactor,
        clock: Clock,
        sleep: Callable[[float], None] | None = None,
        chance: Callable[[], float] = random.random,
        user_agent: str | None = None,
        own_headers: Callable[[], Mapping[str, str]] = dict,
        proxies: Proxies = DIRECT,
    ) -> None:
        self._secrets = secrets
        self._redactor = redactor
        self._sleep = sleep
        self._closed = threading.Event()
        self._stops = {self._closed}
        self._lock = threading.Lock()
        self._watchdog = Watchdog()
        self._lines = Lines(
            Ways(Dialler(guard.check_address, limits.connect_seconds), proxies),
            limits.concurrency,
            limits.total_seconds,
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
                now=clock.now,
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
        self._trials = {
            name: Trial(needed=bool(each.credentials()) and not each.renews)
            for name, each in {**endpoint_auths, "": auth}.items()
        }
        self._keepers = {
            name: Keeper(each, guard.base_url, send=self._exchanged, secrets=secrets, monotonic=clock.monotonic)
            for name, each in {**endpoint_auths, "": auth}.items()
        }

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
        """Ask with credentials, in turn while they are on trial."""
        try:
            with self._trials[request.auth].turn():
                return self._asked(request, tally)
        except SourceError as error:
            return Page(request, request.url, error=error)

    def _asked(self, request: Request, tally: Tally) -> Page:
        """Ask with credentials; where they are refused and can be had anew, ask once more."""
        keeper, trial = self._keepers[request.auth], self._trials[request.auth]
        grant = self._granted(keeper, tally)
        page = self._trying.page(keeper.auth.signed(request, grant), tally)
        trial.answered(page.status)
        if page.status != _UNAUTHORISED or not keeper.renewed(grant, tally):
            return page
        trial.renewed()
        page = self._trying.page(keeper.auth.signed(request, self._granted(keeper, tally)), tally)
        trial.answered(page.status)
        keeper.replayed(accepted=page.status != _UNAUTHORISED)
        return page

    def _granted(self, keeper: Keeper, tally: Tally) -> Grant | None:
        """Return the grant in force; a new refresh token in it is a secret too, used or not."""
        grant = keeper.current(tally)
        if grant is not None:
            self._learn([each.value for each in (grant.token, grant.refresh) if each is not None])
        return grant

    def _exchanged(self, request: Request, tally: Tally) -> Page:
        """Ask an endpoint that gives out tokens, which the definition names: another host than the source's, maybe."""
        trying = self._trying
        if not trying.guard.carries_credentials(request.url):
            trying = replace(trying, guard=UrlGuard(request.url), own_headers=dict)
        if request.repeatable:
            return trying.page(request, tally)
        lasting = Tally(self._closed)  # the answer may hold a successor: whoever stops waits for it a little
        page = trying.page(request, lasting)
        tally.attempts, tally.retries = tally.attempts + lasting.attempts, tally.retries + lasting.retries
        tally.waited += lasting.waited
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
        place = text(error.place or f"{request.method} /{path}")
        return type(error)(text(error.message), place=place, **{name: text(fact) for name, fact in error.facts.items()})

    def _revealed(self, sealed: Sealed, moment: Moment) -> str:
        """Return a text with its secrets in it; raises MalformedSecretError, naming only the secret."""
        unsafe = next((one for one in sealed.references if not sealed.takes(self._secrets.reveal(one).value)), None)
        if unsafe is not None:
            raise MalformedSecretError(f"{unsafe} holds what no header may carry, or nothing", found=str(unsafe))
        coded = sealed.opened(lambda reference: self._secrets.reveal(reference).value, moment)
        self._learn([*self._secret_values(sealed), *((coded,) if sealed.learnt else ())])
        return sealed.prefix + coded

    def _learn(self, values: Iterable[str]) -> None:
        with self._lock:
            for value in values:
                self._redactor = self._redactor.also(value)

    def _secret_values(self, sealed: Sealed) -> list[str]:
        issued = [part.value for part in sealed.parts if isinstance(part, Issued)]
        return issued + [self._secrets.reveal(one).value for one in sealed.references]

    def _pause(self, seconds: float, tally: Tally) -> None:
        if self._sleep is not None:
            self._sleep(seconds)
        else:
            tally.stop.wait(seconds)
