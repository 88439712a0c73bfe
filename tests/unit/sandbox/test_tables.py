"""Tabular sample data: workbooks and CSV files as their publishers make them, with counted defects."""

import csv
import hashlib
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from python_calamine import CalamineWorkbook, SheetVisibleEnum
from stdnum.mx import rfc

from pipelines.registry import Source
from pipelines.sandbox import advertising as advertising_tables
from pipelines.sandbox import chihuahua, generator, karewa, san_pedro, workbook
from pipelines.sandbox.dataset import Draft
from pipelines.sandbox.faults import make_fault, vary
from pipelines.sandbox.sheets import Sheet, workbook_envelope, workbook_record
from pipelines.sandbox.sipot_formats import DIRECT_AWARDS, TENDERS

SEED = 7
TABULAR = (
    "oaxaca_sipot_xxviii",
    "chihuahua_publicidad",
    "chihuahua_publicidad_contratos",
    "chihuahua_contratos",
    "chihuahua_karewa",
    "san_pedro_contratos",
)
Row = list[Any]
Book = dict[str, list[Row]]
Made = tuple[list[Draft], Mapping[str, int]]


@pytest.fixture(scope="module")
def made(sources: Mapping[str, Source]) -> dict[str, Made]:
    """The tabular sources at scale 1."""
    return {name: generator.generate(sources[name], seed=SEED, scale=1.0) for name in TABULAR}


def body(draft: Draft) -> bytes:
    """A file as it is sent."""
    return draft.envelope.wrap(draft.records)


def opened(content: bytes) -> Book:
    """Every sheet of a workbook with its rows, blank rows in their places."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def table(content: bytes, encoding: str) -> list[dict[str, str]]:
    """The rows of a CSV file with its header in the first line."""
    return list(csv.DictReader(io.StringIO(content.decode(encoding))))


def named(rows: Sequence[Row], header: int) -> list[dict[str, Any]]:
    """The rows below the header row (counted from 0) by its cells; of equal headers the last counts."""
    return [dict(zip(rows[header], row, strict=False)) for row in rows[header + 1 :]]


def file_of(source: Source, drafts: Sequence[Draft], path: str) -> Book:
    """The workbook declared at `path`."""
    place = next(n for n, file in enumerate(source.parameters["files"]) if file["path"] == path)
    return opened(body(drafts[place]))


# --- workbooks ----------------------------------------------------------------------------------


def test_workbook_holds_what_was_written() -> None:
    """Types, hidden and merged parts come back; a formula gives its value, an error stays one."""
    cells = [
        "uno\ndos ",
        7,
        2.5,
        {"date": "2018-03-16"},
        {"formula": "B1*2", "value": 14},
        {"error": "#REF!"},
    ]
    envelope = workbook_envelope(
        [Sheet("A & B", [["Título"], [None, "x"]], merged=("A1:C1",)), Sheet("Oculta", is_hidden=True)]
    )
    content = envelope.wrap([workbook_record({"A & B": [cells, [True]], "Oculta": [["z"]]})])
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert [sheet.visible for sheet in book.sheets_metadata] == [
        SheetVisibleEnum.Visible,
        SheetVisibleEnum.Hidden,
    ]
    assert book.get_sheet_by_name("A & B").merged_cell_ranges == [((0, 0), (0, 2))]
    rows = opened(content)["A & B"]
    assert rows[0][0] == "Título"
    assert rows[1][:2] == ["", "x"]
    assert rows[2][:5] == ["uno\ndos ", 7, 2.5, date(2018, 3, 16), 14]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b'<c r="F3" t="e"><v>#REF!</v></c>' in archive.read("xl/worksheets/sheet1.xml")
    assert rows[3][0] is True
    assert opened(content)["Oculta"] == [["z"]]


def test_workbook_is_made_again_from_any_rows() -> None:
    """A workbook of chosen rows holds these and its titles; without rows only the titles."""
    envelope = workbook_envelope([Sheet("S", [["H"]]), Sheet("T", [["K"]])])
    records = [workbook_record({"S": [[f"r{n}"]], "T": [[n], [n]]}) for n in range(4)]
    assert opened(envelope.wrap(records[1:3])) == {
        "S": [["H"], ["r1"], ["r2"]],
        "T": [["K"], [1], [1], [2], [2]],
    }
    assert opened(envelope.wrap([])) == {"S": [["H"]], "T": [["K"]]}


def test_row_faults_work_on_workbooks(made: dict[str, Made]) -> None:
    """Rows are dropped with their children; a repeated row keeps its ids and says something else."""
    draft = made["chihuahua_contratos"][0][0]
    kept = make_fault("row_drop").rows("0", draft.records)
    assert kept is not None
    assert len(kept) == 30
    sheets = opened(draft.envelope.wrap(kept))
    assert len(sheets[chihuahua.MAIN]) == len(sheets["Reporte Contrato"]) == len(kept) + 1
    twice = make_fault("duplicate_id").rows("0", draft.records)
    assert twice is not None
    rows = opened(draft.envelope.wrap(twice))[chihuahua.MAIN]
    first, again = rows[1], rows[1 + len(draft.records)]
    assert first != again
    assert first[2:5] == again[2:5]


def test_varied_record_is_another_workbook_row() -> None:
    """Only the last text changes."""
    record = workbook_record({"S": [["id", 5, "nota", None]], "T": [["hija"]]})
    assert orjson.loads(vary(record)) == {
        "rows": {"S": [["id", 5, "nota (versión corregida)", None]], "T": [["hija"]]}
    }


# --- every tabular source -----------------------------------------------------------------------


@pytest.mark.parametrize("name", TABULAR)
def test_same_seed_same_files(sources: Mapping[str, Source], name: str) -> None:
    """Two generations agree byte by byte, workbooks included; another seed doesn't."""

    def digest(seed: int) -> tuple[str, Mapping[str, int]]:
        drafts, planted = generator.generate(sources[name], seed=seed, scale=0.1)
        return hashlib.sha256(b"".join(map(body, drafts))).hexdigest(), planted

    assert digest(SEED) == digest(SEED)
    assert digest(SEED)[0] != digest(SEED + 1)[0]


