"""Contracts of ComprasMX 2026 as its open CSV: 21 columns, one row a contract, several rows a procedure.

Here: the file's columns and traits (a start date written dd/mm/yyyy among ISO moments, blanks in
award and signature dates, amounts with binary residue, line breaks inside cells, a few identical
rows). Not here: the conversion to OCDS (dbt, `staging/compranet`).
"""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from pipelines.sandbox.dataset import Draft, Envelope
from pipelines.sandbox.order import Made, Order, csv_line
from pipelines.sandbox.people import Supplier
from pipelines.sandbox.procurement import ANCHOR, Purchase, Scene, Stall, make_document_id, make_purchase
from pipelines.sandbox.vocabulary import FEDERAL_BODIES

COLUMNS = (
    "rfc",
    "Institución",
    "Nombre de la UC",
    "Clave de la UC",
    "Proveedor o contratista",
    "Número de procedimiento",
    "Tipo Procedimiento",
    "Tipo de contratación",
    "Ley",
    "Artículo de excepción",
    "Descripción excepción",
    "Partida específica",
    "Importe DRC",
    "Estratificación",
    "Compra consolidada",
    "Fecha de publicación",
    "Fecha de fallo",
    "Fecha de firma del contrato",
    "Fecha de inicio del contrato",
    "Descripción del contrato",
    "Dirección del anuncio",
)
YEAR = 2026
NOTICE = "https://comprasmx.buengobierno.gob.mx/sitiopublico/#/sitiopublico/detalle/{key}/procedimiento"


class Waiver(NamedTuple):
    """Why there is no public tender: procedure's text, article and description, and its weight."""

    procedure: str
    article: str
    description: str
    weight: int


DIRECT_EXCEPTIONS = (
    Waiver(
        "ADJUDICACIÓN DIRECTA POR MONTOS MÁXIMOS POR EXCEPCIÓN",
        "ART. 55 PÁRRAFO PRIMERO",
        "ADQUISICIONES, ARRENDAMIENTOS Y SERVICIOS, DENTRO DE LOS MONTOS MÁXIMOS ESTABLECIDOS EN EL PEF.",
        37,
    ),
    Waiver(
        "ADJUDICACIÓN DIRECTA POR URGENCIA Y EVENTUALIDAD",
        "ART. 54 FR. V",
        "CONTRATACIONES PARA ATENDER UNA EVENTUALIDAD POR CASO FORTUITO O DE FUERZA MAYOR, LIMITADA A LO "
        "ESTRICTAMENTE NECESARIO PARA AFRONTARLA.",
        28,
    ),
    Waiver(
        "ADJUDICACIÓN DIRECTA POR PATENTES, LICENCIAS, OFERENTE ÚNICO U OBRAS DE ARTE",
        "ART. 54 FR. I",
        "NO EXISTEN BIENES ALTERNATIVOS O SUSTITUTOS, ÚNICO OFERENTE, DERECHOS EXCLUSIVOS (PATENTES, "
        "LICENCIAS, DERECHOS DE AUTOR U OTROS DERECHOS EXCLUSIVOS), O POR OBRAS DE ARTE.",
        19,
    ),
    Waiver(
        "ADJUDICACIÓN DIRECTA POR LICITACIONES PÚBLICAS DESIERTAS",
        "ART. 54 FR. VII",
        "SE HAYA DECLARADO DESIERTA UNA LICITACIÓN PÚBLICA, SIEMPRE QUE SE MANTENGAN LOS REQUISITOS "
        "ESTABLECIDOS EN LA CONVOCATORIA.",
        16,
    ),
)
INVITATION_EXCEPTION = Waiver(
    "INVITACIÓN A CUANDO MENOS 3 PERSONAS POR MONTOS MÁXIMOS POR EXCEPCIÓN",
    "ART. 55 PÁRRAFO PRIMERO",
    "ADQUISICIONES, ARRENDAMIENTOS Y SERVICIOS, DENTRO DE LOS MONTOS MÁXIMOS ESTABLECIDOS EN EL PEF.",
    1,
)
CONTRACTING = {"goods": "ADQUISICIONES", "services": "SERVICIOS", "works": "OBRA PÚBLICA"}
# Rows a procedure: 3,986 rows of 2,126 procedures in the real file.
ROWS = (1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 5)
# Shares of the real file.
NO_SIGNATURE = 0.33
NO_AWARD_DATE = 0.03
NO_PUBLICATION = 0.013
NO_PROCEDURE_TYPE = 0.0035
BINARY_RESIDUE = 0.008
LINE_BREAK = 0.06
IDENTICAL_ROWS = 0.0009
# Planted defects (the real file has neither).
ZERO_AMOUNT = 0.005
THOUSANDFOLD = 0.002
TRAILING_BLANK = 0.004
SIGNED_AFTER_START = 0.04


def make_file(order: Order) -> Made:
    """The one CSV of the year."""
    scene = order.federal_scene((38, 60, 2))
    branches = {body.acronym: body.branch for body in FEDERAL_BODIES}
    rows, planted = comprasmx_rows(order.rng, scene, branches=branches, count=order.count)
    envelope = Envelope(header_line() + b"\n", b"\n", b"\n", "text/csv; charset=utf-8")
    return [Draft("0", envelope, tuple(rows), tuple(str(number) for number in range(len(rows))))], planted


