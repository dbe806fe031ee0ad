"""PaginationStyle: what all pagination styles share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from spectra.access.member import as_text, is_nothing
from spectra.errors import PageReferenceError

if TYPE_CHECKING:
    from spectra.access.example import Example
    from spectra.access.exchange import Page, Request

ParameterName = Annotated[str, Field(min_length=1, max_length=100)]
MemberPath = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^.]+(\.[^.]+)*$")]
Size = Annotated[int, Field(gt=0)]
PageIndex = Annotated[int, Field(ge=0)]
PAST_THE_END = frozenset({404, 416})
_SHOWN = 60


class PaginationStyle(BaseModel):
    """A way to ask for one page after the other.

    `example` is a conversation as it goes over the wire: documentation, and its own proof. `ends_with` are the
    statuses with which an API may say, past the first page, that there is none. Where a page is asked to hold so many
    records, `size` is how many, and `size_param` the parameter that says so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    example: ClassVar[Example]
    ends_with: ClassVar[frozenset[int]] = frozenset()
    type: str

    def first(self, request: Request) -> Request:
        """Return the request for the first page."""
        raise NotImplementedError

    def following(self, request: Request, page: Page) -> Request | None:
        """Return the request for the page after `page`, which answered `request`; None at the end.

        `page.records` must be filled; a short page is never the end. Where the end is an empty page, and not a word
        of the API, each style says so. Raises PageReferenceError where the answer names the next page in a way that
        cannot be used.
        """
        raise NotImplementedError


class ToldStyle(PaginationStyle):
    """A style in which each answer tells what comes next; how much a page holds may be asked for too."""

    model_config = ConfigDict(
        json_schema_extra={"dependentRequired": {"size_param": ["size"], "size": ["size_param"]}},
    )

    size_param: ParameterName | None = None
    size: Size | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.size_param is None) != (self.size is None):
            raise ValueError("size_param and size are given together, or neither")
        return self

    def first(self, request: Request) -> Request:
        """Return the request, with the size of a page where one is declared."""
        return request.with_params(**{self.size_param: str(self.size)}) if self.size_param else request


def told(value: bytes | None, place: str) -> str | None:
    """Return a JSON value that names the next page as text, None where it says that there is none."""
    if value is None or is_nothing(value):
        return None
    text = as_text(value)
    if text is None:
        shown = value[:_SHOWN].decode(errors="replace")
        raise PageReferenceError(f"{place} holds {shown}, where a text or a number is needed", found=shown)
    return text
