"""kill -9 at any moment of publishing: readers always find a whole release, and numbers only grow."""

import multiprocessing
import random
import shutil
import time
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from pipelines.publication.pointer import read_pointer, read_versions, verify_release
from tests.faults.publish_forever import publish_forever
from tests.publication_lab import Lab

KILLS = 40
SEED = 20261121
# On a busy machine fewer kills must do.
BUDGET_SECONDS = 20
FEWEST_KILLS = 10


@pytest.fixture(scope="module")
def victims() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.publish_forever"])
    return context


def test_a_reader_never_sees_half_a_release(tmp_path: Path, victims: ForkServerContext) -> None:
    lab = Lab(tmp_path)
    keys = [
        {source_id: part.key for source_id, part in lab.admit_all(note=note, name=name).items()}
        for note, name in (("uno", "g1"), ("dos", "g2"))
    ]
    chance = random.Random(SEED)
    deadline = time.monotonic() + BUDGET_SECONDS
    seen, orphans, kills, round_seconds = [0], 0, 0, 0.0
    while kills < KILLS and (time.monotonic() < deadline or kills < FEWEST_KILLS or not orphans):
        ours, theirs = victims.Pipe()
        victim = victims.Process(target=publish_forever, args=(tmp_path, keys, theirs))
        victim.start()
        assert ours.recv() == 0
        if not round_seconds:
            # The first one lives for two rounds: how long a round takes depends on the machine.
            began = time.monotonic()
            assert [ours.recv(), ours.recv()] == [1, 2]
            round_seconds = (time.monotonic() - began) / 2
        time.sleep(chance.uniform(0, 1.2 * round_seconds))
        victim.kill()
        victim.join()
        kills += 1
        assert victim.exitcode == -9, "the victim must not end by itself"
        orphans += _orphans(lab)
        pointer = read_pointer(lab.home)
        assert pointer is not None
        assert verify_release(lab.home) == []
        assert pointer.seq >= seen[-1]
        seen.append(pointer.seq)
    assert orphans > 0, "no kill fell into the writing of a release: the test says nothing"
    # The next publication clears away what the killed ones left.
    lab.publish()
    assert verify_release(lab.home) == []
    assert _orphans(lab) == 0
    assert sorted(path.name for path in lab.home.publications.iterdir()) == [
        ".lease.guard",
        "latest",
        "latest.json",
        "releases",
        "versions.json",
    ]


def _orphans(lab: Lab) -> int:
    """Folders a killed publication left: staged, or in place and never pointed to."""
    publications = lab.home.publications
    staged = list((publications / ".staging").glob("*"))
    known = {version["release"] for version in read_versions(lab.home)}
    pointer = read_pointer(lab.home)
    known |= {pointer.release} if pointer is not None else set()
    placed = [path for path in (publications / "releases").glob("*") if path.name not in known]
    return len(staged) + len(placed)


def test_slices_survive_a_kill_while_they_are_written(tmp_path: Path, victims: ForkServerContext) -> None:
    whole = Lab(tmp_path / "whole")
    expected = {source_id: part.digest for source_id, part in whole.admit_all().items()}
    chance = random.Random(SEED)
    root = tmp_path / "killed"
    lab = Lab(root)
    shutil.copytree(whole.scratch.parent, lab.scratch.parent)
    for _ in range(8):
        victim = victims.Process(target=_export_forever, args=(root,))
        victim.start()
        time.sleep(chance.uniform(0.05, 1.0))
        victim.kill()
        victim.join()
    found = {source_id: part.digest for source_id, part in lab.admit_all().items()}
    assert found == expected
    assert list(lab.home.slices.glob("*/.*")) == []


def _export_forever(root: Path) -> None:
    while True:
        lab = Lab(root)
        shutil.rmtree(lab.home.slices)
        lab.admit_all()
