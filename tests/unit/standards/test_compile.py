"""Compiling one process: order, identity, and troubles as facts."""

import itertools
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ocdsmerge.merge import CompiledRelease

from pipelines.standards.compile import At, as_compiled, compile_releases, duplicate_ids
from pipelines.standards.ocds import merge_rules


def release(date: Any = None, **fields: Any) -> dict[str, Any]:
    made = {"ocid": "ocds-test-1", "id": "r", "tag": ["tender"], **fields}
    return made if date is None else {**made, "date": date}


def test_merged_in_order_of_date() -> None:
    compiled = compile_releases(
        [
            release("2024-02-01T00:00:00Z", tender={"id": "t", "title": "new"}, awards=[{"id": "2"}]),
            release(
                "2024-01-01T00:00:00Z",
                tender={"id": "t", "title": "old", "status": "active"},
                awards=[{"id": "1"}],
            ),
        ]
    )
    assert compiled.document == {
        "tag": ["compiled"],
        "id": "ocds-test-1-2024-02-01T00:00:00Z",
        "date": "2024-02-01T00:00:00Z",
        "ocid": "ocds-test-1",
        "tender": {"id": "t", "title": "new", "status": "active"},
        "awards": [{"id": "1"}, {"id": "2"}],
    }
    assert compiled.date == "2024-02-01T00:00:00Z"
    assert (compiled.undated, compiled.repeated_dates, compiled.duplicates, compiled.conflict) == (
        (),
        (),
        (),
        None,
    )


def test_order_is_chronological_not_alphabetical() -> None:
    first, last = (
        release("2024-01-01T23:00:00Z", title="first"),
        release("2024-01-01T18:00:00-06:00", title="last"),
    )
    for releases in ([first, last], [last, first]):
        assert compile_releases(releases).document["title"] == "last"


def test_undated_releases_come_first_and_are_told() -> None:
    compiled = compile_releases(
        [
            release("2024-01-01T00:00:00Z", title="dated"),
            release(title="undated", x=1),
            release(7, title="number"),
        ]
    )
    assert (compiled.document["title"], compiled.document["x"]) == ("dated", 1)
    assert compiled.undated == (At(1, "/date"), At(2, "/date"))
    alone = compile_releases([release(title="undated")])
    assert alone.document == {
        "ocid": "ocds-test-1",
        "id": "ocds-test-1-sin-fecha",
        "tag": ["compiled"],
        "title": "undated",
    }
    assert alone.date is None


def test_repeated_dates_keep_the_order_of_the_source() -> None:
    releases = [
        release("2024-01-01T00:00:00Z", title="a"),
        release("2023-12-31T18:00:00-06:00", title="b"),
        release("2024-01-01T00:00:00Z", title="c"),
    ]
    compiled = compile_releases(releases)
    # The same instant, written otherwise, sorts by its text.
    assert compiled.document["title"] == "c"
    assert compiled.repeated_dates == (At(1, "/date"), At(2, "/date"))


@pytest.mark.filterwarnings("ignore::ocdsmerge.exceptions.DuplicateIdValueWarning")
def test_repeated_ids_in_arrays_merged_by_id() -> None:
    doubled = release(
        "2024-01-01T00:00:00Z",
        parties=[{"id": "1", "name": "a"}, {"id": 1, "name": "b"}, {"name": "no id"}, {"name": "no id"}],
        awards=[{"id": "1", "items": [{"id": "x"}, {"id": "x"}]}],
        # Merged as a whole: repeated ids mean nothing there.
        tender={"additionalProcurementCategories": ["goods", "goods"], "submissionMethod": []},
    )
    assert list(duplicate_ids(doubled)) == ["/parties/1/id", "/awards/0/items/1/id"]
    compiled = compile_releases([doubled])
    assert compiled.duplicates == (At(0, "/parties/1/id"), At(0, "/awards/0/items/1/id"))
    assert compiled.document["awards"] == [{"id": "1", "items": [{"id": "x"}]}]


def test_type_conflict_keeps_the_latest_release() -> None:
    compiled = compile_releases(
        [
            release("2024-01-01T00:00:00Z", tender={"value": {"amount": 1}}, title="old"),
            release("2024-02-01T00:00:00Z", tender={"value": [{"id": "1", "amount": 2}]}),
        ]
    )
    assert compiled.conflict == At(1, "/tender/value")
    assert compiled.document == {
        "ocid": "ocds-test-1",
        "id": "ocds-test-1-2024-02-01T00:00:00Z",
        "tag": ["compiled"],
        "tender": {"value": [{"id": "1", "amount": 2}]},
        "date": "2024-02-01T00:00:00Z",
    }


def test_unusable_id_is_a_conflict_too() -> None:
    compiled = compile_releases([release("2024-01-01T00:00:00Z", awards=[{"id": {"a": 1}, "title": "x"}])])
    assert compiled.conflict == At(0, "")
    assert compiled.document["awards"] == [{"id": {"a": 1}, "title": "x"}]


def test_compiled_release_of_a_record_passes_through() -> None:
    given_release = release("2024-01-01T00:00:00Z", tender={"title": None}, awards=[])
    assert as_compiled(given_release) == {
        "ocid": "ocds-test-1",
        "id": "ocds-test-1-2024-01-01T00:00:00Z",
        "tag": ["compiled"],
        "date": "2024-01-01T00:00:00Z",
        "tender": {"title": None},
        "awards": [],
    }


NAMES = [
    "id",
    "date",
    "tag",
    "title",
    "tender",
    "awards",
    "items",
    "parties",
    "value",
    "submissionMethod",
    "documents",
    "x",
]
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.text("ab", max_size=2)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(st.dictionaries(st.sampled_from(NAMES), inner, max_size=3), max_size=3),
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    ),
    max_leaves=15,
)


@pytest.mark.filterwarnings("ignore::ocdsmerge.exceptions.DuplicateIdValueWarning")
@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6))
def test_one_release_compiles_as_ocdsmerge_does(fields: dict[str, Any]) -> None:
    """The short way for single releases gives the very bytes of the reference implementation."""
    single = {"ocid": "ocds-test-1", **fields, "date": "2024-01-01T00:00:00Z"}
    compiled = compile_releases([single])
    if compiled.conflict is not None:
        return
    merged = CompiledRelease(merge_rules=merge_rules())
    merged.append(single)
    assert orjson.dumps(compiled.document) == orjson.dumps(merged.asdict())


@given(st.permutations(range(4)))
def test_result_does_not_depend_on_the_order_given(order: list[int]) -> None:
    releases = [
        release(f"2024-0{at + 1}-01T00:00:00Z", title=str(at), awards=[{"id": str(at)}]) for at in range(4)
    ]
    compiled = compile_releases([releases[at] for at in order])
    assert compiled.document["awards"] == [{"id": str(at)} for at in range(4)]
    assert compiled.document["title"] == "3"


def test_rules_know_the_extensions() -> None:
    rules = merge_rules()
    assert rules["id",] == rules["date",] == rules["tag",] == "omitWhenMerged"
    assert rules["tender", "submissionMethod"] == "wholeListMerge"
    assert rules["planning", "budget", "budgetBreakdown", "budgetLines"] == "wholeListMerge"
    assert not any(rule == "omitWhenMerged" for path, rule in rules.items() if len(path) > 1)
    assert len(set(itertools.chain(rules))) == len(rules)