@pytest.mark.parametrize("name", TABULAR)
def test_every_declared_file_is_there(
    sources: Mapping[str, Source], made: dict[str, Made], name: str
) -> None:
    """One collection a file, of the format its declaration says, and some hundred records in all."""
    drafts, planted = made[name]
    files = sources[name].parameters["files"]
    assert [draft.key for draft in drafts] == [str(place) for place in range(len(files))]
    for draft, file in zip(drafts, files, strict=True):
        assert (body(draft)[:2] == b"PK") == (file["format"] == "xlsx")
        assert all(len(record) > 10 for record in draft.records)
    assert 150 <= sum(len(draft.records) for draft in drafts) <= 1000
    assert planted


def test_cached_workbook_is_the_generated_one(sources: Mapping[str, Source], tmp_path: Path) -> None:
    """Bodies, records and their places survive the cache."""
    source = sources["chihuahua_karewa"]
    generator.prepare(source, seed=SEED, scale=0.1, data=tmp_path)
    kept = generator.prepare(source, seed=SEED, scale=0.1, data=tmp_path)
    drafts, _ = generator.generate(source, seed=SEED, scale=0.1)
    for draft in drafts:
        assert kept.collections[draft.key].body == body(draft)
        assert kept.collections[draft.key].records == draft.records
        assert kept.collections[draft.key].envelope.content_type == workbook.CONTENT_TYPE


# --- SIPOT --------------------------------------------------------------------------------------


def parents(book: Book) -> list[dict[str, Any]]:
    """The rows of the main sheet of an export, by upper-case header."""
    return named(next(iter(book.values())), 5)


def children(book: Book, number: int) -> list[dict[str, Any]]:
    """The rows of a table's sheet, whatever its name's form; none when there is no such sheet."""
    sheet = next((rows for name, rows in book.items() if re.fullmatch(rf"(?i)tabla_?{number}", name)), None)
    return [] if sheet is None else named(sheet, 2)


def link(number: int, label: str) -> str:
    """The header of a table's column."""
    return f"{label} (Tabla_{number})".upper()


def sipot_books(sources: Mapping[str, Source], made: dict[str, Made]) -> Iterator[tuple[str, Book]]:
    """The exports of the public query with their paths."""
    files = sources["oaxaca_sipot_xxviii"].parameters["files"]
    for file, draft in zip(files, made["oaxaca_sipot_xxviii"][0], strict=True):
        if file["path"].startswith("/4333"):
            yield file["path"], opened(body(draft))


