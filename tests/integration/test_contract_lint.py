"""`spectra contract lint`, `show` and `diff`: findings with their places, a page that needs nothing else, a verdict."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from spectra.cli.main import app
from spectra.contract.lint import lint
from spectra.contract.load import load_contract
from spectra.contracting import Contracting, shipped
from spectra.engines.local import LocalEngine

if TYPE_CHECKING:
    from pathlib import Path

TEXT = shipped()["source.contract.yaml"]
ENGINE = LocalEngine()
SMALL = """\
apiVersion: v3.2.0
kind: DataContract
id: urn:spectra:clean
name: clean
version: '1.2.3'
status: active
schema:
  - name: people
    physicalName: clean.people
    dataGranularityDescription: One row per person.
    properties:
      - {name: person_id, logicalType: integer, physicalType: long, required: true, description: Who.}
      - {name: born_at, logicalType: timestamp, physicalType: timestamp, description: When.}
    quality:
      - id: G-CLN-001
        type: sql
        query: |-
          SELECT count(*) FROM people AS p
          WHERE p.born_at IS NULL
        mustBe: 0
        description: Everybody was born.
        dimension: completeness
        customProperties: [{property: level, value: must}]
  - name: clean
    physicalName: log.clean
    properties:
      - {name: execution_id, logicalType: string, physicalType: string, primaryKey: true, description: The run.}
      - {name: ended_at, logicalType: timestamp, physicalType: timestamp, description: When it ended.}
slaProperties:
  - {property: freshness, value: 1, unit: d, element: clean.ended_at}
team: {name: us}
support:
  - {channel: '#us', tool: other}
customProperties:
  - {property: envelope, value: [execution_id, ended_at]}
  - {property: handoff, value: [{check: fresh, expects: It is fresh.}]}
