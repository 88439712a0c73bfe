"""Real Mexican data through repair, redaction and compilation: nothing personal comes out, nothing valid
breaks.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipelines.standards import edca, json_text, ocds
from pipelines.standards.compile import compile_releases
from pipelines.standards.identity import find_personal_ids
from pipelines.standards.pdn import PdnSystem, record_validator
from pipelines.standards.privacy import PseudonymKey, counts
from pipelines.standards.redact_ocds import OcdsRedactor
from pipelines.standards.redact_pdn import PdnRedactor

KEY = PseudonymKey(b"0123456789abcdef0123456789abcdef")


def compranet(data: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(data / "ocds" / "compranet_edca" / "release_packages.ndjson.gz") as lines:
        for line in lines:
            yield from orjson.loads(line)["releases"]


def nuevo_leon(data: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((data / "ocds" / "nuevo_leon_si").glob("RecordPackage-*.json")):
        for record in orjson.loads(path.read_bytes())["records"]:
            yield record["compiledRelease"]


def jalisco(data: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((data / "ocds" / "jalisco" / "releases").glob("*.json")):
        yield from orjson.loads(path.read_bytes())["releases"]


def yucatan(data: Path) -> Iterator[dict[str, Any]]:
    path = data / "ocds" / "live_2026_excerpts" / "yucatan_inaip_contractingprocess_2025_excerpt.json"
    for package in orjson.loads(path.read_bytes())["arrayReleasePackage"]:
        yield from package["releases"]


def comprasmx(data: Path) -> Iterator[dict[str, Any]]:
    """Rows of the federal CSV as releases of the least that holds their people."""
    with (data / "tabular" / "comprasmx" / "contratos_2026.csv").open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            supplier = {"id": row["rfc"], "name": row["Proveedor o contratista"]}
            yield {
                "ocid": f"tequio-comprasmx_2026-{row['Número de procedimiento']}",
                "id": str(number),
                "date": "2026-01-01T00:00:00Z",
                "tag": ["contract"],
                "initiationType": "tender",
                "parties": [
                    {**supplier, "identifier": {"scheme": "MX-RFC", "id": row["rfc"]}, "roles": ["supplier"]}
                ],
                "awards": [{"id": str(number), "suppliers": [supplier]}],
                "contracts": [
                    {
                        "id": str(number),
                        "awardID": str(number),
                        "description": row["Descripción del contrato"],
                    }
                ],
            }


@pytest.mark.parametrize(
    ("read", "releases", "valid", "contact_points", "natural_rfcs"),
    [
        # Of a person whose RFC lacks a digit and two foreigners whose number may be one: party, identifier, references.
        (compranet, 3430, 3430, 7265, 9 + 3 * 3),
        (nuevo_leon, 24, 0, 195, 30),
        (jalisco, 10, 10, 51, 0),
        (yucatan, 1, 1, 0, 0),
        # 821 rows are of natural persons: party, its identifier and the reference.
        (comprasmx, 3986, 3986, 0, 3 * 821),
    ],
)
def test_releases(
    shared_data: Path, read: Any, *, releases: int, valid: int, contact_points: int, natural_rfcs: int
) -> None:
    redactor = OcdsRedactor(KEY)
    validator = ocds.validator("release")
    private = list(read(shared_data))
    assert len(private) == releases
    removed: Counter[str] = Counter()
    was_valid = 0
    for release in private:
        edca.normalise(release)
        public = redactor.redact(release)
        for (kind, _), count in counts(public.findings).items():
            removed[kind] += count
        published = json_text.dumps(public.document)
        assert [found.masked for found in find_personal_ids(published)] == []
        assert "contactPoint" not in published
        if validator.is_valid(release):
            was_valid += 1
            assert validator.errors(public.document) == []
        assert redactor.redact(public.document).document == public.document
    assert (was_valid, removed["contact_point"], removed["rfc_natural"]) == (
        valid,
        contact_points,
        natural_rfcs,
    )


def cdmx(data: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((data / "ocds" / "cdmx_sefin").glob("*/*.json")):
        # One file has a comma too many: it lands in quarantine.
        if (
            path.relative_to(data / "ocds" / "cdmx_sefin").as_posix()
            != "data/OCDS-87SD3T-SEFIN-DRM-A-015-2015.json"
        ):
            yield from orjson.loads(path.read_bytes())["releases"]


@pytest.mark.parametrize(
    ("read", "releases", "repaired"),
    [
        (compranet, 3430, {"placeholder": 2, "rfc_form": 1}),
        (nuevo_leon, 24, {"placeholder": 11, "rfc_form": 2}),
        (jalisco, 10, {}),
        (yucatan, 1, {"alias": 1, "code_form": 1, "placeholder": 1}),
        (cdmx, 29, {"date_form": 180, "placeholder": 94}),
    ],
)
def test_the_dialect_of_each_publisher_is_counted(
    shared_data: Path, read: Any, *, releases: int, repaired: dict[str, int]
) -> None:
    found: Counter[str] = Counter()
    private = list(read(shared_data))
    assert len(private) == releases
    for release in private:
        found.update(repair.kind for repair in edca.normalise(release))
        assert edca.normalise(release) == []
    assert found == repaired


def test_dates_and_nulls_of_cdmx_become_what_the_standard_asks_for(shared_data: Path) -> None:
    """Of 2015: every date has a dot before its zone, and buyer is null in 19 of 29."""
    errors: Counter[str] = Counter()
    for release in cdmx(shared_data):
        edca.normalise(release)
        errors.update(error.form or error.keyword for error in ocds.validator("release").errors(release))
    assert errors["date-time"] == 0
    assert errors["type"] == 0


def test_several_releases_of_a_process_compile(shared_data: Path) -> None:
    redactor = OcdsRedactor(KEY)
    by_ocid: dict[str, list[dict[str, Any]]] = {}
    for release in jalisco(shared_data):
        by_ocid.setdefault(release["ocid"], []).append(redactor.redact(release).document)
    compiled = {ocid: compile_releases(releases) for ocid, releases in by_ocid.items()}
    assert sorted(len(releases) for releases in by_ocid.values()) == [1, 4, 5]
    assert {one.conflict for one in compiled.values()} == {None}
    assert all(ocds.validator("release").is_valid(one.document) for one in compiled.values())


@pytest.mark.parametrize(
    ("file", "system"), [("s2_v1_450", "s2"), ("s3s_v1_450", "s3s"), ("s3p_v1_450", "s3p")]
)
def test_synthetic_pdn_records_stay_valid(shared_data: Path, file: str, system: PdnSystem) -> None:
    content = orjson.loads(
        gzip.decompress((shared_data / "pdn" / "synthetic" / f"{file}.json.gz").read_bytes())
    )
    records = content if isinstance(content, list) else content["results"]
    assert len(records) == 450
    redactor = PdnRedactor(f"{system}_v1")
    for record in records:
        public = redactor.redact(record)
        assert record_validator(f"{system}_v1").errors(public.document) == []
        assert list(find_personal_ids(json_text.dumps(public.document))) == []


def test_no_graves_of_the_synthetic_set_show_no_name(shared_data: Path) -> None:
    content = orjson.loads(
        gzip.decompress((shared_data / "pdn" / "synthetic" / "s3s_v1_450.json.gz").read_bytes())
    )
    records = content if isinstance(content, list) else content["results"]
    redactor = PdnRedactor("s3s_v1")
    shown = Counter(redactor.redact(record).name_status for record in records)
    assert shown == {"not_public": 236, "public": 214}


def test_oaxaca_records_get_an_id_and_become_valid_pages(shared_data: Path) -> None:
    redactor = PdnRedactor("s2_v1")
    records = orjson.loads((shared_data / "pdn" / "oaxaca_s2_2021.json").read_bytes())
    public = [redactor.redact(record, record_id=record["_id"]["$oid"]).document for record in records]
    assert len({record["id"] for record in public}) == 39
    assert [errors for record in public if (errors := record_validator("s2_v1").errors(record))] == []
