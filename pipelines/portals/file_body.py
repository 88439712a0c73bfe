"""A file of records by its format: which reader, with which of the declared options.

The fetch counts with it and `pipelines/landing/parsers.py` lands with it, so both find the same items. Not
here: the readers (`ocds_body.py`, `csv_body.py`, `workbook_body.py`), how the file came (`bulk_files.py`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.portals.bodies import BodyFault, BodyFormat, Lines, open_text, read_text, sniff
from pipelines.portals.csv_body import DEFAULT_DELIMITER, CsvBody
from pipelines.portals.items import Item, Problem
from pipelines.portals.ocds_body import ocds_items, ocds_lines
from pipelines.portals.tabular import TableOptions
from pipelines.portals.workbook_body import SheetOptions, WorkbookBody
from pipelines.registry import FORMATS_OF_OPTION

# What a declaration may say for all of its files.
SOURCE_OPTIONS = ("delimiter", "encoding")


def file_options(parameters: Mapping[str, Any], file: Mapping[str, Any]) -> dict[str, Any]:
    """The options of one declared file of `bulk_files`; its own come before those of the source."""
    of_source = {name: parameters[name] for name in SOURCE_OPTIONS if name in parameters}
    return of_source | {name: file[name] for name in FORMATS_OF_OPTION if name in file}


@dataclass
class FileBody:
    """A file being read. `columns`: the header of a table, filled while `items` is consumed. `lines`: of a
    format of lines, to ask whether the last one has its end."""

    encoding: str | None
    items: Iterator[Item]
    columns: list[str] = field(default_factory=list)
    lines: Lines | None = None


@contextmanager
def open_file(
    path: Path,
    format_: BodyFormat,
    options: Mapping[str, Any],
    *,
    is_short: bool,
    is_one_of_many: bool,
) -> Iterator[FileBody]:
    """Read an archived file.

    `is_short`: fewer bytes came than announced. `is_one_of_many`: the source has other files, so one that is
    whole but no JSON costs itself, as one item that can't be used.

    Raises:
        BodyFault: here or while items are consumed: the body isn't of its format.
    """
    if format_ == "xlsx":
        sheets = [SheetOptions.declared(sheet) for sheet in options.get("sheets", ())]
        workbook = WorkbookBody(path, options=TableOptions.declared(options), sheets=sheets)
        yield FileBody(None, workbook.items(), workbook.columns)
        return
    sniffed = sniff(path, declared=options.get("encoding"))
    if format_ == "json":
        text = read_text(path, sniffed)
        yield FileBody(sniffed.encoding, _one_of_many(text) if is_one_of_many else ocds_items(text))
    elif format_ == "ndjson":
        with open_text(path, sniffed, newline="\n") as lines:
            yield FileBody(sniffed.encoding, ocds_lines(lines), lines=lines)
    else:
        with open_text(path, sniffed, newline="") as lines:
            delimiter = options.get("delimiter", DEFAULT_DELIMITER)
            table = TableOptions.declared(options)
            csv_body = CsvBody(lines, delimiter=delimiter, options=table, is_short=is_short)
            yield FileBody(sniffed.encoding, csv_body.items(), csv_body.columns, lines)


def _one_of_many(text: str) -> Iterator[Item]:
    """The items of a JSON body; if it is not followed to its end, the body itself is one. Read twice, because
    a mistake at the end must leave nothing of what came before it."""
    try:
        for _ in ocds_items(text):
            pass
    except BodyFault as fault:
        # A cut body is asked for again, and a plain message is no file at all.
        if fault.code != "not_json" or not text.lstrip().startswith(("{", "[")):
            raise
        yield Item("releases", "/", text, None, None, None, Problem("malformed_json", fault.reason))
        return
    yield from ocds_items(text)
