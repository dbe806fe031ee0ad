"""Prometheus' own checker reads what `spectra metrics --prometheus` writes, lint warnings included."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from spectra import Pipeline
from spectra.observe.prometheus import GAUGES, exposition
from spectra.testing.served import Answered, ServedApi

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.acceptance

DEFINITION = """
source: {name}
name: {name}
base_url: {url}
auth: {{type: none}}
catalogue: [{{method: GET, path: /things}}]
entities: {{thing: {{endpoint: /things, key: [id]}}}}
"""
HOSTILE = 'a "quoted" \\ back\\slash\nline {brace} \N{SNOWMAN}'


def checked(text: str) -> tuple[int, str]:
    """Return what promtool says: its exit status and every complaint."""
    promtool = shutil.which("promtool")
    if promtool is None and not os.environ.get("CI"):
        pytest.skip("promtool is missing: Debian's package prometheus has it")
    assert promtool, "promtool is missing"
    done = subprocess.run([promtool, "check", "metrics"], input=text.encode(), capture_output=True, check=False)
    return done.returncode, (done.stdout + done.stderr).decode()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One source that has run and one that has not."""
    folder = tmp_path_factory.mktemp("measured")
    (folder / "sources").mkdir()
    (folder / "spectra.yaml").write_text("lakehouse: ./lakehouse\n")
    with ServedApi(lambda _: Answered([{"id": 1}])) as api:
        for name in ("things", "others"):
            (folder / "sources" / f"{name}.yaml").write_text(DEFINITION.format(name=name, url=api.url))
        Pipeline(folder).source("things")
    return folder


def test_promtool_accepts_what_the_command_writes(project: Path) -> None:
    target = project / "spectra.prom"
    command = [sys.executable, "-m", "spectra", "metrics", "--project", str(project), "--prometheus", str(target)]
    subprocess.run(command, check=True)

    assert 'spectra_source_last_run_status{source_system="things",status="Success"} 1' in target.read_text()
    assert checked(target.read_text()) == (0, "")


def test_promtool_accepts_every_metric_whatever_its_labels_hold() -> None:
    figures = {gauge.figure: 1.5 for gauge in GAUGES} | dict.fromkeys(("published_at", "ended_at"), datetime.now(UTC))
    texts = ("execution_id", "correlation_id", "contract_version", "spectra_version", "error_code")
    row = figures | dict.fromkeys(texts, HOSTILE) | {"status": "Failed", "readiness": "BLOCKED"}
    text = exposition([row | {"source_system": HOSTILE}, row | {"source_system": "acme"}])

    assert text.count("# TYPE") == len(GAUGES)
    assert checked(text) == (0, "")


def test_promtool_would_complain() -> None:
    status, said = checked("# HELP x_total A gauge named like a counter.\n# TYPE x_total gauge\nx_total 1\n")

    assert (status, "_total" in said) == (3, True)
