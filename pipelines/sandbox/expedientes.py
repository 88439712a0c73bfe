"""Procedures ("expedientes") of ComprasMX 2026 as its open CSV: 37 columns, a row a procedure, no contracts.

Here: the file's traits: Latin-1, an apostrophe before codes so that a spreadsheet keeps their zeros, dates
ISO with a time, contacts' e-mail addresses. Nobody published its header; this one is the contracts' of
2023-2025 (`compranet_headers.py`) without the contract, with the clarification meeting and `Correo
anuncio`, which the real file is known to hold. Not here: the conversion (dbt, `staging/compranet`).
"""

import random
from collections import Counter
from datetime import timedelta

from pipelines.sandbox.compranet_contracts import BRANCHES, LETTERS, METHODS
from pipelines.sandbox.comprasmx import CONTRACTING, DIRECT_EXCEPTIONS, INVITATION_EXCEPTION
from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.order import Made, Order, csv_line, in_files
from pipelines.sandbox.procurement import ANCHOR, Purchase, make_document_id, make_purchase
from pipelines.sandbox.vocabulary import ENTITIES

COLUMNS = (
    "Orden de gobierno",
    "Clave Ramo",
    "Descripción Ramo",
    "Tipo de Institución",
    "Clave Institución",
    "Siglas de la Institución",
    "Institución",
    "Clave de la UC",
    "Nombre de la UC",
    "Código del expediente",
    "Referencia del expediente",
    "Título del expediente",
    "Descripción del expediente",
    "Partida específica",
    "Ley",
    "Tipo Procedimiento",
    "Artículo de excepción",
    "Descripción excepción",
    "La contratación es por Caso fortuito o fuerza mayor",
    "Contrato marco",
    "Compra consolidada",
    "Proc. Consolidación",
    "Número de procedimiento",
    "Tipo de contratación",
    "Carácter del procedimiento",
    "Forma de participación",
    "Entidad federativa",
    "Fecha de publicación",
    "Fecha de junta de aclaraciones",
    "Fecha de apertura",
    "Fecha de fallo",
    "Estatus del procedimiento",
    "Clave del programa federal",
    "Clave de cartera SHCP",
    "Crédito externo",
    "Correo anuncio",
    "Dirección del anuncio",
)
YEAR = 2026
ENCODING = "latin-1"
# Columns whose cells start with an apostrophe.
QUOTED = {"Clave Ramo", "Clave Institución", "Clave de la UC", "Partida específica"}
SPELLINGS = {"09": ("Ciudad de México", "CIUDAD DE MEXICO", "Distrito Federal", "CDMX")}
PLACEHOLDER = 0.02
LINE_BREAK = 0.04
NO_NUMBER = 0.01
IDENTICAL_ROW = 0.003
FORMULA = 0.012


def make_file(order: Order) -> Made:
    """The declared files; a record is a row."""
    planted: Counter[str] = Counter()
    scene = order.federal_scene((40, 52, 8))
    rows: list[tuple[str, bytes]] = []
    number = 0
    while len(rows) < order.count:
        number += 1
        purchase = make_purchase(order.rng, scene, number=number, year=YEAR)
        row = csv_line(_cells(purchase, order.rng, planted), ENCODING)
        rows.append((str(number), row))
        if order.rng.random() < IDENTICAL_ROW:
            planted["identical_row"] += 1
            rows.append((str(number), row))
    envelope = Envelope(csv_line(COLUMNS, ENCODING) + b"\r\n", b"\r\n", b"\r\n", "text/csv")
    return in_files(order, rows[: order.count], lambda _: envelope), planted


