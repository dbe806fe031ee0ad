"""Keyset: ask for what comes after the last record, by the fields that the list is sorted by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from spectra.access.example import Example, Exchanged
from spectra.access.member import as_text, member
from spectra.access.pagination.base import MemberPath, ParameterName, ToldStyle
from spectra.errors import PageReferenceError

if TYPE_CHECKING:
    from spectra.access.exchange import Page, Request


class Keyset(ToldStyle):
    """Send fields of the last record as parameters, until a page is empty; `fields` maps record field to parameter."""

    example: ClassVar[Example] = Example(
        settings={"type": "keyset", "fields": {"day": "after_day", "id": "after_id"}, "size_param": "limit", "size": 2},
        exchanges=(
            Exchanged("/things?status=open&limit=2", '[{"day": "mo", "id": 8}, {"day": "tu", "id": 1}]'),
            Exchanged("/things?status=open&limit=2&after_day=tu&after_id=1", '[{"day": "tu", "id": 2}]'),
            Exchanged("/things?status=open&limit=2&after_day=tu&after_id=2", "[]"),
        ),
        records=('{"day": "mo", "id": 8}', '{"day": "tu", "id": 1}', '{"day": "tu", "id": 2}'),
    )
    type: Literal["keyset"] = "keyset"
    fields: Annotated[dict[MemberPath, ParameterName], Field(min_length=1)]

    def following(self, request: Request, page: Page) -> Request | None:
        """Return the request for what comes after the last record, or None after an empty page."""
        if not page.records:
            return None
        last = page.records[-1]
        return request.with_params(**{param: _value(last, field) for field, param in self.fields.items()})


def _value(record: bytes, field: str) -> str:
    found = member(record, field)
    text = found if found is None else as_text(found)
    if text is None:
        raise PageReferenceError(f"the last record holds no text and no number at `{field}` to go on from", found=field)
    return text