"""


def spectra(*words: str) -> Result:
    return CliRunner().invoke(app, ["contract", *words])


def found_in(text: str) -> list[str]:
    return [f"{problem.place} {problem.code}" for problem in lint(text, "c.yaml", ENGINE.query_each)]


def test_shipped_contracts_and_a_small_one_have_no_findings() -> None:
    assert found_in(SMALL) == []
    assert found_in(TEXT) == []


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        ("status: active", "status: active\nowner: us", "c.yaml:7:1 unknown-key"),
        ("version: '1.2.3'", "version: 1.2", "c.yaml:5:10 unquoted-version"),
        ("status: active\n", "", "c.yaml:1:1 missing-key"),
        ("physicalType: long", "physicalType: int", "c.yaml:12:63 invalid-value"),
        ("        mustBe: 0\n", "        mustBee: 0\n", "c.yaml:20:9 unknown-key"),
        ("        mustBe: 0\n", "", "c.yaml:15:9 invalid-value"),
        ("id: urn:spectra:clean", "id: x\nid: y", "c.yaml:4:1 duplicate-key"),
        ("name: born_at", "name: person_id", "c.yaml:13:16 contract-invalid"),
        ("value: must}", "value: may}", "c.yaml:15:9 contract-invalid"),
        ("id: G-CLN-001", "id: CLEAN-1", "c.yaml:15:13 invalid-name"),
        ("        description: Everybody was born.\n", "", "c.yaml:15:9 contract-incomplete"),
        ("        dimension: completeness\n", "", "c.yaml:15:9 contract-incomplete"),
        ("dimension: completeness", "dimension: fullness", "c.yaml:22:20 contract-incomplete"),
        ("        customProperties: [{property: level, value: must}]\n", "", "c.yaml:15:9 contract-incomplete"),
        ("p.born_at IS", "p.born_on IS", "c.yaml:19:19 guarantee-unrunnable"),
        ("FROM people", "FROM poeple", "c.yaml:18:32 guarantee-unrunnable"),
        ("SELECT count(*)", "SELECT count(*), 1", "c.yaml:17:16 guarantee-unrunnable"),
        ("SELECT count(*)", "SELECT 1", "c.yaml:17:16 guarantee-unrunnable"),
        ("IS NULL", "IS IS NULL", "c.yaml:17:16 guarantee-unrunnable"),
        ("    dataGranularityDescription: One row per person.\n", "", "c.yaml:8:5 contract-incomplete"),
        ("team: {name: us}\n", "", "c.yaml:1:1 contract-incomplete"),
        ("support:\n  - {channel: '#us', tool: other}\n", "", "c.yaml:1:1 contract-incomplete"),
        ("property: handoff", "property: handover", "c.yaml:1:1 contract-incomplete"),
        ("property: envelope", "property: envelopes", "c.yaml:1:1 contract-incomplete"),
        ("[execution_id, ended_at]", "[execution_id, endedat]", "c.yaml:35:48 contract-incomplete"),
        ("name: clean\nversion", "name: cleaned\nversion", "c.yaml:35:33 contract-incomplete"),
        ("element: clean.ended_at", "element: clean.ended", "c.yaml:30:55 unknown-table"),
        ("property: freshness", "property: latency", "c.yaml:1:1 contract-incomplete"),
        ("status: active", "status: [", "c.yaml:8:3 yaml-syntax"),
    ],
)
def test_a_finding_has_its_place(before: str, after: str, finding: str) -> None:
    assert SMALL.count(before) == 1
    assert found_in(SMALL.replace(before, after)) == [finding]


def test_every_finding_is_told_at_once_and_in_the_order_of_the_file() -> None:
    text = SMALL.replace("G-CLN-001", "CLEAN-1").replace("p.born_at", "p.born_on").replace("team: {name: us}\n", "")
    assert [each.split()[1] for each in found_in(text)] == [
        "contract-incomplete",
        "invalid-name",
        "guarantee-unrunnable",
    ]


def test_lint_shows_the_line_what_was_found_and_the_nearest_word(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(SMALL.replace("dimension: completeness", "dimension: completness").replace("mustBe", "mustBee"))
    done = spectra("lint", str(file))
    assert done.exit_code == 2
    assert f"{file}:20:9  unknown-key" in done.stdout
    assert "20 |         mustBee: 0\n      |         ^^^^^^^" in done.stdout
    assert "Did you mean 'mustBe'?" in done.stdout
    assert "finding" in done.stdout.splitlines()[-1]


def test_lint_takes_the_contracts_of_the_project_or_those_that_are_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert json.loads(spectra("lint", "--json").stdout)["contracts"] == ["source.contract.yaml"]
    (tmp_path / "contracts").mkdir()
    (tmp_path / "spectra.yaml").write_text("lakehouse: ./lakehouse\n")
    (tmp_path / "contracts" / "clean.contract.yaml").write_text(SMALL.replace("team: {name: us}\n", ""))
    document = json.loads(spectra("lint", "--json").stdout)
    assert (document["contracts"], document["valid"]) == (["contracts/clean.contract.yaml"], False)
    assert [each["place"] for each in document["findings"]] == ["contracts/clean.contract.yaml:1:1"]
    assert spectra("lint", "source").exit_code == 0


def test_show_prints_what_is_promised_or_gives_it_as_json() -> None:
    shown, document = spectra("show").stdout, json.loads(spectra("show", "source", "--json").stdout)
    contract = load_contract(TEXT, "x")
    assert (document["id"], document["version"]) == (contract.id, contract.version)
    assert [each["id"] for each in document["guarantees"]] == [each.id for each in contract.guarantees]
    for table in contract.tables:
        assert table.full_name in shown
    for guarantee in contract.guarantees:
        assert f"{guarantee.id}  {guarantee.level}" in shown


class Page(HTMLParser):
    """Takes a page apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_page_is_one_file_without_script_that_loads_nothing(tmp_path: Path) -> None:
    file = tmp_path / "contract.html"
    assert spectra("show", "--html", str(file)).exit_code == 0
    text = file.read_text(encoding="utf-8")
    page = Page(text)
    named = {name for _, attributes in page.tags for name in attributes}
    links = [attributes["href"] or "" for tag, attributes in page.tags if tag == "a"]
    assert page.open == []
    assert {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "form"} == set()
    assert not {name for name in named if name.startswith("on")} | (named & {"src", "style", "srcset"})
    assert all(link.startswith(("#", "https://")) for link in links)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(set(ids)) == len(ids)
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


