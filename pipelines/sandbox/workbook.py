"""Workbooks (XLSX) of the sample data, written byte by byte the same for the same content.

Here: the plain form of a workbook and how it becomes OOXML. The plain form is JSON lines:

- the frame: `{"sheets": [{"name": "Reporte", "rows": [[…], …], "hidden": true, "merged": ["A1:F1"]}, …]}`, the
  sheets in their order with the rows that always stand there (titles, headers, catalogues);
- one record a line: `{"rows": {"<sheet>": [[…], …], …}}`, rows to append to named sheets: a contract with
  its children in other sheets is one record, so that whoever takes records away takes both.

A cell is null (no cell), text, a number, a boolean, `{"date": "2024-01-31"}` (also with ` HH:MM:SS`: a
serial number in a date format), `{"error": "#REF!"}` or `{"formula": "B2*1.16", "value": 116.0}` (what a
spreadsheet worked out stands beside its formula). Not here: how makers write this form (`sheets.py`).
"""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import orjson

# The oldest time a ZIP can hold: members carry no clock.
NO_TIME = (1980, 1, 1, 0, 0, 0)
EPOCH = datetime(1899, 12, 30)
DATE_STYLE, TIME_STYLE = 1, 2
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
CONTENT_TYPE = f"{SHEET_TYPE}.sheet"
# 14 and 22 are the built-in date formats (date; date and time).
STYLES = (
    f'{XML}<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts>'
    '<fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf/>'
    '<xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


def pack(plain: bytes) -> bytes:
    """The XLSX bytes of a workbook's plain form."""
    frame, *records = (orjson.loads(line) for line in plain.splitlines())
    rows: dict[str, list[list[Any]]] = {sheet["name"]: list(sheet["rows"]) for sheet in frame["sheets"]}
    for record in records:
        for name, added in record["rows"].items():
            rows[name].extend(added)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _parts(frame["sheets"], rows):
            archive.writestr(zipfile.ZipInfo(name, NO_TIME), text, zipfile.ZIP_DEFLATED, compresslevel=6)
    return buffer.getvalue()


def _parts(
    sheets: Sequence[Mapping[str, Any]], rows: Mapping[str, list[list[Any]]]
) -> Iterable[tuple[str, str]]:
    numbers = range(1, len(sheets) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{SHEET_TYPE}.worksheet+xml"/>'
        for number in numbers
    )
    yield (
        "[Content_Types].xml",
        f'{XML}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{SHEET_TYPE}.styles+xml"/>{overrides}</Types>',
    )
    yield "_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")])
    listed = "".join(
        f'<sheet name={quoteattr(sheet["name"])} sheetId="{number}" r:id="rId{number}"'
        + (' state="hidden"/>' if sheet.get("hidden") else "/>")
        for number, sheet in zip(numbers, sheets, strict=True)
    )
    yield (
        "xl/workbook.xml",
        f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
    )
    targets = [("worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    yield "xl/_rels/workbook.xml.rels", _relations([*targets, ("styles", "styles.xml")])
    yield "xl/styles.xml", STYLES
    for number, sheet in zip(numbers, sheets, strict=True):
        body = "".join(_row(place, cells) for place, cells in enumerate(rows[sheet["name"]], start=1))
        merged = _merged(sheet.get("merged", ()))
        text = f'{XML}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData>{merged}</worksheet>'
        yield f"xl/worksheets/sheet{number}.xml", text


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{listed}</Relationships>'


def _merged(ranges: Sequence[str]) -> str:
    if not ranges:
        return ""
    listed = "".join(f'<mergeCell ref="{each}"/>' for each in ranges)
    return f'<mergeCells count="{len(ranges)}">{listed}</mergeCells>'


def _row(number: int, cells: Sequence[Any]) -> str:
    found = "".join(
        _cell(f"{_column(place)}{number}", value) for place, value in enumerate(cells) if value is not None
    )
    return f'<row r="{number}">{found}</row>'


def _cell(place: str, value: Any) -> str:
    if isinstance(value, dict):
        if "error" in value:
            return f'<c r="{place}" t="e"><v>{escape(value["error"])}</v></c>'
        if "formula" in value:
            return f'<c r="{place}"><f>{escape(value["formula"])}</f><v>{value["value"]!r}</v></c>'
        moment = datetime.fromisoformat(value["date"])
        days = (moment - EPOCH).total_seconds() / 86_400
        style = TIME_STYLE if len(value["date"]) > len("2024-01-31") else DATE_STYLE
        return f'<c r="{place}" s="{style}"><v>{days!r}</v></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def _column(place: int) -> str:
    """A, B … Z, AA …"""
    letters = ""
    number = place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
