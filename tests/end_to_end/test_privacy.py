"""Personal data planted in every system of the PDN: in free texts, in names of fields and in fields nobody knows.

None of it may stand in anything outside `var/raw` after a whole run: not in tables, pages, reports, results, nor in what
Dagster remembers. What is planted behind the gate is in `tests/unit/publication/test_release.py`.
"""

import gzip
import random
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
import stdnum.mx.curp
import stdnum.mx.rfc
import yaml

from pipelines.home import Home
from pipelines.registry import load_sources
from pipelines.sandbox import dataset, generator
from pipelines.sandbox.directus import HIDDEN
from pipelines.sandbox.local_portal import DEFAULT_EXPIRES_IN, open_server
from pipelines.sandbox.pdn_services import INSTITUTIONS
from pipelines.sandbox.protocols import SandboxPortals
from tests.end_to_end.conftest import Outcome, run_tequio

pytestmark = pytest.mark.slow

PUBLISHER = {
    "id": "instituto-de-prueba",
    "name": "Instituto de Prueba",
    "email": "datos@instituto.example",
    "uri": "https://instituto.example",
}
OAUTH = {
    name: f"TEQUIO_PRUEBA_{name.upper()}" for name in ("username", "password", "client_id", "client_secret")
}
# What is planted spoils texts and adds fields: the schema's share and the score say so, and must hold nothing back here.
TOLERATED = [
    {"metric": metric, "min": 0, "reason": "Los datos sembrados estropean los registros a propósito."}
    for metric in ("schema_share", "conformance_share", "quality_score")
]
# One source for each collection of each generation: id → system, family, protocol, collection → path.
SOURCES: Mapping[str, tuple[str, str, str, Mapping[str, str]]] = {
    "prueba_s1": ("pdn-s1", "pdn_s1", "pdn_rest", {"declaraciones": "/v2/declaraciones"}),
    "prueba_s2": ("pdn-s2", "pdn_v1", "pdn_rest", {"spic": "/v1/spic"}),
    "prueba_s3": (
        "pdn-s3",
        "pdn_v1",
        "pdn_rest",
        {"ssancionados": "/v1/ssancionados", "psancionados": "/v1/psancionados"},
    ),
    "prueba_s2_v2": (
        "pdn-s2",
        "pdn_v2",
        "pdn_directus",
        {
            "servidores_intervengan_procedimientos_contrataciones": (
                "/items/servidores_intervengan_procedimientos_contrataciones"
            )
        },
    ),
    "prueba_s3_v2": (
        "pdn-s3",
        "pdn_v2",
        "pdn_directus",
        {
            name: f"/items/{name}"
            for name in (
                "faltas_administrativas_graves",
                "faltas_administrativas_no_graves",
                "faltas_graves_personas_fisicas",
                "faltas_graves_personas_morales",
            )
        },
    ),
}
# Scale of the sample data: a service of v2 has fewer records.
SCALES = {"pdn_rest": 0.15, "pdn_directus": 0.6}
# Values shorter than this are codes, which a redactor may drop as such; longer ones are what people write.
TEXT_FROM = 14
LETTERS = "ABCDEFGHJKLMNPRSTV"