def test_the_pages_policy_lets_in_its_own_style_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "contract.html"
    spectra("show", "--html", str(file))
    text = file.read_text(encoding="utf-8")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    policy = next(
        attributes["content"]
        for _, attributes in Page(text).tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_the_page_tells_everything_that_the_contract_does() -> None:
    contract = load_contract(TEXT, "x")
    words = "".join(Page(Contracting.page(contract)).words)
    promised = [each.promise for each in contract.guarantees] + [each.id for each in contract.guarantees]
    columns = [column for table in contract.tables for column in table.columns]
    said = [each.check.sql(contract.table(each.table).name) for each in contract.guarantees]
    said += [column.name for column in columns] + [column.description for column in columns]
    said += [value for column in columns for value in (*column.allowed, column.pattern or "")]
    said += [each["check"] for each in contract.custom["handoff"]] + contract.custom["envelope"]
    said += [contract.id, contract.version, contract.team["name"], *(each["channel"] for each in contract.support)]
    said += list(contract.texts.values())
    assert [each for each in promised + said if each not in words] == []


def test_what_a_contract_says_is_text_on_the_page_and_never_markup() -> None:
    hostile = SMALL.replace("Everybody was born.", "'<script>alert(1)</script>'").replace("#us", "javascript:alert(1)")
    page = Page(Contracting.page(load_contract(hostile, "x")))
    assert "<script>alert(1)</script>" in page.words
    assert not [tag for tag, _ in page.tags if tag == "script"]
    assert not [given for tag, given in page.tags if tag == "a" and "javascript" in (given["href"] or "")]


@pytest.mark.parametrize(
    ("after", "perspective", "status"),
    [
        (SMALL, "both", 0),
        (SMALL.replace("value: 1, unit: d", "value: 2, unit: d"), "both", 1),
        (SMALL.replace("value: 1, unit: d", "value: 2, unit: d").replace("'1.2.3'", "'1.3.0'"), "both", 1),
        (SMALL.replace("value: 1, unit: d", "value: 2, unit: d").replace("'1.2.3'", "'2.0.0'"), "both", 0),
        (SMALL.replace("value: 1, unit: d", "value: 2, unit: d").replace("'1.2.3'", "'2.0.0'"), "consumer", 1),
        (SMALL.replace("value: 1, unit: d", "value: 2, unit: d").replace("'1.2.3'", "'2.0.0'"), "producer", 0),
        (SMALL.replace("value: 1, unit: d", "value: 2, unit: h").replace("'1.2.3'", "'1.3.0'"), "producer", 1),
        (SMALL.replace("value: 1, unit: d", "value: 2, unit: h").replace("'1.2.3'", "'1.3.0'"), "both", 0),
        (SMALL.replace("urn:spectra:clean", "urn:other").replace("'1.2.3'", "'2.0.0'"), "both", 1),
        (SMALL.replace("'1.2.3'", "'1.2.2'"), "both", 1),
    ],
)
def test_diff_ends_with_1_where_the_step_is_too_small_or_the_party_asked_for_breaks(
    tmp_path: Path, after: str, perspective: str, status: int
) -> None:
    (tmp_path / "a.yaml").write_text(SMALL)
    (tmp_path / "b.yaml").write_text(after)
    words = ("diff", str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml"), "--perspective", perspective)
    assert [spectra(*words).exit_code, spectra(*words, "--json").exit_code] == [status, status]


def test_diff_says_what_changed_whom_it_breaks_and_the_step(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SMALL)
    (tmp_path / "b.yaml").write_text(
        SMALL.replace("name: born_at", "name: birthday").replace("p.born_at", "p.birthday")
    )
    words = ("diff", str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml"))
    shown, document = spectra(*words).stdout, json.loads(spectra(*words, "--json").stdout)
    assert "major  clean.people.born_at" in shown
    assert "born_at -> birthday" in shown
    assert re.search(r"version +needs major; 1\.2\.3 to 1\.2\.3 is no step", shown)
    assert [change["what"] for change in document["changes"]] == ["column-renamed", "must-changed"]
    assert (document["breaks_consumer"], document["step_needed"], document["enough"]) == (True, "major", False)
