"""The command `spectra doctor`: what it prints, for people and for programs, and with which status it ends."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from spectra.cli.main import app
from spectra.testing.served import Answered, Asked
from tests.integration.conftest import TOKEN
from tests.integration.test_commands import in_terminal

if TYPE_CHECKING:
    from tests.integration.conftest import Project, World

STEP_KEYS = {"name", "subject", "mandatory", "outcome", "seen", "milliseconds", "code", "remedy", "findings"}
FINDING_KEYS = {"code", "severity", "message", "place", "remedy"}
WELL = """\
Doctor   ✔ definition *         sources/acme.yaml · 7 endpoints (6 GET) · 3 entities
         ✔ secrets *            secret://ACME_TOKEN (dotenv:ACME_TOKEN) ***ken
         ✔ dns *                127.0.0.1 is an address itself · N ms
         ✔ tcp *                port N: 127.0.0.1 answered · N ms
         - tls *                not tried: base_url is http, so nothing is encrypted
         ✔ proxy *              not used
         ✔ auth *               bearer, GET /projects: accepted (200), refused without them (401) · N ms
         ✔ root *               project: GET /projects: 2 records · N ms
         ✔ level                task: GET /projects/{projectId}/tasks: 3 records under 2 of 2 parents · N ms
         ✔ level                found_task: GET /tasks: 3 records under 2 of 2 parents · N ms
         ✔ filter               found_task.project: GET /tasks: two values give different answers
         - pagination           not tried: no list was read that comes in pages
         ✔ clock                N s apart from the source's Date header
         - rate-limit           not tried: no answer named a limit
         ✔ redirects            none
         ✔ lakehouse *          FOLDER/lakehouse does not exist yet and can be made · N ms
         ✔ verdict              READY   16 steps: 13 ok, 3 not tried · nothing was written
                                * a run cannot succeed without it

