"""PageToken: each answer holds a token that asks for the next page."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from spectra.access.example import Example, Exchanged
from spectra.access.member import member
from spectra.access.pagination.base import MemberPath, ParameterName, ToldStyle, told

if TYPE_CHECKING:
    from spectra.access.exchange import Page, Request


class PageToken(ToldStyle):
    """Send the token at `token` of the last answer as `token_param`, until there is none; a page may be empty."""

    example: ClassVar[Example] = Example(
        settings={"type": "page_token", "token": "nextPageToken", "token_param": "pageToken"},
        exchanges=(
            Exchanged("/things?status=open", '{"items": [{"id": 1}, {"id": 2}], "nextPageToken": "b2Zm c2V0+Mg=="}'),
            Exchanged(
                "/things?status=open&pageToken=b2Zm+c2V0%2BMg%3D%3D", '{"items": [{"id": 3}], "nextPageToken": null}'
            ),
        ),
        records=('{"id": 1}', '{"id": 2}', '{"id": 3}'),
    )
    type: Literal["page_token"] = "page_token"
    token: MemberPath
    token_param: ParameterName

    def following(self, request: Request, page: Page) -> Request | None:
        """Return the request with the token that the answer holds, or None where it holds none."""
        token = told(member(page.body, self.token), f"`{self.token}`")
        return None if token is None else request.with_params(**{self.token_param: token})
