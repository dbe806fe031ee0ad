from __future__ import annotations

from spectra.stages.source.trails import Trail, Trails, bounded


def _trails() -> Trails:
    trails = Trails()
    for project in ("1", "2"):
        trails.add("project", Trail({"project.id": project}, project))
    for release, project in (("10", "1"), ("11", "1"), ("20", "2")):
        trails.add("release", Trail({"project.id": project, "release.id": release}, project))
    trails.add("user", Trail({"user.id": "u1"}))
    return trails


def test_nothing_needed_gives_one_empty_context() -> None:
    assert _trails().contexts(()) == [Trail()]


def test_each_combination_of_values_is_given_once() -> None:
    assert [t.values["project.id"] for t in _trails().contexts(["project.id"])] == ["1", "2"]
    assert [t.values["release.id"] for t in _trails().contexts(["release.id"])] == ["10", "11", "20"]


def test_ids_that_belong_together_stay_together() -> None:
    pairs = [(t.values["project.id"], t.values["release.id"]) for t in _trails().contexts(["project.id", "release.id"])]
    assert pairs == [("1", "10"), ("1", "11"), ("2", "20")]


def test_unrelated_parents_are_combined() -> None:
    pairs = [(t.values["release.id"], t.values["user.id"]) for t in _trails().contexts(["release.id", "user.id"])]
    assert pairs == [("10", "u1"), ("11", "u1"), ("20", "u1")]


def test_a_value_found_nowhere_gives_no_context_and_is_named() -> None:
    assert _trails().contexts(["cycle.id"]) == []
    assert _trails().contexts(["project.id", "cycle.id"]) == []
    assert _trails().missing(["project.id", "cycle.id"]) == ["cycle.id"]


def test_a_probe_takes_ids_whose_children_answered() -> None:
    trails = Trails()
    trails.add("project", Trail({"project.id": "forbidden"}, "forbidden"))
    trails.add("project", Trail({"project.id": "open"}, "open"))
    trails.add("release", Trail({"project.id": "open", "release.id": "7"}, "open"))
    chosen = trails.choose(["project.id"])
    assert chosen is not None
    assert chosen.values["project.id"] == "open"
    assert trails.choose(["nobody.id"]) is None


def test_a_walk_is_bounded_per_root() -> None:
    trails = [Trail({"release.id": str(n)}, str(n % 2)) for n in range(10)]
    assert [t.values["release.id"] for t in bounded(trails, 2)] == ["0", "1", "2", "3"]
