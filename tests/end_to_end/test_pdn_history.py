"""Generations of a PDN service, one after the other, landed, built by real dbt, judged by the gate and published."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.home import read_json
from pipelines.landing import land, version_log
from pipelines.orchestration import dbt
from pipelines.portals.errors import FetchState
from pipelines.publication import admission, catalogue, layout, plan, pointer, release, slices, versions
from pipelines.publication.admission import Judgement
from pipelines.publication.release import Publication
from pipelines.registry import Source
from pipelines.standards import public_view
from pipelines.standards.privacy import PseudonymKey
from tests.pdn_deliveries import ONE, S, Service

KEY = PseudonymKey(b"0123456789abcdef0123456789abcdef")
CURP = "BOXW310820HNERXN09"
HISTORY = f"{layout.PDN_TABLES_FOLDER}/history"

pytestmark = pytest.mark.slow


def sanction(number: int, **fields: Any) -> dict[str, Any]:
    """A valid record of a servidor público; what isn't public of it stands in the CURP and, no graves, the name."""
    return {
        "id": f"s-{number}",
        "fechaCaptura": "2026-10-01T00:00:00Z",
        "expediente": f"{number}/2026",
        "institucionDependencia": {"nombre": "Secretaría de Prueba"},
        "servidorPublicoSancionado": {
            "curp": CURP,
            "nombres": "Ernesto",
            "primerApellido": "Gómez",
            "puesto": "Director",
        },
        "tipoFalta": {"clave": "NAD", "valor": "NEGLIGENCIA ADMINISTRATIVA"},
        "tipoSancion": [{"clave": "M", "valor": "MULTADO"}],
        "causaMotivoHechos": "No entregó",
        **fields,
    }


def sanctions(*without: int) -> list[dict[str, Any]]:
    return [sanction(number) for number in range(1, 13) if number not in without]


class Chain:
    """The steps of a run for one source."""

    def __init__(self, root: Path) -> None:
        self.service = Service(root)
        self.home = self.service.home
        self.runs = 0

    def run(self, *, code: str = "v1", stop: str | None = None) -> Publication | None:
        """Plan, build, judge and publish what is landed; `stop`: the last step before the run dies."""
        self.runs += 1
        run_id, now = f"r{self.runs}", datetime(2026, 11, 20, 18, self.runs, tzinfo=UTC)
        made = plan.make_plan([ONE], home=self.home, code_version=code)
        self.built = [build.slice_id for build in made.builds]
        if made.builds:
            self._build(made, run_id)
        if stop == "build":
            return None
        (self.judgement,) = admission.judge_sources([ONE], home=self.home, code_version=code, now=now)
        return release.publish(
            [ONE],
            home=self.home,
            code_version=code,
            dbt_manifest=dbt.MANIFEST,
            integrated_dir=None,
            add_pages=None,
            now=now,
        )

    judgement: Judgement
    built: Sequence[str]

    def _build(self, made: plan.Plan, run_id: str) -> None:
        database = plan.prepare(made, sources=[ONE], home=self.home, run_id=run_id)
        self._dbt("releases", database)
        public_view.build_public_view(
            database,
            plan.run_folder(self.home, run_id),
            slices=plan.rows(made, home=self.home),
            key=KEY,
        )
        self._dbt(dbt.TABLES, database)
        slices.export_slices(
            database,
            slices=[(ONE, plan.landed_generation(self.home, build)) for build in made.builds],
            code_version=made.code_version,
            home=self.home,
            version_logs={build.slice_id: build.version_log for build in made.builds if build.version_log},
        )

    @staticmethod
    def _dbt(stage: str, database: Path) -> None:
        results = dbt.build_stage(stage, database=database)
        failed = [one for one in results if one.status in dbt.FAILED]
        assert failed == []
        # Dagster waits for each model, also for those of procurement, which have nothing to do here.
        nodes = dbt.read_manifest()["nodes"]
        models = {one for one, node in nodes.items() if node["resource_type"] == "model"}
        told = {one.unique_id for one in results} & models
        assert told == {one for one in models if f"stage:{stage}" in nodes[one]["tags"]}

    def history(self, condition: str = "true") -> list[dict[str, Any]]:
        """The published rows, in their order."""
        file = self.home.publications / "latest" / layout.table_path(HISTORY, ONE.id)
        found = duckdb.sql(
            f"SELECT * FROM read_parquet('{file}', hive_partitioning = false) WHERE {condition}"
        )
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    dbt.prepare_manifest()
    return Chain(tmp_path / "home")


def at(day: int) -> datetime:
    return datetime(2026, 11, day, 18)