def test_sipot_formats_are_the_platforms(shared_data: Path) -> None:
    """Numbers, labels, kinds, catalogues and tables of both formats as the national platform gives them."""
    real = orjson.loads((shared_data / "sipot/pnt_formatos_43335_43336.json").read_bytes())
    kinds = {
        "Texto corto": "text",
        "Texto largo": "long",
        "Fecha": "date",
        "Catálogo": "catalogue",
        "Tabla": "table",
        "Moneda": "money",
        "Página web (url)": "url",
        "Fecha Actualización": "updated",
        "Nota": "note",
    }
    for ours in (DIRECT_AWARDS, TENDERS):
        theirs = real[str(ours.number)]["campos"]
        for field, other in zip(ours.fields, theirs, strict=True):
            assert (field.number, field.label) == (other["idCampo"], other["etiqueta"])
            assert field.kind == kinds[other["tipoDato"]]
            inner = other.get("valor", [])
            assert [word["descripcion"] for word in inner if "descripcion" in word] == list(field.catalogue)
            columns = [(word["idCampo"], word["etiqueta"]) for word in inner if "idCampo" in word]
            assert columns == [(column.number, column.label) for column in field.fields]


def test_sipot_export_looks_like_the_platforms(sources: Mapping[str, Source], made: dict[str, Made]) -> None:
    """Titles in A|B, header in row 6 in upper case, catalogues as visible sheets, tables from row 3."""
    drafts = made["oaxaca_sipot_xxviii"][0]
    book = file_of(sources["oaxaca_sipot_xxviii"], drafts, "/43336_2026_1.xlsx")
    main = book["Información"]
    assert [row[0] for row in main[:4]] == [
        "Nombre del Sujeto Obligado:",
        "Normativa:",
        "Formato:",
        "Periodo(s):",
    ]
    assert set(main[4]) == {""}
    header = [cell for cell in main[5] if cell]
    assert header[:4] == ["ID", "FECHA CREACION", "FECHA MODIFICACION", "EJERCICIO"]
    assert len(header) == 3 + len(TENDERS.fields)
    assert all(cell == cell.upper() for cell in header)
    assert link(334306, "Personas físicas o morales con proposición u oferta") in header
    assert book["Hidden_1"] == [[word] for word in TENDERS.catalogues[0].catalogue]
    bidders = book["TABLA_334306"]
    assert bidders[0][0] == "Información relacionada a:"
    assert bidders[2][:4] == ["ID", "FECHA CREACION", "FECHA MODIFICACION", "NOMBRE(S)"]
    # Newer exports are typed, older ones are text throughout and lack the moments of creation and change.
    assert isinstance(parents(book)[0]["FECHA DEL CONTRATO"], date)
    older = file_of(sources["oaxaca_sipot_xxviii"], drafts, "/43336_2025_1.xlsx")
    assert "FECHA CREACION" not in older["Información"][5]
    assert re.fullmatch(r"\d\d/\d\d/\d{4}", parents(older)[0]["FECHA DE VALIDACIÓN"])


def test_sipot_children_join_but_for_the_planted(
    sources: Mapping[str, Source], made: dict[str, Made]
) -> None:
    """Keys of the main sheet find their rows and no row is left over, but where a defect says so."""
    found: Counter[str] = Counter()
    for path, book in sipot_books(sources, made):
        form = DIRECT_AWARDS if path.startswith("/43335") else TENDERS
        shift = 59_403 if path == "/43335_2025_4.xlsx" else 0
        for field in form.tables:
            number = field.number + shift
            column = link(number, field.label)
            keys = {row[column] for row in parents(book)} - {""}
            rows = children(book, number)
            known = {row["ID"] for row in rows}
            found["without_sheet"] += len(keys) if not rows else 0
            found["unknown_to_table"] += len(keys - known) if rows else 0
            found["orphan"] += sum(row["ID"] not in keys for row in rows)
            labels = [column.label.upper() for column in field.fields]
            found["empty"] += sum(all(row[label] == "" for label in labels) for row in rows)
    planted = made["oaxaca_sipot_xxviii"][1]
    assert found["without_sheet"] == planted["child_without_sheet"] > 0
    assert found["orphan"] == planted["orphan_child"] > 0
    assert found["unknown_to_table"] == 0
    # The load template has empty ones too.
    assert 0 < found["empty"] < planted["empty_child"]


