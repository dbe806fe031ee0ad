"""spectra.yaml: what holds for a whole project."""

from pydantic import ValidationError

from spectra.access.auth import Secret
from spectra.definition.faults import faults
from spectra.definition.model import Settings, Text
from spectra.definition.reading import read_document
from spectra.definition.wording import in_order
from spectra.errors import SpectraError


class ProjectSettings(Settings):
    """Where the lakehouse is, and the key of fingerprints."""

    lakehouse: Text = "./lakehouse"
    fingerprint_key: Secret | None = None


def load_project(text: str, file_name: str) -> tuple[ProjectSettings | None, tuple[SpectraError, ...]]:
    """Read spectra.yaml; returns the settings, None where a finding keeps them from use, and every finding."""
    document, problems = read_document(text, file_name)
    if document is None:
        return None, tuple(problems)
    try:
        settings = ProjectSettings.model_validate(document.root.plain() or {})
    except ValidationError as error:
        found = [*problems, *(problem for _, problem in faults(error, document, ProjectSettings))]
        return None, in_order(found, file_name)
    return (None if problems else settings), tuple(problems)
