"""WatchedApi: the API as it is, with what the headers of its answers tell beside their bodies kept for later."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from spectra.access.exchange import Page, Request
    from spectra.errors import SpectraError
    from spectra.stages.ports import Api, Clock


@dataclass(frozen=True, slots=True)
class Heard:
    """The head of one answer: what was asked, where it came from in the end, and when (UTC, our clock).

    `asked` is empty where a link of the API was followed, since only whoever sent it knows where that led.
    """

    asked: str
    url: str
    headers: Mapping[str, str]
    at: datetime
    status: int | None = None
    error: SpectraError | None = None

    @property
    def redirected(self) -> bool:
        """Whether another address than the one asked gave the answer."""
        return bool(self.asked) and self.asked != self.url.partition("?")[0]


@dataclass(slots=True)
class WatchedApi:
    """Passes requests on; `heard` has the head of each page that came back, in that order."""

    api: Api
    clock: Clock
    heard: list[Heard] = field(default_factory=list)

    def send(self, request: Request) -> Page:
        """Send one request and return its page."""
        return self._noted(self.api.send(request))

    def send_all(self, requests: Iterable[Request]) -> Iterator[Page]:
        """Send requests concurrently and yield pages as they come."""
        return map(self._noted, self.api.send_all(requests))

    def _noted(self, page: Page) -> Page:
        asked = "" if page.request.link else page.request.url.partition("?")[0]
        self.heard.append(Heard(asked, page.url, page.headers, self.clock.now(), page.status, page.error))
        return page
