from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from spectra.catalog.endpoint import Endpoint
from spectra.catalog.hierarchy import feeds, levels, parents_of
from spectra.errors import EntityCycleError


@dataclass(frozen=True)
class Entity:
    endpoint: str
    parents: tuple[str, ...] = ()
    query: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Own:
    ids: dict[str, str]


@dataclass(frozen=True)
class Source:
    entities: dict[str, Entity] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    endpoints: dict[str, Own] = field(default_factory=dict)


IDS = {"projectid": "project.id", "releaseid": "release.id", "cycleid": "cycle.id"}


def test_levels_follow_declared_parents_queries_and_paths() -> None:
    source = Source(
        {
            "execution": Entity("/execution", query={"releaseid": "release.id"}),
            "cycle": Entity("/cycle/release/{releaseId}"),
            "release": Entity("/release/project/{projectId}", parents=("project",)),
            "user": Entity("/user"),
            "project": Entity("/project/details"),
        },
        IDS,
    )
    assert levels(source) == (("user", "project"), ("release",), ("execution", "cycle"))
    assert parents_of("execution", source) == ("release",)


def test_a_circle_is_named_as_a_circle() -> None:
    source = Source({"a": Entity("/a", parents=("b",)), "b": Entity("/b", query={"x": "a.id"}), "c": Entity("/c")})
    with pytest.raises(EntityCycleError) as circle:
        levels(source)
    assert circle.value.facts["circle"] in {"a > b > a", "b > a > b"}
    assert circle.value.facts["entity"] in {"a", "b"}


def test_an_entity_that_needs_itself_is_a_circle() -> None:
    with pytest.raises(EntityCycleError, match="cycle > cycle"):
        levels(Source({"cycle": Entity("/cycle/{cycleid}")}, IDS))


def test_parents_that_do_not_exist_are_passed_over() -> None:
    assert levels(Source({"a": Entity("/a", parents=("nobody",))})) == (("a",),)


def test_ids_feed_placeholders_whatever_their_case_and_unmapped_ones_are_none() -> None:
    endpoint = Endpoint.of("GET", "/cycle/{CycleId}/{id}?projectId={projectId}")
    assert feeds(endpoint, Source(ids=IDS)) == {"CycleId": "cycle.id", "id": None, "projectId": "project.id"}


def test_what_is_said_for_one_endpoint_wins_over_what_is_said_for_all() -> None:
    endpoint = Endpoint.of("GET", "/execution/{id}/{cycleid}")
    own = {"/execution/{id}/{cycleid}": Own({"ID": "execution.id", "cycleId": "phase.cycle"})}
    assert feeds(endpoint, Source(ids=IDS, endpoints=own)) == {"id": "execution.id", "cycleid": "phase.cycle"}
    assert feeds(Endpoint.of("GET", "/cycle/{cycleid}"), Source(ids=IDS, endpoints=own)) == {"cycleid": "cycle.id"}