def test_sipot_quarter_is_issued_again(sources: Mapping[str, Source], made: dict[str, Made]) -> None:
    """The second issue keeps IDs: most rows are the same, some are corrected, withdrawn or new."""
    drafts, planted = made["oaxaca_sipot_xxviii"]
    source = sources["oaxaca_sipot_xxviii"]
    first = {row["ID"]: row for row in parents(file_of(source, drafts, "/43335_2025_2.xlsx"))}
    again = {row["ID"]: row for row in parents(file_of(source, drafts, "/43335_2025_2_actualizado.xlsx"))}
    same = {identity for identity in first.keys() & again.keys() if first[identity] == again[identity]}
    assert len(same) == planted["reissued_unchanged"]
    assert len(first.keys() & again.keys()) - len(same) == planted["reissued_corrected"] > 0
    assert len(first.keys() - again.keys()) == planted["reissued_withdrawn"] > 0
    assert len(again.keys() - first.keys()) == planted["reissued_added"] > 0


def test_sipot_csv_and_template(sources: Mapping[str, Source], made: dict[str, Made]) -> None:
    """The CSV is Latin-1 with three title rows; the template has labels in row 7 and keys from its tables."""
    drafts = made["oaxaca_sipot_xxviii"][0]
    files = [file["path"] for file in sources["oaxaca_sipot_xxviii"].parameters["files"]]
    lines = list(
        csv.reader(
            io.StringIO(body(drafts[files.index("/LGT_Art_70_Fr_XXVIII_43335_2024_4.csv")]).decode("latin-1"))
        )
    )
    assert [line[0] for line in lines[:4]] == ["Nombre del Sujeto Obligado:", "Normativa:", "Formato:", "ID"]
    assert "Registro Federal de Contribuyentes (RFC) de La Persona Física O Moral Adjudicada" in lines[3]
    assert all(len(line) == 1 + len(DIRECT_AWARDS.fields) for line in lines[3:])
    template = file_of(sources["oaxaca_sipot_xxviii"], drafts, "/plantilla_43336_2024_4.xls")
    main = template["Reporte de Formatos"]
    assert main[0][0] == "43336"
    assert main[5][0] == "Tabla Campos"
    assert main[6][0] == "Ejercicio"
    assert [str(cell) for cell in main[4]] == [str(field.number) for field in TENDERS.fields]
    keys = {row["Partida presupuestal de acuerdo con el COG (Tabla_334309)"] for row in named(main, 6)}
    assert keys == {row["ID"] for row in named(template["Tabla_334309"], 2)}


# --- Chihuahua ----------------------------------------------------------------------------------


def test_chihuahua_has_the_real_header(
    sources: Mapping[str, Source], made: dict[str, Made], shared_data: Path
) -> None:
    """Sheets, their visibility and the 197 columns are those of the real workbook and of the declaration."""
    real = CalamineWorkbook.from_path(str(shared_data / "tabular/chihuahua/contratos_2018_2019.xlsx"))
    ours = CalamineWorkbook.from_filelike(io.BytesIO(body(made["chihuahua_contratos"][0][0])))
    seen = [[(sheet.name, sheet.visible) for sheet in book.sheets_metadata] for book in (real, ours)]
    assert seen[0] == seen[1]
    header = real.get_sheet_by_name(chihuahua.MAIN).to_python(nrows=1)[0]
    assert ours.get_sheet_by_name(chihuahua.MAIN).to_python(nrows=1)[0] == header
    layout = sources["chihuahua_contratos"].layout
    assert isinstance(layout, Mapping)
    assert layout["columns"] == header
    assert len(header) == 197


def test_chihuahua_defects_are_counted(made: dict[str, Made]) -> None:
    """RFCs fall into the classes of the real file; blanks and shared numbers are as many as planted."""
    drafts, planted = made["chihuahua_contratos"]
    rows = named(opened(body(drafts[0]))[chihuahua.MAIN], 0)
    assert len(rows) == len(drafts[0].records)
    numbers = [row["RFC_Emp_ganadora"] for row in rows]
    valid = Counter(
        "as published"
        if rfc.is_valid(number) and number == rfc.compact(number)
        else "trimmed"
        if rfc.is_valid(number.strip()) and "-" not in number
        else "without hyphens"
        if rfc.is_valid(number)
        else "never"
        for number in numbers
    )
    assert valid["never"] == planted["rfc_hopeless"]
    assert valid["trimmed"] == planted["rfc_blank"]
    assert valid["without hyphens"] == planted["rfc_hyphens"]
    # Of 1,932 real ones 134 are never valid and 153 have hyphens.
    assert 0.04 < valid["never"] / len(rows) < 0.1
    assert 0.05 < valid["without hyphens"] / len(rows) < 0.11

    def blank_around(column: str) -> int:
        return sum(isinstance(row[column], str) and row[column] != row[column].strip() for row in rows)

    assert blank_around("Emp_ganadora") == planted["blank_around_supplier"]
    assert blank_around("Número_proceso") == planted["blank_around_process"]
    assert blank_around("Número_contrato") == planted["blank_around_contract"]
    assert sum(isinstance(row["Número_proceso"], float) for row in rows) == planted["number_for_process"] == 1
    contracts = [row["Número_contrato"].strip() for row in rows]
    assert len(contracts) - len(set(contracts)) >= planted["shared_contract_number"] > 0


