"""Which field of a record a parameter asks for: `{projectIdOrKey}` takes a project's `id`, `{repo}` a repo's `name`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectra.discovery.guessing.shapes import field_named
from spectra.discovery.words import squeezed, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.discovery.description import Parameter, Shape

_BY_SUFFIX: dict[str, tuple[str, ...]] = {
    "idorkey": ("id", "key"),
    "keyorid": ("id", "key"),
    "nameorid": ("id", "name"),
    "idorname": ("id", "name"),
    "idorslug": ("id", "slug"),
    "uuid": ("uuid", "id"),
    "guid": ("guid", "id"),
    "sid": ("sid", "id"),
    "id": ("id", "uuid", "guid", "uid"),
    "key": ("key", "id", "name"),
    "name": ("login", "name", "username", "slug"),
    "slug": ("slug", "name"),
    "number": ("number", "no"),
    "code": ("code",),
    "login": ("login",),
    "": ("login", "slug", "key", "name", "code", "id", "number"),
}
_OF_NUMBERS = ("id", "number", "no")


def suffix_of(parameter: str, spellings: frozenset[str]) -> str | None:
    """Return what a parameter adds to the name of a thing: `id` of `projectId`; None where it is another thing's."""
    said = squeezed(parameter)
    for suffix in _BY_SUFFIX:
        base = said.removesuffix(suffix)
        if said.endswith(suffix) and base in spellings:
            return suffix
    return None


def bare_suffix(parameter: str) -> str | None:
    """Return the suffix that a parameter consists of, such as `id`; None where it names a thing."""
    said = squeezed(parameter)
    return said if said and said in _BY_SUFFIX else None


def last_suffix(parameter: str) -> str | None:
    """Return the suffix that a parameter ends with, whatever it names before: `id` of `schemeId`."""
    *_, last = words(parameter) or ("",)
    return last if last and last in _BY_SUFFIX else None


def field_for(parameter: Parameter, spellings: frozenset[str], fields: Mapping[str, Shape]) -> str | None:
    """Return the field that a parameter takes of the records so called, None where none is described that fits."""
    suffix = suffix_of(parameter.name, spellings)
    return _field_of(parameter, bare_suffix(parameter.name) if suffix is None else suffix, spellings, fields)


def field_at(parameter: Parameter, fields: Mapping[str, Shape]) -> str | None:
    """Return the field that a parameter takes of records under another name, by how the parameter ends."""
    return _field_of(parameter, last_suffix(parameter.name), frozenset(), fields)


def _field_of(
    parameter: Parameter, suffix: str | None, spellings: frozenset[str], fields: Mapping[str, Shape]
) -> str | None:
    wanted: tuple[str, ...] = ()
    if suffix is not None:
        wanted = _OF_NUMBERS if suffix == "" and parameter.kind == "integer" else _BY_SUFFIX[suffix]
        wanted += tuple(f"{spelling}{each}" for each in wanted for spelling in sorted(spellings))
    exact = (squeezed(parameter.name),)
    wanted = (*wanted, *exact) if suffix == "" else (*exact, *wanted)
    fitting = [name for name, shape in fields.items() if _fits(parameter, shape)]
    return field_named(fitting, *wanted)


def _fits(parameter: Parameter, shape: Shape) -> bool:
    """Return whether values of a field may be sent as a parameter: a number is asked for by a number."""
    return parameter.kind not in {"integer", "number"} or shape.kind in {"integer", "number", "any"}
