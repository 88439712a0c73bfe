"""Where each thing stands inside a release, the same inside a slice's `files/`.

Here: the paths, the version of the published schemas, and which columns stay inside.
Not here: how the files are written (`slices.py`, `release.py`), what the columns mean (the dbt
contracts of `dbt_project/models/standard` and `models/integrated`).
"""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from pipelines.quality import receipt

# Semantic version of the published paths, tables and columns: a renamed or removed column raises the
# first number, a new one the second.
SCHEMA_VERSION = "1.4.0"

# Releases and withdrawals are dated as the people who publish and read them date their day.
DATE_ZONE = ZoneInfo("America/Mexico_City")

# Columns that only serve the build.
INTERNAL_COLUMNS = frozenset({"slice_id"})

SLICE_FILES = receipt.FILES_FOLDER
TABLE_FILE = "data.parquet"
UNDATED = "undated"

CATALOG = "catalog.json"
DATAPACKAGE = "datapackage.json"
MANIFEST = "SHA256SUMS"
CHANGES = "CHANGES.md"

RESULTS_FOLDER = "quality/results"
SUMMARY_FOLDER = "quality/summary"
BY_AGENCY_FOLDER = "quality/by_agency"
MEASURES_FOLDER = "quality/measures"
REPAIRS_FOLDER = "quality/repairs"
FILES_FOLDER = "quality/files"
FIELD_CHECKS_FOLDER = "quality/field_checks"
FIELD_COVERAGE_FOLDER = "quality/field_coverage"
PROVENANCE_FOLDER = "provenance"
OCDS_TABLES = "ocds/tables"
# The table with one row for each process.
PROCESSES = "processes"
PDN_TABLES_FOLDER = "pdn/tables"
# The versions of every PDN record, of any system.
PDN_HISTORY = "pdn_history"
INTEGRATED_FOLDER = "integrated"
# Tables over all sources that are results of rules, and where they stand instead.
CROSS_SOURCE = "quality/cross_source.parquet"
CROSS_SOURCE_SUMMARY = "quality/cross_source_summary.parquet"
INTEGRATED_RESULTS: Mapping[str, str] = {
    "quality_cross_source": CROSS_SOURCE,
    "quality_cross_source_summary": CROSS_SOURCE_SUMMARY,
}

# Standard tables of each system, by the start of their name; JSON releases are files, not a table.
_TABLE_PREFIX = {"s6-ocds": "ocds_", "pdn-s1": "pdn_s1", "pdn-s2": "pdn_s2", "pdn-s3": "pdn_s3"}
_NOT_TABLES = frozenset({"ocds_releases"})
# The table that holds the records of each PDN collection, one row each.
PDN_TABLES = {
    "s1": "pdn_s1_declaraciones",
    "s2": "pdn_s2",
    "s3s": "pdn_s3_servidores",
    "s3p": "pdn_s3_particulares",
}
_PDN_PAGES = {"s1": "s1", "s2": "s2", "s3s": "s3_servidores", "s3p": "s3_particulares"}


def belongs_to(table: str, system: str) -> bool:
    """Whether `standard.<table>` is a published table of `system`."""
    if table == PDN_HISTORY:
        return system.startswith("pdn-")
    return table.startswith(_TABLE_PREFIX[system]) and table not in _NOT_TABLES


def table_folder(table: str) -> str:
    """The folder of a standard table: `ocds/tables/awards`, `pdn/tables/s2`, `pdn/tables/history`.

    A folder holds one table and nothing else, so that a reader may name the folder instead of the files.
    """
    if table.startswith("ocds_"):
        return f"{OCDS_TABLES}/{table.removeprefix('ocds_')}"
    return f"{PDN_TABLES_FOLDER}/{table.removeprefix('pdn_')}"


def table_path(folder: str, source_id: str) -> str:
    """The file of one source in a table's folder."""
    return f"{folder}/source={source_id}/{TABLE_FILE}"


def integrated_path(table: str) -> str:
    """The file of a table over all sources."""
    return INTEGRATED_RESULTS.get(table, f"{INTEGRATED_FOLDER}/{table}.parquet")


def records_path(source_id: str, year: str) -> str:
    """Compiled releases of one year, one JSON object a line."""
    return f"ocds/records/{source_id}/{year}.jsonl.gz"


def packages_folder(source_id: str) -> str:
    """The OCDS release packages of a source."""
    return f"ocds/packages/{source_id}"


def package_path(source_id: str, year: str) -> str:
    """OCDS release package of one year."""
    return f"{packages_folder(source_id)}/{year}.json"


def record_package_path(source_id: str, year: str) -> str:
    """OCDS record package of one year: what `records_path` holds, with the links to the releases."""
    return f"ocds/record_packages/{source_id}/{year}.json.gz"


def pdn_page_path(system: str, source_id: str) -> str:
    """All public records of one PDN collection in the page shape of PDN v1, those of v2 mapped."""
    return f"pdn/pages/{_PDN_PAGES[system]}/{source_id}.json"


def pdn_v2_page_path(collection: str, source_id: str) -> str:
    """All public records of one S3 collection as PDN v2 answers them, those of v1 mapped."""
    return f"pdn/pages/s3_v2/{collection}/{source_id}.json"


def parquet_metadata(title: str, *, licence: str, source_id: str, inputs: str) -> dict[str, str]:
    """Key-value metadata of a published Parquet file.

    Never a time nor a release: unchanged inputs must give the same bytes.
    """
    return {
        "title": title,
        "licence": licence,
        "schema_version": SCHEMA_VERSION,
        "source": source_id,
        "input_sha256": inputs,
    }


def media_type(path: str) -> str:
    """The IANA media type of a published file, by its ending."""
    return next((kind for ending, kind in _MEDIA_TYPES.items() if path.endswith(ending)), "text/plain")


_MEDIA_TYPES: Mapping[str, str] = {
    ".parquet": "application/vnd.apache.parquet",
    ".gz": "application/gzip",
    ".json": "application/json",
    ".csv": "text/csv",
    ".html": "text/html",
    ".md": "text/markdown",
    ".svg": "image/svg+xml",
    ".css": "text/css",
    ".cff": "application/yaml",
}
