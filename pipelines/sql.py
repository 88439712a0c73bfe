"""Values and names inside SQL text. Here: quoting them. Not here: any query, and parameters, which need no quoting."""

from pathlib import Path


def text(value: str | Path) -> str:
    """`value` as an SQL text literal."""
    return "'" + str(value).replace("'", "''") + "'"


def name(identifier: str) -> str:
    """`identifier` as a quoted SQL name."""
    return '"' + identifier.replace('"', '""') + '"'
