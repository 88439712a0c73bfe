"""OCDS packages in staging: from exact landed records to exact releases, nothing lost on the way."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.portals.bodies import BodyFault, Lines
from pipelines.portals.items import Item
from pipelines.portals.ocds_body import ocds_items, ocds_lines
from tests.contract.scratch import RAW, Scratch, landed

MODEL = "stg_ocds_packages__releases"
PACKAGE = '{"uri":"https://x.mx","version":"1.0"}'

RELEASE = {"ocid": "ocds-abc123-1", "id": "r1", "date": "2021-01-01", "tender": {"value": {"amount": 1.5}}}
DAMAGED = {"ocid": "SEFIN/2", "id": "r2", "tender": {"title": "AUTORIZACIÃ“N DE LA SECRETARÃ¿A"}}
COMPILED = {"ocid": "ocds-abc123-3", "id": "c", "date": "2020-03-01", "tag": ["compiled"]}
VERSIONED = {
    "ocid": "ocds-abc123-4",
    "tender": {
        "title": [{"releaseID": "1", "releaseDate": "2020", "releaseTag": ["tender"], "value": "AÃ‘O"}]
    },
}

RELEASES = [RELEASE, RELEASE, DAMAGED, {"id": "r3"}]
RECORDS = [
    {
        "ocid": "ocds-abc123-2",
        "releases": [
            {"ocid": "ocds-abc123-2", "id": "a", "date": "2020-01-01"},
            {"id": "b", "date": "2020-02-01", "description": "AÃ‘O"},
            None,
        ],
        "compiledRelease": {"ocid": "ocds-abc123-2", "id": "not used"},
    },
    {"ocid": "ocds-abc123-3", "releases": [{"url": "https://x/1"}, {"id": "x"}], "compiledRelease": COMPILED},
    {"ocid": "ocds-abc123-4", "releases": [{"url": "https://x/1"}], "versionedRelease": VERSIONED},
    {"ocid": "ocds-abc123-5", "releases": [{"url": "https://x/1", "date": "2020"}]},
    {"ocid": "ocds-abc123-6", "releases": [], "compiledRelease": None},
    # QuiénEsQuién: a line for each process, merged already; the system 6 of the PDN: landing unwraps it.
    {"ocid": "7", "compiledRelease": {"id": "q", "date": "2015", "tag": ["compiled"]}},
]


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def staged(scratch: Scratch) -> list[dict[str, Any]]:
    scratch.dbt("run", "--select", MODEL)
    return scratch.rows(f"select * from staging.{MODEL} order by slice_id, ordinal, release_index")


@pytest.fixture
def scratch(new_scratch: Callable[[], Scratch]) -> Scratch:
    return new_scratch()


def test_releases_of_packages(scratch: Scratch) -> None:
    scratch.insert("landed.sources", [{"source_id": "cdmx", "ocid_prefix": "ocds-87sd3t"}])
    scratch.insert("landed.ocds_packages", landed("cdmx", RELEASES, collection="releases", package=PACKAGE))

    rows = staged(scratch)

    def row(ordinal: int, **found: Any) -> dict[str, Any]:
        return {
            "slice_id": "cdmx@g1",
            "source_id": "cdmx",
            "ordinal": ordinal,
            "release_index": 0,
            "release_date": None,
            "conversion": "as_published",
            "package": PACKAGE,
            "raw_sha256": RAW,
            "page": 1,
            "position": f"/releases/{ordinal}",
            "repairs": None,
            "unusable_reason": None,
            **found,
        }

    title = "AUTORIZACIÓN DE LA SECRETARÍA"
    half = "AUTORIZACIÓN DE LA SECRETARÃ¿A"
    assert rows == [
        row(0, ocid="ocds-abc123-1", release_id="r1", release_date="2021-01-01", release=json.dumps(RELEASE)),
        row(
            2,
            ocid="ocds-87sd3t-SEFIN/2",
            release_id="r2",
            release=json.dumps({**DAMAGED, "tender": {"title": title}}, ensure_ascii=False),
            repairs=compact(
                [
                    {
                        "kind": "double_encoding",
                        "path": "/tender/title",
                        "original": DAMAGED["tender"]["title"],  # type: ignore[index] # a mapping
                        "repaired": half,
                    },
                    {
                        "kind": "lossy_character",
                        "path": "/tender/title",
                        "original": half,
                        "repaired": title,
                        "guess": True,
                    },
                    {
                        "kind": "ocid_prefix",
                        "path": "/ocid",
                        "original": "SEFIN/2",
                        "repaired": "ocds-87sd3t-SEFIN/2",
                    },
                ]
            ),
        ),
        row(3, ocid=None, release_id="r3", release='{"id": "r3"}', unusable_reason="no_ocid"),
    ]


def test_releases_of_records(scratch: Scratch) -> None:
    scratch.insert("landed.ocds_packages", landed("wiki", RECORDS, collection="records"))

    rows = staged(scratch)

    columns = (
        "ordinal", "release_index", "ocid", "release_id", "release_date", "release", "conversion", "repairs",
        "unusable_reason",
    )  # fmt: skip

    def passed_over(ordinal: int, index: int, reason: str) -> tuple[Any, ...]:
        return ordinal, index, f"ocds-abc123-{ordinal + 2}", None, None, None, None, None, reason

    first, second = (compact(release) for release in RECORDS[0]["releases"][:2])  # type: ignore[index]
    enye = {"kind": "double_encoding", "original": "AÃ‘O", "repaired": "AÑO"}
    versioned = compact(VERSIONED).replace("Ã‘", "Ñ")
    prefix = {"kind": "ocid_prefix", "path": "/ocid", "original": "7", "repaired": "tequio-wiki-7"}
    assert [tuple(row[column] for column in columns) for row in rows] == [
        (0, 0, "ocds-abc123-2", "a", "2020-01-01", first, "as_published", None, None),
        (
            0,
            1,
            "ocds-abc123-2",
            "b",
            "2020-02-01",
            second.replace("Ã‘", "Ñ"),
            "as_published",
            compact([{"kind": "double_encoding", "path": "/description", **enye}]),
            None,
        ),
        passed_over(0, 2, "not_an_object"),
        passed_over(1, 0, "only_linked"),
        passed_over(1, 1, "part_of_history"),
        (1, 2, "ocds-abc123-3", "c", "2020-03-01", compact(COMPILED), "compiled_in_record", None, None),
        passed_over(2, 0, "only_linked"),
        (
            2,
            1,
            "ocds-abc123-4",
            None,
            None,
            versioned,
            "versioned_in_record",
            compact([{"kind": "double_encoding", "path": "/tender/title/0/value", **enye}]),
            None,
        ),
        passed_over(3, 0, "only_linked"),
        passed_over(4, 0, "no_release"),
        (
            5,
            0,
            "tequio-wiki-7",
            "q",
            "2015",
            compact(RECORDS[5]["compiledRelease"]),
            "compiled_in_record",
            compact([prefix]),
            None,
        ),
    ]


# Registered prefix of the source, ocid as published, ocid.
OCIDS = [
    ("ocds-87sd3t", "SEFIN/DRM/1", "ocds-87sd3t-SEFIN/DRM/1"),
    ("ocds-87sd3t", "OCDS-87SD3T-SEFIN/DRM/1", "OCDS-87SD3T-SEFIN/DRM/1"),
    ("OCDS-87SD3T", "ocds-87sd3t-1", "ocds-87sd3t-1"),
    # A process of another publisher, in any case.
    ("ocds-87sd3t", "OCDS-07SMQS-1", "OCDS-07SMQS-1"),
    ("ocds-87sd3t", "ocds-1", "ocds-87sd3t-ocds-1"),
    ("ocds-87sd3t", " 1 ", "ocds-87sd3t-1"),
    (None, "1", "tequio-s06-1"),
    (None, "ocds-07smqs-1", "ocds-07smqs-1"),
    (None, 130, "tequio-s08-130"),
    (None, "  ", None),
    (None, " ocds-07smqs-1", "ocds-07smqs-1"),
    ("ocds-87sd3t", None, None),
]


def test_prefix_of_an_ocid(scratch: Scratch) -> None:
    for number, (prefix, published, _) in enumerate(OCIDS):
        source = f"s{number:02}"
        scratch.insert("landed.sources", [{"source_id": source, "ocid_prefix": prefix}])
        scratch.insert("landed.ocds_packages", landed(source, [{"ocid": published}], collection="releases"))

    rows = staged(scratch)

    assert [row["ocid"] for row in rows] == [ocid for _, _, ocid in OCIDS]
    assert [row["unusable_reason"] for row in rows] == [None if ocid else "no_ocid" for *_, ocid in OCIDS]
    assert [
        [
            (repair["kind"], repair["original"], repair["repaired"])
            for repair in json.loads(row["repairs"] or "[]")
        ]
        for row in rows
    ] == [
        [("blanks" if str(published).strip() == ocid else "ocid_prefix", str(published), ocid)]
        if ocid is not None and ocid != str(published)
        else []
        for _, published, ocid in OCIDS
    ]


# For each slice: landed records without duplicates, those with a usable release, those without.
RECONCILIATION = f"""
with landed as (
    select source_id || '@' || generation as slice_id, ordinal
    from landed.ocds_packages
    where not is_duplicate
),
used as (
    select slice_id, ordinal, bool_or(unusable_reason is null) as is_used
    from staging.{MODEL}
    group by all
)
select
    slice_id,
    count(*) as landed,
    count_if(is_used) as used,
    count_if(not is_used) as unusable
