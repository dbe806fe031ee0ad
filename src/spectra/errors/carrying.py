"""Errors and findings of carrying a definition over from another tool."""

from __future__ import annotations

from spectra.errors.base import ConfigError


class ImportUnreadableError(ConfigError):
    """The file holds no configuration that can be carried over."""

    code = "import-unreadable"
    remedy = "Give the file that holds the whole dlt `rest_api` dictionary or the whole Airbyte manifest."


class NotCarriedError(ConfigError):
    """A setting of another tool has no counterpart here, or is written in a way that cannot be read."""

    code = "not-carried"
    severity = "warning"
    exit_status = 1
    remedy = "Write it by hand where the finding asks for that; the draft loads without it."


class SecretLeftBehindError(ConfigError):
    """A plain secret stood in the file; the draft refers to it by a name and does not hold it."""

    code = "secret-left-behind"
    severity = "warning"
    exit_status = 1
    remedy = "Set the variable named, in the environment or in `.env`, and rotate the secret: it stood in a file."
