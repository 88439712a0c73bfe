"""The version log: one generation after the other, landed as a fetch lands them."""

import json
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.landing import land, version_log
from pipelines.landing.land import Generation
from pipelines.landing.version_log import VersionLog, VersionLogError
from pipelines.portals.errors import FetchState
from tests.pdn_deliveries import ONE, P, Records, S, Service


class Portal(Service):
    """Deliveries, and what is released of them."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.head: str | None = None

    def log(self, landed: Generation) -> VersionLog:
        """The log of a candidate, after what was released."""
        made = version_log.follow(self.home, ONE.id, landed.generation, previous=self.head)
        version_log.write(self.home, [made])
        return made

    def release(self, records: Records, more: Records = (), **changes: Any) -> VersionLog:
        """A delivery that is admitted and released."""
        made = self.log(self.deliver(records, more, **changes))
        self.head = made.log
        return made

    def texts(self, log: VersionLog) -> dict[int, Any]:
        query = version_log.texts_query(self.home, log)
        found = [] if query is None else duckdb.sql(query).fetchall()
        assert len({row for row, _ in found}) == len(found)
        return {row: json.loads(text) for row, text in found}

    def rows(self, log: VersionLog) -> list[dict[str, Any]]:
        found = duckdb.sql(f"{version_log.rows_query(self.home, log)} ORDER BY row")
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]

    def told(self, log: VersionLog) -> list[tuple[Any, ...]]:
        """Key, days of valid_from, valid_to and last_seen, withdrawn, text of each version; a key without id is `#`."""
        texts = self.texts(log)
        return [
            (
                row["record_key"] if row["record_key"] == row["record_id"] else "#",
                *(_day(row[name]) for name in ("valid_from", "valid_to", "last_seen")),
                row["withdrawn"],
                texts.get(row["row"]),
            )
            for row in self.rows(log)
        ]


def _day(moment: datetime | None) -> int | None:
    return None if moment is None else moment.day


@pytest.fixture
def portal(tmp_path: Path) -> Portal:
    return Portal(tmp_path / "home")


A, B, C = {"id": "1", "v": "a"}, {"id": "1", "v": "b"}, {"id": "2", "v": "c"}


def test_the_first_generation_begins_every_version(portal: Portal) -> None:
    made = portal.release([C, A, A], [A])
    assert [(row["collection"], row["ordinal"]) for row in portal.rows(made)] == [(P, 3), (S, 1), (S, 0)]
    assert portal.told(made) == [("1", 1, None, None, False, None)] * 2 + [("2", 1, None, None, False, None)]
    assert portal.texts(made) == {}


def test_another_content_under_an_id_ends_the_one_before(portal: Portal) -> None:
    portal.release([A, C])
    portal.deliver([A, C], state=FetchState.UNCHANGED)
    made = portal.release([C, B])
    assert portal.told(made) == [
        ("1", 1, 3, 2, False, A),
        ("1", 3, None, None, False, None),
        ("2", 1, None, None, False, None),
    ]


def test_what_vanishes_is_withdrawn_and_may_come_back(portal: Portal) -> None:
    portal.release([A, C])
    assert portal.told(portal.release([C])) == [
        ("1", 1, 2, 1, True, A),
        ("2", 1, None, None, False, None),
    ]
    again = portal.release([A, C])
    assert portal.told(again) == [
        ("1", 1, 2, 1, True, A),
        ("1", 3, None, None, False, None),
        ("2", 1, None, None, False, None),
    ]
    assert portal.told(portal.release([C]))[:2] == [("1", 1, 2, 1, True, A), ("1", 3, 4, 3, True, A)]


def test_without_an_id_the_content_is_the_key(portal: Portal) -> None:
    portal.release([{"v": "a"}, {"id": " ", "v": "b"}])
    made = portal.release([{"v": "a"}, {"id": " ", "v": "c"}])
    assert sorted(portal.told(made), key=str) == sorted(
        [
            ("#", 1, None, None, False, None),
            ("#", 1, 2, 1, True, {"id": " ", "v": "b"}),
            ("#", 2, None, None, False, None),
        ],
        key=str,
    )


def test_ids_of_mongodb_are_ids(portal: Portal) -> None:
    portal.release([{"_id": {"$oid": "x"}, "v": "a"}, {"_id": "y", "v": "a"}])
    made = portal.release([{"_id": {"$oid": "x"}, "v": "b"}, {"_id": "y", "v": "b"}])
    assert [row["record_key"] for row in portal.rows(made)] == ["x", "x", "y", "y"]


def test_a_repeated_id_names_nobody(portal: Portal) -> None:
    """While any record has the id, none of them is withdrawn."""
    portal.release([A, B])
    assert [version[0] for version in portal.told(portal.log(portal.deliver([A, B])))] == ["#", "#"]
    (ended,) = [one for one in portal.told(portal.release([A])) if one[2]]
    assert ended == ("#", 1, 3, 2, False, B)
    gone = portal.told(portal.release([C]))
    assert [one[4] for one in gone if one[5] == A] == [True]
    assert [one[4] for one in gone if one[5] == B] == [False]


def test_a_content_that_stays_keeps_its_key_when_its_id_is_repeated(portal: Portal) -> None:
    portal.release([A])
    made = portal.release([A, B])
    assert sorted(portal.told(made)) == [("#", 2, None, None, False, None), ("1", 1, None, None, False, None)]
    # The one that came with a repeated id stays; the first ends, and no one says that id 1 was withdrawn.
    assert sorted(portal.told(portal.release([B])), key=str) == sorted(
        [("#", 2, None, None, False, None), ("1", 1, 3, 2, False, A)], key=str
    )


def test_an_id_that_moves_to_another_content(portal: Portal) -> None:
    portal.release([{"id": "1", "v": "x"}, {"id": "2", "v": "y"}])
    made = portal.release([{"id": "1", "v": "y"}, {"id": "2", "v": "x"}])
    assert [version[:3] for version in portal.told(made)] == [
        ("1", 1, 2), ("1", 2, None), ("2", 1, 2), ("2", 2, None),
    ]  # fmt: skip


def test_the_same_content_in_other_order_and_form_is_the_same_version(portal: Portal) -> None:
    portal.release([A, C])
    made = portal.release([C, {"v": "a", "id": "1"}, A])
    assert portal.told(made) == [("1", 1, None, None, False, None), ("2", 1, None, None, False, None)]
    assert [row["ordinal"] for row in portal.rows(made)] == [1, 0]


def test_a_partial_generation_withdraws_nothing(portal: Portal) -> None:
    portal.release([A, C, {"v": "sin id"}])
    made = portal.release([B], state=FetchState.PARTIAL)
    assert portal.told(made) == [
        ("1", 1, 2, 1, False, A),
        ("1", 2, None, None, False, None),
        ("2", 1, None, 1, False, C),
        ("#", 1, None, 1, False, {"v": "sin id"}),
    ]
    # What the partial one didn't show is there again, or gone since a fetch that could tell.
    made = portal.release([B, C])
    assert portal.told(made) == [
        ("1", 1, 2, 1, False, A),
        ("1", 2, None, None, False, None),
        ("2", 1, None, None, False, None),
        ("#", 1, 3, 1, True, {"v": "sin id"}),
    ]


def test_items_that_cannot_be_read_may_be_what_is_missing(portal: Portal) -> None:
    portal.release([A, C])
    made = portal.release([A], extra='{"id": "2", "v": 1, "v": 2}')
    assert portal.told(made) == [("1", 1, None, None, False, None), ("2", 1, None, 1, False, C)]


def test_a_generation_held_back_leaves_no_trace(portal: Portal) -> None:
    portal.release([A, C])
    held = portal.log(portal.deliver([C]))
    assert [one[4] for one in portal.told(held)] == [True, False]
    made = portal.release([A, C, {"id": "3"}])
    assert [one[4] for one in portal.told(made)] == [False, False, False]
    assert made.previous != held.log
    assert not version_log.texts_path(portal.home, ONE.id, made.log).exists()


def test_the_same_generation_gives_the_same_files(portal: Portal) -> None:
    portal.release([A, C])
    candidate = portal.deliver([B])
    first = portal.log(candidate)
    paths = (
        version_log.path_of(portal.home, ONE.id, first.log),
        version_log.texts_path(portal.home, ONE.id, first.log),
    )
    before = [path.read_bytes() for path in paths]
    # A run that died, after a fetch that found nothing new.
    portal.deliver([B], state=FetchState.UNCHANGED)
    for path in paths:
        path.unlink()
    assert portal.log(candidate) == first
    assert [path.read_bytes() for path in paths] == before
    portal.head = first.log
    assert portal.log(candidate) == first


def test_a_candidate_that_went_and_came_again_is_dated_by_its_return(portal: Portal) -> None:
    portal.release([A])
    first = portal.log(portal.deliver([B]))
    portal.deliver([A])
    again = portal.log(portal.deliver([B]))
    assert again.log != first.log
    assert portal.told(again) == [("1", 1, 4, 3, False, A), ("1", 4, None, None, False, None)]


def test_a_new_reading_of_the_same_bytes_ends_nothing(portal: Portal) -> None:
    portal.release([A, C, {"v": "x"}])
    landed = portal.deliver([B, C])
    description = land.folder(portal.home, ONE.id, landed.generation) / land.GENERATION_FILE
    assert portal.head is not None
    before = version_log.read(portal.home, ONE.id, portal.head)
    old = land.read_generation(portal.home, ONE.id, before.generation)
    assert old is not None
    content = json.loads(description.read_text("utf-8"))
    description.write_text(json.dumps({**content, "content_digest": old.content_digest}), encoding="utf-8")
    assert portal.told(portal.log(landed)) == [
        ("1", 1, None, None, False, None),
        ("2", 1, None, None, False, None),
    ]


def test_what_is_missing_is_named_with_what_to_do(portal: Portal) -> None:
    with pytest.raises(VersionLogError, match="falta la generación g9"):
        version_log.follow(portal.home, ONE.id, "g9", previous=None)
    landed = portal.deliver([A])
    with pytest.raises(VersionLogError, match="recupérelo de un respaldo"):
        version_log.follow(portal.home, ONE.id, landed.generation, previous="ninguno")
    portal.head = portal.log(landed).log
    made = portal.release([B])
    version_log.texts_path(portal.home, ONE.id, made.log).unlink()
    with pytest.raises(VersionLogError, match="faltan los textos"):
        version_log.texts_query(portal.home, made)


def test_logs_are_for_their_owner_only(portal: Portal) -> None:
    made = portal.release([A])
    folder = version_log.path_of(portal.home, ONE.id, made.log).parent
    assert [path.stat().st_mode & 0o077 for path in (folder, folder.parent)] == [0, 0]
    assert sorted(path.name for path in folder.iterdir()) == [f"{made.log}.parquet"]


# -- replayed -------------------------------------------------------------------------------------------

RECORD = st.builds(
    lambda key, value: {"v": value} if key == 0 else {"id": str(key), "v": value},
    st.integers(0, 3),
    st.integers(0, 3),
)
DELIVERY = st.tuples(
    st.lists(RECORD, min_size=1, max_size=6), st.sampled_from(["released", "held", "partial"])
)


def _texts(records: Records) -> set[str]:
    return {json.dumps(record, sort_keys=True) for record in records}


@settings(max_examples=40, deadline=None)
@given(st.lists(DELIVERY, min_size=1, max_size=6))
def test_the_last_log_gives_every_generation_back(deliveries: list[tuple[Records, str]]) -> None:
    """What is valid at the time of a generation is its content; of partial ones, at least that and nothing invented."""
    with TemporaryDirectory() as root:
        portal = Portal(Path(root))
        released: list[tuple[str, Records, str]] = []
        last: VersionLog | None = None
        for records, fate in deliveries:
            state = FetchState.PARTIAL if fate == "partial" else FetchState.COMPLETE
            candidate = portal.log(portal.deliver(records, state=state))
            if fate == "held":
                continue
            if last is None or candidate.log != last.log:
                released.append((candidate.fetched_at, records, fate))
            portal.head, last = candidate.log, candidate
        if last is None:
            return
        texts = portal.texts(last)
        landed = land.read_generation(portal.home, ONE.id, last.generation)
        assert landed is not None
        query = f"SELECT ordinal, record FROM ({land.records_query(portal.home, landed)})"
        current = dict(duckdb.sql(query).fetchall())
        versions = [
            (
                row,
                json.dumps(
                    texts[row["row"]] if row["ordinal"] is None else json.loads(current[row["ordinal"]]),
                    sort_keys=True,
                ),
            )
            for row in portal.rows(last)
        ]
        seen: set[str] = set()
        for moment, records, fate in released:
            at = datetime.fromisoformat(moment).replace(tzinfo=None)
            valid = [
                text
                for row, text in versions
                if row["valid_from"] <= at and (row["valid_to"] is None or at < row["valid_to"])
            ]
            seen |= _texts(records)
            assert len(valid) == len(set(valid))
            assert set(valid) <= seen
            assert _texts(records) <= set(valid) if fate == "partial" else _texts(records) == set(valid)
            for row, _ in versions:
                if row["withdrawn"] and row["valid_to"] == at and row["record_id"] is not None:
                    assert all(record.get("id") != row["record_id"] for record in records)
        for row, _ in versions:
            assert (row["valid_to"] is None) or row["valid_from"] < row["valid_to"]
            assert not row["withdrawn"] or row["valid_to"] is not None
