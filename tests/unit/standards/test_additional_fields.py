"""Members that no table reads: told by the row they belong to, whatever form the release has."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.standards.additional_fields import Member, additional_fields


def found(release: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row.path: orjson.loads(row.additional_fields) for row in additional_fields(release)}


def test_known_members_are_not_told() -> None:
    assert (
        additional_fields(
            {"ocid": "a", "tender": {"id": "1", "value": {"amount": 1}}, "awards": [{"id": "1"}]}
        )
        == []
    )


def test_a_member_is_told_by_the_row_its_object_stands_in() -> None:
    release = {
        "x_top": 1,
        "buyer": {"id": "1", "x_of_buyer": 2},
        "tender": {"value": {"amount": 1, "x_of_value": 3}, "items": [{"id": "1"}, {"unit": {"x_unit": 4}}]},
        "contracts": [{"implementation": {"x_done": True, "transactions": [{"x_paid": "sí"}]}}],
    }
    assert found(release) == {
        "": {"x_top": 1, "buyer/x_of_buyer": 2},
        "/tender": {"value/x_of_value": 3},
        "/tender/items/1": {"unit/x_unit": 4},
        "/contracts/0": {"implementation/x_done": True},
        "/contracts/0/implementation/transactions/0": {"x_paid": "sí"},
    }


def test_names_kinds_and_the_kind_of_row_are_told_in_order() -> None:
    [row] = additional_fields(
        {"awards": [{"z": [1], "a/b": {"c": 1}, "m~": 1.5, "t": "x", "b": False, "n": None}]}
    )
    assert (row.path, row.object) == ("/awards/0", "/awards")
    assert row.members == [
        Member("a~1b", "object"),
        Member("b", "boolean"),
        Member("m~0", "number"),
        Member("t", "string"),
        Member("z", "array"),
    ]
    assert list(orjson.loads(row.additional_fields)) == [member.name for member in row.members]


@pytest.mark.parametrize("odd", [None, "text", 1, [], {}, [None, "text", [{"x": 1}]], [[]]])
@pytest.mark.parametrize("section", ["tender", "awards", "parties", "buyer"])
def test_what_has_another_form_than_the_shape_is_passed_over(section: str, odd: Any) -> None:
    assert additional_fields({section: odd}) == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab/~0é", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab/~0", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("xyz/~1", min_size=1, max_size=4), json_values, max_size=4))
def test_every_value_is_told_whole(unknown: dict[str, Any]) -> None:
    """Whatever stands under names that no table reads comes back, but for nulls."""
    told = found({"tender": {"id": "1", **unknown}}).get("/tender", {})
    read = {name.replace("~1", "/").replace("~0", "~"): value for name, value in told.items()}
    assert read == {name: value for name, value in unknown.items() if value is not None}
