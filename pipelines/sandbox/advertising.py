"""Official advertising of the municipality of Chihuahua (SIPOT, Art. 70 fr. XXIII): format B and the contracts behind it.

Here: format B as four CSV files, one for each table, whose keys don't meet (the report's have one component
more in front), dates like `01-Enero-18` and `0000-00-00`, cells of many lines; and the tool's own list of
contracts. Not here: values and defects of a row (`contract_rows.py`), CSV (`sheets.py`).
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pipelines.sandbox import contract_sheets
from pipelines.sandbox.contract_rows import ROW_DEFECTS, contract_row, with_rates
from pipelines.sandbox.dataset import Expected
from pipelines.sandbox.defects import Planter, Record
from pipelines.sandbox.order import Made, Order, draft
from pipelines.sandbox.people import fold
from pipelines.sandbox.procurement import DIRECT, Purchase, Scene, make_purchase
from pipelines.sandbox.rule_cases.changes import planted_name
from pipelines.sandbox.rule_cases.tables import SOUND_BILL, TABLE_CASES, ocid_of, sound_bill
from pipelines.sandbox.sheets import csv_envelope, csv_record, month_named
from pipelines.sandbox.vocabulary import SERVICES

# The real files are in it; their letters beyond Latin-1 are few.
ENCODING = "cp1252"
REPORT = (
    "Sujeto Obligado",
    "Ejercicio",
    "Fecha de Inicio Del periodo Que Se Informa",
    "Fecha de Término Del periodo Que Se Informa",
    "Funcion Del Sujeto Obligado (catálogo)",
    "Área Administrativa Encargada de Solicitar El Servicio o Producto, en su caso",
    "Clasificación Del(los) Servicios (catálogos)",
    "Tipo de Servicio",
    "Tipo de Medio (catálogo)",
    "Descripción de Unidad",
    "Tipo (catálogo)",
    "Nombre de La Campaña O Aviso Institucional, en su Caso",
    "Año de La Campaña",
    "Tema de La Campaña O Aviso Institucional",
    "Objetivo Institucional",
    "Objetivo de Comunicación",
    "Costo por unidad",
    "Clave Única de Identificación de Campaña",
    "Autoridad Que Proporcionó La Clave",
    "Cobertura (catálogo)",
    "Ámbito Geográfico de Cobertura",
    "Fecha de Inicio de La Campaña O Aviso Institucional",
    "Fecha de término de La Campaña O Aviso Institucional",
    "Sexo (catálogo)",
    "Lugar de Residencia",
    "Nivel Educativo",
    "Grupo de Edad",
    "Nivel Socioeconómico",
    "Respecto a Los Proveedores y su Contratación",
    "Respecto a Los Recursos y El Presupuesto",
    "Respecto Al Contrato y Los Montos",
    "Área(s) Responsable(s) Que Genera(n), Posee(n), Publica(n) Y Actualizan La Información",
    "Fecha de validación",
    "Fecha de actualización",
    "Nota",
)
PROVIDERS = (
    "ID Respecto a los proveedores y su contratación (Factura-Orden de compra-Contrato-Proveedor)",
    "Razón social",
    "Nombre(s)",
    "Primer apellido",
    "Segundo apellido",
    "Nombre(s) de los Proveedores Y/o Responsables",
    "Registro Federal de Contribuyente",
    "Procedimiento de contratación",
    "Fundamento jurídico Del Proceso de Contratación",
    "Descripción Breve Del Las Razones Que Justifican",
)
BUDGET = (
    "ID Respecto a los recursos y el presupuesto (Factura-Orden de compra-Contrato-Proveedor)",
    "Partida Genérica",
    "Clave Del Concepto",
    "Nombre Del Concepto",
    "Presupuesto Asignado por Concepto",
    "Presupuesto Modificado por Concepto",
    "Presupuesto Total Ejercido por Concepto",
    "Denominación de Cada Partida",
    "Presupuesto Total Asignado a Cada Partida",
    "Presupuesto Modificado por Partida",
    "Presupuesto Ejercido Al Periodo Reportado de Cada Partida",
)
CONTRACTS = (
    "ID Respecto al contrato y los montos (Factura-Orden de compra-Contrato-Proveedor)",
    "Fecha de Firma Del Contrato",
    "Número O Referencia de Identificación Del Contrato",
    "Objeto Del Contrato",
    "Hipervínculo Al Contrato Firmado",
    "Hipervínculo Al Convenio Modificatorio, en su Caso",
    "Monto Total Del Contrato",
    "Monto Pagado Al Periodo Publicado",
    "Fecha de Inicio de Los Servicios Contratados",
    "Fecha de Término de Los Servicios Contratados",
    "Número de Factura",
    "Hipervínculo a La Factura",
)
TABLES = {"10632": PROVIDERS, "10633": BUDGET, "10656": CONTRACTS}


class Medium(NamedTuple):
    """Where a campaign appears: the catalogue's service and kind, and what is bought."""

    service: str
    kind: str
    subject: str


