"""OCDS 1.0 release packages as Mexico City's Secretariat of Finance published them in 2015, twice.

Here: that publication's form (no parties, organizations embedded, `buyer` often null, dates like
`2015-11-09T00:00:00.-06:00`, release id always "1", OCIDs in capitals with slashes) and its damage: the
files of `data/` are double-encoded, those of `newdata/` the publisher's own re-issue of the same
processes with the texts repaired; in one damaged file a release has a comma too many and doesn't parse.
Not here: the files' addresses (`sources/09_ciudad_de_mexico/cdmx_sefin.yaml`).
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.edca import money
from pipelines.sandbox.order import JSON_TYPE, Made, Order, draft, file_address
from pipelines.sandbox.people import Address, Supplier, fold
from pipelines.sandbox.procurement import Buyer, Purchase, make_purchase

YEAR = 2015
NOT_CAPTURED = "No Capturado"
SITE = "http://innovacion.finanzas.df.gob.mx"
DEPENDENCIES = "http://10.1.65.188/achavez/OCDS/ArchivoJSONDep/Dependencias.json"
SUPPLIERS = "http://10.1.65.188/achavez/OCDS/ArchivoJSONProv/Proveedores.json"
METHODS = {"direct": "limited", "selective": "selective", "open": "open"}
KINDS = {"direct": "AD", "selective": "AD-CC", "open": "LPN"}
UNITS = {"goods": "PZA", "services": "SER", "works": "OBR"}
# Bytes of UTF-8 that mean nothing in Windows-1252; the damaged files hold ¿ in their place.
UNDEFINED = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
# Members that hold codes, addresses or dates, which the damage left alone.
UNTOUCHED = {"uri", "scheme", "ocid", "id", "url", "email", "currency", "date"}
DAMAGED_FOLDER = "data"
# The one damaged file that doesn't parse holds one release, as each file really does.
BROKEN_FILE = "OCDS-87SD3T-SEFIN-DRM-A-015-2015.json"
# The one re-issue that corrected quantities, too.
CHANGED_FILE = "OCDS-87SD3T-SEFIN-DRM-AD-CC-008-2015.json"
# Shares of the real files.
NULL_BUYER = 0.65
NULL_ENTITY = 0.5
WITH_CONTRACT = 0.35
NO_ENQUIRIES = 0.7
NULL_STATUS = 0.06


@dataclass(frozen=True)
class _File:
    """A declared file: is it of the damaged series, and what it is called there and in the re-issue."""

    number: int
    address: str
    name: str
    is_damaged: bool


def make_packages(order: Order) -> Made:
    """Every declared file: the damaged series and its re-issue, made of the same processes."""
    planted: Counter[str] = Counter()
    files = [_file(order, number, file) for number, file in enumerate(order.files)]
    scene = order.local_scene((55, 40, 5))
    a_file = max(round(order.count / len(files)), 1)
    processes: dict[str, list[dict[str, Any]]] = {}
    number = 0
    for file in files:
        if file.name in processes:
            continue
        releases = []
        for _ in range(1 if file.name == BROKEN_FILE else a_file):
            number += 1
            purchase = make_purchase(order.rng, scene, number=number, year=YEAR)
            releases.append(_release(purchase, order.rng, prefix=order.prefix.upper()))
        processes[file.name] = releases
    drafts = []
    for file in files:
        releases = processes[file.name]
        write = _write_damaged if file.is_damaged else _write_repaired
        records = [(release["ocid"], write(release, file, planted)) for release in releases]
        drafts.append(draft(str(file.number), _envelope(file, releases), records))
    return drafts, planted


def damage(text: str) -> str:
    """The text read as Windows-1252 though it is UTF-8, with ¿ for what that page doesn't have."""
    return "".join(
        "¿" if byte in UNDEFINED else bytes([byte]).decode("cp1252") for byte in text.encode("utf-8")
    )


def _file(order: Order, number: int, declared: Mapping[str, Any]) -> _File:
    address = file_address(order.source, declared)
    path = PurePosixPath(address)
    return _File(number, address, path.name, path.parent.name == DAMAGED_FOLDER)


