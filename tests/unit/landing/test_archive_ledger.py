"""The archive's objects and the ledger's rows."""

import os
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.landing.archive import RawArchive
from pipelines.landing.ledger import Ledger, LedgerRow
from pipelines.portals.errors import FetchState

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


def row(fetch_id: str, state: FetchState, *, digest: str | None = None) -> LedgerRow:
    return LedgerRow(
        fetch_id=fetch_id,
        source_id="fuente",
        started_at=fetch_id,
        finished_at=fetch_id,
        state=state,
        declared=None,
        declared_by=None,
        rows=None,
        distinct_ids=None,
        pages_ok=0,
        pages_failed=1,
        bytes=0,
        message="No respondió.",
        url=None,
        expected=None,
        action=None,
        content_digest=digest,
    )


def test_an_object_has_its_hash_for_a_name_and_is_never_overwritten(home: Home) -> None:
    archive = RawArchive(home)
    with archive.receive() as incoming:
        incoming.write(b"a")
        incoming.write(b"bc")
        stored = incoming.commit()
    assert (stored.sha256, stored.size, stored.path) == (ABC, 3, home.objects / "ba" / ABC)
    assert stored.path.stat().st_mode & 0o077 == 0
    stamp = stored.path.stat().st_mtime_ns
    with archive.receive() as incoming:
        incoming.write(b"abc")
        assert incoming.commit() == stored
    assert stored.path.stat().st_mtime_ns == stamp
    assert list(archive.parts.iterdir()) == []


def test_what_is_not_committed_leaves_nothing(home: Home) -> None:
    archive = RawArchive(home)
    with pytest.raises(KeyError), archive.receive() as incoming:
        incoming.write(b"abc")
        raise KeyError
    assert [path for path in home.objects.rglob("*") if path.is_file()] == []


def test_only_abandoned_parts_are_swept(home: Home) -> None:
    archive = RawArchive(home)
    old, fresh = archive.parts / "old.part", archive.parts / "fresh.part"
    old.write_bytes(b"x")
    fresh.write_bytes(b"x")
    os.utime(old, (0, 0))
    assert archive.sweep() == 1
    assert list(archive.parts.iterdir()) == [fresh]


def test_ledger_looks_back(home: Home) -> None:
    ledger = Ledger(home)
    assert ledger.last("fuente") is None
    assert ledger.rows("fuente") == ()
    written = [
        row("20261101T000000.000000Z", FetchState.COMPLETE, digest="d1"),
        row("20261102T000000.000000Z", FetchState.PARTIAL, digest="d2"),
        row("20261103T000000.000000Z", FetchState.UNCHANGED, digest="d1"),
        row("20261104T000000.000000Z", FetchState.EMPTY),
        row("20261105T000000.000000Z", FetchState.UNAVAILABLE),
    ]
    for each in reversed(written):
        ledger.write(each)
    assert ledger.rows("fuente") == tuple(written)
    assert ledger.last("fuente") == written[4]
    assert ledger.last_with_content("fuente") == written[2]
    assert ledger.first_with_digest("fuente", "d1") == written[0]
    assert ledger.first_with_digest("fuente", "d9") is None
    assert ledger.row("fuente", "20261102T000000.000000Z") == written[1]


@pytest.mark.parametrize(
    ("state", "has_content", "is_good"),
    [
        (FetchState.COMPLETE, True, True),
        (FetchState.UNCHANGED, True, True),
        (FetchState.PARTIAL, True, False),
        (FetchState.EMPTY, False, True),
        (FetchState.UNAVAILABLE, False, False),
        (FetchState.UNAUTHORIZED, False, False),
        (FetchState.CONTRACT_ERROR, False, False),
    ],
)
def test_what_states_mean(state: FetchState, has_content: bool, is_good: bool) -> None:
    assert (state.has_content, state.is_good) == (has_content, is_good)
