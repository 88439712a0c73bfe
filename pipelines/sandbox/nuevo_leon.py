"""Public works as Nuevo León's Secretaría de Infraestructura publishes them: record packages.

Here: records with linked releases, a compiled release, the `x_*` progress fields, ids by `SIASI` and
`RFC-…`, dates of the year 1 for "not known", documents in every section. Not here: the files' URLs
(`sources/19_nuevo_leon/nuevo_leon_si.yaml`), defects drawn at random (`defects.py`).
"""

import random
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

import orjson

from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.defects import OCDS_DEFECTS, Planter
from pipelines.sandbox.edca import money, stamp
from pipelines.sandbox.order import JSON_TYPE, Made, Order, draft, file_address, in_files, repeated
from pipelines.sandbox.people import Supplier
from pipelines.sandbox.procurement import ANCHOR, Buyer, Purchase, make_document_id, make_purchase

AGENCY_ID = "SIASI-000011"
TREASURY_ID = "SIASI-000004"
LEGAL_NAME = "SISTEMA INTEGRAL DE ADMINISTRACIÓN DE LA SECRETARÍA DE INFRAESTRUCTURA"
# The year 1 stands for an unknown date, with an offset in most places and without one in some.
UNKNOWN_DATE = "0001-01-01T00:00:00-06:00"
# All 24 real records have the first three, so that all of them fail the schema. Here few do: a first run
# shall publish the source.
UNKNOWN_OCID_RATE = 0.08
BLANK_IN_URL_RATE = 0.005
NO_OFFSET_RATE = 0.01
NO_RFC_RATE = 0.12
# Numbers of the processes in the older publication.
OLDER_FIRST = 5_000
SECTIONS = (
    ("planning", "Estudio de mercado", "marketStudies"),
    ("tender", "Convocatoria", "tenderNotice"),
    ("award", "Acta de fallo", "awardNotice"),
    ("contract", "Contrato firmado", "contractSigned"),
)
MILESTONES = (("CONVOCATORIA", "preProcurement"), ("FALLO", "engagement"), ("FIRMA DEL CONTRATO", "approval"))


def make_packages(order: Order) -> Made:
    """Record packages over the declared files."""
    rng = order.rng
    scene = order.local_scene((2, 8, 90))
    planter = Planter(OCDS_DEFECTS)
    publisher = {**order.publisher, "scheme": "GB-COH", "uid": ""}
    records: list[tuple[str, bytes]] = []
    number = 0
    while len(records) < order.count:
        number += 1
        year = rng.randint(order.volume.first_year, order.volume.last_year)
        purchase = make_purchase(rng, scene, number=number, year=year)
        ocid, record = nuevo_leon_record(
            purchase, rng, prefix=order.prefix, base_url=order.address, planter=planter
        )
        records.extend(repeated(rng, ocid, orjson.dumps(record), planter.planted))

    def envelope(address: str) -> Envelope:
        head = orjson.dumps(nuevo_leon_package(address, publisher))
        return Envelope(head[:-1] + b',"records":[', b",", b"]}", JSON_TYPE)

    return in_files(order, records[: order.count], envelope), planter.planted


