"""SIPOT's formats 43335 and 43336 in the three forms in which they leave the national platform.

Here: the workbook of the public query (titles, header in row 6, a `Tabla_` sheet for each table, visible
catalogues), the CSV sent by e-mail (Latin-1, no tables) and the load template; a quarter issued again, tables
under a state's own numbers, a table that is missing, rows that belong to nobody. Not here: fields
(`sipot_formats.py`), values and defects of a row (`contract_rows.py`).

What a file holds is in its name: `43335_2025_1.xlsx`, `…_actualizado.xlsx` (issued again), `plantilla_…` (load
template), `.csv`.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pipelines.sandbox.contract_rows import ROW_DEFECTS, contract_row, with_rates
from pipelines.sandbox.dataset import Draft, Envelope
from pipelines.sandbox.defects import Planter, Record
from pipelines.sandbox.order import Made, Order, draft, file_address
from pipelines.sandbox.people import Person, Supplier, make_person
from pipelines.sandbox.procurement import Purchase, Scene, make_purchase
from pipelines.sandbox.sheets import (
    Rows,
    Sheet,
    as_cell,
    csv_envelope,
    csv_record,
    slashed,
    workbook_envelope,
    workbook_record,
)
from pipelines.sandbox.sipot_formats import DIRECT_AWARDS, TENDERS, TYPE_CODES, Field, Format

FILE_NAME = re.compile(r"(43335|43336)_(\d{4})_([1-4])(_actualizado)?\.\w+$")
FORMATS = {str(each.number): each for each in (DIRECT_AWARDS, TENDERS)}
LAW = "Ley de Transparencia, Acceso a la Información Pública y Buen Gobierno del Estado de Oaxaca"
QUARTERS = ("1er", "2do", "3er", "4to")
TEMPLATE_SHEET = "Reporte de Formatos"
# Which issues have which trait.
OLDER = (2025, 1)
TYPED_FROM = 2026
RENUMBERED = (DIRECT_AWARDS, 2025, 4)
WITHOUT_TABLE = (TENDERS, 2025, 3)
WITH_ORPHANS = (TENDERS, 2026, 1)
# A state that writes its own law into the format gets tables of its own numbers: 334271 is 393674.
RENUMBERED_BY = 59_403
RENUMBERED_TITLE = "NLA95FXXIX Resultados de procedimientos de adjudicación directa"
ORPHANS = 5
# A quarter issued again, of 20 rows: 14 stay byte by byte, 5 are corrected, one is withdrawn; two rows are new.
REISSUED, UNCHANGED, CORRECTED, ADDED = 20, 14, 5, 2
NO_KEY = 0.4
AMENDED = 0.1
FRAMEWORK = 0.05
FILLERS = ("NA", "N/A", "-", "Sin dato")
# Words that titles in older exports leave in lower case.
SMALL_WORDS = {"a", "con", "de", "en", "para", "su"}
ENCODING = "latin-1"
DEFECTS = with_rates(
    ROW_DEFECTS,
    outer_blank=0.05,
    rfc_blank=0.03,
    rfc_hyphens=0.04,
    rfc_hopeless=0.03,
    no_rfc=0.02,
    money_text=0.05,
    money_unreadable=0.01,
    zero_amount=0.01,
    date_unreadable=0.01,
    end_before_start=0.01,
    apostrophe=0.03,
    line_break=0.06,
    double_encoding=0.01,
    upper_case=0.15,
    personal_data_in_text=0.006,
)


@dataclass(frozen=True)
class Issue:
    """What a file holds, from its name, and how it is written."""

    format: Format
    year: int
    quarter: int
    is_reissue: bool
    is_template: bool
    is_csv: bool

    @property
    def is_older(self) -> bool:
        """Exports of before have no moments of creation and change."""
        return (self.year, self.quarter) == OLDER

    @property
    def is_typed(self) -> bool:
        """Newer exports have real dates and numbers, the others text."""
        return not self.is_csv and (self.year >= TYPED_FROM or self.is_template)

    @property
    def is_renumbered(self) -> bool:
        """Whether the tables have a state's own numbers."""
        return (self.format, self.year, self.quarter) == RENUMBERED

    @property
    def missing_table(self) -> str | None:
        """The table whose sheet is not in the file though rows refer to it."""
        return "budget_items" if (self.format, self.year, self.quarter) == WITHOUT_TABLE else None

    @property
    def has_orphans(self) -> bool:
        """Whether a table has rows that no row of the main sheet refers to."""
        return (self.format, self.year, self.quarter) == WITH_ORPHANS

    def table_number(self, table: Field) -> int:
        """The number a table goes by in this file."""
        return table.number + (RENUMBERED_BY if self.is_renumbered else 0)

    def tab(self, table: Field) -> str:
        """The name of a table's sheet; every release of the platform wrote it its own way."""
        form = (
            "Tabla_{}"
            if self.is_template
            else ("TABLA_{}", "Tabla_{}", "TABLA_{}", "Tabla{}")[self.quarter - 1]
        )
        return form.format(self.table_number(table))


