"""Open contracting of Jalisco's Secretariat of Finance (OCApi, 2018): a package a stage, a record a process.

Here: release packages with one stage each, cumulative from planning to implementation; record packages
whose releases are linked, embedded, or gone (only a versioned release); and the publication's dialect:
provider numbers as ids, unit names and class ids padded with blanks, tax rates as text, document types in
Spanish, `additionalProcessInformation`. Not here: the files' addresses
(`sources/14_jalisco/jalisco_sepaf.yaml`).
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

import orjson

from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.defects import OCDS_DEFECTS, Defect, Planter
from pipelines.sandbox.edca import money
from pipelines.sandbox.order import JSON_TYPE, Made, Order, draft, file_address, repeated
from pipelines.sandbox.people import Supplier
from pipelines.sandbox.procurement import Buyer, Purchase, make_document_id, make_purchase
from pipelines.sandbox.versioned import versioned_release

YEAR = 2017
STAGES = ("planning", "tender", "award", "contract", "implementation")
STAGE_NAMES = ("Planeación", "Licitación", "Adjudicación", "Contratación", "Implementación")
FIRST_EXPORT = datetime(2018, 1, 18, 4, 39, 51)
API = "https://contratacionesabiertas.jalisco.gob.mx/OCApi"
AGENCY = {
    "id": "DEP-GOB-JAL-03.4-1653",
    "name": "SEPAF/DGA | DIR.GRAL. DE ABASTECEMIENTOS (SUB-ADMINISTRACIÓN)",
}
TREASURY = {"id": "DEP-GOB-JAL-03.4-1692", "name": "SEPAF/DGE | DIR.GRAL. DE EGRESOS (SUB-FINANZAS)"}
METHODS = {
    "direct": "Adjudicación Directa",
    "selective": "Concurso por Invitación",
    "open": "Licitación Pública",
}
PADDED_UNIT = 60
PADDED_CLASS = 14
# Of the record files, by their place: most link their releases and compile them, as all real ones do.
EMBEDDED = (1, 6)
VERSIONED_ONLY = (8,)
# A record whose releases are only linked, and which compiles none of them, tells nothing.
LINKED_ONLY_RATE = 0.05
NO_PREFIX_RATE = 0.03


@dataclass(frozen=True)
class _Process:
    """One process: its releases by stage, without defects, and the defects that were drawn for it."""

    ocid: str
    releases: Mapping[str, dict[str, Any]]
    defects: Sequence[tuple[Defect, str]]


def make_files(order: Order) -> Made:
    """Every declared file; the files of one process name (group) tell the same processes."""
    planter = Planter(OCDS_DEFECTS)
    groups: dict[str, list[_Process]] = {}
    paths = [PurePosixPath(file_address(order.source, file)) for file in order.files]
    scene = order.local_scene((45, 50, 5))
    a_file = max(round(order.count / len(paths)), 2)
    number = 0
    for path in paths:
        group = _group(path)
        if group in groups:
            continue
        groups[group] = []
        for _ in range(a_file):
            number += 1
            purchase = make_purchase(order.rng, scene, number=number, year=YEAR)
            groups[group].append(_process(purchase, order.rng, prefix=order.prefix, planter=planter))
    drafts = []
    place = 0
    for file, path in enumerate(paths):
        processes = groups[_group(path)]
        if path.parent.name == "record":
            records = _records(processes, order.rng, place, planter)
            envelope = _envelope(path, "records")
            place += 1
        else:
            records = _of_stage(processes, _stage(path), order.rng, planter)
            envelope = _envelope(path, "releases")
        drafts.append(draft(str(file), envelope, records))
    return drafts, planter.planted


def _stage(path: PurePosixPath) -> str:
    return path.stem.rsplit("-", 1)[-1]


def _group(path: PurePosixPath) -> str:
    """The name of the process a file tells: without the moment and the stage of a release."""
    return path.stem if path.parent.name == "record" else path.stem.rsplit("-", 2)[0]


def _of_stage(
    processes: Sequence[_Process], stage: str, rng: random.Random, planter: Planter
) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for process in processes:
        if stage in process.releases:
            release = planter.plant(process.releases[stage], process.defects)
            found += repeated(rng, process.ocid, orjson.dumps(release), planter.planted)
    return found


def _records(
    processes: Sequence[_Process], rng: random.Random, place: int, planter: Planter
) -> list[tuple[str, bytes]]:
    records = []
    for process in processes:
        ocid, plain = process.ocid, list(process.releases.values())
        linked = [
            {"url": f"{API}/release/{release['id']}", "date": release["date"], "tag": release["tag"]}
            for release in plain
        ]
        record: dict[str, Any] = {"ocid": ocid, "releases": linked}
        if place in VERSIONED_ONLY:
            planter.planted["versioned_only"] += 1
            record = {"ocid": ocid, "versionedRelease": versioned_release(plain)}
        elif place in EMBEDDED:
            planter.planted["embedded_releases"] += 1
            record["releases"] = [planter.plant(release, process.defects) for release in plain]
            record["compiledRelease"] = _compiled(record["releases"][-1], ocid)
        elif rng.random() < LINKED_ONLY_RATE:
            planter.planted["linked_only"] += 1
        else:
            record["compiledRelease"] = _compiled(planter.plant(plain[-1], process.defects), ocid)
        records.append((ocid, orjson.dumps(record)))
    return records


def _compiled(last: dict[str, Any], ocid: str) -> dict[str, Any]:
    return {**last, "id": f"{ocid}-compiled", "tag": [*last["tag"], "compiled"]}


def _envelope(path: PurePosixPath, member: str) -> Envelope:
    package: dict[str, Any] = {
        "version": "1.1",
        "extensions": [],
        "publishedDate": "2018-01-18T04:39:56Z",
        "publisher": {
            "name": AGENCY["name"],
            "uid": AGENCY["id"],
            "uri": API,
            "scheme": "DEP-GOB-JAL",
        },
        # The document's id in the publisher's database.
        "_id": {"$oid": "5a61235e5c2dbc406dba6f8b"},
        "uri": f"{API}/{path.parent.name}/{path.stem}",
    }
    head = orjson.dumps(package)
    return Envelope(head[:-1] + f',"{member}":['.encode(), b",", b"]}", JSON_TYPE)


def _process(purchase: Purchase, rng: random.Random, *, prefix: str, planter: Planter) -> _Process:
    """The stages of one process, each with everything known by then."""
    code = f"{purchase.buyer.acronym}-{3 + purchase.buyer.number:02d}-{purchase.number:04d}-00-{YEAR}"
    ocid = f"{prefix}-{code}"
    if rng.random() < NO_PREFIX_RATE:
        planter.planted["missing_prefix"] += 1
        ocid = code
    drawn = planter.draw(rng)
    order_number = 60_000 + purchase.number
    parts = _Parts(purchase, rng, order_number)
    last = len(STAGES) if rng.random() < 0.8 else len(STAGES) - 1
    releases = {}
    exported = FIRST_EXPORT + timedelta(seconds=5 * purchase.number)
    for step, stage in enumerate(STAGES[:last]):
        moment = exported + timedelta(milliseconds=120 * step + purchase.number % 97)
        release: dict[str, Any] = {
            "initiationType": "tender",
            "relatedProcesses": [],
            "language": "es",
            "awards": parts.awards() if step >= 2 else [],
            "additionalProcessInformation": parts.information(step),
            "parties": parts.parties(step),
            "id": f"{ocid}-{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}Z-{stage}",
            "contracts": parts.contracts(is_paid=step >= 4) if step >= 3 else [],
            "date": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "tag": [stage],
            "buyer": {"id": parts.buyer_id, "name": parts.buyer_name},
            "tender": parts.tender(ocid, step),
            "ocid": ocid,
        }
        if stage != "tender":
            release["planning"] = parts.planning()
        releases[stage] = release
    return _Process(ocid, releases, drawn)


class _Parts:
    """The sections of one process; documents keep their ids from stage to stage."""

    def __init__(self, purchase: Purchase, rng: random.Random, order_number: int) -> None:
        self._purchase = purchase
        self._order_number = order_number
        self.buyer_id = f"DEP-GOB-JAL-{3 + purchase.buyer.number:02d}-{1600 + purchase.buyer.number}"
        self.buyer_name = f"{purchase.buyer.acronym} | {_shouted(purchase.buyer.name)}"
        self._provider = {
            supplier.rfc: f"P{int(supplier.rfc[-9:-3]) % 99_000 + 100:05d}" for supplier in purchase.tenderers
        }
        self._award_id = f"IN{490_000 + purchase.number}-OC{order_number}-{YEAR}"
        self._documents = {
            title: _document(rng, title, purchase) for title in ("Bases", "Acta de adjudicación", "contrato")
        }
        self._payment = f"{rng.randint(1_000_000, 1_999_999)}-{rng.randint(10**8, 2 * 10**8)}"

    def planning(self) -> dict[str, Any]:
        budget = {
            "id": self._purchase.good.cog,
            "amount": money(self._purchase.net),
            "description": self._purchase.good.noun.capitalize(),
        }
        return {"budget": budget, "documents": [], "milestones": []}

    def information(self, step: int) -> dict[str, Any]:
        purchase = self._purchase
        return {
            "purchaseNumber": f"{purchase.buyer.acronym}/{purchase.number:04d}-00/{YEAR}",
            "startDateContractingProcess": _zulu(purchase.published),
            "processYear": YEAR,
            "estimatedAmount": money(purchase.net),
            "contractedAmount": money(purchase.gross if step >= 3 else 0.0),
            "originProcess": "poderEjecutivo",
            "stageDescription": {"currentStage": STAGE_NAMES[step], "stageNumber": step + 1},
            "consolidated": False,
            "family": purchase.good.noun.upper(),
        }

    def parties(self, step: int) -> list[dict[str, Any]]:
        buyer = self._purchase.buyer
        parties = [
            _office(self.buyer_id, self.buyer_name, buyer, "buyer"),
            _office(AGENCY["id"], AGENCY["name"], buyer, "procuringEntity"),
        ]
        for supplier in self._purchase.tenderers:
            role = "supplier" if step >= 2 and supplier is self._purchase.supplier else "tenderer"
            parties.append(_supplier(self._provider[supplier.rfc], supplier, role))
        if step >= 4:
            parties.append(_office(TREASURY["id"], TREASURY["name"], buyer, "payer"))
        return parties

    def tender(self, ocid: str, step: int) -> dict[str, Any]:
        purchase = self._purchase
        return {
            "procuringEntity": AGENCY,
            "description": purchase.title.upper(),
            "value": money(purchase.gross),
            "tenderers": [self._reference(supplier) for supplier in purchase.tenderers],
            "procurementMethod": purchase.method.code,
            "id": ocid,
            "status": ("planned", "active", "complete")[min(step, 2)],
            "minValue": money(purchase.net),
            "additionalProcurementCategories": [],
            "awardCriteria": "ratedCriteria",
            "milestones": [],
            "submissionMethod": ["inPerson"],
            "numberOfTenderers": len(purchase.tenderers),
            "amendments": [],
            "documents": [self._documents["Bases"]],
            "hasEnquiries": purchase.method.code == "open",
            "mainProcurementCategory": purchase.category,
            "title": purchase.good.noun.upper(),
            "items": self._items(),
            "procurementMethodDetails": METHODS[purchase.method.code],
        }

    def awards(self) -> list[dict[str, Any]]:
        purchase = self._purchase
        return [
            {
                "items": self._items(),
                "id": self._award_id,
                "status": "active",
                "date": _zulu(purchase.awarded),
                "description": f"Se adjudica {len(purchase.lines)} progresivos del proceso de compra",
                "amendments": [],
                "title": purchase.good.noun.upper(),
                "value": money(purchase.gross),
                "documents": [self._documents["Acta de adjudicación"]],
                "suppliers": [self._reference(purchase.supplier)],
            }
        ]

    def contracts(self, *, is_paid: bool) -> list[dict[str, Any]]:
        purchase = self._purchase
        contract: dict[str, Any] = {
            "dateSigned": _zulu(purchase.signed),
            "relatedProcesses": [],
            "documents": [self._documents["contrato"]],
            "description": f"Contrato número {self._order_number} para el proveedor {purchase.supplier.name}",
            "amendments": [],
            "awardID": self._award_id,
            "title": purchase.good.noun.upper(),
            "value": money(purchase.gross),
            "period": {
                "durationInDays": (purchase.ends - purchase.starts).days,
                "startDate": _zulu(purchase.starts),
                "endDate": _zulu(purchase.ends),
            },
            "items": self._items(),
            "id": f"2-{self._order_number}",
            "status": "active",
            "milestones": [],
        }
        if is_paid:
            payment = {
                "id": self._payment,
                "source": "https://gobiernoenlinea1.jalisco.gob.mx/presupuesto",
                "date": _zulu(purchase.starts + timedelta(days=30)),
                "payee": self._reference(purchase.supplier),
                "payer": TREASURY,
                "value": money(purchase.gross),
                "uri": None,
            }
            contract["implementation"] = {"documents": [], "milestones": [], "transactions": [payment]}
        return [contract]

    def _reference(self, supplier: Supplier) -> dict[str, str]:
        return {"id": self._provider[supplier.rfc], "name": supplier.name.upper()}

    def _items(self) -> list[dict[str, Any]]:
        return [
            {
                "id": f"{number}-{1_300_000 + self._purchase.number}",
                "unit": {
                    "id": line.good.unit[:3].upper(),
                    "name": line.good.unit.upper().ljust(PADDED_UNIT),
                    "value": money(line.unit_price),
                    "scheme": "UM-GOB-JAL",
                },
                "description": line.description.upper(),
                "itemAmount": money(round(line.unit_price * line.quantity * 1.16, 2)),
                "taxRate": {
                    "percentage": "16.0%",
                    "value": money(round(line.unit_price * line.quantity * 0.16, 2)),
                },
                "additionalClassifications": [
                    {"id": line.good.cog[:3], "description": line.good.noun.upper(), "scheme": "GPO-GOB-JAL"}
                ],
                "classification": {
                    "id": f"{line.good.cog[:3]}-{line.good.cog[3:]}".ljust(PADDED_CLASS),
                    "description": line.good.noun.upper(),
                    "scheme": "FAM-GOB-JAL",
                },
                "quantity": float(line.quantity),
            }
            for number, line in enumerate(self._purchase.lines, start=1)
        ]


def _zulu(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _shouted(name: str) -> str:
    """Capitals as the publisher's database makes them: letters with accents stay small."""
    return "".join(letter.upper() if letter.isascii() else letter for letter in name)


