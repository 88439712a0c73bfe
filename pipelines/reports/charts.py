"""Geometry of the charts: shares to lengths. The drawing is one macro file, ``templates/charts.svg.j2``.

Here: positions in percent or in the sparkline's own units, as text with fixed decimals so that equal data
give equal bytes. Not here: colours and fonts (the stylesheet), words (the templates).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipelines.reports.agency import Account

# A part of 12 in 4,000 is still drawn, as a sliver; its figure stands beside the bar.
SLIVER = Decimal("1.5")
# Shares of the bar (percent) that leave room for a figure, and for the figure with its word, on a phone.
ROOM_FOR_FIGURE = Decimal(14)
ROOM_FOR_WORDS = Decimal(38)
SPARK_HEIGHT = 32
SPARK_STEP = 12
SPARK_MARGIN = 4
SPARK_RANGE = 10.0


@dataclass(frozen=True)
class Segment:
    """One part of the account: x and width in percent of the bar; label: none | figure | words."""

    part: str
    records: int
    x: str
    width: str
    middle: str
    label: str


@dataclass(frozen=True)
class Sparkline:
    """A line over releases in units of its view box, and where its last point stands."""

    points: str
    last_x: str
    last_y: str
    width: int
    height: int


def segments(account: Account) -> tuple[Segment, ...]:
    """The account as adjoining parts of one bar that fill 100 %; parts of zero aren't drawn."""
    parts = [
        (part, records)
        for part, records in (
            ("published", account.published),
            ("held_back", account.held_back),
            ("quarantined", account.quarantined),
            ("duplicates", account.duplicates),
            ("missing", account.missing),
        )
        if records > 0
    ]
    total = sum(records for _, records in parts)
    widths = [max(SLIVER, Decimal(100 * records) / total) for _, records in parts]
    scale = Decimal(100) / sum(widths) if widths else Decimal(1)
    drawn, x = [], Decimal(0)
    for (part, records), raw in zip(parts, widths, strict=True):
        width = raw * scale
        label = "words" if width >= ROOM_FOR_WORDS else "figure" if width >= ROOM_FOR_FIGURE else "none"
        drawn.append(
            Segment(
                part=part,
                records=records,
                x=f"{x:.2f}",
                width=f"{width:.2f}",
                middle=f"{x + width / 2:.2f}",
                label=label,
            )
        )
        x += width
    return tuple(drawn)


def sparkline(scores: Sequence[float]) -> Sparkline:
    """The scores as a line, the range opened to at least ten points so that noise stays flat.

    Raises:
        ValueError: fewer than two scores make no line.
    """
    if len(scores) < 2:
        raise ValueError(f"a line needs two scores or more, not {len(scores)}")
    low, high = min(scores), max(scores)
    margin = max(0.0, SPARK_RANGE - (high - low)) / 2
    low, high = low - margin, high + margin
    usable = SPARK_HEIGHT - 2 * SPARK_MARGIN
    drawn = [
        (SPARK_MARGIN + index * SPARK_STEP, SPARK_MARGIN + usable * (high - score) / (high - low))
        for index, score in enumerate(scores)
    ]
    return Sparkline(
        points=" ".join(f"{x},{y:.2f}" for x, y in drawn),
        last_x=str(drawn[-1][0]),
        last_y=f"{drawn[-1][1]:.2f}",
        width=2 * SPARK_MARGIN + SPARK_STEP * (len(scores) - 1),
        height=SPARK_HEIGHT,
    )
