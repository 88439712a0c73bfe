"""What is wrong in what people declare: sources and layouts tell their mistakes alike.

Not here: what a mistake is (`registry.py`, `standards/layouts/recognise.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """What is wrong in one field of a file."""

    file: str
    field: str
    problem: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}: {self.field}: {self.problem}; expected {self.expected}"


class MistakesError(ValueError):
    """Something declared can't be used; `mistakes` lists all of them, not the first."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))