def comprasmx_rows(
    rng: random.Random, scene: Scene, *, branches: dict[str, str], count: int
) -> tuple[list[bytes], Counter[str]]:
    """`count` CSV lines (without line end) sorted by RFC as in the real file, and what was planted.

    `branches` gives the six characters of each buyer's key, by acronym.
    """
    planted: Counter[str] = Counter()
    rows: list[tuple[str, ...]] = []
    number = 0
    while len(rows) < count:
        number += 1
        purchase = make_purchase(rng, scene, number=number, year=YEAR)
        for row in _procedure(rng, purchase, branches[purchase.buyer.acronym], scene.stall, planted):
            rows.append(row)
            if rng.random() < IDENTICAL_ROWS:
                rows.append(row)
                planted["identical_row"] += 1
    rows = sorted(rows[:count])
    return [csv_line(row) for row in rows], planted


def header_line() -> bytes:
    """The first line, without its line end."""
    return csv_line(COLUMNS)


def _procedure(
    rng: random.Random, purchase: Purchase, branch: str, stall: Stall, planted: Counter[str]
) -> Iterator[tuple[str, ...]]:
    winners: tuple[Supplier, ...] = purchase.tenderers[:1]
    count = 1 if purchase.method.code == "direct" else rng.choice(ROWS)
    if purchase.method.code == "direct" and rng.random() < 0.15:
        count = 2
    if count > 1 and rng.random() < 0.7:
        winners = stall.pick(rng, rng.randint(1, count))
    unit = f"{branch}{purchase.buyer.areas.index(purchase.area) + 1:03d}"
    kind = {"direct": "AA", "selective": "IA", "open": "LA"}[purchase.method.code]
    procedure = f"{kind}-{branch[1:3]}-{branch[3:]}-{unit}-N-{purchase.number}-{YEAR}"
    text, article, description = _exception(rng, purchase)
    notice = NOTICE.format(key=make_document_id(rng))
    published = (
        purchase.published - timedelta(days=30) if purchase.method.code == "open" else purchase.published
    )
    for position in range(count):
        supplier = winners[position % len(winners)]
        subject = (
            purchase.title.upper() if count == 1 else f"{purchase.title.upper()}, CONTRATO {position + 1}"
        )
        if rng.random() < LINE_BREAK:
            subject = subject.replace(" PARA ", " \nPARA ", 1)
        yield (
            _tax_id(rng, supplier, planted),
            purchase.buyer.name.upper(),
            purchase.area.upper(),
            unit,
            supplier.name.upper().replace(".", "").replace(",", ""),
            procedure,
            "" if rng.random() < NO_PROCEDURE_TYPE else text,
            CONTRACTING[purchase.category],
            "LOPSRM" if purchase.category == "works" else "LAASSP",
            article,
            description,
            _expense_items(rng, purchase),
            _amount(rng, purchase.net / count, planted),
            supplier.size,
            "SI" if purchase.number % 11 == 0 else "NO",
            "" if rng.random() < NO_PUBLICATION else f"{published}",
            "" if rng.random() < NO_AWARD_DATE else f"{purchase.awarded.replace(minute=0)}",
            _signature(rng, purchase, planted),
            f"{purchase.starts:%d/%m/%Y}",
            subject,
            notice,
        )


def _exception(rng: random.Random, purchase: Purchase) -> tuple[str, str, str]:
    if purchase.method.code == "open":
        return "LICITACIÓN PÚBLICA", "", ""
    if purchase.method.code == "selective":
        return INVITATION_EXCEPTION[:3]
    weights = [exception.weight for exception in DIRECT_EXCEPTIONS]
    return rng.choices(DIRECT_EXCEPTIONS, weights=weights)[0][:3]


def _tax_id(rng: random.Random, supplier: Supplier, planted: Counter[str]) -> str:
    if rng.random() < TRAILING_BLANK:
        planted["trailing_blank"] += 1
        return f"{supplier.rfc} "
    return supplier.rfc


def _expense_items(rng: random.Random, purchase: Purchase) -> str:
    if rng.random() < 0.8:
        return purchase.good.cog
    return ", ".join(
        sorted({purchase.good.cog, f"{int(purchase.good.cog) + 100}", f"{int(purchase.good.cog) + 200}"})
    )


def _amount(rng: random.Random, net: float, planted: Counter[str]) -> str:
    chance = rng.random()
    if chance < ZERO_AMOUNT:
        planted["zero_amount"] += 1
        return "0.0"
    amount = round(net, 2)
    if chance < ZERO_AMOUNT + THOUSANDFOLD:
        planted["amount_thousandfold"] += 1
        return str(round(amount * 1000, 2))
    if chance > 1 - BINARY_RESIDUE:
        return f"{amount:.2f}0000001"
    return str(amount)


def _signature(rng: random.Random, purchase: Purchase, planted: Counter[str]) -> str:
    signed = purchase.signed + timedelta(seconds=rng.randint(0, 3000))
    if rng.random() < NO_SIGNATURE or signed > ANCHOR:
        return ""
    late = purchase.starts + timedelta(days=rng.randint(5, 40), hours=11)
    if rng.random() < SIGNED_AFTER_START and late < ANCHOR:
        planted["signed_after_start"] += 1
        return f"{late}"
    return f"{signed}"
