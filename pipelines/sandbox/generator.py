"""The sample data of each declared source: seeded, deterministic, independent of the clock.

Here: how much each source has, who buys in it, and which layout its declaration asks for; a source
declared later gets data of its layout and entity without code. Not here: the layouts themselves
(`edca.py`, `compranet.py`, `nuevo_leon.py`, `comprasmx.py`, `pdn.py`), HTTP.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from pipelines.registry import Source
from pipelines.sandbox import dataset
from pipelines.sandbox.compranet import compranet_package
from pipelines.sandbox.comprasmx import comprasmx_rows, header_line
from pipelines.sandbox.dataset import Dataset, Draft, Envelope
from pipelines.sandbox.defects import OCDS_DEFECTS, PDN_DEFECTS, Planter
from pipelines.sandbox.edca import Outlet, edca_package
from pipelines.sandbox.nuevo_leon import nuevo_leon_package, nuevo_leon_record
from pipelines.sandbox.pdn import MAKERS, Institution
from pipelines.sandbox.procurement import ANCHOR, Body, Buyer, Market, Scene, make_buyer, make_purchase
from pipelines.sandbox.vocabulary import (
    ENTITIES,
    FEDERAL_BODIES,
    MUNICIPAL_BODIES,
    MUNICIPALITIES,
    STATE_BODIES,
)

# Part of every cache key: raise it when the same seed must give other bytes.
GENERATOR_VERSION = 2
DEFAULT_SEED = 20261115
JSON_TYPE = "application/json; charset=utf-8"
# The file of CompraNet repeats 10 of 3,430 lines byte by byte.
IDENTICAL_RECORDS = 0.003
INSTITUTE_AREAS = (
    "Dirección de Administración, Finanzas y Recursos Humanos",
    "Dirección de Tecnologías de la Información",
    "Dirección de Capacitación y Proyección Social",
)
LOCAL_AREAS = ("Unidad de Adquisiciones", "Unidad de Obra Pública", "Enlace Administrativo")


@dataclass(frozen=True)
class Volume:
    """How much a source has at scale 1: releases, records or rows, and the years they span."""

    records: int
    first_year: int
    last_year: int


VOLUMES = {
    "yucatan_inaip": Volume(1_200, 2020, 2026),
    "guadalajara": Volume(3_600, 2022, 2026),
    "nuevo_leon_si": Volume(1_500, 2017, 2026),
    "compranet_edca": Volume(9_000, 2016, 2018),
    "comprasmx_2026": Volume(9_000, 2026, 2026),
}
NEW_SOURCE = Volume(1_000, 2023, 2026)
PDN_RECORDS = {"spic": 900, "ssancionados": 500, "psancionados": 350}


def prepare(source: Source, *, seed: int, scale: float, data: Path) -> Dataset:
    """The source's data from the cache below `data`, made first when they aren't there."""
    folder = data / f"v{GENERATOR_VERSION}-seed{seed}-scale{scale:g}" / source.id / _declaration_key(source)
    if not (folder / "index.json").is_file():
        drafts, planted = generate(source, seed=seed, scale=scale)
        dataset.save(folder, drafts, planted)
    return dataset.load(folder, source.id)


def generate(source: Source, *, seed: int, scale: float) -> tuple[list[Draft], Mapping[str, int]]:
    """The collections of one source and the count of each planted defect."""
    rng = random.Random(f"{seed}:{source.id}")
    if source.protocol == "pdn_rest":
        return _pdn(source, rng, scale)
    volume = VOLUMES.get(source.id, NEW_SOURCE)
    count = max(round(volume.records * scale), 6)
    stall = Market(seed).stall(rng, None if source.entity == "00" else source.entity)
    if source.protocol == "edcapi":
        return _edcapi(source, rng, Scene(_local_buyers(source, rng), stall, (40, 45, 15)), volume, count)
    if source.family == "comprasmx_2026":
        return _comprasmx(rng, Scene(_federal_buyers(rng), stall, (38, 60, 2)), count)
    formats = {file["format"] for file in source.parameters["files"]}
    if formats == {"ndjson"}:
        return _compranet(source, rng, Scene(_federal_buyers(rng), stall, (35, 60, 5)), volume, count)
    return _nuevo_leon(source, rng, Scene(_local_buyers(source, rng), stall, (2, 8, 90)), volume, count)


def base_address(source: Source) -> str:
    """The address a source's own documents carry."""
    return source.url or f"https://{source.id.replace('_', '-')}.invalid"


