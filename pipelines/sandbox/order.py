"""What a maker of sample data is asked for, and what all makers of procurement layouts share.

Here: the order (source, volume, random numbers), who buys, how records are dealt out over the declared
files, CSV rows, how a record comes twice. Not here: the layouts themselves (one module each), and which maker
answers which declaration (`generator.py`).
"""

import csv
import io
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.registry import Source
from pipelines.sandbox.dataset import Draft, Envelope
from pipelines.sandbox.procurement import Body, Buyer, Market, Scene, Stall, make_buyer
from pipelines.sandbox.vocabulary import ENTITIES, FEDERAL_BODIES, MUNICIPAL_BODIES, STATE_BODIES

JSON_TYPE = "application/json; charset=utf-8"
# The file of CompraNet repeats 10 of 3,430 lines byte by byte.
IDENTICAL_RECORDS = 0.003
INSTITUTE_AREAS = (
    "Dirección de Administración, Finanzas y Recursos Humanos",
    "Dirección de Tecnologías de la Información",
    "Dirección de Capacitación y Proyección Social",
)
LOCAL_AREAS = ("Unidad de Adquisiciones", "Unidad de Obra Pública", "Enlace Administrativo")

# The collections of one source, in the order of its declared files, and the count of each planted defect.
Made = tuple[list[Draft], Mapping[str, int]]


@dataclass(frozen=True)
class Volume:
    """How much a source has at scale 1: releases, records or rows, and the years they span."""

    records: int
    first_year: int
    last_year: int

    @property
    def years(self) -> range:
        """Every year of the span."""
        return range(self.first_year, self.last_year + 1)


@dataclass(frozen=True)
class Order:
    """What a maker is asked for; `count` is the volume's records at `scale`, six at least."""

    source: Source
    rng: random.Random
    seed: int
    scale: float
    volume: Volume

    @property
    def count(self) -> int:
        """How many records (releases, rows) to make."""
        return max(round(self.volume.records * self.scale), 6)

    @property
    def files(self) -> Sequence[Mapping[str, Any]]:
        """The declared files of a `bulk_files` source."""
        files: Sequence[Mapping[str, Any]] = self.source.parameters["files"]
        return files

    @property
    def prefix(self) -> str:
        """The prefix of the ids a portal writes: the registered one, or one of ours."""
        return self.source.ocid_prefix or f"tequio-{self.source.id}"

    @property
    def address(self) -> str:
        """The address a source's own documents carry."""
        return base_address(self.source)

    @property
    def publisher(self) -> dict[str, Any]:
        """The package's `publisher`."""
        agency = self.source.publisher
        return {
            "name": agency.name,
            "scheme": "MX-RFC",
            "uid": agency.rfc or "",
            "uri": agency.uri or self.address,
        }

    def local_scene(self, weights: tuple[int, int, int]) -> Scene:
        """The publisher's place buys; `weights` of goods, services and works."""
        stall = self._stall()
        return Scene(local_buyers(self.source, self.rng), stall, weights)

    def federal_scene(self, weights: tuple[int, int, int]) -> Scene:
        """Federal bodies buy."""
        stall = self._stall()
        return Scene(federal_buyers(self.rng), stall, weights)

    def _stall(self) -> Stall:
        entity = None if self.source.entity == "00" else self.source.entity
        return Market(self.seed).stall(self.rng, entity)


Maker = Callable[[Order], Made]


def base_address(source: Source) -> str:
    """The address a source's own documents carry."""
    return source.url or f"https://{source.id.replace('_', '-')}.invalid"


def file_address(source: Source, file: Mapping[str, Any]) -> str:
    """The whole address of a declared file."""
    url: str = file.get("url") or base_address(source) + file["path"]
    return url


def in_files(
    order: Order, records: Sequence[tuple[str, bytes]], envelope: Callable[[str], Envelope]
) -> list[Draft]:
    """The (id, record) pairs dealt out over the declared files, in order; a `.gz` name means a gzip file."""
    drafts = []
    for number, file in enumerate(order.files):
        address = file_address(order.source, file)
        first, last = (len(records) * step // len(order.files) for step in (number, number + 1))
        drafts.append(draft(str(number), zipped(envelope(address), address), records[first:last]))
    return drafts


def zipped(envelope: Envelope, address: str) -> Envelope:
    """The envelope as a file of this name is sent."""
    if not address.endswith(".gz"):
        return envelope
    return Envelope(envelope.prefix, envelope.separator, envelope.suffix, "application/gzip", packing="gzip")


def draft(key: str, envelope: Envelope, records: Sequence[tuple[str, bytes]]) -> Draft:
    """A collection of (id, record) pairs."""
    return Draft(
        key, envelope, tuple(record for _, record in records), tuple(record_id for record_id, _ in records)
    )


def csv_line(cells: Sequence[str], encoding: str = "utf-8") -> bytes:
    """One CSV row without its line end."""
    buffer = io.StringIO()
    # The writer quotes a line break inside a cell only when line breaks end its lines.
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue().removesuffix("\n").encode(encoding)


def repeated(
    rng: random.Random, record_id: str, record: bytes, planted: Counter[str]
) -> Iterator[tuple[str, bytes]]:
    """The record, now and then twice: byte by byte the same, as real bulk files hold them."""
    yield record_id, record
    if rng.random() < IDENTICAL_RECORDS:
        planted["identical_record"] += 1
        yield record_id, record


def federal_buyers(rng: random.Random) -> list[Buyer]:
    """The federal bodies."""
    bodies = [Body(body.name, body.acronym, body.offices) for body in FEDERAL_BODIES]
    return [make_buyer(rng, body, entity="09", number=number) for number, body in enumerate(bodies)]


def local_buyers(source: Source, rng: random.Random) -> list[Buyer]:
    """The institutions that buy: the publisher alone when it has an RFC, else the bodies of its place."""
    agency, entity = source.publisher, source.entity if source.entity in ENTITIES else "09"
    if agency.rfc is not None:
        acronym = agency.id.split("-")[0].upper()
        body = Body(agency.name, acronym, INSTITUTE_AREAS, agency.rfc)
        return [make_buyer(rng, body, entity=entity, number=0)]
    is_municipal = agency.name.startswith("Municipio de ")
    place = agency.name.removeprefix("Municipio de ").split(",")[0] if is_municipal else ENTITIES[entity].name
    names = MUNICIPAL_BODIES if is_municipal else STATE_BODIES
    town = place if is_municipal else None
    bodies = [Body(name.format(place=place), acronym, LOCAL_AREAS, place=town) for name, acronym in names]
    return [make_buyer(rng, body, entity=entity, number=number) for number, body in enumerate(bodies)]
