"""The records of a PDN v1 body: `{pagination, results: […]}` or a plain list of them.

Not here: the JSON itself (`json_text.py`), paging (`pdn_rest.py`).
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipelines.portals.bodies import BodyFault
from pipelines.portals.items import Item
from pipelines.portals.json_text import Broken, Cursor, check, structure_fault, wrong_shape


@dataclass(frozen=True)
class PdnPage:
    """One page of a PDN v1 answer. `rows_digest`: sha256 of the results alone, to recognize a repeated
    page."""

    pagination: dict[str, Any]
    items: tuple[Item, ...]
    rows_digest: str


def pdn_identity(value: dict[str, Any]) -> str | None:
    """`id`, else `_id.$oid`, else `_id`: real services answer with one or the other."""
    found = value.get("id")
    if found is None:
        found = value.get("_id")
    if isinstance(found, dict):
        found = found.get("$oid")
    return None if found is None else str(found)


def pdn_items(text: str, collection: str) -> Iterator[Item]:
    """The records of a PDN v1 body: `{pagination, results: […]}`, or a plain list.

    Raises:
        BodyFault: truncated, not JSON, or neither shape.
    """
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
            if key == "results" and cursor.mark == "[":
                names.add(key)
                yield from _pdn_elements(cursor, collection, "/results")
            else:
                names.add(key if key != "results" else "results (no es lista)")
                cursor.skip_value()
        cursor.end_of_text()
    except Broken as broken:
        raise structure_fault(broken) from None
    if "results" not in names:
        raise wrong_shape(text, names, "{pagination, results: […]}")


def _pdn_elements(cursor: Cursor, collection: str, prefix: str) -> Iterator[Item]:
    for index in cursor.elements():
        at = cursor.at
        checked = check(cursor.text, at, pdn_identity)
        cursor.at = checked.end
        slice_ = cursor.text[at : checked.end]
        position = f"{prefix}/{index}"
        yield Item(collection, position, slice_, checked.sha256, checked.identity, None, checked.problem)


def pdn_page(text: str, collection: str) -> PdnPage:
    """Read one page of the API, its pagination included.

    Raises:
        BodyFault: as `pdn_items`, or without a usable `pagination`.
    """
    items = tuple(pdn_items(text, collection))
    pagination: Any = None
    cursor = Cursor(text)
    if cursor.mark == "{":
        for key, _ in cursor.members():
            start = cursor.at
            cursor.skip_value()
            if key == "pagination":
                pagination = json.loads(text[start : cursor.at])
    if not isinstance(pagination, dict):
        raise BodyFault("wrong_shape", "la respuesta no trae «pagination»")
    digest = hashlib.sha256()
    for item in items:
        digest.update(item.text.encode("utf-8", "surrogatepass") + b"\n")
    return PdnPage(pagination, items, digest.hexdigest())
