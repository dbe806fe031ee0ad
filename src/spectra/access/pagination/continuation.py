"""Continuation: each answer holds an object whose members are merged into the next query, as MediaWiki has it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from spectra.access.example import Example, Exchanged
from spectra.access.member import as_text, is_nothing, member, members
from spectra.access.pagination.base import MemberPath, ToldStyle
from spectra.errors import PageReferenceError

if TYPE_CHECKING:
    from spectra.access.exchange import Page, Request


class Continuation(ToldStyle):
    """Merge the members of the object at `path` into the first query, until there is none; a page may be empty."""

    example: ClassVar[Example] = Example(
        settings={"type": "continuation", "path": "continue"},
        exchanges=(
            Exchanged("/things?status=open", '{"items": [{"id": 1}], "continue": {"from": "2", "continue": "-||"}}'),
            Exchanged(
                "/things?status=open&from=2&continue=-%7C%7C", '{"items": [{"id": 2}], "continue": {"until": "9"}}'
            ),
            Exchanged("/things?status=open&until=9", '{"items": [{"id": 3}]}'),
        ),
        records=('{"id": 1}', '{"id": 2}', '{"id": 3}'),
    )
    type: Literal["continuation"] = "continuation"
    path: MemberPath = "continue"

    def following(self, request: Request, page: Page) -> Request | None:
        """Return the first query with the members of the answer's object, or None where there is no object."""
        found = member(page.body, self.path)
        if found is None or is_nothing(found):
            return None
        inside = members(found)
        texts = {name: as_text(value) for name, value in inside.items()}
        if not inside or None in texts.values():
            raise PageReferenceError(f"`{self.path}` is not an object of texts and numbers", found=self.path)
        asked = request.params if request.unpaged is None else request.unpaged
        merged = {**asked, **{name: text for name, text in texts.items() if text is not None}}
        return replace(request, params=merged, unpaged=asked)
