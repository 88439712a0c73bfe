"""Field coverage: Cardinal's paths and counts, and the figures beside them."""

from pathlib import Path

import orjson
import pytest

from pipelines.standards.coverage import FieldCount, FieldCoverage

ORACLE = Path(__file__).resolve().parents[2] / "oracle"


def counted(*texts: bytes) -> dict[str, FieldCount]:
    coverage = FieldCoverage()
    for text in texts:
        coverage.add(text)
    return {row.path: row for row in coverage.rows()}


def test_awkward_texts_are_counted_as_cardinal_counts_them() -> None:
    expected = orjson.loads((ORACLE / "coverage_awkward.expected.json").read_bytes())

    rows = counted(*(ORACLE / "coverage_awkward.jsonl").read_bytes().splitlines())

    assert expected["made_by"].startswith("ocdscardinal 0.0.8")
    assert len(expected["coverage"]) > 50
    assert {path: row.count for path, row in rows.items()} == expected["coverage"]


def test_each_path_tells_its_parents_and_processes() -> None:
    rows = counted(
        b'{"awards":[{"id":"1","value":{"amount":0}},{"id":"2"},{"id":""}]}',
        b'{"awards":[{"id":"3","value":{"amount":5}}]}',
        b'{"ocid":"x"}',
        b'{"ocid":""}',
    )

    # The third award holds nothing, so it is no award; nor is the last text a process.
    assert {
        path: (row.count, row.parent_count, row.processes_present, row.coverage, row.covered)
        for path, row in rows.items()
    } == {
        "": (3, 4, 3, 0.75, True),
        "/": (3, 3, 3, 0.75, True),
        "/awards": (2, 3, 2, 0.5, True),
        "/awards[]": (3, 2, 2, 0.5, True),
        "/awards[]/": (3, 3, 2, 0.5, True),
        "/awards[]/id": (3, 3, 2, 0.5, True),
        "/awards[]/value": (2, 3, 2, 0.5, True),
        "/awards[]/value/": (2, 2, 2, 0.5, True),
        "/awards[]/value/amount": (2, 2, 2, 0.5, True),
        "/ocid": (1, 3, 1, 0.25, False),
    }
    assert {path: row.mean_cardinality for path, row in rows.items() if row.mean_cardinality is not None} == {
        "/awards[]": 1.5
    }


def test_rows_are_ordered_by_path_whatever_came_first() -> None:
    one, other = b'{"b":1,"a":{"c":[1]}}', b'{"a":{"c":[2,3]},"b":null}'

    rows = counted(one, other)

    assert list(rows) == sorted(rows)
    assert counted(other, one) == rows


def test_places_that_share_a_path_share_its_figures() -> None:
    # A member named `a[]` and an element of `a` have one path; a text that has both is one text.
    rows = counted(b'{"a[]":"x","a":["y"]}')

    assert (rows["/a[]"].count, rows["/a[]"].parent_count, rows["/a[]"].processes_present) == (2, 2, 1)


def test_a_text_that_is_no_json_is_refused_and_not_counted() -> None:
    coverage = FieldCoverage()
    coverage.add(b'{"a":1}')

    with pytest.raises(orjson.JSONDecodeError):
        coverage.add(b'{"a":')

    assert {row.path: row.parent_count for row in coverage.rows()} == {"": 1, "/": 1, "/a": 1}


def test_nothing_counted_gives_no_rows() -> None:
    assert counted() == {}
    assert counted(b"{}", b"null") == {}
