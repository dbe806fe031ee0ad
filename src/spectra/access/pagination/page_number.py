"""PageNumber: ask for page after page by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from spectra.access.pagination.base import PageIndex, PaginationStyle, ParameterName, Size

if TYPE_CHECKING:
    from spectra.access.exchange import Page, Request


class PageNumber(PaginationStyle):
    """Count pages from `first_page` until one is empty; the API decides how much a page holds."""

    type: Literal["page_number"] = "page_number"
    page_param: ParameterName = "page"
    size_param: ParameterName = "size"
    size: Size = 100
    first_page: PageIndex = 1

    def first(self, request: Request) -> Request:
        """Return the request for the first page."""
        return request.with_params(**{self.page_param: str(self.first_page), self.size_param: str(self.size)})

    def following(self, request: Request, page: Page) -> Request | None:
        """Return the request for the next number, or None after an empty page."""
        if not page.records:
            return None
        return request.with_params(**{self.page_param: str(int(request.params[self.page_param]) + 1)})
