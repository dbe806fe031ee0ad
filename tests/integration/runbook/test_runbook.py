"""Every command and query of the runbook does what the page says, in the state that its section speaks of."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

import spectra
from spectra.testing.served import ServedApi
from tests.integration.conftest import Project, World
from tests.integration.runbook import walkthrough
from tests.integration.runbook.page import ANY, Section, commands_in, same_cells, same_lines, sections_of
from tests.integration.runbook.states import SMALL_DISKS, STATES, Earth, Setting, prepare
from tests.integration.runbook.walkthrough import PageDiffersError, Walkthrough

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.acceptance

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "source" / "OPERATIONAL-RUNBOOK.md"
SECTIONS = sections_of(PAGE.read_text(encoding="utf-8"))
RUNNABLE = [section for section in SECTIONS if section.runnable]
SYMPTOMS = {
    "The credentials are refused": "auth-refused",
    "The credentials are neither right nor wrong": "auth-unproven",
    "Endpoints fail": "endpoints-failing",
    "The catalogue does not match": "catalogue-mismatch",
    "A parameter is ignored": "parameter-ignored",
    "A table cannot be written": "table-unwritable",
    "A variable or secret is missing": "variable-missing",
    "The log row cannot be written": "log-unwritable",
    "A guarantee is broken": "guarantee-broken",
    "The API asks to slow down": "rate-limited",
    "A run was abandoned": "abandoned",
    "The lock is held": "lock-held",
    "The disk is full": "disk-full",
    "The contract is incompatible": "contract-incompatible",
}
RECOVERIES = {
    "Run again after a failure": "run-failed",
    "A secret was rotated": "token-rotated",
    "SPECTRA was upgraded": "made-by-1.0",
    "A table is lost or corrupt": "table-lost",
}
PARTS = ("Symptom", "Diagnosis", "Causes", "Resolution", "Escalation")
OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount"]


@pytest.fixture(scope="module")
def earth() -> Earth:
    return Earth()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, earth: Earth) -> Iterator[Project]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("ACME_TOKEN", "ACME_BASE_URL", "NO_COLOR"):
            patch.delenv(name, raising=False)
        patch.setenv("COLUMNS", "100")
        with ServedApi(earth) as api:
            yield prepare(tmp_path_factory.mktemp("runbook") / "base", api.url)


def set_up(base: Project, earth: Earth, folder: Path, state: str) -> Setting:
    shutil.copytree(base.folder, folder)
    earth.world = World()
    setting = Setting(Project(folder, base.url), earth.world)
    STATES[state](setting)
    return setting


@pytest.mark.parametrize("section", [each for each in RUNNABLE if each.state in STATES], ids=lambda each: each.title)
def test_a_section_says_what_happens(base: Project, earth: Earth, tmp_path: Path, section: Section) -> None:
    setting = set_up(base, earth, tmp_path / "project", section.state)
    with setting.closing:
        Walkthrough(setting.project.folder, setting.happenings).walk(section)


@pytest.mark.parametrize(
    "section", [each for each in RUNNABLE if each.state in SMALL_DISKS], ids=lambda each: each.title
)
def test_a_section_about_a_disk_says_what_happens(
    base: Project, earth: Earth, tmp_path: Path, section: Section
) -> None:
    if shutil.which("unshare") is None or subprocess.run([*OWN_MOUNTS, "true"], check=False).returncode:
        pytest.skip("this system lets no user mount a small disk")
    folder = set_up(base, earth, tmp_path / "project", "published").project.folder
    walk = shlex.join([sys.executable, "-m", walkthrough.__name__, str(PAGE), section.title, str(folder)])
    script = f"set -e; cd {folder}; {SMALL_DISKS[section.state].strip()}\ncd {ROOT}; exec {walk}"
    done = subprocess.run([*OWN_MOUNTS, "sh", "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("section", RUNNABLE, ids=lambda section: section.title)
def test_a_section_with_commands_names_one_state_that_exists(section: Section) -> None:
    assert len(section.states) == 1
    assert section.state in {*STATES, *SMALL_DISKS}


@pytest.mark.parametrize("title", [*SYMPTOMS, *RECOVERIES])
def test_a_symptom_or_recovery_has_a_section_with_commands_in_its_state(title: str) -> None:
    (section,) = [each for each in SECTIONS if each.title == title]

    assert section.states == [(SYMPTOMS | RECOVERIES)[title]]
    assert section.runnable


@pytest.mark.parametrize("title", SYMPTOMS)
def test_a_symptom_has_every_part_in_order(title: str) -> None:
    (section,) = [each for each in SECTIONS if each.title == title]
    places = [section.text.find(f"**{part}.**") for part in PARTS]

    assert [part for part in PARTS if not section.part(part)] == []
    assert places == sorted(places)
    assert all("```console" in section.part(part) for part in ("Diagnosis", "Resolution"))
    assert "```sql" in section.part("Diagnosis") or "$ spectra sql" in section.part("Diagnosis")


@pytest.mark.parametrize("section", RUNNABLE, ids=lambda section: section.title)
def test_what_is_expected_says_something(section: Section) -> None:
    for step in section.runnable:
        told = [step.expected or ""] if step.kind == "sql" else [each.expected for each in commands_in(step)]

        assert step.kind == "console" or step.expected, f"{step} has no ```text block after it"
        assert any(line.strip(f"{ANY} ") for text in told for line in text.splitlines()), f"{step} expects anything"


def test_every_block_of_the_page_is_of_a_kind_that_is_run() -> None:
    kinds = {line[3:].strip() for line in PAGE.read_text("utf-8").splitlines() if line.startswith("```")} - {""}

    assert kinds <= {"console", "sql", "text"}


def test_every_readiness_check_of_the_contract_is_explained() -> None:
    shipped = YAML(typ="safe").load(Path(spectra.__file__).parent / "contracts" / "source.contract.yaml")
    (handoff,) = [each["value"] for each in shipped["customProperties"] if each["property"] == "handoff"]
    text = PAGE.read_text("utf-8")

    assert [each["check"] for each in handoff if f"`{each['check']}`" not in text] == []


SAMPLE = """## Sample
<!-- state: published -->
```console
$ spectra validate acme
✔ acme: no findings · nothing was sent
$ spectra explain nonsense
✘ unknown-code…
…
  runbook …   exit status 2
$ spectra catalog acme --status not_found
…
1 endpoint with status not_found · as of acme-source-…
```
```sql
SELECT status, readiness, error_code FROM log.source
```
```text
status   readiness  error_code
Success  READY
```
"""


def test_a_page_that_says_what_happens_passes(base: Project) -> None:
    (_, section) = sections_of(SAMPLE)

    Walkthrough(base.folder).walk(section)


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        ("validate acme", "validate akme"),
        ("validate acme", "validate acme --json"),
        ("validate acme", "validate acme --jsno"),
        ("spectra validate", "spektra validate"),
        ("no findings", "a finding"),
        ("exit status 2", "exit status 3"),
        ("explain nonsense", "explain auth-rejected"),
        ("--status not_found", "--status failed"),
        ("1 endpoint with", "2 endpoints with"),
        ("log.source\n", "log.sources\n"),
        ("log.source\n", "log.source WHERE false\n"),
        ("SELECT status, readiness", "SELECT status, readiness AS verdict"),
        ("Success  READY", "Success  BLOCKED"),
        ("Success  READY", "Success  READY      auth-rejected"),
        ("Success  READY\n", "Success  READY\nFailed   BLOCKED\n"),
    ],
)
def test_a_page_that_was_changed_fails(base: Project, said: str, changed: str) -> None:
    assert SAMPLE.count(said) == 1
    (_, section) = sections_of(SAMPLE.replace(said, changed))

    with pytest.raises(PageDiffersError):
        Walkthrough(base.folder).walk(section)


@pytest.mark.parametrize(
    ("expected", "shown", "same"),
    [
        ("a … c", "a b c", True),
        ("a … c", "a b d", False),
        ("a\n…\nc", "a\nb\nb\nc", True),
        ("a\n…\nc", "a\nc", True),
        ("a\n…", "b\na", False),
        ("a", "a\nb", False),
        ("a.c", "abc", False),
    ],
)
def test_lines_are_compared_with_wildcards(expected: str, shown: str, same: bool) -> None:  # noqa: FBT001 - a table
    assert same_lines(expected, shown) is same


@pytest.mark.parametrize(
    ("expected", "shown", "same"),
    [
        ("a   b\n1   2", "a    b\n1    2", True),
        ("a   b\n    2", "a    b\n1    2", False),
        ("a   b\n…   2", "a    b\n1    2", True),
        ("a   b\n1   2\n…", "a  b\n0  0\n1  2", True),
        ("a   b\n1   2", "a  b\n0  0\n1  2", False),
        ("a   c\n1   2", "a  b\n1  2", False),
    ],
)
def test_tables_are_compared_by_cells(expected: str, shown: str, same: bool) -> None:  # noqa: FBT001 - a table
    assert same_cells(expected, shown) is same
