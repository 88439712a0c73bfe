"""Public bodies over Systems 1, 2, 3 and 6, and what the country's coverage says of them.

Here: `institutions`, `institution_names` and `pdn_coverage` over the real System 2 of Oaxaca, over two states with
the same names, and over all 32 entities. Not here: each rule alone (dbt's unit tests beside the models), how Python
hands over what was declared and listed (`tests/unit/publication/test_admission_facts.py`).
"""

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.contract.scratch import Scratch
from tests.contract.test_integrated import resolve


def declared(source_id: str, entity: str, system: str, **more: Any) -> dict[str, Any]:
    return {
        "source_id": source_id,
        "entity": entity,
        "system": system,
        "publisher_id": f"sesea-{entity}",
        "status": "live",
        "admitted": True,
        "state": "complete",
        "attempted_at": datetime(2026, 11, 22, 12),
        "records": 1,
        "fetched_at": datetime(2026, 11, 21, 12),
        "lists_institutions": False,
        **more,
    }


def named(source_id: str, body: dict[str, str | None], seen: str = "2021-05-01T12:00:00") -> dict[str, Any]:
    return {
        "source_id": source_id,
        "institucion_nombre": body.get("nombre"),
        "institucion_siglas": body.get("siglas"),
        "institucion_clave": body.get("clave"),
        "fecha_captura": datetime.fromisoformat(seen[:19]),
    }


@pytest.fixture(scope="module")
def oaxaca(new_scratch: Callable[[], Scratch], parsed_project: Path, shared_data: Path) -> Scratch:
    """The real records of Oaxaca's S2, and two other states that name bodies alike."""
    document = json.loads((shared_data / "pdn" / "oaxaca_s2_2021.json").read_text(encoding="utf-8"))
    records = document["results"] if isinstance(document, dict) else document
    health = {"nombre": "Secretaría de Salud", "siglas": "SSA"}
    return resolve(
        new_scratch(),
        parsed_project,
        {
            "sources": [
                declared("oaxaca_s2", "20", "pdn-s2", records=len(records), lists_institutions=True),
                declared("puebla_s1", "21", "pdn-s1"),
                declared("puebla_s3", "21", "pdn-s3"),
                declared("federal_s2", "00", "pdn-s2"),
                declared("todos_s2", "00", "pdn-s2", publisher_id="sesna", records=900),
                declared("morelos_s1", "17", "pdn-s1", admitted=False, state="unavailable", records=None),
            ],
            "pdn_s2": [
                *(named("oaxaca_s2", one["institucionDependencia"], one["fechaCaptura"]) for one in records),
                named("federal_s2", health),
                named("todos_s2", health),
            ],
            "pdn_s3_servidores": [
                named("puebla_s3", health),
                named("puebla_s3", {"nombre": "SERVICIOS DE  SALUD DEL ESTADO DE PUEBLA"}),
                named("puebla_s3", {"nombre": "Servicios de Salud", "siglas": "nan"}),
                named("puebla_s3", {"nombre": "ssa"}),
            ],
            "pdn_s1_declaraciones": [
                {
                    "source_id": "puebla_s1",
                    "institucion": "secretaría de salud",
                    "nombre_ente_publico": "Servicios de Salud del Estado",
                    # Where somebody works says nothing of whose the ministry is.
                    "entidad_clave": "20",
                    "actualizacion": datetime(2021, 5, 1, 12),
                }
            ],
            "listed_institutions": [
                {
                    "source_id": "oaxaca_s2",
                    "collection": "spic",
                    "nombre": nombre,
                    "siglas": None,
                    "clave": None,
                }
                for nombre in ("SCTG", "tribunal superior de justicia", "Secretaría de Turismo")
            ],
        },
    )


