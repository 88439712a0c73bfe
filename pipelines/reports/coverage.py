"""The PDN over the country, as data for its page: each state and system, declared and measured, and a map of each system.

Here: from the rows of ``pdn_coverage`` to cells, tiles and sums. Not here: how it is measured
(``dbt_project/models/integrated/pdn_coverage.sql``), HTML (the template), the JSON twin (``machine``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pyarrow.parquet as pq

from pipelines.publication import layout
from pipelines.reports import words
from pipelines.reports.entities import ENTITIES, FEDERATION, NAMES, Entity
from pipelines.reports.format_es import number
from pipelines.reports.index import Tile
from pipelines.reports.states import Mark

CellState = Literal["published", "kept", "held_back", "unreachable", "empty", "not_tried", "not_declared"]

MARKS: Mapping[CellState, Mark] = {
    "published": Mark("publicada", "published", "●", "good"),
    "kept": Mark("publicada, sin respuesta", "published, no answer", "◐", "warn"),
    "held_back": Mark("retenida", "held back", "▲", "bad"),
    "unreachable": Mark("sin respuesta", "no answer", "○", "mute"),
    "empty": Mark("dice no tener nada", "says it has none", "◇", "mute"),
    "not_tried": Mark("sin intento", "not tried", "–", "mute"),
    "not_declared": Mark("sin fuente", "no source", "·", ""),
}
EXPLAINED: Mapping[CellState, words.Pair] = {
    "published": ("hay datos en esta publicación", "this release holds data"),
    "kept": (
        "hay datos de una entrega anterior; el último intento no tuvo respuesta",
        "it holds data of an earlier delivery; the last attempt had no answer",
    ),
    "held_back": ("respondió, pero nada cumple aún para publicarse", "it answered, but nothing passes yet"),
    "unreachable": ("se intentó y no hubo respuesta utilizable", "it was tried, without an answer of use"),
    "empty": (
        "respondió que no tiene registros: cero de verdad",
        "it answered that it has none: a real zero",
    ),
    "not_tried": (
        "hay fuente declarada, pero no dirección o credenciales para preguntarle",
        "a source is declared, without an address or credentials to ask it",
    ),
    "not_declared": ("no se conoce fuente", "no source is known"),
}


@dataclass(frozen=True)
class Cell:
    """One state and system. Counts are None where nothing is known, never 0 in their place."""

    entity: str
    system: str
    state: CellState
    declared_sources: int
    reachable_sources: int
    unreachable_sources: int
    untried_sources: int
    attempted_on: date | None
    records: int | None
    newest_capture_on: date | None
    fetched_on: date | None
    institutions_in_records: int | None
    institutions_listed: int | None
    institutions_found_exactly: int | None
    institutions_found: int | None
    bodies_connected: int | None
    bodies_total: int | None
    parts_connected: tuple[str, ...]

    @property
    def anchor(self) -> str:
        return f"{self.system}-{self.entity}"

    @property
    def mark(self) -> Mark:
        return MARKS[self.state]

    @property
    def name(self) -> str:
        return NAMES[self.entity]


@dataclass(frozen=True)
class SystemCoverage:
    """One system over the country: its map, its rows (the federation first), and how many states are in which state."""

    system: str
    title: words.Pair
    cells: tuple[Cell, ...]
    tiles: tuple[Tile, ...]

    @property
    def counted(self) -> tuple[tuple[Mark, words.Pair, int], ...]:
        """(mark, what it means, entities), the federation included, states that occur only."""
        return tuple(
            (MARKS[state], EXPLAINED[state], count)
            for state in MARKS
            if (count := sum(cell.state == state for cell in self.cells))
        )

    @property
    def states_with_data(self) -> int:
        """Of the 32, how many have data in the release."""
        return sum(cell.state in {"published", "kept"} for cell in self.cells if cell.entity != FEDERATION)

    @property
    def records(self) -> int | None:
        """Records in the release; None when there are none to count."""
        known = [cell.records for cell in self.cells if cell.records is not None]
        return sum(known) if known else None

    @property
    def institutions(self) -> tuple[int, int, int] | None:
        """Institutions listed, of them found by name, of them found by body; None when nobody listed any."""
        told = [cell for cell in self.cells if cell.institutions_listed is not None]
        if not told:
            return None
        return (
            sum(cell.institutions_listed or 0 for cell in told),
            sum(cell.institutions_found_exactly or 0 for cell in told),
            sum(cell.institutions_found or 0 for cell in told),
        )


@dataclass(frozen=True)
class Coverage:
    """All of the page. `connections_as_of`: the last day of the quarter of PDN's own count."""

    systems: tuple[SystemCoverage, ...]
    connections_as_of: date | None


def read_coverage(staged: Path) -> Coverage | None:
    """The coverage of a staged release; None where it holds no tables over all sources."""
    path = staged / layout.INTEGRATED_FOLDER / "pdn_coverage.parquet"
    return coverage(pq.read_table(path).to_pylist()) if path.is_file() else None


def coverage(rows: Sequence[Mapping[str, Any]]) -> Coverage:
    """The page's data from the rows of ``pdn_coverage``, one for each state and system."""
    cells = [_cell(row) for row in rows]
    return Coverage(
        systems=tuple(
            _system(system, title, [cell for cell in cells if cell.system == system])
            for system, title in words.PDN_SYSTEMS.items()
        ),
        connections_as_of=max(
            (row["connections_as_of"] for row in rows if row["connections_as_of"] is not None), default=None
        ),
    )


def _cell(row: Mapping[str, Any]) -> Cell:
    is_kept = row["coverage"] == "published" and row["reachability"] == "unreachable"
    copied = {
        name: row[name] for name in Cell.__dataclass_fields__ if name not in {"state", "parts_connected"}
    }
    return Cell(
        **copied,
        state="kept" if is_kept else row["coverage"],
        parts_connected=tuple(row["parts_connected"].split(",")) if row["parts_connected"] else (),
    )


def _system(system: str, title: words.Pair, cells: Sequence[Cell]) -> SystemCoverage:
    by_entity = {cell.entity: cell for cell in cells}
    return SystemCoverage(
        system=system,
        title=title,
        cells=tuple(sorted(cells, key=lambda cell: cell.entity)),
        tiles=tuple(_tile(by_entity[entity.key], entity) for entity in ENTITIES),
    )


def _tile(cell: Cell, entity: Entity) -> Tile:
    mark = cell.mark
    figure = None if cell.records is None else number(cell.records)
    return Tile(
        entity=entity,
        word=(figure or mark.es, figure or mark.en),
        title=(
            mark.es if figure is None else f"{mark.es}, {figure} registros",
            mark.en if figure is None else f"{mark.en}, {figure} records",
        ),
        shape=mark.shape,
        css=mark.css,
        anchor=cell.anchor,
    )
