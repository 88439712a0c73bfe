"""Purchases of Nuevo León's Directorate of Acquisitions, as pages of its api-ocds: groups of releases.

Here: the paginator's pages and their groups (`numberPublication`, `releases`), and the dialect: integer
tender and classification ids, an empty status, a blank as e-mail, `details.classifications` as one object,
parties without an RFC as `SIN DATO-<guid>`, now and then an OCID without its prefix. Not here: the files'
addresses (`sources/19_nuevo_leon/nuevo_leon_dgays.yaml`).
"""

import random
import uuid
from datetime import timedelta
from typing import Any

import orjson

from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.defects import OCDS_DEFECTS, Planter
from pipelines.sandbox.edca import money
from pipelines.sandbox.order import JSON_TYPE, Made, Order, draft, repeated
from pipelines.sandbox.people import Supplier
from pipelines.sandbox.procurement import ANCHOR, Purchase, make_purchase

API = "https://api-ocds.nl.gob.mx/api/releases"
MINISTRY = {"id": "MX-NL-SEC-211110240000000", "name": "SECRETARÍA DE ADMINISTRACIÓN"}
FIRST_PROCESS = 338_000
GROUP_SIZES = (2, 3, 4, 5, 6, 8)
DETAILS = {
    "planning": "Selección de requisiciones",
    "direct": "AD autorización del Director General",
    "selective": "Invitación restringida",
    "open": "Licitación pública",
}
EMPTY_STATUS = 0.3
NO_RFC = 0.06
BLANK_EMAIL = 0.8
NO_PREFIX = 0.03


