"""The rows of a CSV body, as JSON objects header → text.

Not here: which columns a file should have (staging): a renamed or missing one is no fault of reading.
"""

import csv
import hashlib
from collections.abc import Iterator

import orjson

from pipelines.portals.bodies import BodyFault, Lines
from pipelines.portals.items import Item, Problem
from pipelines.portals.json_text import MAX_RECORD_CHARS, canonical


def csv_columns(cells: list[str]) -> list[str]:
    """Unique names for a header: a blank one is `columna N`, a repeated one gets ` (2)`, ` (3)` …"""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        base = " ".join(cell.split()) or f"columna {number}"
        name, copy = base, 1
        while name in names:
            copy += 1
            name = f"{base} ({copy})"
        names.append(name)
    return names


class CsvBody:
    """The rows of a CSV body; `columns` is known once iteration has passed the header."""

    def __init__(self, lines: Lines, *, delimiter: str, collection: str, is_short: bool) -> None:
        self._lines = lines
        # Where the portal sent less than it announced, a last row without its line end was cut in some field.
        self._is_short = is_short
        self._delimiter = delimiter
        self._collection = collection
        self.columns: list[str] = []

    def items(self) -> Iterator[Item]:
        """One item a row: a JSON object header → text, position `fila N` (line of the file; the header is 1).

        Raises:
            BodyFault: no header.
        """
        # The reader's own limit (128 KiB a cell) is below what multi-line descriptions reach.
        csv.field_size_limit(MAX_RECORD_CHARS)
        reader = csv.reader(iter(self._lines), delimiter=self._delimiter)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                yield self._refuse(line, [], "malformed_csv", f"la fila no se puede leer como CSV ({error})")
                continue
            if not cells:
                continue
            if not self.columns:
                self.columns.extend(csv_columns(cells))
                continue
            yield self._row(line, cells)
        if not self.columns:
            raise BodyFault("wrong_shape", "el archivo no tiene encabezado")

    def _row(self, line: int, cells: list[str]) -> Item:
        if self._is_short and not self._lines.is_ended:
            return self._refuse(
                line, cells, "truncated_line", "el archivo llegó cortado a la mitad de esta fila"
            )
        if len(cells) != len(self.columns):
            reason = f"la fila tiene {len(cells)} campos y el encabezado {len(self.columns)}"
            return self._refuse(line, cells, "ragged_row", reason)
        record = orjson.dumps(dict(zip(self.columns, cells, strict=True)))
        if len(record) > MAX_RECORD_CHARS:
            return self._refuse(line, cells, "too_large", f"la fila ocupa {len(record):,} bytes")
        # Two files of one source may have the same columns in another order.
        sha256 = hashlib.sha256(canonical(orjson.loads(record))).hexdigest()
        return Item(self._collection, f"fila {line}", record.decode(), sha256, None, None, None)

    def _refuse(self, line: int, cells: list[str], code: str, reason: str) -> Item:
        text = self._delimiter.join(cells)
        return Item(self._collection, f"fila {line}", text, None, None, None, Problem(code, reason))
