"""LinkHeader: each answer links to the next page in its Link header (RFC 8288)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from spectra.access.example import Example, Exchanged
from spectra.access.links import linked
from spectra.access.pagination.base import ToldStyle

if TYPE_CHECKING:
    from spectra.access.exchange import Page, Request

Relation = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S+$")]


class LinkHeader(ToldStyle):
    """Follow the link of relation `rel`, relative or absolute, until there is none."""

    example: ClassVar[Example] = Example(
        settings={"type": "link_header", "rel": "next"},
        exchanges=(
            Exchanged(
                "/things?status=open",
                '[{"id": 1}, {"id": 2}]',
                answer_headers={
                    "Link": '<{base}/things?status=open>; rel="first"; title="one, two; three", '
                    '<{base}/things?status=open&page=2>; rel="chapter next"'
                },
            ),
            Exchanged(
                "/things?status=open&page=2",
                '[{"id": 3}]',
                answer_headers={"Link": '</things?status=open>; rel=first, </things?page=3,4;x>; rel="next"'},
            ),
            Exchanged("/things?page=3,4;x", '[{"id": 4}]', answer_headers={"Link": '</things>; rel="first"'}),
        ),
        records=('{"id": 1}', '{"id": 2}', '{"id": 3}', '{"id": 4}'),
    )
    type: Literal["link_header"] = "link_header"
    rel: Relation = "next"

    def following(self, request: Request, page: Page) -> Request | None:
        """Return the request for the link of the relation, or None where there is none."""
        url = linked(page.headers.get("link", ""), self.rel)
        return request.linked(url) if url else None
