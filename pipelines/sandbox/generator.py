"""The sample data of each declared source: seeded, deterministic, independent of the clock.

Here: how much each source has and which maker its declaration asks for; a source declared later gets
data of its layout and entity without code. Not here: the layouts (one module each), what the makers share
(`order.py`), HTTP.

One maker of a PDN family serves all of PDN's protocols: it is asked for `order.source.parameters["collections"]`, each
with `name` and `path`, and gives one draft for each, its key the path, its records JSON objects in an envelope of a
list; and, where the family has one, a draft `dependencias`, the institutions. What a service makes of them (pages,
zips, fields that a role hides) stands with the services (`pdn_services.py`, `directus.py`, `aggregator.py`).
`pdn_bulk` declares files: to the maker they are collections whose paths are the files' numbers.
"""

import hashlib
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from pipelines.registry import PDN_PROTOCOLS, Source
from pipelines.sandbox import (
    advertising,
    chihuahua,
    compranet,
    compranet_contracts,
    comprasmx,
    contract_sheets,
    dataset,
    edca,
    expedientes,
    jalisco,
    karewa,
    nl_api,
    nuevo_leon,
    ocds_1_0,
    pdn,
    pdn_s1,
    pdn_s6,
    pdn_v2,
    planted,
    quienesquien,
    san_pedro,
    sipot,
    smpu,
)
from pipelines.sandbox.dataset import Dataset
from pipelines.sandbox.order import Made, Maker, Order, Volume
from pipelines.sandbox.procurement import ANCHOR
from pipelines.sandbox.vocabulary import ENTITIES

# Part of every cache key: raise it when the same seed must give other bytes.
GENERATOR_VERSION = 6
DEFAULT_SEED = 20261115

VOLUMES = {
    "yucatan_inaip": Volume(1_200, 2020, 2026),
    "guadalajara": Volume(3_600, 2022, 2026),
    "nuevo_leon_si": Volume(1_500, 2017, 2026),
    "compranet_edca": Volume(9_000, 2016, 2018),
    "comprasmx_2026": Volume(9_000, 2026, 2026),
    "cdmx_sefin": Volume(300, 2015, 2015),
    "jalisco_sepaf": Volume(300, 2017, 2017),
    "nuevo_leon_dgays": Volume(400, 2025, 2026),
    "nuevo_leon_smpu": Volume(350, 2013, 2026),
    "nuevo_leon_si_anteriores": Volume(160, 2015, 2019),
    "pdn_s6": Volume(400, 2018, 2023),
    "quienesquien_wiki": Volume(600, 2004, 2012),
    "compranet_contratos": Volume(960, 2010, 2025),
    "comprasmx_2026_expedientes": Volume(500, 2026, 2026),
    "oaxaca_sipot_xxviii": Volume(300, 2024, 2026),
    "chihuahua_publicidad": Volume(300, 2018, 2020),
    "chihuahua_publicidad_contratos": Volume(150, 2018, 2020),
    "chihuahua_contratos": Volume(600, 2018, 2019),
    "chihuahua_karewa": Volume(360, 2016, 2021),
    "san_pedro_contratos": Volume(360, 2024, 2026),
}
# The PDN's providers are many, so that each of them is small: their share of the usual number of records.
SHARES = {"pdn_public": 0.1, "pdn_directus": 0.3, "pdn_bulk": 0.2}
NEW_SOURCE = Volume(1_000, 2023, 2026)

