"""Monitor Karewa's load template: row 1 names the columns for the machine (C1 to C34), row 2 for people.

Here: the template's headers (monitor-karewa/monitor, plantilla.xlsx; an older template ends at C33), its
words (`Adj Directa`, `1o 2017`, `NA` for what is missing), rows that only say that a period had no
procedures. Not here: values and defects of a row (`contract_rows.py`).
"""

import random
import re
from collections import Counter
from datetime import datetime
from typing import Any

from pipelines.sandbox.contract_rows import ROW_DEFECTS, contract_row, with_rates
from pipelines.sandbox.defects import Planter, Record
from pipelines.sandbox.order import Made, Order, draft, repeated
from pipelines.sandbox.procurement import Body, Scene, make_buyer, make_purchase
from pipelines.sandbox.sheets import Sheet, as_cell, workbook_envelope, workbook_record

SHEET = "Sheet1"
LABELS = (
    "Tipo de procedimiento",
    "Materia",
    "Administración",
    "Ejercicio",
    "Periodo que se reporta ",
    "ID",
    "Partida",
    "Estado del procedimiento",
    "Hipervínculo a la convocatoria o invitaciones",
    "Fecha de la convocatoria o invitación",
    "Descripción de las obras, bienes o servicios",
    "Fecha en la que se celebró la junta de aclaraciones",
    "Hipervínculo al fallo de Junta de Aclaraciones",
    "Hipervínculo al documento de la Presentación de Propuestas",
    "Nombre completo del o los contratista(s) elegidos",
    "RFC",
    "Unidad administrativa convocante",
    "Unidad administrativa solicitante",
    "Centralizada/Descentralizada",
    "Número que identifique al contrato ",
    "Fecha del contrato",
    "Monto total del contrato con impuestos incluidos",
    "Monto mínimo, en su caso",
    "Monto máximo, en su caso",
    "Monto total o Monto máximo, en su caso",
    "Hipervínculo al documento del contrato y anexos",
    "Área responsable de la información",
    "Fecha de actualización",
    "Nota",
    "Notas Karewa",
    "Fecha de obtención de los datos",
    "Adjudicaciones Directas que exceden el límite",
    "Monto que excede el límite de la Adjudicación Directa",
    "No se llevaron a cabo procedimientos",
)
OLDER_TEMPLATE = 33
WORDS = {
    "direct": ("Adj Directa", "Adj Directa", "Adjudicación Directa", "Adj. Directa"),
    "selective": ("Invitación a cuando menos tres proveedores", "Invitación"),
    "open": ("Licitación pública", "LICITACION PUBLICA"),
}
MATTERS = {"goods": "Adquisiciones", "services": "Servicios", "works": "Obra pública"}
BODIES = (
    (Body("Oficialía Mayor", "OM", ("Oficialía Mayor",)), "CENTRALIZADA"),
    (Body("Dirección de Obras Públicas Municipales", "DOPM", ("Subdirección de Costos",)), "CENTRALIZADA"),
    (Body("Instituto Municipal de las Mujeres", "IMM", ("Administración",)), "DESCENTRALIZADA"),
    (Body("Instituto de Cultura del Municipio", "ICM", ("Dirección Jurídica",)), "DESCENTRALIZADA"),
    (Body("Consejo Municipal de Estacionómetros", "CME", ("Administración",)), "DESCENTRALIZADA"),
)
# Calls for bids for every area of the central administration.
CENTRAL_BUYER = BODIES[0][0].name
SITE = "http://www.municipiochihuahua.gob.mx/TransparenciaArchivos"
# The term of office, in a file's name.
TERM = re.compile(r"\d{4}-\d{4}")
DIRECT_AWARD_LIMIT = 1_300_000.0
# Small direct awards are often made without a numbered contract.
NO_CONTRACT_NUMBER = 0.05
NO_PROCEDURES = 0.04
FRAMEWORK = 0.06
DEFECTS = with_rates(
    ROW_DEFECTS,
    outer_blank=0.08,
    rfc_blank=0.03,
    rfc_hyphens=0.05,
    rfc_hopeless=0.03,
    no_rfc=0.06,
    money_text=0.05,
    date_text=0.05,
    date_unreadable=0.01,
    upper_case=0.3,
    apostrophe=0.02,
    line_break=0.03,
    double_encoding=0.01,
    personal_data_in_text=0.006,
)


