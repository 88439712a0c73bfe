"""One repaired value: where it stood, what was published and what stands there now.

Here: the record type and its JSON form, which SQL and Python share. Not here: any repair itself, and masking:
`original` and `repaired` are private until `public_view.py` has scrubbed them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import orjson

RepairKind = Literal[
    "double_encoding",
    "lossy_character",
    "blanks",
    "apostrophe",
    "formula",
    "date_form",
    "money_form",
    "rfc_form",
    "placeholder",
    "alias",
    "tag_text",
    "code_form",
    "ocid_prefix",
    "ocds_1_0",
    "child_key",
    "number_form",
]
KINDS: frozenset[RepairKind] = frozenset(get_args(RepairKind))


@dataclass(frozen=True, slots=True)
class Repair:
    """What happened to one value.

    `path` is the column's header in a tabular record and a JSON pointer (RFC 6901) into the record or
    release otherwise. `original` is None where nothing was published in that place, `repaired` where nothing
    is left. `guess`: the repair chose among possibilities, it isn't certain.
    """

    kind: RepairKind
    path: str
    original: str | None
    repaired: str | None
    guess: bool = False

    def as_json(self) -> dict[str, Any]:
        """The element of a `repairs` column; `guess` is there only when it is one."""
        element: dict[str, Any] = {
            "kind": self.kind,
            "path": self.path,
            "original": self.original,
            "repaired": self.repaired,
        }
        return {**element, "guess": True} if self.guess else element

    @classmethod
    def from_json(cls, element: Mapping[str, Any]) -> "Repair":
        """The repair that an element of a `repairs` column tells; other members are left aside."""
        return cls(
            element["kind"],
            element["path"],
            element.get("original"),
            element.get("repaired"),
            element.get("guess") is True,
        )


def as_json_text(repairs: Iterable[Repair]) -> str | None:
    """The value of a `repairs` column: JSON array text; None without repairs."""
    elements = [repair.as_json() for repair in repairs]
    return orjson.dumps(elements).decode() if elements else None