def make_files(order: Order) -> Made:
    """Every declared file: contracts of its quarter, direct awards or tenders.

    Raises:
        ValueError: for a file whose name doesn't say what it holds.
    """
    planter = Planter(DEFECTS)
    scene = order.local_scene((45, 42, 13))
    issues = [_issue(file_address(order.source, file)) for file in order.files]
    share = max(order.count // sum(not issue.is_reissue for issue in issues), 2)
    first: dict[tuple[Format, int, int], list[Record]] = {}
    drafts = []
    number = 0
    for place, issue in enumerate(issues):
        key = (issue.format, issue.year, issue.quarter)
        wanted = ADDED if issue.is_reissue else share
        made: list[Record] = []
        while len(made) < wanted:
            number += 1
            purchase = make_purchase(order.rng, scene, number=number, year=issue.year)
            if _belongs(purchase, issue):
                made.append(_values(purchase, issue, order.rng, scene, planter))
        if issue.is_reissue:
            made = [*_again(first.get(key, []), planter), *made]
            planter.planted["reissued_added"] += ADDED
        else:
            first[key] = made
        drafts.append(_draft(str(place), issue, made, order, planter))
    return drafts, planter.planted


def _issue(address: str) -> Issue:
    name = address.rsplit("/", 1)[-1]
    found = FILE_NAME.search(name)
    if found is None:
        message = f"{name} doesn't say what it holds; expected a name like 43335_2025_1.xlsx"
        raise ValueError(message)
    return Issue(
        FORMATS[found[1]],
        int(found[2]),
        int(found[3]),
        is_reissue=found[4] is not None,
        is_template=name.startswith("plantilla_"),
        is_csv=name.endswith(".csv"),
    )


def _belongs(purchase: Purchase, issue: Issue) -> bool:
    is_direct = purchase.method.code == "direct"
    quarter = (purchase.published.month + 2) // 3
    return is_direct == (issue.format is DIRECT_AWARDS) and quarter == issue.quarter


def _again(rows: Sequence[Record], planter: Planter) -> list[Record]:
    """The quarter as issued again: the same IDs, some rows corrected, some withdrawn."""
    kept = []
    for place, row in enumerate(rows):
        if place % REISSUED < UNCHANGED:
            planter.planted["reissued_unchanged"] += 1
            kept.append(row)
        elif place % REISSUED < UNCHANGED + CORRECTED:
            planter.planted["reissued_corrected"] += 1
            corrected = round(row["net"] * 1.05, 2)
            kept.append(
                {
                    **row,
                    "net": corrected,
                    "gross": round(corrected * 1.16, 2),
                    "modified": row["modified"] + timedelta(days=45),
                    "updated": row["updated"] + timedelta(days=45),
                    "note": "Se corrige el monto del contrato",
                }
            )
        else:
            planter.planted["reissued_withdrawn"] += 1
    return kept


# --- values -----------------------------------------------------------------------------------------------


def _values(purchase: Purchase, issue: Issue, rng: random.Random, scene: Scene, planter: Planter) -> Record:
    """What one row says, by the `means` of the fields; tables are lists of such rows."""
    row = contract_row(purchase, rng)
    if not purchase.supplier.is_company:
        # The platform has three fields for a person's name, not this one.
        row["supplier_name"] = None
    row = planter.plant(row, planter.draw(rng))
    is_works = purchase.category == "works"
    is_amended = rng.random() < AMENDED
    is_framework = rng.random() < FRAMEWORK
    start = datetime(issue.year, issue.quarter * 3 - 2, 1)
    end = datetime(issue.year + issue.quarter // 4, issue.quarter * 3 % 12 + 1, 1) - timedelta(days=1)
    folder = f"https://www.oaxaca.gob.mx/administracion/contratos/{purchase.year}/{purchase.number}"
    values = {
        "number": purchase.number,
        "created": end + timedelta(days=rng.randint(10, 25)),
        "year": str(issue.year),
        "period_start": start,
        "period_end": end,
        "procedure": _procedure(purchase),
        "matter": "Obra pública" if is_works else row["contracting_type"],
        "scope": "Nacional",
        "file_number": f"SA-{row['code']}-{purchase.number:04d}-{purchase.year}",
        "reasons": row["exception_description"] or "Mejor propuesta económica solvente",
        "description": row["title"],
        "notice_url": f"{folder}/convocatoria.pdf",
        "published": row["published_at"],
        "clarified": row["clarified_at"],
        "minutes_url": f"{folder}/junta.pdf",
        "proposals_url": f"{folder}/propuestas.pdf",
        "requesting_area": purchase.area,
        "contracting_area": "Dirección de Recursos Materiales",
        "responsible_area": row["unit_name"],
        "contract_number": row["contract_number"],
        "signed": row["signed_at"],
        "net": row["net_amount"],
        "gross": row["amount"],
        "minimum": round(purchase.gross * 0.4, 2) if is_framework else None,
        "maximum": purchase.gross if is_framework else None,
        "currency": rng.choice(("Peso Mexicano", "MXN", "Pesos", "Nacional")),
        "payment": rng.choice(("Transferencia interbancaria", "Transferencia", "Cheque")),
        "object": row["description"],
        "guarantees": round(purchase.gross * 0.1, 2),
        "starts": row["starts_at"],
        "ends": row["ends_at"],
        "contract_url": f"{folder}/contrato.pdf",
        "origin": rng.choices(("Estatales", "Federales", "Municipales"), weights=(70, 28, 2))[0],
        "funds": row["funding_source"],
        "fund_type": rng.choice(("Fondo General de Participaciones", "FAFEF", "NA")),
        "works_place": purchase.title.split(" en ", 1)[-1] if is_works else None,
        "works_description": purchase.title if is_works else None,
        "works_stage": "En ejecución" if is_works else None,
        "is_amended": "Si" if is_amended else "No",
        "supervision": "Órgano Interno de Control",
        "road": "Calle",
        "publishing_area": "Dirección de Recursos Materiales",
        "validated": end + timedelta(days=rng.randint(5, 20)),
        "note": None
        if rng.random() < 0.8
        else "Los hipervínculos se encuentran en proceso de digitalización",
        **_party(purchase.supplier, rng),
        "rfc": row["rfc"],
        **_tables(purchase, rng, scene, is_amended=is_amended, folder=folder),
    }
    values["modified"] = values["updated"] = values["validated"]
    if purchase.supplier.is_company:
        values["company"] = row["supplier_name"]
    return values


def _procedure(purchase: Purchase) -> str:
    words = {
        "direct": "Adjudicación directa",
        "selective": "Invitación a cuando menos tres personas",
        "open": "Licitación pública",
    }
    return words[purchase.method.code]


def _party(supplier: Supplier, rng: random.Random) -> Record:
    """A supplier in the platform's fields; those that don't apply are blank or filled with something."""
    filler = rng.choice(FILLERS) if rng.random() < 0.3 else None
    if supplier.is_company:
        return {"given": filler, "surname_1": filler, "surname_2": filler, "company": supplier.name}
    return {**_person(supplier.representative), "company": filler}


def _person(person: Person) -> Record:
    return {"given": person.names, "surname_1": person.first_surname, "surname_2": person.second_surname}


def _tables(
    purchase: Purchase, rng: random.Random, scene: Scene, *, is_amended: bool, folder: str
) -> dict[str, list[Record]]:
    """The rows of each table, empty lists included."""
    others = scene.stall.pick(rng, 3)
    quoting = [
        purchase.supplier,
        *(other for other in others[: rng.randint(0, 2)] if other != purchase.supplier),
    ]
    invited = [*purchase.tenderers, *(other for other in others if other not in purchase.tenderers)]
    bidders = [{**_party(each, rng), "rfc": each.rfc} for each in purchase.tenderers]
    official = make_person(rng, "20")
    is_works = purchase.category == "works"
    return {
        "quotes": [
            {**_party(each, rng), "rfc": each.rfc, "amount": round(purchase.gross * (1 + 0.07 * place), 2)}
            for place, each in enumerate(quoting)
        ],
        "invited": [{**_party(each, rng), "rfc": each.rfc} for each in invited],
        "bidders": bidders,
        "attendees": bidders[: rng.randint(0, len(bidders))],
        "officials": [{**_person(official), "office": "Jefe de Departamento", "rfc": official.rfc}],
        "budget_items": [{"item": purchase.good.cog}],
        "works": [{"place": purchase.title.split(" en ", 1)[-1], "remarks": None, "stage": "en ejecución"}]
        * is_works,
        "amendments": [
            {
                "id": f"CM-{purchase.number}/{purchase.year}",
                "description": "Ampliación del monto y del plazo del contrato",
                "date": purchase.starts + timedelta(days=20),
                "url": f"{folder}/convenio.pdf",
            }
        ]
        * is_amended,
    }


# --- files ------------------------------------------------------------------------------------------------


def _draft(key: str, issue: Issue, rows: Sequence[Record], order: Order, planter: Planter) -> Draft:
    subject = order.source.publisher.name
    if issue.is_csv:
        records = [(row["file_number"], csv_record(_main_cells(row, issue, {}), ENCODING)) for row in rows]
        titles = [*_titles(issue, subject)[:3], [_title_case(label) for label in _labels(issue)]]
        planter.planted["missing_table"] += len(issue.format.tables)
        return draft(key, csv_envelope(titles, ENCODING), records)
    records = []
    for row in rows:
        keys, children = _children(row, issue, planter)
        main = TEMPLATE_SHEET if issue.is_template else _main_sheet(issue)
        record = workbook_record({main: [_main_cells(row, issue, keys)], **children})
        records.append((row["file_number"], record))
    if issue.missing_table is not None:
        planter.planted["missing_table"] += 1
    if issue.is_renumbered:
        planter.planted["renumbered_table"] += len(issue.format.tables)
    if issue.has_orphans:
        records.append(("orphans", _orphans(issue, rows)))
        planter.planted["orphan_child"] += ORPHANS
    envelope = _template(issue) if issue.is_template else _export(issue, subject)
    return draft(key, envelope, records)


def _main_sheet(issue: Issue) -> str:
    return "Información" if issue.quarter % 2 else "Informacion"


def _titles(issue: Issue, subject: str) -> list[list[str]]:
    title = RENUMBERED_TITLE if issue.is_renumbered else issue.format.title
    return [
        ["Nombre del Sujeto Obligado:", subject],
        ["Normativa:", LAW],
        ["Formato:", title],
        ["Periodo(s):", f"{QUARTERS[issue.quarter - 1]} trimestre {issue.year}"],
    ]


def _labels(issue: Issue) -> list[str]:
    """The header of the main sheet, in the platform's letters; a table's label names its sheet."""
    labels = [
        f"{field.label} (Tabla_{issue.table_number(field)})" if field.kind == "table" else field.label
        for field in issue.format.fields
    ]
    if issue.is_template:
        return labels
    return (
        ["ID", *labels]
        if issue.is_older or issue.is_csv
        else ["ID", "Fecha creacion", "Fecha modificacion", *labels]
    )


def _title_case(label: str) -> str:
    """Número Que Identifique Al Contrato; what stands in parentheses stays as it is."""
    return " ".join(
        word
        if word.startswith("(") or not word
        else word.lower()
        if word.lower() in SMALL_WORDS
        else word[0].upper() + word[1:]
        for word in label.split(" ")
    )


def _export(issue: Issue, subject: str) -> Envelope:
    sheets = [
        Sheet(_main_sheet(issue), [*_titles(issue, subject), [], [each.upper() for each in _labels(issue)]])
    ]
    sheets += [
        Sheet(f"Hidden_{place}", [[word] for word in field.catalogue])
        for place, field in enumerate(issue.format.catalogues, start=1)
    ]
    front = ["ID"] if issue.is_older else ["ID", "FECHA CREACION", "FECHA MODIFICACION"]
    for table in _present_tables(issue):
        header = [*front, *(field.label.upper() for field in table.fields)]
        sheets.append(Sheet(issue.tab(table), [["Información relacionada a:", table.label], [], header]))
    return workbook_envelope(sheets)


def _template(issue: Issue) -> Envelope:
    fields = issue.format.fields
    rows: Rows = [
        [str(issue.format.number)],
        ["TITULO", "NOMBRE CORTO", "DESCRIPCION"],
        [issue.format.title, f"LGTA70FXXVIII-{issue.format.number}", issue.format.title],
        [TYPE_CODES[field.kind] for field in fields],
        [str(field.number) for field in fields],
        ["Tabla Campos"],
        _labels(issue),
    ]
    sheets = [Sheet(TEMPLATE_SHEET, rows)]
    sheets += [
        Sheet(f"Hidden_{place}", [[word] for word in field.catalogue])
        for place, field in enumerate(issue.format.catalogues, start=1)
    ]
    for table in _present_tables(issue):
        types = [None, *(TYPE_CODES[field.kind] for field in table.fields)]
        numbers = [None, *(str(field.number) for field in table.fields)]
        header = ["ID", *(field.label for field in table.fields)]
        sheets.append(Sheet(issue.tab(table), [types, numbers, header]))
    return workbook_envelope(sheets)


def _present_tables(issue: Issue) -> list[Field]:
    return [table for table in issue.format.tables if table.means != issue.missing_table]


def _main_cells(row: Record, issue: Issue, keys: Mapping[str, int]) -> list[Any]:
    cells = [
        keys.get(field.means) if field.kind == "table" else row.get(field.means)
        for field in issue.format.fields
    ]
    return _written([*_front(row["number"], row, issue), *cells], issue)


def _front(number: int, row: Record, issue: Issue) -> list[Any]:
    """ID and the moments of creation and change, as far as the form has them."""
    if issue.is_template:
        return []
    identity = 1_200_000_000 + number
    return [identity] if issue.is_older or issue.is_csv else [identity, row["created"], row["modified"]]


def _children(
    row: Record, issue: Issue, planter: Planter
) -> tuple[dict[str, int], dict[str, list[list[Any]]]]:
    """The keys that stand in the main row, and the rows of the tables; a table without rows has a blank one."""
    # Choices of its own, so that a row issued again refers to the same keys.
    rng = random.Random(f"tables:{row['number']}")
    keys: dict[str, int] = {}
    children: dict[str, list[list[Any]]] = {}
    for place, table in enumerate(issue.format.tables):
        found = row[table.means]
        if not found and rng.random() < NO_KEY:
            continue
        key = row["number"] if issue.is_template else row["number"] * 10 + place
        keys[table.means] = key
        if table.means == issue.missing_table:
            planter.planted["child_without_sheet"] += 1
            continue
        if not found:
            planter.planted["empty_child"] += 1
        children[issue.tab(table)] = [
            _written(
                [*_child_front(key, row, issue), *(child.get(field.means) for field in table.fields)], issue
            )
            for child in (found or [{}])
        ]
    return keys, children


def _child_front(key: int, row: Record, issue: Issue) -> list[Any]:
    if issue.is_template or issue.is_older:
        return [key]
    # Moments of the table's own row, which is not written again when the main row is corrected.
    return [key, row["created"], row["created"]]


def _orphans(issue: Issue, rows: Sequence[Record]) -> bytes:
    """Rows of the first table with bidders whose key stands nowhere; they come from a deleted contract."""
    table = next(table for table in issue.format.tables if table.means == "bidders")
    model = rows[0]
    return workbook_record(
        {
            issue.tab(table): [
                _written(
                    [
                        *_child_front(9_900_000 + place, model, issue),
                        *(model["bidders"][0].get(field.means) for field in table.fields),
                    ],
                    issue,
                )
                for place in range(ORPHANS)
            ]
        }
    )


def _written(cells: Sequence[Any], issue: Issue) -> list[Any]:
    """The cells as the form writes them: typed, or everything as text."""
    if issue.is_typed:
        return [as_cell(cell) for cell in cells]
    return [_text(cell) for cell in cells]


def _text(cell: Any) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, date):
        return slashed(cell)
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)
