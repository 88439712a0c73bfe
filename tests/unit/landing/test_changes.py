"""How two generations differ: what isn't named as changed is the same at the same place."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.home import Home
from pipelines.landing import parts
from pipelines.landing.changes import changes
from tests.unit.landing.generations import PAGES, body, landed_pages, records


@pytest.mark.usefixtures("small_parts")
def test_how_two_generations_differ(home: Home) -> None:
    first = landed_pages(home, PAGES, n=1)
    same_size = landed_pages(home, [*PAGES[:2], body("d", "x"), *PAGES[3:]], n=2)
    longer = landed_pages(home, [*PAGES[:2], body("d", "x", "y"), *PAGES[3:]], n=3)
    found = changes(home, first, same_size)
    assert found is not None
    # "f" stands in the same part, on a page that didn't change.
    assert (found.old, found.new) == (((3, 4),), ((3, 4),))
    assert (found.has_same_ordinals, found.has_same_duplicates) == (True, True)
    shifted = changes(home, first, longer)
    assert shifted is not None
    assert (shifted.has_same_ordinals, shifted.has_same_duplicates) == (False, True)
    # Then parts aren't compared row by row.
    assert (shifted.old, shifted.new) == (((3, 5),), ((3, 6),))
    # The original of "j" comes into another part.
    original = landed_pages(home, [*PAGES[:2], body("d", "j"), *PAGES[3:]], n=4)
    moved = changes(home, first, original)
    assert moved is not None
    assert (moved.has_same_ordinals, moved.has_same_duplicates) == (True, False)
    assert changes(home, first, replace(same_size, parser_version="other")) is None
    assert changes(home, replace(first, parts=None), same_size) is None
    same = changes(home, first, first)
    assert same is not None
    assert (same.old, same.new) == ((), ())


@pytest.mark.usefixtures("small_parts")
def test_what_comes_at_the_end_leaves_the_part_it_comes_into(home: Home) -> None:
    first = landed_pages(home, PAGES, n=1)
    more = landed_pages(home, [*PAGES, body("k")], n=2)
    # The last part was not full: "g" to "j" were in it before.
    found = changes(home, first, more)
    assert found is not None
    assert (found.old, found.new) == ((), ((10, 10),))
    less = changes(home, more, first)
    assert less is not None
    assert (less.old, less.new) == (((10, 10),), ())


@pytest.mark.usefixtures("small_parts")
def test_a_record_that_becomes_a_duplicate_changes(home: Home) -> None:
    pages = [body("a"), body("b"), body("c")]
    first = landed_pages(home, pages, n=1)
    found = changes(home, first, landed_pages(home, [body("b"), *pages[1:]], n=2))
    assert found is not None
    assert (found.old, found.new) == (((0, 1),), ((0, 1),))


@pytest.mark.usefixtures("small_parts")
def test_more_ranges_than_a_query_names_are_the_parts_they_stand_in(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = landed_pages(home, [body("a"), body("b"), body("c"), body("d")], n=1)
    second = landed_pages(home, [body("x"), body("b"), body("y"), body("d")], n=2)
    found = changes(home, first, second)
    assert found is not None
    assert (found.old, found.new) == (((0, 0), (2, 2)), ((0, 0), (2, 2)))
    monkeypatch.setattr("pipelines.landing.changes.MOST_RANGES", 1)
    found = changes(home, first, second)
    assert found is not None
    assert (found.old, found.new) == (((0, 1), (2, 3)), ((0, 1), (2, 3)))


_PAGES = st.lists(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["", " "])), max_size=4),
    min_size=1,
    max_size=7,
)


@given(first=_PAGES, second=_PAGES)
@settings(max_examples=40, deadline=None)
def test_what_is_not_named_is_the_same_at_the_same_place(
    tmp_path_factory: pytest.TempPathFactory,
    first: list[list[tuple[str, str]]],
    second: list[list[tuple[str, str]]],
) -> None:
    home = Home(tmp_path_factory.mktemp("changes") / "home")
    home.create()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(parts, "FULL_ITEMS", 3)
        generations = [
            landed_pages(
                home,
                [body(*(one for one, _ in page), blank=page[0][1] if page else "") for page in pages],
                n=n,
            )
            for n, pages in enumerate((first, second), start=1)
        ]
    old, new = generations
    found = changes(home, old, new)
    assert found is not None
    if not (found.has_same_ordinals and found.has_same_duplicates):
        return
    rows = [
        {
            row["ordinal"]: {**row, "generation": None}
            for row in records(home, landed)
            if not any(low <= row["ordinal"] <= high for low, high in ranges)
        }
        for landed, ranges in ((old, found.old), (new, found.new))
    ]
    assert rows[0] == rows[1]
