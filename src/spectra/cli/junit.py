"""What `spectra contract test` found as JUnit XML: a suite per source, a case per rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spectra.answers.compliance import Case, Tested

# What XML 1.0 has no way to write: control characters, halves of surrogate pairs, and two that are none.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def junit_xml(tested: Sequence[Tested]) -> str:
    """Return one document; a `should` that does not hold is a warning in the case's output, not a failure."""
    every = [case for each in tested for case in each.cases]
    root = Element("testsuites", {"name": "spectra contract test", **_counts(every)})
    for each in tested:
        suite = SubElement(root, "testsuite", {"name": _clean(each.source_system), **_counts(each.cases)})
        facts = SubElement(suite, "properties")
        for name in ("execution_id", "contract_version"):
            SubElement(facts, "property", name=name, value=_clean(getattr(each, name)))
        for case in each.cases:
            _add(suite, case)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    outcomes = [case.outcome for case in cases]
    return {
        "tests": str(len(cases)),
        "failures": str(outcomes.count("failed")),
        "errors": "0",
        "skipped": str(outcomes.count("skipped")),
    }


def _add(suite: Element, case: Case) -> None:
    element = SubElement(suite, "testcase", classname=case.table, name=case.rule, time="0")
    said = _clean(f"{case.promise} Expected {case.expected}, observed {case.observed}.")
    if case.outcome == "failed":
        failure = SubElement(element, "failure", message=said, type=case.level)
        failure.text = _clean(f"expected: {case.expected}\nobserved: {case.observed}\n{case.evidence}")
    elif case.outcome == "skipped":
        SubElement(element, "skipped", message=_clean(case.observed))
    elif case.outcome == "warned":
        SubElement(element, "system-out").text = f"warning: {said}\n{_clean(case.evidence)}"


def _clean(text: str) -> str:
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
