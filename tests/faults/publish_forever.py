"""The victim of `test_publish_kill.py`: publishes two contents in turns until it is killed."""

from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from pipelines.publication.slices import Slice, read_slice
from pipelines.quality.catalogue import load_catalogue
from tests.publication_lab import NOW, SOURCES, Lab

# Read before the process is forked, so that a victim's life is spent on publishing.
load_catalogue()


def publish_forever(root: Path, keys: list[dict[str, str]], pulse: Connection) -> None:
    """Admit and publish the slices of `keys` in turns; the pulse is sent before each round."""
    lab = Lab(root)
    turn = 0
    while True:
        pulse.send(turn)
        for part in _slices(lab, keys[turn % len(keys)]):
            lab.judge(part)
        lab.publish(now=NOW + timedelta(days=turn % 3))
        turn += 1


def _slices(lab: Lab, keys: dict[str, str]) -> list[Slice]:
    return [read_slice(lab.home, source.id, keys[source.id]) for source in SOURCES]
