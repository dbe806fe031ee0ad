"""Putting together what was found in another tool's configuration: one address, entities that can be read, a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from spectra.catalog.endpoint import placeholders_in
from spectra.discovery.carrying.carried import Carried
from spectra.discovery.carrying.outline import Outline, fed, on_one_base
from spectra.discovery.carrying.sound import sound_auth, sound_base, sound_limits, sound_listed
from spectra.discovery.carrying.text import drafted, entity_settings, rows_of
from spectra.documents.wording import in_order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spectra.discovery.carrying.carried import Carrying
    from spectra.discovery.carrying.outline import Found, Listed

_MADE_BY = {"dlt": "a dlt rest_api configuration", "airbyte": "an Airbyte manifest"}


def assembled(made_by: Literal["dlt", "airbyte"], found: Found, carrying: Carrying, file_name: str) -> Carried:
    """Return what was found as a draft with its catalogue; what cannot stand together is noted."""
    base, listed = on_one_base(list(found.listed), carrying) if found.listed else (found.base_url, [])
    sound = sound_listed(listed, carrying)
    _note_fixed(sound, carrying)
    entities = fed(sound, carrying)
    outline = Outline(
        found.title,
        sound_base(base, found.place, carrying),
        sound_auth(_relative(found.auth, base), found.place, carrying),
        tuple(sound),
        entities,
        sound_limits(found.limits),
        _probe(entities, found.checked),
    )
    _guess(outline, found, carrying)
    draft = drafted(outline, carrying, f"{_MADE_BY[made_by]}, {file_name.rpartition('/')[2]}")
    unmapped = in_order(carrying.findings, file_name)
    servers = (outline.base_url,) if "${" not in outline.base_url else ()
    return Carried(made_by, carrying.name, found.title, servers, draft, rows_of(outline), unmapped)


def _relative(auth: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Return an auth whose addresses below the base are paths."""
    start = f"{base.rstrip('/')}/"
    inside = {name: auth[name] for name in ("login", "token_url") if str(auth.get(name, "")).startswith(start)}
    return {**auth, **{name: address[len(start) - 1 :] for name, address in inside.items()}}


def _note_fixed(listed: Sequence[Listed], carrying: Carrying) -> None:
    """Note where a second entity at one path goes without its fixed parameters: they belong to the endpoint."""
    first: dict[tuple[str, str], Listed] = {}
    for each in listed:
        before = first.setdefault((each.method, each.path), each)
        if dict(before.fixed) != dict(each.fixed):
            said = f"it has those of {before.name}, which is read from the same path"
            carrying.left(each.place, f"fixed parameters of {each.name}", said)


def _probe(entities: Sequence[Listed], checked: Sequence[str]) -> str | None:
    plain = {each.name: each.path for each in entities if not each.parents and not placeholders_in(each.path)}
    wanted = [name for name in checked if name in plain]
    return plain[wanted[0]] if wanted else next(iter(plain.values()), None)


def _guess(outline: Outline, found: Found, carrying: Carrying) -> None:
    carrying.guess("base_url", outline.base_url, f"stands at {found.place}")
    carrying.guess("auth", dict(outline.auth), f"stands in {found.place.rpartition(':')[0]}")
    if outline.probe:
        carrying.guess("auth.probe", outline.probe, "the first that is read without an id", "medium")
    for each in outline.entities:
        carrying.guess(f"entities.{each.name}", entity_settings(each), f"stands at {each.place}")
