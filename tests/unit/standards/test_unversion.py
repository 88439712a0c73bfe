"""Versioned release → compiled release."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocdsmerge import Merger

from pipelines.standards.compile import compile_releases
from pipelines.standards.ocds import merge_rules
from pipelines.standards.unversion import unversion

OCID = "ocds-abc123-1"


def history(*changes: tuple[str | None, Any]) -> list[dict[str, Any]]:
    return [
        {"releaseID": str(number), "releaseDate": date, "releaseTag": ["tender"], "value": value}
        for number, (date, value) in enumerate(changes)
    ]


def test_latest_values() -> None:
    versioned = {
        "ocid": OCID,
        "initiationType": history(("2020-01-01T00:00:00Z", "tender")),
        "tender": {
            "id": history(("2020-01-01T00:00:00Z", "t")),
            "title": history(("2020-01-01T00:00:00Z", "A"), ("2020-03-01T00:00:00Z", "B")),
            "description": history(("2020-01-01T00:00:00Z", "x"), ("2020-02-01T00:00:00Z", None)),
            "submissionMethod": history(("2020-01-01T00:00:00Z", ["written", "inPerson"])),
            "items": [
                {"id": "1", "quantity": history(("2020-01-01T00:00:00Z", 1), ("2020-02-01T00:00:00Z", 0))}
            ],
        },
    }

    assert unversion(versioned) == {
        "ocid": OCID,
        "tag": ["compiled"],
        "id": f"{OCID}-2020-03-01T00:00:00Z",
        "date": "2020-03-01T00:00:00Z",
        "initiationType": "tender",
        "tender": {
            "id": "t",
            "title": "B",
            "submissionMethod": ["written", "inPerson"],
            "items": [{"id": "1", "quantity": 0}],
        },
    }


@pytest.mark.parametrize(
    ("changes", "value"),
    [
        # In the order of instants, whatever the order of the list and the form of the dates.
        ((("2020-02-01T00:00:00Z", "new"), ("2020-01-01T00:00:00Z", "old")), "new"),
        ((("2020-01-01T17:00:00-06:00", "new"), ("2020-01-01T22:00:00Z", "old")), "new"),
        ((("2020-01-01T00:00:00Z", "first"), ("2020-01-01T00:00:00Z", "second")), "second"),
        ((("2020-01-01T00:00:00Z", "dated"), (None, "undated")), "dated"),
        ((("2020-01-01T00:00:00Z", "dated"), ("yesterday", "unreadable")), "dated"),
    ],
)
def test_which_value_is_the_latest(changes: Any, value: str) -> None:
    assert unversion({"ocid": OCID, "title": history(*changes)})["title"] == value


@pytest.mark.parametrize(
    "release",
    [{}, {"ocid": OCID, "id": "1", "tag": ["tender"], "tender": {"items": [{"id": "1"}], "x": None}}],
)
def test_what_is_not_versioned_stays(release: dict[str, Any]) -> None:
    assert unversion(release) == release


def test_lists_that_only_look_versioned() -> None:
    versioned = {
        "ocid": OCID,
        "title": history(("2020-01-01T00:00:00Z", "A")),
        "empty": [],
        "milestones": [{"releaseDate": "2020-01-01T00:00:00Z", "value": 1, "id": "m"}],
        "mixed": [*history(("2020-01-01T00:00:00Z", "A")), 1],
    }

    found = unversion(versioned)

    assert (found["empty"], found["milestones"], found["mixed"]) == (
        [],
        versioned["milestones"],
        versioned["mixed"],
    )


def test_the_versioned_release_is_left_alone() -> None:
    versioned = {"ocid": OCID, "tender": {"title": history(("2020-01-01T00:00:00Z", None))}}

    assert unversion(versioned)["tender"] == {}
    assert versioned["tender"] == {"title": history(("2020-01-01T00:00:00Z", None))}


TEXTS = st.none() | st.sampled_from(["a", "b"])
ITEMS = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from(["1", "2", "3"])}, optional={"description": TEXTS}),
    min_size=1,
    max_size=3,
    unique_by=lambda item: item["id"],
)
FIELDS = st.fixed_dictionaries(
    {"initiationType": st.just("tender")},
    optional={
        "language": TEXTS,
        "tender": st.fixed_dictionaries(
            {"id": st.just("t")},
            optional={
                "title": TEXTS,
                "items": ITEMS,
                "submissionMethod": st.lists(
                    st.sampled_from(["written", "inPerson"]), min_size=1, max_size=2
                ),
                "value": st.fixed_dictionaries({"amount": st.integers(0, 3)}, optional={"currency": TEXTS}),
                "additionalProcurementCategories": st.just(["goods"]),
            },
        ),
        "awards": st.lists(
            st.fixed_dictionaries(
                {"id": st.sampled_from(["1", "2"])}, optional={"items": ITEMS, "title": TEXTS}
            ),
            min_size=1,
            max_size=2,
            unique_by=lambda award: award["id"],
        ),
    },
)


@given(st.lists(FIELDS, min_size=1, max_size=4))
def test_undoes_versioning(contents: list[dict[str, Any]]) -> None:
    releases = [
        {"ocid": OCID, "id": str(day), "date": f"2020-01-0{day}T00:00:00Z", "tag": ["tender"], **content}
        for day, content in enumerate(contents, start=1)
    ]
    versioned = Merger(merge_rules=dict(merge_rules())).create_versioned_release(releases)

    found = unversion(versioned)

    compiled = compile_releases(releases).document
    # A last release that changed nothing leaves no trace.
    assert found.pop("date") <= compiled.pop("date")
    assert found.pop("id") <= compiled.pop("id")
    assert found == compiled
