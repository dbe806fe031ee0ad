"""PageNumber: ask for page after page by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from spectra.access.example import Example, Exchanged
from spectra.access.pagination.base import PAST_THE_END, PageIndex, PaginationStyle, ParameterName, Size

if TYPE_CHECKING:
    from spectra.access.exchange import Page, Request


class PageNumber(PaginationStyle):
    """Count `page_param` from `first_page` until a page is empty; the API decides how much a page holds."""

    example: ClassVar[Example] = Example(
        settings={"type": "page_number", "page_param": "page", "size_param": "per_page", "size": 2},
        exchanges=(
            Exchanged("/things?status=open&page=1&per_page=2", '[{"id": 1}, {"id": 2}]'),
            Exchanged("/things?status=open&page=2&per_page=2", '[{"id": 3}]'),
            Exchanged("/things?status=open&page=3&per_page=2", "[]"),
        ),
        records=('{"id": 1}', '{"id": 2}', '{"id": 3}'),
    )
    ends_with: ClassVar[frozenset[int]] = PAST_THE_END
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
