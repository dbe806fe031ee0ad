"""A new auth type or pagination style is one file, named in the union: schema and suite then know it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import spectra

pytestmark = pytest.mark.acceptance

STYLE = '''"""ZigZag: a marker in a header of its own, sent back as a parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from spectra.access.example import Example, Exchanged
from spectra.access.pagination.base import PaginationStyle, ParameterName

if TYPE_CHECKING:
    from spectra.access.exchange import Page, Request


class ZigZag(PaginationStyle):
    """Send the marker of the last answer as `marker_param`, until there is none."""

    example: ClassVar[Example] = Example(
        settings={"type": "zig_zag", "marker_param": "from"},
        exchanges=(
            Exchanged("/things?status=open", '[{"id": 1}]', answer_headers={"X-Marker": "m2"}),
            Exchanged("/things?status=open&from=m2", '[{"id": 2}]'),
        ),
        records=('{"id": 1}', '{"id": 2}'),
    )
    type: Literal["zig_zag"] = "zig_zag"
    marker_param: ParameterName

    def first(self, request: Request) -> Request:
        """Return the request unchanged."""
        return request

    def following(self, request: Request, page: Page) -> Request | None:
        """Return the request with the marker."""
        marker = page.headers.get("x-marker")
        return request.with_params(**{self.marker_param: marker}) if marker else None
'''
AUTH = '''"""Passphrase: a secret word in a header, after another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from spectra.access.auth.base import AuthType, Secret
from spectra.access.example import Example, Exchanged
from spectra.access.sealed import Sealed
from spectra.access.secret import Credential

if TYPE_CHECKING:
    from spectra.access.exchange import Request
    from spectra.access.grants import Grant


class Passphrase(AuthType):
    """Send `word` as the value of X-Passphrase."""

    example: ClassVar[Example] = Example(
        {"type": "passphrase", "word": "secret://WORD"},
        (Exchanged("/things", headers={"x-passphrase": "sesame-of-the-example"}),),
        {"WORD": "sesame-of-the-example"},
    )
    type: Literal["passphrase"] = "passphrase"
    word: Secret

    def signed(self, request: Request, grant: Grant | None = None) -> Request:
        """Return the request with the word in its header."""
        return request.with_header("X-Passphrase", Sealed((self.word,)))

    def credentials(self) -> tuple[Credential, ...]:
        """Return the word."""
        return (Credential("word", self.type, self.word),)
'''
FAMILIES = {
    "pagination": ("zig_zag", "ZigZag", STYLE, "NoPagination"),
    "auth": ("passphrase", "Passphrase", AUTH, "NoAuth"),
}
SUITE = """
import importlib
suite = importlib.import_module("spectra.testing.{family}_conformance")
(member,) = [each for each in suite.MEMBERS if each.__name__ == "{name}"]
for check in suite.CHECKS:
    check(member)
print(len(suite.CHECKS), suite.__file__)
"""


@pytest.fixture(params=FAMILIES)
def extended(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """Copy the package, put one file into a family, and list it in the union by one more name there."""
    stem, name, text, first = FAMILIES[request.param]
    package = tmp_path / "spectra"
    shutil.copytree(Path(spectra.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    family = package / "access" / request.param
    (family / f"{stem}.py").write_text(text)
    face = family / "__init__.py"
    before = face.read_text()
    added = f"from spectra.access.{request.param}.{stem} import {name}\n\n"
    after = re.sub(rf"(Annotated\[\s*){first}\b", rf"\1{name} | {first}", before)
    assert after != before, "the union is not where it was"
    lines = after.splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if line.startswith(("Auth =", "Pagination =")))
    face.write_text("".join([*lines[:place], added, *lines[place:]]))
    return request.param, tmp_path


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_schema_knows_the_new_member(extended: tuple[str, Path]) -> None:
    family, folder = extended
    stem, name, _, _ = FAMILIES[family]
    schema = json.loads(run(folder, "-m", "spectra", "schema"))
    assert name in schema["$defs"]
    assert stem in json.dumps(schema["$defs"][name])


def test_the_conformance_suite_checks_the_new_member(extended: tuple[str, Path]) -> None:
    family, folder = extended
    printed = run(folder, "-c", SUITE.format(family=family, name=FAMILIES[family][1]))
    assert str(folder) in printed
