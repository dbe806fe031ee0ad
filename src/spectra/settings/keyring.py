"""Secrets in the keyring of this machine or desktop, through the library keyring; one that hangs is given up."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from spectra.errors import KeyringMissingError, KeyringUnavailableError, SpectraError
from spectra.errors.bugs import bugs_named

_TOTAL_SECONDS = 20.0


@dataclass(slots=True)
class KeyringSecrets:
    """Secrets in a keyring: `service` is what they are kept under there, a secret's name is the user name.

    A keyring that was locked, absent or silent once is not asked again, lest every secret waits for it.
    """

    service: str
    seconds: float = _TOTAL_SECONDS
    kind: str = "keyring"
    _failure: tuple[type[SpectraError], str] | None = field(default=None, repr=False)

    @property
    def where(self) -> str:
        """Where is looked, in words."""
        return f"in the keyring under {self.service!r}"

    def find(self, name: str) -> str | None:
        """Return what the keyring keeps under `name`, None where it keeps nothing.

        Raises KeyringMissingError without the extra, KeyringUnavailableError where the keyring does not answer.
        """
        if self._failure is None:
            answers: list[str | None] = []
            self._failure = self._asked(name, answers)
            if self._failure is None:
                return answers[0]
        kind, said = self._failure
        raise kind(said, place=f"{self.kind}:{name}", variable=name)

    def _asked(self, name: str, answers: list[str | None]) -> tuple[type[SpectraError], str] | None:
        """Ask in a thread that may be left to itself; returns why there is no answer."""
        failures: list[tuple[type[SpectraError], str]] = []

        def work() -> None:
            try:
                with bugs_named():
                    answers.append(_password(self.service, name))
            except KeyringMissingError as error:
                failures.append((KeyringMissingError, error.message))
            except (SpectraError, BrokenPipeError) as error:  # a backend may fail with anything
                kind = type(error.__cause__ or error).__name__
                failures.append((KeyringUnavailableError, f"the keyring failed with {kind}"))

        thread = threading.Thread(target=work, name="spectra-keyring", daemon=True)
        thread.start()
        thread.join(self.seconds)
        late = KeyringUnavailableError, f"the keyring did not answer within {self.seconds:g} s; it may be locked"
        return failures[0] if failures else None if answers else late


def _password(service: str, name: str) -> str | None:
    try:
        import keyring  # noqa: PLC0415 - an extra
    except ImportError:
        raise KeyringMissingError from None
    return keyring.get_password(service, name)
