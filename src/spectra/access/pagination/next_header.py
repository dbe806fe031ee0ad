"""NextHeader: each answer holds the address of the next page in a header of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from spectra.access.example import Example, Exchanged
from spectra.access.pagination.base import ToldStyle

if TYPE_CHECKING:
    from spectra.access.exchange import Page, Request

HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", max_length=100)]


class NextHeader(ToldStyle):
    """Follow the address in `header` of the last answer, relative or absolute, until there is none."""

    example: ClassVar[Example] = Example(
        settings={"type": "next_header", "header": "Next-Page", "size_param": "_limit", "size": 2},
        exchanges=(
            Exchanged(
                "/things?status=open&_limit=2",
                '{"data": [{"id": 1}, {"id": 2}]}',
                answer_headers={"Next-Page": "{base}/things?status=open&_limit=2&_token=x"},
            ),
            Exchanged("/things?status=open&_limit=2&_token=x", '{"data": [{"id": 3}]}'),
        ),
        records=('{"id": 1}', '{"id": 2}', '{"id": 3}'),
    )
    type: Literal["next_header"] = "next_header"
    header: HeaderName

    def following(self, request: Request, page: Page) -> Request | None:
        """Return the request for the address in the header, or None where there is none."""
        url = page.headers.get(self.header.lower(), "").strip()
        return request.linked(url) if url else None
