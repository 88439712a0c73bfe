"""The catalogue of defects: for each quality rule a record that this rule finds, and no other.

Some declared sources have nothing else in the sandbox: as many sound records as a rule needs that compares a
record with its neighbours, and one failing record (with its twin, where it takes two) for each case of
`rule_cases`. What each rule must say of which record is told in `planted.json` beside the data.
Not here: the cases (`rule_cases/`), defects at the rates real sources have them (`defects.py`), faults of a whole
delivery (`faults.py`).
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import orjson

from pipelines.sandbox import pdn, pdn_v2
from pipelines.sandbox.dataset import Draft, Envelope, Expected
from pipelines.sandbox.order import JSON_TYPE, Made, Order, draft
from pipelines.sandbox.rule_cases.across import ACROSS, told_by_the_other
from pipelines.sandbox.rule_cases.cases import OCDS_CASES, OCDS_PREFIX, PDN_CASES, SOUND_PDN, process
from pipelines.sandbox.rule_cases.changes import Case, Record, planted_name
from pipelines.sandbox.rule_cases.received import OCDS_RECEIVED, PDN_RECEIVED
from pipelines.sandbox.rule_cases.tables import TABLE_CASES, sound_bill
from pipelines.standards.redact_pdn import PdnRedactor
from pipelines.standards.view_pdn import publish_records
from pipelines.standards.view_rows import PdnRow

# Enough for a median that the failing records don't move.
SOUND_PROCESSES = 200
SOUND_RECORDS = 40
# Two contents under one id: the gate holds back the whole delivery, so that they need one of their own. What is about
# publishers without a registered prefix goes with it.
CONFLICTS = frozenset({"OCDS-I01", "PDN-I01"})
SOUND_NAME = "ejemplo"
INSTITUTIONS = "dependencias"
_LIST = Envelope(b"[", b",", b"]", JSON_TYPE)


@dataclass(frozen=True)
class Shape:
    """What a collection of the catalogue holds: its cases, how a sound record of it is made, and records of which
    nothing can be made (TEQ-L05). `across`: cases of which it holds the sound process, and another source the one that
    says something else. `has_hidden_ids`: the public role of the service can't read the ids."""

    cases: tuple[Case, ...]
    sound: Callable[[str], Record]
    unusable: tuple[Record, ...] = ()
    across: tuple[Case, ...] = ()
    has_hidden_ids: bool = False


def _apart(cases: Sequence[Case], *, conflicts: bool) -> tuple[Case, ...]:
    return tuple(case for case in cases if (case.rule_id in CONFLICTS or not case.has_prefix) is conflicts)


def _pdn(system: str, *, conflicts: bool = False) -> Shape:
    cases = (*PDN_CASES[system], *PDN_RECEIVED.get(system, ()))
    return Shape(_apart(cases, conflicts=conflicts), SOUND_PDN[system], has_hidden_ids=system == "s2_v2")


# A release of no process.
NAMELESS: Record = {"ocid": " ", "id": "sin-proceso", "date": "2026-03-31T12:00:00-06:00", "tag": ["tender"]}
OTHER_SOURCE = "michoacan_s6"
ALL_OCDS = (*OCDS_CASES, *OCDS_RECEIVED)

# By source and collection. A real source each, whose like others of the sandbox serve: the country has a dozen
# providers of each system.
CATALOGUE: Mapping[str, Mapping[str, Shape]] = {
    "shcp_s6": {
        "releases": Shape(_apart(ALL_OCDS, conflicts=False), process, unusable=(NAMELESS,), across=ACROSS)
    },
    # What both say is told of both; nothing else stands in this one.
    OTHER_SOURCE: {"releases": Shape((), process)},
    "puebla_s6": {"releases": Shape(_apart(ALL_OCDS, conflicts=True), process)},
    "morelos_s1": {"declaraciones": _pdn("s1")},
    "morelos_s2": {"spic": _pdn("s2")},
    "puebla_s2": {"spic": _pdn("s2", conflicts=True)},
    "chiapas_s3": {"ssancionados": _pdn("s3s"), "psancionados": _pdn("s3p")},
    "yucatan_s3": {pdn_v2.NO_GRAVES: _pdn("s3_no_graves")},
    # The wrapper of the PDN gives three levels of a record only; what was collected of a fine is the fourth.
    "zacatecas_s3": {pdn_v2.GRAVES: _pdn("s3_graves")},
    "hidalgo_s2": {pdn_v2.OFFICIALS: _pdn("s2_v2")},
}

