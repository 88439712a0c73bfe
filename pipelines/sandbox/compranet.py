"""CompraNet's EDCA release packages 2016-2018, as the bulk file held them: one package a line.

Here: that file's traits, the same in every line: one release a package, integer contract ids,
`tender.value` always 0, no items in most tenders, regions in many spellings, a 32-digit hash instead
of the RFC of natural persons, carriage returns in descriptions. Not here: defects drawn at random
(`defects.py`).
"""

import hashlib
import random
from typing import Any

import orjson

from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.defects import OCDS_DEFECTS, Planter
from pipelines.sandbox.edca import stamp
from pipelines.sandbox.order import Made, Order, in_files, repeated
from pipelines.sandbox.people import Address, Supplier
from pipelines.sandbox.procurement import Purchase, make_purchase
from pipelines.sandbox.vocabulary import ENTITIES

PUBLISHER = {"uid": "27511", "name": "SECRETARÍA DE LA FUNCIÓN PÚBLICA", "uri": "http://www.gob.mx/sfp"}
EXTENSIONS = [
    f"https://raw.githubusercontent.com/CompraNet/ocds_{name}_extension/master/extension.json"
    for name in ("releasePublisher", "schemeUrl", "cycle")
]
POLICY = "https://compranetinfo.funcionpublica.gob.mx/descargas/politica-publicacion-EDCA-MX.pdf"
SAT = "https://portalsat.plataforma.sat.gob.mx/ConsultaRFC"
RATIONALE = {
    "direct": ("Art. 42 párrafo primero", "Art. 41 fr. I", "Art. 41 fr. XIV", "Art. 41 fr. III"),
    "selective": ("Art. 42 párrafo primero", "Art. 43 s/f"),
    "open": ("Art. 26 fr. I",),
}
SUBMISSION = ("inPerson", "inPerson", "inPerson", "electronicSubmission", "written")
# The file was exported on one day.
EXPORTED = "2018-11-12"
FIRST_PROCESS = 1_070_000
CARRIAGE_RETURNS = 0.22


def make_lines(order: Order) -> Made:
    """Release packages as NDJSON over the declared files; ever more of them year by year."""
    rng = order.rng
    scene = order.federal_scene((35, 60, 5))
    planter = Planter(OCDS_DEFECTS)
    years = order.volume.years
    lines: list[tuple[str, bytes]] = []
    number = 0
    while len(lines) < order.count:
        number += 1
        year = rng.choices(years, weights=[1 + 9 * position for position in range(len(years))])[0]
        purchase = make_purchase(rng, scene, number=number, year=year)
        ocid, package = compranet_package(purchase, rng, prefix=order.prefix, planter=planter)
        lines.extend(repeated(rng, ocid, orjson.dumps(package), planter.planted))
    envelope = Envelope(b"", b"\n", b"\n", "application/x-ndjson")
    return in_files(order, lines[: order.count], lambda _: envelope), planter.planted


def compranet_package(
    purchase: Purchase, rng: random.Random, *, prefix: str, planter: Planter
) -> tuple[str, dict[str, Any]]:
    """One process as (ocid, release package)."""
    process = FIRST_PROCESS + purchase.number * 7
    ocid = f"{prefix}-{process}"
    contract_id = process + 84_000 + purchase.number % 5
    buyer_id = f"{purchase.buyer.acronym}-{90 + len(purchase.buyer.name)}"
    unit_code = f"{purchase.buyer.areas.index(purchase.area) + 101:09d}"
    unit = f"{purchase.buyer.acronym}-{purchase.area} #{unit_code}"
    unit_id = f"{purchase.buyer.rfc}-{unit_code}"
    description = purchase.title.upper()
    if rng.random() < CARRIAGE_RETURNS:
        description += "\r\n"
    period = {"startDate": _zulu(stamp(purchase.starts)), "endDate": _zulu(stamp(purchase.ends))}
    value = {"amount": purchase.net, "currency": "USD" if rng.random() < 0.01 else "MXN"}
    items = (
        [_item(process, number, purchase) for number in range(len(purchase.lines))]
        if rng.random() < 0.15
        else None
    )
    award: dict[str, Any] = {
        "id": str(contract_id),
        "title": purchase.title.upper(),
        "description": description,
        "status": "active",
        "value": value,
        "suppliers": [{"name": _name(purchase.supplier), "id": _identifier(purchase.supplier)}],
        "contractPeriod": period,
    }
    contract: dict[str, Any] = {
        "id": contract_id,
        "awardID": str(contract_id),
        "title": purchase.title.upper(),
        "description": description,
        "status": "terminated" if rng.random() < 0.82 else "active",
        "period": dict(period),
        "value": dict(value),
    }
    if items is not None:
        award["items"] = items
        contract["items"] = items
    release = {
        "publisher": PUBLISHER,
        "cycle": purchase.year,
        "ocid": ocid,
        "id": f"SFP-{process}-{EXPORTED}",
        "date": _zulu(stamp(purchase.published)),
        "tag": ["tender", "award"],
        "initiationType": "tender",
        "parties": _parties(purchase, rng, buyer_id=buyer_id, unit=unit, unit_id=unit_id),
        "buyer": {"name": purchase.buyer.name, "id": buyer_id},
        "tender": _tender(
            purchase, rng, process=process, unit={"name": unit, "id": unit_id}, text=description
        ),
        "language": "es",
        "awards": [award],
        "contracts": [contract],
    }
    package = {
        "uri": f"http://172.29.100.36:8080/OCDSWS/rest/ocid/{ocid}",
        "version": "1.1",
        "extensions": EXTENSIONS,
        "publishedDate": f"{EXPORTED}T14:{purchase.number % 60:02d}:21Z",
        "publicationPolicy": POLICY,
        "releases": [planter.plant(release, planter.draw(rng))],
        "publisher": PUBLISHER,
    }
    return ocid, package


