"""NoPagination: one answer holds everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from spectra.access.example import Example, Exchanged
from spectra.access.pagination.base import PaginationStyle

if TYPE_CHECKING:
    from spectra.access.exchange import Page, Request


class NoPagination(PaginationStyle):
    """Ask once."""

    example: ClassVar[Example] = Example(
        settings={"type": "none"},
        exchanges=(Exchanged("/things?status=open", '[{"id": 1}, {"id": 2}]'),),
        records=('{"id": 1}', '{"id": 2}'),
    )
    type: Literal["none"] = "none"

    def first(self, request: Request) -> Request:
        """Return the request unchanged."""
        return request

    def following(self, request: Request, page: Page) -> Request | None:  # noqa: ARG002 - every style has this face
        """Return None: there is no other page."""
        return None
