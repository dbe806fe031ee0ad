"""What came over from another tool, as tests look at it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from spectra.definition.load import load_definition

if TYPE_CHECKING:
    from spectra.definition.model import SourceDefinition
    from spectra.discovery.carrying.carried import Carried


def named(carried: Carried) -> list[str]:
    return [f"{each.place} {each.facts['name']}" for each in carried.unmapped]


def loaded(carried: Carried) -> SourceDefinition:
    """Load the draft with something in place of every variable."""
    result = load_definition(
        carried.draft.text,
        f"sources/{carried.name}.yaml",
        variables=lambda name: "https://given.example.com" if name.endswith("URL") else "given",
        read_file=lambda _: json.dumps(carried.rows),
    )
    assert not [f"{problem.place} {problem.message}" for problem in result.problems]
    assert result.definition is not None
    return result.definition
