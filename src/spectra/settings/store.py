"""SecretStore: from a reference to a value, looked up in one place after the other."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spectra.access.secret import FoundSecret, masked
from spectra.errors import MalformedSecretError, MissingSecretError, TokenNotKeptError
from spectra.settings.files import FileSecrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from spectra.access.secret import SecretReference, SecretSource
    from spectra.errors import SpectraError
    from spectra.settings.rotation import Rotations

_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_BYTE_ORDER_MARK = "\ufeff"
_ROTATED = "rotated"
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]+-----[A-Za-z0-9+/=\s]+-----END [A-Z0-9 ]+-----\s*")


@dataclass(slots=True)
class SecretStore:
    """Looks references up in sources, first hit wins, and remembers every value it gave for the redactor."""

    sources: Sequence[SecretSource]
    fingerprint_key: SecretReference | None = None
    rotations: Rotations | None = None
    _current: dict[SecretReference, FoundSecret] = field(default_factory=dict, repr=False)
    _given: dict[FoundSecret, None] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def reveal(self, reference: SecretReference) -> FoundSecret:
        """Return the secret and where it was found.

        Raises MissingSecretError, MalformedSecretError, FileUnreadableError and the errors of a keyring.
        """
        with self._lock:
            if reference not in self._current:
                self._give(self._newest(reference))
            return self._current[reference]

    def refresh(self) -> None:
        """Forget what was found, so that the next look sees rotated secrets; the redactor keeps the old ones."""
        with self._lock:
            self._current.clear()

    @contextmanager
    def rotating(self, reference: SecretReference) -> Iterator[Callable[[str], None]]:
        """Give a way to keep a secret's next value, durable when it returns; raises TokenNotKeptError."""
        if self.rotations is None:
            raise TokenNotKeptError(f"there is no place to keep what follows {reference}", place=str(reference))
        rotations = self.rotations
        with rotations.alone(reference.name):
            with self._lock:
                self._current.pop(reference, None)

            def keep(value: str) -> None:
                with self._lock:
                    rotations.keep(reference.name, self._looked_up(reference).value, value)
                    self._give(FoundSecret(reference, value, _ROTATED))

            yield keep

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

    def exposed(self) -> tuple[SpectraError, ...]:
        """Return a warning for each secret given out whose file every user of the machine may read."""
        files = [source.exposed for source in self.sources if isinstance(source, FileSecrets)]
        with self._lock:
            given = {found.place for found in self._given}
            return tuple(error for each in files for error in each.values() if error.place in given)

    def _give(self, found: FoundSecret) -> None:
        self._current[found.reference] = found
        self._given[found] = None

    def _newest(self, reference: SecretReference) -> FoundSecret:
        """Return what took the place of a secret, or else the secret; one that was replaced stays known as a secret."""
        found = self._looked_up(reference)
        newer = self.rotations.newest(reference.name, found.value) if self.rotations else None
        if newer is None:
            return found
        self._given[found] = None
        return FoundSecret(reference, newer, _ROTATED)

    def _looked_up(self, reference: SecretReference) -> FoundSecret:
        for source in self.sources:
            value = source.find(reference.name)
            if value is not None:
                found = FoundSecret(reference, value, source.kind)
                fault = _fault(value)
                if fault:
                    raise MalformedSecretError(f"{reference.name} {fault}", place=found.place, variable=reference.name)
                return found
        message = f"{reference.name} is not set; looked for {_listed(self.sources)}"
        raise MissingSecretError(message, place=str(reference), variable=reference.name)


def _listed(sources: Sequence[SecretSource]) -> str:
    """Return in words where was looked."""
    *others, last = [getattr(source, "where", f"in {source.kind}") for source in sources]
    return f"{', '.join(others)} and {last}" if others else last


def _fault(value: str) -> str | None:
    """Say what is wrong with a secret without repeating any of it."""
    if not value.strip():
        return "is empty"
    if _PEM.fullmatch(value):
        return None
    if _UNSENDABLE.search(value):
        return "holds a line break or another control character"
    if value.startswith(_BYTE_ORDER_MARK):
        return "starts with a byte order mark"
    return "starts or ends with a blank" if value != value.strip() else None
