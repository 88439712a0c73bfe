"""Files at fixed addresses: JSON, newline-delimited JSON or CSV, compressed or not.

A file that says how to recognize its version (ETag, Last-Modified) is asked for only if it changed; a 304 brings back
the archived object. The portal declares no totals. Not here: what stands in the files (`pipelines/landing/parsers.py`).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipelines.portals.answers import body_error, require_ok
from pipelines.portals.bodies import BodyFault, CsvBody, ocds_items, ocds_lines, open_text, read_text, sniff
from pipelines.portals.errors import FetchState, PortalError
from pipelines.portals.http import Answer, PortalClient
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
    parameters = client.source.parameters
    faults: list[PortalError] = []
    for number, file in enumerate(parameters["files"], start=1):
        url = file["url"] if "url" in file else f"{client.required_base()}{file['path']}"
        try:
            page, short = _file(client, url, file["format"], number=number, known=history.page_of(url))
        except PortalError as fault:
            harvest.pages_failed += 1
            if fault.state is not FetchState.CONTRACT_ERROR:
                raise
            faults.append(fault)
            continue
        harvest.pages.append(page)
        if short is not None:
            harvest.pages_failed += 1
            faults.append(short)
        report(
            client.source.id,
            "fetch",
            pages=len(harvest.pages),
            bytes=sum(each.bytes for each in harvest.pages),
            rows=harvest.items,
        )
    if faults:
        raise faults[0]


def _file(
    client: PortalClient, url: str, format_: Any, *, number: int, known: Page | None
) -> tuple[Page, PortalError | None]:
    """One file; with a fault beside it when it came short but its lines are of use."""
    answer = client.get(url, headers=_conditions(known), page=number)
    if answer.status == 304 and known is not None:
        return replace(known, number=number, format=format_), None
    require_ok(answer, public=True)
    short = _short(answer, url)
    if short is not None and format_ == "json":
        raise short
    try:
        items = count_items(answer, format_, client.source.parameters)
    except BodyFault as fault:
        raise body_error(fault, url=url, expected=EXPECTED[format_]) from None
    assert answer.sha256 is not None
    page = Page(
        number=number,
        url=url,
        format=format_,
        sha256=answer.sha256,
        bytes=answer.size,
        fetched_at=answer.fetched_at,
        items=items,
        label=url.rpartition("/")[2],
        # A short body must not be taken for the version its headers name.
        etag=None if short else answer.headers.get("etag"),
        last_modified=None if short else answer.headers.get("last-modified"),
    )
    return page, short


def _conditions(known: Page | None) -> dict[str, str]:
    """Headers that ask for the file only if it isn't the archived one any more."""
    conditions: dict[str, str] = {}
    if known is not None and known.etag is not None:
        conditions["If-None-Match"] = known.etag
    if known is not None and known.last_modified is not None:
        conditions["If-Modified-Since"] = known.last_modified
    return conditions


def _short(answer: Answer, url: str) -> PortalError | None:
    if not answer.truncated:
        return None
    announced = answer.headers.get("content-length", "?")
    return PortalError(
        FetchState.CONTRACT_ERROR,
        f"El archivo llegó cortado: {answer.size:,} bytes de {announced} anunciados.",
        url=url,
        expected=f"{announced} bytes (Content-Length)",
        action="Se reintentará en la siguiente descarga; si continúa, pida a la institución publicar el archivo completo.",
    )


def count_items(answer: Answer, format_: str, parameters: Mapping[str, Any]) -> int:
    """Records in a file, unusable ones included.

    Raises:
        BodyFault: the body is not of that format.
    """
    assert answer.path is not None
    encoding = sniff(answer.path, declared=parameters.get("encoding")).encoding
    if format_ == "json":
        return sum(1 for _ in ocds_items(read_text(answer.path, encoding)))
    if format_ == "ndjson":
        with open_text(answer.path, encoding, newline="\n") as lines:
            return sum(1 for _ in ocds_lines(lines))
    with open_text(answer.path, encoding, newline="") as lines:
        body = CsvBody(lines, delimiter=parameters.get("delimiter", ","), collection="contratos")
        return sum(1 for _ in body.items())
