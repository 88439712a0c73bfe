"""Files at fixed addresses: JSON, newline-delimited JSON or CSV, compressed or not.

A file that says how to recognize its version (ETag, Last-Modified) is asked for only if it changed; a 304
brings back the archived object. The portal declares no totals. Not here: what stands in the files
(`pipelines/landing/parsers.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipelines.portals.answers import body_error, require_ok
from pipelines.portals.bodies import BodyFault, BodyFormat, Lines, is_empty_gzip, open_text, read_text, sniff
from pipelines.portals.csv_body import CsvBody
from pipelines.portals.errors import FetchState, PortalError
from pipelines.portals.http import Answer, PortalClient
from pipelines.portals.items import Item
from pipelines.portals.ocds_body import ocds_items, ocds_lines
from pipelines.portals.pages import Harvest, History, Page
from pipelines.progress import report

EXPECTED = {
    "json": "un documento JSON con un paquete OCDS (releases o records)",
    "ndjson": "un paquete OCDS en cada línea (NDJSON)",
    "csv": "un archivo CSV con encabezado",
}


def fetch(client: PortalClient, history: History, harvest: Harvest) -> None:
    """Gather every declared file into `harvest`; a file that is wrong or gone costs itself.

    Raises:
        PortalError: the portal went away, or at least one file could not be had (after trying all of them).
    """
    faults: list[PortalError] = []
    for number, file in enumerate(client.source.parameters["files"], start=1):
        url = file["url"] if "url" in file else f"{client.required_base()}{file['path']}"
        wanted = _File(number, url, file["format"], history.page_of(url))
        try:
            page = _fetch_file(client, wanted)
        except PortalError as fault:
            harvest.pages_failed += 1
            if fault.state is not FetchState.CONTRACT_ERROR:
                raise
            faults.append(fault)
            continue
        harvest.pages.append(page)
        if page.is_short:
            harvest.pages_failed += 1
            faults.append(_short(url, f"{page.items:,} registros y la última línea incompleta"))
        report(
            client.source.id,
            "fetch",
            pages=len(harvest.pages),
            bytes=sum(each.bytes for each in harvest.pages),
            rows=harvest.items,
        )
    if faults:
        raise faults[0]


@dataclass(frozen=True)
class _File:
    """One declared file, and the newest archived version of it."""

    number: int
    url: str
    format: BodyFormat
    known: Page | None


@dataclass(frozen=True)
class _Content:
    """What a file holds: items, unusable ones included; and whether it stops inside a line."""

    items: int
    is_cut: bool


def _fetch_file(client: PortalClient, file: _File) -> Page:
    """One file; with `is_short` when it came cut but its whole lines are of use."""
    answer = client.get(file.url, headers=_conditions(file.known), page=file.number)
    if answer.status == 304 and file.known is not None:
        return replace(file.known, number=file.number, format=file.format)
    require_ok(answer, public=True)
    if answer.truncated and file.format == "json":
        announced = answer.headers.get("content-length", "?")
        raise _short(file.url, f"{answer.size:,} bytes de {announced} anunciados")
    try:
        content = _content(answer, file.format, client.source.parameters)
    except BodyFault as fault:
        raise body_error(fault, url=file.url, expected=EXPECTED[file.format]) from None
    assert answer.sha256 is not None
    is_short = answer.truncated or content.is_cut
    return Page(
        number=file.number,
        url=file.url,
        format=file.format,
        sha256=answer.sha256,
        bytes=answer.size,
        fetched_at=answer.fetched_at,
        items=content.items,
        label=file.url.rpartition("/")[2],
        # A cut body must not be taken for the version its headers name.
        etag=None if is_short else answer.headers.get("etag"),
        last_modified=None if is_short else answer.headers.get("last-modified"),
        is_short=is_short,
    )


def _conditions(known: Page | None) -> dict[str, str]:
    """Headers that ask for the file only if it isn't the archived one any more."""
    conditions: dict[str, str] = {}
    if known is not None and known.etag is not None:
        conditions["If-None-Match"] = known.etag
    if known is not None and known.last_modified is not None:
        conditions["If-Modified-Since"] = known.last_modified
    return conditions


def _short(url: str, came: str) -> PortalError:
    return PortalError(
        FetchState.CONTRACT_ERROR,
        f"El archivo llegó cortado: {came}.",
        url=url,
        expected="el archivo completo",
        action="Se reintentará en la siguiente descarga; si continúa, avise a la institución.",
    )


def _content(answer: Answer, format_: BodyFormat, parameters: Mapping[str, Any]) -> _Content:
    """Read the file to its end.

    Raises:
        BodyFault: the body is not of that format.
    """
    assert answer.path is not None
    if format_ == "ndjson" and is_empty_gzip(answer.path):
        # Newline-delimited JSON without lines is well formed; compressed, it can't be a failed answer either.
        return _Content(0, is_cut=False)
    sniffed = sniff(answer.path, declared=parameters.get("encoding"))
    if format_ == "json":
        return _Content(sum(1 for _ in ocds_items(read_text(answer.path, sniffed))), is_cut=False)
    if format_ == "ndjson":
        with open_text(answer.path, sniffed, newline="\n") as lines:
            return _lines_content(ocds_lines(lines), lines)
    with open_text(answer.path, sniffed, newline="") as lines:
        delimiter = parameters.get("delimiter", ",")
        body = CsvBody(lines, delimiter=delimiter, collection="contratos", is_short=answer.truncated)
        return _lines_content(body.items(), lines)


def _lines_content(items: Iterator[Item], lines: Lines) -> _Content:
    """Count; a last line that has no end and can't be read was cut."""
    count = 0
    last: Item | None = None
    for item in items:
        count += 1
        last = item
    is_cut = last is not None and last.problem is not None and not lines.is_ended
    return _Content(count, is_cut)
