"""The pages of a release: one folder per publisher, the catalogue page with its list of files, and the coverage of the PDN.

Here: which files are written and with what. Not here: what a page says (``agency``, ``index``, ``coverage``), the
reports' JSON and CSV (``machine``), HTML (``render``, the templates), the release itself (``pipelines.publication``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.home import read_json
from pipelines.publication import layout
from pipelines.publication.changes import CHANGES_FOLDER
from pipelines.quality.catalogue import Catalogue
from pipelines.reports.agency import AgencyReport, SourceReportInput, agency_reports
from pipelines.reports.coverage import Coverage, read_coverage
from pipelines.reports.format_es import Lang
from pipelines.reports.index import index
from pipelines.reports.machine import coverage_json, failures_csv, report_json
from pipelines.reports.render import render

REPORTS_FOLDER = "reports"
# Spanish first: the plain name is the Spanish page, the English twin says so.
PAGE_NAMES: Mapping[Lang, str] = {"es": "index.html", "en": "index.en.html"}
FILES_NAMES: Mapping[Lang, str] = {"es": "files.html", "en": "files.en.html"}
COVERAGE_NAMES: Mapping[Lang, str] = {"es": "coverage.html", "en": "coverage.en.html"}
COVERAGE_JSON = "coverage.json"


def build_pages(  # noqa: PLR0913 (every input of the pages is named, none is looked up elsewhere)
    out_dir: Path,
    *,
    staged: Path,
    inputs: Sequence[SourceReportInput],
    catalogue: Catalogue,
    previous: Mapping[str, Mapping[str, Any]] | None = None,
    contact: str | None = None,
) -> list[Path]:
    """Write all pages of the release staged in ``staged``, which holds its data and ``catalog.json``.

    ``out_dir`` may be the same folder; nothing else in it is touched.
    """
    catalog = read_json(staged / layout.CATALOG)
    reports = agency_reports(inputs, catalogue=catalogue, release_name=catalog["release"], previous=previous)
    country = read_coverage(staged)
    return [
        *_write_reports(out_dir, reports, contact=contact),
        *(() if country is None else build_coverage(out_dir, country, catalog=catalog, contact=contact)),
        *build_index(
            out_dir,
            catalog=catalog,
            sizes=file_sizes(staged),
            changes=release_changes(staged),
            reports=reports,
            has_coverage=country is not None,
            contact=contact,
        ),
    ]


def build_coverage(
    out_dir: Path, coverage: Coverage, *, catalog: Mapping[str, Any], contact: str | None = None
) -> list[Path]:
    """Write the coverage of the PDN, ``coverage.html``, ``coverage.en.html`` and ``coverage.json``, into ``out_dir``."""
    without_standard = catalog["systems_without_standard"]
    values = {
        "coverage": coverage,
        "release": catalog["release"],
        "without_standard": without_standard,
        "contact": contact,
    }
    twin = coverage_json(coverage, release=catalog["release"], without_standard=without_standard)
    return [
        *(
            _write(out_dir / name, render("coverage.html.j2", lang=lang, values=values))
            for lang, name in COVERAGE_NAMES.items()
        ),
        _write(out_dir / COVERAGE_JSON, twin),
    ]


def build_reports(  # noqa: PLR0913 (every input of a report is named, none is looked up elsewhere)
    out_dir: Path,
    *,
    inputs: Sequence[SourceReportInput],
    catalogue: Catalogue,
    release_name: str | None,
    previous: Mapping[str, Mapping[str, Any]] | None = None,
    contact: str | None = None,
) -> list[Path]:
    """Write ``reports/<agency>/{index.html, index.en.html, report.json, failures.csv}`` below ``out_dir``.

    previous: source id -> {delivery, summary} of the last admitted delivery with other content. contact: whom to ask,
    as printed. release_name None: nothing was released, so the pages link to no data. Equal inputs give equal
    bytes.

    Returns the written files in order.
    """
    reports = agency_reports(inputs, catalogue=catalogue, release_name=release_name, previous=previous)
    return _write_reports(out_dir, reports, contact=contact)


def build_index(  # noqa: PLR0913 (every input of the page is named, none is looked up elsewhere)
    out_dir: Path,
    *,
    catalog: Mapping[str, Any],
    sizes: Mapping[str, int] | None = None,
    changes: Sequence[Mapping[str, Any]] = (),
    reports: Sequence[AgencyReport] = (),
    has_coverage: bool = False,
    contact: str | None = None,
) -> list[Path]:
    """Write the catalogue page, ``index.html`` and ``index.en.html``, and the list of every source's files,
    ``files.html`` and ``files.en.html``, into ``out_dir``.

    catalog: as in ``catalog.json``. sizes: bytes by path; shared tables are offered only when they are in it.
    changes: {source_id, added, changed, removed}. reports: of the agencies that have one in this release; the
    page links to them and tells the same states. has_coverage: whether the coverage of the PDN stands beside it.
    """
    values = {
        "index": index(catalog, sizes=sizes or {}, changes=changes, reports=reports),
        "has_coverage": has_coverage,
        "contact": contact,
    }
    # Thousands of files would make the page that everybody opens first five times as heavy.
    pages = {"index.html.j2": PAGE_NAMES, "files.html.j2": FILES_NAMES}
    return [
        _write(out_dir / name, render(template, lang=lang, values=values))
        for template, names in pages.items()
        for lang, name in names.items()
    ]


def agency_files(report: AgencyReport, *, contact: str | None = None) -> dict[str, bytes]:
    """The files of one publisher's report, by name."""
    values = {"report": report, "contact": contact}
    pages = {name: render("agency.html.j2", lang=lang, values=values) for lang, name in PAGE_NAMES.items()}
    return {**pages, "report.json": report_json(report), "failures.csv": failures_csv(report)}


def file_sizes(folder: Path) -> dict[str, int]:
    """Bytes of every file below ``folder``, by path with forward slashes."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def release_changes(folder: Path) -> list[dict[str, Any]]:
    """How many ids of each source were added, changed and removed, from the release's ``changes/``."""
    found = []
    for path in sorted((folder / CHANGES_FOLDER).glob("*.parquet")):
        counted = Counter(pq.read_table(path, columns=["change"]).column("change").to_pylist())
        kinds = {kind: counted[kind] for kind in ("added", "changed", "removed")}
        found.append({"source_id": path.stem, **kinds})
    return found


def _write_reports(out_dir: Path, reports: Sequence[AgencyReport], *, contact: str | None) -> list[Path]:
    return [
        _write(out_dir / REPORTS_FOLDER / report.agency.id / name, content)
        for report in reports
        for name, content in agency_files(report, contact=contact).items()
    ]


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
