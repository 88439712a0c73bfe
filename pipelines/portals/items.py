"""One record of a body, or the place where one should be; what tells records and pages of them apart. Not here: how it
is found (`ocds_body.py` and its like)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one item can't be used (`code` is stable, `reason` is Spanish)."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Item:
    """One record of a body, or the place where one should be (then `problem` says why it isn't).

    `text`: the JSON text as published (the broken text for a problem). `sha256`: of the canonical JSON
    (sorted keys, no spaces, numbers exact). `identity`: what names the record in its collection, when it has
    a name.
    """

    collection: str
    position: str
    text: str
    sha256: str | None
    identity: str | None
    package: str | None
    problem: Problem | None

    @property
    def name(self) -> str:
        """What names the record while it is counted: its identity, else its content."""
        return self.identity or self.sha256 or self.text


def rows_digest(items: Iterable[Item]) -> str:
    """sha256 of the records of a page alone, to recognize a repeated page."""
    digest = hashlib.sha256()
    for item in items:
        digest.update(item.text.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()