def _write_damaged(release: dict[str, Any], file: _File, planted: Counter[str]) -> bytes:
    spoilt = _in_texts(release, damage)
    text = json.dumps(spoilt, ensure_ascii=False, indent=4)
    _count(release, planted)
    if spoilt != release:
        planted["double_encoding"] += 1
    if "Ã¿" in text:
        planted["lossy_character"] += 1
    if file.name == BROKEN_FILE:
        planted["trailing_comma"] += 1
        text = text.replace("}\n        ]", "},\n        ]", 1)
    return text.replace("\n", "\r\n").encode()


def _write_repaired(release: dict[str, Any], file: _File, planted: Counter[str]) -> bytes:
    corrected = _with_other_quantities(release) if file.name == CHANGED_FILE else release
    if corrected is not release:
        planted["changed_quantity"] += 1
    _count(release, planted)
    return json.dumps(corrected, ensure_ascii=False, separators=(",", ":")).encode()


def _count(release: dict[str, Any], planted: Counter[str]) -> None:
    planted["invalid_date"] += 1
    if release["buyer"] is None:
        planted["null_buyer"] += 1
    if any(contract["status"] is None for contract in release["contracts"]):
        planted["null_status"] += 1


def _envelope(file: _File, releases: list[dict[str, Any]]) -> Envelope:
    package = {
        "uri": f"{SITE}/OCDS/{releases[0]['ocid']}.json",
        "publishedDate": releases[-1]["date"],
        "publisher": {
            "scheme": f"{SITE}/ocds/ArchivoJSONDep/Dependencias.json",
            "name": "CDMX-SEFIN",
            "uri": "http://www.finanzas.df.gob.mx/",
            "uid": "901",
        },
    }
    if not file.is_damaged:
        head = json.dumps(package, ensure_ascii=False, separators=(",", ":"))
        return Envelope(f'{head[:-1]},"releases":['.encode(), b",", b"]}", JSON_TYPE)
    head = json.dumps(package, ensure_ascii=False, indent=4).replace("\n", "\r\n")
    prefix = head.removesuffix("\r\n}") + ',\r\n    "releases": [\r\n'
    return Envelope(prefix.encode(), b",\r\n", b"\r\n    ]\r\n}", JSON_TYPE)


def _in_texts(node: Any, change: Callable[[str], str], name: str = "") -> Any:
    """The document with every text a person wrote changed."""
    if isinstance(node, dict):
        return {key: _in_texts(value, change, key) for key, value in node.items()}
    if isinstance(node, list):
        return [_in_texts(value, change, name) for value in node]
    return change(node) if isinstance(node, str) and name not in UNTOUCHED else node


def _with_other_quantities(release: dict[str, Any]) -> dict[str, Any]:
    tender = release["tender"]
    items = [{**item, "quantity": item["quantity"] + 1} for item in tender["items"]]
    return {**release, "tender": {**tender, "items": items}}


def _day(moment: Any) -> str:
    """A date as the publisher's converter wrote it: nothing between the point and the zone."""
    return f"{moment:%Y-%m-%d}T00:00:00.-06:00"


def _release(purchase: Purchase, rng: random.Random, *, prefix: str) -> dict[str, Any]:
    code = f"SEFIN/DRM/{KINDS[purchase.method.code]}/{purchase.number:03d}/{YEAR}"
    has_contract = rng.random() < WITH_CONTRACT
    organization = _institution(purchase.buyer)
    no_enquiries = rng.random() < NO_ENQUIRIES
    project = f"AUTORIZACIÓN PRESUPUESTAL SPP/{purchase.number + 200}/{YEAR}"
    release: dict[str, Any] = {
        "ocid": f"{prefix}-{code}",
        "id": "1",
        "date": _day(purchase.signed if has_contract else purchase.published),
        "tag": ["contract" if has_contract else "tender"],
        "initiationType": "tender",
        "planning": {"budget": {"amount": money(purchase.net), "project": project}, "documents": []},
        "buyer": None if rng.random() < NULL_BUYER else organization,
        "tender": {
            "id": f"{prefix}-{code}",
            "title": purchase.good.noun.upper(),
            "description": purchase.title.upper(),
            "status": "complete",
            "items": _items(purchase),
            "value": money(purchase.net),
            "procurementMethod": METHODS[purchase.method.code],
            "awardCriteria": "bestValueToGovernment",
            "submissionMethod": ["written"],
            "tenderPeriod": _period(purchase.published, purchase.opened),
            "enquiryPeriod": _period(None, None)
            if no_enquiries
            else _period(purchase.published, purchase.opened),
            "hasEnquiries": not no_enquiries,
            "eligibilityCriteria": None if no_enquiries else " Servicio,Condiciones,Precio",
            "awardPeriod": _period(purchase.opened, purchase.awarded),
            "numberOfTenderers": len(purchase.tenderers),
            "tenderers": [_supplier(supplier) for supplier in purchase.tenderers],
            "procuringEntity": _nobody() if rng.random() < NULL_ENTITY else organization,
            "documents": [],
        },
        "awards": [],
        "contracts": [],
        "language": "es",
    }
    if has_contract:
        release["awards"] = [_award(purchase)]
        release["contracts"] = [_contract(purchase, rng)]
    return release


