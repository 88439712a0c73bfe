"""Releases to measure with: as many as wanted, about 5 KB each, as three publishers of the sandbox write them.

Here: the releases of a small sandbox, multiplied under ocids and ids of their own and dealt out over package files; and
what changes from one delivery to the next. Not here: the makers of the releases (`pipelines/sandbox/`), what is
measured (`pipeline.py`, `peers.py`).

Two fifths come as Guadalajara's (several releases a process, each repeating what was known), two fifths as
CompraNet's lines and one fifth as Nuevo León's (one compiled release a process): 5.1 KB and 1.4 releases a process
on average, with the dialect and the planted defects of each.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from pipelines.registry import Source, load_sources
from pipelines.sandbox.generator import generate

SEED = 20261115
RELEASES_PER_FILE = 500
# Of every seven releases, how many come from each publisher.
SHARES = {"guadalajara": 3, "compranet_edca": 3, "nuevo_leon_si": 1}
# How much of each publisher's sandbox is multiplied: enough that texts differ as they do in a real file.
SCALES = {"guadalajara": 0.5, "compranet_edca": 0.2, "nuevo_leon_si": 0.6}
# Lists of which a richer publisher has more.
_ENRICHED = frozenset({"items", "documents", "milestones"})
# As long as those of publishers who describe what they buy: bare ids would make thousands of objects of 18 KB.
_DESCRIPTION = "Suministro e instalación según el anexo técnico, con garantía y entrega en sitio. " * 3
_OCID = re.compile(rb'"ocid":"([^"]+)"')
# Shorter ids (1, A1) are told apart by their process, and stand elsewhere as other things.
_LONG_ID = 5


@dataclass(frozen=True)
class Process:
    """One contracting process: its ocid, the JSON texts of the ids of its tender, awards and contracts, and the JSON text
    of its releases, oldest first.
    """

    ocid: bytes
    ids: tuple[bytes, ...]
    releases: tuple[bytes, ...]

    def copy(self, number: int) -> "Process":
        """The same process under an ocid and ids of its own: with those of another it would be a process published twice.
        Ids that hold the ocid follow it.
        """
        ocid = self.ocid + b"-%d" % number
        return Process(
            ocid, self.ids, tuple(self._renamed(release, ocid, number) for release in self.releases)
        )

    def _renamed(self, release: bytes, ocid: bytes, number: int) -> bytes:
        for own in self.ids:
            if own.startswith(b'"'):
                release = release.replace(own, b'%s-%d"' % (own[:-1], number))
            else:
                for after in (b",", b"}"):
                    release = release.replace(b":" + own + after, b":%s%05d%s" % (own, number, after))
        return release.replace(self.ocid, ocid)

    def followed_up(self) -> bytes:
        """One more release: the last one, amended on a later day."""
        release = orjson.loads(self.releases[-1])
        release["id"] = f"{release['id']}-modificada"
        release["date"] = "2026-11-20T10:00:00-06:00"
        release.setdefault("tender", {})["title"] = "Título corregido por la convocante"
        return orjson.dumps(release)

    def enriched(self, size: int) -> "Process":
        """The same process with more items, documents and milestones, until its last release has so many bytes."""
        return Process(self.ocid, self.ids, tuple(_enriched(release, size) for release in self.releases))


def _enriched(text: bytes, size: int) -> bytes:
    release = orjson.loads(text)
    lists = [
        objects
        for section in (release.get("tender", {}), *release.get("awards", ()), *release.get("contracts", ()))
        for name, objects in section.items()
        if name in _ENRICHED and objects
    ]
    if not lists:
        lists = [[{"id": "1", "description": "Papel"}]]
        release.setdefault("tender", {})["items"] = lists[0]
    given = [len(objects) for objects in lists]
    missing = size - len(text)
    for number in itertools.count(1):
        for objects, count in zip(lists, given, strict=True):
            for original in objects[:count]:
                if missing <= 0:
                    return orjson.dumps(release)
                objects.append(
                    {**original, "id": f"{original.get('id')}-{number}", "description": _DESCRIPTION}
                )
                missing -= len(orjson.dumps(objects[-1])) + 1
    raise AssertionError


def processes(sources: Path) -> Iterator[Process]:
    """Processes without end, in the shares of `SHARES` by release; the same ones in every run."""
    declared = {source.id: source for source in load_sources(sources)}
    publishers = {name: _numbered(declared[name]) for name in SHARES}
    given = dict.fromkeys(SHARES, 0)
    while True:
        name = min(SHARES, key=lambda publisher: given[publisher] / SHARES[publisher])
        process = next(publishers[name])
        given[name] += len(process.releases)
        yield process


def take(endless: Iterator[Process], releases: int) -> list[Process]:
    """The first processes that hold at least so many releases."""
    taken: list[Process] = []
    count = 0
    while count < releases:
        taken.append(next(endless))
        count += len(taken[-1].releases)
    return taken


def packages(releases: Sequence[bytes]) -> Iterator[bytes]:
    """Release packages of `RELEASES_PER_FILE` releases each."""
    head = (
        b'{"uri":"https://datos.example/paquete.json","version":"1.1",'
        b'"publishedDate":"2026-11-20T10:00:00-06:00","publisher":{"name":"Banco de pruebas"},"releases":['
    )
    for start in range(0, len(releases), RELEASES_PER_FILE):
        yield head + b",".join(releases[start : start + RELEASES_PER_FILE]) + b"]}"


def _numbered(source: Source) -> Iterator[Process]:
    """The source's sandbox processes again and again, each time under other ocids."""
    base = list(_processes_of(source))
    for number in itertools.count():
        for process in base:
            yield process.copy(number)


def _processes_of(source: Source) -> Iterator[Process]:
    drafts, _ = generate(source, seed=SEED, scale=SCALES[source.id])
    found: dict[bytes, dict[bytes, None]] = {}
    for record in itertools.chain.from_iterable(draft.records for draft in drafts):
        entry = orjson.loads(record)
        for release in [entry["compiledRelease"]] if "compiledRelease" in entry else entry["releases"]:
            text = orjson.dumps(release)
            ocid = _OCID.search(text)
            if ocid is not None:
                found.setdefault(ocid.group(1), {})[text] = None
    for ocid, releases in found.items():
        yield Process(ocid, _ids(releases), tuple(releases))


def _ids(releases: Iterable[bytes]) -> tuple[bytes, ...]:
    found: dict[bytes, None] = {}
    for release in map(orjson.loads, releases):
        sections = [release.get("tender", {}), *release.get("awards", ()), *release.get("contracts", ())]
        found.update(dict.fromkeys(orjson.dumps(section["id"]) for section in sections if "id" in section))
    return tuple(own for own in found if len(own.strip(b'"')) >= _LONG_ID)
