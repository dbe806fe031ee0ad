"""`spectra doctor`: every step says what is so, stops where going on is pointless, and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from spectra.lake.layout import Layout
from spectra.lake.locks import Holder, RunLock
from spectra.runner import Seams
from spectra.settings import SystemClock
from spectra.testing.served import Answered, Asked
from tests.integration.conftest import CATALOGUE, TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    from spectra.diagnosis.step import Diagnosis, Step
    from spectra.testing.served import ServedApi
    from tests.integration.conftest import Project, World

ORDER = ["definition", "secrets", "dns", "tcp", "tls", "proxy", "auth", "root", "level", "filter", "pagination"]
HEARD = ["clock", "rate-limit", "redirects", "lakehouse"]


@dataclass
class Shifted(SystemClock):
    """A clock that goes wrong by some time."""

    by: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


def examined(project: Project, *, shift: timedelta = timedelta(0), **changes: Any) -> Diagnosis:
    project.write(**changes)
    return project.pipeline(seams=Seams(clock=Shifted(shift))).doctor("acme")


def step_of(diagnosis: Diagnosis, name: str, subject: str | None = None) -> Step:
    return next(step for step in diagnosis.steps if step.name == name and subject in {None, step.subject})


def outcomes(diagnosis: Diagnosis) -> dict[str, str]:
    return {step.label: step.outcome for step in diagnosis.steps}


def code_of(step: Step) -> str | None:
    return step.error.code if step.error else None


def tree(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def answering(answer: Answered) -> Any:
    def answered(asked: Asked) -> Answered:
        return Answered(b"", 401) if asked.headers.get("authorization") != f"Bearer {TOKEN}" else answer

    return answered


def test_a_source_that_is_well_is_ready(project: Project) -> None:
    diagnosis = examined(project)

    assert (diagnosis.verdict, diagnosis.exit_status) == ("READY", 0)
    assert list(dict.fromkeys(step.name for step in diagnosis.steps)) == [*ORDER, *HEARD]
    assert {name: outcome for name, outcome in outcomes(diagnosis).items() if outcome != "ok"} == {
        "tls": "skipped",
        "rate-limit": "skipped",
        "pagination": "skipped",
    }
    assert step_of(diagnosis, "auth").seen == "bearer, GET /projects: accepted (200), refused without them (401)"
    assert step_of(diagnosis, "level", "task").seen.endswith("3 records under 2 of 2 parents")
    assert all(
        step.milliseconds is not None
        for step in diagnosis.steps
        if step.name in {"dns", "tcp", "auth", "root", "level"}
    )


def test_nothing_is_written_and_no_lakehouse_is_made(project: Project) -> None:
    before = tree(project.folder)

    assert examined(project).verdict == "READY"
    assert tree(project.folder) == before


def test_nothing_is_left_in_a_lakehouse_that_is_there_and_held_by_a_run(project: Project) -> None:
    lakehouse = str(project.folder / "lakehouse")
    with RunLock(Layout(lakehouse), "source", "acme", Holder("a run", 1, "here", "now")):
        before = tree(project.folder)
        diagnosis = examined(project)

        assert step_of(diagnosis, "lakehouse").seen == f"{lakehouse} can be written and locked"
        assert (diagnosis.verdict, tree(project.folder)) == ("READY", before)


def test_every_missing_secret_is_named_and_the_way_is_tried_all_the_same(project: Project, api: ServedApi) -> None:
    auth = {"type": "basic", "user": "secret://ACME_USER", "password": "secret://ACME_PASSWORD"}
    diagnosis = examined(project, auth=auth)

    secrets = step_of(diagnosis, "secrets")
    assert [code_of(secrets), len(secrets.errors), diagnosis.exit_status] == ["missing-secret", 2, 2]
    assert "ACME_USER is not set; looked for in the environment" in secrets.seen
    assert "ACME_PASSWORD is not set" in secrets.seen
    assert [step_of(diagnosis, name).outcome for name in ("dns", "tcp", "auth", "clock")] == [
        *["ok"] * 2,
        *["skipped"] * 2,
    ]
    assert step_of(diagnosis, "auth").seen == "secrets are missing"
    assert api.asked == []


def test_a_channel_whose_address_is_missing_only_warns(project: Project) -> None:
    diagnosis = examined(project, notify={"webhook": "secret://NO_SUCH_CHANNEL"})

    assert (step_of(diagnosis, "secrets").outcome, diagnosis.verdict, diagnosis.exit_status) == (
        "warning",
        "DEGRADED",
        0,
    )


def test_a_definition_that_does_not_load_leaves_only_the_lakehouse_to_try(project: Project, api: ServedApi) -> None:
    diagnosis = examined(project, auth={"type": "bearr"}, roots={"entity": "nobody"})

    assert [code_of(step) for step in diagnosis.steps[:1]] == ["invalid-definition"]
    assert {error.code for error in diagnosis.steps[0].errors} >= {"unknown-auth-type", "unknown-entity"}
    assert {step.outcome for step in diagnosis.steps[1:-1]} == {"skipped"}
    assert (diagnosis.steps[-1].outcome, diagnosis.exit_status, api.asked) == ("ok", 2, [])


def test_a_row_that_stands_twice_in_the_catalogue_is_told(project: Project) -> None:
    definition = step_of(examined(project, catalogue=[*CATALOGUE, CATALOGUE[0]]), "definition")

    assert (definition.outcome, code_of(definition)) == ("warning", "catalogue-duplicate")


def test_a_name_that_does_not_resolve_ends_the_way_there(project: Project) -> None:
    diagnosis = examined(project, base_url="http://nowhere.invalid/api")

    assert (code_of(step_of(diagnosis, "dns")), diagnosis.exit_status) == ("dns-failed", 3)
    assert {step_of(diagnosis, name).seen for name in ("tcp", "tls", "auth", "level", "clock")} == {"dns failed"}
    assert step_of(diagnosis, "lakehouse").outcome == "ok"


def test_a_metadata_address_is_told_and_never_dialled(project: Project) -> None:
    diagnosis = examined(project, base_url="http://169.254.169.254")

    dns = step_of(diagnosis, "dns")
    assert (code_of(dns), "REFUSED" in dns.seen, step_of(diagnosis, "tcp").outcome) == (
        "blocked-address",
        True,
        "skipped",
    )


def test_a_port_where_nobody_listens_is_told_with_each_address(project: Project) -> None:
    diagnosis = examined(project, base_url="http://127.0.0.1:1")

    tcp = step_of(diagnosis, "tcp")
    assert (code_of(tcp), tcp.seen) == ("connection-refused", "port 1: 127.0.0.1 port 1: Connection refused")
    assert (step_of(diagnosis, "auth").seen, diagnosis.exit_status) == ("tcp failed", 3)


def test_refused_credentials_end_it_but_what_the_answer_told_is_kept(project: Project, api: ServedApi) -> None:
    diagnosis = examined(project, token="canary-of-another-account")

    assert (code_of(step_of(diagnosis, "auth")), diagnosis.verdict, diagnosis.exit_status) == (
        "auth-rejected",
        "BLOCKED",
        3,
    )
    assert {step_of(diagnosis, name).seen for name in ("root", "level", "filter")} == {"the credentials were refused"}
    assert step_of(diagnosis, "clock").outcome == "ok"
    assert len(api.asked) == 1


@pytest.mark.parametrize(("proof", "exit_status"), [("wanted", 0), ("required", 3)])
def test_unproven_credentials_block_only_where_a_proof_is_required(
    project: Project, world: World, proof: str, exit_status: int
) -> None:
    world.token = None
    auth = {"type": "bearer", "token": "secret://ACME_TOKEN", "probe": "/projects", "proof": proof}
    diagnosis = examined(project, auth=auth)

    assert (code_of(step_of(diagnosis, "auth")), diagnosis.exit_status) == ("auth-unproven", exit_status)
    assert step_of(diagnosis, "root").outcome == "ok"


def test_an_api_without_credentials_and_hierarchy_is_asked_once(project: Project, world: World, api: ServedApi) -> None:
    world.token = None
    bare: dict[str, Any] = dict.fromkeys(("entities", "roots", "ids", "endpoints", "expect"))
    diagnosis = examined(project, auth={"type": "none"}, **bare)

    assert step_of(diagnosis, "root").seen == "no root is declared; GET /projects answered 200"
    assert (diagnosis.verdict, len(api.asked)) == ("READY", 1)


def test_a_forbidden_level_is_a_failure_that_blocks_nothing(project: Project, world: World) -> None:
    for key in ("1", "2"):
        world.special[f"/api/projects/{key}/tasks"] = lambda _: Answered(b"", 403)
    diagnosis = examined(project)

    level = step_of(diagnosis, "level", "task")
    assert (level.outcome, code_of(level), diagnosis.verdict, diagnosis.exit_status) == (
        "failed",
        "forbidden",
        "DEGRADED",
        0,
    )
    assert "2 x 403" in level.seen


def test_a_level_that_fails_under_one_parent_warns(project: Project, world: World) -> None:
    world.special["/api/projects/2/tasks"] = lambda _: Answered(b"", 403)
    level = step_of(examined(project), "level", "task")

    assert (level.outcome, code_of(level)) == ("warning", "forbidden")
    assert level.seen.endswith("1 of 2 tries failed: answered 403")


def test_an_empty_root_leaves_levels_unreached(project: Project, world: World) -> None:
    world.roots = []
    diagnosis = examined(project)

    assert step_of(diagnosis, "root").outcome == "ok"
    assert (step_of(diagnosis, "level", "task").outcome, diagnosis.verdict) == ("warning", "DEGRADED")


def test_a_root_that_cannot_be_read_blocks(project: Project, world: World) -> None:
    world.special["/api/projects"] = lambda _: Answered(b"", 404)
    auth = {"type": "bearer", "token": "secret://ACME_TOKEN", "probe": "/tasks"}
    diagnosis = examined(project, auth=auth)

    assert (code_of(step_of(diagnosis, "root")), diagnosis.exit_status) == ("not-found", 3)
    assert {step_of(diagnosis, name).seen for name in ("level", "filter")} == {"the root could not be read"}


def test_only_a_few_parents_are_asked_however_many_roots_there_are(
    project: Project, world: World, api: ServedApi
) -> None:
    world.roots = [{"id": number} for number in range(1, 60)]
    world.tasks = {str(number): [] for number in range(1, 60)}
    level = step_of(examined(project), "level", "task")

    assert "under 3 of 59 parents" in level.seen
    assert sum(path.endswith("/tasks") and path != "/api/tasks" for path in api.counts().elements()) == 3


def test_an_ignored_filter_is_told(project: Project, world: World) -> None:
    world.special["/api/tasks"] = answering(Answered([{"id": 10}, {"id": 20}]))
    diagnosis = examined(project)

    found = step_of(diagnosis, "filter", "found_task.project")
    assert (found.outcome, code_of(found), diagnosis.exit_status) == ("warning", "parameter-ignored", 0)


def test_pages_that_come_again_are_told(project: Project) -> None:
    paged = {"type": "offset", "offset_param": "offset", "size_param": "size", "size": 2}
    entities = {"project": {"endpoint": "/projects", "key": ["id"], "pagination": paged}}
    found = examined(project, entities=entities, endpoints=None, expect=None)

    pagination = step_of(found, "pagination", "project")
    assert (pagination.outcome, code_of(pagination), found.verdict) == ("failed", "page-repeated", "DEGRADED")


@pytest.mark.parametrize(("hours", "said"), [(2, "ahead of"), (-2, "behind")])
def test_a_clock_that_is_wrong_is_told_with_direction(project: Project, hours: int, said: str) -> None:
    clock = step_of(examined(project, shift=timedelta(hours=hours)), "clock")

    assert (clock.outcome, code_of(clock)) == ("warning", "clock-skewed")
    assert f" s {said} the source" in clock.seen
    assert clock.seen.startswith(("This machine is 7,200 s", "This machine is 7,19", "This machine is 7,201"))


def test_rate_limit_headers_are_compared_with_the_pace_asked_for(project: Project, world: World) -> None:
    told = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "40", "X-RateLimit-Reset": "30"}
    world.special["/api/projects"] = answering(Answered(world.roots, headers=told))
    limit = step_of(examined(project), "rate-limit")

    assert (limit.outcome, code_of(limit)) == ("warning", "pace-above-limit")
    assert limit.seen.startswith("limit 100 · remaining 40 · reset 30: the API allows at most 1.33 a second")


def test_a_redirect_within_the_source_is_told(project: Project, world: World) -> None:
    world.special["/api/projects"] = lambda _: Answered(b"", 301, {"Location": "/api/v2/projects"})
    world.special["/api/v2/projects"] = answering(Answered(world.roots))
    redirects = step_of(examined(project), "redirects")

    assert (redirects.outcome, code_of(redirects)) == ("warning", "redirected")
    assert "/api/projects to " in redirects.seen


def test_a_redirect_to_another_scheme_is_told_as_what_it_is(project: Project, world: World, api: ServedApi) -> None:
    elsewhere = api.url.replace("http://", "https://")
    world.special["/api/projects"] = lambda _: Answered(b"", 301, {"Location": f"{elsewhere}/api/projects"})
    diagnosis = examined(project)

    assert code_of(step_of(diagnosis, "redirects")) == "redirected"
    assert f"redirected to {elsewhere}" in step_of(diagnosis, "redirects").seen


@pytest.mark.parametrize("way", ["lakehouse", "lakehouse/Tables", "lakehouse/Files/_spectra"])
def test_a_file_in_the_way_of_the_lakehouse_is_told(project: Project, way: str) -> None:
    file = project.folder / way
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("in the way")
    diagnosis = examined(project)

    lakehouse = step_of(diagnosis, "lakehouse")
    assert (lakehouse.outcome, code_of(lakehouse), diagnosis.exit_status) == ("failed", "lake-unwritable", 5)
    assert f"{file} cannot be written: Not a directory" in lakehouse.seen


def test_a_lakehouse_that_lies_on_a_link_to_nowhere_is_told(project: Project) -> None:
    (project.folder / "lakehouse").symlink_to(project.folder / "gone" / "away")

    assert step_of(examined(project), "lakehouse").outcome == "ok"
    assert not (project.folder / "gone").exists()


def test_the_first_mandatory_failure_gives_the_exit_status(project: Project) -> None:
    (project.folder / "lakehouse").write_text("in the way")

    assert examined(project, token=None).exit_status == 2
    assert examined(project, base_url="http://127.0.0.1:1").exit_status == 3


def test_a_wrong_secret_is_a_step_that_failed_and_no_crash(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_TOKEN", "canary-with-an-ümlaut-in-it")
    diagnosis = examined(project)

    assert code_of(step_of(diagnosis, "auth")) == "malformed-secret"
    assert "ümlaut" not in str(diagnosis.document())
