"""One run at a time per source and stage: a lock that the kernel frees when its holder dies."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from spectra.errors import LakeUnwritableError, LockHeldError

if TYPE_CHECKING:
    from collections.abc import Callable

    from spectra.lake.layout import Layout

_GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.1
_HELD = {errno.EAGAIN, errno.EACCES}


class Lock(Protocol):
    """The right to run one stage of one source; another store may take it away unasked."""

    def acquire(self, wait_seconds: float = 0.0) -> Self:
        """Take the lock or raise LockHeldError, naming the holder, after at least 5 seconds of trying."""
        ...

    def try_once(self) -> bool:
        """Take the lock if it is free, without waiting; returns whether it is held now."""
        ...

    def release(self) -> None:
        """Give the lock back; without effect where it is not held."""
        ...


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock, as a refusal names him; `started_at` is ISO 8601."""

    execution_id: str
    pid: int
    host: str
    started_at: str

    def __str__(self) -> str:
        """Return one line that names the run and where it runs."""
        return f"{self.execution_id} (pid {self.pid} on {self.host}, since {self.started_at})"


@dataclass(slots=True)
class RunLock:
    """An flock on a file of the lakehouse, kept until release or death; the file is never unlinked.

    Leaving a `with` block releases it: `with lock.acquire(wait_seconds=60): ...`.
    """

    layout: Layout
    stage: str
    source_system: str
    holder: Holder
    sleep: Callable[[float], None] = time.sleep  # noqa: TID251 - an edge; tests give their own
    monotonic: Callable[[], float] = time.monotonic
    _descriptor: int | None = field(default=None, init=False)

    def acquire(self, wait_seconds: float = 0.0) -> Self:
        """Take the lock; raises LockHeldError, naming the holder, after 5 seconds or the wait asked for."""
        deadline = self.monotonic() + max(_GRACE_SECONDS, wait_seconds)
        while not self.try_once():
            left = deadline - self.monotonic()
            if left <= 0:
                self._refuse()
            self.sleep(min(_POLL_SECONDS, left))
        return self

    def try_once(self) -> bool:
        """Take the lock if it is free; raises LakeUnwritableError where the lock file cannot be opened or locked."""
        if self._descriptor is not None:
            return True
        try:
            self._descriptor = _locked(self._path, self.holder)
        except OSError as error:
            message = f"the lock of {self.stage} of {self.source_system} cannot be taken: {error.strerror}"
            raise LakeUnwritableError(message, file=self._path, reason=str(error.strerror)) from None
        return self._descriptor is not None

    def release(self) -> None:
        """Give the lock back; without effect where it is not held."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    @property
    def _path(self) -> str:
        return self.layout.lock(self.stage, self.source_system)

    def _refuse(self) -> None:
        holder = _holder_in(self._path)
        message = f"{self.stage} of {self.source_system} is being run by {holder}"
        raise LockHeldError(message, holder=str(holder), file=self._path)


def _locked(path: str, holder: Holder) -> int | None:
    """Return the descriptor of the locked file with its holder written into it; None where another holds it."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        content = json.dumps(asdict(holder)).encode()
        os.pwrite(descriptor, content, 0)
        os.truncate(descriptor, len(content))
    except OSError as error:
        os.close(descriptor)
        if error.errno in _HELD:
            return None
        raise
    return descriptor


def _holder_in(path: str) -> Holder | str:
    """Return who wrote himself into a lock file; a holder that has not done so yet stays unnamed."""
    try:
        return Holder(**json.loads(Path(path).read_bytes()))
    except (OSError, ValueError, TypeError):
        return "a run that has not named itself yet"
