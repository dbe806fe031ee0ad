"""Keeping out of a draft what a definition would refuse: each part is tried on its own, and left out with a finding."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from spectra.access.auth import Auth
from spectra.catalog.rows import CatalogueRow, catalogue_of
from spectra.definition.model import ApiPath, BaseUrl, Entity, Limits, Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from spectra.discovery.carrying.carried import Carrying
    from spectra.discovery.carrying.outline import Listed

_VARIABLE = re.compile(r"\$\{env:[A-Za-z_][A-Za-z0-9_]*\}")
_LEADING = re.compile(r"^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}")
_ADDRESS = "https://any.example.com"
_AUTH: TypeAdapter[Any] = TypeAdapter(Auth)
_BASE: TypeAdapter[Any] = TypeAdapter(BaseUrl)
_PATH: TypeAdapter[Any] = TypeAdapter(ApiPath)
_LIMITS: TypeAdapter[Any] = TypeAdapter(Limits)
_IDS: TypeAdapter[Any] = TypeAdapter(dict[str, Reference])
_ENTITY: TypeAdapter[Any] = TypeAdapter(Entity)
_PARTS = ("key", "query", "records", "pagination", "incremental")
_UNCLEAR = "${"
_WRITE_IT = "the definition refuses it as it stands; write it by hand"


def sound_auth(auth: Mapping[str, Any], place: str, carrying: Carrying) -> Mapping[str, Any]:
    """Return an auth that a definition takes; `none` where this one would be refused."""
    if _fits(_AUTH, auth):
        return auth
    carrying.left(place, f"auth of type {auth.get('type')}", _WRITE_IT)
    return {"type": "none"}


def sound_base(base_url: str, place: str, carrying: Carrying) -> str:
    """Return an address that a definition takes: a variable where this one would be refused."""
    if _fits(_BASE, base_url):
        return base_url
    variable = carrying.prefixed("base_url")
    if base_url:
        carrying.left(place, "the base address", f"set {variable} to an address without user, query and fragment")
    return f"${{env:{variable}}}"


def sound_limits(limits: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the limits that a definition takes."""
    return {name: value for name, value in limits.items() if _fits(_LIMITS, {name: value})}


def sound_listed(listed: Iterable[Listed], carrying: Carrying) -> list[Listed]:
    """Return what can stand in a catalogue, each with the settings that a definition takes."""
    kept = []
    for each in listed:
        row = CatalogueRow(each.place, {"method": each.method, "path": each.path})
        if _fits(_PATH, each.path) and [one.path for one in catalogue_of([row]).endpoints] == [each.path]:
            kept.append(_with_sound_parts(each, carrying))
        else:
            carrying.left(each.place, f"the endpoint of {each.name}", "its method or path is none; list it by hand")
    return kept


def _with_sound_parts(each: Listed, carrying: Carrying) -> Listed:
    refused: dict[str, Any] = {} if _fits(_IDS, each.ids) else {"ids": {}}
    for name in _PARTS:
        value = getattr(each, name)
        if value and not _fits(_ENTITY, {"endpoint": each.path, name: value}):
            carrying.left(each.place, f"{name} of {each.name}", _WRITE_IT)
            refused[name] = type(value)() if name in {"key", "query"} else None
    each = replace(each, **refused)
    if each.auth is not None:
        each = replace(each, auth=sound_auth(each.auth, each.place, carrying))
    return each


def _fits(kind: TypeAdapter[Any], value: Any) -> bool:
    filled = _filled(value)
    if any(_UNCLEAR in text for text in _texts(filled)):
        return False
    try:
        kind.validate_python(filled)
    except (ValidationError, RecursionError):
        return False
    return True


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(each)


def _filled(value: Any) -> Any:
    """Return a value with something in place of every variable."""
    if isinstance(value, dict):
        return {name: _filled(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(each) for each in value]
    return _VARIABLE.sub("x", _LEADING.sub(_ADDRESS, value)) if isinstance(value, str) else value
