"""How to ask a list for what changed: the parameter that filters, the field that tells, the form of its times."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spectra.discovery.guessing.guess import Guess
from spectra.discovery.guessing.shapes import field_named
from spectra.discovery.words import squeezed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spectra.discovery.description import Parameter
    from spectra.discovery.guessing.guess import Confidence
    from spectra.discovery.guessing.listings import Listing

_CHANGES = r"(?:last)?(?:updated?|modified|modification|changed?|edited)(?:at|on|date|time|datetime|timestamp)?"
_SINCE = r"(?:since|after|from|min|start|gte?|ge|begin)"
_BY_NAME = re.compile(rf"{_CHANGES}{_SINCE}|{_SINCE}{_CHANGES}|(?:if)?modifiedsince")
_MAYBE = ("since", "startingfrom", "newerthan", "oldest", "starttime", "fromdate")
_SAYS_CHANGES = re.compile(r"\b(?:update|updating|modif|chang|edit)", re.IGNORECASE)
_SAYS_ID = re.compile(r"\bIDs?\b")
_FIELDS = (
    *("updatedat", "updatedon", "updated", "updateddate", "updatedtime", "updatetime", "updatedateutc", "updatedutc"),
    *("lastupdated", "lastupdatedat", "lastupdate", "lastupdatedate", "lastupdatetime", "dateupdated"),
    *("modifiedat", "modifiedon", "modified", "modifieddate", "lastmodified", "lastmodifiedat", "lastmodifiedon"),
    *("lastmodifieddate", "lastmodifiedtime", "datemodified", "modificationdate", "changedat", "changedon", "changed"),
    *("lastchanged", "editedat", "edited", "systemmodstamp", "mtime"),
)
_MILLISECONDS = re.compile(r"\bms\b|milli", re.IGNORECASE)
_SECONDS = re.compile(r"\bunix|\bepoch|\bseconds?\b", re.IGNORECASE)
_ISO = re.compile(r"iso[ -]?8601|rfc[ -]?3339|YYYY-MM-DDT|timestamp|date-time|datetime", re.IGNORECASE)
_DAY = re.compile(r"YYYY-MM-DD(?!T)|\bISO date\b", re.IGNORECASE)
_BEYOND_SECONDS = 10**11


def incremental_of(listing: Listing) -> Guess | None:
    """Return how a list may be asked for changes, None where nothing speaks for it."""
    return next(_guesses(listing), None)


def _guesses(listing: Listing) -> Iterator[Guess]:
    subject = f"entities.{listing.name}.incremental"
    for parameter in listing.operation.in_("query"):
        named = _BY_NAME.fullmatch(squeezed(parameter.name)) is not None
        maybe = squeezed(parameter.name) in _MAYBE and not _SAYS_ID.search(parameter.description)
        if named or maybe:
            yield _guess(subject, listing, parameter, named=named)
    for header in listing.operation.in_("header"):
        if squeezed(header.name) == "ifmodifiedsince" and _field(listing) is not None:
            value = {"field": _field(listing), "param": header.name, "format": "iso"}
            yield Guess(subject, value, "low", f"{header.name} is a header here; only a query parameter can be sent")


def _guess(subject: str, listing: Listing, parameter: Parameter, *, named: bool) -> Guess:
    said = bool(_SAYS_CHANGES.search(parameter.description))
    field = _field(listing)
    form, sure = _form(parameter, listing, field)
    value = {"field": field or "updated_at", "param": parameter.name, "format": form}
    telling = "is named as" if named else "is described as" if said else "may be"
    why = f"{parameter.name!r} {telling} a filter on changes"
    if field is None:
        return Guess(subject, value, "low", f"{why}, but no field tells when a record changed")
    if not named and not said and _same_filter(listing, field):
        why = f"{parameter.name!r} stands beside a filter on {field!r}"
    elif not (named or said):
        return Guess(subject, value, "low", f"{parameter.name!r} may mean another time than that of the last change")
    confidence: Confidence = "high" if sure and (named or said) else "medium" if sure else "low"
    doubt = "" if sure else ", but the form of its times is not described"
    return Guess(subject, value, confidence, f"{why}, and {field!r} tells when a record changed{doubt}")


def _field(listing: Listing) -> str | None:
    """Return the field that tells when a record changed: described of it, or understood as a filter on it."""
    filters = [each.name for each in listing.operation.in_("query") if squeezed(each.name) in _FIELDS]
    return field_named(listing.fields, *_FIELDS) or field_named(filters, *_FIELDS)


def _same_filter(listing: Listing, field: str) -> bool:
    """Return whether the API filters by the field itself too, as those do that compare it with `since`."""
    return any(each.name == field for each in listing.operation.in_("query"))


def _form(parameter: Parameter, listing: Listing, field: str | None) -> tuple[str, bool]:
    """Return the form of times, and whether anything speaks for it."""
    if parameter.format in {"date-time", "date"}:
        return ("iso" if parameter.format == "date-time" else "date"), True
    if parameter.kind in {"integer", "number"}:
        return _form_of_number(parameter)
    said = parameter.description
    if _SECONDS.search(said) and not _ISO.search(said):
        return ("epoch_ms" if _MILLISECONDS.search(said) else "epoch_s"), True
    if _DAY.search(said):
        return "date", True
    told = listing.fields.get(field) if field else None
    described = told is not None and told.format in {"date-time", "date"}
    return "iso", bool(_ISO.search(said)) or described


def _form_of_number(parameter: Parameter) -> tuple[str, bool]:
    if _MILLISECONDS.search(parameter.description) or (parameter.maximum or 0) > _BEYOND_SECONDS:
        return "epoch_ms", True
    return "epoch_s", bool(_SECONDS.search(parameter.description)) or parameter.format in {"unix-time", "timestamp"}