def _period(first: Any, last: Any) -> dict[str, str | None]:
    return {"startDate": first and _day(first), "endDate": last and _day(last)}


def _items(purchase: Purchase) -> list[dict[str, Any]]:
    return [
        {
            "id": str(number),
            "description": line.description.upper(),
            "quantity": line.quantity,
            "unit": {"name": UNITS[purchase.category]},
        }
        for number, line in enumerate(purchase.lines, start=1)
    ]


def _award(purchase: Purchase) -> dict[str, Any]:
    return {
        "id": "1",
        "title": purchase.good.noun.upper(),
        "description": purchase.title.upper(),
        "status": "active",
        "date": _day(purchase.awarded),
        "value": money(purchase.net),
        "suppliers": [_supplier(purchase.supplier)],
        "items": _items(purchase),
        "documents": [],
    }


def _contract(purchase: Purchase, rng: random.Random) -> dict[str, Any]:
    is_blank = rng.random() < NULL_STATUS
    return {
        "id": "1",
        "awardID": "1",
        "title": f"CC-{purchase.number:03d}/{YEAR}",
        "description": purchase.title.upper(),
        "status": None if is_blank else "active",
        "period": _period(purchase.starts, purchase.ends),
        "value": money(purchase.net),
        "items": _items(purchase),
        "dateSigned": None if is_blank else _day(purchase.signed),
        "documents": [],
    }


def _place(address: Address) -> dict[str, str]:
    return {
        "streetAddress": address.street.upper(),
        "locality": address.locality.upper(),
        "region": "DF" if address.entity == "09" else fold(address.region)[:3],
        "postalCode": address.postal_code,
        "countryName": "MX",
    }


def _contact(name: str, email: str, site: str) -> dict[str, str]:
    return {"name": name, "email": email, "telephone": "55555555", "faxNumber": "55555555", "url": site}


def _institution(buyer: Buyer) -> dict[str, Any]:
    return {
        "identifier": {"id": f"{901 + buyer.number:04d}", "uri": DEPENDENCIES},
        "name": buyer.name.upper(),
        "address": _place(buyer.address),
        "contactPoint": _contact(buyer.contact.full_name.upper(), buyer.email, "WWW.FINANZAS.DF.GOB.MX"),
    }


def _supplier(supplier: Supplier) -> dict[str, Any]:
    return {
        "identifier": {"id": supplier.rfc, "uri": SUPPLIERS},
        # The system kept 35 characters of a name.
        "name": supplier.name.upper()[:35],
        "address": _place(supplier.address),
        "contactPoint": _contact(supplier.representative.full_name.upper(), NOT_CAPTURED, NOT_CAPTURED),
    }


def _nobody() -> dict[str, Any]:
    place = dict.fromkeys(("streetAddress", "locality", "region", "postalCode", "countryName"), NOT_CAPTURED)
    contact = {**dict.fromkeys(("name", "email", "telephone", "url"), NOT_CAPTURED), "faxNumber": "55555555"}
    return {
        "identifier": {"id": None, "uri": DEPENDENCIES},
        "name": None,
        "address": place,
        "contactPoint": contact,
    }
