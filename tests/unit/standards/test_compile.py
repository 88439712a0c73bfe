"""Compiling one process: order, identity, and troubles as facts."""

import copy
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.standards.compile import (
    At,
    MergeConflictError,
    as_compiled,
    compile_releases,
    duplicate_ids,
    versioned_release,
)
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
    assert compiled.merged_by == "direct"
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
    assert compiled.merged_by == "ocdsmerge"


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


def test_a_conflict_does_not_reach_into_the_releases() -> None:
    """ocdsmerge appends the object to the first release's own array."""
    releases = [
        release("2024-01-01T00:00:00Z", x=["text"]),
        release("2024-02-01T00:00:00Z", x=[{"id": "1"}]),
    ]
    assert compile_releases(releases).document["x"] == ["text", {"id": "1"}]
    assert releases[0]["x"] == ["text"]


def test_a_later_process_does_not_reach_into_an_earlier_document() -> None:
    """Documents share parts with their releases; merging a release again leaves the first document alone."""
    first = release("2024-01-01T00:00:00Z", awards=[{"id": "1", "items": [{"id": "a"}]}])
    second = release("2024-02-01T00:00:00Z", awards=[{"id": "1", "items": [{"id": "b"}], "title": "t"}])
    alone = compile_releases([first]).document
    both = compile_releases([first, second]).document
    assert alone["awards"] == [{"id": "1", "items": [{"id": "a"}]}]
    assert both["awards"] == [{"id": "1", "items": [{"id": "a"}, {"id": "b"}], "title": "t"}]


def test_repeated_ids_mean_nothing_below_what_is_merged_as_a_whole() -> None:
    doubled = [{"id": "1"}, {"id": "1"}]
    one = release(
        "2024-01-01T00:00:00Z",
        planning={"budget": {"budgetBreakdown": [{"id": "1", "budgetLines": doubled}]}},
        parties=[{"id": "1", "roles": {"x": doubled}}],
    )
    assert list(duplicate_ids(one)) == []
    assert compile_releases([one]).duplicates == ()


def test_pointers_of_repeated_ids_are_escaped() -> None:
    one = release("2024-01-01T00:00:00Z", **{"a/b~c": {"d": [{"id": 1}, {"id": 2}, {"id": 1}]}})
    assert compile_releases([one]).duplicates == (At(0, "/a~1b~0c/d/2/id"),)


def test_versioned_in_order_of_time() -> None:
    releases = [
        release("2024-01-01T18:00:00-06:00", title="last", awards=[{"id": 1, "status": "active"}]),
        release("2024-01-01T23:00:00Z", title="first", awards=[{"id": 1, "status": "active"}]),
        release(title="undated"),
    ]
    before = copy.deepcopy(releases)

    def changes(*values: tuple[str | None, str]) -> list[dict[str, Any]]:
        return [
            {"releaseID": "r", "releaseDate": date, "releaseTag": ["tender"], "value": value}
            for date, value in values
        ]

    assert versioned_release(releases) == {
        "ocid": "ocds-test-1",
        "title": changes(
            (None, "undated"), ("2024-01-01T23:00:00Z", "first"), ("2024-01-01T18:00:00-06:00", "last")
        ),
        "awards": [{"id": 1, "status": changes(("2024-01-01T23:00:00Z", "active"))}],
    }
    assert releases == before


@pytest.mark.parametrize(
    ("releases", "pointer"),
    [
        ([{"tender": {"value": {"amount": 1}}}, {"tender": {"value": [{"id": "1"}]}}], "/tender/value"),
        ([{"awards": [{"id": {"a": 1}, "title": "x"}]}], ""),
    ],
)
def test_releases_that_contradict_each_other_have_no_versioned_release(
    releases: list[dict[str, Any]], pointer: str
) -> None:
    dated = [release(f"2024-0{at}-01T00:00:00Z", **fields) for at, fields in enumerate(releases, 1)]
    with pytest.raises(MergeConflictError) as raised:
        versioned_release(dated)
    assert raised.value.pointer == pointer


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