def _declaration_key(source: Source) -> str:
    """What of a declaration decides its data, hashed: an edited declaration gets data of its own."""
    parts: list[Any] = [source.protocol, source.family, source.entity, source.ocid_prefix, source.url]
    parts += [source.publisher.name, source.publisher.rfc, source.parameters]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]


def _publisher(source: Source) -> dict[str, Any]:
    return {
        "name": source.publisher.name,
        "scheme": "MX-RFC",
        "uid": source.publisher.rfc or "",
        "uri": source.publisher.uri or base_address(source),
    }


def _prefix(source: Source) -> str:
    return source.ocid_prefix or f"tequio-{source.id}"


# --- procurement ------------------------------------------------------------------------------


def _edcapi(
    source: Source, rng: random.Random, scene: Scene, volume: Volume, count: int
) -> tuple[list[Draft], Mapping[str, int]]:
    planter = Planter(OCDS_DEFECTS)
    years = list(range(volume.first_year, volume.last_year + 1))
    packages: dict[int, list[tuple[str, bytes]]] = {year: [] for year in years}
    outlet = Outlet(_prefix(source), base_address(source), _publisher(source))
    releases = number = 0
    while releases < count:
        number += 1
        year = years[(number - 1) % len(years)]
        purchase = make_purchase(rng, scene, number=number, year=year)
        ocid, package, versions = edca_package(purchase, rng, outlet=outlet, planter=planter)
        releases += versions
        packages[year].extend(_repeated(rng, ocid, orjson.dumps(package), planter.planted))
    envelope = Envelope(b'{"arrayReleasePackage":[', b",", b"]}", JSON_TYPE)
    drafts = [_draft(str(year), envelope, found) for year, found in packages.items()]
    return drafts, planter.planted


def _compranet(
    source: Source, rng: random.Random, scene: Scene, volume: Volume, count: int
) -> tuple[list[Draft], Mapping[str, int]]:
    planter = Planter(OCDS_DEFECTS)
    years = range(volume.first_year, volume.last_year + 1)
    lines: list[tuple[str, bytes]] = []
    number = 0
    while len(lines) < count:
        number += 1
        year = rng.choices(years, weights=[1 + 9 * position for position in range(len(years))])[0]
        purchase = make_purchase(rng, scene, number=number, year=year)
        ocid, package = compranet_package(purchase, rng, prefix=_prefix(source), planter=planter)
        lines.extend(_repeated(rng, ocid, orjson.dumps(package), planter.planted))
    return _in_files(
        source, lines[:count], lambda _: Envelope(b"", b"\n", b"\n", "application/x-ndjson")
    ), planter.planted


def _nuevo_leon(
    source: Source, rng: random.Random, scene: Scene, volume: Volume, count: int
) -> tuple[list[Draft], Mapping[str, int]]:
    planter = Planter(OCDS_DEFECTS)
    publisher = {**_publisher(source), "scheme": "GB-COH", "uid": ""}
    records: list[tuple[str, bytes]] = []
    number = 0
    while len(records) < count:
        number += 1
        year = rng.randint(volume.first_year, volume.last_year)
        purchase = make_purchase(rng, scene, number=number, year=year)
        ocid, record = nuevo_leon_record(
            purchase, rng, prefix=_prefix(source), base_url=base_address(source), planter=planter
        )
        records.extend(_repeated(rng, ocid, orjson.dumps(record), planter.planted))

    def envelope(address: str) -> Envelope:
        head = orjson.dumps(nuevo_leon_package(address, publisher))
        return Envelope(head[:-1] + b',"records":[', b",", b"]}", JSON_TYPE)

    return _in_files(source, records[:count], envelope), planter.planted


def _comprasmx(rng: random.Random, scene: Scene, count: int) -> tuple[list[Draft], Mapping[str, int]]:
    branches = {body.acronym: body.branch for body in FEDERAL_BODIES}
    rows, planted = comprasmx_rows(rng, scene, branches=branches, count=count)
    envelope = Envelope(header_line() + b"\n", b"\n", b"\n", "text/csv; charset=utf-8")
    return [Draft("0", envelope, tuple(rows), tuple(str(number) for number in range(len(rows))))], planted


