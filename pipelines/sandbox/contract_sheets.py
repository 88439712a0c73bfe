"""Contract tables of a layout that stands in the source's own declaration: sample data without code.

Here: rows under the headers of `layout:` (workbook or CSV), for any source of the family `contract_sheets`.
Not here: publishers whose files have traits of their own (`chihuahua.py`, `karewa.py`, `san_pedro.py`), the
values and their defects (`contract_rows.py`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pipelines.sandbox.contract_rows import ROW_DEFECTS, contract_row
from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.defects import Planter, Record
from pipelines.sandbox.order import Made, Order, in_files, repeated
from pipelines.sandbox.people import fold
from pipelines.sandbox.procurement import Purchase, make_purchase
from pipelines.sandbox.sheets import (
    Sheet,
    as_cell,
    csv_envelope,
    csv_record,
    workbook_envelope,
    workbook_record,
)

TITLE = "Relación de contratos"
SHEET = "Contratos"
# Elements of list fields (bidders) that a made-up header has when the declaration doesn't list its columns.
LIST_WIDTH = 3


def make_by_layout(order: Order) -> Made:
    """The declared files with contracts of the publisher's place.

    Raises:
        ValueError: when the declaration names a shared layout, whose headers aren't known here.
    """
    scene = order.local_scene((40, 45, 15))
    return make_files(order, lambda number, year: make_purchase(order.rng, scene, number=number, year=year))


def make_files(order: Order, purchase: Callable[[int, int], Purchase], *, encoding: str = "utf-8") -> Made:
    """The declared files with the purchases that `purchase` makes (number, year), under the declared header;
    `encoding` is that of CSV files.

    Raises:
        ValueError: as `make_by_layout`.
    """
    layout = order.source.layout
    if not isinstance(layout, Mapping):
        message = f"no sample data for {order.source.id}: its headers stand in the shared layout {layout!r}"
        raise ValueError(message)
    headers = _headers(layout)
    is_csv = order.files[0]["format"] == "csv"
    planter = Planter(ROW_DEFECTS)
    records: list[tuple[str, bytes]] = []
    number = 0
    while len(records) < order.count:
        number += 1
        row = contract_row(purchase(number, order.rng.choice(order.volume.years)), order.rng)
        row_id = row["contract_number"]
        # Only what the file shows can be broken in it.
        row = {name: value for name, value in row.items() if name in layout["fields"] or name == "tenderers"}
        row = planter.plant(row, planter.draw(order.rng))
        cells = [_value(layout, header, row) for header in headers]
        record = (
            csv_record(cells, encoding)
            if is_csv
            else workbook_record({SHEET: [[as_cell(cell) for cell in cells]]})
        )
        records.extend(repeated(order.rng, row_id, record, planter.planted))

    def envelope(address: str) -> Envelope:
        if is_csv:
            return csv_envelope([headers], encoding)
        titles = [[order.source.publisher.name], [TITLE], []]
        return workbook_envelope([Sheet(SHEET, [*titles, headers])])

    return in_files(order, records, envelope), planter.planted


def _headers(layout: Mapping[str, Any]) -> Sequence[str]:
    """The declared columns, else every header the fields name (the first of alternatives)."""
    if "columns" in layout:
        columns: Sequence[str] = layout["columns"]
        return columns
    return list(dict.fromkeys(_named(layout)))


def _named(layout: Mapping[str, Any]) -> Iterator[str]:
    for headers in layout["fields"].values():
        if isinstance(headers, Mapping):
            members = [each if isinstance(each, str) else each[0] for each in headers.values()]
            for number in range(1, LIST_WIDTH + 1):
                yield from (member.format(n=number) for member in members)
        else:
            yield headers if isinstance(headers, str) else headers[0]


def _value(layout: Mapping[str, Any], header: str, row: Record) -> Any:
    """What the row has under the header: the field that names it first; None where no field does."""
    for field, headers in layout["fields"].items():
        if isinstance(headers, Mapping):
            found = _member(headers, header, row) if field == "bidders" else None
            if found is not None:
                return found
        elif header in ([headers] if isinstance(headers, str) else headers[:1]):
            return _published(layout.get("values", {}).get(field, {}), row.get(field))
    return None


def _member(patterns: Mapping[str, str], header: str, row: Record) -> Any:
    for number, (name, rfc, offer) in enumerate(row["tenderers"], start=1):
        for member, value in (("name", name), ("rfc", rfc), ("amount", offer)):
            if member in patterns and header == patterns[member].format(n=number):
                return value
    return None


def _published(values: Mapping[str, str], value: Any) -> Any:
    """The publisher's own word for a value, where the declaration translates it."""
    if not isinstance(value, str):
        return value.replace(hour=0, minute=0) if isinstance(value, datetime) else value
    return next((own for own, text in values.items() if fold(text)[:8] == fold(value)[:8]), value)
