"""Feeding: what fills the placeholders and parameters of one resource, as found so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spectra.discovery.sensitive import is_secret_name

if TYPE_CHECKING:
    from spectra.discovery.carrying.carried import Carrying
    from spectra.discovery.carrying.setting import Setting

BY_HAND = "write it under `query` or into the path by hand"
NOT_FIXED = "its value is not fixed; write it into the path by hand"


@dataclass(slots=True)
class Feeding:
    """How one resource is fed; `ids` and `query` with `entity.field`, `fixed` with values."""

    carrying: Carrying
    ids: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, str] = field(default_factory=dict)
    since: str | None = None

    def fix(self, name: str, text: str, value: Setting) -> None:
        """Take over a parameter with a fixed value, unless it looks like a secret or is no plain text."""
        if is_secret_name(name):
            said = f"the parameter {name} looks like a plain secret; the draft does not hold it"
            self.carrying.left_behind(said, value.place, name)
        elif "{" in text or "}" in text:
            self.carrying.left(value.place, f"parameter {name}", BY_HAND)
        else:
            self.fixed[name] = text