def test_chihuahua_direct_awards_have_no_tender(made: dict[str, Made]) -> None:
    """Dates of a tender are blank and its indicators `.` for direct awards; the winner is the first bidder."""
    rows = named(opened(body(made["chihuahua_contratos"][0][0]))[chihuahua.MAIN], 0)
    assert {row["Tipo_proceso"] for row in rows} == {"AD", "LP", "IR"}
    for row in rows:
        is_direct = row["Tipo_proceso"] == "AD"
        assert (row["Fecha_convocatoria"] == "") == is_direct
        assert (row["Aus_comp"] == ".") == is_direct
        assert (row["Nombre_emp2"] == "") == (is_direct or row["Num_empresas_propuestas"] == 1)
        assert row["Col_part"] == ""
        assert isinstance(row["Fecha_contrato"], date)


# --- Chihuahua's advertising --------------------------------------------------------------------


def advertising(made: dict[str, Made]) -> list[list[dict[str, str]]]:
    """The report and its three tables."""
    return [table(body(draft), "cp1252") for draft in made["chihuahua_publicidad"][0]]


def test_advertising_keys_join_after_their_first_part(made: dict[str, Made]) -> None:
    """Nothing of the generator joins as published; without the first component all but the planted rows do."""
    report, providers, _, contracts = advertising(made)
    planted = made["chihuahua_publicidad"][1]
    column = "Respecto a Los Proveedores y su Contratación"
    # Those of the catalogue of defects join as they should, but for one.
    report = [row for row in report if f"{advertising_tables.FIRST_OF_CATALOGUE}"[:4] not in row[column]]
    for rows, name in ((providers, "10632"), (contracts, "10656")):
        keys = {next(iter(row.values())) for row in rows}
        assert not any(row[column] in keys for row in report)
        lost = sum(row[column].split("-", 1)[1] not in keys for row in report)
        assert lost == planted[f"bill_unknown_to_{name}"] > 0
    assert len(report) == planted["longer_parent_key"]
    assert {row[column].split("-", 1)[0] for row in report} == {"0", "2018", "2019", "2020"}
    bills = Counter(row[next(iter(contracts[0]))] for row in contracts)
    assert sum(times > 1 for times in bills.values()) == planted["bill_of_two_contracts"] > 0


def test_advertising_has_the_real_headers_and_forms(made: dict[str, Made], shared_data: Path) -> None:
    """Headers are the real ones; dates are `01-Enero-18` and `0000-00-00`; cells have many lines."""
    folder = shared_data / "tabular/chihuahua/publicidad_sipot"
    names = ("reporte_formatos", "tabla_10632", "tabla_10633", "tabla_10656")
    for name, rows in zip(names, advertising(made), strict=True):
        assert list(rows[0]) == list(table((folder / f"F70FXXIIIB_{name}.csv").read_bytes(), "cp1252")[0])
    report, _, _, contracts = advertising(made)
    planted = made["chihuahua_publicidad"][1]
    assert all(
        re.fullmatch(r"01-[A-Z][a-z]+-\d\d", row["Fecha de Inicio Del periodo Que Se Informa"])
        for row in report
    )
    days = [row["Fecha de Inicio de La Campaña O Aviso Institucional"] for row in report]
    assert days.count("0000-00-00") == planted["no_day"] > 0
    assert any("\n" in row["Objeto Del Contrato"] for row in contracts)


# --- Karewa, San Pedro --------------------------------------------------------------------------


def test_karewa_template_has_a_row_for_the_machine(made: dict[str, Made]) -> None:
    """C1 to C34 above the labels; the older template ends at C33; some rows only say that nothing was bought."""
    drafts, planted = made["chihuahua_karewa"]
    older, newer = (opened(body(draft))[karewa.SHEET] for draft in drafts)
    assert newer[0] == [f"C{number}" for number in range(1, 35)]
    assert newer[1] == list(karewa.LABELS)
    assert older[1] == list(karewa.LABELS[:33])
    rows = [*named(older, 1), *named(newer, 1)]
    nothing = [row for row in rows if row.get("No se llevaron a cabo procedimientos")]
    assert len(nothing) == planted["no_procedures"] > 0
    assert all(row["Número que identifique al contrato "] == "" and row["RFC"] == "" for row in nothing)
    missing = sum(row["Número que identifique al contrato "].strip("'\xa0 ") == "NA" for row in rows)
    assert missing == planted["no_contract_number"] > 0