# Where the rules about tables find theirs, among the bills of the generator.
TABLES_SOURCE = "chihuahua_publicidad"
SOURCES = frozenset({*CATALOGUE, TABLES_SOURCE})
CONFLICTING_SOURCES = frozenset(
    source_id
    for source_id, shapes in CATALOGUE.items()
    if any(case.rule_id in CONFLICTS for shape in shapes.values() for case in shape.cases)
)


def make_collections(order: Order) -> Made:
    """The declared collections, the same at every scale: sound records and those of the cases. A collection
    without cases is sound as a whole."""
    source = order.source
    shapes = CATALOGUE[source.id]
    drafts: list[Draft] = []
    for collection in source.parameters["collections"]:
        name, path = collection["name"], collection["path"]
        if source.id == OTHER_SOURCE:
            told = [told_by_the_other(case) for case in ACROSS]
            drafts.append(draft(path, _LIST, [(record["ocid"], orjson.dumps(record)) for record in told]))
        elif name in shapes:
            drafts.append(_draft(path, shapes[name], order.prefix))
        else:
            drafts.append(draft(path, _LIST, list(_sound_v2(order.rng, name, source.entity))))
    if source.family == "pdn_v1":
        bodies = pdn.institutions_of(source.entity)
        listed = [(body.clave, orjson.dumps(body.as_record())) for body in bodies]
        drafts.append(draft(INSTITUTIONS, _LIST, listed))
    return drafts, {}


def contents(source_id: str) -> list[object]:
    """What decides the data of a source of the catalogue: other cases are other data."""
    if source_id == TABLES_SOURCE:
        return [
            [case.records(partial(sound_bill, number=1), planted_name(case)), case.path]
            for case in TABLE_CASES
        ]
    if source_id == OTHER_SOURCE:
        return [told_by_the_other(case) for case in ACROSS]
    return [
        [case.records(shape.sound, planted_name(case)), case.path, case.value, case.failures, *case.also]
        for shape in CATALOGUE.get(source_id, {}).values()
        for case in (*shape.cases, *shape.across)
    ]


def _draft(path: str, shape: Shape, prefix: str) -> Draft:
    """One collection; the ids of its processes get the publisher's prefix in place of that of the cases."""
    is_ocds = shape.sound is process
    key = "ocid" if is_ocds else "id"
    records = [
        shape.sound(f"{SOUND_NAME}-{number}")
        for number in range(SOUND_PROCESSES if is_ocds else SOUND_RECORDS)
    ]
    expected = []
    for case in shape.cases:
        failing, *twins = case.records(shape.sound, planted_name(case))
        records += [failing, *twins]
        expected.append(
            Expected(
                rule_id=case.rule_id,
                entity_id=None if shape.has_hidden_ids else _published_id(failing),
                twins=tuple(twin[key] for twin in twins if twin[key] != failing[key]),
                failures=case.failures,
                path=case.path,
                value=case.value_of(planted_name(case)),
                also=tuple(case.also),
            )
        )
    for case in shape.across:
        records.append(shape.sound(planted_name(case)))
        expected.append(
            Expected(
                rule_id=case.rule_id,
                entity_id=_published_id(records[-1]),
                failures=case.failures,
                path=case.path,
                value=case.value_of(planted_name(case)),
                also=tuple(case.also),
            )
        )
    own = orjson.loads(orjson.dumps(expected).replace(OCDS_PREFIX.encode(), prefix.encode()))
    records += shape.unusable
    sent = [(str(record.get(key, "")), orjson.dumps(record)) for record in records]
    return replace(
        draft(
            path, _LIST, [(name, text.replace(OCDS_PREFIX.encode(), prefix.encode())) for name, text in sent]
        ),
        expected=tuple(Expected(**each) for each in own),
    )


def _published_id(record: Record) -> str:
    """The id a record is published under: staging completes the prefix of a process, and knows a database's id; of
    officials of v2 no id is public, so that they are called by their content."""
    if "tipoContratacion" in record:
        row = PdnRow("", "", "s2", "v2", pdn_v2.OFFICIALS, "", orjson.dumps(record).decode(), 0, "", 1, "")
        (published,) = publish_records([row], {"s2_v2": PdnRedactor("s2_v2")}).pdn_records
        return published.record_id
    if "ocid" not in record:
        return str(record.get("id", record.get("_id")))
    ocid = str(record["ocid"])
    return ocid if ocid.casefold().startswith("ocds-") else f"{OCDS_PREFIX}-{ocid}"


def _sound_v2(rng: random.Random, name: str, entity: str) -> Iterator[tuple[str, bytes]]:
    for _ in range(SOUND_RECORDS):
        record = pdn_v2.MAKERS[name](rng, entity)
        yield str(record["id"]), orjson.dumps(record)
