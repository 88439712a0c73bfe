"""Text repair on real data: the damaged files of Mexico City against the publisher's own corrected re-issue,
and nothing touched where nothing is wrong.
"""

import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from pipelines.standards.repairs.encoding import repair_record
from pipelines.standards.repairs.repair import Repair

PREFIX = "OCDS-87SD3T-SEFIN-"
# Number of texts encoded twice and of letters guessed in each file of `data/` that has its twin in `newdata/`.
EXACT = {
    "AD-SF-DRM-002-2015": (1, 0),
    "AD-SF-DRM-003-2015": (1, 0),
    "DRM-AD-007-2015": (2, 0),
    "DRM-AD-017-2015": (3, 0),
    "DRM-AD-018-2015": (1, 0),
    "DRM-AD-CC-009-2015": (10, 0),
    "DRM-LPN-016-2015": (2, 0),
}
GUESSED = {
    "AD-SF-DRM-001-2015": (4, 3),
    "AD-SF-DRM-005-2015": (4, 3),
    "DRM-AD-012-2015": (6, 3),
    "DRM-AD-CC-010-2015": (5, 3),
}
# The re-issue swapped the quantities of three items.
CHANGED = {"DRM-AD-CC-008-2015": (8, 1)}
# A comma before the end of a list.
MALFORMED = "DRM-A-015-2015"


@pytest.fixture(scope="module")
def twins(shared_data: Path) -> dict[str, tuple[str, str]]:
    """Texts of the damaged file and of its re-issue, by the part of the name that differs."""
    folder = shared_data / "ocds" / "cdmx_sefin"
    return {
        path.stem.removeprefix(PREFIX): (
            path.read_text(encoding="utf-8"),
            (folder / "newdata" / path.name).read_text(encoding="utf-8"),
        )
        for path in sorted((folder / "data").glob("*.json"))
        if (folder / "newdata" / path.name).exists()
    }


def repaired(text: str) -> tuple[Any, list[Repair]]:
    found = repair_record(text)
    assert found is not None
    return json.loads(found[0]), found[1]


def counted(repairs: list[Repair]) -> tuple[int, int]:
    kinds = Counter((repair.kind, repair.guess) for repair in repairs)
    assert set(kinds) <= {("double_encoding", False), ("lossy_character", True)}
    return kinds["double_encoding", False], kinds["lossy_character", True]


