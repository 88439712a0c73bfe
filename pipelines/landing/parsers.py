"""From archived pages to items, by family and format; and what a quarantined item may show.

Here: which reader fits a page. Not here: the readers (`pipelines/portals/file_body.py` and `pdn_body.py`,
shared with the fetch so that both count the same items), the files written (`land.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.portals.bodies import read_text, sniff
from pipelines.portals.file_body import FileBody, open_file
from pipelines.portals.pages import Page
from pipelines.portals.pdn_body import pdn_items
from pipelines.portals.zip_body import member_items

# Changes whenever the same bytes would land differently: it is part of every generation's name.
PARSER_VERSION = "2"
EXCERPT_CHARS = 120
# Read as pages of a service, one item for each record.
PDN_FAMILIES = ("pdn_s1", "pdn_v1", "pdn_v2")


@contextmanager
def parse_page(family: str, page: Page, path: Path, *, is_counted: bool) -> Iterator[FileBody]:
    """Read one archived page of a source of that family.

    `is_counted`: the page's items were counted by the readers of today, not by earlier ones.

    Raises:
        BodyFault: the body isn't of its format (the fetch would have refused it).
    """
    if page.items == 0:
        # The fetch found it well formed and without records; an empty file has no encoding either.
        yield FileBody(None, iter(()))
    elif "member" in page.options:
        read = member_items(path, page.options, family=family, collection=page.collection or "")
        yield FileBody(page.options["encoding"].removesuffix("-sig"), read)
    elif family in PDN_FAMILIES:
        sniffed = sniff(path)
        yield FileBody(sniffed.encoding, pdn_items(read_text(path, sniffed), page.collection or ""))
    else:
        # A file that can't be followed to its end is one item: one that was found to hold more needn't be read to
        # its end before its first item is taken.
        is_followed = is_counted and page.items > 1
        with open_file(
            path,
            page.format,
            page.options,
            is_short=page.is_short,
            is_one_of_many=page.is_one_of_many and not is_followed,
        ) as body:
            yield body


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
