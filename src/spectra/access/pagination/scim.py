"""Scim: positions counted from 1, as SCIM 2.0 lists are asked for (RFC 7644, 3.4.2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from spectra.access.example import Example, Exchanged
from spectra.access.pagination.base import PAST_THE_END, PaginationStyle, Size

if TYPE_CHECKING:
    from spectra.access.exchange import Page, Request

_POSITION = "startIndex"


class Scim(PaginationStyle):
    """Move `startIndex` on by what came back until nothing does; `totalResults` is compared, not believed.

    With `size: null` no `count` is asked for, which an API need not understand.
    """

    example: ClassVar[Example] = Example(
        settings={"type": "scim", "size": 2},
        exchanges=(
            Exchanged(
                "/things?status=open&startIndex=1&count=2",
                '{"totalResults": 3, "startIndex": 1, "itemsPerPage": 2, "Resources": [{"id": "a"}, {"id": "b"}]}',
            ),
            Exchanged(
                "/things?status=open&startIndex=3&count=2",
                '{"totalResults": 3, "startIndex": 3, "itemsPerPage": 1, "Resources": [{"id": "c"}]}',
            ),
            Exchanged(
                "/things?status=open&startIndex=4&count=2",
                '{"totalResults": 3, "startIndex": 4, "itemsPerPage": 0, "Resources": []}',
            ),
        ),
        records=('{"id": "a"}', '{"id": "b"}', '{"id": "c"}'),
    )
    ends_with: ClassVar[frozenset[int]] = PAST_THE_END
    type: Literal["scim"] = "scim"
    size: Size | None = 100

    def first(self, request: Request) -> Request:
        """Return the request for the records from position 1."""
        size = {} if self.size is None else {"count": str(self.size)}
        return request.with_params(**{_POSITION: "1", **size})

    def following(self, request: Request, page: Page) -> Request | None:
        """Return the request for the records after those that came back, or None after an empty page."""
        if not page.records:
            return None
        return request.with_params(**{_POSITION: str(int(request.params[_POSITION]) + len(page.records))})
