"""San Pedro Garza García's list of contracts: a workbook with titles above the header, one file a year.

Here: its title rows, its words (licitación pública, tres cotizaciones, asignación directa, excepción), the
convenios modificatorios that stand among the contracts as rows of their own, amounts as text, a total in
the last row, and in the newest file a renamed column and a new one. Not here: values and defects of a row
(`contract_rows.py`).
"""

import random
from typing import Any

from pipelines.sandbox.contract_rows import ROW_DEFECTS, contract_row, with_rates
from pipelines.sandbox.dataset import Draft
from pipelines.sandbox.defects import Planter, Record
from pipelines.sandbox.order import Made, Order, draft, repeated
from pipelines.sandbox.procurement import Body, Scene, make_buyer, make_purchase
from pipelines.sandbox.sheets import Sheet, as_cell, pesos, workbook_envelope, workbook_record

SHEET = "Contratos"
COLUMNS = (
    "No.",
    "No. contrato",
    "Secretaría solicitante",
    "Área solicitante",
    "Objeto",
    "Proveedor",
    "R.F.C.",
    "Procedimiento",
    "Monto contratado",
    "Fecha de inicio",
    "Fecha de término",
)
# What stands under the columns after the first.
FIELDS = (
    *("contract_number", "institution_name", "unit_name", "title", "supplier_name", "rfc"),
    *("procedure_type", "amount", "starts_at", "ends_at"),
)
RENAMED = {"No. contrato": "Número de contrato"}
NEW_COLUMN = "Observaciones"
PLACE = "San Pedro Garza García"
BODIES = (
    Body(
        "Secretaría de Administración",
        "SA",
        ("Dirección de Adquisiciones", "Dirección de Patrimonio"),
        place=PLACE,
    ),
    Body("Secretaría de Cultura", "SC", ("Dirección de Cultura",), place=PLACE),
    Body("Secretaría de Finanzas y Tesorería", "SFT", ("Dirección de Egresos",), place=PLACE),
    Body("Secretaría de Servicios Públicos", "SSP", ("Dirección de Imagen Urbana",), place=PLACE),
    Body("DIF San Pedro", "DIF", ("Coordinación Administrativa",), place=PLACE),
)
WORDS = {
    "direct": ("Asignación directa", "Asignación directa", "Excepción"),
    "selective": ("Tres cotizaciones",),
    "open": ("Licitación pública",),
}
AMENDMENT = "Convenio modificatorio"
AMENDED = 0.09
MONEY_TEXT = 0.6
KINDS = {"goods": "SUMINISTRO", "services": "PROFESIONALES", "works": "OBRA"}
DEFECTS = with_rates(
    ROW_DEFECTS,
    outer_blank=0.06,
    inner_blanks=0.03,
    rfc_hyphens=0.05,
    rfc_hopeless=0.02,
    no_rfc=0.02,
    money_unreadable=0.01,
    date_unreadable=0.01,
    end_before_start=0.01,
    apostrophe=0.04,
    formula_text=0.03,
    line_break=0.12,
    double_encoding=0.01,
    personal_data_in_text=0.008,
)


def make_workbooks(order: Order) -> Made:
    """A file for each year; convenios follow later in the file of the contract they change."""
    rng = order.rng
    planter = Planter(DEFECTS)
    scene = order.local_scene((45, 50, 5))
    buyers = [make_buyer(rng, body, entity="19", number=number) for number, body in enumerate(BODIES)]
    scene = Scene(buyers, scene.stall, scene.weights)
    drafts: list[Draft] = []
    number = 0
    for place in range(len(order.files)):
        year = order.volume.years[place * len(order.volume.years) // len(order.files)]
        first, last = (order.count * step // len(order.files) for step in (place, place + 1))
        records: list[tuple[str, bytes]] = []
        total = 0.0
        while len(records) < last - first - 1:
            number += 1
            row = contract_row(make_purchase(rng, scene, number=number, year=year), rng)
            row["contract_number"] = _contract_number(row, "CTODPRIV")
            row["procedure_type"] = rng.choice(WORDS[row["purchase"].method.code])
            rows = [row]
            if rng.random() < AMENDED:
                rows.append(_amendment(row, rng))
                planter.planted["amendment_row"] += 1
            for each in rows:
                total += each["amount"]
                shown = {name: each[name] for name in FIELDS}
                shown = planter.plant(shown, planter.draw(rng))
                record = _record(shown, len(records) + 1, rng, planter)
                records.extend(repeated(rng, each["contract_number"], record, planter.planted))
        records.append(("TOTAL", workbook_record({SHEET: [[*[None] * 7, "TOTAL", pesos(total)]]})))
        planter.planted["total_row"] += 1
        is_newest = place == len(order.files) - 1
        drafts.append(draft(str(place), workbook_envelope([_sheet(year, is_newest)]), records))
    planter.planted["renamed_column"] = planter.planted["new_column"] = 1
    return drafts, planter.planted


def _contract_number(row: Record, kind: str) -> str:
    """SA/CGAJ/CTODPRIV-SUMINISTRO/042/ADMÓN.-24-27"""
    purchase = row["purchase"]
    return f"SA/CGAJ/{kind}-{KINDS[purchase.category]}/{purchase.number:03d}/ADMÓN.-24-27"


def _amendment(row: Record, rng: random.Random) -> Record:
    """A convenio on its own row: another number, the contract it changes named in its text alone."""
    share = rng.choice((0.1, 0.2))
    return {
        **row,
        "contract_number": _contract_number(row, "CONVDPRIV"),
        "procedure_type": AMENDMENT,
        "title": f"{AMENDMENT} al contrato {row['contract_number']}, ampliando el {share:.0%} de monto y vigencia",
        "amount": round(row["amount"] * share, 2),
        "starts_at": row["ends_at"],
    }


def _record(row: Record, place: int, rng: random.Random, planter: Planter) -> bytes:
    amount: Any = row["amount"]
    if isinstance(amount, float) and rng.random() < MONEY_TEXT:
        amount = pesos(amount)
        planter.planted["money_text"] += 1
    cells = [place, *({**row, "amount": amount}[name] for name in FIELDS)]
    return workbook_record({SHEET: [[as_cell(cell) for cell in cells]]})


def _sheet(year: int, is_newest: bool) -> Sheet:
    header = [RENAMED.get(column, column) for column in COLUMNS] + [NEW_COLUMN] if is_newest else COLUMNS
    titles = [
        ["MUNICIPIO DE SAN PEDRO GARZA GARCÍA, NUEVO LEÓN"],
        ["DIRECCIÓN DE ADQUISICIONES"],
        [f"RELACIÓN DE CONTRATOS {year}"],
        [],
    ]
    return Sheet(SHEET, [*titles, header], merged=("A1:K1", "A2:K2", "A3:K3"))
