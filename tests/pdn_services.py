"""PDN services of a test: declarations of one provider for each dialect, and small records that they serve.

The records have the shapes of the services, not their meaning; sample data that means something is made by the
sandbox's generator.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from pipelines.registry import Source
from pipelines.sandbox import dataset
from pipelines.sandbox.dataset import Dataset, Draft, Envelope
from pipelines.sandbox.exchange import JSON_TYPE
from tests.faults.raw_portal import source

ARRAY = Envelope(b"[", b",", b"]", JSON_TYPE)


def service(name: str, *collections: tuple[str, str], **changes: Any) -> Source:
    """A provider's declaration, by its (collection, path) pairs; its system and family follow from the first."""
    system, family = {
        "declaraciones": ("pdn-s1", "pdn_s1"),
        "spic": ("pdn-s2", "pdn_v1"),
        "ssancionados": ("pdn-s3", "pdn_v1"),
        "psancionados": ("pdn-s3", "pdn_v1"),
        "records": ("s6-ocds", "ocds_packages"),
        "releases": ("s6-ocds", "ocds_packages"),
    }[collections[0][0]]
    parameters = {
        "token_path": "/oauth/token",
        "page_size": changes.pop("page_size", 200),
        "collections": [{"name": collection, "path": path} for collection, path in collections],
    }
    return source("pdn_rest", id=name, system=system, family=family, parameters=parameters, **changes)


S1 = service("prueba_s1", ("declaraciones", "/s1/v2/declaraciones"))
S2 = service("prueba_s2", ("spic", "/v1/spic"))
S3 = service("prueba_s3", ("ssancionados", "/v1/ssancionados"), ("psancionados", "/v1/psancionados"))
S6 = service("prueba_s6", ("records", "/s6/v1/records"), ("releases", "/contrataciones-abiertas"))


def declarations(count: int, *, start: int = 0) -> list[dict[str, Any]]:
    """S1: `_id` and `id` side by side, as its service answers."""
    return [
        {
            "_id": f"{number:024x}",
            "id": f"{number:024x}",
            "metadata": {"tipo": "MODIFICACIÓN", "declaracionCompleta": True, "institucion": "Ejemplo"},
            "declaracion": {"situacionPatrimonial": {"datosGenerales": {"nombre": f"N{number}"}}},
            "__v": 0,
        }
        for number in range(start, start + count)
    ]


def officials(count: int, *, start: int = 0) -> list[dict[str, Any]]:
    """S2 and S3."""
    return [
        {"id": f"id-{number:05d}", "nombres": f"N{number}", "rfc": "", "__v": 0}
        for number in range(start, start + count)
    ]


def processes(count: int, *, enveloped: bool) -> list[dict[str, Any]]:
    """S6: `{ocid, record}`, or the release alone."""
    releases = [
        {"ocid": f"ocds-prueba-{enveloped}-{number}", "id": f"r-{number}", "tag": ["planning"]}
        for number in range(count)
    ]
    return [{"ocid": each["ocid"], "record": each} for each in releases] if enveloped else releases


def served(folder: Path, one: Source, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Dataset:
    """What a provider's service holds: rows by the path of their collection (`dependencias` too)."""
    drafts = [
        Draft(
            path,
            ARRAY,
            tuple(orjson.dumps(row) for row in found),
            tuple(str(row.get("id") or row.get("ocid") or row.get("clave")) for row in found),
        )
        for path, found in rows.items()
    ]
    dataset.save(folder / one.id, drafts, {})
    return dataset.load(folder / one.id, one.id)
