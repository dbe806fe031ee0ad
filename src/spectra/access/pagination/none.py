"""NoPagination: one answer holds everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from spectra.access.pagination.base import PaginationStyle

if TYPE_CHECKING:
    from spectra.access.exchange import Page, Request


class NoPagination(PaginationStyle):
    """Ask once."""

    type: Literal["none"] = "none"

    def first(self, request: Request) -> Request:
        """Return the request unchanged."""
        return request

    def following(self, request: Request, page: Page) -> Request | None:  # noqa: ARG002 - every style has this face
        """Return None: there is no other page."""
        return None
