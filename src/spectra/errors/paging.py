"""Errors and findings of reading a list page after page."""

from __future__ import annotations

from spectra.errors.base import SourceError


class PageLoopError(SourceError):
    """The page after this one would be a page that was asked for before."""

    code = "page-loop"
    remedy = "Check `pagination` of this endpoint; its next page must differ from every one before."


class PageRepeatedError(SourceError):
    """The API handed out the records of a page that it had already handed out."""

    code = "page-repeated"
    remedy = "Check the parameter that `pagination` names: the API ignores it, or starts over at its end."


class PageCeilingError(SourceError):
    """The list went on after as many pages as are read at most."""

    code = "page-ceiling"
    remedy = "Ask for larger pages (`pagination.size`); if the list cannot be this long, its end is never told."


class PageReferenceError(SourceError):
    """What should name the next page cannot name one."""

    code = "page-reference-wrong"
    category = "data"
    remedy = "Correct the path, header or field under `pagination`; it must lead to a text or a number."


class PageWithoutListError(SourceError):
    """A page of a list holds an error or a text in the place of its records, with a status of success."""

    code = "page-without-list"
    remedy = "Ask for that page by hand and read it; name the keys of such answers under `error_body`."


class PageSizeCappedError(SourceError):
    """The API gives fewer records a page than it is asked for, however many there are."""

    code = "page-size-capped"
    severity = "info"
    remedy = "Nothing is lost by it; set `pagination.size` to the size seen to say what is true."


class PageOverlapError(SourceError):
    """Records came more than once: the list moved while it was read, or its pages overlap."""

    code = "page-overlap"
    category = "data"
    severity = "warning"
    remedy = "Use a key or token to page by, or sort by a field that never changes; other records may be missing."


class TotalMismatchError(SourceError):
    """As many records as the API states did not come, or more."""

    code = "total-mismatch"
    category = "data"
    severity = "warning"
    remedy = "Ask the owner of the API what the total counts; until then neither figure can be relied on."


class PaginationUndeclaredError(SourceError):
    """The list of an entity goes on after its first page, and the definition does not say how."""

    code = "pagination-undeclared"
    severity = "warning"
    remedy = "Declare `pagination` for this entity; without it only the first page is read."


class PaginationUnprovenError(SourceError):
    """No second page with records came, so the pagination is neither right nor wrong."""

    code = "pagination-unproven"
    severity = "info"
    remedy = "Ask for less at once (`pagination.size`) so that there is a second page, or let it stand."
