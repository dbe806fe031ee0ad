"""Full disks, forbidden folders and damaged tables: a clear error, and the last commit stays readable."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from spectra.errors import LakeUnwritableError, TableUnreadableError
from spectra.lake.durable import sync_commit, write_whole
from spectra.lake.layout import Layout
from spectra.lake.tables import DeltaLake
from spectra.runs.fence import Fence


def _rows(name: str) -> pa.Table:
    return pa.table({"source_system": pa.array(["zephyr"]), "name": pa.array([name])})


@pytest.fixture
def lake(tmp_path: Path) -> DeltaLake:
    lake = DeltaLake(Layout(str(tmp_path)))
    for name in ("one", "two", "three"):
        lake.append("log.x", _rows(name))
    return lake


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "Tables" / "log" / "x"


def _parquet(table: Path) -> Path:
    return min(table.glob("*/*.parquet"))


def test_a_missing_data_file_is_named(lake: DeltaLake, table: Path) -> None:
    victim = _parquet(table)
    victim.unlink()
    with pytest.raises(TableUnreadableError, match=r"log\.x") as caught:
        lake.read("log.x")
    assert caught.value.facts["file"].endswith(victim.name)


def test_a_cut_data_file_is_named(lake: DeltaLake, table: Path) -> None:
    victim = _parquet(table)
    victim.write_bytes(victim.read_bytes()[:100])
    with pytest.raises(TableUnreadableError) as caught:
        lake.read("log.x")
    assert caught.value.facts["file"].endswith(victim.name)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_cut_log_entry_is_named_to_readers_and_writers(lake: DeltaLake, table: Path, number: int) -> None:
    victim = table / "_delta_log" / f"{number:020d}.json"
    victim.write_bytes(victim.read_bytes()[:300])
    for act in (lambda: lake.read("log.x"), lambda: lake.append("log.x", _rows("four")), lambda: lake.version("log.x")):
        with pytest.raises(TableUnreadableError, match=r"log\.x") as caught:
            act()
        assert caught.value.facts["file"].endswith(victim.name)
        assert "\n" not in caught.value.message
    assert max(table.glob("_delta_log/*.json")).name == f"{2:020d}.json"


@pytest.mark.parametrize("number", [0, 1])
def test_a_missing_log_entry_is_an_error_and_never_written_over(lake: DeltaLake, table: Path, number: int) -> None:
    (table / "_delta_log" / f"{number:020d}.json").unlink()
    for act in (lambda: lake.read("log.x"), lambda: lake.append("log.x", _rows("four"))):
        with pytest.raises(TableUnreadableError, match=r"log\.x"):
            act()
    assert not (table / "_delta_log" / f"{3:020d}.json").exists()


def test_a_lakehouse_that_is_no_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "Tables").write_text("a file where a folder should be")
    lake = DeltaLake(Layout(str(tmp_path)))
    with pytest.raises(LakeUnwritableError, match=r"log\.x"):
        lake.append("log.x", _rows("one"))
    with pytest.raises(TableUnreadableError, match=r"log\.x"):
        lake.read("log.x")


_LIMITED = """
import os, resource, signal, sys
import pyarrow as pa
from spectra.errors import SpectraError
from spectra.lake.layout import Layout
from spectra.lake.tables import DeltaLake
lake = DeltaLake(Layout(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
for size in (10, 100_000):
    rows = pa.table({"source_system": ["zephyr"] * size, "name": [os.urandom(20).hex() for _ in range(size)]})
    try:
        print(lake.append("log.x", rows))
    except SpectraError as error:
        print(error.code)
"""


def test_a_write_that_the_system_cuts_leaves_the_last_commit(lake: DeltaLake, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _LIMITED, str(tmp_path)]
    end = subprocess.run(command, capture_output=True, text=True, check=True)
    assert end.stdout.split() == ["3", "lake-unwritable"]
    found = lake.read("log.x")
    assert found is not None
    assert (lake.version("log.x"), found.num_rows) == (3, 13)


_FULL = """
import collections, os, sys
import pyarrow as pa
from spectra.errors import SpectraError
from spectra.lake.layout import Layout
from spectra.lake.tables import DeltaLake
from spectra.runs.fence import Fence
lake = DeltaLake(Layout(sys.argv[1]))
landed, codes = [], collections.Counter()
for number in range(60):
    width = 10 + 97 * number % 400
    names = [f"{number}-" + os.urandom(width).hex() for _ in range(5)]
    rows = pa.table({"source_system": ["zephyr"] * 5, "name": names})
    try:
        lake.append_fenced("log.x", rows, fence=Fence("source/zephyr", number))
        landed.append(number)
    except SpectraError as error:
        codes[error.code] += 1
found = lake.read("log.x").column("name").to_pylist()
assert sorted(name.split("-")[0] for name in found) == sorted(str(number) for number in landed for _ in range(5))
print(len(landed) > 3, dict(codes))
"""

_OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount"]


def _can_mount(folder: Path) -> bool:
    if shutil.which("unshare") is None:
        return False
    mount = [*_OWN_MOUNTS, "mount", "-t", "tmpfs", "tmpfs", str(folder)]
    return subprocess.run(mount, capture_output=True, check=False).returncode == 0


def test_a_full_disk_is_told_and_every_acknowledged_row_is_there(tmp_path: Path) -> None:
    if not _can_mount(tmp_path):
        pytest.skip("this system lets no user mount a small disk")
    script = f'mount -t tmpfs -o size=96k tmpfs "{tmp_path}" && exec "$@"'
    command = [*_OWN_MOUNTS, "sh", "-c", script, "sh", sys.executable, "-c", _FULL, str(tmp_path)]
    end = subprocess.run(command, capture_output=True, text=True, check=False)
    assert end.returncode == 0, end.stderr
    assert end.stdout.startswith("True {'disk-full': ")
    assert "," not in end.stdout


def test_a_fenced_commit_and_all_it_added_are_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    monkeypatch.setattr("spectra.lake.durable._sync", lambda path: synced.append(str(path.relative_to(tmp_path))))
    lake = DeltaLake(Layout(str(tmp_path)))
    lake.append_fenced("log.x", _rows("one"), fence=Fence("source/zephyr", 1))
    folder = Path("Tables/log/x")
    data = _parquet(tmp_path / folder).relative_to(tmp_path)
    entry = folder / "_delta_log" / f"{0:020d}.json"
    expected = {data, data.parent, entry, entry.parent, folder, folder.parent, folder.parent.parent}
    assert {Path(name) for name in synced} == expected


def test_syncing_a_commit_that_lost_a_file_is_an_error(lake: DeltaLake, table: Path) -> None:
    sync_commit(str(table), lake.version("log.x") or 0)
    for file in table.glob("*/*.parquet"):
        file.unlink()
    with pytest.raises(FileNotFoundError):
        sync_commit(str(table), 2)


def test_a_plain_file_is_written_whole_and_leaves_no_draft(tmp_path: Path) -> None:
    target = tmp_path / "Files" / "reports" / "x.json"
    write_whole(str(target), b"old")
    write_whole(str(target), b"new")
    assert target.read_bytes() == b"new"
    assert list(target.parent.iterdir()) == [target]


def test_a_plain_file_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "x"
    (target / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_whole(str(target), b"new")
    assert list(tmp_path.iterdir()) == [target]
