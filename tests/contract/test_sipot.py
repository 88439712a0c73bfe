"""SIPOT formats from landed rows to contract rows: joins of child tables, earlier issues, the books.

Here: rows in the forms files have (public query, CSV export, load template, states' own table numbers, the one
format since 2021) and the real relational CSVs of fr. XXIII-B. Not here: reading the files
(tests/unit/portals), OCDS (test_dbt_releases.py).
"""

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.standards.layouts.recognise import CHILD_FIELDS, header_key, load_layouts, recognise
from tests.contract.scratch import PROJECT, Scratch

# Names of people that may not leave staging: no row, repair or position may hold it.
SECRET = "RESERVADO"
REAL = "chihuahua_publicidad"

QUOTES = "Nombre completo o razón social de las cotizaciones consideradas y monto de las mismas"
WORKS = "Datos de la obra pública y/o servicios relacionados con la misma"
AGREEMENTS = "Datos de los convenios modificatorios de la contratación"
POSSIBLE = "Posibles contratantes"
OFFERS = "Personas físicas o morales con proposición u oferta"
ATTENDEES = "Relación de asistentes a la junta de aclaraciones"
OFFICIALS = "Relación con los datos de los servidores públicos asistentes a la junta de aclaraciones"
LINES = "Partida presupuestal de acuerdo con el COG"
CHANGES = "Convenios modificatorios"


