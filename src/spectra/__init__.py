"""SPECTRA: from a REST API to tables one can trust."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spectra.errors import SpectraError
    from spectra.pipeline import Pipeline, init
    from spectra.runs.manifest import SourceManifest

__version__ = "0.1.0"
__all__ = ["Pipeline", "SourceManifest", "SpectraError", "__version__", "init"]

_HOMES = {
    "Pipeline": "spectra.pipeline",
    "SourceManifest": "spectra.runs.manifest",
    "SpectraError": "spectra.errors",
    "init": "spectra.pipeline",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for, so that importing the package stays cheap."""
    if name not in _HOMES:
        raise AttributeError(f"module 'spectra' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
