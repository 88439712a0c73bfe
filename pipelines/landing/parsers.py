"""From archived pages to items, by family and format; and what a quarantined item may show.

Here: which reader fits a page. Not here: the readers (`pipelines/portals/bodies.py`, shared with the fetch so
that both count the same items), the files written (`land.py`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.portals.bodies import open_text, read_text, sniff
from pipelines.portals.csv_body import CsvBody
from pipelines.portals.items import Item
from pipelines.portals.ocds_body import ocds_items, ocds_lines
from pipelines.portals.pages import Page
from pipelines.portals.pdn_body import pdn_items
from pipelines.registry import Source

# Changes whenever the same bytes would land differently: it is part of every generation's name.
PARSER_VERSION = "1"
EXCERPT_CHARS = 120


@dataclass
class ParsedPage:
    """The items of one page. `columns`: the header of a CSV, filled while `items` is consumed."""

    encoding: str | None
    items: Iterator[Item]
    columns: list[str] = field(default_factory=list)


@contextmanager
def parse_page(source: Source, page: Page, path: Path) -> Iterator[ParsedPage]:
    """Read one archived page of a source.

    Raises:
        BodyFault: the body isn't of its format (the fetch would have refused it).
    """
    parameters: Mapping[str, Any] = source.parameters
    if page.items == 0:
        # The fetch found it well formed and without records; an empty file has no encoding either.
        yield ParsedPage(None, iter(()))
        return
    sniffed = sniff(path, declared=parameters.get("encoding"))
    if page.format == "json":
        text = read_text(path, sniffed)
        is_ocds = source.family == "ocds_packages"
        yield ParsedPage(
            sniffed.encoding, ocds_items(text) if is_ocds else pdn_items(text, page.collection or "")
        )
    elif page.format == "ndjson":
        with open_text(path, sniffed, newline="\n") as lines:
            yield ParsedPage(sniffed.encoding, ocds_lines(lines))
    else:
        with open_text(path, sniffed, newline="") as lines:
            delimiter = parameters.get("delimiter", ",")
            body = CsvBody(lines, delimiter=delimiter, collection="contratos", is_short=page.is_short)
            yield ParsedPage(sniffed.encoding, body.items(), body.columns)


def masked_excerpt(text: str) -> str:
    """The shape of a broken record, never its content: letters become `a`, digits `9`; at most 120
    characters."""
    shown = text[:EXCERPT_CHARS]
    return "".join(_mask(character) for character in shown)


def _mask(character: str) -> str:
    if character.isalpha():
        return "a"
    if character.isnumeric():
        return "9"
    return character if character.isprintable() else " "