def _cells(purchase: Purchase, rng: random.Random, planted: Counter[str]) -> list[str]:
    branch = BRANCHES[purchase.buyer.acronym]
    unit = f"{branch}{purchase.buyer.areas.index(purchase.area) + 1:03d}"
    is_direct = purchase.method.code == "direct"
    waiver = {"direct": rng.choice(DIRECT_EXCEPTIONS), "selective": INVITATION_EXCEPTION}.get(
        purchase.method.code
    )
    procedure = (
        f"{LETTERS[purchase.method.code]}-{branch[1:3]}-{branch[3:]}-{unit}-N-{purchase.number}-{YEAR}"
    )
    if rng.random() < NO_NUMBER:
        planted["no_procedure_number"] += 1
        procedure = ""
    is_decided = purchase.awarded < ANCHOR
    meeting = purchase.published + timedelta(days=5)
    cells = {
        "Orden de gobierno": "APF",
        "Clave Ramo": branch[:3],
        "Descripción Ramo": purchase.buyer.name,
        "Tipo de Institución": "Organismo descentralizado",
        "Clave Institución": branch,
        "Siglas de la Institución": purchase.buyer.acronym,
        "Institución": purchase.buyer.name.upper(),
        "Clave de la UC": unit,
        "Nombre de la UC": purchase.area.upper(),
        "Código del expediente": f"E-{YEAR}-{purchase.number:08d}",
        "Referencia del expediente": f"REF-{purchase.number}",
        "Título del expediente": _title(purchase, rng, planted),
        "Descripción del expediente": _description(purchase, rng, planted),
        "Partida específica": purchase.good.cog,
        "Ley": "LOPSRM" if purchase.category == "works" else "LAASSP",
        "Tipo Procedimiento": METHODS[purchase.method.code].upper(),
        "Artículo de excepción": waiver.article if waiver else "",
        "Descripción excepción": waiver.description if waiver else "",
        "La contratación es por Caso fortuito o fuerza mayor": "NO",
        "Contrato marco": "NO",
        "Compra consolidada": "SI" if purchase.number % 11 == 0 else "NO",
        "Número de procedimiento": procedure,
        "Tipo de contratación": CONTRACTING[purchase.category],
        "Carácter del procedimiento": "NACIONAL",
        "Forma de participación": "" if is_direct else "ELECTRÓNICA",
        "Entidad federativa": _entity(purchase, rng),
        "Fecha de publicación": f"{purchase.published}",
        "Fecha de junta de aclaraciones": "" if is_direct else f"{meeting}",
        "Fecha de apertura": "" if is_direct else f"{purchase.opened}",
        "Fecha de fallo": f"{purchase.awarded}" if is_decided else "",
        "Estatus del procedimiento": "ADJUDICADO" if is_decided else "VIGENTE",
        "Correo anuncio": purchase.buyer.email,
        "Dirección del anuncio": (
            "https://comprasmx.buengobierno.gob.mx/sitiopublico/#/sitiopublico/detalle/"
            f"{make_document_id(rng)}/procedimiento"
        ),
    }
    planted["apostrophe"] += 1
    return [f"'{cells[name]}" if name in QUOTED else cells.get(name, "") for name in COLUMNS]


def _description(purchase: Purchase, rng: random.Random, planted: Counter[str]) -> str:
    chance = rng.random()
    if chance < PLACEHOLDER:
        planted["placeholder_text"] += 1
        return rng.choice(("SIN DATO", "NA", "-", "."))
    if chance < PLACEHOLDER + LINE_BREAK:
        planted["line_break"] += 1
        return f"{purchase.title},\nsegún el anexo técnico"
    return f"{purchase.title}, ejercicio fiscal {YEAR}"


def _title(purchase: Purchase, rng: random.Random, planted: Counter[str]) -> str:
    if rng.random() < FORMULA:
        planted["formula"] += 1
        return f'=CONCATENAR("{purchase.good.cog}"," ","{purchase.good.noun}")'
    return purchase.title


def _entity(purchase: Purchase, rng: random.Random) -> str:
    address = purchase.buyer.address
    return rng.choice(SPELLINGS.get(address.entity, (ENTITIES[address.entity].name,)))
