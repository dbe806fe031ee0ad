"""Importing a document of any known format: a catalogue and a draft of the definition, as the texts of two files."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spectra.definition.model import source_name_fault
from spectra.definition.scaffold import SOURCE_MODELINE
from spectra.discovery.carrying.airbyte.manifest import is_airbyte, read_airbyte
from spectra.discovery.carrying.carried import source_name
from spectra.discovery.carrying.dlt.configuration import is_dlt, read_dlt
from spectra.discovery.catalogue import catalogue_text, rows_of
from spectra.discovery.drafting.draft import draft
from spectra.discovery.reading.formats import read_api_document
from spectra.errors import ApiDocumentUnreadableError, InvalidNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.discovery.carrying.carried import Carried
    from spectra.discovery.drafting.draft import Draft
    from spectra.errors import SpectraError


_WORDS = re.compile(r"[a-z][a-z0-9]*")
_SAYING_NOTHING = re.compile(
    r"the|an|my|our|apis?|rest|restful|open|openapi\d*|swagger\d*|web|https?|public|services?|server|v\d+|"
    r"docs?|specs?|example|sample|simple|collection|live|localhost"
)


@dataclass(frozen=True, slots=True)
class Imported:
    """What a document gave: `rows` are its catalogue, `findings` what is wrong with it or did not come over.

    `written` are the files that were written, none where it was only looked at.
    """

    format: str
    title: str
    name: str
    servers: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    draft: Draft
    findings: tuple[SpectraError, ...]
    written: tuple[str, ...] = ()

    @property
    def methods(self) -> Mapping[str, int]:
        """How many endpoints each method has, most first."""
        return dict(Counter(str(row["method"]) for row in self.rows).most_common())

    @property
    def files(self) -> Mapping[str, str]:
        """Path, from the project on, and text of the two files that make the source."""
        modeline = "" if self.draft.text.startswith(SOURCE_MODELINE) else SOURCE_MODELINE
        return {
            f"sources/{self.name}.yaml": modeline + self.draft.text,
            f"sources/{self.name}.endpoints.json": catalogue_text(self.rows),
        }

    @property
    def environment_example(self) -> str:
        """The text of .env.example: every variable that the draft names, and the address where it is known."""
        address = self.servers[0] if self.servers and "://" in self.servers[0] else ""
        known = {name: address for name in self.draft.environment if name.endswith("_BASE_URL")}
        lines = "".join(f"{name}={known.get(name, '')}\n" for name in self.draft.environment)
        return f"# Copy to .env, which is never committed. The environment wins over .env.\n{lines}"


def imported(text: str, file_name: str, name: str | None = None) -> Imported:
    """Read a document and draft a source from it; without a `name` one is made of the document's title or file.

    Raises ApiDocumentUnreadableError, ApiDocumentTooLargeError, ImportUnreadableError and InvalidNameError.
    """
    fault = source_name_fault(name) if name is not None else None
    if fault:
        raise InvalidNameError(f"found {name!r}; allowed: {fault}", found=str(name), allowed=fault)
    if is_airbyte(text):
        return _of_carried(read_airbyte(text, file_name, name))
    try:
        description = read_api_document(text, file_name)
    except ApiDocumentUnreadableError:
        if is_dlt(text, file_name):
            return _of_carried(read_dlt(text, file_name, name))
        raise
    stem = file_name.rpartition("/")[2].partition(".")[0]
    named = name or source_name(*_telling(description.title), *_telling(stem))
    return Imported(
        format=description.format,
        title=description.title,
        name=named,
        servers=description.servers,
        rows=rows_of(description),
        draft=draft(description, named),
        findings=description.findings,
    )


def _telling(text: str) -> list[str]:
    """Return the words of a title that tell one API from another."""
    words = [word for word in _WORDS.findall(text.lower()) if len(word) > 1]
    return [word for word in words if not _SAYING_NOTHING.fullmatch(word)]


def _of_carried(carried: Carried) -> Imported:
    return Imported(
        format=carried.format,
        title=carried.title,
        name=carried.name,
        servers=carried.servers,
        rows=carried.rows,
        draft=carried.draft,
        findings=carried.unmapped,
    )
