"""What a run is doing, told as it happens.

Here: one function that every step calls. It writes a log record that carries the figures, so the
Dagster log, a plain terminal and the command line's display all read the same thing.
Not here: how it looks (`pipelines/cli.py`).
"""

import logging

LOGGER = logging.getLogger("tequio.progress")


def report(source_id: str | None, step: str, **figures: int | float | str | None) -> None:
    """Say that `source_id` (None: the run as a whole) is at `step`, with its figures.

    Names of figures are those of the ledger and of Dagster's metadata: `rows`, `pages`, `bytes`,
    `quarantined`, `duplicates`, `seconds`, `state`.
    """
    shown = " ".join(f"{name}={value}" for name, value in figures.items())
    LOGGER.info(
        "%s · %s %s",
        source_id or "tequio",
        step,
        shown,
        extra={"tequio_source": source_id, "tequio_step": step, "tequio_figures": figures},
    )