MEDIA = (
    Medium("Radio", "Radiodifusoras locales", "Spot en radio de avisos y campañas"),
    Medium("Internet", "Medios Digitales", "Banner con liga a la página del municipio"),
    Medium("Televisión", "Televisión abierta local", "Spot de 30 segundos en televisión"),
    Medium("Medios impresos", "Revistas", "Plana a color en revista"),
    Medium("Medios complementarios", "Espectaculares", "Anuncio espectacular"),
)
CAMPAIGNS = ("Predial", "Descuentos en multas", "Informe de gobierno", "Cultura vial", "Sin especificar")
SITE = "https://www.sindicatura.mx/publicidad-abierta/data"
LINE = (
    "Difusión por radio, televisión y otros medios de mensajes sobre programas y actividades gubernamentales"
)
REASON = "Sin Orden de Compra"
NO_DAY = "0000-00-00"
# The last part of a key is a supplier's number.
LETTERS = str.maketrans(
    {letter: str(place % 10) for place, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
)
# Shares of the real files: lines a bill, bills a contract, bills that are listed under two contracts.
LINES = (1, 1, 1, 1, 1, 1, 1, 2, 2)
BILLS = (1, 1, 2, 2, 3)
TWICE_CONTRACTED = 0.03
TENDERED = 0.002
MANY_LINES = 0.12
NO_CAMPAIGN_DAY = 0.19
YEAR_IN_FRONT = 0.35
# The bills of the catalogue of defects have numbers that the others don't reach.
FIRST_OF_CATALOGUE = 90_001
# Bills whose keys no table knows, in each of the two tables that can be joined.
ORPHANS = {"10632": 1, "10656": 2}
DEFECTS = with_rates(
    ROW_DEFECTS,
    outer_blank=0.05,
    inner_blanks=0.05,
    rfc_blank=0.02,
    rfc_hopeless=0.02,
    double_encoding=0.006,
    personal_data_in_text=0.004,
)


EXPECTED = tuple(
    Expected(
        rule_id=case.rule_id,
        entity_id=ocid_of(planted_name(case)),
        failures=case.failures,
        path=case.path,
        value=case.value,
        beside=ocid_of(SOUND_BILL),
    )
    for case in TABLE_CASES
)


@dataclass(frozen=True)
class Bill:
    """What one bill says in each table; `key` joins them, `lines` are its rows in the report."""

    key: str
    lines: tuple[tuple[Any, ...], ...]
    provider: tuple[Any, ...]
    contracts: tuple[tuple[Any, ...], ...]


def make_tables(order: Order) -> Made:
    """The report and its tables, by the number in the file's name; `order.count` rows in the report."""
    planter = Planter(DEFECTS)
    scene = order.local_scene((0, 1, 0))
    bills = _catalogue()
    number = 0
    while sum(len(bill.lines) for bill in bills) < order.count:
        number += 1
        year = order.volume.years[number % len(order.volume.years)]
        purchase = _purchase(order.rng, scene, number, year)
        bills.extend(_bills(purchase, order.rng, len(bills) + 7, planter))
    drafts = []
    for place, file in enumerate(order.files):
        table = next((each for each in TABLES if each in file["path"]), None)
        header = REPORT if table is None else TABLES[table]
        rows = _rows(table, bills, order.volume.years, planter.planted)
        records = [(str(row[0]), csv_record(row, ENCODING)) for row in rows]
        made = draft(str(place), csv_envelope([header], ENCODING), records)
        drafts.append(replace(made, expected=EXPECTED) if table is None else made)
    return drafts, planter.planted


def make_contracts(order: Order) -> Made:
    """The tool's list of contracts, under the header of the declaration."""
    scene = order.local_scene((0, 1, 0))
    return contract_sheets.make_files(
        order, lambda number, year: _purchase(order.rng, scene, number, year), encoding=ENCODING
    )


def _purchase(rng: random.Random, scene: Scene, number: int, year: int) -> Purchase:
    """A contract for space in some medium; nearly all are awarded directly."""
    purchase = make_purchase(rng, scene, number=number, year=year)
    space = next(good for good in SERVICES if good.cog == "36101")
    medium = rng.choice(MEDIA)
    if rng.random() < TENDERED:
        return replace(purchase, title=medium.subject, good=space)
    return replace(
        purchase, title=medium.subject, good=space, method=DIRECT, tenderers=purchase.tenderers[:1]
    )


def _bills(purchase: Purchase, rng: random.Random, number: int, planter: Planter) -> list[Bill]:
    """The bills of one contract, numbered from `number`."""
    row = contract_row(purchase, rng)
    row = planter.plant(row, planter.draw(rng))
    count = rng.choice(BILLS)
    paid = round(purchase.gross / count, 2)
    supplier = purchase.supplier
    person = supplier.representative
    names = (
        (None, None, None)
        if supplier.is_company
        else (person.names, person.first_surname, person.second_surname)
    )
    bills = []
    for bill in range(number, number + count):
        key = f"{bill}-1-{100 + purchase.number}-{supplier.rfc[-2:].translate(LETTERS)}"
        parent = f"{purchase.year if rng.random() < YEAR_IN_FRONT else 0}-{key}"
        provider = (
            *(
                key,
                row["supplier_name"],
                *names,
                None if supplier.is_company else f"{fold(person.first_surname).lower()}.com.mx",
            ),
            *(row["rfc"], row["procedure_type"], None, REASON),
        )
        subject = row["title"]
        if rng.random() < MANY_LINES:
            subject = f"\n\n{subject}\n\u00a0\n"
            planter.planted["many_line_cell"] += 1
        contract = (
            *(key, row["signed_at"], row["contract_number"], subject),
            *(f"{SITE}/contratos/{row['contract_number'].replace('/', '-')}.PDF", None, paid, paid),
            *(row["starts_at"], row["ends_at"], f"FEC - {bill}", f"{SITE}/facturas/{bill}.PDF"),
        )
        contracts = [contract]
        if rng.random() < TWICE_CONTRACTED:
            other = f"{row['contract_number']}-B"
            contracts.append((*contract[:2], other, *contract[3:]))
            planter.planted["bill_of_two_contracts"] += 1
        lines = tuple(_line(purchase, parent, rng, planter.planted) for _ in range(rng.choice(LINES)))
        planter.planted["longer_parent_key"] += len(lines)
        bills.append(Bill(key, lines, provider, tuple(contracts)))
    return bills


def _catalogue() -> list[Bill]:
    """A sound bill and one for each case."""
    records = [sound_bill(SOUND_BILL, FIRST_OF_CATALOGUE)]
    for number, case in enumerate(TABLE_CASES, start=FIRST_OF_CATALOGUE + 1):
        record = sound_bill(planted_name(case), number)
        case.fails(record)
        records.append(record)
    return [_catalogued(record) for record in records]


def _catalogued(record: Record) -> Bill:
    """The bill in its tables: January 2020, one campaign, paid in full."""
    key, contract, amount = record["key"], record["contract_number"], 12000.0
    day = datetime(2020, 1, 15)
    provider = (
        key,
        record["supplier_name"],
        None,
        None,
        None,
        None,
        record["rfc"],
        "Adjudicación directa",
        None,
        REASON,
    )
    signed = (key, day, contract, record["title"], f"{SITE}/contratos/{contract}.PDF", None, amount, amount)
    purchase = (day, datetime(2020, 3, 31), f"FEC - {key}", f"{SITE}/facturas/{key}.PDF")
    line = (
        *("Chihuahua", 2020, month_named(datetime(2020, 1, 1)), month_named(datetime(2020, 3, 31))),
        *("Contratante y solicitante", None, "Servicios de difusión en medios de comunicación"),
        *(
            MEDIA[2].service,
            MEDIA[2].kind,
            None,
            "Campañas",
            CAMPAIGNS[0],
            None,
            "Otro",
            "Informar a la ciudadanía",
        ),
        *(None, 1000.0, "CCS/01/2020/DA", "Unidad Administrativa de Comunicación Social", "Municipal"),
        *("MUNICIPIO DE CHIHUAHUA", "2020-01-15", "2020-03-31", None, None, None, None, None),
        *(record["parent_key"], None, record["parent_key"]),
        *("Unidad administrativa de comunicación social", datetime(2020, 5, 10), datetime(2020, 5, 10), None),
    )
    return Bill(key, (line,), provider, ((*signed, *purchase),))


def _line(purchase: Purchase, parent: str, rng: random.Random, planted: Counter[str]) -> tuple[Any, ...]:
    """A row of the report: one service of one bill."""
    medium = next(each for each in MEDIA if each.subject == purchase.title)
    quarter = (purchase.signed.month + 2) // 3
    start = datetime(purchase.year, quarter * 3 - 2, 1)
    end = datetime(purchase.year + quarter // 4, quarter * 3 % 12 + 1, 1) - timedelta(days=1)
    first, last = f"{purchase.starts:%Y-%m-%d}", f"{purchase.ends:%Y-%m-%d}"
    if rng.random() < NO_CAMPAIGN_DAY:
        first = last = NO_DAY
        planted["no_day"] += 1
    validated = end + timedelta(days=40)
    return (
        *(
            "Chihuahua",
            purchase.year,
            month_named(start),
            month_named(end),
            "Contratante y solicitante",
            None,
        ),
        *("Servicios de difusión en medios de comunicación", medium.service, medium.kind, None, "Campañas"),
        *(
            rng.choice(CAMPAIGNS),
            None,
            "Otro",
            "Informar a la ciudadanía de las acciones, avisos y programas",
            None,
        ),
        *(round(purchase.net / 12, 2), f"CCS/{purchase.number:02d}/{purchase.year}/DA"),
        *("Unidad Administrativa de Comunicación Social", "Municipal", "MUNICIPIO DE CHIHUAHUA", first, last),
        *(None, None, None, None, None, parent, parent, parent),
        *("Unidad administrativa de comunicación social", validated, validated, None),
    )


def _rows(
    table: str | None, bills: Sequence[Bill], years: Sequence[int], planted: Counter[str]
) -> list[tuple[Any, ...]]:
    """The rows of one file; the last bills are unknown to the tables that could be joined."""
    if table is None:
        return [line for bill in bills for line in bill.lines]
    if table == "10633":
        return [
            (f"{year}-36102", "361", "3600", LINE, *amounts, LINE, *amounts)
            for year in years
            for amounts in [(26_758_004.0, 48_849_611.35, 15_125_557.58)]
        ]
    orphaned = ORPHANS[table]
    planted[f"bill_unknown_to_{table}"] += sum(len(bill.lines) for bill in bills[-orphaned:])
    known = bills[:-orphaned]
    if table == "10632":
        return [bill.provider for bill in known]
    return [contract for bill in known for contract in bill.contracts]
