"""How often the scan of texts takes something for personal data that is none, over every real file.

The scan runs over all that is published. Fields that hold an RFC, a CURP, an e-mail or a telephone by their name can't be
false alarms of it and aren't counted; what is left was judged by hand, one by one, and is listed here in masked form.
"""

import csv
import gzip
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.standards.free_text import pdn_marks, scrub
from pipelines.standards.identity import mask

# Names of fields made for what the scan finds: identifiers of persons and companies, and contacts.
MADE_FOR_IT = re.compile(
    r"(?i)(^|[ /_.])(rfc|r\.f\.c\.|curp|email|telephone|faxNumber|registro federal de contribuyente)$"
)
PERSONAL_KEYS = frozenset({"personal", "institucional", "casa", "celularPersonal", "telefono"})
HASH = re.compile(r"[0-9A-F]{32}")

Leaf = tuple[str, str]


@cache
def kinds_in(text: str) -> tuple[str, ...]:
    """What the scan takes out of a text."""
    return tuple(scrub(text, pdn_marks())[1])


def leaves(value: Any, key: str) -> Iterator[Leaf]:
    """Every text of a document with the name of its field, and every name."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield "(name of a field)", name
            yield from leaves(member, name)
    elif isinstance(value, list):
        for member in value:
            yield from leaves(member, key)
    elif isinstance(value, str):
        yield key, value


def documents(path: Path) -> Iterator[Any]:
    """The JSON documents of a file; none of one that doesn't parse."""
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    lines = content.splitlines() if ".ndjson" in path.suffixes else [content]
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            continue


def cells(path: Path) -> Iterator[Leaf]:
    """Every cell of a CSV file with the name of its column."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    rows = csv.reader(io.StringIO(text, newline=""))
    header = next(rows, [])
    for row in rows:
        yield from zip(header, row, strict=False)


def alarms(texts: Iterator[Leaf]) -> Counter[tuple[str, str, str]]:
    """(field, kind, masked text) of what the scan finds outside the fields made for it."""
    found: Counter[tuple[str, str, str]] = Counter()
    for field, text in texts:
        if MADE_FOR_IT.search(field) or field in PERSONAL_KEYS:
            continue
        for kind in kinds_in(text):
            found[field, kind, mask(text)] += 1
    return found


def test_json_of_procurement(shared_data: Path) -> None:
    """Right are: RFCs of natural persons as ids, and one typed behind the name of a contact. Wrong: an institution
    called after its web address ("… @….mx"), as a buyer and as a party."""
    found: Counter[tuple[str, str, str]] = Counter()
    for path in sorted((shared_data / "ocds").rglob("*.*")):
        for document in documents(path):
            found += alarms(leaves(document, ""))
    ids = {kind for field, kind, _ in found if field == "id"}

    assert ids == {"rfc_natural"}
    assert {one: count for one, count in found.items() if one[0] != "id"} == {
        ("name", "email", "AAAAAAAAAAAA AAAAAAA @AAAAAA.AA"): 2,
        ("name", "rfc_natural", "AAAAAAAA AAAAAAA AAAA9999999A9"): 1,
    }


def test_hashes_of_suppliers_are_no_telephones(shared_data: Path) -> None:
    """CompraNet hides natural persons behind 32 digits and letters, where ten digits often stand in a row."""
    path = shared_data / "ocds" / "compranet_edca" / "release_packages.ndjson.gz"
    hashes = {
        text for document in documents(path) for _, text in leaves(document, "") if HASH.fullmatch(text)
    }

    assert len(hashes) > 1000
    assert sum(bool(re.search(r"\d{7}", text)) for text in hashes) > 50
    assert [text for text in hashes if kinds_in(text)] == []


def test_json_of_the_pdn(shared_data: Path) -> None:
    """Nothing outside the fields made for it, in captures, real and synthetic records."""
    found: Counter[tuple[str, str, str]] = Counter()
    for path in sorted((shared_data / "pdn").rglob("*.*")):
        for document in documents(path):
            found += alarms(leaves(document, ""))

    assert found == {}


def test_tables(shared_data: Path) -> None:
    """Wrong: two numbers of invoices, in ten cells of the municipality's advertising tool; none of them is published."""
    found: Counter[tuple[str, str, str]] = Counter()
    for path in sorted((shared_data / "tabular").rglob("*.csv")):
        found += alarms(cells(path))

    assert {kind for _, kind, _ in found} == {"rfc_natural"}
    assert {text for _, _, text in found} == {"AAAA999999999"}
    assert {field for field, _, _ in found} == {
        "Clave única",
        "Factura",
        "Número de Factura",
        "Número de factura",
    }
    assert found.total() == 10
