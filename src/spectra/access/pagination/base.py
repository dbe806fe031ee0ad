"""PaginationStyle: what all pagination styles share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from spectra.access.exchange import Page, Request

ParameterName = Annotated[str, Field(min_length=1, max_length=100)]
Size = Annotated[int, Field(gt=0)]
PageIndex = Annotated[int, Field(ge=0)]


class PaginationStyle(BaseModel):
    """A way to ask for one page after the other."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    type: str

    def first(self, request: Request) -> Request:
        """Return the request for the first page."""
        raise NotImplementedError

    def following(self, request: Request, page: Page) -> Request | None:
        """Return the request for the page after `page`, which answered `request`; None at the end.

        `page.records` must be filled; a page without records is the end, a short page is not.
        """
        raise NotImplementedError
