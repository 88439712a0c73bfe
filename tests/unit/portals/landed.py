"""What landed, as tests compare it."""

import duckdb

from pipelines.home import Home
from pipelines.landing.land import current, records_query


def landed_ids(home: Home, source_id: str) -> set[str | None]:
    """Ids of the landed records of a source that aren't duplicates."""
    generation = current(home, source_id)
    assert generation is not None
    query = f"SELECT record->>'id' FROM ({records_query(home, generation)}) WHERE NOT is_duplicate"
    return {found for (found,) in duckdb.sql(query).fetchall()}