from landed
full join used using (slice_id, ordinal)
group by all
order by all
"""


def bodies(data: Path) -> Iterator[tuple[str, Iterator[Item]]]:
    """Source and items of every OCDS file of the real data, as landing reads them."""
    for source, folder in (
        ("cdmx", "ocds/cdmx_sefin"),
        ("jalisco", "ocds/jalisco"),
        ("nuevo_leon", "ocds/nuevo_leon_si"),
        ("live", "ocds/live_2026_excerpts"),
        ("pdn", "pdn/captures"),
    ):
        for path in sorted((data / folder).rglob("s6*.json" if source == "pdn" else "*.json")):
            yield source, ocds_items(path.read_text(encoding="utf-8-sig"))
    with gzip.open(
        data / "ocds" / "compranet_edca" / "release_packages.ndjson.gz", "rt", encoding="utf-8"
    ) as lines:
        yield "compranet", ocds_lines(Lines(lines))


def test_real_files_are_accounted_for(scratch: Scratch, shared_data: Path) -> None:
    """Every record that landing takes out of the published files is used, or says why not."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    seen: set[tuple[str, str]] = set()
    problems: list[tuple[str, str]] = []
    for source, items in bodies(shared_data):
        try:
            for item in items:
                if item.problem is not None:
                    problems.append((source, item.problem.code))
                    continue
                [row] = landed(source, [None], collection=item.collection)
                row |= {"ordinal": len(rows[source]), "record": item.text, "package": item.package}
                row["is_duplicate"] = (source, item.text) in seen
                seen.add((source, item.text))
                rows[source].append(row)
        except BodyFault as fault:
            problems.append((source, fault.code))
    for source_rows in rows.values():
        scratch.insert("landed.ocds_packages", source_rows)

    staged_rows = staged(scratch)

    reconciled = {
        row["slice_id"].removesuffix("@g1"): tuple(row.values())[1:] for row in scratch.rows(RECONCILIATION)
    }
    conversions = Counter(
        (row["source_id"], row["conversion"], row["unusable_reason"]) for row in staged_rows
    )
    # Without its comma too many the fourteenth file of `data/` would be read too; one body lists years.
    assert problems == [("cdmx", "malformed_json"), ("live", "wrong_shape")]
    # Landed without duplicates (10 packages of CompraNet stand there twice), used, unusable.
    assert reconciled == {
        "cdmx": (29, 29, 0),
        "compranet": (3420, 3420, 0),
        "jalisco": (20, 20, 0),
        "live": (3, 3, 0),
        "nuevo_leon": (44, 44, 0),
        "pdn": (2, 2, 0),
    }
    assert conversions == {
        ("cdmx", "as_published", None): 29,
        ("compranet", "as_published", None): 3420,
        ("jalisco", "as_published", None): 10,
        ("jalisco", "compiled_in_record", None): 10,
        ("jalisco", None, "only_linked"): 49,
        ("live", "as_published", None): 3,
        ("nuevo_leon", "as_published", None): 3,
        ("nuevo_leon", "compiled_in_record", None): 41,
        ("nuevo_leon", None, "only_linked"): 41,
        ("pdn", "as_published", None): 2,
    }
    repairs = Counter(
        (row["source_id"], repair["kind"])
        for row in staged_rows
        for repair in json.loads(row["repairs"] or "[]")
    )
    assert repairs == {("cdmx", "double_encoding"): 51, ("cdmx", "lossy_character"): 16}
