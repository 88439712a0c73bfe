"""Workbooks for tests, written part by part so that each can be wrong: XLSX of raw cells, ODS of raw rows."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from html import escape

SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
# Numbers of the formats that `xlsx` knows: s="1" is a date, "2" a date with time, "3" a time, "4" a duration.
FORMATS = (0, 14, 22, 21, 46)


def column_letters(number: int) -> str:
    """`A` for 1, `AA` for 27."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def text_cell(column: int, row: int, text: str) -> str:
    """A cell with its text inside."""
    place = f"{column_letters(column)}{row}"
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def value_cell(column: int, row: int, value: str, *, kind: str = "n", style: int = 0) -> str:
    """A cell with a number, date, boolean (`b`) or error (`e`)."""
    return f'<c r="{column_letters(column)}{row}" s="{style}" t="{kind}"><v>{value}</v></c>'


def rows(table: Sequence[Sequence[str]], *, row: int = 1, column: int = 1) -> str:
    """The rows of a sheet, all of them texts, from that place on; blank cells are left out."""
    return "".join(
        f'<row r="{number}">'
        + "".join(text_cell(place, number, text) for place, text in enumerate(cells, start=column) if text)
        + "</row>"
        for number, cells in enumerate(table, start=row)
    )


def xlsx(sheets: Mapping[str, str], *, states: Mapping[str, str] | None = None) -> bytes:
    """A workbook; `sheets`: name → its rows as XML; `states`: name → hidden | veryHidden."""
    hidden = states or {}
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"'
        + (f' state="{hidden[name]}"' if name in hidden else "")
        + "/>"
        for number, name in enumerate(sheets, start=1)
    )
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    styles = "".join(f'<xf numFmtId="{number}"/>' for number in FORMATS)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{SPREADSHEET}" xmlns:r="{RELATIONS}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{relations}'
        f'<Relationship Id="rIdStyles" Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{SPREADSHEET}"><cellXfs>{styles}</cellXfs></styleSheet>',
    }
    for number, content in enumerate(sheets.values(), start=1):
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{content}</sheetData></worksheet>'
        )
    return zipped(parts)


def ods(sheets: Mapping[str, Sequence[Sequence[str]]], *, manifest: str = "") -> bytes:
    """A workbook of texts in OpenDocument; `manifest`: what META-INF/manifest.xml says besides."""
    tables = "".join(
        f'<table:table table:name="{escape(name)}">'
        + "".join(
            "<table:table-row>"
            + "".join(
                f'<table:table-cell office:value-type="string"><text:p>{escape(text)}</text:p></table:table-cell>'
                if text
                else "<table:table-cell/>"
                for text in cells
            )
            + "</table:table-row>"
            for cells in table
        )
        + "</table:table>"
        for name, table in sheets.items()
    )
    namespaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:'
            f'xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="content.xml"/>{manifest}'
            "</manifest:manifest>",
            "content.xml": f"<office:document-content{namespaces}><office:body><office:spreadsheet>{tables}"
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """The parts as a ZIP whose bytes depend on nothing else."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, content in parts.items():
            about = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            about.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            package.writestr(about, content)
    return target.getvalue()
