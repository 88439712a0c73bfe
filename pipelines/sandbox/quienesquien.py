"""QuiénEsQuién.Wiki's contracts: a dump of compiled records and an answer of its API.

Here: what PODER's transformers write (github.com/ProjectPODER: transformer-ocds, record-compiler): records
of CompraNet 3 contracts with releases embedded, the sum `total_amount`, ids made of names, `memberOf`,
`details.type`, MongoDB's `_id`; awards and contracts that are one object instead of an array; records
written twice with their members in another order; the API's answer with single releases in `data`. Not
here: the addresses of the kept files (`sources/nacional/quienesquien_wiki.yaml`).
"""

import random
from collections import Counter
from typing import Any

import orjson

from pipelines.sandbox.comprasmx import CONTRACTING
from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.defects import OCDS_DEFECTS, Planter
from pipelines.sandbox.edca import money
from pipelines.sandbox.order import JSON_TYPE, Made, Order, draft, file_address, repeated, zipped
from pipelines.sandbox.people import fold
from pipelines.sandbox.procurement import Purchase, make_purchase

# The prefix PODER's transformers write.
PREFIX = "ocds-0ud2q6"
IMPORTED = "2021-10-04T12:00:00.000Z"
NOT_AN_ARRAY = 0.03
NO_PREFIX = 0.04
NO_RELEASES = 0.05
REWRITTEN = 0.02
NULL_START = 0.08
METHODS = {"direct": "direct", "selective": "limited", "open": "open"}
TEXTS = {"direct": "Adjudicación Directa", "selective": "Invitacion a 3", "open": "Licitación Pública"}
PUBLISHER = {
    "name": "CompraNet 3.0 / Secretaría de Hacienda y Crédito Público",
    "uri": "https://sites.google.com/site/cnetuc/contratos_cnet_3",
}


