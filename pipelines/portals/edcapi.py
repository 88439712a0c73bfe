"""EDCAPI, the REST service of INAI's open contracting tool: the fiscal years, then one body for each year.

Its habits: no paging, no ETag, a year without contracts answers 404 in JSON with a
(misspelled) message, and a record that doesn't exist answers 200 with a message. It declares no totals. Not
here: what stands in the packages (`pipelines/landing/parsers.py`).
"""

import json
from typing import Any

from pipelines.portals.answers import body_error, json_text, require_ok, spoken_message
from pipelines.portals.bodies import BodyFault
from pipelines.portals.errors import FetchState, PortalError
from pipelines.portals.http import PortalClient
from pipelines.portals.ocds_body import ocds_items
from pipelines.portals.pages import Harvest, History, Page
from pipelines.progress import report

YEARS_PATH = "/edca/fiscalYears"
PROCESSES_PATH = "/edca/contractingprocess"
YEAR_SHAPE = '{"arrayReleasePackage": [paquetes OCDS]}'


def fetch(client: PortalClient, history: History, harvest: Harvest) -> None:
    """Gather every published year into `harvest`; a year whose answer is wrong costs itself.

    `history` is of no use here: the service offers no way to ask whether a year changed.

    Raises:
        PortalError: the list of years can't be had, the portal went away, or no year could be read.
    """
    del history
    base = client.required_base()
    years = _years(client, base)
    faults: list[PortalError] = []
    for number, year in enumerate(years, start=1):
        try:
            page = _year(client, f"{base}{PROCESSES_PATH}/{year}", year=year, number=number)
        except PortalError as fault:
            harvest.pages_failed += 1
            if fault.state is not FetchState.CONTRACT_ERROR:
                raise
            faults.append(fault)
            continue
        if page is None:
            harvest.notes.append(f"El portal no publica procesos del año {year}.")
            continue
        harvest.pages.append(page)
        report(
            client.source.id,
            "fetch",
            pages=len(harvest.pages),
            bytes=sum(each.bytes for each in harvest.pages),
            rows=harvest.items,
        )
    if faults:
        raise faults[0]


def _years(client: PortalClient, base: str) -> list[int]:
    """Active fiscal years, oldest first; the declared ones when the service doesn't list them."""
    url = f"{base}{YEARS_PATH}"
    answer = client.get(url)
    declared: list[int] = list(client.source.parameters.get("years", ()))
    if answer.status in {404, 410} and declared:
        return sorted(declared)
    require_ok(answer, public=True)
    expected = '{"fiscalYears": [{"year": 2025, "status": true}, …]}'
    try:
        document: Any = json.loads(json_text(answer))
    except BodyFault as fault:
        raise body_error(fault, url=url, expected=expected) from None
    except (ValueError, RecursionError):
        raise body_error(BodyFault("not_json", "no es JSON válido"), url=url, expected=expected) from None
    listed = document.get("fiscalYears") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not all(_is_year(entry) for entry in listed):
        raise body_error(BodyFault("wrong_shape", "falta la lista «fiscalYears»"), url=url, expected=expected)
    return sorted({int(entry["year"]) for entry in listed if entry.get("status", True) is not False})


def _is_year(entry: Any) -> bool:
    return isinstance(entry, dict) and str(entry.get("year", "")).isdigit()


def _year(client: PortalClient, url: str, *, year: int, number: int) -> Page | None:
    """The page of one year; None when the portal says that it has none."""
    answer = client.get(url, page=number)
    if answer.status == 404 and spoken_message(answer) is not None:
        return None
    require_ok(answer, public=True)
    try:
        items = sum(1 for _ in ocds_items(json_text(answer)))
    except BodyFault as fault:
        raise body_error(fault, url=url, expected=YEAR_SHAPE) from None
    assert answer.sha256 is not None
    return Page(
        number=number,
        url=url,
        format="json",
        sha256=answer.sha256,
        bytes=answer.size,
        fetched_at=answer.fetched_at,
        items=items,
        label=str(year),
    )
