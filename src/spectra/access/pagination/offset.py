"""Offset: ask for what comes after the records that came back so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from spectra.access.pagination.base import PaginationStyle, ParameterName, Size

if TYPE_CHECKING:
    from spectra.access.exchange import Page, Request


class Offset(PaginationStyle):
    """Move on by what came back, not by what was asked for, until nothing does."""

    type: Literal["offset"] = "offset"
    offset_param: ParameterName = "offset"
    size_param: ParameterName = "limit"
    size: Size = 100

    def first(self, request: Request) -> Request:
        """Return the request for the records from position 0."""
        return request.with_params(**{self.offset_param: "0", self.size_param: str(self.size)})

    def following(self, request: Request, page: Page) -> Request | None:
        """Return the request for the records after those that came back, or None at the end."""
        if not page.records:
            return None
        position = int(request.params[self.offset_param]) + len(page.records)
        return request.with_params(**{self.offset_param: str(position)})