Next       measure and publish  spectra source acme
"""


def doctor(project: Project, *words: str, columns: int = 400) -> Result:
    environment = {"COLUMNS": str(columns)}
    return CliRunner().invoke(app, ["doctor", project.name, "--project", str(project.folder), *words], env=environment)


def document_of(project: Project, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(doctor(project, "--json", *words).stdout)
    return found


def telling(**headers: str) -> Any:
    def answered(asked: Asked) -> Answered:
        known = asked.headers.get("authorization") == f"Bearer {TOKEN}"
        return Answered([{"id": 1}], headers=headers) if known else Answered(b"", 401, headers)

    return answered


def test_a_source_that_is_well_reads_so(project: Project) -> None:
    done = doctor(project)
    masked = re.sub(r"\b\d+ (ms|s)\b", r"N \1", done.stdout.replace(str(project.folder), "FOLDER"))

    assert (re.sub(r"port \d+", "port N", masked), done.exit_code) == (WELL, 0)


def test_a_failed_step_says_what_to_do_and_what_was_not_tried(project: Project) -> None:
    project.write(token=None)
    done = doctor(project)

    assert done.exit_code == 2
    assert "✘ secrets *            missing-secret: ACME_TOKEN is not set; looked for in the environment" in done.stdout
    assert "remedy: Set the variable named, " in done.stdout
    names = "auth, root, level, filter, pagination, clock, rate-limit, redirects"
    assert f"- not tried            {names}: secrets are missing" in done.stdout
    assert "✘ verdict              BLOCKED   15 steps: 5 ok, 1 failed, 9 not tried · nothing was written" in done.stdout
    assert "spectra explain missing-secret" in done.stdout
    assert "spectra source" not in done.stdout


def test_every_finding_of_a_definition_is_listed_with_its_place(project: Project) -> None:
    project.write(auth={"type": "bearr"}, roots={"entity": "nobody"})
    done = doctor(project)

    assert done.exit_code == 2
    assert "invalid-definition: The definition of acme has 2 findings." in done.stdout
    assert re.search(r"sources/acme\.yaml:\d+:\d+ unknown-auth-type found 'bearr'", done.stdout)
    assert re.search(r"sources/acme\.yaml:\d+:\d+ unknown-entity ", done.stdout)
    assert done.stdout.count("remedy: ") == 1


def test_a_remedy_speaks_of_this_source(project: Project) -> None:
    project.write(token="canary-of-another-account")
    done = doctor(project)

    assert (done.exit_code, "run `spectra doctor acme`" in done.stdout) == (3, True)


def test_programs_get_one_document_whatever_happens(project: Project) -> None:
    project.write(token="canary-of-another-account")
    done = doctor(project, "--json")
    told = json.loads(done.stdout)

    assert (set(told), told["source"], told["verdict"]) == (
        {"source", "verdict", "exit_status", "steps"},
        "acme",
        "BLOCKED",
    )
    assert told["exit_status"] == done.exit_code == 3
    assert [set(step) for step in told["steps"]] == [STEP_KEYS] * len(told["steps"])
    findings = [finding for step in told["steps"] for finding in step["findings"]]
    assert [set(finding) for finding in findings] == [FINDING_KEYS]
    auth = next(step for step in told["steps"] if step["name"] == "auth")
    assert (auth["mandatory"], auth["outcome"], auth["code"]) == (True, "failed", "auth-rejected")
    assert {step["outcome"] for step in told["steps"]} == {"ok", "failed", "skipped"}
    assert "✘ auth *" in done.stderr


def test_a_source_that_nobody_defined_is_an_error_for_programs_too(project: Project) -> None:
    done = CliRunner().invoke(app, ["doctor", "nobody", "--project", str(project.folder), "--json"])

    assert (done.exit_code, json.loads(done.stdout)["error"]["code"]) == (2, "definition-not-found")


def test_another_lakehouse_can_be_tried(project: Project) -> None:
    (project.folder / "taken").write_text("in the way")
    told = document_of(project, "--lakehouse", str(project.folder / "taken"))

    assert (told["exit_status"], told["steps"][-1]["code"]) == (5, "lake-unwritable")


def test_what_an_api_says_cannot_steer_the_terminal(project: Project, world: World) -> None:
    world.special["/api/projects"] = telling(**{"X-RateLimit-Limit": "9\x1b[2J\x07\x9b31m"})
    done = doctor(project)

    assert "limit 9\N{REPLACEMENT CHARACTER}[2J" in done.stdout
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", done.stdout)


def test_a_secret_that_an_api_echoes_is_shown_nowhere(project: Project, world: World) -> None:
    echoed = {"X-RateLimit-Limit": TOKEN, "X-RateLimit-Remaining": "1", "Location": f"/api/{TOKEN}"}
    world.special["/api/projects"] = telling(**echoed)
    world.special["/api/tasks"] = lambda _: Answered(b"", 302, {"Location": f"/api/{TOKEN}"})
    for words in ([], ["--json"]):
        done = doctor(project, *words)

        assert "limit ***" in done.stdout
        assert TOKEN not in done.stdout + done.stderr
        assert TOKEN[8:-3] not in done.stdout + done.stderr


@pytest.mark.parametrize("columns", [60, 100])
def test_lines_fit_the_terminal(project: Project, columns: int) -> None:
    done = doctor(project, columns=columns)
    folder = str(project.folder)

    assert all(len(line) <= columns for line in done.stdout.splitlines() if folder not in line)
    assert "READY" in done.stdout


def test_a_terminal_sees_colours_and_the_step_under_way(project: Project) -> None:
    written = in_terminal("doctor", "acme", cwd=project.folder, TERM="xterm", NO_COLOR="")

    assert "\x1b[32m✔\x1b[0m auth *" in written
    assert "\r\x1b[2K         auth" in written


def test_a_channel_address_that_an_api_knows_is_shown_nowhere(
    project: Project, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = "https://hooks.example.com/canary-5c1e7a90"
    monkeypatch.setenv("ACME_HOOK", hook)
    project.write(notify={"webhook": "secret://ACME_HOOK"})
    world.special["/api/projects"] = telling(**{"X-RateLimit-Limit": hook})
    done = doctor(project, "--json")

    assert "limit ***" in done.stdout
    assert "canary-5c1e7a90" not in done.stdout + done.stderr
