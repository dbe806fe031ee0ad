"""One trace from outside to the API: the run's trace id in every row, and in each request where it is asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from spectra.testing.served import Answered, ServedApi

if TYPE_CHECKING:
    from tests.integration.conftest import Project, World

TRACE = "0af7651916cd43dd8448eb211c80319c"
OUTER = f"00-{TRACE}-b7ad6b7169203331-01"
SENT = re.compile(r"00-([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-01")


def sent_by(api: ServedApi) -> list[str | None]:
    return [asked.headers.get("traceparent") for asked in api.asked]


def test_each_request_carries_the_trace_of_the_run_and_a_span_of_its_own(project: Project, api: ServedApi) -> None:
    project.write(traceparent=True)
    manifest = project.pipeline().source("acme")

    spans = [SENT.fullmatch(sent or "") for sent in sent_by(api)]
    assert len(spans) == manifest.request_count
    assert {span[1] for span in spans if span} == {manifest.correlation_id}
    assert len({span[2] for span in spans if span}) == len(spans)


@pytest.mark.parametrize("asked", [None, False])
def test_nothing_is_sent_that_was_not_asked_for(project: Project, api: ServedApi, asked: bool | None) -> None:  # noqa: FBT001 - what a definition says
    project.write(traceparent=asked)
    project.pipeline().source("acme")

    assert set(sent_by(api)) == {None}


def test_another_host_never_sees_the_trace(project: Project, api: ServedApi, world: World) -> None:
    with ServedApi(lambda _: Answered([{"id": 1}])) as other:
        host = other.url.removeprefix("http://")
        project.write(traceparent=True, allow={"hosts": [host]})

        world.special["/api/missing"] = lambda _: Answered(b"", 302, {"Location": f"{other.url}/elsewhere"})
        project.pipeline().source("acme")

        assert [asked.path for asked in other.asked] == ["/elsewhere"]
        assert set(sent_by(other)) == {None}
        assert all(asked.headers.get("traceparent") for asked in api.asked)


@pytest.mark.parametrize("word", ["yes please", 1, "true"])
def test_a_definition_says_true_or_false(project: Project, word: object) -> None:
    project.write(traceparent=word)

    (problem,) = project.pipeline().validate("acme")
    assert (problem.code, "true or false" in problem.message) == ("invalid-value", True)


def test_a_trace_begun_outside_is_taken_from_the_environment(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEPARENT", OUTER)

    given = project.pipeline().source("acme", correlation_id="1" * 32)
    taken = project.pipeline().source("acme")

    assert (given.correlation_id, taken.correlation_id) == ("1" * 32, TRACE)
    for table in ("log.runs", "log.source", "log.probes", "log.findings", "log.guarantees"):
        rows = project.rows(table, execution_id=taken.execution_id)
        assert {row["correlation_id"] for row in rows} == {TRACE}


@pytest.mark.parametrize("outer", ["", "nonsense", f"00-{'0' * 32}-b7ad6b7169203331-01"])
def test_a_trace_that_is_none_begins_anew(project: Project, monkeypatch: pytest.MonkeyPatch, outer: str) -> None:
    monkeypatch.setenv("TRACEPARENT", outer)

    assert re.fullmatch(r"(?!0{32})[0-9a-f]{32}", project.pipeline().source("acme").correlation_id)
