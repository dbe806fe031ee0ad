"""The one place that catches everything: what nobody foresaw becomes InternalError."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from spectra.errors.base import SpectraError
from spectra.errors.stage import InternalError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def bugs_named() -> Iterator[None]:
    """Let SpectraErrors and a reader that went away pass, and turn any other exception into InternalError."""
    try:
        yield
    except (SpectraError, BrokenPipeError):
        raise
    except Exception as error:
        raise InternalError(f"{type(error).__name__}: {error}") from error
