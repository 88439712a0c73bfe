"""The rows of a table as JSON objects header → text, whatever file the table stands in.

Here: where a table's header is, what its columns are called, how a row becomes an item; the same for every
kind of file. Not here: the cells themselves (`csv_body.py`, `workbook_body.py`), which columns a file should
have (`pipelines/standards/layouts/`): a renamed or missing one is no fault of reading.
"""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from pipelines.portals.bodies import BodyFault
from pipelines.portals.items import Item, Problem
from pipelines.portals.json_text import MAX_RECORD_CHARS

DEFAULT_COLLECTION = "contratos"
# Titles, logos and instructions above a header take a dozen rows at most.
HEADER_SEARCH_ROWS = 40
# A longer text before a colon is a sentence.
MAX_TITLE_LABEL = 60
_SHOWN_NAMES = 5


@dataclass(frozen=True)
class TableOptions:
    """What a declaration says of one table: how its records are called, and cells that its header row has
    (none: the first row that isn't blank is the header)."""

    collection: str = DEFAULT_COLLECTION
    header: tuple[str, ...] = ()

    @classmethod
    def declared(cls, options: Mapping[str, Any]) -> "TableOptions":
        """From `collection` and `header` of a declared file or sheet."""
        return cls(options.get("collection", DEFAULT_COLLECTION), tuple(options.get("header", ())))


def is_blank(cells: Sequence[str]) -> bool:
    """Whether a row holds nothing but white space."""
    return not any(cell.strip() for cell in cells)


def column_names(cells: Sequence[str]) -> list[str]:
    """Unique names for a header: a blank one is `columna N`, a repeated one gets ` (2)`, ` (3)` …; white
    space inside a name, line breaks too, is one blank."""
    names: dict[str, None] = {}
    copies: dict[str, int] = {}
    for number, cell in enumerate(cells, start=1):
        base = " ".join(cell.split()) or f"columna {number}"
        name, copy = base, copies.get(base, 1)
        while name in names:
            copy += 1
            name = f"{base} ({copy})"
        copies[base] = copy
        names[name] = None
    return list(names)


def title_of(cells: Sequence[str]) -> tuple[str, str] | None:
    """What a row above a header says (`Nombre del Sujeto Obligado:` | `Secretaría …`, in two cells or in one);
    None where it is something else."""
    texts = [" ".join(cell.split()) for cell in cells if cell.strip()]
    if not texts:
        return None
    label, colon, value = texts[0].partition(":")
    value = value.strip() or (texts[1] if len(texts) > 1 else "")
    return (label, value) if colon and label and value and len(label) <= MAX_TITLE_LABEL else None


class HeaderSearch:
    """Finds the header among the first rows of a table; `titles` is what the rows above it say."""

    def __init__(self, expected: Sequence[str]) -> None:
        self._expected = {_folded(cell): cell for cell in expected}
        self._rows = 0
        self.titles: dict[str, str] = {}

    def is_header(self, cells: Sequence[str]) -> bool:
        """Whether this row, the next one that isn't blank, is the header.

        Raises:
            BodyFault: the header didn't come in time.
        """
        self._rows += 1
        if self._rows > HEADER_SEARCH_ROWS:
            raise self.fault()
        if self._expected.keys() <= {_folded(cell) for cell in cells}:
            return True
        title = title_of(cells)
        if title is not None:
            self.titles.setdefault(*title)
        return False

    def package(self) -> str | None:
        """The titles as JSON text: they are to a table's rows what a package's metadata are to its releases."""
        return orjson.dumps(self.titles).decode() if self.titles else None

    def fault(self) -> BodyFault:
        """What a table without its header is refused with."""
        if not self._rows:
            return BodyFault("no_header", "el archivo no tiene encabezado")
        names = [f"«{cell}»" for cell in self._expected.values()]
        shown = ", ".join(names[:_SHOWN_NAMES]) + (" …" if len(names) > _SHOWN_NAMES else "")
        rows = min(self._rows, HEADER_SEARCH_ROWS)
        return BodyFault("no_header", f"no se encontró el encabezado con {shown} (filas revisadas: {rows})")


def _folded(cell: str) -> str:
    plain = unicodedata.normalize("NFKD", cell)
    return " ".join("".join(mark for mark in plain if not unicodedata.combining(mark)).casefold().split())


def row_item(
    collection: str, position: str, columns: Sequence[str], cells: Sequence[str], *, package: str | None
) -> Item:
    """One row as an item: a JSON object header → text. `cells` are as many as `columns`; `package` is what
    stands above the header."""
    record = dict(zip(columns, cells, strict=True))
    text = orjson.dumps(record)
    if len(text) > MAX_RECORD_CHARS:
        reason = f"la fila ocupa {len(text):,} bytes (máximo {MAX_RECORD_CHARS:,})"
        return refused_row(collection, position, text.decode(), Problem("too_large", reason))
    # Two files of one source may have the same columns in another order.
    sha256 = hashlib.sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return Item(collection, position, text.decode(), sha256, None, package, None)


def refused_row(collection: str, position: str, text: str, problem: Problem) -> Item:
    """The place of a row that can't be used."""
    return Item(collection, position, text, None, None, None, problem)
