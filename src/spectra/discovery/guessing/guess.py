"""Guess: what a document suggests of an API, how sure that is, and what in the document speaks for it."""

from dataclasses import dataclass
from typing import Any, Literal

Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class Guess:
    """One suggestion: `subject` is its place in the definition (`entities.issue.pagination`), `reason` one sentence.

    High and medium ones stand as lines of the draft, low ones as comments.
    """

    subject: str
    value: Any
    confidence: Confidence
    reason: str

    @property
    def stands(self) -> bool:
        """Whether the draft takes it as a line."""
        return self.confidence != "low"