def _office(party_id: str, name: str, buyer: Buyer, role: str) -> dict[str, Any]:
    return {
        "id": party_id,
        "name": name,
        "identifier": {
            "id": party_id.removeprefix("DEP-GOB-JAL-"),
            "uri": "http://sepaf.jalisco.gob.mx/",
            "scheme": "DEP-GOB-JAL",
            "legalName": name,
        },
        "roles": [role],
        "address": {
            "streetAddress": f"{buyer.address.street} #{buyer.address.number}",
            "region": "Jalisco",
            "postalCode": buyer.address.postal_code,
            "countryName": "México",
            "locality": buyer.address.locality,
        },
        "additionalIdentifiers": [],
        "contactPoint": {
            "url": "http://sepaf.jalisco.gob.mx/",
            "name": name,
            "telephone": f"({buyer.telephone[:2]}) {buyer.telephone[2:6]}-{buyer.telephone[6:]}, ext. 23, ",
            "email": "",
            "faxNumber": "",
        },
    }


def _supplier(party_id: str, supplier: Supplier, role: str) -> dict[str, Any]:
    name = supplier.name.upper()
    return {
        "id": party_id,
        "name": name,
        "identifier": {
            "id": party_id,
            "uri": "http://enlinea.jalisco.gob.mx/consultaproveedores/",
            "scheme": "PROV-GOB-JAL",
            "legalName": name,
        },
        "roles": [role],
        "address": {
            "streetAddress": f"{supplier.address.street} {supplier.address.number}".upper(),
            "region": supplier.address.region.upper(),
            "postalCode": supplier.address.postal_code,
            "countryName": "México".ljust(PADDED_UNIT),
            "locality": supplier.address.locality.upper(),
        },
        "additionalIdentifiers": [{"scheme": "MX-RFC", "id": supplier.rfc, "legalName": name}],
        "contactPoint": {
            "url": "",
            "name": supplier.representative.full_name.upper(),
            "telephone": supplier.representative.telephone,
            "email": supplier.representative.email,
            "faxNumber": "",
        },
    }


def _document(rng: random.Random, title: str, purchase: Purchase) -> dict[str, Any]:
    moment = _zulu(purchase.awarded)
    return {
        "datePublished": moment,
        "id": f"{183_000 + purchase.number}-{rng.randint(1, 9)}",
        "url": f"https://contratacionesabiertas.jalisco.gob.mx/apiDocumentosOcds/{make_document_id(rng)}",
        "format": "application/pdf",
        "description": title,
        "documentType": title,
        "language": "es",
        "dateModified": moment,
        "title": title.upper(),
    }
