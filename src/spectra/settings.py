"""The project as it lies on disk, and the only reader of the environment: here a reference becomes a value."""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import re
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from spectra.access.secret import FoundSecret, masked
from spectra.documents.wording import worded
from spectra.errors import (
    DefinitionNotFoundError,
    FileUnreadableError,
    InvalidDefinitionError,
    MalformedSecretError,
    MissingSecretError,
    ProjectNotFoundError,
    RemoteLakehouseError,
)
from spectra.runs.envelope import trace_id_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spectra.access.secret import SecretReference, SecretSource
    from spectra.definition.project import ProjectSettings
    from spectra.errors import SpectraError

PROJECT_FILE = "spectra.yaml"
_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SPOKEN = {"env": "the environment", "dotenv": "the project's .env"}


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the time, UTC with zone, in microseconds."""
        return datetime.now(UTC)  # noqa: TID251 - this is the clock that everything else is given

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic()


class EnvironmentSecrets:
    """Secrets in environment variables."""

    kind = "env"

    def find(self, name: str) -> str | None:
        """Return the variable's value, or None."""
        return os.environ.get(name)  # noqa: TID251 - settings is the one reader of the environment


@dataclass(slots=True)
class DotenvSecrets:
    """Secrets in a .env file, read anew at every look, so that a rotated one is seen."""

    path: Path
    kind: str = "dotenv"

    def find(self, name: str) -> str | None:
        """Return the value kept under `name`, or None; raises FileUnreadableError."""
        return self._values().get(name)

    def _values(self) -> dict[str, str | None]:
        from dotenv import dotenv_values  # noqa: PLC0415 - most commands need no .env

        if not self.path.is_file():
            return {}
        return dotenv_values(stream=io.StringIO(_read(self.path, self.path.name)), interpolate=False)


@dataclass(slots=True)
class SecretStore:
    """Looks references up in sources, first hit wins, and remembers every value it gave for the redactor."""

    sources: Sequence[SecretSource]
    fingerprint_key: SecretReference | None = None
    _current: dict[SecretReference, FoundSecret] = field(default_factory=dict, repr=False)
    _given: dict[FoundSecret, None] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def reveal(self, reference: SecretReference) -> FoundSecret:
        """Return the secret and where it was found; raises MissingSecretError or MalformedSecretError."""
        with self._lock:
            if reference not in self._current:
                found = self._looked_up(reference)
                self._current[reference] = found
                self._given[found] = None
            return self._current[reference]

    def refresh(self) -> None:
        """Forget what was found, so that the next look sees rotated secrets; the redactor keeps the old ones."""
        with self._lock:
            self._current.clear()

    def known(self) -> tuple[FoundSecret, ...]:
        """Return every secret ever given out, so that none of them leaves by another way."""
        with self._lock:
            return tuple(self._given)

    def shown(self, reference: SecretReference) -> tuple[str, str, str | None]:
        """Return what may be written of a secret: its place, its mask, and its keyed hash where a key is set."""
        found = self.reveal(reference)
        fingerprint = None
        if self.fingerprint_key is not None:
            key = self.reveal(self.fingerprint_key).value
            fingerprint = hmac.new(key.encode(), found.value.encode(), hashlib.sha256).hexdigest()
        return found.place, masked(found.value), fingerprint

    def _looked_up(self, reference: SecretReference) -> FoundSecret:
        for source in self.sources:
            value = source.find(reference.name)
            if value is not None:
                found = FoundSecret(reference, value, source.kind)
                fault = _fault(value)
                if fault:
                    raise MalformedSecretError(f"{reference.name} {fault}", place=found.place, variable=reference.name)
                return found
        looked = " and in ".join(_SPOKEN.get(source.kind, source.kind) for source in self.sources)
        message = f"{reference.name} is not set; looked for in {looked}"
        raise MissingSecretError(message, place=str(reference), variable=reference.name)


def _fault(value: str) -> str | None:
    """Say what is wrong with a secret without repeating any of it."""
    if not value.strip():
        return "is empty"
    if _UNSENDABLE.search(value):
        return "holds a line break or another control character"
    return "starts or ends with a blank" if value != value.strip() else None


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

        settings, problems = load_project(_read(root / PROJECT_FILE, PROJECT_FILE), PROJECT_FILE)
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
        return _read(self.root / file, file)

    def read_beside(self, name: str) -> Callable[[str], str]:
        """Return a reader of the files that lie beside a source's definition; it raises FileUnreadableError."""
        folder = (self.root / self.definition_file(name)).parent
        return lambda file: _read(folder / file, file)

    def file_text(self, file: str) -> str | None:
        """Return the text of a file of the project, None where there is none; raises FileUnreadableError."""
        path = self.root / file
        return _read(path, file) if path.is_file() else None

    def variable(self, name: str) -> str | None:
        """Return a variable: the environment's, else the one in the project's .env, else None."""
        found = (source.find(name) for source in self._sources())
        return next((value for value in found if value is not None), None)

    def secrets(self) -> SecretStore:
        """Return a store that looks secrets up in the environment, then in the project's .env."""
        return SecretStore(self._sources(), self._valid().fingerprint_key)

    def _sources(self) -> tuple[SecretSource, ...]:
        return EnvironmentSecrets(), DotenvSecrets(self.root / ".env")

    def _valid(self) -> ProjectSettings:
        if self.settings is None:
            said = "; ".join(f"{problem.place} {problem.message}" for problem in self.problems)
            error = InvalidDefinitionError(said, place=PROJECT_FILE)
            error.problems = self.problems
            raise error
        return self.settings


def outer_trace() -> str | None:
    """Return the trace id of a W3C TRACEPARENT in the environment; None where there is none, or no valid one."""
    return trace_id_in(os.environ.get("TRACEPARENT", ""))  # noqa: TID251 - settings is the one reader of the environment


def no_colour() -> bool:
    """Return whether the environment asks for plain text: NO_COLOR, or a terminal that says it is dumb."""
    environment = os.environ  # noqa: TID251 - settings is the one reader of the environment
    return bool(environment.get("NO_COLOR")) or environment.get("TERM") == "dumb"


def _read(path: Path, shown: str) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileUnreadableError(f"{shown} is not UTF-8 text: byte {error.start}", place=shown) from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no such name is possible"
        raise FileUnreadableError(f"{shown} cannot be read: {why}", place=shown) from None