def _zulu(text: str) -> str:
    return text.replace("-06:00", "Z")


def _identifier(supplier: Supplier) -> str:
    """Companies by RFC; natural persons by a hash, as CompraNet does."""
    if supplier.is_company:
        return supplier.rfc
    return hashlib.md5(supplier.rfc.encode(), usedforsecurity=False).hexdigest().upper()


def _name(supplier: Supplier) -> str:
    return supplier.name.upper()


def _region(address: Address, rng: random.Random) -> str:
    entity = ENTITIES[address.entity]
    return rng.choice(
        (
            f"MX-{entity.iso}",
            f"MX-{entity.iso}",
            entity.name,
            entity.name.split(" de ")[0],
            entity.name.upper(),
        )
    )


def _parties(
    purchase: Purchase, rng: random.Random, *, buyer_id: str, unit: str, unit_id: str
) -> list[dict[str, Any]]:
    buyer = purchase.buyer
    return [
        {"name": buyer.name, "id": buyer_id, "roles": ["buyer"]},
        {
            "name": unit,
            "id": unit_id,
            "identifier": {"id": unit_id, "legalName": unit, "scheme": "MX-RFC", "uri": SAT},
            "address": {
                "streetAddress": f"{buyer.address.street} {buyer.address.number}",
                "locality": buyer.address.locality,
                "region": _region(buyer.address, rng),
                # Postal codes lost their leading zero somewhere on the way.
                "postalCode": buyer.address.postal_code.lstrip("0"),
                "countryName": "MX",
            },
            "contactPoint": {
                "name": buyer.contact.full_name,
                "email": buyer.email,
                "telephone": buyer.telephone,
            },
            "roles": ["procuringEntity"],
        },
        *(
            {
                "name": _name(supplier),
                "id": _identifier(supplier),
                "identifier": {
                    "id": _identifier(supplier),
                    "legalName": _name(supplier),
                    "scheme": "MX-RFC",
                    "uri": SAT,
                },
                "address": {
                    "locality": supplier.address.locality.upper(),
                    "region": _region(supplier.address, rng),
                    "countryName": "MÉXICO",
                },
                "contactPoint": {
                    "name": supplier.representative.full_name,
                    "email": supplier.representative.email,
                    "telephone": supplier.representative.telephone,
                },
                "roles": ["tenderer", "supplier"] if supplier is purchase.supplier else ["tenderer"],
            }
            for supplier in purchase.tenderers[:2]
        ),
    ]


def _tender(
    purchase: Purchase, rng: random.Random, *, process: int, unit: dict[str, str], text: str
) -> dict[str, Any]:
    published = _zulu(stamp(purchase.published))
    return {
        "id": str(process),
        "title": purchase.title.upper(),
        "description": text,
        "status": "complete",
        "procuringEntity": unit,
        "items": [],
        "value": {"amount": 0.0},
        "procurementMethod": purchase.method.code,
        "procurementMethodRationale": rng.choice(RATIONALE[purchase.method.code]),
        "submissionMethod": [rng.choice(SUBMISSION)],
        "tenderPeriod": {"startDate": published, "endDate": _zulu(stamp(purchase.opened))},
        "enquiryPeriod": {"startDate": published},
        "hasEnquiries": False,
        "awardPeriod": {"endDate": _zulu(stamp(purchase.awarded))},
    }


def _item(process: int, number: int, purchase: Purchase) -> dict[str, Any]:
    line = purchase.lines[number]
    return {
        "id": str(process * 3 + number),
        "description": line.description.upper(),
        "classification": {
            "scheme": "CUCOP: Clasificador Único de las Contrataciones Públicas",
            "id": line.good.cucop,
            "description": line.good.noun.capitalize(),
            "uri": "https://compranetinfo.funcionpublica.gob.mx/descargas/CUCOP.xlsx",
        },
        "quantity": line.quantity,
        "unit": {"name": line.good.unit, "value": {"amount": line.unit_price, "currency": "MXN"}},
    }