def make_pages(order: Order) -> Made:
    """The declared pages; a record is a group of releases."""
    rng = order.rng
    planter = Planter(OCDS_DEFECTS)
    scene = order.local_scene((60, 38, 2))
    releases: list[dict[str, Any]] = []
    number = 0
    while len(releases) < order.count:
        number += 1
        year = rng.choice(order.volume.years)
        purchase = make_purchase(rng, scene, number=number, year=year)
        releases += _releases(purchase, rng, prefix=order.prefix, planter=planter)
    groups: list[tuple[str, bytes]] = []
    pages = len(order.files)
    largest = max(len(releases) // pages, 1)
    while releases:
        size = min(rng.choice(GROUP_SIZES), largest)
        group = {"numberPublication": len(groups) + 1, "releases": releases[:size]}
        releases = releases[size:]
        groups += repeated(rng, str(group["numberPublication"]), orjson.dumps(group), planter.planted)
    drafts = []
    for page in range(pages):
        first, last = (len(groups) * step // pages for step in (page, page + 1))
        envelope = _page(page + 1, pages=pages, total=len(groups), first=first, last=last)
        drafts.append(draft(str(page), envelope, groups[first:last]))
    return drafts, planter.planted


def _page(page: int, *, pages: int, total: int, first: int, last: int) -> Envelope:
    """Laravel's paginator around the groups."""
    tail = {
        "first_page_url": f"{API}?page=1",
        "from": first + 1,
        "last_page": pages,
        "last_page_url": f"{API}?page={pages}",
        "next_page_url": f"{API}?page={page + 1}" if page < pages else None,
        "path": API,
        "per_page": -(-total // pages),
        "prev_page_url": f"{API}?page={page - 1}" if page > 1 else None,
        "to": last,
        "total": total,
    }
    suffix = b"]," + orjson.dumps(tail)[1:]
    return Envelope(f'{{"current_page":{page},"data":['.encode(), b",", suffix, JSON_TYPE)


def _releases(
    purchase: Purchase, rng: random.Random, *, prefix: str, planter: Planter
) -> list[dict[str, Any]]:
    """A release of the planning, and mostly one of the award, which says nothing of the items any more."""
    process = FIRST_PROCESS + purchase.number
    ocid = f"{prefix}-{process}"
    if rng.random() < NO_PREFIX:
        planter.planted["missing_prefix"] += 1
        ocid = str(process)
    drawn = planter.draw(rng)
    buyer = {
        "id": f"MX-NL-DEP-2111102607{purchase.buyer.number:05d}",
        "name": purchase.buyer.name.upper(),
    }
    planned = {
        **_head(ocid, purchase.published, ["planning"]),
        "buyer": buyer,
        "tender": {
            "id": process,
            "status": "active",
            "statusDetails": DETAILS["planning"],
            "title": purchase.good.noun.upper(),
            "procuringEntity": MINISTRY,
            "mainProcurementCategory": purchase.category,
            "value": money(purchase.net),
            "items": _items(purchase, process),
        },
        "parties": _offices(buyer),
    }
    releases = [planter.plant(planned, drawn)]
    if purchase.awarded + timedelta(days=1) > ANCHOR or rng.random() < 0.15:
        return releases
    is_blank = rng.random() < EMPTY_STATUS
    if is_blank:
        planter.planted["empty_status"] += 1
    suppliers = [(supplier, _party_id(supplier, rng, planter)) for supplier in purchase.tenderers]
    references = [{"id": party_id, "name": supplier.name.upper()} for supplier, party_id in suppliers]
    code = f"{process}-1"
    awarded = {
        **_head(ocid, purchase.awarded, ["planning", "tender", "award"]),
        "buyer": buyer,
        "tender": {
            "id": process,
            "status": "" if is_blank else "complete",
            "statusDetails": DETAILS[purchase.method.code],
            "title": purchase.good.noun.upper(),
            "procuringEntity": MINISTRY,
            "mainProcurementCategory": purchase.category,
            "procurementMethod": purchase.method.code,
            "value": money(purchase.net),
            "tenderers": references,
            "numberOfTenderers": len(references),
        },
        "parties": [
            *(_supplier(s, party_id, s is purchase.supplier, rng, planter) for s, party_id in suppliers),
            *_offices(buyer),
        ],
        "awards": [
            {
                "id": code,
                "title": purchase.title.upper(),
                "status": "active",
                "date": _zulu(purchase.awarded),
                "value": money(purchase.gross),
                "suppliers": references[:1],
            }
        ],
    }
    if purchase.signed < ANCHOR:
        awarded["tag"] = ["planning", "tender", "award", "contract"]
        awarded["contracts"] = [
            {
                "id": code,
                "awardID": code,
                "title": purchase.title.upper(),
                "status": "active",
                "value": money(purchase.gross),
                "dateSigned": _zulu(purchase.signed),
                "period": {"startDate": _zulu(purchase.starts), "endDate": _zulu(purchase.ends)},
            }
        ]
    return [planter.plant(awarded, drawn), *releases]


def _head(ocid: str, moment: Any, tags: list[str]) -> dict[str, Any]:
    stored = moment + timedelta(days=2, hours=3)
    return {
        "ocid": ocid,
        "id": f"{ocid}-{_zulu(stored)}",
        "date": _zulu(moment),
        "tag": tags,
        "initiationType": "tender",
    }


def _zulu(moment: Any) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _items(purchase: Purchase, process: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{process - 260_000}-{number}",
            "description": line.description.upper(),
            # A description is all there is: no scheme, no id.
            "classification": {"description": f"{line.description.upper()} ESPECIFICACIONES: SEGÚN ANEXO"},
            "additionalClassifications": [{"id": int(line.good.cog), "description": line.good.noun.upper()}],
            "quantity": line.quantity,
            "unit": {"name": line.good.unit, "value": money(line.unit_price)},
        }
        for number, line in enumerate(purchase.lines, start=1)
    ]


def _offices(buyer: dict[str, str]) -> list[dict[str, Any]]:
    office = {
        **buyer,
        "identifier": {
            "scheme": "MX-NL-DEP",
            "id": buyer["id"].removeprefix("MX-NL-DEP-"),
            "legalName": buyer["name"],
        },
        "roles": ["buyer"],
        "details": {
            "classifications": {"description": "ADMINISTRACIÓN CENTRAL", "id": 1, "scheme": "MX-NL-SEC"}
        },
    }
    ministry = {
        **MINISTRY,
        "identifier": {
            "scheme": "MX-NL-SEC",
            "id": MINISTRY["id"].removeprefix("MX-NL-SEC-"),
            "legalName": MINISTRY["name"],
        },
        "roles": ["procuringEntity"],
    }
    return [ministry, office]


def _party_id(supplier: Supplier, rng: random.Random, planter: Planter) -> str:
    if rng.random() < NO_RFC:
        planter.planted["no_rfc"] += 1
        return f"MX-RFC-SIN DATO-{uuid.UUID(int=rng.getrandbits(128))}"
    return f"MX-RFC-{supplier.rfc}"


def _supplier(
    supplier: Supplier, party_id: str, wins: bool, rng: random.Random, planter: Planter
) -> dict[str, Any]:
    email = supplier.representative.email
    if rng.random() < BLANK_EMAIL:
        planter.planted["blank_email"] += 1
        email = " "
    kind = ("PM", "Persona moral") if supplier.is_company else ("PF", "Persona física")
    return {
        "id": party_id,
        "name": supplier.name.upper(),
        "identifier": {
            "scheme": "MX-RFC",
            "id": party_id.removeprefix("MX-RFC-"),
            "legalName": supplier.name.upper(),
        },
        "contactPoint": {"email": email},
        "roles": ["tenderer", "supplier"] if wins else ["tenderer"],
        "details": {
            "classifications": {"description": kind[1], "id": kind[0], "scheme": "MX-NL-TP"},
            "scale": {"MICRO": "micro", "PEQUEÑA": "small", "MEDIANA": "medium"}.get(supplier.size, "large"),
        },
    }