def make_workbooks(order: Order) -> Made:
    """One workbook for each term of office; the first file is of the older template."""
    rng = order.rng
    planter = Planter(DEFECTS)
    scene = order.local_scene((45, 45, 10))
    buyers = [make_buyer(rng, body, entity="08", number=number) for number, (body, _) in enumerate(BODIES)]
    scene = Scene(buyers, scene.stall, scene.weights)
    drafts = []
    number = 0
    years = list(order.volume.years)
    for place, file in enumerate(order.files):
        terms = years[place * len(years) // len(order.files) : (place + 1) * len(years) // len(order.files)]
        first, last = (order.count * step // len(order.files) for step in (place, place + 1))
        width = OLDER_TEMPLATE if place == 0 else len(LABELS)
        records: list[tuple[str, bytes]] = []
        known: Counter[str] = Counter()
        while len(records) < last - first:
            number += 1
            year = rng.choice(terms)
            row = contract_row(make_purchase(rng, scene, number=number, year=year), rng)
            row["contract_number"] = _contract_number(row, rng, planter)
            # The template's ID is a running number of the area that reports: others have the same.
            known[row["institution_name"]] += 1
            row["place"] = known[row["institution_name"]]
            row_id = f"{row['contract_number']} {number}"
            row = planter.plant(row, planter.draw(rng))
            cells = _cells(row, rng, TERM.search(file["path"]))
            if width == len(LABELS) and rng.random() < NO_PROCEDURES:
                cells = _nothing_done(cells)
                planter.planted["no_procedures"] += 1
            record = workbook_record({SHEET: [[as_cell(cell) for cell in cells[:width]]]})
            records.extend(repeated(rng, row_id, record, planter.planted))
        machine = [f"C{column}" for column in range(1, width + 1)]
        envelope = workbook_envelope([Sheet(SHEET, [machine, LABELS[:width]])])
        drafts.append(draft(str(place), envelope, records))
    return drafts, planter.planted


def _contract_number(row: Record, rng: random.Random, planter: Planter) -> str:
    purchase = row["purchase"]
    if row["code"] == "AD" and rng.random() < NO_CONTRACT_NUMBER:
        planter.planted["no_contract_number"] += 1
        return "NA"
    return f"{purchase.buyer.acronym}-{row['code']}-{purchase.number}/{purchase.year % 100}"


def _cells(row: Record, rng: random.Random, term: re.Match[str] | None) -> list[Any]:
    """The 34 cells of a contract, in the order of `LABELS`."""
    purchase = row["purchase"]
    signed: datetime = purchase.signed
    is_direct = row["code"] == "AD"
    kind = next(kind for body, kind in BODIES if body.acronym == purchase.buyer.acronym)
    folder = f"{SITE}/{purchase.buyer.acronym}/{purchase.year}"
    is_framework = rng.random() < FRAMEWORK
    is_over = is_direct and purchase.gross > DIRECT_AWARD_LIMIT
    return [
        rng.choice(WORDS[purchase.method.code]),
        MATTERS[purchase.category],
        term and term[0],
        purchase.year,
        f"{(signed.month + 2) // 3}o {purchase.year}",
        row["place"],
        "UNICA",
        "CONCLUIDO" if purchase.number % 9 else "En proceso",
        None if is_direct else f"{folder}/convocatoria_{purchase.number}.pdf",
        row["published_at"] or "NA",
        row["title"],
        row["clarified_at"] or "NA",
        "NA" if is_direct else f"{folder}/fallo_{purchase.number}.pdf",
        "NA" if is_direct else f"{folder}/propuestas_{purchase.number}.pdf",
        row["supplier_name"],
        row["rfc"],
        CENTRAL_BUYER.upper() if kind == "CENTRALIZADA" else purchase.buyer.name.upper(),
        purchase.buyer.name.upper(),
        kind,
        row["contract_number"],
        row["signed_at"],
        None if is_framework else row["amount"],
        round(purchase.gross * 0.4, 2) if is_framework else None,
        row["amount"] if is_framework else None,
        row["amount"],
        f"{folder}/contrato_{purchase.number}.pdf",
        purchase.buyer.name.upper(),
        signed.replace(day=28),
        None,
        None,
        signed.replace(month=12, day=15),
        "Excede el límite" if is_over else "No excede el límite" if is_direct else "NA",
        round(purchase.gross - DIRECT_AWARD_LIMIT, 2) if is_over else "na",
        None,
    ]


def _nothing_done(cells: list[Any]) -> list[Any]:
    """The row an area leaves that bought nothing in the period."""
    kept = {2, 3, 4, 16, 17, 18, 26, 27, 30}
    return [*(cell if place in kept else None for place, cell in enumerate(cells[:-1])), "SI"]
