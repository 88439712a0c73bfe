"""How makers of tabular sample data write what they make: workbook sheets and rows, CSV lines, cells.

Here: the forms, without meaning. Not here: what stands in the cells (`contract_rows.py` and one module for
each layout), the bytes of a workbook (`workbook.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from pipelines.sandbox import workbook
from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.order import csv_line

MONTHS = (
    *("Enero", "Febrero", "Marzo", "Abril", "Mayo", "Junio"),
    *("Julio", "Agosto", "Septiembre", "Octubre", "Noviembre", "Diciembre"),
)
Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Sheet:
    """A sheet with the rows that always stand in it: titles, headers, catalogues."""

    name: str
    rows: Rows = ()
    is_hidden: bool = False
    merged: tuple[str, ...] = ()


def workbook_envelope(sheets: Sequence[Sheet]) -> Envelope:
    """A workbook of these sheets; records add rows to them."""
    frame = {
        "sheets": [
            {"name": sheet.name, "rows": sheet.rows, "hidden": sheet.is_hidden, "merged": sheet.merged}
            for sheet in sheets
        ]
    }
    return Envelope(orjson.dumps(frame) + b"\n", b"\n", b"\n", workbook.CONTENT_TYPE, packing="workbook")


def workbook_record(rows: Mapping[str, Rows]) -> bytes:
    """One record: the rows it adds to each sheet, the record's own row first."""
    return orjson.dumps({"rows": rows})


def csv_envelope(above: Rows, encoding: str) -> Envelope:
    """A CSV file with the lines `above` (titles, header) before its records."""
    head = b"".join(csv_record(cells, encoding) + b"\n" for cells in above)
    return Envelope(head, b"\n", b"\n", f"text/csv; charset={encoding}")


def csv_record(cells: Sequence[Any], encoding: str) -> bytes:
    """A line without its end; amounts with two decimals, days as YYYY-MM-DD, nothing for None."""
    return csv_line(["" if cell is None else as_text(cell) for cell in cells], encoding)


def as_text(value: Any) -> str:
    """A value as a CSV file writes it."""
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    return str(value)


def as_cell(value: Any) -> Any:
    """A value as a workbook holds it: days are real dates, amounts numbers."""
    return {"date": f"{value:%Y-%m-%d}"} if isinstance(value, date) else value


def pesos(amount: float) -> str:
    """$807,774.61"""
    return f"${amount:,.2f}"


def slashed(day: date) -> str:
    """31/01/2018"""
    return f"{day:%d/%m/%Y}"


def month_named(day: date) -> str:
    """01-Enero-18"""
    return f"{day:%d}-{MONTHS[day.month - 1]}-{day:%y}"
