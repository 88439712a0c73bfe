"""The sample data: deterministic, of the promised size, mostly valid, with counted defects."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
from stdnum.mx import curp, rfc

from pipelines.registry import Source
from pipelines.sandbox import generator
from pipelines.sandbox.comprasmx import COLUMNS
from pipelines.sandbox.dataset import Draft

SEED = 7
OCDS_SOURCES = ("yucatan_inaip", "guadalajara", "nuevo_leon_si", "compranet_edca")


@pytest.fixture(scope="module")
def whole(sources: Mapping[str, Source]) -> dict[str, tuple[list[Draft], Mapping[str, int]]]:
    """Everything at scale 1."""
    return {
        source_id: generator.generate(source, seed=SEED, scale=1.0) for source_id, source in sources.items()
    }


def records(drafts: Sequence[Draft]) -> Iterator[dict[str, Any]]:
    """All records as JSON."""
    for draft in drafts:
        for record in draft.records:
            yield orjson.loads(record)


def releases(drafts: Sequence[Draft]) -> Iterator[dict[str, Any]]:
    """All OCDS releases, in packages or compiled in records."""
    for record in records(drafts):
        yield from record["releases"] if "compiledRelease" not in record else [record["compiledRelease"]]


def digest(drafts: Sequence[Draft]) -> str:
    """The hash of every body."""
    bodies = (draft.envelope.wrap(draft.records) for draft in drafts)
    return hashlib.sha256(b"".join(bodies)).hexdigest()


@pytest.mark.parametrize(
    "source_id", ["yucatan_inaip", "nuevo_leon_si", "compranet_edca", "comprasmx_2026", "oaxaca_s3"]
)
def test_same_seed_same_bytes(sources: Mapping[str, Source], source_id: str) -> None:
    """Two generations agree byte by byte; another seed doesn't."""
    first, planted = generator.generate(sources[source_id], seed=SEED, scale=0.02)
    second, planted_again = generator.generate(sources[source_id], seed=SEED, scale=0.02)
    other, _ = generator.generate(sources[source_id], seed=SEED + 1, scale=0.02)
    assert digest(first) == digest(second)
    assert planted == planted_again
    assert digest(first) != digest(other)


def test_volumes_at_scale_one(whole: dict[str, tuple[list[Draft], Mapping[str, int]]]) -> None:
    """What the product promises: 20,000 procurement releases and 5,000 PDN records or more."""
    counts = {source_id: sum(1 for _ in releases(whole[source_id][0])) for source_id in OCDS_SOURCES}
    # A process has up to five releases, and the last one is kept whole.
    for source_id, wanted in (("yucatan_inaip", 1_200), ("guadalajara", 3_600)):
        assert wanted <= len({release["id"] for release in releases(whole[source_id][0])}) < wanted + 5
    assert counts["nuevo_leon_si"] == 1_500
    assert counts["compranet_edca"] == 9_000
    rows = [row for draft in whole["comprasmx_2026"][0] for row in draft.records]
    assert len(rows) == 9_000
    procedures = {next(csv.reader(io.StringIO(row.decode())))[5] for row in rows}
    assert len(procedures) >= 5_000
    assert sum(counts.values()) + len(procedures) >= 20_000
    pdn = [
        draft for source_id in whole if source_id.endswith(("_s2", "_s3")) for draft in whole[source_id][0]
    ]
    assert sum(len(draft.records) for draft in pdn if draft.key != "dependencias") >= 5_000


@pytest.mark.parametrize("source_id", OCDS_SOURCES)
def test_most_releases_are_valid(
    whole: dict[str, tuple[list[Draft], Mapping[str, int]]], repository: Path, source_id: str
) -> None:
    """The median release is valid OCDS 1.1.5; a few per cent are not, as in real files."""
    schema = repository / "pipelines/standards/schemas/ocds/release-schema-1.1.5.json"
    validator = jsonschema_rs.Draft4Validator(json.loads(schema.read_bytes()), validate_formats=True)
    verdicts = [validator.is_valid(release) for release in releases(whole[source_id][0])]
    assert 0.92 < sum(verdicts) / len(verdicts) < 0.995


@pytest.mark.parametrize("source_id", OCDS_SOURCES)
def test_no_release_id_with_two_contents(
    whole: dict[str, tuple[list[Draft], Mapping[str, int]]], source_id: str
) -> None:
    """Repeated releases are byte-equal; other contents under one id are the fault duplicate_id."""
    contents: dict[str, set[bytes]] = {}
    times: Counter[str] = Counter()
    for release in releases(whole[source_id][0]):
        contents.setdefault(release["id"], set()).add(orjson.dumps(release))
        times[release["id"]] += 1
    assert all(len(found) == 1 for found in contents.values())
    planted = whole[source_id][1].get("identical_record", 0)
    assert (max(times.values()) > 1) == (planted > 0)