def _in_files(source: Source, records: Sequence[tuple[str, bytes]], envelope: Any) -> list[Draft]:
    """The records dealt out over the declared files, in order; a `.gz` name means a gzip file."""
    files = source.parameters["files"]
    drafts = []
    for number, file in enumerate(files):
        address = file.get("url") or base_address(source) + file["path"]
        plain = envelope(address)
        wrapped = Envelope(
            plain.prefix,
            plain.separator,
            plain.suffix,
            "application/gzip" if address.endswith(".gz") else plain.content_type,
            gzipped=address.endswith(".gz"),
        )
        first, last = (len(records) * step // len(files) for step in (number, number + 1))
        drafts.append(_draft(str(number), wrapped, records[first:last]))
    return drafts


def _repeated(
    rng: random.Random, record_id: str, record: bytes, planted: Counter[str]
) -> Iterator[tuple[str, bytes]]:
    """The record, now and then twice: byte by byte the same, as real bulk files hold them."""
    yield record_id, record
    if rng.random() < IDENTICAL_RECORDS:
        planted["identical_record"] += 1
        yield record_id, record


def _draft(key: str, envelope: Envelope, records: Sequence[tuple[str, bytes]]) -> Draft:
    return Draft(
        key, envelope, tuple(record for _, record in records), tuple(record_id for record_id, _ in records)
    )


def _federal_buyers(rng: random.Random) -> list[Buyer]:
    bodies = [Body(body.name, body.acronym, body.offices) for body in FEDERAL_BODIES]
    return [make_buyer(rng, body, entity="09", number=number) for number, body in enumerate(bodies)]


def _local_buyers(source: Source, rng: random.Random) -> list[Buyer]:
    """The institutions that buy: the publisher alone when it has an RFC, else the bodies of its place."""
    agency, entity = source.publisher, source.entity if source.entity in ENTITIES else "09"
    if agency.rfc is not None:
        acronym = agency.id.split("-")[0].upper()
        body = Body(agency.name, acronym, INSTITUTE_AREAS, agency.rfc)
        return [make_buyer(rng, body, entity=entity, number=0)]
    is_municipal = agency.name.startswith("Municipio de ")
    place = agency.name.removeprefix("Municipio de ").split(",")[0] if is_municipal else ENTITIES[entity].name
    names = MUNICIPAL_BODIES if is_municipal else STATE_BODIES
    town = place if is_municipal else None
    bodies = [Body(name.format(place=place), acronym, LOCAL_AREAS, place=town) for name, acronym in names]
    return [make_buyer(rng, body, entity=entity, number=number) for number, body in enumerate(bodies)]


# --- PDN --------------------------------------------------------------------------------------


def _pdn(source: Source, rng: random.Random, scale: float) -> tuple[list[Draft], Mapping[str, int]]:
    planter = Planter(PDN_DEFECTS)
    institutions = _institutions(source.entity)
    drafts = []
    for collection in source.parameters["collections"]:
        make = MAKERS[collection["name"]]
        count = max(round(PDN_RECORDS[collection["name"]] * scale), 3)
        # A state has its own size: between 92 % and 108 % of the usual one.
        count = max(round(count * rng.uniform(0.92, 1.08)), 3)
        records = []
        for _ in range(count):
            record = make(rng, source.entity, institutions)
            record_id = record["id"]
            records.append((record_id, orjson.dumps(planter.plant(record, planter.draw(rng)))))
        drafts.append(_draft(collection["path"], Envelope(b"[", b",", b"]", JSON_TYPE), records))
    listed = [(body.clave, orjson.dumps(body.as_record())) for body in institutions]
    drafts.append(_draft("dependencias", Envelope(b"[", b",", b"]", JSON_TYPE), listed))
    return drafts, planter.planted


def _institutions(entity: str) -> tuple[Institution, ...]:
    place = ENTITIES[entity].name
    state = [
        Institution(name.format(place=place), acronym, f"{entity}-{acronym}")
        for name, acronym in STATE_BODIES
    ]
    municipal = [
        Institution(f"Municipio de {name}", f"M{key}", f"{entity}-{key}")
        for key, name in MUNICIPALITIES[entity]
    ]
    return (*state, *municipal)


def last_modified() -> str:
    """The date every file of the sandbox carries."""
    return f"{ANCHOR:%a, %d %b %Y %H:%M:%S} GMT"
