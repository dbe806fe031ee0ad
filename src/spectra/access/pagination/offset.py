"""Offset: ask for what comes after the records that came back so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from spectra.access.example import Example, Exchanged
from spectra.access.pagination.base import PAST_THE_END, PaginationStyle, ParameterName, Size

if TYPE_CHECKING:
    from spectra.access.exchange import Page, Request


class Offset(PaginationStyle):
    """Move `offset_param` on by what came back, not by what was asked for, until nothing does."""

    example: ClassVar[Example] = Example(
        settings={"type": "offset", "offset_param": "offset", "size_param": "limit", "size": 2},
        exchanges=(
            Exchanged("/things?status=open&offset=0&limit=2", '{"total": 3, "results": [{"id": 1}, {"id": 2}]}'),
            Exchanged("/things?status=open&offset=2&limit=2", '{"total": 3, "results": [{"id": 3}]}'),
            Exchanged("/things?status=open&offset=3&limit=2", '{"total": 3, "results": []}'),
        ),
        records=('{"id": 1}', '{"id": 2}', '{"id": 3}'),
    )
    ends_with: ClassVar[frozenset[int]] = PAST_THE_END
    type: Literal["offset"] = "offset"
    offset_param: ParameterName = "offset"
    size_param: ParameterName = "limit"
    size: Size = 100

    def first(self, request: Request) -> Request:
        """Return the request for the records from position 0."""
        return request.with_params(**{self.offset_param: "0", self.size_param: str(self.size)})

    def following(self, request: Request, page: Page) -> Request | None:
        """Return the request for the records after those that came back, or None after an empty page."""
        if not page.records:
            return None
        position = int(request.params[self.offset_param]) + len(page.records)
        return request.with_params(**{self.offset_param: str(position)})
