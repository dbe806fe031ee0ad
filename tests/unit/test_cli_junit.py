from __future__ import annotations

from xml.etree import ElementTree as ET

from spectra.answers import compliance
from spectra.cli.junit import junit_xml

HOSTILE = "a\x00\x1b[31m\x0b\ufffe\ud800<&>]]>\"'"


def test_text_from_a_table_cannot_break_the_report() -> None:
    outcomes: tuple[compliance.Outcome, ...] = ("failed", "warned", "skipped", "passed")
    cases = tuple(compliance.Case("t", "r", "must", HOSTILE, HOSTILE, HOSTILE, each, HOSTILE) for each in outcomes)
    text = junit_xml([compliance.Tested("acme", "acme-source-x-1", "1.1.0", cases)])

    root = ET.fromstring(text.encode("utf-8"))  # noqa: S314 - our own text
    said = "".join(root.itertext()) + "".join(value for each in root.iter() for value in each.attrib.values())
    assert "\x1b" not in text
    assert '<&>]]>"' in said
