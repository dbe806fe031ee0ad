"""An environment of its own for a server that others wrote, made once and kept in a cache folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def environment_of(name: str, requirements: Path) -> Path:
    """Return the interpreter of an environment that holds exactly the locked requirements."""
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    folder = _cache() / f"{name}-{sys.version_info.major}.{sys.version_info.minor}-{digest}"
    python, done = folder / "bin" / "python", folder / "installed"
    with _alone(folder.with_suffix(".lock")):
        if not done.exists():
            _run(sys.executable, "-m", "venv", "--clear", str(folder))
            _run(str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(requirements))
            done.touch()
    return python


def _cache() -> Path:
    chosen = os.environ.get("XDG_CACHE_HOME")
    parent = Path(chosen) if chosen else Path(tempfile.gettempdir())
    folder = parent / f"spectra-servers-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
