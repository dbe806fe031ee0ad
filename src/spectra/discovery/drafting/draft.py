"""The first definition of a source, from what a document says of its API: confident guesses live, others commented."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spectra.catalog.rows import CatalogueRow, catalogue_of
from spectra.discovery.drafting.entities import entity_guesses, levels_guess, root_guess
from spectra.discovery.drafting.parts import Parts, left_out, wanted_headers
from spectra.discovery.drafting.yaml import flow
from spectra.discovery.guessing.auth import auth_of
from spectra.discovery.guessing.hierarchy import MOST_ENTITIES, hierarchy_of
from spectra.discovery.guessing.ids import ids_of
from spectra.discovery.guessing.listings import listings, reads, required
from spectra.discovery.guessing.probe import probe_of
from spectra.discovery.words import squeezed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spectra.discovery.description import ApiDescription, Operation
    from spectra.discovery.guessing.guess import Guess
    from spectra.discovery.guessing.hierarchy import Hierarchy
    from spectra.discovery.guessing.listings import Listing

_NAMED = re.compile(r"(?:secret://|\$\{env:)([A-Za-z_][A-Za-z0-9_]*)")
_OWN_HEADERS = frozenset({"authorization", "accept", "contenttype", "acceptlanguage", "useragent", "token"})


@dataclass(frozen=True, slots=True)
class Draft:
    """A definition to start from: its text, the guesses behind it, and the names of what is still to be filled in.

    `environment` lists variables (`KINTO_BASE_URL`) and secrets (`KINTO_TOKEN`) in the order the text names them.
    """

    text: str
    guesses: tuple[Guess, ...]
    environment: tuple[str, ...]


def draft(description: ApiDescription, name: str) -> Draft:
    """Return the draft of `sources/<name>.yaml`; it refers to its catalogue as `<name>.endpoints.json`."""
    operations = reads(description)
    hierarchy = hierarchy_of(listings(operations), operations)
    auth = auth_of(description, operations, name)
    root = root_guess(hierarchy)
    parts = Parts(
        name=name,
        title=description.title,
        file_name=description.file_name,
        servers=description.servers,
        auth=auth,
        probe=probe_of(description, operations, auth.scheme, hierarchy.top_first()) if auth.scheme else None,
        ids=ids_of(operations, hierarchy.entities, hierarchy.feeders()),
        entities={each.name: tuple(entity_guesses(each)) for each in hierarchy.entities},
        root=root,
        expect=levels_guess(hierarchy.entities, root, _rows(description)),
        left_out=tuple(_left_out(operations, hierarchy)),
    )
    named = variables_in(f"${{env:{name.upper()}_BASE_URL}}", *map(flow, parts.live_auth()))
    return Draft("\n".join(parts.lines()) + "\n", tuple(parts.guesses()), named)


def variables_in(*texts: str) -> tuple[str, ...]:
    """Return the variables and secrets that some texts name, each once."""
    return tuple(dict.fromkeys(name for text in texts for name in _NAMED.findall(text)))


def _rows(description: ApiDescription) -> int:
    """Return how many endpoints the catalogue will hold."""
    rows = [CatalogueRow("", {"method": each.method, "path": each.path}) for each in description.operations]
    return len(catalogue_of(rows).endpoints)


def _with_needs(listing: Listing) -> str:
    needs = "&".join(each.name for each in required(listing.operation))
    return f"{listing.path}?{needs}" if needs else listing.path


def _left_out(operations: Sequence[Operation], hierarchy: Hierarchy) -> Iterator[str]:
    headers = [
        each.name
        for operation in operations
        for each in operation.in_("header")
        if each.required and squeezed(each.name) not in _OWN_HEADERS
    ]
    yield from wanted_headers(headers, len(operations))
    yield from left_out(
        f"Lists that could be entities too; the {MOST_ENTITIES} that seemed most useful are drafted",
        [each.path for each in hierarchy.beyond],
    )
    yield from left_out(
        "Lists that are no entities, since nothing here feeds what they need",
        [_with_needs(each) for each in hierarchy.unfed],
    )
