"""Contracting processes as the INAI tool publishes them (EDCA-MX): one package a process, one release a save.

Here: the published dialect (`juridicalPersonhood`, `contactPointType`, ids `MX-RFC-…`), cumulative
releases tender -> award -> contract -> implementation. Not here: the EDCAPI routes
(`protocols.py`).
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.defects import OCDS_DEFECTS, Planter
from pipelines.sandbox.order import JSON_TYPE, Made, Order, draft, repeated
from pipelines.sandbox.people import Address, Supplier
from pipelines.sandbox.procurement import ANCHOR, Buyer, Line, Purchase, make_document_id, make_purchase

EXTENSIONS = [
    f"https://raw.githubusercontent.com/INAImexico/ocds_{name}_extension/master/extension.json"
    for name in ("contactPointType", "nameBreakdown", "budgetLines", "guarantees", "requestForQuotes")
]
ADDITIONAL_CATEGORY = {"goods": "goodsAcquisition", "services": "services", "works": "works"}
AWARD_CRITERIA = ("priceOnly", "ratedCriteria", "costOnly")
STAGES = ("tender", "award", "contract", "implementation")


@dataclass(frozen=True)
class Outlet:
    """Who publishes and where: the OCID prefix, the portal's address, the package's publisher."""

    prefix: str
    address: str
    publisher: dict[str, Any]


def make_years(order: Order) -> Made:
    """The fiscal years of an EDCAPI portal, a collection each."""
    rng = order.rng
    scene = order.local_scene((40, 45, 15))
    planter = Planter(OCDS_DEFECTS)
    years = list(order.volume.years)
    packages: dict[int, list[tuple[str, bytes]]] = {year: [] for year in years}
    outlet = Outlet(order.prefix, order.address, order.publisher)
    releases = number = 0
    while releases < order.count:
        number += 1
        year = years[(number - 1) % len(years)]
        purchase = make_purchase(rng, scene, number=number, year=year)
        ocid, package, versions = edca_package(purchase, rng, outlet=outlet, planter=planter)
        releases += versions
        packages[year].extend(repeated(rng, ocid, orjson.dumps(package), planter.planted))
    envelope = Envelope(b'{"arrayReleasePackage":[', b",", b"]}", JSON_TYPE)
    return [draft(str(year), envelope, found) for year, found in packages.items()], planter.planted


def edca_package(
    purchase: Purchase, rng: random.Random, *, outlet: Outlet, planter: Planter
) -> tuple[str, dict[str, Any], int]:
    """One process as (ocid, release package, number of releases)."""
    code = f"{purchase.buyer.acronym}-{_letters(purchase)}-{purchase.number:04d}-{purchase.year}"
    ocid = f"{outlet.prefix}-{code}"
    drawn = planter.draw(rng)
    releases = [
        planter.plant(release, drawn)
        for release in _releases(purchase, rng, ocid=ocid, code=code, base_url=outlet.address)
    ]
    version = len(releases)
    stage = releases[-1]["tag"][0]
    package = {
        "uri": f"{outlet.address}/release-package/{purchase.number}/{ocid}.v{version}.{stage}.json",
        "version": "1.1",
        "publishedDate": releases[-1]["date"],
        "license": "https://datos.gob.mx/libreusomx",
        "extensions": EXTENSIONS,
        "publisher": outlet.publisher,
        "releases": releases,
    }
    return ocid, package, version


def stamp(moment: datetime) -> str:
    """Local time of central Mexico."""
    return f"{moment.isoformat()}-06:00"


def money(amount: float) -> dict[str, Any]:
    """An OCDS Value in pesos."""
    return {"amount": amount, "currency": "MXN"}


def halfway(purchase: Purchase) -> datetime:
    """The day in the middle of the contract."""
    return purchase.starts + timedelta(days=(purchase.ends - purchase.starts).days // 2)


def _letters(purchase: Purchase) -> str:
    return {"direct": "AD", "selective": "ICTP", "open": "LP"}[purchase.method.code]


def _releases(
    purchase: Purchase, rng: random.Random, *, ocid: str, code: str, base_url: str
) -> Iterator[dict[str, Any]]:
    """The saves of one process up to the anchor date, each with everything known by then."""
    parties = _parties(purchase)
    planning = _planning(purchase, rng, base_url)
    cancelled = rng.random() < 0.02
    saves: list[tuple[str, datetime]] = [("tender", purchase.published)]
    if not cancelled:
        saves += [
            ("award", purchase.awarded + timedelta(hours=3)),
            ("contract", purchase.signed + timedelta(days=1)),
            ("implementation", halfway(purchase)),
        ]
        if rng.random() < 0.35:
            saves.append(("implementation", purchase.ends + timedelta(days=9)))
    documents = {stage: _document(rng, stage, base_url) for stage in STAGES}
    invoice = f"{rng.getrandbits(32):08x}"
    for version, (stage, saved) in enumerate(saves, start=1):
        if saved > ANCHOR and version > 1:
            return
        known = STAGES.index(stage)
        release: dict[str, Any] = {
            "ocid": ocid,
            "id": f"{ocid}.v{version}.{stage}",
            "date": stamp(min(saved, ANCHOR)),
            "tag": ["planning", "tender"] if stage == "tender" else [stage],
            "initiationType": "tender",
            "language": "es",
            "parties": parties if known >= 1 else parties[:3],
            "buyer": _reference(purchase.buyer.name, purchase.buyer.rfc),
            "planning": planning,
            "tender": _tender(purchase, code, known, documents["tender"]),
        }
        if cancelled:
            release["tender"]["status"] = "cancelled"
            release["tag"] = ["tenderCancellation"]
        if known >= 1:
            release["awards"] = [_award(purchase, code, documents["award"])]
        if known >= 2:
            release["contracts"] = [_contract(purchase, code, documents["contract"], saved)]
        if known >= 3:
            paid = 1.0 if saved > purchase.ends else 0.5
            release["contracts"][0]["implementation"] = _implementation(
                purchase, documents["implementation"], paid=paid, invoice=invoice
            )
        yield release


def _reference(name: str, rfc: str) -> dict[str, str]:
    return {"name": name, "id": f"MX-RFC-{rfc}"}


def _address(address: Address) -> dict[str, str]:
    return {
        "streetAddress": f"{address.street} {address.number}, {address.neighbourhood}",
        "locality": address.locality,
        "region": address.region,
        "postalCode": address.postal_code,
        "countryName": "México",
    }


def _buyer_party(buyer: Buyer, roles: list[str]) -> dict[str, Any]:
    return {
        "name": buyer.name,
        "id": f"MX-RFC-{buyer.rfc}",
        "identifier": {
            "scheme": "MX-RFC",
            "id": buyer.rfc,
            "legalName": buyer.name,
            "juridicalPersonhood": "legalPerson",
        },
        "address": _address(buyer.address),
        "contactPoint": {
            "contactPointType": "contactPoint",
            "name": buyer.contact.full_name,
            "email": buyer.email,
            "telephone": buyer.telephone,
        },
        "roles": roles,
    }


def _supplier_party(supplier: Supplier, roles: list[str]) -> dict[str, Any]:
    person = supplier.representative
    party: dict[str, Any] = {
        "name": supplier.name,
        "id": f"MX-RFC-{supplier.rfc}",
        "identifier": {
            "scheme": "MX-RFC",
            "id": supplier.rfc,
            "legalName": supplier.name,
            "juridicalPersonhood": "legalPerson" if supplier.is_company else "naturalPerson",
        },
        "roles": roles,
    }
    if "supplier" in roles:
        # The tool asks for an address and a contact of who won, not of who took part.
        party["address"] = _address(supplier.address)
        party["contactPoint"] = {
            "contactPointType": "attorney" if supplier.is_company else "contactPoint",
            "name": person.full_name,
            "givenName": person.names,
            "surname": person.first_surname,
            "maternalSurname": person.second_surname,
            "email": person.email,
            "telephone": person.telephone,
        }
    return party


def _parties(purchase: Purchase) -> list[dict[str, Any]]:
    buyer = purchase.buyer
    unit = {
        "name": purchase.area,
        "id": f"MX-RFC-{buyer.rfc}-{1 + buyer.areas.index(purchase.area):02d}",
        "identifier": {
            "scheme": "MX-RFC",
            "id": buyer.rfc,
            "legalName": buyer.name,
            "juridicalPersonhood": "legalPerson",
        },
        "roles": ["requestingUnit", "contractingUnit", "responsibleUnit"],
    }
    tenderers = [
        _supplier_party(
            supplier,
            ["tenderer", "supplier", "payee"] if supplier is purchase.supplier else ["tenderer"],
        )
        for supplier in purchase.tenderers
    ]
    return [_buyer_party(buyer, ["buyer", "procuringEntity", "payer"]), unit, *tenderers]


def _planning(purchase: Purchase, rng: random.Random, base_url: str) -> dict[str, Any]:
    planning: dict[str, Any] = {
        "rationale": purchase.title,
        "hasQuotes": purchase.method.code == "direct",
        "requestingUnits": [
            {
                "name": purchase.area,
                "id": f"MX-RFC-{purchase.buyer.rfc}-{1 + purchase.buyer.areas.index(purchase.area):02d}",
            }
        ],
        "budget": {"amount": money(round(purchase.gross * 1.05, 2)), "description": "Recursos propios"},
    }
    if rng.random() < 0.6:
        planning["documents"] = [_document(rng, "planning", base_url)]
    return planning


def _document(rng: random.Random, stage: str, base_url: str) -> dict[str, Any]:
    kind, title = {
        "planning": ("marketStudies", "Investigación de mercado"),
        "tender": ("biddingDocuments", "Convocatoria y bases"),
        "award": ("awardNotice", "Acta de fallo"),
        "contract": ("contractSigned", "Contrato firmado"),
        "implementation": ("physicalProgressReport", "Informe de avance"),
    }[stage]
    key = make_document_id(rng)
    return {
        "id": f"doc-{key[:8]}-{key[8:12]}",
        "documentType": kind,
        "title": title,
        "url": f"{base_url}/documentos/{key}.pdf",
        "format": "application/pdf",
        "language": "es",
    }


def _item(number: int, line: Line) -> dict[str, Any]:
    return {
        "id": f"item-{number}",
        "description": line.description,
        "classification": {
            "scheme": "CUCOP",
            "id": line.good.cucop,
            "description": line.good.noun.capitalize(),
        },
        "additionalClassifications": [
            {"scheme": "COG", "id": line.good.cog, "description": line.good.noun.capitalize()}
        ],
        "quantity": line.quantity,
        "unit": {
            "name": line.good.unit,
            "value": {
                "netAmount": line.unit_price,
                "amount": round(line.unit_price * 1.16, 2),
                "currency": "MXN",
            },
        },
    }


def _items(purchase: Purchase) -> list[dict[str, Any]]:
    return [_item(number, line) for number, line in enumerate(purchase.lines, start=1)]


def _tender(purchase: Purchase, code: str, known: int, document: dict[str, Any]) -> dict[str, Any]:
    tender: dict[str, Any] = {
        "id": code,
        "title": purchase.title,
        "description": f"{purchase.title}, ejercicio fiscal {purchase.year}",
        "status": "active" if known == 0 else "complete",
        "procuringEntity": _reference(purchase.buyer.name, purchase.buyer.rfc),
        "value": money(purchase.gross),
        "minValue": money(round(purchase.gross * 0.9, 2)),
        "procurementMethod": purchase.method.code,
        "procurementMethodDetails": purchase.method.details,
        "procurementMethodRationale": "Ley de Adquisiciones, Arrendamientos y Contratación de Servicios",
        "mainProcurementCategory": purchase.category,
        "additionalProcurementCategories": [ADDITIONAL_CATEGORY[purchase.category]],
        "awardCriteria": AWARD_CRITERIA[purchase.number % 3],
        "submissionMethod": ["inPerson"],
        "hasEnquiries": purchase.method.code == "open",
        "tenderPeriod": {"startDate": stamp(purchase.published), "endDate": stamp(purchase.opened)},
        "documents": [document],
    }
    if purchase.method.code != "direct":
        # Who invites or tenders says what for; direct awards carry their items in the contract only.
        tender["items"] = _items(purchase)
    if known >= 1:
        tender["numberOfTenderers"] = len(purchase.tenderers)
        tender["tenderers"] = [_reference(supplier.name, supplier.rfc) for supplier in purchase.tenderers]
    return tender


def _award(purchase: Purchase, code: str, document: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{code}-A1",
        "title": purchase.title,
        "status": "active",
        "date": stamp(purchase.awarded),
        "value": {"netAmount": purchase.net, "amount": purchase.gross, "currency": "MXN"},
        "suppliers": [_reference(purchase.supplier.name, purchase.supplier.rfc)],
        "contractPeriod": {"startDate": stamp(purchase.starts), "endDate": stamp(purchase.ends)},
        "documents": [{**document, "datePublished": stamp(purchase.awarded)}],
    }


def _contract(purchase: Purchase, code: str, document: dict[str, Any], saved: datetime) -> dict[str, Any]:
    return {
        "id": f"{code}-C1",
        "awardID": f"{code}-A1",
        "title": purchase.title,
        "status": "terminated" if saved > purchase.ends else "active",
        "period": {"startDate": stamp(purchase.starts), "endDate": stamp(purchase.ends)},
        "value": {"netAmount": purchase.net, "amount": purchase.gross, "currency": "MXN"},
        "dateSigned": stamp(purchase.signed),
        "items": _items(purchase),
        "documents": [{**document, "datePublished": stamp(purchase.signed)}],
    }


def _implementation(
    purchase: Purchase, document: dict[str, Any], *, paid: float, invoice: str
) -> dict[str, Any]:
    half = halfway(purchase)
    moments = [half] if paid < 1 else [half, purchase.ends]
    share = round(purchase.gross / 2, 2)
    return {
        "transactions": [
            {
                "id": f"pago-{invoice}-{number}",
                "date": stamp(moment),
                "value": money(share),
                "payer": _reference(purchase.buyer.name, purchase.buyer.rfc),
                "payee": _reference(purchase.supplier.name, purchase.supplier.rfc),
            }
            for number, moment in enumerate(moments, start=1)
        ],
        "milestones": [
            {
                "id": "entrega",
                "title": "Entrega total",
                "type": "delivery",
                "dueDate": stamp(purchase.ends),
                "status": "met" if paid == 1 else "scheduled",
            }
        ],
        "documents": [document],
    }
