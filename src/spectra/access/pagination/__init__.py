"""The pagination styles: one file each, told apart in a definition by `type`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from spectra.access.pagination.base import PaginationStyle
from spectra.access.pagination.none import NoPagination
from spectra.access.pagination.offset import Offset
from spectra.access.pagination.page_number import PageNumber

Pagination = Annotated[NoPagination | PageNumber | Offset, Field(discriminator="type")]

__all__ = ["NoPagination", "Offset", "PageNumber", "Pagination", "PaginationStyle"]
