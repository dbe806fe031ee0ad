"""What YAML does to definitions and to spectra.yaml: mistakes have a place, bombs are refused, words stay words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from spectra.definition.load import load_definition
from spectra.definition.project import load_project

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spectra.errors import SpectraError

    Load = Callable[[str], Sequence[SpectraError]]

HEAD = "source: acme\nname: A\nbase_url: http://h:1\nauth: {type: none}\ncatalogue: [{method: GET, path: /a}]\n"
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def no_file(file: str) -> str:
    raise AssertionError(file)


def of_source(text: str) -> Sequence[SpectraError]:
    return load_definition(text, "sources/acme.yaml", variables=lambda _: None, read_file=no_file).problems


def of_project(text: str) -> Sequence[SpectraError]:
    return load_project(text, "spectra.yaml")[1]


BOTH = pytest.mark.parametrize("load", [of_source, of_project], ids=["source", "project"])


@BOTH
@pytest.mark.parametrize(
    ("text", "place"),
    [("owner: {team: a\nname: b", "2:5"), ("a: b: c", "1:5"), ("a: 1\n\tb: 2", "2:1"), ("a: 'open", "1:9")],
)
def test_what_is_no_yaml_is_one_finding_with_file_line_and_column(load: Load, text: str, place: str) -> None:
    (problem,) = load(text)
    file, _, where = str(problem.place).partition(":")
    assert (problem.code, where) == ("yaml-syntax", place)
    assert file in {"sources/acme.yaml", "spectra.yaml"}


@pytest.mark.parametrize(
    ("line", "place", "said"),
    [
        (
            "entities: {a: {endpoint: /a, pagination: {type: offest}}}",
            "6:49",
            "found 'offest'; allowed: none, page_number, offset",
        ),
        ("entities: {a: {endpoint: /a, pagination: {type: offest}}}", "6:49", "Did you mean 'offset'?"),
        ("limts: {attempts: 3}", "6:1", "unknown key 'limts'; allowed: source, name, base_url"),
        ("limts: {attempts: 3}", "6:1", "Did you mean 'limits'?"),
        ("outcomes: [{status: 404, means: emty}]", "6:33", "found 'emty'; allowed: accessible, empty,"),
        ("outcomes: [{status: 404, means: emty}]", "6:33", "Did you mean 'empty'?"),
        ("limits: {attempts: many}", "6:20", "found 'many'; allowed: a whole number"),
    ],
)
def test_a_mistake_has_line_and_column_the_words_allowed_and_the_nearest_one(line: str, place: str, said: str) -> None:
    problem = of_source(HEAD + line)[0]
    assert problem.place == f"sources/acme.yaml:{place}"
    assert said in problem.message


@BOTH
def test_a_key_that_stands_twice_is_an_error_at_its_second_place(load: Load) -> None:
    text = "notify: {webhook: 'secret://A',\n  webhook: 'secret://B'}\n"
    found = load(HEAD + text if load is of_source else text)
    line = 7 if load is of_source else 2
    assert [(each.code, str(each.place).partition(":")[2]) for each in found] == [("duplicate-key", f"{line}:3")]
    assert found[0].message == f"'webhook' stands here a second time; the first is in line {line - 1}"
    assert found[0].severity != "warning"


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        BOMB + "z: *i\n",
        "[" * 20_000,
        "- " * 20_000,
        "{a: " * 20_000,
        "".join(f"{' ' * depth}a:\n" for depth in range(1000)),
        "a: &a [" + "1," * 1000 + "]\nb: [" + "*a," * 200 + "]",
    ],
    ids=["alias bomb", "walked bomb", "lists", "dashes", "mappings", "indents", "wide aliases"],
)
def test_what_would_explode_when_walked_or_nests_too_deep_is_one_finding(text: str) -> None:
    assert [each.code for each in of_source(text)] == ["yaml-too-complex"]


def test_spectra_yaml_is_bounded_as_sources_are() -> None:
    assert [each.code for each in of_project(BOMB)] == ["yaml-too-complex"]
    assert [each.code for each in of_project("- " * 20_000)] == ["yaml-too-complex"]


def test_words_that_older_yaml_changed_are_taken_as_they_stand() -> None:
    text = (
        HEAD + "owner: {team: NO, channel: 12:30:45}\nroots: {entity: a, where: {country: NO, at: 12:30:45, on: off}}\n"
    )
    text += "entities: {a: {endpoint: /a, key: [NO]}}\n"
    loaded = load_definition(text, "acme.yaml", variables=lambda _: None, read_file=no_file)
    assert loaded.problems == ()
    assert loaded.definition is not None
    assert (loaded.definition.owner.team, loaded.definition.owner.channel) == ("NO", "12:30:45")
    assert loaded.definition.roots is not None
    assert loaded.definition.roots.where == {"country": "NO", "at": "12:30:45", "on": "off"}
    assert loaded.definition.entities["a"].key == ("NO",)


@pytest.mark.parametrize(
    ("line", "code"), [("version: 1.10", "unquoted-version"), ("owner: {team: 1.10}", "invalid-value")]
)
def test_a_number_that_would_lose_its_last_digit_is_never_taken_for_a_text(line: str, code: str) -> None:
    assert code in [each.code for each in of_source(HEAD + line)]
