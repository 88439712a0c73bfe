"""The records of a PDN body: `{pagination, results: […]}`, `{meta, data: […]}` (Directus, PDN's own services), or a
plain list of them.

S1, S2 and S3 answer records, S6 answers `{ocid, record}` or OCDS releases in the same frame. Not here: the JSON
itself (`json_text.py`), what an element of S6 is (`ocds_body.py`), what a body of v2 or of an aggregator says besides
(`pdn_frame.py`), paging (`crawl.py`).
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from pipelines.portals.bodies import BodyFault
from pipelines.portals.items import Item, rows_digest
from pipelines.portals.json_text import Broken, Cursor, check, structure_fault, wrong_shape
from pipelines.portals.ocds_body import ocds_items

# Members that hold the records.
LISTS = ("results", "data")
EXPECTED = "{pagination, results: […]} o {meta, data: […]}"
_OCDS_ELEMENT = re.compile(r"/results/(\d+)")


@dataclass(frozen=True)
class Pagination:
    """What a page says of itself; `page` isn't believed (services repeat what they were asked)."""

    page_size: int
    total_rows: int
    has_next: bool


@dataclass(frozen=True)
class PdnPage:
    """One page of a PDN answer.

    `rows`: elements of `results`, what `totalRows` counts; `items` (what is landed) are as many, but for packages of
    S6, which may hold several releases. `names`: what names each item (its id, else the hash of its content).
    `rows_digest`: sha256 of the results alone, to recognize a repeated page.
    """

    pagination: Pagination
    rows: int
    items: int
    names: tuple[str, ...]
    rows_digest: str


def pdn_identity(value: dict[str, Any]) -> str | None:
    """`id`, else `_id.$oid`, else `_id`: real services answer with one or the other, S1's with both."""
    found = value.get("id")
    if found is None:
        found = value.get("_id")
    if isinstance(found, dict):
        found = found.get("$oid")
    return None if found is None else str(found)


def pdn_items(text: str, collection: str) -> Iterator[Item]:
    """The records of a PDN body: those in `results` or `data`, or a plain list.

    Raises:
        BodyFault: truncated, not JSON, or neither shape.
    """
    return _walk(text, collection, {})


def _walk(text: str, collection: str, frame: dict[str, str]) -> Iterator[Item]:
    """The records; the members beside them are put into `frame` as text, so that nothing is read twice."""
    try:
        cursor = Cursor(text)
        if cursor.mark == "[":
            yield from _pdn_elements(cursor, collection, "")
            cursor.end_of_text()
            return
        if cursor.mark != "{":
            raise cursor.broken()
        names: set[str] = set()
        for key, _ in cursor.members():
            if key in LISTS and cursor.mark == "[":
                names.add(key)
                yield from _pdn_elements(cursor, collection, f"/{key}")
            else:
                names.add(key if key not in LISTS else f"{key} (no es lista)")
                start = cursor.at
                cursor.skip_value()
                frame[key] = text[start : cursor.at]
        cursor.end_of_text()
    except Broken as broken:
        raise structure_fault(broken) from None
    if not names & set(LISTS):
        raise wrong_shape(text, names, EXPECTED)


def _pdn_elements(cursor: Cursor, collection: str, prefix: str) -> Iterator[Item]:
    for index in cursor.elements():
        at = cursor.at
        checked = check(cursor.text, at, pdn_identity)
        cursor.at = checked.end
        slice_ = cursor.text[at : checked.end]
        position = f"{prefix}/{index}"
        yield Item(collection, position, slice_, checked.sha256, checked.identity, None, checked.problem)


def sound_page(body: bytes) -> PdnPage | None:
    """Read a page whose every record has an id, in less than half the time of `pdn_page`; None for any other, and for
    all that isn't plainly `{pagination, results}` in UTF-8.

    Records are only counted and named here: what is wrong inside one is found when it is landed, and costs itself.

    Raises:
        BodyFault: the `pagination` isn't usable.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    # A repeated key would hide the first of its values.
    if not isinstance(document, dict) or body.count(b'"results"') != 1:
        return None
    keys, results = list(document), document.get("results")
    if sorted(keys) != ["pagination", "results"] or not isinstance(results, list):
        return None
    names = [pdn_identity(each) if isinstance(each, dict) else None for each in results]
    known = tuple(name for name in names if name)
    if len(known) != len(names):
        return None
    start = body.index(b"[", body.index(b'"results"'))
    end = body.rindex(b"]", start, len(body) if keys[-1] == "results" else body.rindex(b'"pagination"'))
    digest = hashlib.sha256(memoryview(body)[start : end + 1]).hexdigest()
    return PdnPage(_usable(document["pagination"]), len(names), len(names), known, digest)


def pdn_page(text: str, collection: str) -> PdnPage:
    """Read one page of S1, S2 or S3, its pagination included.

    Raises:
        BodyFault: as `pdn_items`, or without a usable `pagination`.
    """
    frame: dict[str, str] = {}
    items = tuple(_walk(text, collection, frame))
    return _page(frame.get("pagination"), items, len(items))


def ocds_page(text: str) -> PdnPage:
    """Read one page of S6: `results` holds `{ocid, record}` or releases, as `ocds_items` finds them.

    Raises:
        BodyFault: truncated, not JSON, of another shape, or without a usable `pagination`.
    """
    pagination = _frame_member(text, "pagination")
    items = tuple(ocds_items(text))
    # An element is one item, or several of one index when it is a package.
    indexes = [int(found[1]) for item in items if (found := _OCDS_ELEMENT.match(item.position))]
    return _page(pagination, items, max(indexes, default=-1) + 1)


def _frame_member(text: str, name: str) -> str | None:
    """A member of the outer object, as text; None without one. What stands behind it isn't read."""
    try:
        cursor = Cursor(text)
        if cursor.mark != "{":
            raise cursor.broken()
        for key, _ in cursor.members():
            start = cursor.at
            cursor.skip_value()
            if key == name:
                return text[start : cursor.at]
    except Broken as broken:
        raise structure_fault(broken) from None
    return None


def _page(pagination: str | None, items: tuple[Item, ...], rows: int) -> PdnPage:
    """A page whose records have been walked."""
    try:
        found = None if pagination is None else json.loads(pagination)
    except ValueError:
        found = None
    names = tuple(item.name for item in items)
    return PdnPage(_usable(found), rows, len(items), names, rows_digest(items))


def _usable(found: Any) -> Pagination:
    """What `pagination` says; numbers and truth values may be written as text ("200", "true").

    Raises:
        BodyFault: it is missing, or one of its values is missing or can be nothing of the kind.
    """
    if not isinstance(found, dict):
        raise BodyFault("wrong_shape", "la respuesta no trae «pagination»")
    return Pagination(
        page_size=_count(found, "pageSize"),
        total_rows=_count(found, "totalRows"),
        has_next=_truth(found, "hasNextPage"),
    )


def _count(found: dict[str, Any], name: str) -> int:
    value = found.get(name)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value.strip()):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise BodyFault("wrong_shape", f"«pagination.{name}» no es un número de registros")


def _truth(found: dict[str, Any], name: str) -> bool:
    value = found.get(name)
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.strip().casefold())
    if isinstance(value, bool):
        return value
    raise BodyFault("wrong_shape", f"«pagination.{name}» no es verdadero o falso")
