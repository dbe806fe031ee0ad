"""spectra.yaml: what holds for a whole project."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError

from spectra.access.auth import Secret
from spectra.definition.faults import faults
from spectra.definition.model import Settings, Text
from spectra.definition.shapes import WEB_PAGE
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


def _folder(text: str) -> str:
    if text.startswith("~") or "\x00" in text:
        raise ValueError("a folder is written out, from the project or from /; ~ stands for nothing here")
    return text


PageUrl = Annotated[str, Field(max_length=1000, json_schema_extra=dict(WEB_PAGE)), AfterValidator(_page)]


class SecretPlaces(Settings):
    """Where secrets are looked up that neither the environment nor `.env` holds; nowhere else without this.

    `folder` holds one file per secret, named as the secret is, as containers mount them under /run/secrets; it is
    seen from the project. `keyring` is the service under which the keyring of this user keeps them; it takes the
    extra: `pip install 'spectra-lakehouse[keyring]'`.
    """

    folder: Annotated[Text, AfterValidator(_folder)] | None = None
    keyring: Text | None = None


class ProjectSettings(Settings):
    """What holds for a whole project: where its lakehouse and secrets are, whom to tell of runs.

    `lakehouse` is the folder of the tables, seen from the project. `fingerprint_key` is the key with which
    source.credentials shows by a keyed hash that a secret was rotated. `notify` is for sources that have none of
    their own. `runbook` is the page that failures link to, with the code as anchor.
    """

    lakehouse: Text = "./lakehouse"
    secrets: SecretPlaces = SecretPlaces()
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
