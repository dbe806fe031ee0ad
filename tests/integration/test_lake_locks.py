"""One run at a time: the second is refused by name, and the kernel frees what a dead holder held."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from spectra.errors import LakeUnwritableError, LockHeldError
from spectra.lake.layout import Layout
from spectra.lake.locks import Holder, Lock, RunLock

if TYPE_CHECKING:
    from pathlib import Path

_ME = Holder("zephyr-source-20260501T120000-aaaaaa", 4711, "here", "2026-05-01T12:00:00Z")

_HOLDER = """
import sys
from spectra.lake.layout import Layout
from spectra.lake.locks import Holder, RunLock
holder = Holder("zephyr-source-20260501T115900-bbbbbb-of-a-longer-name", 99, "there", "2026-05-01T11:59:00Z")
lock = RunLock(Layout(sys.argv[1]), "source", "zephyr", holder)
print(lock.try_once(), flush=True)
sys.stdin.readline()
lock.release()
print("released", flush=True)
sys.stdin.readline()
"""


class _Time:
    """A clock that moves when somebody sleeps, and lets something happen then."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.seconds += seconds

    def monotonic(self) -> float:
        return self.seconds


def _lock(root: Path, time: _Time | None = None, *, stage: str = "source", source: str = "zephyr") -> RunLock:
    time = time or _Time()
    return RunLock(Layout(str(root)), stage, source, _ME, sleep=time.sleep, monotonic=time.monotonic)


@pytest.fixture
def other(tmp_path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _HOLDER, str(tmp_path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


def _file(root: Path) -> Path:
    return root / "Files" / "_spectra" / "locks" / "source-zephyr.lock"


def test_a_second_process_is_refused_by_the_name_of_the_first(other: subprocess.Popen[str], tmp_path: Path) -> None:
    with other:
        assert not _lock(tmp_path).try_once()
        with pytest.raises(LockHeldError, match=r"115900-bbbbbb-of-a-longer-name \(pid 99 on there, since 2026"):
            _lock(tmp_path).acquire()
        other.kill()


def test_a_killed_holder_frees_the_lock(other: subprocess.Popen[str], tmp_path: Path) -> None:
    with other:
        other.kill()
    lock = _lock(tmp_path)
    assert lock.try_once()
    with pytest.raises(LockHeldError, match="aaaaaa"), lock:
        _lock(tmp_path).acquire()


def test_one_who_waits_gets_the_lock_when_it_is_released(other: subprocess.Popen[str], tmp_path: Path) -> None:
    time = _Time()
    lock = _lock(tmp_path, time)

    def sleep(seconds: float) -> None:
        time.sleep(seconds)
        if 20 < time.seconds < 20.5 and other.stdin is not None and not other.stdin.closed:
            other.communicate("\n\n")

    lock.sleep = sleep
    with other, lock.acquire(wait_seconds=60):
        assert 20 < time.seconds < 21
        assert not _lock(tmp_path).try_once()


@pytest.mark.parametrize(("wait", "seconds"), [(0.0, 5.0), (2.0, 5.0), (30.0, 30.0)])
def test_nobody_is_refused_before_five_seconds_or_the_wait_asked_for(
    tmp_path: Path, wait: float, seconds: float
) -> None:
    time = _Time()
    with _lock(tmp_path), pytest.raises(LockHeldError):
        _lock(tmp_path, time).acquire(wait)
    assert time.seconds == pytest.approx(seconds)


def test_trying_once_takes_no_time(tmp_path: Path) -> None:
    time = _Time()
    with _lock(tmp_path):
        assert not _lock(tmp_path, time).try_once()
    assert time.seconds == 0


def test_other_stages_and_sources_are_free(tmp_path: Path) -> None:
    with _lock(tmp_path):
        assert _lock(tmp_path, stage="prepare").try_once()
        assert _lock(tmp_path, source="jira").try_once()


def test_the_file_stays_the_same_file_and_the_lock_can_be_taken_again(tmp_path: Path) -> None:
    lock: Lock = _lock(tmp_path)
    lock.acquire()
    inode = _file(tmp_path).stat().st_ino
    lock.release()
    lock.release()
    with _lock(tmp_path):
        assert _file(tmp_path).stat().st_ino == inode
        assert not lock.try_once()
    assert lock.try_once()
    assert lock.try_once()


def test_leaving_the_block_by_an_exception_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), _lock(tmp_path):
        _ = 1 / 0
    assert _lock(tmp_path).try_once()


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"pid": 1}', "\x00\xff"])
def test_a_holder_that_cannot_be_read_is_still_a_holder(tmp_path: Path, content: str) -> None:
    with _lock(tmp_path):
        _file(tmp_path).write_text(content)
        with pytest.raises(LockHeldError, match="not named itself"):
            _lock(tmp_path).acquire()


def test_a_lock_that_cannot_be_written_is_an_error_of_the_lakehouse(tmp_path: Path) -> None:
    (tmp_path / "Files").write_text("a file where a folder should be")
    with pytest.raises(LakeUnwritableError, match="source of zephyr"):
        _lock(tmp_path).try_once()