# Who makes the data of a declaration: by its id, else by its protocol, family and the format of its first
# file ("" without files).
BY_SOURCE: Mapping[str, Maker] = {
    "cdmx_sefin": ocds_1_0.make_packages,
    "jalisco_sepaf": jalisco.make_files,
    "nuevo_leon_dgays": nl_api.make_pages,
    "nuevo_leon_smpu": smpu.make_years,
    "nuevo_leon_si_anteriores": nuevo_leon.make_older,
    "pdn_s6": pdn_s6.make_pages,
    "quienesquien_wiki": quienesquien.make_dump,
    "compranet_contratos": compranet_contracts.make_years,
    "comprasmx_2026_expedientes": expedientes.make_file,
    "chihuahua_publicidad": advertising.make_tables,
    "chihuahua_publicidad_contratos": advertising.make_contracts,
    "chihuahua_contratos": chihuahua.make_workbook,
    "chihuahua_karewa": karewa.make_workbooks,
    "san_pedro_contratos": san_pedro.make_workbooks,
    **dict.fromkeys(planted.CATALOGUE, planted.make_collections),
}
BY_LAYOUT: Mapping[tuple[str, str, str], Maker] = {
    ("edcapi", "ocds_packages", ""): edca.make_years,
    ("bulk_files", "ocds_packages", "ndjson"): compranet.make_lines,
    ("bulk_files", "ocds_packages", "json"): nuevo_leon.make_packages,
    ("bulk_files", "compranet", "csv"): comprasmx.make_file,
    ("bulk_files", "sipot", "xlsx"): sipot.make_files,
    ("bulk_files", "contract_sheets", "csv"): contract_sheets.make_by_layout,
    ("bulk_files", "contract_sheets", "xlsx"): contract_sheets.make_by_layout,
    ("pdn_rest", "pdn_s1", ""): pdn_s1.make_declarations,
    ("pdn_rest", "pdn_v1", ""): pdn.make_collections,
    ("pdn_directus", "pdn_v2", ""): pdn_v2.make_collections,
    ("pdn_public", "pdn_v2", ""): pdn_v2.make_collections,
    ("pdn_rest", "ocds_packages", ""): pdn_s6.make_collections,
}


# Of the collections of a PDN source that is read from zips.
ZIP = dataset.Envelope(b"", b"\n", b"", "application/zip", packing="zip")


def prepare(source: Source, *, seed: int, scale: float, data: Path) -> Dataset:
    """The source's data from the cache below `data`, made first when they aren't there."""
    folder = data / f"v{GENERATOR_VERSION}-seed{seed}-scale{scale:g}" / source.id / _declaration_key(source)
    if not (folder / "index.json").is_file():
        drafts, counts = generate(source, seed=seed, scale=scale)
        dataset.save(folder, drafts, counts)
    return dataset.load(folder, source.id)


def generate(source: Source, *, seed: int, scale: float) -> Made:
    """The collections of one source and the count of each planted defect.

    Raises:
        ValueError: for a layout that has no sample data yet.
    """
    volume = VOLUMES.get(source.id, NEW_SOURCE)
    size = scale * SHARES.get(source.protocol, 1.0)
    order = Order(
        _placed(_with_collections(source)), random.Random(f"{seed}:{source.id}"), seed, size, volume
    )
    drafts, counts = _maker(source)(order)
    if source.protocol == "pdn_bulk":
        drafts = [replace(each, envelope=ZIP) for each in drafts if each.key.isdecimal()]
    return drafts, counts


def _placed(source: Source) -> Source:
    """The source in a state: the makers of PDN v2 know no federal bodies, and PDN's own file of S3 holds states'."""
    if source.family != "pdn_v2" or source.entity in ENTITIES:
        return source
    return replace(source, entity="09")


def _with_collections(source: Source) -> Source:
    """The source as the makers of PDN families know it: with collections, also where files are declared."""
    if source.protocol != "pdn_bulk":
        return source
    files = enumerate(source.parameters["files"])
    collections = [{"name": file["collection"], "path": str(number)} for number, file in files]
    return replace(source, parameters={**source.parameters, "collections": collections})


def last_modified() -> str:
    """The date every file of the sandbox carries."""
    return f"{ANCHOR:%a, %d %b %Y %H:%M:%S} GMT"


def _maker(source: Source) -> Maker:
    files = source.parameters.get("files", ())
    layout = (source.protocol, source.family, files[0].get("format", "") if files else "")
    found = BY_SOURCE.get(source.id) or BY_LAYOUT.get(layout)
    if found is None and source.protocol in PDN_PROTOCOLS:
        alike = ((protocol, source.family, "") for protocol in PDN_PROTOCOLS)
        found = next((BY_LAYOUT[key] for key in alike if key in BY_LAYOUT), None)
    if found is None:
        known = ", ".join(" ".join(key) for key in BY_LAYOUT)
        message = f"no sample data for {source.id}, which is {' '.join(layout)}; expected one of {known}"
        raise ValueError(message)
    return found


def _declaration_key(source: Source) -> str:
    """What of a declaration decides its data, hashed: an edited declaration gets data of its own."""
    parts: list[Any] = [source.protocol, source.family, source.entity, source.ocid_prefix, source.url]
    parts += [source.publisher.name, source.publisher.rfc, source.parameters, source.layout]
    parts += planted.contents(source.id)
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]
