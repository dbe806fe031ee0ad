"""The repository speaks of the product alone, and its generated parts are up to date."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.architecture.house import PACKAGE, ROOT, own_files

REGISTRIES = ("pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "test." + "pypi", "ana" + "conda.org")
MACHINE_PATH = re.compile(r"(?<![\w.:/}{-])/(?:home|root|Users|work|opt)/[A-Za-z]")


def texts() -> dict[str, str]:
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8", errors="replace") for path in own_files()
    }


def test_no_file_names_a_package_registry() -> None:
    assert [name for name, text in texts().items() if any(host in text for host in REGISTRIES)] == []


def test_no_file_names_a_path_of_one_machine() -> None:
    found = {name: MACHINE_PATH.findall(text) for name, text in texts().items() if MACHINE_PATH.search(text)}

    assert found == {}


def test_locks_pin_every_package_by_hash_and_name_no_index() -> None:
    for lock in [*sorted((ROOT / "requirements").glob("*.txt")), *sorted((ROOT / "tests").rglob("servers/*.txt"))]:
        lines = [line for line in lock.read_text("utf-8").splitlines() if line and not line.startswith((" ", "#"))]

        assert lines
        assert all(re.match(r"[a-z0-9._-]+==\S+", line) for line in lines), lock.name
        assert lock.read_text("utf-8").count("--hash=sha256:") >= len(lines)


def test_the_contracts_at_the_root_are_those_that_ship() -> None:
    assert (ROOT / "contracts").resolve() == PACKAGE / "contracts"
    assert sorted((ROOT / "contracts").glob("*.yaml"))


def test_generated_documentation_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
