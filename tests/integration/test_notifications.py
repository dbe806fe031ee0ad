"""People are told of runs: of what is recorded, when it changes, and without any harm to a run."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import duckdb
import pytest
from deltalake import DeltaTable
from typer.testing import CliRunner, Result

from spectra.cli.main import app
from spectra.errors import LockHeldError, LogUnwritableError, SpectraError
from spectra.lake.layout import Layout
from spectra.lake.locks import Holder, RunLock
from spectra.runner import Seams
from spectra.runs.envelope import Envelope
from spectra.runs.events import Notified, RunEvent, StepStarted
from spectra.settings import SystemClock
from spectra.testing.served import Answered, ServedApi
from tests.integration.conftest import TOKEN, Project, World
from tests.integration.discord_receiver import CANARY, DiscordReceiver, Reply, as_shown
from tests.integration.recomputation import recomputed

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.acceptance

HOOK = {"webhook": "secret://HOOK"}


@dataclass(slots=True)
class Shifted:
    """A clock that is ahead by what a test says."""

    ahead: timedelta = timedelta(0)
    real: SystemClock = field(default_factory=SystemClock)

    def now(self) -> datetime:
        return self.real.now() + self.ahead

    def monotonic(self) -> float:
        return self.real.monotonic()


class HeldLock(RunLock):
    """A lock that another run holds."""

    def acquire(self, wait_seconds: float = 0.0) -> Self:
        raise LockHeldError(f"held after {wait_seconds} s")


def configure(project: Project, address: str | None, *, token: str | None = TOKEN, **changes: Any) -> None:
    """Write the project so that it tells the webhook at an address."""
    project.write(token=token, **({"notify": HOOK} | changes))
    with (project.folder / ".env").open("a") as file:
        file.write(f"HOOK={address}\n" if address else "")


def told(project: Project) -> list[dict[str, Any]]:
    """Return the rows of log.notifications, oldest first."""
    return sorted(project.rows("log.notifications"), key=lambda row: row["sent_at"])


def fields_of(embed: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: as_shown(each["value"])[0] for each in embed["fields"]}


def spectra(project: Project, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--project", str(project.folder)])


@dataclass(slots=True)
class Course:
    """A source over six runs: well, well, refused, refused, refused a day later, well again."""

    project: Project
    discord: DiscordReceiver
    events: list[RunEvent]
    output: str


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    world, clock, events = World(), Shifted(), list[RunEvent]()
    with ServedApi(world) as api, DiscordReceiver() as discord:
        project = Project(tmp_path_factory.mktemp("told") / "project", api.url)
        configure(project, discord.url, owner={"team": "qa", "channel": "#data"})
        (project.folder / "spectra.yaml").write_text("lakehouse: ./lakehouse\nrunbook: https://wiki.example/r\n")
        output = ""
        for token, ahead in ((TOKEN, 0), (TOKEN, 0), ("x", 0), ("x", 23), ("x", 25), (TOKEN, 26)):
            world.token, clock.ahead = token, timedelta(hours=ahead)
            try:
                project.pipeline(seams=Seams(clock=clock), emit=events.append).source("acme")
            except SpectraError as error:
                output += f"{error!r} {error.facts}"
        yield Course(project, discord, events, output)


def test_people_are_told_at_first_of_changes_again_after_a_day_and_of_the_recovery(course: Course) -> None:
    assert [(row["reason"], row["outcome"]) for row in told(course.project)] == [
        ("first", "sent"),
        ("unchanged", "skipped"),
        ("changed", "sent"),
        ("unchanged", "skipped"),
        ("reminder", "sent"),
        ("recovered", "sent"),
    ]
    assert [embed["title"].rpartition(" · ")[2] for embed in course.discord.embeds] == [
        "Success (READY)",
        "Failed (BLOCKED)",
        "Failed (BLOCKED)",
        "Success (READY)",
    ]
    assert course.discord.refused == []


def test_every_run_has_one_row_per_channel_with_what_was_said(course: Course) -> None:
    rows = told(course.project)
    runs = {row["execution_id"]: row for row in course.project.rows("log.source")}

    assert [row["execution_id"] for row in rows] == sorted(runs, key=lambda run: runs[run]["run_seq"])
    for row in rows:
        assert row["correlation_id"] == runs[row["execution_id"]]["correlation_id"]
        assert (row["channel"], row["reference"]) == ("discord", "secret://HOOK")
        assert json.loads(row["state"])["status"] == runs[row["execution_id"]]["status"]
        sent = row["outcome"] == "sent"
        assert (row["http_status"], row["attempts"], row["message"] is not None) == (
            (200, 1, True) if sent else (None, 0, False)
        )


def test_what_was_told_is_announced_as_events(course: Course) -> None:
    said = [(event.reason, event.outcome) for event in course.events if isinstance(event, Notified)]

    assert said == [("first", "sent"), ("changed", "sent"), ("reminder", "sent"), ("recovered", "sent")]


def test_a_reminder_says_since_when_and_a_recovery_for_how_long(course: Course) -> None:
    *_, reminder, recovery = [as_shown(embed.get("description", ""))[0] for embed in course.discord.embeds]

    assert reminder.splitlines()[1].startswith("Still Failed (auth-rejected) since ")
    assert reminder.endswith(": 1 d 1 h, 3 runs.")
    assert recovery.startswith("Recovered from Failed (auth-rejected) after 1 d 2 h: 3 runs since ")


def test_a_failure_leads_to_the_runbook_the_owner_and_what_to_do(course: Course) -> None:
    failure = course.discord.embeds[1]
    fields = fields_of(failure)

    assert failure["url"] == "https://wiki.example/r#auth-rejected"
    assert fields["Where"] == "GET /projects"
    assert fields["Not tried"].startswith("6 GET endpoints")
    assert (fields["Retryable"], fields["Owner"]) == ("no", "qa · #data")
    assert "`spectra doctor acme`" in fields["Remedy"]


def test_the_address_and_its_token_are_nowhere(course: Course) -> None:
    files = [path for path in course.project.folder.rglob("*") if path.is_file() and path.name != ".env"]
    tables = {table: course.project.rows(table) for table in ("log.notifications", "log.findings", "source.config")}

    assert [str(path) for path in files if CANARY.encode() in path.read_bytes()] == []
    assert CANARY not in json.dumps(tables, default=str) + repr(course.events) + course.output
    assert course.discord.origin not in json.dumps(tables, default=str) + repr(course.events)


@pytest.fixture(scope="module")
def tables(course: Course) -> Iterator[duckdb.DuckDBPyConnection]:
    """The log tables as any other program reads them."""
    with duckdb.connect() as engine:
        engine.execute("CREATE SCHEMA log")
        for path in sorted((course.project.folder / "lakehouse" / "Tables" / "log").iterdir()):
            engine.register("rows", DeltaTable(path).to_pyarrow_table())
            engine.execute(f"CREATE TABLE log.{path.name} AS SELECT * FROM rows")
        yield engine


def queried(tables: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    found = tables.execute(sql).fetchone()
    assert found is not None
    return found


@pytest.mark.parametrize("number", [0, 3])
def test_every_number_told_follows_from_the_tables(
    course: Course, tables: duckdb.DuckDBPyConnection, number: int
) -> None:
    fields = fields_of(course.discord.embeds[number])
    probed, answered, must, must_held, should, should_held, seconds, least, most, before = queried(
        tables,
        f"""
        WITH run AS (SELECT * FROM log.source WHERE execution_id = '{fields["Run"]}'),
             well AS (SELECT * FROM log.source WHERE status = 'Success' AND run_seq < (SELECT run_seq FROM run)),
             probes AS (SELECT * FROM log.probes WHERE purpose = 'probe' AND execution_id = '{fields["Run"]}'),
             kept AS (SELECT * FROM log.guarantees WHERE execution_id = '{fields["Run"]}')
        SELECT (SELECT count(*) FROM probes),
               (SELECT count(*) FROM probes WHERE probe_status IN ('accessible', 'empty')),
               (SELECT count(*) FROM kept WHERE level = 'must'),
               (SELECT count(*) FROM kept WHERE level = 'must' AND passed),
               (SELECT count(*) FROM kept WHERE level = 'should'),
               (SELECT count(*) FROM kept WHERE level = 'should' AND passed),
               (SELECT date_diff('microsecond', started_at, ended_at) / 1e6 FROM run),
               (SELECT min(duration_seconds) FROM well), (SELECT max(duration_seconds) FROM well),
               (SELECT count(*) FROM well)
        """,
    )
    errors = queried(
        tables,
        f"""SELECT string_agg(category || ' ' || n, ' · ' ORDER BY category) FROM (
              SELECT category, count(*) AS n FROM log.findings
              WHERE execution_id = '{fields["Run"]}' AND severity IN ('error', 'critical') GROUP BY category)""",
    )
    usual = f"(usual {least:.1f} to {most:.1f})" if before >= 3 else f"(no usual yet: {before} successful runs before)"

    assert fields["Endpoints"] == f"{answered} of {probed} ({answered * 100 / probed:.1f} %)"
    assert fields["Guarantees"] == f"{must_held}/{must} · {should_held}/{should}"
    assert fields["Errors"] == errors[0]
    assert fields["Duration"] == f"{seconds:.1f} s {usual}"


@pytest.mark.parametrize("number", range(4))
def test_the_figures_for_programs_are_those_that_an_independent_program_finds(course: Course, number: int) -> None:
    run = fields_of(course.discord.embeds[number])["Run"]
    (row,) = [each for each in told(course.project) if each["execution_id"] == run]
    figures = json.loads(row["message"])["figures"]
    found = recomputed(course.project.folder / "lakehouse", {}, run)
    found["errors"] = found["error_summary"]["by_category"]
    shared = {"duration_seconds", "endpoint_probed_count", "endpoint_success_count", "endpoint_success_rate"}

    for name in (*shared, "table_versions", "errors"):
        assert figures[name] == found[name], name


def test_the_tables_told_are_those_of_the_run(course: Course) -> None:
    fields = fields_of(course.discord.embeds[3])
    assert {part.partition("@")[0] for part in fields["Tables"].split(" · ")} == {
        *("source.config", "source.credentials", "source.endpoints", "source.portfolio"),
    }
    for part in fields["Tables"].split(" · "):
        table, _, version = part.partition("@")
        rows = course.project.pipeline().table(table, version=int(version)).to_pylist()
        assert {row["execution_id"] for row in rows} == {fields["Run"]}


def test_a_dead_receiver_fails_no_run_and_is_recorded(project: Project) -> None:
    with DiscordReceiver() as discord:
        address = discord.url
    configure(project, address)
    shown = spectra(project, "source", "acme")
    (row,) = told(project)

    assert shown.exit_code == 0, shown.output
    assert (row["outcome"], row["error_code"], row["http_status"]) == ("failed", "notification-undelivered", None)
    assert "discord failed: notification-undelivered" in shown.output
    assert CANARY not in shown.output + json.dumps(row, default=str)


def test_what_did_not_arrive_is_told_with_the_next_run(project: Project) -> None:
    with DiscordReceiver(Reply(404, {"message": "Unknown Webhook", "code": 10015})) as discord:
        configure(project, discord.url)
        for _ in range(2):
            project.pipeline().source("acme")
        refused, taken = told(project)

        assert (refused["reason"], refused["outcome"], refused["http_status"]) == ("first", "failed", 404)
        assert refused["error_message"] == "The channel answered 404: Unknown Webhook (10015)."
        assert (taken["reason"], taken["outcome"]) == ("first", "sent")


def test_a_missing_address_fails_no_run_and_names_its_variable(project: Project) -> None:
    configure(project, None)
    assert project.pipeline().source("acme").status == "Success"
    (row,) = told(project)

    assert (row["outcome"], row["error_code"]) == ("failed", "missing-secret")
    assert "HOOK is not set" in row["error_message"]


def test_a_run_that_lacks_its_own_secret_is_told(project: Project) -> None:
    with DiscordReceiver() as discord:
        configure(project, discord.url, token=None)
        shown = spectra(project, "source", "acme")

        assert shown.exit_code == 2
        assert "missing-secret: ACME_TOKEN is not set" in as_shown(discord.embeds[0]["description"])[0]


def test_a_refused_lock_and_a_definition_that_does_not_load_tell_nobody(project: Project) -> None:
    with DiscordReceiver() as discord:
        configure(project, discord.url)
        with pytest.raises(LockHeldError):
            project.pipeline(seams=Seams(lock=HeldLock)).source("acme")
        configure(project, discord.url, limits={"concurrency": 0})
        assert spectra(project, "source", "acme").exit_code == 2

        assert discord.asked == []


def killed(project: Project, seq: int) -> str:
    """Leave what a killed run leaves, and return its execution_id."""
    runner = project.pipeline()._runner()
    versions = ("1.0.0", "0.1.0")
    run = f"acme-source-20261101T000000-{seq:06x}"
    lost = Envelope(run, seq, "source", "acme", "ab" * 16, *versions, runner.seams.clock.now())
    runner.ledger().start(lost, "the-host", 4711)
    return run


def test_a_run_that_was_killed_is_told_with_the_next(project: Project) -> None:
    with DiscordReceiver() as discord:
        configure(project, discord.url)
        lost = killed(project, 1)
        project.pipeline().source("acme")

        assert as_shown(discord.embeds[0]["description"])[0] == (
            f"The run before, {lost}, was Abandoned: Started on the-host as process 4711 and never ended."
        )


def test_a_run_that_was_killed_between_two_good_ones_is_a_recovery(project: Project) -> None:
    with DiscordReceiver() as discord:
        configure(project, discord.url)
        project.pipeline().source("acme")
        killed(project, 2)
        project.pipeline().source("acme")

        assert [row["reason"] for row in told(project)] == ["first", "recovered"]
        assert "Recovered from Abandoned (run-abandoned) after" in as_shown(discord.embeds[1]["description"])[0]


def test_the_project_tells_for_sources_that_name_no_channel_of_their_own(project: Project) -> None:
    with DiscordReceiver() as discord:
        configure(project, discord.url, notify=None)
        (project.folder / "spectra.yaml").write_text("lakehouse: ./lakehouse\nnotify: {webhook: 'secret://HOOK'}\n")
        project.pipeline().source("acme")
        assert len(discord.embeds) == 1

        definition = json.loads((project.folder / "sources" / "acme.yaml").read_text())
        (project.folder / "sources" / "acme.yaml").write_text(json.dumps(definition | {"notify": []}))
        project.pipeline().source("acme")
        assert len(discord.asked) == 1


def test_a_log_that_cannot_be_written_is_only_a_warning(project: Project) -> None:
    with DiscordReceiver() as discord:
        configure(project, discord.url)
        project.pipeline().source("acme")
        folder = project.folder / "lakehouse" / "Tables" / "log" / "notifications"
        for path in (folder / "_delta_log").glob("*.json"):
            path.write_text("{}")
        shown = spectra(project, "source", "acme")

        assert shown.exit_code == 0, shown.output
        assert "log.notifications failed: " in shown.output
        assert len(discord.embeds) == 2


def test_a_run_whose_record_cannot_be_written_is_told_all_the_same(project: Project) -> None:
    def put_a_file_in_the_way(event: RunEvent) -> None:
        if isinstance(event, StepStarted) and event.step == "guarantees":
            (project.folder / "lakehouse" / "Tables" / "log" / "source").write_text("no table")

    with DiscordReceiver() as discord:
        configure(project, discord.url)
        with pytest.raises(LogUnwritableError):
            project.pipeline(emit=put_a_file_in_the_way).source("acme")

        assert as_shown(discord.embeds[0]["description"])[0].startswith("log-unwritable: ")


def test_a_run_is_recorded_and_its_lock_is_free_before_anyone_is_told(project: Project) -> None:
    found: list[str] = []

    def look() -> None:
        lock = RunLock(Layout(project.pipeline().lakehouse), "source", "acme", Holder("look", 1, "here", "now"))
        with suppress(LockHeldError):
            lock.acquire(0)
            found.append(project.newest()["status"])
            lock.release()

    with DiscordReceiver(Reply(204, first=look)) as discord:
        configure(project, discord.url)
        project.pipeline().source("acme")

    assert found == ["Success"]


def test_ctrl_c_while_telling_ends_the_telling_and_not_the_run(project: Project) -> None:
    def interrupt() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    with DiscordReceiver(Reply(None, first=interrupt)) as discord:
        configure(project, discord.url, notify=[HOOK, {"type": "webhook", "url": "secret://HOOK"}])
        shown = spectra(project, "source", "acme")

        assert shown.exit_code == 0, shown.output
        assert [(row["outcome"], row["error_code"]) for row in told(project)] == [("failed", "interrupted")] * 2
        assert len(discord.asked) == 1
        assert project.newest()["status"] == "Success"


def test_several_channels_are_told_each_in_its_own_way(project: Project) -> None:
    with DiscordReceiver() as discord, DiscordReceiver(Reply(204), Reply(204)) as other:
        always = {"type": "webhook", "url": "secret://OTHER", "signing_key": "secret://KEY", "when": "always"}
        configure(project, discord.url, notify=[HOOK, always])
        with (project.folder / ".env").open("a") as file:
            file.write(f"OTHER={other.url}\nKEY=whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n")
        for _ in range(2):
            project.pipeline().source("acme")

        assert [(row["channel"], row["reason"]) for row in told(project)] == [
            ("discord", "first"),
            ("webhook", "first"),
            ("discord", "unchanged"),
            ("webhook", "always"),
        ]
        document = json.loads(other.asked[1][2])
        assert document["data"]["figures"]["execution_id"] == project.newest()["execution_id"]
        assert other.asked[1][1]["webhook-signature"].startswith("v1,")


def test_a_test_message_says_what_each_channel_answered(project: Project) -> None:
    with DiscordReceiver() as discord:
        configure(project, discord.url, notify=[HOOK, {"type": "webhook", "url": "secret://NOWHERE"}])
        shown = spectra(project, "notify", "test", "acme", "--json")
        document = json.loads(shown.stdout)

        assert shown.exit_code == 3
        first, second = document["channels"]
        assert (first["outcome"], first["http_status"]) == ("sent", 200)
        assert first["answer"] == "message 1190000000000000001 in channel 1170000000000000007"
        assert (second["outcome"], second["error"]["code"]) == ("failed", "missing-secret")
        assert [(row["reason"], row["execution_id"]) for row in told(project)] == [("test", None)] * 2
        assert CANARY not in shown.output

        configure(project, discord.url)
        shown = spectra(project, "notify", "test", "acme")
        assert shown.exit_code == 0
        assert "secret://HOOK: sent" in shown.stdout
        assert discord.embeds[-1]["title"] == "acme · Test"


def test_a_test_message_is_no_news_for_the_next_run(project: Project) -> None:
    with DiscordReceiver() as discord:
        configure(project, discord.url)
        spectra(project, "notify", "test", "acme")
        project.pipeline().source("acme")

        assert [row["reason"] for row in told(project)] == ["test", "first"]


def test_without_a_channel_a_test_says_what_to_write(project: Project) -> None:
    shown = spectra(project, "notify", "test", "acme", "--json")

    assert shown.exit_code == 2
    assert json.loads(shown.stdout)["error"]["code"] == "no-channel"


def test_without_a_channel_nothing_is_written_and_nothing_sent(project: Project) -> None:
    project.pipeline().source("acme")

    assert "log.notifications" not in project.pipeline()._runner().lake().names()


def test_what_an_api_says_reaches_the_channel_as_text_only(project: Project, world: World) -> None:
    hostile = "@everyone <@&1> [x](https://evil.example) \x1b[31m\u202e" + "A" * 10_000
    world.special["/api/projects"] = lambda _: Answered({"errorMsg": hostile, "errorCode": 1}, 401)
    with DiscordReceiver() as discord:
        configure(project, discord.url, owner={"team": hostile, "channel": hostile}, name=hostile[:200])
        assert spectra(project, "source", "acme").exit_code == 3

        assert discord.refused == []
        assert len(discord.embeds) == 1


def test_an_address_that_comes_in_by_a_variable_is_in_no_table_and_no_message(project: Project) -> None:
    with DiscordReceiver() as discord:
        configure(project, discord.url, name="${env:HOOK}", owner={"team": "${env:HOOK}"})
        project.pipeline().source("acme")
        tables = {table: project.rows(table) for table in ("log.source", "source.portfolio", "log.notifications")}

        assert CANARY not in json.dumps(tables, default=str) + json.dumps(discord.messages)
