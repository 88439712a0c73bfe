"""What was landed, as records: for tests that compare it with what a portal had."""

from typing import Any

import duckdb
import orjson

from pipelines.home import Home
from pipelines.landing.land import Generation, records_query


def rows_of(home: Home, generation: Generation | None) -> list[dict[str, Any]]:
    """The records of a generation in the publisher's order, each that came twice once."""
    assert generation is not None
    query = f"SELECT record FROM ({records_query(home, generation)}) WHERE NOT is_duplicate ORDER BY ordinal"
    with duckdb.connect() as connection:
        return [orjson.loads(record) for (record,) in connection.execute(query).fetchall()]
