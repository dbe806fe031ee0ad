"""The fence: an application transaction in the table itself, which a run that lost its lock cannot pass."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fence:
    """The application transaction of one run: its version in a table only ever grows.

    A commit under a fence is refused where the table already holds version `run_seq` or more of `app_id`.
    """

    app_id: str
    run_seq: int

    @classmethod
    def of(cls, stage: str, source_system: str, run_seq: int) -> Fence:
        """Return the fence of a stage's run: `<stage>/<source_system>` at its run_seq."""
        return cls(f"{stage}/{source_system}", run_seq)
