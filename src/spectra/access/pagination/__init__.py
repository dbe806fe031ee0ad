"""The pagination styles: one file each, told apart in a definition by `type`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from spectra.access.pagination.base import PaginationStyle
from spectra.access.pagination.continuation import Continuation
from spectra.access.pagination.keyset import Keyset
from spectra.access.pagination.link_header import LinkHeader
from spectra.access.pagination.next_header import NextHeader
from spectra.access.pagination.next_url import NextUrl
from spectra.access.pagination.none import NoPagination
from spectra.access.pagination.offset import Offset
from spectra.access.pagination.page_number import PageNumber
from spectra.access.pagination.page_token import PageToken
from spectra.access.pagination.scim import Scim

Pagination = Annotated[
    NoPagination | PageNumber | Offset | PageToken | NextUrl | NextHeader | LinkHeader | Keyset | Scim | Continuation,
    Field(discriminator="type"),
]

__all__ = [
    "Continuation",
    "Keyset",
    "LinkHeader",
    "NextHeader",
    "NextUrl",
    "NoPagination",
    "Offset",
    "PageNumber",
    "PageToken",
    "Pagination",
    "PaginationStyle",
    "Scim",
]
