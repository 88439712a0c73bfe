"""Every rule evaluated in SQL gives each of its three results, exactly; no rule is unable to fail."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
import pytest

from pipelines.quality.catalogue import load_catalogue
from pipelines.sandbox.rule_cases.cases import (
    OCDS_CASES,
    PAYMENT,
    PDN_CASES,
    SOUND_PDN,
    bare_process,
    bare_record,
    process,
)
from pipelines.sandbox.rule_cases.changes import Case, Change, Record, both, put, same
from pipelines.standards import public_view
from pipelines.standards.pdn import PdnLayout
from tests.contract.quality_dataset_cases import DATASET_CASES
from tests.contract.scratch import RAW, Scratch, landed, public_pdn

FETCHED_AT = datetime(2026, 11, 21, 18)
# Enough for a median that doesn't move with the cases.
FILLERS = 200
LAYOUT_OF: dict[str, PdnLayout] = {
    "s2": "s2_v1",
    "s3s": "s3s_v1",
    "s3p": "s3p_v1",
    "s3_no_graves": "s3_no_graves",
    "s3_graves": "s3_graves",
    "s2_v2": "s2_v2",
}
# Sound records beside those of the cases, where a rule asks for a median.
PDN_FILLERS = {"s1": 20, "s3_graves": 20}
ALL_CASES = [*OCDS_CASES, *(case for cases in PDN_CASES.values() for case in cases)]


def _made(record: Record, change: Callable[[Record], None] | None) -> Record:
    if change is not None:
        change(record)
    return record


def _processes(*, has_prefix: bool, fillers: int) -> list[Record]:
    """All processes of the cases of a source with a registered prefix, or without; a case's results are read by the
    names of its processes.
    """
    records = [process(f"relleno-{number}") for number in range(fillers)]
    for case in OCDS_CASES:
        if case.has_prefix != has_prefix:
            continue
        name = case.rule_id.lower()
        records.append(_made(process(f"{name}-pasa"), case.passes))
        records.append(_made(process(f"{name}-falla"), case.fails))
        if case.twin is not None:
            twin = _made(process(f"{name}-falla"), case.fails)
            records.append(_made(twin, case.twin))
        if case.na is not None:
            records.append(_made(bare_process(f"{name}-na"), case.na))
    return records


def _insert_ocds(scratch: Scratch, source_id: str, releases: list[Record]) -> None:
    scratch.insert("landed.ocds_packages", landed(source_id, releases, collection="releases"))
    _insert_releases(scratch, source_id, releases)
    compiled = {release["ocid"]: (release, ordinal) for ordinal, release in enumerate(releases)}
    scratch.insert(
        "public_view.ocds_compiled",
        [
            {
                "slice_id": f"{source_id}@g1",
                "source_id": source_id,
                "ocid": ocid,
                "compiled_date": release.get("date"),
                # As the public view writes them: without blanks.
                "compiled": orjson.dumps(release).decode(),
                "release_count": 1,
                "record_count": 1,
                "year": 2026,
                "positions": json.dumps(
                    [{"raw_sha256": RAW, "page": 1, "position": f"/releases/{ordinal}", "ordinal": ordinal}]
                ),
            }
            for ocid, (release, ordinal) in compiled.items()
        ],
    )


def _insert_releases(scratch: Scratch, source_id: str, releases: list[Record]) -> None:
    """The releases as they may be published: here, as they are."""
    scratch.insert(
        "public_view.ocds_releases",
        [
            {
                "slice_id": f"{source_id}@g1",
                "source_id": source_id,
                "ocid": release["ocid"],
                "release_id": release.get("id"),
                "release_date": release.get("date"),
                "release": json.dumps(release, ensure_ascii=False),
                "ordinal": ordinal,
                "conversion": "as_published",
            }
            for ordinal, release in enumerate(releases)
        ],
    )


def _insert_pdn(scratch: Scratch, system: str, cases: tuple[Case, ...]) -> None:
    sound = SOUND_PDN[system]
    records = [sound(f"relleno-{number}") for number in range(PDN_FILLERS.get(system, 0))]
    for case in cases:
        name = case.rule_id.lower()
        records.append(_made(sound(f"{name}-pasa"), case.passes))
        records.append(_made(sound(f"{name}-falla"), case.fails))
        if case.twin is not None:
            records.append(_made(_made(sound(f"{name}-falla"), case.fails), case.twin))
        if case.na is not None:
            records.append(_made(bare_record(f"{name}-na"), case.na))
    scratch.insert(
        "public_view.pdn_records",
        [
            _pdn_row(system, record, ordinal=ordinal, name_status="public")
            for ordinal, record in enumerate(records)
        ],
    )


def _pdn_row(system: str, record: Record, *, ordinal: int, name_status: str) -> dict[str, Any]:
    place = {
        "slice_id": f"pdn_{system}@g1",
        "source_id": f"pdn_{system}",
        "record_id": record["id"],
        "record_sha256": RAW,
        "ordinal": ordinal,
        "position": f"/results/{ordinal}",
        "name_status": name_status,
    }
    if system != "s1":
        return public_pdn(LAYOUT_OF[system], record, **place)
    # Declarations have one generation, and their cases are written as they are published.
    text = json.dumps(record, ensure_ascii=False)
    kind = {"system": system, "dialect": "v2", "collection": "declaraciones"}
    return {**place, **kind, "record": text, "raw_sha256": RAW, "page": 1}


# CDMX names institutions by an identifier in place of the id.
BY_IDENTIFIER = both(
    put("/tender/procuringEntity", {"identifier": {"uri": "https://datos.example/dependencias.json"}}),
    put(f"{PAYMENT}/payee", {"identifier": {"scheme": "MX-RFC"}}),
)


@pytest.fixture(scope="module")
def judged(new_scratch: Callable[[], Scratch]) -> Scratch:
    """A build over the records of all cases."""
    scratch = new_scratch()
    _insert_ocds(scratch, "casos", _processes(has_prefix=True, fillers=FILLERS))
    without_prefix = _processes(has_prefix=False, fillers=0)
    by_identifier = _made(process("por-identificador"), BY_IDENTIFIER)
    _insert_ocds(scratch, "sin_prefijo", [process("unico"), by_identifier, *without_prefix])
    for system, cases in PDN_CASES.items():
        _insert_pdn(scratch, system, cases)
    for ordinal, name_status in enumerate(("not_public", "not_received")):
        nameless = SOUND_PDN["s3s"](name_status)
        del nameless["servidorPublicoSancionado"]["nombres"]
        del nameless["servidorPublicoSancionado"]["primerApellido"]
        scratch.insert(
            "public_view.pdn_records",
            [_pdn_row("s3s", nameless, ordinal=1000 + ordinal, name_status=name_status)],
        )
    for ordinal, (name, change) in enumerate(V2_CHANGES.items()):
        record = _made(SOUND_PDN["s3_no_graves"](name), change)
        scratch.insert(
            "public_view.pdn_records",
            [_pdn_row("s3_no_graves", record, ordinal=2000 + ordinal, name_status="not_public")],
        )
    scratch.insert(
        "public_view.pdn_records",
        [
            public_pdn(
                "s2_v2",
                S2_V2,
                slice_id="pdn_s2@g1",
                source_id="pdn_s2",
                record_id="v2-tool",
                record_sha256=RAW,
                ordinal=3000,
                position="/results/3000",
            )
        ],
    )
    scratch.insert(
        "landed.sources",
        [
            {"source_id": "casos", "system": "s6-ocds", "ocid_prefix": "ocds-abc123"},
            {"source_id": "sin_prefijo", "system": "s6-ocds", "ocid_prefix": None},
        ],
    )
    scratch.insert(
        "landed.generations",
        [
            {"slice_id": f"{source_id}@g1", "source_id": source_id, "fetched_at": FETCHED_AT}
            for source_id in ("casos", "sin_prefijo", *(f"pdn_{system}" for system in PDN_CASES))
        ],
    )
    scratch.dbt(
        "build",
        "--select",
        "tag:stage:releases",
        "tag:stage:tables",
        "--exclude-resource-type",
        "unit_test",
    )
    scratch.freeze("quality.quality_verdicts")
    return scratch


def _result(scratch: Scratch, rule_id: str, entity_id: str) -> dict[str, Any]:
    rows = scratch.rows(
        f"""
        select result, failures, path, value, raw_sha256, page, position
        from quality.quality_verdicts
        where rule_id = '{rule_id}' and entity_id = '{entity_id}'
        order by position
        """
    )
    assert rows, f"{rule_id} says nothing about {entity_id}"
    return rows[0]


def _entity(case: Case, kind: str) -> str:
    """The id of the record of a case: what the case's own change made of it."""
    name = f"{case.rule_id.lower()}-{kind}"
    if not case.rule_id.startswith("OCDS"):
        return name
    change = {"pasa": case.passes, "falla": case.fails, "na": case.na}[kind]
    made = bare_process(name) if kind == "na" else process(name)
    ocid: str = _made(made, change)["ocid"]
    return ocid


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.rule_id)
def test_the_rule_passes_what_is_sound(judged: Scratch, case: Case) -> None:
    found = _result(judged, case.rule_id, _entity(case, "pasa"))
    assert (found["result"], found["failures"], found["path"], found["value"]) == ("pass", 0, None, None)


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.rule_id)
def test_the_rule_fails_where_it_should_and_says_where(judged: Scratch, case: Case) -> None:
    entity = _entity(case, "falla")
    found = _result(judged, case.rule_id, entity)
    value = case.value_of(f"{case.rule_id.lower()}-falla")
    assert (found["result"], found["failures"]) == ("fail", case.failures)
    assert (found["path"], found["value"]) == (case.path, value)
    assert (found["raw_sha256"], found["page"]) == (RAW, 1)
    assert found["position"].startswith(("/releases/", "/results/"))