def bodies(scratch: Scratch, source_id: str) -> dict[str, tuple[str, str]]:
    """Of each name of a source, the body it was resolved to and by which rule."""
    found = scratch.rows(
        "select spellings.name, bodies.name as body, rule from integrated.institution_names as spellings "
        "left join integrated.institutions as bodies using (institution_id) "
        f"where source_id = '{source_id}' and not spellings.is_listed"
    )
    return {row["name"]: (row["body"], row["rule"]) for row in found}


def test_the_spellings_of_oaxaca_are_four_bodies(oaxaca: Scratch) -> None:
    comptroller = "Secretaría de la Contraloría y Transparencia Gubernamental"
    council = "CONSEJO DE LA JUDICATURA DEL PODER JUDICIAL DEL ESTADO DE OAXACA"
    institute = "Instituto de Acceso a la Información Pública y Protección de Datos Personales"

    assert bodies(oaxaca, "oaxaca_s2") == {
        "SCTG": (comptroller, "acronym"),
        f"{comptroller} ": (comptroller, "same_name"),
        council: (council, "same_name"),
        "PODER JUDICIAL DEL ESTADO DE OAXACA CONS DE LA JUD": (council, "abbreviation"),
        institute: (institute, "same_name"),
        "TRIBUNAL SUPERIOR DE JUSTIICIA": ("TRIBUNAL SUPERIOR DE JUSTIICIA", "same_name"),
    }


def test_bodies_of_two_states_never_meet(oaxaca: Scratch) -> None:
    rows = oaxaca.rows(
        "select entity, name, systems from integrated.institutions where acronym = 'SSA' order by 1"
    )

    assert [tuple(row.values()) for row in rows] == [
        ("00", "Secretaría de Salud", "s2"),
        ("21", "Secretaría de Salud", "s1,s3"),
    ]
    assert bodies(oaxaca, "puebla_s3") == {
        "Secretaría de Salud": ("Secretaría de Salud", "same_name"),
        "ssa": ("Secretaría de Salud", "acronym"),
        "SERVICIOS DE  SALUD DEL ESTADO DE PUEBLA": (
            "SERVICIOS DE  SALUD DEL ESTADO DE PUEBLA",
            "same_name",
        ),
        "Servicios de Salud": ("SERVICIOS DE  SALUD DEL ESTADO DE PUEBLA", "normalized_name"),
    }
    # A file of every state doesn't say whose ministry this is.
    assert bodies(oaxaca, "todos_s2") == {"Secretaría de Salud": (None, "no_territory")}


def test_coverage_has_every_state_and_system_and_no_zero_for_nothing(oaxaca: Scratch) -> None:
    rows = {
        (row["entity"], row["system"]): row for row in oaxaca.rows("select * from integrated.pdn_coverage")
    }

    assert len(rows) == 33 * 4
    assert {row["records"] for row in rows.values() if row["coverage"] != "published"} == {None}
    found = rows["20", "s2"]
    assert {name: found[name] for name in found if name.startswith("institutions")} == {
        "institutions_in_records": 4,
        "institutions_listed": 3,
        # The court only by its body: it is typed with one letter twice.
        "institutions_found_exactly": 1,
        "institutions_found": 2,
    }
    assert (found["coverage"], found["records"]) == ("published", 39)
    assert (found["attempted_on"], found["fetched_on"]) == (date(2026, 11, 22), date(2026, 11, 21))
    assert (rows["17", "s1"]["coverage"], rows["17", "s1"]["reachability"]) == ("unreachable", "unreachable")
    assert (rows["17", "s1"]["bodies_connected"], rows["17", "s1"]["bodies_total"]) == (40, 140)
    assert rows["17", "s1"]["institutions_listed"] is None
    # PDN's own files hold every state's records: they are of none.
    assert (rows["00", "s2"]["declared_sources"], rows["00", "s2"]["records"]) == (1, 1)
    assert rows["21", "s3"]["parts_connected"] == "servidores,particulares"
    assert rows["06", "s1"]["bodies_total"] is None
