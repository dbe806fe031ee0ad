"""NextUrl: each answer holds the address of the next page in its body."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from spectra.access.example import Example, Exchanged
from spectra.access.member import member
from spectra.access.pagination.base import MemberPath, ToldStyle, told

if TYPE_CHECKING:
    from spectra.access.exchange import Page, Request


class NextUrl(ToldStyle):
    """Follow the address at `url` of the last answer, relative or absolute, until there is none."""

    example: ClassVar[Example] = Example(
        settings={"type": "next_url", "url": "links.next"},
        exchanges=(
            Exchanged(
                "/things?status=open",
                '{"data": [{"id": 1}, {"id": 2}], "links": {"next": "{base}/things?status=open&after=2"}}',
            ),
            Exchanged("/things?status=open&after=2", '{"data": [{"id": 3}], "links": {"next": "?after=3"}}'),
            Exchanged("/things?after=3", '{"data": [{"id": 4}], "links": {"next": null}}'),
        ),
        records=('{"id": 1}', '{"id": 2}', '{"id": 3}', '{"id": 4}'),
    )
    type: Literal["next_url"] = "next_url"
    url: MemberPath

    def following(self, request: Request, page: Page) -> Request | None:
        """Return the request for the address that the answer holds, or None where it holds none."""
        url = told(member(page.body, self.url), f"`{self.url}`")
        return None if url is None else request.linked(url)