def filled(record: dict[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """The record with values given by the beginning of their header."""
    for start, value in values.items():
        found = [name for name in record if header_key(name).startswith(header_key(start))]
        exact = [name for name in found if header_key(name) == header_key(start)]
        assert len(exact or found) == 1, (start, found)
        record[(exact or found)[0]] = value
    return record


@dataclass(frozen=True)
class Format:
    """The labels of a format as the PNT's own field list has them; `tables`: label -> number, columns."""

    labels: tuple[str, ...]
    tables: Mapping[str, tuple[int, tuple[str, ...]]]

    def query(self, values: Mapping[str, str], *, numbers: Mapping[str, int] | None = None) -> dict[str, str]:
        """A row of the public query: capitals without commas, ID and dates in front, the tables' numbers
        behind their labels (`numbers`: those of a state)."""
        record = {"ID": "", "FECHA CREACION": "2024-04-10", "FECHA MODIFICACION": "2024-04-11"}
        for label in self.labels:
            header = label.upper().replace(",", "")
            if label in self.tables:
                header += f" (TABLA_{(numbers or {}).get(label, self.tables[label][0])})"
            record[header] = ""
        return filled(record, values)

    def plain(self, values: Mapping[str, str]) -> dict[str, str]:
        """A row of the load template: the labels as they are, nothing in front."""
        return filled(dict.fromkeys(self.labels, ""), values)

    def child(self, label: str, values: Mapping[str, str], *, upper: bool = True) -> dict[str, str]:
        """A row of the table with this label."""
        columns = self.tables[label][1]
        if not upper:
            return filled(dict.fromkeys(("ID", *columns), ""), values)
        names = ("ID", "FECHA CREACION", "FECHA MODIFICACION", *(name.upper() for name in columns))
        return filled(dict.fromkeys(names, ""), values)


@pytest.fixture(scope="module")
def formats(shared_data: Path) -> dict[str, Format]:
    path = shared_data / "sipot" / "pnt_formatos_43335_43336.json"
    content = json.loads(path.read_text(encoding="utf-8"))

    def label(entry: Mapping[str, Any]) -> str:
        return " ".join(entry["etiqueta"].split())

    return {
        name: Format(
            labels=tuple(label(entry) for entry in content[name]["campos"]),
            tables={
                label(entry): (entry["idCampo"], tuple(label(column) for column in entry["valor"]))
                for entry in content[name]["campos"]
                if entry["tipoDato"] == "Tabla"
            },
        )
        for name in ("43335", "43336")
    }


@dataclass
class Book:
    """The files of one source as they land; rows are counted through."""

    source_id: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    files: int = 0

    def file(self, sheets: Mapping[str, Sequence[Mapping[str, str]]], *, buyer: str | None = None) -> "Book":
        """One more file: collection -> records. `buyer` stands in the title rows above its header."""
        self.files += 1
        seen = {(row["collection"], row["record_sha256"]) for row in self.rows}
        for collection, records in sheets.items():
            for number, record in enumerate(records, start=7):
                digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
                is_duplicate = (collection, digest) in seen
                seen.add((collection, digest))
                self.rows.append(
                    {
                        "source_id": self.source_id,
                        "generation": "g1",
                        "ordinal": len(self.rows),
                        "collection": collection,
                        "record": json.dumps(record, ensure_ascii=False),
                        "record_sha256": digest,
                        "package": json.dumps({"Nombre del Sujeto Obligado": buyer}) if buyer else None,
                        "raw_sha256": hashlib.sha256(f"{self.source_id}{self.files}".encode()).hexdigest(),
                        "page": self.files,
                        "position": f"hoja «{collection}», fila {number}",
                        "is_duplicate": is_duplicate,
                        "duplicate_kind": "bytes" if is_duplicate else None,
                    }
                )
        return self


def query_book(direct: Format) -> Book:
    """Format 43335 as the public query gives it: a company, a natural person, an orphan, blank rows."""
    return Book("query_43335").file(
        {
            "contratos": [
                direct.query(
                    {
                        "ID": "900001",
                        "Ejercicio": "2024",
                        "Tipo de procedimiento": "Adjudicación directa",
                        "Materia": "Obra pública",
                        "Número de expediente": "AD-001/2024",
                        "Motivos y fundamentos": "Artículo 46 de la Ley",
                        "Descripción de obras": "Pavimentación de la calle Juárez",
                        QUOTES: "900001",
                        "Razón social del adjudicado": " CAMINOS DEL  SUR SA DE CV ",
                        "Registro Federal": "cds-050505-ab1",
                        "Número que identifique": "C-001/2024",
                        "Fecha del contrato": "15/02/2024",
                        "Monto del contrato sin": "$100,000.00",
                        "Monto total del contrato": "116000",
                        "Monto mínimo": "50000",
                        "Monto máximo": "116000",
                        "Tipo de moneda": "Pesos mexicanos",
                        "Tipo de cambio": "",
                        "Objeto del contrato": "Pavimentar 300 m",
                        "Fecha de inicio del plazo": "2024-02-20",
                        "Fecha de término del plazo": "2024-04-20",
                        "Hipervínculo al documento": "https://example.mx/c-001.pdf",
                        "Origen de los": "Estatales",
                        "Fuentes de": "Participaciones",
                        WORKS: "900001",
                        AGREEMENTS: "900001",
                        "Fecha de actualización": "2024-04-11",
                    }
                ),
                direct.query(
                    {
                        "ID": "900002",
                        "Tipo de procedimiento": "Otra (especificar)",
                        "Materia": "Servicios",
                        "Número de expediente": "AD-002/2024",
                        QUOTES: "900002",
                        "Nombre(s) del adjudicado": "Juana",
                        "Primer apellido del": "Pérez",
                        "Segundo apellido del": "Luna",
                        "Razón social del adjudicado": "Persona física",
                        "Registro Federal": "PELJ800101AB1",
                        "Número que identifique": "C-002/2024",
                        "Monto del contrato sin": "1000.00",
                        "Tipo de moneda": "Nacional",
                        "Fecha de actualización": "2024-04-11",
                    }
                ),
            ],
            "tabla_334271": [
                direct.child(
                    QUOTES,
                    {
                        "ID": "900001",
                        "Razón social": "CAMINOS DEL SUR SA DE CV",
                        "RFC": "CDS050505AB1",
                        "Monto total": "116,000.00",
                    },
                ),
                direct.child(
                    QUOTES,
                    {
                        "ID": "900001",
                        "Nombre": "Luis",
                        "Primer": "Mora",
                        "Segundo": "Díaz",
                        "Monto total": "120000",
                    },
                ),
                direct.child(QUOTES, {"ID": "900002"}),
                direct.child(QUOTES, {"ID": "999999", "Razón social": "NADIE SA"}),
            ],
            "tabla_334255": [direct.child(WORKS, {"ID": "900001", "Lugar donde": "Calle Juárez, Oaxaca"})],
            "tabla_334268": [
                direct.child(
                    AGREEMENTS,
                    {
                        "ID": "900001",
                        "Número de": "CM-1",
                        "Objeto": "Ampliar el plazo",
                        "Fecha de": "01/04/2024",
                        "Hipervínculo": "https://example.mx/cm-1.pdf",
                    },
                )
            ],
        },
        buyer="Caminos Bienestar",
    )


def tender_book(tender: Format) -> Book:
    """Format 43336 with all of its tables, among them those that name people."""
    return Book("query_43336").file(
        {
            "contratos": [
                tender.query(
                    {
                        "ID": "7",
                        "Tipo de procedimiento": "Licitación pública",
                        "Materia": "Adquisiciones",
                        "Carácter": "Nacional",
                        "Número de expediente": "LPN-9",
                        "Hipervínculo a la convocatoria": "https://example.mx/lpn-9",
                        "Fecha de la convocatoria": "2024-01-10",
                        "Descripción de las obras": "Papelería",
                        "Fecha en la que": "2024-01-15",
                        "Razón social del contratista": "PAPELES SA DE CV",
                        "RFC de la persona": "PAP900101AA1",
                        "Área(s) contratante": "Dirección de Adquisiciones",
                        "Número que identifique": "C-9",
                        "Monto total": "58000.00",
                        "Monto del contrato sin": "50000.00",
                        "Lugar donde": "Oaxaca de Juárez",
                        **dict.fromkeys((POSSIBLE, OFFERS, ATTENDEES, OFFICIALS, LINES, CHANGES), "7"),
                    }
                ),
                tender.query(
                    {
                        "ID": "8",
                        "Tipo de procedimiento": "Invitación a cuando menos tres personas",
                        "Número de expediente": "IR-8",
                        "Número que identifique": "No aplica",
                        "Monto total": "0",
                        POSSIBLE: "8",
                    }
                ),
            ],
            "tabla_334277": [
                tender.child(POSSIBLE, {"ID": "7", "Razón Social": "INVITADA SA", "RFC": "INV900101AA1"}),
                tender.child(POSSIBLE, {"ID": "8", "Razón Social": "OTRA INVITADA SA"}),
            ],
            "tabla_334306": [
                tender.child(OFFERS, {"ID": "7", "Denominación": "PAPELES SA DE CV", "RFC": "PAP900101AA1"}),
                tender.child(OFFERS, {"ID": "7", "Denominación": "CUADERNOS SA", "RFC": "CUA900101AA1"}),
            ],
            "tabla_334307": [tender.child(ATTENDEES, {"ID": "7", "Nombre": SECRET, "Primer": f" {SECRET} "})],
            "tabla_334308": [tender.child(OFFICIALS, {"ID": "7", "Nombre": SECRET, "Cargo": f"'{SECRET}"})],
            "tabla_334309": [
                tender.child(LINES, {"ID": "7", "Partida": "21101"}),
                tender.child(LINES, {"ID": "7", "Partida": "21401"}),
            ],
            "tabla_334310": [tender.child(CHANGES, {"ID": "7"})],
        },
        buyer="Secretaría de Administración",
    )


def csv_book(direct: Format) -> Book:
    """The CSV sent by mail: labels in title case with the tables' names, no tables."""
    record = {
        label.title() + (f" (Tabla_{direct.tables[label][0]})" if label in direct.tables else ""): ""
        for label in direct.labels
    }
    values = {
        "Número de expediente": "AD-77",
        "Razón social": "UNO SA",
        "Monto total del contrato": "1,160.00",
        QUOTES: "331",
    }
    return Book("csv_export").file({"contratos": [filled(record, values)]}, buyer="Instituto Uno")


def template_book(tender: Format) -> Book:
    """Two load templates: no ID; tables are numbered from 1 in each, and one row is the same in both."""
    book = Book("load_template")
    for number in ("1", "2"):
        book.file(
            {
                "contratos": [
                    tender.plain({"Número de expediente": f"LPN-{number}", "Número que": "C", OFFERS: "1"})
                ],
                "tabla_334306": [
                    tender.child(OFFERS, {"ID": "1.0", "Denominación": "AMBAS SA"}, upper=False)
                ],
            }
        )
    return book


def renumbered_book(direct: Format) -> Book:
    """Nuevo León: the law's own numbers of tables, and a table of names that only its number tells apart."""
    numbers = {QUOTES: 393674, WORKS: 393675, AGREEMENTS: 393676}
    names = (
        "ID",
        "NOMBRE(S)",
        "PRIMER APELLIDO",
        "SEGUNDO APELLIDO",
        "DENOMINACIÓN O RAZÓN SOCIAL",
        "RFC",
        "MONTO",
    )
    return Book("renumbered").file(
        {
            "contratos": [
                direct.query(
                    {
                        "ID": "5",
                        "Número de expediente": "NL-5",
                        "Número que": "NL-C-5",
                        QUOTES: "41",
                        WORKS: "42",
                    },
                    numbers=numbers,
                )
            ],
            "tabla_393674": [
                dict(zip(names, ("41", "", "", "", "REGIA SA", "REG900101AA1", "5000"), strict=True))
            ],
            "tabla_393675": [direct.child(WORKS, {"ID": "42", "Lugar donde": "Monterrey"})],
            "tabla_777": [dict.fromkeys(names, SECRET) | {"ID": "5"}],
        }
    )


def reissued_book(direct: Format) -> Book:
    """A quarter that was issued again: an amount corrected, a supplier corrected, a row left as it was."""

    def row(record_id: str, number: str, amount: str, updated: str, **values: str) -> dict[str, str]:
        return direct.query(
            {
                "ID": record_id,
                "Número de expediente": f"EXP-{number}",
                "Número que identifique": f"CON-{number}",
                "Razón social": values.get("supplier", "UNO SA"),
                "Monto total del": amount,
                "Fecha de actualización": updated,
                QUOTES: record_id,
            }
        )

    first = [
        row("1", "1", "100", "2024-04-10"),
        row("2", "2", "200", "2024-04-10", supplier="DOS SA"),
        row("3", "3", "300", "2024-04-10"),
        row("4", "3", "301", "2024-05-10"),
    ]
    again = [
        row("11", "1", "110", "2024-07-10"),
        row("2", "2", "200", "2024-07-10", supplier="DOS SA DE CV"),
        row("3", "3", "300", "2024-04-10"),
    ]
    quotes = [
        direct.child(QUOTES, {"ID": "1", "Razón social": "VIEJA SA", "Monto total": "1"}),
        direct.child(QUOTES, {"ID": "2", "Razón social": "SIEMPRE SA", "Monto total": "2"}),
    ]
    newer = [
        direct.child(QUOTES, {"ID": "11", "Razón social": "NUEVA SA", "Monto total": "3"}),
        quotes[1],
    ]
    return (
        Book("reissued")
        .file({"contratos": first, "tabla_334271": quotes})
        .file({"contratos": again, "tabla_334271": newer})
    )


def merged_book() -> Book:
    """The one format since 2021, with people in it that aren't published."""
    record = {
        "Ejercicio": "2023",
        "Tipo de procedimiento (catálogo)": "Adjudicación directa",
        "Materia o tipo de contratación (catálogo)": "Servicios",
        "Carácter del procedimiento (catálogo)": "Nacional",
        "Número de expediente, folio o nomenclatura": "AD-2023-1",
        "Descripción de las obras públicas, los bienes o los servicios contratados o arrendados": "Limpieza",
        "Nombre(s) de la persona física ganadora, asignada o adjudicada": "Ana",
        "Primer apellido de la persona física ganadora, asignada o adjudicada": "Cruz",
        "Segundo apellido de la persona física ganadora, asignada o adjudicada": "",
        "Sexo (catálogo)": SECRET,
        "Denominación o razón social": "",
        "Registro Federal de Contribuyentes (RFC) de la persona física o moral contratista o proveedora ganadora,"
        " asignada o adjudicada": "CUAA800101AB1",
        "Domicilio fiscal de la empresa, persona contratista o proveedora. Nombre de vialidad": f" {SECRET}",
        "Beneficiarios finales Tabla_590001": "1",
        "Número que identifique al contrato ": "C-2023-1",
        "Fecha del contrato expresada con el formato día/mes/año": "01/03/2023",
        "Monto total del contrato con impuestos incluidos (MXN)": "11,600.00",
        "Tipo de moneda": "MXN",
        "Fecha de actualización": "2023-04-05",
    }
    owner = {"ID": "1", "Nombre(s) de la(s) persona(s) beneficiaria(s) final(es)": f"'{SECRET}"}
    return Book("merged_2021").file({"contratos": [record], "tabla_590001": [owner]})


def unusable_book(direct: Format) -> Book:
    """Rows nothing can be made of, and children of such a row."""
    return Book("unusable").file(
        {
            "contratos": [
                direct.query({"ID": "1", "Número de expediente": "S/N", "Número que": "", QUOTES: "1"}),
                direct.query({"ID": "2", "Número de expediente": "AD-2", QUOTES: "2"}),
            ],
            "tabla_334271": [
                direct.child(QUOTES, {"ID": "1", "Razón social": "UNO SA"}),
                direct.child(QUOTES, {"ID": "2", "Razón social": "DOS SA"}),
                direct.child(QUOTES, {"ID": "", "Razón social": "TRES SA"}),
            ],
            "tabla_1": [{"Clave": "1", "Valor": "2"}],
        }
    )


def publicity(shared_data: Path, name: str) -> list[dict[str, str]]:
    path = shared_data / "tabular" / "chihuahua" / "publicidad_sipot" / f"{name}.csv"
    with path.open(encoding="cp1252", newline="") as stream:
        rows = [row for row in csv.reader(stream) if any(cell.strip() for cell in row)]
    header = [" ".join(cell.split()) for cell in rows[0]]
    return [dict(zip(header, row, strict=True)) for row in rows[1:]]


def publicity_book(shared_data: Path) -> Book:
    """The real relational CSVs of Chihuahua: a file for each table."""
    book = Book(REAL)
    book.file({"contratos": publicity(shared_data, "F70FXXIIIB_reporte_formatos")})
    for table in ("tabla_10632", "tabla_10633", "tabla_10656"):
        book.file({table: publicity(shared_data, f"F70FXXIIIB_{table}")})
    return book


@pytest.fixture(scope="module")
def books(formats: Mapping[str, Format], shared_data: Path) -> list[Book]:
    direct, tender = formats["43335"], formats["43336"]
    return [
        query_book(direct),
        tender_book(tender),
        csv_book(direct),
        template_book(tender),
        renumbered_book(direct),
        reissued_book(direct),
        merged_book(),
        unusable_book(direct),
        publicity_book(shared_data),
    ]


@pytest.fixture(scope="module")
def built(new_scratch: Callable[[], Scratch], books: Sequence[Book]) -> Scratch:
    scratch = new_scratch()
    for book in books:
        scratch.insert("landed.sipot", book.rows)
    scratch.dbt("build", "--select", "path:models/staging/sipot", "--exclude-resource-type", "unit_test")
    return scratch


def contracts(built: Scratch, source_id: str) -> list[dict[str, Any]]:
    return built.rows(
        f"select * from staging.stg_sipot__contracts where source_id = '{source_id}' order by ordinal"
    )


def positions(row: Mapping[str, Any]) -> list[int]:
    return [place["ordinal"] for place in json.loads(row["child_positions"] or "[]")]


def test_format_43335_exact_row(built: Scratch) -> None:
    row = contracts(built, "query_43335")[0]

    given = {
        name: value
        for name, value in row.items()
        if value is not None
        and name not in ("repairs", "record", "record_sha256", "raw_sha256", "child_positions")
    }
    assert given == {
        "slice_id": "query_43335@g1",
        "source_id": "query_43335",
        "ordinal": 0,
        "layout": "sipot_43335",
        "file_number": "AD-001/2024",
        "tender_description": "Pavimentación de la calle Juárez",
        "procedure_type": "Adjudicación directa",
        "contracting_type": "Obra pública",
        "exception_description": "Artículo 46 de la Ley",
        "funding_source": "Estatales: Participaciones",
        "institution_name": "Caminos Bienestar",
        "rfc": "CDS050505AB1",
        "supplier_name": "CAMINOS DEL SUR SA DE CV",
        "has_contract": True,
        "contract_number": "C-001/2024",
        "description": "Pavimentar 300 m",
        "amount": Decimal("116000.00"),
        "net_amount": Decimal("100000.00"),
        "min_amount": Decimal("50000.00"),
        "max_amount": Decimal("116000.00"),
        "currency": "MXN",
        "signed_at": datetime(2024, 2, 15, 6),
        "starts_at": datetime(2024, 2, 20, 6),
        "ends_at": datetime(2024, 4, 20, 6),
        "contract_url": "https://example.mx/c-001.pdf",
        "updated_at": datetime(2024, 4, 11, 6),
        "bidders": '[{"name":"CAMINOS DEL SUR SA DE CV","rfc":"CDS050505AB1","amount":116000.00},'
        '{"name":"Luis Mora Díaz","amount":120000.00}]',
        "amendments": '[{"id":"CM-1","description":"Ampliar el plazo","date":"2024-04-01T00:00:00-06:00",'
        '"url":"https://example.mx/cm-1.pdf"}]',
        "related_places": '[{"description":"Calle Juárez, Oaxaca"}]',
        "page": 1,
        "position": "hoja «contratos», fila 7",
    }
    assert positions(row) == [2, 3, 6, 7]
    assert Counter((repair["kind"], repair["ordinal"]) for repair in json.loads(row["repairs"])) == {
        ("blanks", 0): 1,
        ("rfc_form", 0): 1,
        ("date_form", 0): 1,
        ("money_form", 0): 1,
        ("money_form", 2): 1,
        ("date_form", 7): 1,
    }


def test_a_natural_person_and_an_amount_without_taxes(built: Scratch) -> None:
    row = contracts(built, "query_43335")[1]

    assert row["supplier_name"] == "Juana Pérez Luna"
    assert row["rfc"] == "PELJ800101AB1"
    assert row["procedure_type"] == "Otra (especificar)"
    assert (row["amount"], row["net_amount"], row["currency"]) == (Decimal("1000.00"), None, "MXN")
    # The blank row of its table belongs to it and says nothing.
    assert row["bidders"] is None
    assert positions(row) == [4]


def test_format_43336_children(built: Scratch) -> None:
    row, invitation = contracts(built, "query_43336")

    assert row["layout"] == "sipot_43336_62"
    assert (row["scope"], row["unit_name"], row["notice_url"]) == (
        "Nacional",
        "Dirección de Adquisiciones",
        "https://example.mx/lpn-9",
    )
    assert (row["published_at"], row["clarified_at"]) == (datetime(2024, 1, 10, 6), datetime(2024, 1, 15, 6))
    # Who was invited counts only where no offers are told.
    assert json.loads(row["bidders"]) == [
        {"name": "PAPELES SA DE CV", "rfc": "PAP900101AA1"},
        {"name": "CUADERNOS SA", "rfc": "CUA900101AA1"},
    ]
    assert row["number_of_tenderers"] == 2
    assert json.loads(invitation["bidders"]) == [{"name": "OTRA INVITADA SA"}]
    assert invitation["number_of_tenderers"] is None
    assert row["budget_items"] == "21101, 21401"
    assert row["related_places"] == '[{"description":"Oaxaca de Juárez"}]'
    assert row["amendments"] is None
    assert positions(row) == [2, 4, 5, 6, 7, 8, 9, 10]
    # An amount of 0 is no contract.
    assert (invitation["contract_number"], invitation["has_contract"]) == (None, False)


def test_csv_export_and_load_template(built: Scratch) -> None:
    (export,) = contracts(built, "csv_export")
    first, second = contracts(built, "load_template")

    assert (export["layout"], export["file_number"]) == ("sipot_43335", "AD-77")
    assert (export["institution_name"], export["amount"]) == ("Instituto Uno", Decimal("1160.00"))
    assert export["child_positions"] is None
    # Keys count within a file only; the table's row of the second file equals one of the first, yet
    # is its own: it gives its value, and its place is told as a duplicate.
    assert [row["bidders"] for row in (first, second)] == ['[{"name":"AMBAS SA"}]'] * 2
    assert [positions(row) for row in (first, second)] == [[1], []]


def test_state_numbers_of_tables(built: Scratch) -> None:
    (row,) = contracts(built, "renumbered")

    assert json.loads(row["bidders"]) == [{"name": "REGIA SA", "rfc": "REG900101AA1", "amount": 5000.00}]
    assert row["related_places"] == '[{"description":"Monterrey"}]'
    # Nothing says what the table 777 lists: it belongs to the row, its names are not told.
    assert positions(row) == [1, 2, 3]


def test_a_later_issue_stands_for_the_earlier(built: Scratch) -> None:
    rows = contracts(built, "reissued")

    told = [(row["file_number"], row["supplier_name"], row["amount"], row["bidders"]) for row in rows]
    assert told == [
        # Not replaced: rows beside each other in one file, and the same row again is a duplicate.
        ("EXP-3", "UNO SA", Decimal("300.00"), None),
        ("EXP-3", "UNO SA", Decimal("301.00"), None),
        # The same contract in a later file, under another id.
        ("EXP-1", "UNO SA", Decimal("110.00"), '[{"name":"NUEVA SA","amount":3.00}]'),
        # The same record, whose supplier was corrected; its quote is the same in both files.
        ("EXP-2", "DOS SA DE CV", Decimal("200.00"), '[{"name":"SIEMPRE SA","amount":2.00}]'),
    ]
    # Earlier issues and their children stay places of the row.
    assert [(row["ordinal"], positions(row)) for row in rows] == [
        (2, []),
        (3, []),
        (6, [0, 4, 9]),
        (7, [1, 5]),
    ]


def test_the_one_format_since_2021(built: Scratch) -> None:
    (row,) = contracts(built, "merged_2021")

    assert row["layout"] == "sipot_xxviii_2021"
    assert (row["supplier_name"], row["rfc"], row["amount"]) == (
        "Ana Cruz",
        "CUAA800101AB1",
        Decimal("11600.00"),
    )
    assert (row["tender_description"], row["signed_at"]) == ("Limpieza", datetime(2023, 3, 1, 6))
    assert positions(row) == [1]


def test_names_of_people_stay_where_they_are(built: Scratch) -> None:
    """Attendees, officials, beneficial owners, addresses: in `record` as published, nowhere else."""
    for table in ("children", "links", "carriers", "orphans"):
        for row in built.rows(f"select * from staging.stg_sipot__{table}"):
            assert SECRET not in json.dumps(row, default=str, ensure_ascii=False), table
    for row in built.rows("select * exclude (record) from staging.stg_sipot__contracts"):
        assert SECRET not in json.dumps(row, default=str, ensure_ascii=False)
    for row in built.rows("select * exclude (record) from staging.stg_sipot__rows"):
        assert SECRET not in json.dumps(row, default=str, ensure_ascii=False)


def test_what_can_not_be_used_is_told(built: Scratch) -> None:
    rows = contracts(built, "unusable")
    orphans = built.rows(
        "select source_id, ordinal, unusable_reason, position from staging.stg_sipot__orphans order by all"
    )

    assert [(row["ordinal"], row["unusable_reason"]) for row in rows] == [
        (0, "no_procedure_number"),
        (1, None),
        (5, "unknown_layout"),
    ]
    assert [(row["source_id"], row["ordinal"]) for row in orphans] == [
        ("query_43335", 5),
        # Of a row that can't be used, and without a key.
        ("unusable", 2),
        ("unusable", 4),
    ]
    assert {row["unusable_reason"] for row in orphans} == {"orphan_child"}
    assert orphans[0]["position"] == "hoja «tabla_334271», fila 10"


def test_the_books_balance(built: Scratch, books: Sequence[Book]) -> None:
    """Every landed row is a duplicate, unusable, an orphan, or a place of a contract row; no two of them."""
    for book in books:
        rows = contracts(built, book.source_id)
        released = {row["ordinal"] for row in rows if row["unusable_reason"] is None}
        released.update(place for row in rows for place in positions(row))
        unusable = {row["ordinal"] for row in rows if row["unusable_reason"] is not None}
        orphans = {
            row["ordinal"]
            for row in built.rows(
                f"select ordinal from staging.stg_sipot__orphans where source_id = '{book.source_id}'"
            )
        }
        duplicates = {row["ordinal"] for row in book.rows if row["is_duplicate"]}

        parts = [released, unusable, orphans, duplicates]
        assert sum(len(part) for part in parts) == len(set().union(*parts)), book.source_id
        assert set().union(*parts) == {row["ordinal"] for row in book.rows}, book.source_id


def test_real_keys_join_only_when_repaired(built: Scratch, shared_data: Path) -> None:
    """Q23: 0 as published; 710 of 711 rows find their supplier, 709 their contract, without the first part."""
    joined = built.rows(
        f"""
        select role, joined_by, count(distinct row_ordinal) as rows, count(distinct child_ordinal) as children
        from staging.stg_sipot__links links
        inner join staging.stg_sipot__children children
            on links.slice_id = children.slice_id and links.child_ordinal = children.ordinal
        where source_id = '{REAL}'
        group by all order by all
        """
    )

    assert len(publicity(shared_data, "F70FXXIIIB_reporte_formatos")) == 711
    assert joined == [
        {"role": "budget", "joined_by": "year", "rows": 711, "children": 4},
        {"role": "contract", "joined_by": "shorter_key", "rows": 709, "children": 632},
        {"role": "provider", "joined_by": "shorter_key", "rows": 710, "children": 606},
    ]


def test_real_publicity_becomes_contracts(built: Scratch, shared_data: Path) -> None:
    rows = contracts(built, REAL)
    by_number = {row["contract_number"]: row for row in rows if row["contract_number"]}

    # 711 + 606 + 4 + 632 records, 4 of them twice; two purchases have no contract.
    assert len(rows) == 292
    assert len(by_number) == 290
    assert Counter(row["unusable_reason"] for row in rows) == {None: 292}
    without = [row["file_number"] for row in rows if row["contract_number"] is None]
    assert sorted(without) == ["0-115-1-0-46", "581-1-1-91"]
    assert all(row["supplier_name"] for row in rows if row["file_number"] != "0-115-1-0-46")
    # What the publisher itself says was paid for each contract is the sum of our rows.
    paid = {
        row["Número de contrato"].strip(): Decimal(
            re.sub(r"[$,\s]", "", row["Monto pagado a la fecha"]) or "0"
        )
        for row in publicity(shared_data, "contratos")
    }
    assert {number: row["amount"] for number, row in by_number.items()} == {
        number: paid[number] for number in by_number
    }


def test_real_key_repairs_are_counted(built: Scratch) -> None:
    repairs = [
        repair
        for row in contracts(built, REAL)
        for repair in json.loads(row["repairs"] or "[]")
        if repair["kind"] == "child_key"
    ]

    # 710 + 709 cells but those of the four duplicates, and four keys of year and budget line.
    assert Counter(bool(repair.get("guess")) for repair in repairs) == {False: 1411, True: 4}
    assert len({(repair["ordinal"], repair["path"]) for repair in repairs}) == len(repairs)
    assert {
        "kind": "child_key",
        "path": "Respecto a Los Proveedores y su Contratación",
        "original": "0-7-1-24-30",
        "repaired": "7-1-24-30",
        "ordinal": 0,
    } in repairs
    assert {
        "kind": "child_key",
        "path": "ID Respecto a los recursos y el presupuesto (Factura-Orden de compra-Contrato-Proveedor)",
        "original": "2019-36102",
        "repaired": "2019",
        "guess": True,
        "ordinal": 1319,
    } in repairs


def test_layouts_are_recognised_by_their_columns(formats: Mapping[str, Format]) -> None:
    layouts = load_layouts("sipot")
    roles = {}
    for name, layout in (("43335", "sipot_43335"), ("43336", "sipot_43336_62")):
        shape = recognise(list(formats[name].plain({})), layouts)
        query = recognise(list(formats[name].query({})), layouts)
        assert shape is not None and query is not None
        for found in (shape, query):
            assert (found.layout.id, found.new, found.missing) == (layout, (), ())
        for label in formats[name].tables:
            child = recognise(list(formats[name].child(label, {})), layouts)
            assert child is not None and child.new == child.missing == ()
            roles[label] = child.layout.constants["role"]

    assert roles == {
        QUOTES: "quotes",
        WORKS: "works",
        AGREEMENTS: "amendments",
        POSSIBLE: "possible_bidders",
        OFFERS: "bidders",
        ATTENDEES: "attendees",
        OFFICIALS: "officials",
        LINES: "budget_items",
        CHANGES: "amendments",
    }


def test_format_43336_before_2021_has_60_fields(formats: Mapping[str, Format]) -> None:
    labels = [
        "Materia (catálogo)" if label.startswith("Materia") else label
        for label in formats["43336"].labels
        if not label.startswith(("Carácter", "Domicilio fiscal"))
    ]
    shape = recognise(labels, load_layouts("sipot"))

    assert len(labels) == 60
    assert shape is not None
    assert (shape.layout.id, shape.new, shape.missing) == ("sipot_43336_60", (), ())


def test_fields_of_layouts_are_those_sql_reads() -> None:
    text = (PROJECT / "macros" / "sipot.sql").read_text(encoding="utf-8")
    macros = dict(re.findall(r"{% macro (\w+)\(.*?-%}(.*?){%- endmacro %}", text, re.DOTALL))
    roles = re.findall(r"'(\w+)'", macros["sipot_roles"])
    row_fields = re.findall(r"'(\w+)': 'text'", macros["sipot_row_fields"])
    row_fields += re.findall(
        r"'(\w+)'(?=[,\s)])(?!:)", macros["sipot_row_fields"].split(" in (")[1].split(")")[0]
    )

    assert set(CHILD_FIELDS["sipot_row"]) == {*row_fields, *(f"link_{role}" for role in roles)}
    assert list(CHILD_FIELDS["sipot_child"]) == re.findall(r"'(\w+)': '\w+'", macros["sipot_child_fields"])
    assert {layout.constants.get("role") for layout in load_layouts("sipot")} == {None, "persons", *roles}
