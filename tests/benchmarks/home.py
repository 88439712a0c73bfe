"""A home with deliveries to measure: archived bodies and the fetch that names them, as a portal would have left them.

Here: making them from the releases of `dataset.py`. Not here: measuring (`steps.py`).
"""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import orjson

from pipelines.home import Home
from pipelines.portals.pages import Page
from pipelines.registry import Source
from tests.benchmarks.dataset import RELEASES_PER_FILE, Process, packages, processes
from tests.deliveries import page, remember
from tests.faults.raw_portal import bulk

SOURCES = Path(__file__).resolve().parents[2] / "sources"
# What changes between two deliveries: so many of every hundred releases are new.
NEW_PERCENT = 1


def source() -> Source:
    """The declaration of the publisher that is measured."""
    return bulk("json", id="banco_de_pruebas", title="Banco de pruebas")


def deliver(home: Home, releases: int) -> int:
    """Archive about so many releases as packages and remember the fetch; returns how many they are."""
    home.create()
    pages = [page(home, package, items) for package, items in _packages(_releases(releases))]
    return remember(home, source().id, pages, number=1).rows or 0


def deliver_rich(home: Home, releases: int, size: int) -> int:
    """The same with so many bytes a release: what a publisher with more items and documents has."""
    home.create()
    rich = (release for process in _processes(releases) for release in process.enriched(size).releases)
    pages = [page(home, package, items) for package, items in _packages(rich)]
    return remember(home, source().id, pages, number=1).rows or 0


def deliver_again(home: Home, releases: int) -> int:
    """The next delivery: the same packages and, in new ones, one more release for one process in so many; returns how
    many releases are new.
    """
    fetched = sorted((home.fetches / source().id).glob("*.json"))
    pages = [Page(**page) for page in orjson.loads(fetched[-1].read_bytes())["pages"]]
    wanted = releases * NEW_PERCENT // 100
    all_processes = list(_processes(releases))
    amended = [
        process.followed_up() for process in islice(all_processes, None, None, len(all_processes) // wanted)
    ]
    for package, items in _packages(amended[:wanted]):
        pages.append(page(home, package, items))
    remember(home, source().id, pages, number=len(fetched) + 1)
    return wanted


def lines(path: Path, releases: int) -> int:
    """The same releases as JSON lines, for the peers; returns how many they are."""
    count = 0
    with path.open("wb") as file:
        for release in _releases(releases):
            file.write(release + b"\n")
            count += 1
    return count


def _processes(releases: int) -> Iterable[Process]:
    count = 0
    for process in processes(SOURCES):
        if count >= releases:
            return
        count += len(process.releases)
        yield process


def _releases(releases: int) -> Iterable[bytes]:
    return (release for process in _processes(releases) for release in process.releases)


def _packages(releases: Iterable[bytes]) -> Iterable[tuple[bytes, int]]:
    remaining = iter(releases)
    while batch := list(islice(remaining, RELEASES_PER_FILE)):
        yield next(packages(batch)), len(batch)