def test_san_pedro_has_titles_amendments_and_totals(made: dict[str, Made]) -> None:
    """Four rows above the header; amendments name their contract in the text alone; the last row is a total."""
    drafts, planted = made["san_pedro_contratos"]
    books = [opened(body(draft))[san_pedro.SHEET] for draft in drafts]
    assert [book[4][1] for book in books] == ["No. contrato", "No. contrato", "Número de contrato"]
    assert [book[4][-1] for book in books] == ["Fecha de término", "Fecha de término", san_pedro.NEW_COLUMN]
    rows = [row for book in books for row in named(book, 4)]
    assert sum(row["Procedimiento"] == "TOTAL" for row in rows) == planted["total_row"] == len(books)
    assert {row["Procedimiento"] for row in rows} == {
        "Licitación pública",
        "Tres cotizaciones",
        "Asignación directa",
        "Excepción",
        "Convenio modificatorio",
        "TOTAL",
    }
    amendments = [row for row in rows if row["Procedimiento"] == "Convenio modificatorio"]
    assert len(amendments) == planted["amendment_row"] > 0
    numbers = [str(row.get("No. contrato") or row.get("Número de contrato")) for row in rows]
    for row in amendments:
        contract = re.search(r"contrato (\S+/\d+/\S+),", row["Objeto"].replace("\n", " "))
        assert contract is not None
        assert any(contract[1] in number for number in numbers)
    assert sum(number.startswith(('="', "'=")) for number in numbers) == planted["formula_text"] > 0
    assert sum(number.strip().startswith("'") for number in numbers) == planted["apostrophe"] > 0
    texts = [row["Monto contratado"] for row in rows if isinstance(row["Monto contratado"], str)]
    readable = [text for text in texts if re.fullmatch(r"\$[\d,]+\.\d\d", text)]
    assert len(readable) == planted["money_text"] + planted["total_row"]
    assert len(texts) - len(readable) == planted["money_unreadable"] > 0


# --- layouts nobody wrote code for --------------------------------------------------------------


@pytest.mark.parametrize("format_", ["xlsx", "csv"])
def test_new_layout_needs_no_code(sources: Mapping[str, Source], format_: str) -> None:
    """A declared layout gets sample data under its own headers, in its publisher's words."""
    layout = {
        "required": ["Folio", "Empresa"],
        "fields": {
            "file_number": "Folio",
            "contract_number": "Folio",
            "procedure_type": ["Modalidad", "Tipo"],
            "supplier_name": "Empresa",
            "amount": "Importe",
            "signed_at": "Firmado",
            "bidders": {"name": "Concursante {n}", "amount": "Oferta {n}"},
        },
        "values": {"procedure_type": {"AD": "Adjudicación directa", "LP": "Licitación pública"}},
    }
    model = sources["san_pedro_contratos"]
    files = [{"path": f"/contratos.{format_}", "format": format_, "header": ["Folio", "Empresa"]}]
    new = replace(model, id="zapopan_contratos", entity="14", layout=layout, parameters={"files": files})
    drafts, planted = generator.generate(new, seed=SEED, scale=0.1)
    rows = (
        table(body(drafts[0]), "utf-8")
        if format_ == "csv"
        else named(next(iter(opened(body(drafts[0])).values())), 3)
    )
    assert len(rows) == len(drafts[0].records) >= 100
    assert list(rows[0])[:5] == ["Folio", "Modalidad", "Empresa", "Importe", "Firmado"]
    assert {row["Modalidad"] for row in rows} == {"AD", "LP", "Invitación restringida"}
    assert any(row["Concursante 2"] for row in rows)
    assert "rfc_hyphens" not in planted
    assert all(row["Concursante 1"] for row in rows)


def test_shared_layout_without_a_maker_is_told(sources: Mapping[str, Source]) -> None:
    """Headers of a shared layout aren't in the declaration: the error says so."""
    new = replace(sources["chihuahua_karewa"], id="culiacan_karewa")
    with pytest.raises(ValueError, match="karewa_34"):
        generator.generate(new, seed=SEED, scale=0.1)