@dataclass
class Planted:
    """What was hidden in the records of one source: value → its kind and the path it stands at."""

    number: int = 0
    values: dict[str, tuple[str, str]] = field(default_factory=dict)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.number)

    def curp(self, path: str) -> str:
        """A CURP that RENAPO could have given."""
        stem = f"{self._stem()}{self._date()}HOC{''.join(self._random.choices('BCDFGLMNPRST', k=3))}0"
        return self._remember(stem + stdnum.mx.curp.calc_check_digit(stem), "curp", path)

    def rfc(self, path: str) -> str:
        """A natural person's RFC that SAT could have given."""
        stem = f"{self._stem()}{self._date()}{self._random.choice(LETTERS)}{self._random.randint(1, 9)}"
        return self._remember(stem + stdnum.mx.rfc.calc_check_digit(stem), "rfc_natural", path)

    def email(self, path: str) -> str:
        """An address of somebody."""
        at = self.number + len(self.values)
        return self._remember(f"persona{at}@correo{at}.example.mx", "email", path)

    def phone(self, path: str) -> str:
        """Ten digits as people write them."""
        digits = f"951 {self._random.randint(100, 999)} {self._random.randint(1000, 9999)}"
        return f"tel. {self._remember(digits, 'phone', path)}"

    def _stem(self) -> str:
        return f"{self._random.choice(LETTERS)}{self._random.choice('AEIOU')}" + "".join(
            self._random.choices(LETTERS, k=2)
        )

    def _date(self) -> str:
        numbers = (self._random.randint(50, 99), self._random.randint(1, 12), self._random.randint(1, 28))
        return "".join(f"{number:02d}" for number in numbers)

    def _remember(self, value: str, kind: str, path: str) -> str:
        self.values[value] = (kind, path)
        return value


def plant(records: tuple[bytes, ...], planted: Planted, *, only_texts: bool = False) -> tuple[bytes, ...]:
    """Hide a value in each record: in one text after another, in names of fields, in a field nobody knows, in an id."""
    spoilt = []
    for number, text in enumerate(records):
        record = orjson.loads(text)
        made = (planted.curp, planted.rfc, planted.email, planted.phone)[number % 4]
        place = 0 if only_texts else number % 5
        if place == 0:
            texts = list(_texts(record, ""))
            holder, key, path = texts[number % len(texts)] if texts else (record, "nombre", "/nombre")
            holder[key] = f"{holder[key]} {made(path)}"
        elif place == 1:
            record[made("(name of a field)")] = "x"
        elif place == 2:
            record["notaInterna"] = {"quien": made("/notaInterna")}
        elif place == 3:
            record["id"] = made("/id")
        else:
            inner = next((value for value in record.values() if isinstance(value, dict)), record)
            inner[made("(name of an inner field)")] = {"x": "x"}
        spoilt.append(orjson.dumps(record))
    return tuple(spoilt)


