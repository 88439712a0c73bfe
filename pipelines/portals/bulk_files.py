"""Files at fixed addresses: JSON, newline-delimited JSON, CSV or workbooks, compressed or not.

A file that says how to recognize its version (ETag, Last-Modified) is asked for only if it changed; a 304
brings back the archived object. The portal declares no totals. Not here: what stands in the files
(`file_body.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipelines.portals.answers import body_error, require_ok
from pipelines.portals.bodies import BodyFault, BodyFormat, is_empty_gzip
from pipelines.portals.errors import FetchState, PortalError
from pipelines.portals.file_body import file_options, open_file
from pipelines.portals.http import Answer, PortalClient
from pipelines.portals.items import Item
from pipelines.portals.pages import Harvest, History, Page
from pipelines.progress import report

EXPECTED = {
    "json": "JSON con paquetes OCDS (releases o records), sus entregas o sus registros",
    "ndjson": "un paquete, una entrega o un registro OCDS en cada línea (NDJSON)",
    "csv": "un archivo CSV con encabezado",
    "xlsx": "un libro de cálculo (XLSX, XLS, XLSB u ODS) sin contraseña, con encabezado en su hoja",
}
# Without its end neither can be followed; of the others the whole lines are of use.
WHOLE_FORMATS = {"json", "xlsx"}


def fetch(client: PortalClient, history: History, harvest: Harvest) -> None:
    """Gather every declared file into `harvest`; a file that is wrong or gone costs itself.

    Raises:
        PortalError: the portal went away, or at least one file could not be had (after trying all of them).
    """
    faults: list[PortalError] = []
    parameters = client.source.parameters
    files = parameters["files"]
    for number, file in enumerate(files, start=1):
        url = file["url"] if "url" in file else f"{client.required_base()}{file['path']}"
        wanted = _File(number, url, file["format"], file_options(parameters, file), len(files) > 1)
        try:
            page = _fetch_file(client, wanted, history.page_of(url))
        except PortalError as fault:
            harvest.pages_failed += 1
            if fault.state is not FetchState.CONTRACT_ERROR:
                raise
            faults.append(fault)
            continue
        harvest.pages.append(page)
        if page.is_short:
            harvest.pages_failed += 1
            faults.append(short_file(url, f"{page.items:,} registros y la última línea incompleta"))
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
    """One declared file."""

    number: int
    url: str
    format: BodyFormat
    options: Mapping[str, Any]
    is_one_of_many: bool

    def is_read_as(self, page: Page) -> bool:
        """Whether an archived version was counted as this declaration would."""
        return (page.format, page.options, page.is_one_of_many) == (
            self.format,
            self.options,
            self.is_one_of_many,
        )


@dataclass(frozen=True)
class _Content:
    """What a file holds: items, unusable ones included; and whether it stops inside a line."""

    items: int
    is_cut: bool


def _fetch_file(client: PortalClient, file: _File, archived: Page | None) -> Page:
    """One file; with `is_short` when it came cut but its whole lines are of use. `archived`: the newest
    version of it."""
    known = archived if archived is not None and file.is_read_as(archived) else None
    answer = client.get(file.url, headers=conditions(known), page=file.number)
    if answer.status == 304 and known is not None:
        return replace(known, number=file.number)
    require_ok(answer, public=True)
    if answer.truncated and file.format in WHOLE_FORMATS:
        announced = answer.headers.get("content-length", "?")
        raise short_file(file.url, f"{answer.size:,} bytes de {announced} anunciados")
    try:
        content = _content(answer, file)
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
        options=dict(file.options),
        is_one_of_many=file.is_one_of_many,
    )


def conditions(known: Page | None) -> dict[str, str]:
    """Headers that ask for the file only if it isn't the archived one any more."""
    conditions: dict[str, str] = {}
    if known is not None and known.etag is not None:
        conditions["If-None-Match"] = known.etag
    if known is not None and known.last_modified is not None:
        conditions["If-Modified-Since"] = known.last_modified
    return conditions


def short_file(url: str, came: str) -> PortalError:
    """The fault of a file of which only a part came."""
    return PortalError(
        FetchState.CONTRACT_ERROR,
        f"El archivo llegó cortado: {came}.",
        url=url,
        expected="el archivo completo",
        action="Se reintentará en la siguiente descarga; si continúa, avise a la institución.",
    )


def _content(answer: Answer, file: _File) -> _Content:
    """Read the file to its end and count.

    Raises:
        BodyFault: the body is not of that format.
    """
    assert answer.path is not None
    if file.format == "ndjson" and is_empty_gzip(answer.path):
        # Newline-delimited JSON without lines is well formed; compressed, it can't be a failed answer either.
        return _Content(0, is_cut=False)
    count = 0
    last: Item | None = None
    with open_file(
        answer.path,
        file.format,
        file.options,
        is_short=answer.truncated,
        is_one_of_many=file.is_one_of_many,
    ) as body:
        for item in body.items:
            count += 1
            last = item
        # A last line that has no end and can't be read was cut.
        is_ended = body.lines is None or body.lines.is_ended
    return _Content(count, is_cut=last is not None and last.problem is not None and not is_ended)
