"""The rows of a CSV body.

Not here: the header's place and names, and how a row becomes an item (`tabular.py`, the same for workbooks).
"""

import csv
from collections.abc import Iterator

from pipelines.portals.bodies import Lines
from pipelines.portals.items import Item, Problem
from pipelines.portals.json_text import MAX_RECORD_CHARS
from pipelines.portals.tabular import (
    HeaderSearch,
    TableOptions,
    column_names,
    is_blank,
    refused_row,
    row_item,
)

DEFAULT_DELIMITER = ","


class CsvBody:
    """The rows of a CSV body; `columns` is known once iteration has passed the header."""

    def __init__(self, lines: Lines, *, delimiter: str, options: TableOptions, is_short: bool) -> None:
        self._lines = lines
        # Where the portal sent less than it announced, a last row without its line end was cut in some field.
        self._is_short = is_short
        self._delimiter = delimiter
        self._options = options
        self.columns: list[str] = []

    def items(self) -> Iterator[Item]:
        """One item a row: a JSON object header → text, position `fila N` (line of the file, from 1). Blank
        rows and what stands above the header are passed over.

        Raises:
            BodyFault: no header.
        """
        # The reader's own limit (128 KiB a cell) is below what multi-line descriptions reach.
        csv.field_size_limit(MAX_RECORD_CHARS)
        reader = csv.reader(iter(self._lines), delimiter=self._delimiter)
        search = HeaderSearch(self._options.header)
        package: str | None = None
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                yield self._refuse(line, [], "malformed_csv", f"la fila no se puede leer como CSV ({error})")
                continue
            if is_blank(cells):
                continue
            if self.columns:
                yield self._row(line, cells, package)
            elif search.is_header(cells):
                self.columns.extend(column_names(cells))
                package = search.package()
        if not self.columns:
            raise search.fault()

    def _row(self, line: int, cells: list[str], package: str | None) -> Item:
        if self._is_short and not self._lines.is_ended:
            return self._refuse(
                line, cells, "truncated_line", "el archivo llegó cortado a la mitad de esta fila"
            )
        width = len(self.columns)
        if len(cells) > width and is_blank(cells[width:]):
            # Spreadsheets save separators for columns that were used once.
            del cells[width:]
        if len(cells) != width:
            reason = f"la fila tiene {len(cells)} campos y el encabezado {width}"
            return self._refuse(line, cells, "ragged_row", reason)
        return row_item(self._options.collection, f"fila {line}", self.columns, cells, package=package)

    def _refuse(self, line: int, cells: list[str], code: str, reason: str) -> Item:
        text = self._delimiter.join(cells)
        return refused_row(self._options.collection, f"fila {line}", text, Problem(code, reason))