def test_a_sanction_that_vanishes_stays_in_the_history(chain: Chain) -> None:
    deliver = chain.service.deliver
    deliver(sanctions())
    first = chain.run()
    assert first is not None and first.release is not None
    assert len(chain.history()) == 12
    # Half of it: held back. Nothing new: the same files.
    deliver(sanctions(*range(1, 7)))
    chain.run()
    assert chain.judgement.verdict.outcome == "held_back"
    assert chain.history("not is_current") == []
    deliver(sanctions())
    deliver(sanctions(), state=FetchState.UNCHANGED)
    before = chain.judgement.admitted
    again = chain.run()
    assert chain.built == []
    assert again is not None and before is not None
    assert chain.judgement.admitted is not None
    assert chain.judgement.admitted.slice_digest == before.slice_digest
    # One vanishes, one changes, one changes only where nobody may see it.
    changed = sanction(3, expediente="3-bis/2026")
    unseen = sanction(4)
    unseen["servidorPublicoSancionado"] = {**unseen["servidorPublicoSancionado"], "nombres": "Luis"}
    deliver([*sanctions(2, 3, 4), changed, unseen])
    assert chain.run() is not None
    assert chain.judgement.verdict.outcome == "admitted"
    rows = chain.history("record_key IN ('s-2', 's-3', 's-4', 's-5')")
    public = {row["record_key"]: row["record"] for row in rows if row["record"] is not None}
    assert {row["content_sha256"] for row in rows if row["record"] is not None} == {
        hashlib.sha256(text.encode()).hexdigest() for text in public.values()
    }
    assert '"No público"' in public["s-2"]
    assert '"2/2026"' in public["s-2"]
    assert not any(secret in text for text in public.values() for secret in (CURP, "Ernesto", "Gómez"))
    assert [
        {name: value for name, value in row.items() if name not in {"content_sha256", "record"}}
        for row in rows
    ] == [
        {
            "source_id": ONE.id,
            "system": "s3s",
            "dialect": "v1",
            "collection": S,
            "record_key": key,
            "version": version,
            "record_id": key,
            "valid_from": at(since),
            "valid_to": None if until is None else at(until),
            "first_seen": at(1),
            "last_seen": None if seen is None else at(seen),
            "is_current": until is None,
            "withdrawn_on": withdrawn,
        }
        for key, version, since, until, seen, withdrawn in [
            ("s-2", 1, 1, 5, 4, date(2026, 11, 5)),
            ("s-3", 1, 1, 5, 4, None),
            ("s-3", 2, 5, None, None, None),
            ("s-4", 1, 1, None, None, None),
            ("s-5", 1, 1, None, None, None),
        ]
    ]
    # It comes back, and what was said of it stays said.
    deliver([*sanctions(3, 4), changed, unseen])
    chain.run()
    assert [
        (row["version"], row["valid_from"], row["valid_to"], row["withdrawn_on"])
        for row in chain.history("record_key = 's-2'")
    ] == [(1, at(1), at(5), date(2026, 11, 5)), (2, at(6), None, None)]
    # New code redacts all of it again and tells the same.
    told = chain.history()
    chain.run(code="v2")
    assert chain.built != []
    assert chain.history() == told


def test_runs_that_died_and_releases_that_were_taken_back(chain: Chain) -> None:
    """Before the release, after the pointer, with the slice lost: the same log, the same bytes. What readers were taken
    back from stays as it was, also after two steps back, so it isn't published again.
    """
    chain.service.deliver(sanctions())
    chain.run()
    chain.service.deliver(sanctions(2))
    chain.run(stop="build")
    chain.run()
    assert chain.built == []
    assert [row["record_key"] for row in chain.history("withdrawn_on IS NOT NULL")] == ["s-2"]
    chain.service.deliver(sanctions(3))
    landed = land.current(chain.home, ONE.id)
    assert landed is not None
    planned = versions.log_of(chain.home, ONE, landed.generation)
    assert planned is not None
    chain.run()
    # The pointer has moved, and nothing else is written: the log of the released generation is its own.
    assert versions.log_of(chain.home, ONE, landed.generation) == planned
    part = catalogue.standing(ONE, home=chain.home).part
    assert part is not None
    folder = slices.slice_folder(chain.home, ONE.id, part.key)
    folder.rename(folder.with_name("lost"))
    version_log.path_of(chain.home, ONE.id, planned.log).unlink()
    with pytest.raises(version_log.VersionLogError, match="recupérelo de un respaldo"):
        chain.run()
    version_log.write(chain.home, [planned])
    chain.run()
    rebuilt = catalogue.standing(ONE, home=chain.home).part
    assert rebuilt is not None
    assert (rebuilt.key, rebuilt.digest) == (part.key, part.digest)

    pointer.roll_back(chain.home, "2026-11-20.1", reason="prueba", now=datetime(2026, 11, 20, 19, tzinfo=UTC))
    chain.run()
    assert chain.built == []
    current = pointer.read_pointer(chain.home)
    assert current is not None and current.release == "2026-11-20.1"
    # New data go on from what readers see: what only the withdrawn releases said isn't said.
    chain.service.deliver(sanctions(5))
    chain.run()
    assert {
        row["record_key"]: (row["valid_from"], row["withdrawn_on"])
        for row in chain.history("withdrawn_on IS NOT NULL OR record_key IN ('s-2', 's-3')")
    } == {"s-2": (at(1), None), "s-3": (at(1), None), "s-5": (at(1), date(2026, 11, 4))}


def test_only_the_pdn_has_a_history(chain: Chain) -> None:
    """Its table is in the dictionary and the catalogue names the log."""
    chain.service.deliver([sanction(1), {**sanction(2), "id": CURP}])
    chain.run()
    folder = chain.home.publications / "latest"
    schema = read_json(folder / catalogue.SCHEMAS_FOLDER / "pdn_history.json")
    assert [field["name"] for field in schema["fields"] if not field["description"]] == []
    (entry,) = read_json(folder / layout.CATALOG)["sources"]
    landed = land.current(chain.home, ONE.id)
    assert landed is not None
    assert entry["in_release"]["version_log"] == versions.log_id(chain.home, ONE, landed.generation)
    procurement: Source = replace(ONE, system="s6-ocds", family="ocds_packages")
    assert versions.log_id(chain.home, procurement, landed.generation) is None
    # An id that is personal data names nobody: the record is known by what it shows.
    keys = {row["record_key"]: row["record_id"] for row in chain.history()}
    assert keys.pop("s-1") == "s-1"
    ((key, record_id),) = keys.items()
    assert len(key) == 64
    assert record_id.startswith("reservado-")
