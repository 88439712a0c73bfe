"""The cells of a workbook as text, told line by line: a program of its own that `workbook_body.py` starts.

A workbook is a ZIP of XML or a small file system, made by whoever likes: two cells at opposite corners of a
sheet make calamine ask for half a terabyte, and a refused allocation ends the process at once. So the process
is one that may end: it limits its own memory and CPU time and shares nothing with the run.

Call: `python -m pipelines.portals.workbook_reader FILE [PATTERN …]`. Without patterns the first visible sheet
is read, with patterns every sheet whose whole name matches one (case apart), hidden or not. Standard output
is one JSON text a line: `{"sheets": [names]}`; for each sheet that is read, in the workbook's order,
`{"sheet": name, "pattern": n, "first_column": c, "last_rows": [...]}` (0-based column where the used area
starts; for each of its columns the number of the last row with something in it, 0 for none), then its rows
that aren't blank as `[number, cell, …]`, numbered as the spreadsheet shows them; at the end `{"end": true}`.
Where a workbook can't be read: `{"fault": [code, reason]}` and nothing more.

Not here: which row is the header and what becomes of the rows (`workbook_body.py`).
"""

import datetime
import io
import posixpath
import re
import resource
import struct
import sys
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from pipelines.portals.bodies import (
    MAX_BODY_BYTES,
    MAX_RATIO,
    RATIO_FROM_BYTES,
    ZIP_MAGIC,
    BodyFault,
    open_body,
)

# A sheet filled to its last row, thirty columns wide. The cells of one sheet are held at once, at some 32 bytes
# each.
MAX_CELLS = 32_000_000
MAX_MEMORY_BYTES = 3 << 30
MAX_CPU_SECONDS = 300
# Whole numbers are written out up to here (as ECMAScript does), not in powers of ten.
_WRITTEN_OUT = 1e21
_LINES_AT_ONCE = 500
_ERROR_TYPE = re.compile(rb"""\st=["']e["']""")
# The stream of an encrypted XLSX in its OLE2 file; an XLS that goes on with FILEPASS after its first record
# (WRITEPROT may stand between).
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_ENCRYPTED_XLS = re.compile(rb"\x09\x08\x10\x00\x00\x06\x05\x00.{12}(?:\x86\x00\x00\x00)?\x2f\x00", re.DOTALL)


def too_large() -> BodyFault:
    """What a workbook beyond the limits is refused with."""
    reason = (
        f"una hoja del libro abarca más de {MAX_CELLS:,} celdas, o leerla pide demasiada memoria o tiempo"
    )
    return BodyFault("too_large", reason)


def damaged() -> BodyFault:
    """What a workbook that can't be followed is refused with."""
    return BodyFault("damaged_workbook", "el libro de cálculo está dañado o incompleto")