def differences(left: Any, right: Any, at: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Places in which two JSON values differ; 429000 and 429000.0 are one number."""
    if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
        for key in left:
            yield from differences(left[key], right[key], f"{at}/{key}")
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from differences(one, other, f"{at}/{index}")
    elif left != right:
        yield at, left, right


def test_thirteen_files_have_a_twin(twins: dict[str, tuple[str, str]]) -> None:
    assert set(twins) == {*EXACT, *GUESSED, *CHANGED, MALFORMED}


@pytest.mark.parametrize("name", EXACT)
def test_seven_files_become_their_twin_without_a_guess(twins: dict[str, tuple[str, str]], name: str) -> None:
    damaged, corrected = twins[name]

    document, repairs = repaired(damaged)

    assert list(differences(json.loads(damaged), json.loads(corrected))) != []
    assert list(differences(document, json.loads(corrected))) == []
    assert counted(repairs) == EXACT[name]


@pytest.mark.parametrize("name", GUESSED)
def test_four_files_become_their_twin_by_guessing_lost_letters(
    twins: dict[str, tuple[str, str]], name: str
) -> None:
    damaged, corrected = twins[name]

    document, repairs = repaired(damaged)

    assert list(differences(document, json.loads(corrected))) == []
    assert counted(repairs) == GUESSED[name]
    undone, certain = repaired_without_guesses(damaged)
    assert len(list(differences(undone, json.loads(corrected)))) == counted(repairs)[1]
    assert counted(certain) == (GUESSED[name][0], 0)


def repaired_without_guesses(text: str) -> tuple[Any, list[Repair]]:
    found = repair_record(text, lexicon=frozenset())
    assert found is not None
    return json.loads(found[0]), found[1]


def test_one_file_differs_in_quantities_only(twins: dict[str, tuple[str, str]]) -> None:
    [name] = CHANGED
    damaged, corrected = twins[name]

    document, repairs = repaired(damaged)

    assert list(differences(document, json.loads(corrected))) == [
        (f"/releases/0/contracts/0/items/{index}/quantity", *quantities)
        for index, quantities in enumerate([(672101, 12931), (847487, 672101), (12931, 847487)])
    ]
    assert counted(repairs) == CHANGED[name]


def test_one_file_is_no_json(twins: dict[str, tuple[str, str]]) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(twins[MALFORMED][0])


def test_repairs_can_be_taken_back(twins: dict[str, tuple[str, str]]) -> None:
    """Each repair says what stood there: put back in reverse order, the published document results."""
    for name in (*EXACT, *GUESSED, *CHANGED):
        damaged, _ = twins[name]
        document, repairs = repaired(damaged)
        for repair in reversed(repairs):
            node = document
            *path, last = [int(part) if part.isdigit() else part for part in repair.path.split("/")[1:]]
            for part in path:
                node = node[part]
            assert node[last] == repair.repaired
            node[last] = repair.original
        assert document == json.loads(damaged)


def test_corrected_files_are_left_alone(shared_data: Path) -> None:
    texts = [
        path.read_text(encoding="utf-8")
        for path in sorted((shared_data / "ocds" / "cdmx_sefin" / "newdata").glob("*.json"))
    ]

    assert [repair_record(text) for text in texts] == [None] * 16


def compranet(data: Path) -> Iterator[str]:
    with gzip.open(
        data / "ocds" / "compranet_edca" / "release_packages.ndjson.gz", "rt", encoding="utf-8"
    ) as lines:
        yield from lines


def comprasmx(data: Path) -> Iterator[str]:
    with (data / "tabular" / "comprasmx" / "contratos_2026.csv").open(
        encoding="utf-8-sig", newline=""
    ) as lines:
        for row in csv.DictReader(lines):
            yield json.dumps(row, ensure_ascii=False)


def chihuahua(data: Path) -> Iterator[str]:
    book = CalamineWorkbook.from_path(str(data / "tabular" / "chihuahua" / "contratos_2018_2019.xlsx"))
    for name in book.sheet_names:
        for row in book.get_sheet_by_name(name).to_python():
            yield json.dumps([cell for cell in row if isinstance(cell, str)], ensure_ascii=False)


@pytest.mark.parametrize(("read", "records"), [(compranet, 3430), (comprasmx, 3986), (chihuahua, 7319)])
def test_sound_sources_are_left_alone(shared_data: Path, read: Any, records: int) -> None:
    texts = list(read(shared_data))

    assert len(texts) == records
    assert [text for text in texts if repair_record(text) is not None] == []


def test_projects_of_nuevo_leon(shared_data: Path) -> None:
    """Latin-1 and Windows-1252 readings side by side, with control characters and soft hyphens."""
    words: Counter[str] = Counter()
    repaired_files = 0
    for path in sorted((shared_data / "oc4ids" / "nuevo_leon" / "extra").glob("*.json")):
        found = repair_record(path.read_text(encoding="utf-8"))
        if found is None:
            continue
        repaired_files += 1
        assert "Ã" not in found[0]
        for repair in found[1]:
            assert repair.kind == "double_encoding"
            before, after = (re.findall(r"\w+", text or "") for text in (repair.original, repair.repaired))
            words.update(word for word in {*after} - {*before} if not word.isascii())

    assert repaired_files == 3
    assert words == {
        "México": 23,
        "MÉXICO": 6,
        "LEÓN": 6,
        "CLASIFICACIÓN": 6,
        "GEOGRÁFICA": 6,
        "PROPOSICÓN": 6,
        "León": 3,
        "RODRÍGUEZ": 3,
        "Construcción": 1,
        "rehabilitación": 1,
        "límite": 1,
        "Díaz": 1,
        "NICOLÁS": 1,
        "GARCÍA": 1,
    }
