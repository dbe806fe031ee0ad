"""Errors of the places where secrets are kept beside the environment: files and keyrings."""

from __future__ import annotations

from spectra.errors.base import ConfigError


class KeyringMissingError(ConfigError):
    """spectra.yaml names a keyring and the library keyring is not installed."""

    code = "keyring-missing"
    remedy = "Add the extra: `pip install 'spectra-lakehouse[keyring]'`, or delete `keyring` under `secrets`."


class KeyringUnavailableError(ConfigError):
    """The keyring is locked, absent, or does not answer."""

    code = "keyring-unavailable"
    remedy = "Unlock the keyring of this user, or keep the secret in the environment, in `.env` or in a file."


class SecretFileExposedError(ConfigError):
    """Every user of the machine may read the file that holds a secret."""

    code = "secret-file-exposed"
    severity = "warning"
    remedy = "Run `chmod o-r` on the file, or mount the secret with mode 0400."