def main(path: Path, patterns: Sequence[str]) -> None:
    """Tell the workbook's sheets on standard output; never raises for what is wrong with the workbook."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, MAX_MEMORY_BYTES)
    _limit(resource.RLIMIT_CPU, MAX_CPU_SECONDS)
    try:
        for message in _messages(path, patterns):
            sys.stdout.buffer.write(message)
    except BodyFault as fault:
        _tell_fault(fault)
    except MemoryError:
        _tell_fault(too_large())
    except CalamineError:
        _tell_fault(damaged())
    except BaseException as error:
        # What calamine's own mistakes become; nothing else tells them apart from ours.
        if type(error).__name__ != "PanicException":
            raise
        _tell_fault(damaged())


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _tell_fault(fault: BodyFault) -> None:
    sys.stdout.buffer.write(orjson.dumps({"fault": [fault.code, fault.reason]}) + b"\n")


def _messages(path: Path, patterns: Sequence[str]) -> Iterator[bytes]:
    with open_body(path) as stream:
        content = stream.read(MAX_BODY_BYTES + 1)
    if len(content) > MAX_BODY_BYTES:
        raise BodyFault("bomb", f"el archivo comprimido crece a más de {MAX_BODY_BYTES:,} bytes")
    package = _package(content)
    workbook = _open(content, package)
    tables = [sheet for sheet in workbook.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
    yield _line({"sheets": [sheet.name for sheet in tables]})
    for sheet, pattern in _chosen(tables, patterns):
        cells = _sheet(workbook, sheet.name)
        errors = {} if package is None else _error_cells(package, sheet.name)
        yield from _sheet_messages(cells, sheet.name, pattern, errors)
    yield _line({"end": True})


def _line(message: dict[str, Any]) -> bytes:
    return orjson.dumps(message) + b"\n"


def _package(content: bytes) -> zipfile.ZipFile | None:
    """The parts of an XLSX, XLSB or ODS; None for an XLS.

    Raises:
        BodyFault: damaged, protected, or grows beyond reason when unpacked.
    """
    if not content.startswith(ZIP_MAGIC):
        if _ENCRYPTED_PACKAGE in content or _ENCRYPTED_XLS.search(content) is not None:
            raise BodyFault("password", "el libro de cálculo está protegido con contraseña")
        return None
    with _unpacking():
        package = zipfile.ZipFile(io.BytesIO(content))
        parts = package.infolist()
        size = sum(part.file_size for part in parts)
        if size > MAX_BODY_BYTES or (size > RATIO_FROM_BYTES and size > len(content) * MAX_RATIO):
            raise BodyFault("bomb", f"el libro de cálculo crece a {size:,} bytes al descomprimirse")
        manifest = "META-INF/manifest.xml"
        is_locked = any(part.flag_bits & 1 for part in parts) or (
            manifest in package.namelist() and b"encryption-data" in package.read(manifest)
        )
    if is_locked:
        raise BodyFault("password", "el libro de cálculo está protegido con contraseña")
    return package


def _open(content: bytes, package: zipfile.ZipFile | None) -> CalamineWorkbook:
    try:
        return load_workbook(io.BytesIO(content))
    except CalamineError:
        names = set() if package is None else {name.replace("\\", "/") for name in package.namelist()}
        if package is not None and not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
            reason = f"es un archivo ZIP con {len(names):,} archivos, no un libro de cálculo"
            raise BodyFault("not_a_workbook", reason) from None
        raise


def _chosen(tables: Sequence[SheetMetadata], patterns: Sequence[str]) -> Iterator[tuple[SheetMetadata, int]]:
    """The sheets to read, each with the number of its pattern (0 without patterns)."""
    if not patterns:
        visible = (sheet for sheet in tables if sheet.visible is SheetVisibleEnum.Visible)
        yield from ((sheet, 0) for sheet in list(visible)[:1])
        return
    wanted = [re.compile(pattern, re.IGNORECASE) for pattern in patterns]
    for sheet in tables:
        for number, pattern in enumerate(wanted):
            if pattern.fullmatch(sheet.name):
                yield sheet, number
                break


def _sheet(workbook: CalamineWorkbook, name: str) -> CalamineSheet:
    cells = workbook.get_sheet_by_name(name)
    if cells.total_height * cells.width > MAX_CELLS:
        raise too_large()
    return cells


def _sheet_messages(
    sheet: CalamineSheet, name: str, pattern: int, errors: dict[tuple[int, int], str]
) -> Iterator[bytes]:
    first_column = 0 if sheet.start is None else sheet.start[1]
    last_rows = [0] * sheet.width
    for number, cells in _rows(sheet, first_column, errors):
        for column, cell in enumerate(cells):
            if cell.strip():
                last_rows[column] = number
    about = {"sheet": name, "pattern": pattern, "first_column": first_column, "last_rows": last_rows}
    lines = [_line(about)]
    for number, cells in _rows(sheet, first_column, errors):
        if any(cell.strip() for cell in cells):
            lines.append(orjson.dumps([number, *cells]) + b"\n")
            if len(lines) == _LINES_AT_ONCE:
                yield b"".join(lines)
                lines.clear()
    yield b"".join(lines)


def _rows(
    sheet: CalamineSheet, first_column: int, errors: dict[tuple[int, int], str]
) -> Iterator[tuple[int, list[str]]]:
    """Rows as text, from the sheet's first one on, cells from the used area's first column on."""
    if sheet.start is None:
        return
    rows_with_errors = {row for row, _ in errors}
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = [value if type(value) is str else cell_text(value) for value in values]
        if number in rows_with_errors:
            for place, cell in enumerate(cells):
                cells[place] = cell or errors.get((number, first_column + place), "")
        yield number, cells


def cell_text(value: Any) -> str:
    """A cell's value as text: dates as ISO 8601 says (no time where it is midnight), whole numbers without
    decimals, other numbers in the fewest digits that name them, booleans as `true`, `false`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        is_written_out = value.is_integer() and abs(value) < _WRITTEN_OUT
        return str(int(value)) if is_written_out else repr(value)
    if isinstance(value, datetime.timedelta):
        seconds = round(abs(value.total_seconds()))
        sign = "-" if value.total_seconds() < 0 else ""
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, datetime.datetime | datetime.time):
        clock = value.time() if isinstance(value, datetime.datetime) else value
        text = clock.isoformat(timespec="milliseconds" if clock.microsecond else "seconds")
        if isinstance(value, datetime.time):
            return text
        day = value.date().isoformat()
        return day if clock == datetime.time() else f"{day} {text}"
    return str(value)


def _error_cells(package: zipfile.ZipFile, name: str) -> dict[tuple[int, int], str]:
    """The cells of an XLSX sheet that show an error, by row number and 0-based column: calamine tells them as
    blank, and a blank amount is another finding than one a broken formula left.

    Raises:
        BodyFault: the part can't be unpacked or followed.
    """
    found: dict[tuple[int, int], str] = {}
    with _unpacking():
        part = _sheet_part(package, name)
        if part is not None and _ERROR_TYPE.search(package.read(part)) is not None:
            with package.open(part) as stream:
                for _, element in ET.iterparse(stream):  # noqa: S314 (this process has limits)
                    if element.tag.endswith("}row"):
                        found.update(_row_errors(element))
                        element.clear()
    return found


@contextmanager
def _unpacking() -> Iterator[None]:
    """What `zipfile` and the XML parser say of a damaged package, as one fault."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        ET.ParseError,
        EOFError,
        KeyError,
        NotImplementedError,
        OverflowError,
        ValueError,
    ):
        raise damaged() from None


def _row_errors(row: ET.Element) -> Iterator[tuple[tuple[int, int], str]]:
    for cell in row.iterfind("{*}c[@t='e']"):
        place = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", cell.get("r", ""))
        if place is not None:
            column = 0
            for letter in place[1]:
                column = column * 26 + ord(letter) - ord("A") + 1
            yield (int(place[2]), column - 1), cell.findtext("{*}v", "")


def _sheet_part(package: zipfile.ZipFile, name: str) -> str | None:
    """The part of an XLSX that holds a sheet; None for another kind of workbook."""
    names = set(package.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    workbook = ET.fromstring(package.read("xl/workbook.xml"))  # noqa: S314 (this process has limits)
    relations = ET.fromstring(package.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for sheet in workbook.iterfind("{*}sheets/{*}sheet"):
        if sheet.get("name") == name:
            key = next((value for key, value in sheet.items() if key.endswith("}id")), None)
            part = posixpath.normpath(posixpath.join("/xl", targets.get(key, ""))).lstrip("/")
            return part if part in names else None
    return None


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