def test_life_cycle_of_edca_processes(whole: dict[str, tuple[list[Draft], Mapping[str, int]]]) -> None:
    """Several cumulative releases an ocid, in order of date, none after the anchor date."""
    packages = list(records(whole["guadalajara"][0]))
    tags = Counter(tuple(release["tag"]) for package in packages for release in package["releases"])
    assert set(tags) == {
        ("planning", "tender"),
        ("award",),
        ("contract",),
        ("implementation",),
        ("tenderCancellation",),
    }
    for package in packages:
        dates = [release["date"] for release in package["releases"]]
        assert dates == sorted(dates)
        assert dates[-1] <= "2026-11-15T18:00:00-06:00"
        assert len({release["ocid"] for release in package["releases"]}) == 1
    assert sum(len(package["releases"]) for package in packages) / len(packages) > 3


def test_tax_keys_hold_their_check_digit(whole: dict[str, tuple[list[Draft], Mapping[str, int]]]) -> None:
    """RFCs of companies (12) and persons (13) and CURPs are valid unless a defect says otherwise."""
    suppliers = [
        party["identifier"]["id"]
        for release in releases(whole["yucatan_inaip"][0])
        for party in release["parties"]
        if "supplier" in party["roles"]
    ]
    valid = [number for number in suppliers if rfc.is_valid(number, validate_check_digits=True)]
    assert len(valid) / len(suppliers) > 0.95
    assert {len(number) for number in valid if "-" not in number and number.strip() == number} == {12, 13}
    officials = list(records([draft for draft in whole["oaxaca_s2"][0] if draft.key == "/v1/spic"]))
    assert sum(curp.is_valid(record["curp"]) for record in officials) / len(officials) > 0.95


def test_comprasmx_reads_as_csv(whole: dict[str, tuple[list[Draft], Mapping[str, int]]]) -> None:
    """21 columns, one start date format of its own, line breaks inside cells, identical rows counted."""
    drafts, planted = whole["comprasmx_2026"]
    text = drafts[0].envelope.wrap(drafts[0].records).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == COLUMNS
    assert len(COLUMNS) == 21
    assert len(rows) == 9_000
    assert all(row["Fecha de inicio del contrato"][2::3][:2] == "//" for row in rows)
    assert all(len(row["Fecha de publicación"]) in {0, 19} for row in rows)
    assert any("\n" in row["Descripción del contrato"] for row in rows)
    assert len(rows) - len({tuple(row.values()) for row in rows}) == planted["identical_row"] > 0


def test_planted_defects_are_there(whole: dict[str, tuple[list[Draft], Mapping[str, int]]]) -> None:
    """Counts of the ground truth agree with an independent look at the records."""
    drafts, planted = whole["compranet_edca"]
    found = list({orjson.dumps(release): release for release in releases(drafts)}.values())
    dangling = sum(
        any(c["awardID"] not in {award["id"] for award in release["awards"]} for c in release["contracts"])
        for release in found
    )
    foreign = sum(
        part["value"]["currency"] == "MNX"
        for release in found
        for part in (*release["awards"], *release["contracts"])
    )
    assert dangling == planted["dangling_award_id"] > 0
    # The value that is broken is the award's, and the contract's is another object.
    assert foreign == planted["unknown_currency"] > 0


def test_pdn_records_have_ids_of_their_own(whole: dict[str, tuple[list[Draft], Mapping[str, int]]]) -> None:
    """No PDN collection repeats a record: totalRows equals the distinct ids."""
    for source_id in ("chihuahua_s2", "chihuahua_s3", "jalisco_s2", "oaxaca_s3"):
        for draft in whole[source_id][0]:
            assert len(set(draft.record_ids)) == len(draft.records)


def test_new_declarations_need_no_code(sources: Mapping[str, Source]) -> None:
    """A source of a known layout in another state gets data of its own."""
    new = replace(sources["yucatan_inaip"], id="zacatecas", entity="32", ocid_prefix=None)
    drafts, _ = generator.generate(new, seed=SEED, scale=0.05)
    ocids = {release["ocid"] for release in releases(drafts)}
    assert all(ocid.startswith("tequio-zacatecas-") for ocid in ocids)
    assert len(ocids) >= 10


def test_cache_is_read_the_second_time(sources: Mapping[str, Source], tmp_path: Path) -> None:
    """A second `prepare` finds the files, and the records are the generated ones."""
    source = sources["compranet_edca"]
    first = generator.prepare(source, seed=SEED, scale=0.01, data=tmp_path)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    second = generator.prepare(source, seed=SEED, scale=0.01, data=tmp_path)
    drafts, planted = generator.generate(source, seed=SEED, scale=0.01)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == written
    assert second.collections["0"].records == drafts[0].records == first.collections["0"].records
    assert second.collections["0"].body == drafts[0].envelope.wrap(drafts[0].records)
    assert second.planted == dict(planted)
    changed = replace(source, ocid_prefix="ocds-abc123")
    assert (
        generator.prepare(changed, seed=SEED, scale=0.01, data=tmp_path).collections["0"].etag
        != first.collections["0"].etag
    )
