"""Pager: walks a list page after page by any style, bounded, and says what it saw; sends nothing itself."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from spectra.access.member import as_text, member
from spectra.access.totals import total_stated
from spectra.errors import PageCeilingError, PageLoopError, PageRepeatedError, SpectraError, UnexpectedStatusError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from spectra.access.exchange import Page, Request
    from spectra.access.guard import UrlGuard
    from spectra.access.pagination import PaginationStyle

MOST_PAGES = 100_000
_REFUSALS = frozenset({400, 404, 416, 422})


@dataclass(slots=True)
class Pager:
    """One list being read: `walk` yields what to send and takes its page, with `records` filled or `error` set.

    Links are resolved against the page they came with and checked by the guard before they are handed out, so what
    is yielded may be sent. `key` names the fields that tell records apart. Its figures may be looked at at any time:
    `counts` holds the records of each page, `total` what the API stated last (a page without records is not heard
    where another was: some count on beyond the end); `repeated` counts records whose key had come before, `differing`
    those of them that were not the same; `complete` says that the end was reached, `error` what else ended the walk.
    With neither, the list goes on.
    """

    style: PaginationStyle
    guard: UrlGuard
    key: Sequence[str] = ()
    most_pages: int = MOST_PAGES
    counts: list[int] = field(default_factory=list)
    total: int | None = None
    repeated: int = 0
    differing: int = 0
    complete: bool = False
    error: SpectraError | None = None
    _totals: set[int] = field(default_factory=set)
    _asked: set[bytes] = field(default_factory=set)
    _pages: set[bytes] = field(default_factory=set)
    _records: dict[bytes, bytes] = field(default_factory=dict)

    def walk(self, first: Request) -> Generator[Request, Page, None]:
        """Yield the request for each page; `first` is what the style's `first` returned."""
        request: Request | None = first
        try:
            while request is not None:
                self._asked.add(_identity(request))
                page = yield request
                request = self._after(request, page)
        except SpectraError as error:
            self.error = error
        else:
            self.complete = True

    def hear(self, total: int) -> None:
        """Take a total that was stated elsewhere than on a page."""
        self.total = total
        self._totals.add(total)

    @property
    def records(self) -> int:
        """How many records came, those that came again not among them."""
        return sum(self.counts) - self.repeated

    @property
    def total_differs(self) -> bool:
        """Whether at its end the list held another number of records than any page stated."""
        return self.complete and bool(self._totals) and self.records not in self._totals

    @property
    def cap(self) -> int | None:
        """The size that the API keeps to where more was asked for and there was more; None where none shows.

        Every page with more after it must have that size: a page may be short for other reasons.
        """
        asked = getattr(self.style, "size", None)
        filled = [count for count in self.counts if count]
        is_last = self.complete or (self.total or 0) <= self.records
        sizes = set(filled[:-1] if is_last else filled)
        seen = sizes.pop() if len(sizes) == 1 else 0
        return seen if asked is not None and 0 < seen < asked and seen == max(filled) else None

    def _after(self, request: Request, page: Page) -> Request | None:
        """Take a page and return the request after it, None at the end; raises what makes it impossible to go on."""
        if self._is_past_the_end(page):
            return None
        _refuse_unusable(page)
        stated = total_stated(page)
        if stated is not None and (page.records or self.total is None):
            self.hear(stated)
        if page.records and not self._is_new(page):
            if self._all_came:
                return None
            raise PageRepeatedError(f"page {len(self.counts) + 1} holds the same records as one before")
        self.counts.append(len(page.records))
        for record in page.records:
            self._compare(record)
        following = self.style.following(request, page)
        return None if following is None else self._checked(following, page)

    @property
    def _all_came(self) -> bool:
        """Whether an API that counts, and tells its end by nothing else, has given all that it stated."""
        return bool(self.style.ends_with) and self.records == self.total

    def _is_past_the_end(self, page: Page) -> bool:
        """Return whether a refusal past the first page only says that there is none."""
        if not self.counts or page.status is None or _is_success(page.status):
            return False
        return page.status in self.style.ends_with or (page.status in _REFUSALS and self._all_came)

    def _is_new(self, page: Page) -> bool:
        """Return whether a page is another than those before, and not only its records' looks: their keys tell."""
        digest = _digest(*page.records)
        known = digest in self._pages
        self._pages.add(digest)
        return not known and any(self._named(record) not in self._records for record in page.records)

    def _named(self, record: bytes) -> bytes | None:
        """Return what tells a record apart by its key; None where it has none."""
        texts = [found if found is None else as_text(found) for found in (member(record, name) for name in self.key)]
        return None if not texts or None in texts else _digest(*(str(text).encode() for text in texts))

    def _compare(self, record: bytes) -> None:
        identity, content = self._named(record), _digest(record)
        if identity is None:
            return
        if identity in self._records:
            self.repeated += 1
            self.differing += self._records[identity] != content
        self._records[identity] = content

    def _checked(self, following: Request, page: Page) -> Request:
        """Return the next request with its link resolved; raises where it may not, or need not, be sent."""
        if following.link:
            url = self.guard.resolve(page.url, following.link)
            following = replace(following, url=url, params={}, link="")
        if _identity(following) in self._asked:
            raise PageLoopError(f"page {len(self.counts)} leads to a page that was asked for before")
        if len(self.counts) >= self.most_pages:
            raise PageCeilingError(f"the list goes on after {self.most_pages} pages")
        return following


def _refuse_unusable(page: Page) -> None:
    if page.error is not None:
        raise page.error
    if page.status is None or not _is_success(page.status):
        raise UnexpectedStatusError(f"a page was answered {page.status}", http_status=str(page.status))


def _is_success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004 - HTTP


def _identity(request: Request) -> bytes:
    """Return the same for two requests that ask for the same page, however the query is written."""
    parts = urlsplit(request.url)
    query = Counter([*parse_qsl(parts.query, keep_blank_values=True), *request.params.items()])
    place = f"{request.method} {parts.scheme}://{parts.netloc}{parts.path}?"
    return _digest((place + urlencode(sorted(query.elements()))).encode("utf-8", "surrogatepass"))


def _digest(*parts: bytes) -> bytes:
    """Return a short hash of byte strings that also tells where one ends and the next begins."""
    hasher = hashlib.blake2b(digest_size=16)
    for part in parts:
        hasher.update(len(part).to_bytes(8, "big"))
        hasher.update(part)
    return hasher.digest()