def make_older(order: Order) -> Made:
    """An older publication: record packages of an earlier build, and releases that stand alone in a file.

    The processes are made like those of `make_packages`, of an earlier year, with ids of their own.
    """
    rng = order.rng
    scene = order.local_scene((2, 8, 90))
    planter = Planter(OCDS_DEFECTS)
    publisher = {**order.publisher, "scheme": "GB-COH", "uid": ""}
    addresses = [file_address(order.source, file) for file in order.files]
    alone = [address for address in addresses if PurePosixPath(address).name.startswith("Release-")]
    a_file = max((order.count - len(alone)) // max(len(addresses) - len(alone), 1), 1)
    drafts = []
    number = OLDER_FIRST
    for place, address in enumerate(addresses):
        records: list[tuple[str, bytes]] = []
        while len(records) < (1 if address in alone else a_file):
            number += 1
            year = rng.randint(order.volume.first_year, order.volume.last_year)
            purchase = make_purchase(rng, scene, number=number, year=year)
            ocid, record = nuevo_leon_record(
                purchase, rng, prefix=order.prefix, base_url=order.address, planter=planter
            )
            records.append((ocid, orjson.dumps(record["compiledRelease"] if address in alone else record)))
        head = orjson.dumps(nuevo_leon_package(address, publisher))
        envelope = Envelope(head[:-1] + b',"records":[', b",", b"]}", JSON_TYPE)
        if address in alone:
            planter.planted["release_alone"] += 1
            envelope = Envelope(b"", b"", b"", JSON_TYPE)
        drafts.append(draft(str(place), envelope, records))
    return drafts, planter.planted


def nuevo_leon_record(
    purchase: Purchase, rng: random.Random, *, prefix: str, base_url: str, planter: Planter
) -> tuple[str, dict[str, Any]]:
    """One process as (ocid of its compiled release, record)."""
    code = f"SINL-{'AD' if purchase.method.code == 'direct' else 'CPE'}-{purchase.number:04d}-{purchase.year}"
    ocid = f"{prefix}-{code}-v001"
    folder = f"{base_url}/Acceso/DatosAbiertos/{purchase.number % 12:06d}/{code}"
    compiled = _compiled(purchase, rng, ocid=ocid, code=code, folder=folder)
    record_ocid = f"{prefix}-{code}001" if rng.random() < UNKNOWN_OCID_RATE else ocid
    record = {
        "ocid": record_ocid,
        "releases": [
            {
                "url": f"{folder}/v001/Release-{prefix}-{code}-v001-contract.json",
                "date": compiled["date"],
                "tag": ["tender"],
            }
        ],
        "compiledRelease": planter.plant(compiled, planter.draw(rng)),
    }
    return ocid, record


def nuevo_leon_package(uri: str, publisher: dict[str, Any]) -> dict[str, Any]:
    """A record package without its records."""
    return {
        "uri": uri,
        "publisher": publisher,
        "publishedDate": stamp(ANCHOR.replace(hour=9)),
        "license": "https://datos.gob.mx/libreusomx",
        "publicationPolicy": publisher["uri"],
        "version": "1.1",
        "packages": [
            "https://raw.githubusercontent.com/INAImexico/ocds_requestForQuotes_extension/master/extension.json"
        ],
    }


def _compiled(purchase: Purchase, rng: random.Random, *, ocid: str, code: str, folder: str) -> dict[str, Any]:
    seen = min(purchase.ends + timedelta(days=20), ANCHOR)
    buyer_id = f"SIASI-{20 + purchase.buyer.number:06d}"
    supplier_ids = {supplier.rfc: _party_id(supplier, rng) for supplier in purchase.tenderers}
    documents = {section: [_document(rng, section, folder)] for section, _, _ in SECTIONS}
    progress = 100.0 if seen > purchase.ends else round(rng.uniform(5, 95), 2)
    winner = {"id": supplier_ids[purchase.supplier.rfc], "name": purchase.supplier.name.upper()}
    release: dict[str, Any] = {
        "ocid": ocid,
        "id": f"{ocid}-contract",
        "date": stamp(seen),
        "tag": ["planning", "tender", "award", "contract"],
        "initiationType": "tender",
        "parties": _parties(purchase, buyer_id, supplier_ids),
        "buyer": {"id": buyer_id, "name": purchase.buyer.name},
        "planning": {
            "numberOfBeneficiaries": rng.randrange(0, 4500, 15),
            "budget": {
                "id": str(20 + purchase.number % 30),
                "description": rng.choice(("FISE", "PROFISE", "FONMETRO", "Recursos estatales"))
                + f" {purchase.year}",
                "amount": money(purchase.gross),
                "project": purchase.title.upper(),
                "projectID": f"PEI-{purchase.number:04d}/{purchase.year}",
            },
            "documents": documents["planning"],
        },
        "tender": _tender(purchase, rng, code=code, supplier_ids=supplier_ids, documents=documents["tender"]),
    }
    release["awards"] = [
        {
            "id": code,
            "title": purchase.title.upper(),
            "status": "active",
            "date": stamp(purchase.awarded),
            "value": money(purchase.gross),
            "suppliers": [winner],
            "contractPeriod": {
                "startDate": stamp(purchase.starts),
                "endDate": stamp(purchase.ends),
                "maxExtentDate": UNKNOWN_DATE[:19] if rng.random() < NO_OFFSET_RATE else UNKNOWN_DATE,
                "durationInDays": (purchase.ends - purchase.starts).days,
            },
            "documents": documents["award"],
        }
    ]
    release["contracts"] = [
        {
            "id": f"{purchase.year % 100:02d}{purchase.number:05d}",
            "awardID": code,
            "title": purchase.title.upper(),
            "status": "terminated" if seen > purchase.ends else "active",
            "x_financial_advance": progress,
            "x_physical_advance": progress,
            "period": {
                "startDate": stamp(purchase.starts),
                "endDate": stamp(purchase.ends),
                "maxExtentDate": stamp(purchase.ends),
                "durationInDays": (purchase.ends - purchase.starts).days,
            },
            "value": money(purchase.gross),
            "x_estimatedPhysicalProgress": min(100.0, round(progress + 4, 2)),
            "x_observedPhysicalProgress": progress,
            "items": _items(purchase),
            "dateSigned": stamp(purchase.signed),
            "documents": documents["contract"],
            "implementation": {
                "transactions": _transactions(purchase, rng, seen, progress, winner),
                "documents": [],
            },
            "milestones": [],
        }
    ]
    release["language"] = "es"
    return release


def _party_id(supplier: Supplier, rng: random.Random) -> str:
    if rng.random() < NO_RFC_RATE:
        key = make_document_id(rng).upper()
        return f"RFC-SIN DATO-{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"
    return f"RFC-{supplier.rfc}"


def _office(name: str, party_id: str, buyer: Buyer, role: str) -> dict[str, Any]:
    return {
        "name": name,
        "id": party_id,
        "identifier": {"scheme": "SIASI", "legalName": LEGAL_NAME},
        "address": {
            "streetAddress": buyer.address.street,
            "locality": buyer.address.locality,
            "region": "Nuevo León",
            "postalCode": buyer.address.postal_code,
            "countryName": "México",
        },
        "contactPoint": {
            "name": buyer.contact.full_name,
            "email": buyer.email,
            "telephone": buyer.telephone,
            "url": "http://www.nl.gob.mx/dependencias",
        },
        "roles": [role],
    }


def _parties(purchase: Purchase, buyer_id: str, supplier_ids: dict[str, str]) -> list[dict[str, Any]]:
    buyer = purchase.buyer
    parties = [
        _office(buyer.name, buyer_id, buyer, "buyer"),
        _office("Secretaría de Infraestructura", AGENCY_ID, buyer, "procuringEntity"),
        _office("Secretaría de Finanzas y Tesorería General del Estado", TREASURY_ID, buyer, "payer"),
    ]
    for supplier in purchase.tenderers:
        party_id = supplier_ids[supplier.rfc]
        party: dict[str, Any] = {
            "name": supplier.name.upper(),
            "id": party_id,
            "address": {
                "streetAddress": f"{supplier.address.street} {supplier.address.number}".upper(),
                "locality": supplier.address.locality.upper(),
                "postalCode": supplier.address.postal_code,
            },
            "contactPoint": {
                "name": supplier.representative.full_name.upper(),
                "telephone": supplier.representative.telephone,
            },
            "roles": ["tenderer", "supplier"] if supplier is purchase.supplier else ["tenderer"],
        }
        party["identifier"] = {
            "scheme": "RFC",
            "id": party_id.removeprefix("RFC-"),
            "legalName": "REGISTRO FEDERAL DE CONTRIBUYENTES",
        }
        parties.append(party)
    return parties


def _document(rng: random.Random, section: str, folder: str) -> dict[str, Any]:
    title, kind = next((title, kind) for name, title, kind in SECTIONS if name == section)
    blank = " " if rng.random() < BLANK_IN_URL_RATE else "%20"
    return {
        "id": str(rng.randint(10_000, 9_999_999)),
        "documentType": kind,
        "title": title,
        "description": title,
        "url": f"{folder}/{title.replace(' ', blank)}.pdf",
        "datePublished": stamp(ANCHOR.replace(year=ANCHOR.year - 1)),
        "dateModified": UNKNOWN_DATE,
        "format": "application/pdf",
        "language": "es",
        "x_section": section,
    }


def _tender(
    purchase: Purchase,
    rng: random.Random,
    *,
    code: str,
    supplier_ids: dict[str, str],
    documents: list[dict[str, Any]],
) -> dict[str, Any]:
    moments = (purchase.published, purchase.awarded, purchase.signed)
    return {
        "id": code,
        "title": purchase.title.upper(),
        "description": purchase.title.upper(),
        "status": "complete",
        "procuringEntity": {"name": "Secretaría de Infraestructura", "id": AGENCY_ID},
        "value": money(purchase.gross),
        "minValue": money(0.0),
        "procurementMethod": purchase.method.code,
        "procurementMethodDetails": {
            "direct": "Adjudicación Directa Estatal",
            "selective": "Invitación Restringida Estatal",
            "open": "Licitación Estatal",
        }[purchase.method.code],
        "procurementMethodRationale": "Justificación para el método de compra elegido",
        "mainProcurementCategory": purchase.category,
        "additionalProcurementCategories": ["ND"],
        "awardCriteria": "ratedCriteria",
        "submissionMethod": ["inPerson"],
        "submissionMethodDetails": "El licitante deberá presentar en persona su oferta en sobre cerrado",
        "tenderPeriod": {
            "startDate": stamp(purchase.published),
            "endDate": stamp(purchase.opened),
            "maxExtentDate": stamp(purchase.opened),
            "durationInDays": (purchase.opened - purchase.published).days,
        },
        "hasEnquiries": False,
        "eligibilityCriteria": "Artículos 54 y 55 de la Ley de Obras Públicas para el Estado de Nuevo León",
        "contractPeriod": {"startDate": stamp(purchase.starts), "endDate": stamp(purchase.ends)},
        "numberOfTenderers": len(purchase.tenderers),
        "tenderers": [{"name": s.name.upper(), "id": supplier_ids[s.rfc]} for s in purchase.tenderers],
        "milestones": [
            {
                "id": f"{code}-{rng.randint(10_000, 99_999)}-{title[:2]}",
                "title": title,
                "type": kind,
                "description": title,
                "code": title,
                "dueDate": stamp(moment),
                "dateMet": stamp(moment),
                "status": "met",
            }
            for (title, kind), moment in zip(MILESTONES, moments, strict=True)
        ],
        "documents": documents,
    }


def _items(purchase: Purchase) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{8000 + number:09d}",
            "description": line.description.upper(),
            "classification": {
                "scheme": "UNCEFACT",
                "id": f"{8000 + number:09d}",
                "description": "Catálogo de Conceptos Universal de la Secretaría de Infraestructura",
                "uri": "http://si.nl.gob.mx/CatalogoDeConceptosUniversal",
            },
            "quantity": float(line.quantity),
            "unit": {"scheme": "SINL-CU", "id": "000000221", "name": "LOTE", "value": money(line.unit_price)},
        }
        for number, line in enumerate(purchase.lines)
    ]


def _transactions(
    purchase: Purchase, rng: random.Random, seen: datetime, progress: float, winner: dict[str, str]
) -> list[dict[str, Any]]:
    count = rng.randint(1, 5)
    step = max((purchase.ends - purchase.starts).days // (count + 1), 1)
    paid = purchase.gross * progress / 100
    transactions = []
    for number in range(1, count + 1):
        moment = purchase.starts + timedelta(days=step * number, hours=12)
        if moment <= seen:
            transactions.append(
                {
                    "id": f"EST-{moment:%Y-%m}-{rng.randint(1, 999):03d}-{number}",
                    "date": stamp(moment),
                    "value": money(round(paid / count, 2)),
                    "payer": {
                        "name": "Secretaría de Finanzas y Tesorería General del Estado",
                        "id": TREASURY_ID,
                    },
                    "payee": dict(winner),
                }
            )
    return transactions
