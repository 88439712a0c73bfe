"""The rows of a workbook: XLSX, XLS, XLSB or ODS.

Not here: the cells (`workbook_reader.py`, a process of its own), how a row becomes an item (`tabular.py`, the
same for CSV).
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from pipelines.portals import workbook_reader
from pipelines.portals.bodies import BodyFault, require_workbook
from pipelines.portals.items import Item, Problem
from pipelines.portals.tabular import HeaderSearch, TableOptions, column_names, refused_row, row_item

# How a reader ends that asked for too much: a refused allocation, its CPU time, the system's guard of memory.
_LIMIT_SIGNALS = {-signal.SIGABRT, -signal.SIGXCPU, -signal.SIGKILL}
_SHOWN_SHEETS = 8


@dataclass(frozen=True)
class SheetOptions:
    """One entry of `sheets`: the sheets it means (a regular expression), how they are read, whether a
    workbook may lack them."""

    pattern: str
    table: TableOptions
    is_optional: bool

    @classmethod
    def declared(cls, options: Mapping[str, Any]) -> "SheetOptions":
        """From a declaration."""
        return cls(options["sheet"], TableOptions.declared(options), options.get("optional", False))

    def table_of(self, sheet: str) -> TableOptions:
        """The table of a sheet that matches; in its collection's name `\\1` is the first group."""
        found = re.fullmatch(self.pattern, sheet, re.IGNORECASE)
        assert found is not None
        collection = re.sub(r"\\(\d+)", lambda group: found[int(group[1])] or "", self.table.collection)
        return replace(self.table, collection=collection)


class WorkbookBody:
    """The rows of a workbook; `columns` (those of all sheets read, each once) grows as iteration goes on."""

    def __init__(self, path: Path, *, options: TableOptions, sheets: Sequence[SheetOptions]) -> None:
        self._path = path
        self._options = options
        self._sheets = sheets
        self.columns: list[str] = []

    def items(self) -> Iterator[Item]:
        """One item a row: a JSON object header → text, position `hoja «X», fila N` (numbered as the
        spreadsheet does). Blank rows and what stands above the header are passed over; a column without a
        name is one only if something stands in it.

        Without `sheets` the first visible sheet is read, with them every sheet that one of them means.

        Raises:
            BodyFault: not a workbook, damaged, protected, too large; a sheet or its header is missing.
        """
        require_workbook(self._path)
        names: list[str] = []
        seen: set[int] = set()
        table: _SheetTable | None = None
        is_blank = True
        for message in _messages(self._path, [sheet.pattern for sheet in self._sheets]):
            if isinstance(message, list):
                assert table is not None
                is_blank = False
                yield from table.row(message[0], message[1:])
                continue
            if table is not None:
                yield from table.end()
                known = set(self.columns)
                self.columns.extend(name for name in table.columns if name not in known)
                table = None
            if "sheets" in message:
                names = message["sheets"]
            elif "sheet" in message:
                seen.add(message["pattern"])
                table = self._table(message)
        self._require_sheets(seen, names)
        if is_blank:
            raise BodyFault("empty_body", "el libro de cálculo no trae ninguna fila")

    def _table(self, about: Mapping[str, Any]) -> "_SheetTable":
        if not self._sheets:
            return _SheetTable(about, self._options, is_optional=False)
        sheet = self._sheets[about["pattern"]]
        return _SheetTable(about, sheet.table_of(about["sheet"]), is_optional=sheet.is_optional)

    def _require_sheets(self, seen: set[int], names: Sequence[str]) -> None:
        shown = ", ".join(f"«{name[:40]}»" for name in names[:_SHOWN_SHEETS]) or "ninguna"
        if not self._sheets and not seen:
            raise BodyFault("missing_sheet", f"el libro no tiene ninguna hoja visible (sus hojas: {shown})")
        for number, sheet in enumerate(self._sheets):
            if number not in seen and not sheet.is_optional:
                reason = f"el libro no tiene la hoja «{sheet.pattern}» (sus hojas: {shown})"
                raise BodyFault("missing_sheet", reason)


class _SheetTable:
    """One sheet being read, row by row."""

    def __init__(self, about: Mapping[str, Any], options: TableOptions, *, is_optional: bool) -> None:
        self.columns: list[str] = []
        self._sheet: str = about["sheet"]
        self._first_column: int = about["first_column"]
        self._last_rows: list[int] = about["last_rows"]
        self._collection = options.collection
        self._is_optional = is_optional
        self._search = HeaderSearch(options.header)
        self._kept: list[int] = []
        self._package: str | None = None
        self._fault: BodyFault | None = None

    def row(self, number: int, cells: list[str]) -> Iterator[Item]:
        """One row that isn't blank.

        Raises:
            BodyFault: it should be the header or stand below one.
        """
        if self.columns:
            position = f"hoja «{self._sheet}», fila {number}"
            kept = [cells[place] for place in self._kept]
            yield row_item(self._collection, position, self.columns, kept, package=self._package)
        elif self._fault is None:
            try:
                if self._search.is_header(cells):
                    self._name_columns(number, cells)
            except BodyFault as fault:
                self._miss(fault)

    def end(self) -> Iterator[Item]:
        """What is to say when all rows have passed: a sheet that may be missing and has no header is one
        item that can't be used.

        Raises:
            BodyFault: rows, and no header among them.
        """
        if self._fault is None and not self.columns and any(self._last_rows):
            self._miss(self._search.fault())
        if self._fault is not None:
            problem = Problem(self._fault.code, self._fault.reason)
            yield refused_row(self._collection, f"hoja «{self._sheet}»", "", problem)

    def _name_columns(self, number: int, cells: list[str]) -> None:
        """Take this row for the header. Columns keep the numbers that the spreadsheet's letters stand for."""
        names = column_names([""] * self._first_column + cells)[self._first_column :]
        self._kept = [
            place for place, cell in enumerate(cells) if cell.strip() or self._last_rows[place] > number
        ]
        self.columns.extend(names[place] for place in self._kept)
        self._package = self._search.package()

    def _miss(self, fault: BodyFault) -> None:
        self._fault = BodyFault(fault.code, f"en la hoja «{self._sheet}», {fault.reason}")
        if not self._is_optional:
            raise self._fault


def _messages(path: Path, patterns: Sequence[str]) -> Iterator[Any]:
    """What the reader tells of a workbook: its messages as `workbook_reader.py` describes them.

    Raises:
        BodyFault: the workbook can't be read.
        RuntimeError: the reader itself failed.
    """
    command = [sys.executable, "-m", workbook_reader.__name__, str(path.resolve()), *patterns]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, env=environment
        ) as reader,
    ):
        assert reader.stdout is not None
        is_ended = False
        try:
            for line in reader.stdout:
                if not line.endswith(b"\n"):
                    break
                message = orjson.loads(line)
                if isinstance(message, dict):
                    if "fault" in message:
                        raise BodyFault(*message["fault"])
                    is_ended = "end" in message
                yield message
            status = reader.wait()
        finally:
            reader.kill()
        if is_ended and status == 0:
            return
        if status in _LIMIT_SIGNALS:
            raise workbook_reader.too_large()
        if status < 0:
            raise workbook_reader.damaged()
        complaints.seek(0)
        said = complaints.read().decode("utf-8", "replace")
        raise RuntimeError(f"{workbook_reader.__name__} ended with {status}: {said[-2000:]}")