def make_dump(order: Order) -> Made:
    """The declared files: NDJSON of records, and API answers of releases."""
    rng = order.rng
    planter = Planter(OCDS_DEFECTS)
    scene = order.federal_scene((40, 50, 10))
    drafts = []
    number = 0
    for place, file in enumerate(order.files):
        first, last = (order.count * step // len(order.files) for step in (place, place + 1))
        address = file_address(order.source, file)
        is_dump = file["format"] == "ndjson"
        found: list[tuple[str, bytes]] = []
        while len(found) < last - first:
            number += 1
            purchase = make_purchase(rng, scene, number=number, year=rng.choice(order.volume.years))
            release = planter.plant(_release(purchase, rng, planter.planted), planter.draw(rng))
            _unlist(release, rng, planter.planted)
            document = _record(release, rng, planter.planted) if is_dump else release
            found += repeated(rng, release["ocid"], orjson.dumps(document), planter.planted)
            if rng.random() < REWRITTEN:
                # Another run of the dump wrote the same content with its members in another order.
                planter.planted["rewritten_record"] += 1
                found.append((release["ocid"], orjson.dumps(document, option=orjson.OPT_SORT_KEYS)))
        drafts.append(draft(str(place), zipped(_envelope(len(found), is_dump=is_dump), address), found))
    return drafts, planter.planted


def _envelope(rows: int, *, is_dump: bool) -> Envelope:
    if is_dump:
        return Envelope(b"", b"\n", b"\n", "application/x-ndjson")
    answer = {"status": "success", "size": rows, "offset": 0, "pages": 1, "count": rows}
    head = orjson.dumps(answer)[:-1]
    return Envelope(head + b',"data":[', b",", b"]}", JSON_TYPE)


def _record(release: dict[str, Any], rng: random.Random, planted: Counter[str]) -> dict[str, Any]:
    amounts = [contract["value"]["amount"] for contract in _listed(release["contracts"])]
    compiled = {**release, "tag": ["compiled"], "total_amount": round(sum(amounts), 2)}
    record = {
        "_id": {"$oid": f"{rng.getrandbits(96):024x}"},
        "ocid": release["ocid"],
        "releases": [release],
        "compiledRelease": compiled,
    }
    if rng.random() < NO_RELEASES:
        # Past MongoDB's limit of a document's size the compiler drops the releases.
        planted["no_releases"] += 1
        record["releases"] = []
    return record


def _listed(section: Any) -> list[dict[str, Any]]:
    return [section] if isinstance(section, dict) else section


def _release(purchase: Purchase, rng: random.Random, planted: Counter[str]) -> dict[str, Any]:
    body = purchase.buyer
    unit_code = f"{body.number + 6:03d}{body.areas.index(purchase.area) + 1:06d}"
    number = f"{unit_code}-{purchase.number:03d}-{purchase.year % 100:02d}"
    ocid = f"{PREFIX}-{number}"
    if rng.random() < NO_PREFIX:
        planted["missing_prefix"] += 1
        ocid = number
    contract_id = f"C-{purchase.number:05d}/{purchase.year}"
    unit = {"id": f"{_simple(purchase.area)}-{_simple(body.name)}", "name": purchase.area.upper()}
    supplier = {"id": _simple(purchase.supplier.name), "name": purchase.supplier.name.upper()}
    signed = f"{purchase.signed:%Y-%m-%d}T00:00:00.000Z"
    is_open_ended = rng.random() < NULL_START
    release: dict[str, Any] = {
        "ocid": ocid,
        "id": number,
        "date": IMPORTED,
        "initiationType": "tender",
        "tag": ["contract"],
        "language": "es",
        "parties": [
            {
                "roles": ["buyer"],
                **unit,
                "address": {"countryName": "Mexico"},
                "memberOf": [{"name": body.name.upper(), "id": _simple(body.name)}],
                "identifier": {
                    "scheme": "MX-CPA",
                    "id": unit_code,
                    "legalName": purchase.area.upper(),
                    "uri": "https://sites.google.com/site/cnetuc/directorio",
                },
                "details": {"type": "institution", "classification": "unidad-compradora"},
            },
            {
                **supplier,
                "roles": ["supplier"],
                "details": {"type": "company" if purchase.supplier.is_company else "person"},
            },
        ],
        "buyer": unit,
        "tender": {
            "id": number,
            "title": purchase.title.upper(),
            "status": "complete",
            "procuringEntity": unit,
            "procurementMethodCharacterMxCnet": "Nacional",
            "procurementMethod": METHODS[purchase.method.code],
            "procurementMethodDetails": TEXTS[purchase.method.code],
            "mainProcurementCategory": purchase.category,
            "procurementCategoryMxCnet": [CONTRACTING[purchase.category].capitalize()],
        },
        "awards": [
            {
                "title": purchase.title.upper(),
                "suppliers": [supplier],
                "status": "active",
                "id": contract_id,
                "value": money(purchase.net),
                "documents": [
                    {
                        "id": f"doc-compranet3-{contract_id}-1",
                        "documentType": "awardNotice",
                        "url": f"http://www.compranet.gob.mx:8000/{unit_code}/{purchase.number}.html",
                        "format": "text/html",
                        "language": "es",
                    }
                ],
            }
        ],
        "contracts": [
            {
                "status": "terminated",
                "title": purchase.title.upper(),
                "id": contract_id,
                "awardID": contract_id,
                "period": {"startDate": None if is_open_ended else signed},
                "value": money(purchase.net),
                "dateSigned": signed,
            }
        ],
        "publisher": PUBLISHER,
        "source": [{"id": "compranet3"}],
        "sourceRun": [{"id": "compranet3-2021-10-04"}],
    }
    if is_open_ended:
        planted["null_start"] += 1
    return release


def _unlist(release: dict[str, Any], rng: random.Random, planted: Counter[str]) -> None:
    """Now and then a section is its only element, not an array of it."""
    if rng.random() < NOT_AN_ARRAY:
        planted["not_an_array"] += 1
        section = rng.choice(("awards", "contracts"))
        release[section] = release[section][0]


def _simple(name: str) -> str:
    """An id as the name cleaner makes them: plain small letters with hyphens."""
    return "-".join(fold(name).lower().split())