def _texts(value: Any, path: str) -> Iterator[tuple[Any, Any, str]]:
    """Every place of a longer text: its holder, key and path."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in list(members):
        at = f"{path}/{key}"
        if isinstance(member, dict | list):
            yield from _texts(member, at)
        elif isinstance(member, str) and len(member) >= TEXT_FROM and key not in {"id", "_id"}:
            yield value, key, at


def declare(folder: Path) -> None:
    """The declarations of `SOURCES`."""
    for source_id, (system, family, protocol, paths) in SOURCES.items():
        rest = protocol == "pdn_rest"
        declared = {
            "id": source_id,
            "title": f"Fuente de prueba {source_id}",
            "entity": "20",
            "publisher": PUBLISHER,
            "system": system,
            "family": family,
            "protocol": protocol,
            "url_env": f"TEQUIO_{source_id.upper()}_URL",
            "auth": OAUTH if rest else {"token": "TEQUIO_PRUEBA_TOKEN"},
            "parameters": {
                **({"token_path": "/oauth/token"} if rest else {}),
                "collections": [
                    {"name": name, "path": path}
                    | ({"dependencies_path": f"{path}/{INSTITUTIONS}"} if family == "pdn_v1" else {})
                    for name, path in paths.items()
                ],
            },
            "ocid_prefix": None,
            "cadence": "none",
            "licence": "https://datos.gob.mx/libreusomx",
            "status": "credentials-needed",
            "assertions": TOLERATED,
        }
        target = folder / "20_oaxaca" / f"{source_id}.yaml"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(yaml.safe_dump(declared, allow_unicode=True), encoding="utf-8")


@dataclass(frozen=True)
class Ran:
    """A run over the planted portals."""

    outcome: Outcome
    home: Home
    planted: Mapping[str, Planted]
    listed: Mapping[str, Planted]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, home: Home) -> Ran:
    folder = tmp_path_factory.mktemp("sources")
    schema = Path(__file__).resolve().parents[2] / "sources" / "source.schema.json"
    (folder / schema.name).write_bytes(schema.read_bytes())
    declare(folder)
    sources = load_sources(folder)
    planted = {source.id: Planted(at) for at, source in enumerate(sources)}
    listed = {source.id: Planted(1000 + at) for at, source in enumerate(sources)}
    datasets = {}
    for source in sources:
        drafts, defects = generator.generate(
            source, seed=generator.DEFAULT_SEED, scale=SCALES[source.protocol]
        )
        spoilt = [
            replace(draft, records=plant(draft.records, listed[source.id], only_texts=True))
            if draft.key == INSTITUTIONS
            else replace(draft, records=plant(draft.records, planted[source.id]))
            for draft in drafts
        ]
        data = tmp_path_factory.mktemp("data") / source.id
        dataset.save(data, spoilt, defects)
        datasets[source.id] = dataset.load(data, source.id)
    portals = SandboxPortals(sources, datasets, expires_in=DEFAULT_EXPIRES_IN)
    server = open_server(portals, sources, port=0, faults={})
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    serving.start()
    try:
        outcome = run_tequio(home.root, "--sources", str(folder), TEQUIO_PORTAL_ADDRESS=server.listening)
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        serving.join(timeout=5)
    return Ran(outcome, home, planted, listed)


def test_every_system_is_published(ran: Ran) -> None:
    assert ran.outcome.exit_code == 0, ran.outcome.told.get("error") or ran.outcome.stderr
    assert {one for one, told in ran.outcome.sources.items() if told["published"]} == set(SOURCES)


def test_every_kind_was_planted_in_every_source(ran: Ran) -> None:
    """The test below would pass on data without people in it."""
    for source_id, planted in ran.planted.items():
        kinds = Counter(kind for kind, _ in planted.values.values())
        assert min(kinds[kind] for kind in ("curp", "rfc_natural", "email", "phone")) >= 3, source_id
        landed = "\n".join(_content(path) for path in (ran.home.landed / source_id).rglob("*.parquet"))
        # The sandbox's Directus shows the public role of S2 v2 neither ids nor dates.
        hidden = {f"/{name}" for names in HIDDEN.values() for name in names if source_id == "prueba_s2_v2"}
        assert all(value in landed for value, (_, path) in planted.values.items() if path not in hidden)


def test_nothing_planted_leaves_the_private_folder(ran: Ran) -> None:
    hidden = [*ran.planted.items(), *ran.listed.items()]
    values = {value: (source, *what) for source, one in hidden for value, what in one.values.items()}
    found = []
    for path in ran.home.root.rglob("*"):
        if path.is_file() and ran.home.raw not in path.parents and ran.home.sandbox not in path.parents:
            content = _content(path)
            found += [
                (path.relative_to(ran.home.root), *values[value]) for value in values if value in content
            ]

    assert found == []


def test_what_was_removed_is_counted_for_each_source(ran: Ran) -> None:
    catalogue = orjson.loads((ran.home.publications / "latest" / "catalog.json").read_bytes())
    counted = {
        source["id"]: {one["kind"] for one in source["in_release"]["redactions"]}
        for source in catalogue["sources"]
    }

    for source_id in SOURCES:
        assert counted[source_id] >= {"curp", "rfc_natural", "email", "phone"}, source_id


def test_no_output_of_the_pdn_carries_a_pseudonym(ran: Ran) -> None:
    """It could name whom the law does not."""
    files = [path for path in (ran.home.publications / "latest" / "pdn").rglob("*") if path.is_file()]

    assert len(files) > len(SOURCES)
    assert [path.name for path in files if "MX-TEQUIO-" in _content(path)] == []


def _content(path: Path) -> str:
    """Everything in a file as text; of a database its bytes."""
    if path.suffix == ".parquet":
        return "\n".join(str(row) for row in duckdb.sql(f"select * from '{path}'").fetchall())
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes()).decode("utf-8")
    return path.read_bytes().decode("utf-8", "replace")
