"""What Python hands to the models over all sources: every declared source, how its last fetch ended, what its
provider lists."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.home import Home
from pipelines.landing.fetch import ledger_row
from pipelines.landing.ledger import Ledger
from pipelines.portals.errors import FetchState
from pipelines.portals.pages import Fetch, ListedInstitution, write_fetch
from pipelines.publication import admission
from pipelines.registry import Source, load_sources


@pytest.fixture(scope="module")
def declared(repository: Path) -> dict[str, Source]:
    wanted = ("oaxaca_s2", "oaxaca_s3", "yucatan_inaip")
    return {one.id: one for one in load_sources(repository / "sources") if one.id in wanted}


def fetched(
    home: Home,
    source_id: str,
    day: int,
    state: FetchState,
    institutions: tuple[ListedInstitution, ...] | None = None,
) -> None:
    fetch = Fetch(
        fetch_id=f"202611{day:02d}T120000.000000Z",
        source_id=source_id,
        started_at=f"2026-11-{day:02d}T12:00:00+00:00",
        finished_at=f"2026-11-{day:02d}T06:01:00-06:00",
        state=state,
        pages=(),
        declared=None,
        declared_by=None,
        rows=None,
        distinct_ids=None,
        pages_ok=0,
        pages_failed=0,
        bytes=0,
        message="",
        url=None,
        expected=None,
        action=None,
        content_digest=None,
        institutions=institutions,
    )
    write_fetch(home, fetch)
    Ledger(home).write(ledger_row(fetch))


def test_sources_tell_their_last_attempt_and_lists_stay_when_a_portal_falls_silent(
    tmp_path: Path, declared: dict[str, Source]
) -> None:
    home = Home(tmp_path / "home")
    listed = (ListedInstitution("spic", "Contraloría", "SCTG", None),)
    fetched(home, "oaxaca_s2", 20, FetchState.COMPLETE, listed)
    fetched(home, "oaxaca_s2", 21, FetchState.UNAVAILABLE)
    # A list without a single institution isn't a list that never came.
    fetched(home, "oaxaca_s3", 21, FetchState.EMPTY, ())
    database = tmp_path / "build.duckdb"

    admission.register_admitted(database, declared=list(declared.values()), contracts={}, home=home)

    with duckdb.connect(str(database), read_only=True) as connection:
        sources = connection.execute(
            "select source_id, publisher_id, admitted, state, attempted_at, records, lists_institutions "
            "from admitted.sources order by 1"
        ).fetchall()
        lists = connection.execute("select * from admitted.listed_institutions").fetchall()
    last = datetime(2026, 11, 21, 12, 1)
    assert sources == [
        ("oaxaca_s2", "sesea-oaxaca", False, "unavailable", last, None, True),
        ("oaxaca_s3", "sesea-oaxaca", False, "empty", last, None, True),
        ("yucatan_inaip", declared["yucatan_inaip"].publisher.id, False, None, None, None, False),
    ]
    assert lists == [("oaxaca_s2", "spic", "Contraloría", "SCTG", None)]


def test_what_a_provider_types_into_its_list_is_published_without_personal_data(
    tmp_path: Path, declared: dict[str, Source]
) -> None:
    """Lists pass no gate, and their names stand in tables that the release publishes."""
    home = Home(tmp_path / "home")
    typed = ListedInstitution(
        "spic", "Contraloría GOMC800101HOCMRR09", "persona@correo.example.mx", "tel. 951 123 4567"
    )
    fetched(home, "oaxaca_s2", 20, FetchState.COMPLETE, (typed,))
    database = tmp_path / "build.duckdb"

    admission.register_admitted(database, declared=list(declared.values()), contracts={}, home=home)

    with duckdb.connect(str(database), read_only=True) as connection:
        lists = connection.execute(
            "select nombre, siglas, clave from admitted.listed_institutions"
        ).fetchall()
    assert lists == [("Contraloría [CURP reservada]", "[correo reservado]", "tel. [teléfono reservado]")]
