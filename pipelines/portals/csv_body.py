"""The rows of a CSV body.

Not here: the header's place and names, and how a row becomes an item (`tabular.py`, the same for workbooks).
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator

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
        source = _RereadLines(self._lines)
        reader = csv.reader(source, delimiter=self._delimiter)
        search = HeaderSearch(self._options.header)
        package: str | None = None
        while True:
            line = source.begin_record()
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                yield self._refuse(line, [], "malformed_csv", f"la fila no se puede leer como CSV ({error})")
                continue
            if is_blank(cells):
                continue
            if self.columns and source.is_exhausted and not self._is_short:
                # A quote that nothing closes would swallow every row after it: it costs its own line alone.
                text = source.reread_all_but_first().rstrip("\r\n")
                yield self._refuse(
                    line, [text], "malformed_csv", "las comillas que la fila abre no se cierran"
                )
            elif self.columns:
                yield self._row(line, cells, package, is_open=source.is_exhausted)
            elif search.is_header(cells):
                self.columns.extend(column_names(cells))
                package = search.package()
        if not self.columns:
            raise search.fault()

    def _row(self, line: int, cells: list[str], package: str | None, *, is_open: bool) -> Item:
        if self._is_short and (is_open or not self._lines.is_ended):
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


class _RereadLines:
    """Lines for `csv.reader`, of which those of the latest record can be given again.

    `is_exhausted`: the reader asked for more lines than there are. While it returns a row, that means the row
    opens a quote that isn't closed.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self._record: list[str] = []
        self._line = 1
        self.is_exhausted = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines, None)
        if line is None:
            self.is_exhausted = True
            raise StopIteration
        self._record.append(line)
        return line

    def begin_record(self) -> int:
        """Number of the line, from 1, where the next record starts."""
        self._line += len(self._record)
        self._record = []
        self.is_exhausted = False
        return self._line

    def reread_all_but_first(self) -> str:
        """The first line of the record; the others are given once more."""
        first, *others = self._record
        self._record = [first]
        self._again.extendleft(reversed(others))
        return first
