"""The project as it lies on disk, and the only reader of the environment: here a reference becomes a value."""

from __future__ import annotations

from spectra.settings.clock import SystemClock
from spectra.settings.environment import DotenvSecrets, EnvironmentSecrets, no_colour, outer_trace
from spectra.settings.files import FileSecrets
from spectra.settings.keyring import KeyringSecrets
from spectra.settings.project import PROJECT_FILE, Project
from spectra.settings.store import SecretStore

__all__ = [
    "PROJECT_FILE",
    "DotenvSecrets",
    "EnvironmentSecrets",
    "FileSecrets",
    "KeyringSecrets",
    "Project",
    "SecretStore",
    "SystemClock",
    "no_colour",
    "outer_trace",
]
