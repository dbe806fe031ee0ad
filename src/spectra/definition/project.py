"""spectra.yaml: what holds for a whole project."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError

from spectra.access.auth import Secret
from spectra.definition.faults import faults
from spectra.definition.model import Settings, Text
from spectra.documents.reading import read_document
from spectra.documents.wording import in_order
from spectra.errors import SpectraError
from spectra.notify import Channels


def _page(url: str) -> str:
    """Refuse what is no plain web address that an anchor can be appended to."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError("the address cannot be read") from None
    plain = url.isascii() and url.isprintable() and not set(url) & set(' <>"\\^`{|}')
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or "#" in url or not plain:
        raise ValueError("a web address starts with http:// or https:// and a host, without user name and anchor")
    return url


PageUrl = Annotated[str, Field(max_length=1000), AfterValidator(_page)]


class ProjectSettings(Settings):
    """Where the lakehouse is, the key of fingerprints, whom to tell of runs, and where the runbook is published.

    `notify` is for sources that have none of their own.
    """

    lakehouse: Text = "./lakehouse"
    fingerprint_key: Secret | None = None
    notify: Channels = ()
    runbook: PageUrl | None = None


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