@pytest.mark.parametrize(
    "case", [case for case in ALL_CASES if case.na is not None], ids=lambda case: case.rule_id
)
def test_the_rule_does_not_apply_to_what_it_says_nothing_about(judged: Scratch, case: Case) -> None:
    found = _result(judged, case.rule_id, _entity(case, "na"))
    assert (found["result"], found["failures"], found["path"], found["value"]) == ("na", 0, None, None)


def test_the_prefix_rule_does_not_apply_without_a_registered_prefix(judged: Scratch) -> None:
    rows = judged.rows(
        "select distinct result from quality.quality_verdicts "
        "where rule_id = 'OCDS-I02' and source_id = 'sin_prefijo'"
    )
    assert {row["result"] for row in rows} == {"na"}


def test_a_reference_of_which_no_table_tells_is_one_without_id(judged: Scratch) -> None:
    found = [
        (place["result"], place["path"])
        for rule_id in ("OCDS-R02", "OCDS-R03", "OCDS-R06")
        for place in [_result(judged, rule_id, "ocds-abc123-por-identificador")]
    ]
    assert found == [
        ("pass", None),
        ("fail", "/tender/procuringEntity/id"),
        ("fail", f"{PAYMENT}/payee/id"),
    ]


def test_rules_of_the_pdn_stay_with_their_system(judged: Scratch) -> None:
    rows = judged.rows("select distinct source_id, rule_id from quality.quality_verdicts")
    said = {(row["source_id"], row["rule_id"]) for row in rows}
    systems = {
        "pdn_s1": "pdn-s1",
        "pdn_s2": "pdn-s2",
        "pdn_s3s": "pdn-s3",
        "pdn_s3p": "pdn-s3",
        "casos": "s6-ocds",
    }
    for source_id, system in systems.items():
        expected = {rule.id for rule in load_catalogue().for_system(system) if rule.evaluated_in == "sql"}
        assert {rule_id for source, rule_id in said if source == source_id} == expected


