"""The project as it lies on disk: spectra.yaml, sources, and where secrets are looked up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spectra.access.proxy import proxies_in
from spectra.documents.wording import worded
from spectra.errors import (
    ConfigError,
    DefinitionNotFoundError,
    InvalidDefinitionError,
    ProjectNotFoundError,
    RemoteLakehouseError,
)
from spectra.settings.environment import DotenvSecrets, EnvironmentSecrets
from spectra.settings.files import FileSecrets
from spectra.settings.keyring import KeyringSecrets
from spectra.settings.reading import read_text
from spectra.settings.rotation import Rotations
from spectra.settings.store import SecretStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spectra.access.proxy import Proxies
    from spectra.access.secret import SecretSource
    from spectra.definition.project import ProjectSettings
    from spectra.errors import SpectraError

PROJECT_FILE = "spectra.yaml"


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with spectra.yaml; `problems` are the findings about that file."""

    root: Path
    settings: ProjectSettings | None
    problems: tuple[SpectraError, ...] = ()

    @classmethod
    def find(cls, start: Path, explicit: Path | None = None) -> Project:
        """Return the project in a folder or above it, or exactly the explicit one; raises ProjectNotFoundError."""
        folder = (explicit or start).resolve()
        candidates = (folder,) if explicit else (folder, *folder.parents)
        root = next((each for each in candidates if (each / PROJECT_FILE).is_file()), None)
        if root is None:
            raise ProjectNotFoundError(
                f"no {PROJECT_FILE} in {folder}{'' if explicit else ' or above'}", place=str(folder)
            )
        from spectra.definition.project import load_project  # noqa: PLC0415 - heavy; help does without

        settings, problems = load_project(read_text(root / PROJECT_FILE, PROJECT_FILE), PROJECT_FILE)
        return cls(root, settings, problems)

    @classmethod
    def around(cls, start: Path) -> Project:
        """Return the project in a folder or above it, or one without sources and settings where there is none."""
        try:
            return cls.find(start)
        except ProjectNotFoundError:
            from spectra.definition.project import ProjectSettings  # noqa: PLC0415 - as above

            return cls(start.resolve(), ProjectSettings())

    def lakehouse(self, override: str | None = None) -> str:
        """Return the absolute path of the lakehouse; raises InvalidDefinitionError and RemoteLakehouseError."""
        text = override or self._valid().lakehouse
        if "://" in text:
            raise RemoteLakehouseError(f"found {text!r}; allowed: a folder", place=None if override else PROJECT_FILE)
        return str((Path() if override else self.root).joinpath(text).resolve())

    def source_names(self) -> tuple[str, ...]:
        """Return the names of the files in sources/, sorted."""
        return tuple(sorted(path.stem for path in (self.root / "sources").glob("*.yaml") if path.is_file()))

    def definition_file(self, name: str) -> str:
        """Return where a source is defined, seen from the project; raises DefinitionNotFoundError."""
        names = self.source_names()
        if name not in names:
            said = f"no source {name!r}" if names else f"no source {name!r}; sources/ holds none"
            raise worded(DefinitionNotFoundError, said, place="sources", found=name, allowed=names)
        return f"sources/{name}.yaml"

    def definition_text(self, name: str) -> str:
        """Return the text of a source's definition; raises DefinitionNotFoundError and FileUnreadableError."""
        file = self.definition_file(name)
        return read_text(self.root / file, file)

    def read_beside(self, name: str) -> Callable[[str], str]:
        """Return a reader of the files that lie beside a source's definition; it raises FileUnreadableError."""
        folder = (self.root / self.definition_file(name)).parent
        return lambda file: read_text(folder / file, file)

    def file_text(self, file: str) -> str | None:
        """Return the text of a file of the project, None where there is none; raises FileUnreadableError."""
        path = self.root / file
        return read_text(path, file) if path.is_file() else None

    def variable(self, name: str) -> str | None:
        """Return a variable: the environment's, else the one in the project's .env, else None."""
        found = (source.find(name) for source in self._variables())
        return next((value for value in found if value is not None), None)

    def proxies(self) -> Proxies:
        """Return the proxies that the environment, or else the project's .env, names; NO_PROXY of both counts."""
        environment, dotenv = self._variables()
        try:
            return proxies_in(environment.find, dotenv.find)
        except ConfigError:  # that .env cannot be read is said where a secret is looked up
            return proxies_in(environment.find)

    def secrets(self) -> SecretStore:
        """Return a store that looks secrets up in the environment, .env, a folder and a keyring, in that order.

        Folder and keyring are those that spectra.yaml names under `secrets`, if any.
        """
        settings = self._valid()
        sources = (*self._variables(), *self._kept_elsewhere(settings))
        return SecretStore(sources, settings.fingerprint_key, Rotations(self.root / ".spectra" / "rotated"))

    def _variables(self) -> tuple[SecretSource, SecretSource]:
        return EnvironmentSecrets(), DotenvSecrets(self.root / ".env")

    def _kept_elsewhere(self, settings: ProjectSettings) -> Iterator[SecretSource]:
        if settings.secrets.folder is not None:
            yield FileSecrets(self.root / settings.secrets.folder, settings.secrets.folder)
        if settings.secrets.keyring is not None:
            yield KeyringSecrets(settings.secrets.keyring)

    def _valid(self) -> ProjectSettings:
        if self.settings is None:
            said = "; ".join(f"{problem.place} {problem.message}" for problem in self.problems)
            error = InvalidDefinitionError(said, place=PROJECT_FILE)
            error.problems = self.problems
            raise error
        return self.settings
