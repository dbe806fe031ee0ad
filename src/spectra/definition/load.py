"""Loading a definition: text in; definition, catalogue and every problem at once out. Reads no file by itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from spectra.catalog.rows import Catalogue, CatalogueRow, catalogue_of, read_catalogue
from spectra.definition.faults import faults
from spectra.definition.model import SourceDefinition
from spectra.definition.references import reference_faults
from spectra.definition.variables import expanded, variable_faults
from spectra.documents.document import Document, Node
from spectra.documents.reading import read_document
from spectra.documents.wording import in_order, worded
from spectra.errors import CatalogueUnreadableError, FileUnreadableError, InvalidNameError, InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal

    from spectra.errors import SpectraError

Path = tuple[str | int, ...]
_BLOCKING = ("critical", "error")
_DOCUMENTS = ("yaml", "yml")
_LAYOUTS: dict[str, Literal["json", "csv"]] = {"json": "json", "csv": "csv"}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a definition: `definition` and `catalogue` are None where a problem keeps them from use."""

    definition: SourceDefinition | None
    catalogue: Catalogue | None
    problems: tuple[SpectraError, ...]
    sha256: str
    document: Document

    @property
    def warnings(self) -> tuple[SpectraError, ...]:
        """The problems that do not keep the definition from use."""
        return tuple(problem for problem in self.problems if problem.severity not in _BLOCKING)

    def place(self, *path: str | int) -> str:
        """Return where a value stands, as `file:line:column`."""
        return self.document.place(path)


def load_definition(
    text: str,
    file_name: str,
    *,
    variables: Callable[[str], str | None],
    read_file: Callable[[str], str],
    read_api: Callable[[str, str], Catalogue] | None = None,
) -> Loaded:
    """Load a definition and its catalogue; nothing is raised, every problem is listed in the order of the file.

    `variables` gives what `${env:NAME}` holds; `read_file` gives the text of a file beside the definition and raises
    FileUnreadableError; `read_api` gives the catalogue of an API document, from its text and name, and raises
    CatalogueUnreadableError. Findings about rows of the catalogue stay in `catalogue.rejected`.
    """
    sha256 = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    document, problems = read_document(text, file_name)
    if document is None:
        return Loaded(None, None, tuple(problems), sha256, Document(file_name, Node(1, 1)))
    loading = _Loading(document, variables, read_file, read_api, problems)
    definition, catalogue = loading.load()
    ordered = in_order(loading.problems, file_name)
    usable = not any(problem.severity in _BLOCKING for problem in ordered)
    return Loaded(definition if usable else None, catalogue if usable else None, ordered, sha256, document)


@dataclass(slots=True)
class _Loading:
    """One document on its way to a definition."""

    document: Document
    variables: Callable[[str], str | None]
    read_file: Callable[[str], str]
    read_api: Callable[[str, str], Catalogue] | None
    problems: list[SpectraError] = field(default_factory=list)

    def load(self) -> tuple[SourceDefinition | None, Catalogue | None]:
        """Return what could be made of the document; problems are collected on the way."""
        unset = list(variable_faults(self.document, self.variables))
        self.problems += [problem for _, problem in unset]
        plain = expanded(self.document.root.plain(), self.variables)
        plain = {} if plain is None else plain
        definition = self._validated(plain, {path for path, _ in unset})
        top = plain if isinstance(plain, dict) else {}
        self._check_stem(top.get("source"))
        catalogue = self._catalogue(top.get("catalogue"))
        self.problems += reference_faults(plain, self.document, catalogue)
        return definition, catalogue

    def _validated(self, plain: Any, known: set[Path]) -> SourceDefinition | None:
        try:
            return SourceDefinition.model_validate(plain)
        except ValidationError as error:
            found = faults(error, self.document, SourceDefinition)
            self.problems += [problem for path, problem in found if path not in known]
            return None

    def _check_stem(self, source: object) -> None:
        stem = self.document.file_name.rpartition("/")[2].removesuffix(".yaml")
        if isinstance(source, str) and source != stem:
            place = self.document.place(("source",))
            said = f"found {source!r} in a file named {stem}.yaml"
            self.problems.append(worded(InvalidNameError, said, place=place, found=source, allowed=[stem]))

    def _catalogue(self, setting: object) -> Catalogue | None:
        if isinstance(setting, list):
            return self._inline(setting, ("catalogue",))
        if not isinstance(setting, dict):
            return None
        inline, file = setting.get("inline"), setting.get("file")
        if (inline is None) == (file is None):
            place = self.document.key_place(("catalogue",))
            self.problems.append(InvalidValueError("allowed: either 'file' or 'inline'", place=place))
            return None
        if isinstance(inline, list):
            return self._inline(inline, ("catalogue", "inline"))
        return self._from_file(file) if isinstance(file, str) else None

    def _inline(self, rows: Sequence[object], path: Path) -> Catalogue:
        places = [self.document.place((*path, index)).rpartition(":")[0] for index in range(len(rows))]
        return catalogue_of(CatalogueRow(place, row) for place, row in zip(places, rows, strict=True))

    def _from_file(self, file: str) -> Catalogue | None:
        place = self.document.place(("catalogue", "file"))
        ending = file.rpartition(".")[2].lower()
        if ending not in _LAYOUTS and ending not in _DOCUMENTS:
            said = f"found {file!r}; allowed: a file that ends in .json or .csv, or an API document in .yaml or .yml"
            self.problems.append(InvalidValueError(said, place=place, found=file))
            return None
        try:
            return self._read(self.read_file(file), self._beside(file), ending)
        except FileUnreadableError as error:
            self.problems.append(FileUnreadableError(error.message, place=place, found=file))
        except CatalogueUnreadableError as error:
            self.problems.append(error)
        return None

    def _read(self, text: str, file_name: str, ending: str) -> Catalogue:
        """Read rows; or, where the file holds a mapping instead of a list, the API document that it is."""
        is_document = ending in _DOCUMENTS or (ending == "json" and text.lstrip("\ufeff \t\r\n").startswith("{"))
        if is_document and self.read_api is not None:
            return self.read_api(text, file_name)
        return read_catalogue(text, file_name, _LAYOUTS.get(ending, "json"))

    def _beside(self, file: str) -> str:
        """Return how a file beside the definition is called, seen from where the definition is."""
        folder = self.document.file_name.rpartition("/")[0]
        return file if not folder or file.startswith("/") else f"{folder}/{file}"