# Of the capture tool: levels as letters, a code with a leading blank.
S2_V2: Record = {
    "fecha": "2026-05-20",
    "tipoProcedimiento": "CONTRATACION_PUBLICA",
    "tipoContratacion": [
        {
            "contratacionObra": {
                "tipoArea": "AREA_TECNICA",
                "nivelResponsabilidadObra": {"autorizacionDictamen": "C", "formalizacionContrato": "Z"},
                "datosGeneralesProcedimientos": [{"tipoProcedimiento": " LICITACION_INTERNACIONAL"}],
            }
        }
    ],
}


def test_codes_of_the_capture_tool_are_known_and_counted(judged: Scratch) -> None:
    unknown, alias = _result(judged, "PDN-C01", "v2-tool"), _result(judged, "PDN-C03", "v2-tool")
    work = "/tipoContratacion/0/contratacionObra"
    assert (unknown["result"], unknown["failures"], unknown["value"]) == ("fail", 1, "Z")
    assert unknown["path"] == f"{work}/nivelResponsabilidadObra/formalizacionContrato"
    assert (alias["failures"], alias["value"]) == (
        2,
        "« LICITACION_INTERNACIONAL» → LICITACION_INTERNACIONAL",
    )
    assert alias["path"] == f"{work}/datosGeneralesProcedimientos/0/tipoProcedimiento"


