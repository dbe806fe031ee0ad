"""Where a lakehouse keeps things, and which places and names it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from spectra.errors import InvalidNameError, InvalidValueError, RemoteLakehouseError
from spectra.lake.layout import Layout

if TYPE_CHECKING:
    from pathlib import Path


def test_a_table_lies_under_its_schema() -> None:
    assert Layout("/data/lake").table("source.endpoints") == "/data/lake/Tables/source/endpoints"


def test_a_table_name_may_begin_with_an_underscore_after_its_schema() -> None:
    assert Layout("/data/lake").table("extract._checkpoint") == "/data/lake/Tables/extract/_checkpoint"


def test_a_lock_lies_under_files() -> None:
    assert Layout("/data/lake/").lock("source", "zephyr") == "/data/lake/Files/_spectra/locks/source-zephyr.lock"


def test_a_relative_lakehouse_becomes_absolute_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    layout = Layout("lake")
    monkeypatch.chdir("/")
    assert layout.table("a.b") == f"{tmp_path.resolve()}/lake/Tables/a/b"


@pytest.mark.parametrize(
    "url",
    [
        "abfss://space@onelake.dfs.fabric.microsoft.com/x.Lakehouse",
        "s3://bucket/x",
        "https://host/x",
        "file:///x",
        "s3a:/bucket",
    ],
)
def test_a_url_is_refused_as_a_lakehouse(url: str) -> None:
    with pytest.raises(RemoteLakehouseError):
        Layout(url)


@pytest.mark.parametrize("root", ["", "/data/a%20b", "/data/\x00"])
def test_a_path_that_delta_cannot_address_is_refused(root: str) -> None:
    with pytest.raises(InvalidValueError):
        Layout(root)


@pytest.mark.parametrize(
    "name", ["endpoints", "source.", ".x", "a.b.c", "../x.y", "a./etc", "Source.x", "a.b\n", "source.x y", "a.b'"]
)
def test_what_is_no_table_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidNameError):
        Layout("/data").table(name)


@pytest.mark.parametrize("parts", [(), ("..",), ("a", ""), ("a/b",), (".",), ("a\x00",)])
def test_a_file_cannot_leave_the_files_folder(parts: tuple[str, ...]) -> None:
    with pytest.raises(InvalidNameError):
        Layout("/data").file(*parts)


@pytest.mark.parametrize("name", ["../x", "Zephyr", "a-b", "", "x" * 41])
def test_a_lock_is_named_by_valid_names_only(name: str) -> None:
    with pytest.raises(InvalidNameError):
        Layout("/data").lock("source", name)
