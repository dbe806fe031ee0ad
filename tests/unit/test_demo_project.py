from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from spectra.definition.load import load_definition
from spectra.demo.project import RECORD, write_project
from spectra.errors import ProjectExistsError

if TYPE_CHECKING:
    from pathlib import Path

URL, TOKEN = "http://127.0.0.1:1/flex/services/rest/latest", "demo-0123456789abcdef0123456789abcdef"


def files_in(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_project_holds_what_a_run_needs(tmp_path: Path) -> None:
    write_project(tmp_path / "new" / "deep", URL, TOKEN)

    written = files_in(tmp_path / "new" / "deep")
    assert set(written) == {
        *("spectra.yaml", "sources/zephyr.yaml", "sources/endpoints.json", ".env", ".gitignore", RECORD),
        *("contracts/source.contract.yaml", "contracts/readiness.sql", "contracts/metrics.sql"),
    }
    assert written[".env"].decode() == f"ZEPHYR_BASE_URL={URL}\nZEPHYR_API_TOKEN={TOKEN}\nNO_PROXY=127.0.0.1\n"
    assert ".env" in written[".gitignore"].decode().splitlines()


def test_the_definition_loads_without_a_finding_and_sees_the_six_bad_rows(tmp_path: Path) -> None:
    write_project(tmp_path, URL, TOKEN)

    loaded = load_definition(
        (tmp_path / "sources/zephyr.yaml").read_text(),
        "sources/zephyr.yaml",
        variables={"ZEPHYR_BASE_URL": URL}.get,
        read_file=lambda name: (tmp_path / "sources" / name).read_text(),
    )
    assert loaded.problems == ()
    assert loaded.catalogue is not None
    assert len(loaded.catalogue.endpoints) == 222
    assert sorted(error.code for error in loaded.catalogue.rejected) == [
        *["catalogue-corrupt"] * 2,
        *["catalogue-duplicate"] * 4,
    ]


def test_only_the_owner_may_read_the_token_and_no_other_file_holds_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"ZEPHYR_BASE_URL={URL}\nZEPHYR_API_TOKEN={TOKEN}\nNO_PROXY=127.0.0.1\n")
    (tmp_path / ".env").chmod(0o644)

    write_project(tmp_path, URL, TOKEN)

    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert [name for name, data in files_in(tmp_path).items() if TOKEN.encode() in data] == [".env"]


def test_a_second_time_overwrites_what_the_first_wrote(tmp_path: Path) -> None:
    write_project(tmp_path, URL, TOKEN)
    (tmp_path / "lakehouse").mkdir()
    (tmp_path / "lakehouse" / "kept").write_text("mine")

    write_project(tmp_path, URL.replace(":1/", ":2/"), TOKEN)

    assert ":2/" in (tmp_path / ".env").read_text()
    assert (tmp_path / "lakehouse" / "kept").read_text() == "mine"


@pytest.mark.parametrize("name", ["spectra.yaml", "sources/zephyr.yaml", ".env", ".gitignore"])
def test_what_someone_else_wrote_or_edited_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    write_project(tmp_path, URL, TOKEN)
    (tmp_path / name).write_text("# mine\n")
    before = files_in(tmp_path)

    with pytest.raises(ProjectExistsError):
        write_project(tmp_path, URL.replace(":1/", ":2/"), TOKEN)

    assert files_in(tmp_path) == before


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.write_text("mine")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / ".env").symlink_to(target)

    with pytest.raises(ProjectExistsError):
        write_project(folder, URL, TOKEN)

    assert target.read_text() == "mine"