# Changes of a sound record of v2, by the id it gets.
V2_CHANGES: dict[str, Change] = {
    "v2-sound": same,
    "v2-unknown": put("/faltaCometida/0/clave", "BRUJERIA"),
    "v2-no-words": put("/origenProcedimiento", {"clave": "OTRO", "valor": None}),
    "v2-backwards": put("/tipoSancion/0/suspensionEmpleo/fechaFinal", "2026-01-14"),
    "v2-nameless": put("/empleoCargoComision/nombreEntePublico", None),
}


@pytest.mark.parametrize(
    ("name", "rule_id", "path", "value"),
    [
        ("v2-unknown", "PDN-C01", "/faltaCometida/0/clave", "BRUJERIA"),
        ("v2-no-words", "PDN-C02", "/origenProcedimiento/valor", "OTRO"),
        ("v2-backwards", "PDN-D03", "/tipoSancion", "2026-01-15 > 2026-01-14"),
        ("v2-nameless", "PDN-F02", "/empleoCargoComision/nombreEntePublico", None),
    ],
)
def test_rules_speak_of_v2_in_its_own_words(
    judged: Scratch, name: str, rule_id: str, path: str, value: str | None
) -> None:
    found = _result(judged, rule_id, name)
    assert (found["result"], found["path"], found["value"]) == ("fail", path, value)
    failed = judged.rows(
        "select rule_id from quality.quality_verdicts where result = 'fail' and entity_id = 'v2-sound'"
    )
    assert failed == []


@pytest.mark.parametrize(
    ("name_status", "result", "failures"), [("not_public", "pass", 0), ("not_received", "fail", 2)]
)
def test_a_name_that_may_not_be_shown_is_not_missing(
    judged: Scratch, name_status: str, result: str, failures: int
) -> None:
    found = _result(judged, "PDN-F02", name_status)
    assert (found["result"], found["failures"]) == (result, failures)


def test_every_rule_of_the_catalogue_has_one_evaluator_and_a_case(judged: Scratch) -> None:
    catalogue = load_catalogue()
    by_evaluator = {
        evaluator: {rule.id for rule in catalogue.rules if rule.evaluated_in == evaluator}
        for evaluator in ("sql", "python", "ledger")
    }
    emitted = {row["rule_id"] for row in judged.rows("select distinct rule_id from quality.quality_verdicts")}
    assert emitted == by_evaluator["sql"]
    assert {case.rule_id for case in (*ALL_CASES, *DATASET_CASES)} == by_evaluator["sql"]
    assert set(public_view.RULE_IDS) == by_evaluator["python"]


def test_the_results_are_the_failures_and_the_counts_are_of_all_verdicts(judged: Scratch) -> None:
    verdicts = "from quality.quality_verdicts"
    failures = judged.rows(f"select * {verdicts} where result = 'fail' order by all")
    assert judged.rows("select * from quality.quality_results order by all") == failures
    counted = """
        select {columns},
            count(*) filter (where result = 'pass') as "pass",
            count(*) filter (where result = 'fail') as "fail",
            count(*) filter (where result = 'na') as "na",
            sum(failures) as failures
        from quality.quality_verdicts
        group by {columns}
        order by all
    """
    for table, columns in (
        ("quality_summary", "slice_id, source_id, rule_id"),
        ("quality_by_agency", "slice_id, source_id, rule_id, agency_id, agency, period"),
    ):
        told = judged.rows(f"select * from quality.{table} order by all")
        assert told == judged.rows(counted.format(columns=columns))
        assert {row["pass"] + row["fail"] + row["na"] for row in told} - {0}


def test_the_institution_and_the_year_of_an_entity_are_those_it_names(judged: Scratch) -> None:
    found = judged.rows(
        "select agency_id, agency, period from quality.quality_entities where entity_id = 'ocds-abc123-relleno-0'"
    )
    assert found == [{"agency_id": "B", "agency": "Secretaría de Obras", "period": 2026}]


def test_content_reaches_as_far_as_dates_that_can_be_true(judged: Scratch) -> None:
    rows = judged.rows("select * from quality.quality_content where slice_id = 'pdn_s2@g1'")
    assert rows[0]["content_until"].isoformat() == "2026-05-20"
    assert rows[0]["content_from"].isoformat() == "2025-11-19"
