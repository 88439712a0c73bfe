"""What was repaired of a process: the rules TEQ-R*, and what of a repair may be published.

A repaired value must not hide the agency's fault, so each repair fails a rule; and telling a repair must not
publish what the release withholds. Here: both. Not here: repairing (`edca.py`, `upgrade.py`, `repairs/`, the SQL of
the tabular layouts), texts of the rules (`pipelines/quality/rules/`).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import orjson

from pipelines.standards.edca import ALIASES
from pipelines.standards.free_text import pdn_marks, scrub
from pipelines.standards.identity import classify, mask
from pipelines.standards.redact_ocds import OcdsRedactor
from pipelines.standards.repairs.placeholders import is_placeholder
from pipelines.standards.repairs.repair import Repair, RepairKind
from pipelines.standards.view_rows import Position

# The rule that each kind of repair fails.
RULE_OF: Mapping[RepairKind, str] = {
    "double_encoding": "TEQ-R01",
    "lossy_character": "TEQ-R02",
    "date_form": "TEQ-R03",
    "money_form": "TEQ-R04",
    "number_form": "TEQ-R04",
    "rfc_form": "TEQ-R05",
    "placeholder": "TEQ-R06",
    "alias": "OCDS-S03",
    "tag_text": "OCDS-S03",
    "code_form": "OCDS-S03",
    "ocds_1_0": "TEQ-R08",
    "ocid_prefix": "TEQ-R09",
    "child_key": "TEQ-R10",
    "apostrophe": "TEQ-R11",
    "formula": "TEQ-R11",
    "blanks": "TEQ-R11",
}
# The same rules, and what they speak of: every process, those published as OCDS, those that were tables and
# became OCDS here, those that name an RFC.
REPAIR_RULES: Mapping[str, Literal["all", "ocds", "tables", "rfc"]] = {
    "OCDS-S03": "ocds",
    "TEQ-R01": "all",
    "TEQ-R02": "all",
    "TEQ-R03": "all",
    "TEQ-R04": "all",
    "TEQ-R05": "rfc",
    "TEQ-R06": "all",
    "TEQ-R08": "ocds",
    "TEQ-R09": "ocds",
    "TEQ-R10": "tables",
    "TEQ-R11": "tables",
}
PUBLISHED_AS_OCDS = frozenset({"as_published", "compiled_in_record", "versioned_in_record"})

# What stands for a value that is withheld as a whole.
RESERVED_MARK = "[dato reservado]"
# Values of these are days, numbers, codes and keys: they say nothing else.
_HARMLESS = frozenset({"date_form", "money_form", "number_form", "tag_text", "child_key"})
_IDENTIFIER = re.compile(r"/parties/\d+/identifier/id")
# Columns of tabular layouts that hold a part of an address which is withheld of natural persons.
_ADDRESS_COLUMN = re.compile(
    r"domicilio|localidad|municipio|colonia|calle|alcald[ií]a|c[oó]digo postal", re.I
)


@dataclass(frozen=True, slots=True)
class Found:
    """A repair and where its source record stands."""

    repair: Repair
    position: Position


@dataclass(frozen=True, slots=True)
class Told:
    """A repair as it may be published; `rule_id` is the rule it fails, None where another one says it already."""

    rule_id: str | None
    kind: RepairKind
    path: str
    original: str | None
    repaired: str | None
    is_guess: bool
    position: Position


def staged(repairs: str | None, positions: Sequence[Mapping[str, Any]]) -> Iterator[Found]:
    """The repairs that staging tells of a release: each at the record its `ordinal` names, else at the first.

    `positions`: {ordinal, raw_sha256, page, position} of the release's source records.
    """
    if repairs is None:
        return
    places = {at.get("ordinal"): at for at in reversed(positions)}
    first = positions[0] if positions else {}
    for element in orjson.loads(repairs):
        yield Found(Repair.from_json(element), place_of(places.get(element.get("ordinal"), first)))


def place_of(at: Mapping[str, Any]) -> Position:
    """An element of a `positions` column as a position."""
    return Position(at.get("raw_sha256"), at.get("page"), at.get("position"))


def told_publicly(
    repairs: Sequence[Found], private: Mapping[str, Any], public: Mapping[str, Any], redactor: OcdsRedactor
) -> Iterator[Told]:
    """Each repair of a release, as it may be published.

    `private` is the release after all repairs, `public` the same after redaction. A value is shown where the
    public release says it too (so a contact or a person's RFC isn't), where it is a placeholder, and where it is
    a day, a number or a key of a published field. Otherwise its shape is; of a reserved field not even that.
    A part of an address must be said in that very place: the town of a natural person isn't shown because the
    buyer's is the same.
    """
    if not repairs:
        return
    release = _Release(private, public, repairs, redactor)
    for found in repairs:
        repair = found.repair
        show = release.shown(repair)
        yield Told(
            None if _is_placeholder_of_a_party(repair) else RULE_OF[repair.kind],
            repair.kind,
            _scrubbed(repair.path),
            None if repair.original is None else show(repair.original),
            None if repair.repaired is None else _repaired(repair.kind, repair.repaired, show),
            repair.guess,
            found.position,
        )


def _repaired(kind: RepairKind, repaired: str, show: Callable[[str], str]) -> str:
    # What was OCDS 1.0 became a pointer: where the value stands now.
    return _scrubbed(repaired) if kind == "ocds_1_0" and repaired.startswith("/") else show(repaired)


def _is_placeholder_of_a_party(repair: Repair) -> bool:
    """Whether a placeholder stood for the identifier of a party: OCDS-P12 says that."""
    return repair.kind == "placeholder" and _IDENTIFIER.fullmatch(repair.path) is not None


class _Release:
    """A release before and after redaction, and what may be shown of the values that stood in it."""

    # Not `cached_property`: compiled (`pipelines/native.py`) it would be worked out at every look.
    def __init__(
        self,
        private: Mapping[str, Any],
        public: Mapping[str, Any],
        repairs: Sequence[Found],
        redactor: OcdsRedactor,
    ) -> None:
        self._private = private
        self._public = public
        self._redactor = redactor
        # Where a value stood before what was OCDS 1.0 moved → where it stands now.
        self._moves = {
            found.repair.path: found.repair.repaired or ""
            for found in repairs
            if found.repair.kind == "ocds_1_0" and (found.repair.repaired or "").startswith("/")
        }
        # A value that was repaired twice, decoded and then guessed: what it was the first time → the last.
        self._last_of = {
            (found.repair.path, found.repair.original): found.repair.repaired for found in repairs
        }
        self._texts: frozenset[str] | None = None
        self._is_reduced: bool | None = None

    def shown(self, repair: Repair) -> Callable[[str], str]:
        """How the values of a repair are shown: as they are but for personal data, as a shape, or not at all."""
        if repair.kind == "alias" and repair.original in ALIASES:
            return _scrubbed
        place = self._place_now(repair.path)
        if self._redactor.reserves(repair.path) or self._is_withheld(place):
            return _withheld
        return _scrubbed if self._may_be_shown(repair, place) else mask

    def _may_be_shown(self, repair: Repair, place: str) -> bool:
        if repair.kind in _HARMLESS:
            return True
        original = repair.original or ""
        if repair.kind == "placeholder":
            return original == "null" or is_placeholder(original) or classify(original).kind == "placeholder"
        repaired = self._last_of.get((repair.path, repair.repaired)) or repair.repaired or ""
        # Nothing says nothing, although the release has blank texts.
        values = {original.strip(), repaired.strip()} - {""}
        is_said_there = str(value_at(self._public, place)).strip() in values
        if is_said_there or "/address/" in place:
            return is_said_there
        if _ADDRESS_COLUMN.search(place) and self._has_reduced_address():
            return False
        return bool(values & self._said()) or classify(repaired).kind == "rfc_legal"

    def _place_now(self, path: str) -> str:
        """Where the value stands after what was OCDS 1.0 moved; staging's repairs speak of the release before."""
        moved = [old for old in self._moves if path == old or path.startswith(f"{old}/")]
        longest = max(moved, key=len, default="")
        return self._moves[longest] + path[len(longest) :] if moved else path

    def _has_reduced_address(self) -> bool:
        """Whether the release says less of where some party lives than was published."""
        if self._is_reduced is None:
            parties = self._private.get("parties")
            self._is_reduced = any(
                value_at(self._public, f"/parties/{at}/address")
                != value_at(self._private, f"/parties/{at}/address")
                for at in range(len(parties) if isinstance(parties, list) else 0)
            )
        return self._is_reduced

    def _said(self) -> frozenset[str]:
        """Every text and name of a field that the public release holds."""
        if self._texts is None:
            self._texts = frozenset(_texts(self._public))
        return self._texts

    def _is_withheld(self, path: str) -> bool:
        """Whether redaction takes away what stands there, by its name or because of whom it is about."""
        return self._redactor.reserves(path) or (
            value_at(self._private, path) is not None and value_at(self._public, path) is None
        )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield name
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, bool):
        yield "true" if value else "false"


def value_at(document: Any, pointer: str) -> Any:
    """What stands at a JSON pointer; None where nothing does, and for what is no pointer."""
    if not pointer.startswith("/"):
        return None
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list):
            at = int(name) if name.isdecimal() else len(document)
            document = document[at] if at < len(document) else None
        else:
            document = document.get(name) if isinstance(document, Mapping) else None
    return document


@lru_cache(maxsize=10_000)
def _scrubbed(text: str) -> str:
    """Paths and words of the dialect come again and again."""
    return scrub(text, pdn_marks())[0]


def _withheld(_: str) -> str:
    return RESERVED_MARK
