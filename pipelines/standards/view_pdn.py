"""One PDN record at a time: from what an institution's API gave to its public view and its results.

Here: the order of the steps and the rules about a record that need the data before it is cut to the
allow-list. Not here: the allow-list (`redact_pdn.py`), the schema (`pdn.py`), the other generation's shape
(`pdn_mapping/`), what only declarations are judged by (`view_declarations.py`).
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from pipelines.standards import json_text, view_declarations
from pipelines.standards.free_text import pdn_marks, scrub
from pipelines.standards.identity import Identity, classify, mask
from pipelines.standards.pdn import PdnLayout, PdnSystem, layout_of, record_validator
from pipelines.standards.pdn_mapping import officials, sanctioned
from pipelines.standards.privacy import counts, is_blank
from pipelines.standards.redact_declaration import DeclarationRedactor, PublicDeclaration
from pipelines.standards.redact_pdn import PdnRedactor, PublicRecord
from pipelines.standards.view_ocds import judge_reserved_data, schema_failure
from pipelines.standards.view_rows import Failure, Item, Output, PdnRow, Position, PublicPdnRecord, Removal

RULES = (
    *("PDN-S01", "PDN-S02", "PDN-I10", "PDN-P10", "PDN-P11", "PDN-P12", "PDN-P13"),
    *view_declarations.RULES,
)

# Objects that hold an RFC, a CURP or both, of one person each ("" is the record itself).
_PEOPLE: Mapping[PdnLayout, tuple[str, ...]] = {
    "s2_v1": ("", "superiorInmediato"),
    "s3s_v1": ("servidorPublicoSancionado",),
    "s3p_v1": (
        "particularSancionado",
        "particularSancionado/directorGeneral",
        "particularSancionado/apoderadoLegal",
    ),
    "s2_v2": ("datosGenerales",),
    "s3_graves": ("datosGenerales",),
    "s3_no_graves": ("datosGenerales",),
    "s3_personas_fisicas": ("datosGenerales",),
    "s3_personas_morales": (
        "datosGenerales",
        "datosDirGeneralReprLegal/directorGeneral",
        "datosDirGeneralReprLegal/representanteLegal",
    ),
}
_RESERVED_ID = "reservado"
# A record without an id that may be published is called by what is published of it. A digest of the private record
# would let anybody who guesses its reserved fields test the guess.
NO_ID = "sin-id"
_DIGEST_DIGITS = 16


# The redactors of a process, by layout.
Redactors = Mapping[PdnLayout, PdnRedactor | DeclarationRedactor]
# How often each kind was removed, by slice, source, kind and path.
_Removed = Counter[tuple[str, str, str, str]]


def publish_records(rows: Sequence[PdnRow], redactors: Redactors) -> Output:
    """The public rows and results of `rows`; `redactors` by layout.

    What was removed from declarations is counted over all of `rows` together: there are dozens of reserved fields in
    each, and only the sums are published.
    """
    output = Output()
    removed = _Removed()
    for row in rows:
        layout = layout_of(row.system, row.dialect, row.collection)
        _publish_record(row, redactors[layout], output, removed)
    output.removals.extend(
        Removal(slice_id, source_id, "", kind, path, times)
        for (slice_id, source_id, kind, path), times in removed.items()
    )
    return output


def _publish_record(
    row: PdnRow, redactor: PdnRedactor | DeclarationRedactor, output: Output, removed: _Removed
) -> None:
    private = json_text.loads(row.record)
    public, record_id = _public_record(row, private, redactor)
    document = public.document
    text = json_text.dumps(document)
    position = Position(row.raw_sha256, row.page, row.position)
    item = Item(row.slice_id, row.source_id, "record", str(row.ordinal), record_id, position)
    output.pdn_records.append(
        PublicPdnRecord(
            row.slice_id,
            row.source_id,
            row.system,
            row.dialect,
            row.collection,
            record_id,
            text,
            hashlib.sha256(text.encode()).hexdigest(),
            row.ordinal,
            *position,  # type: ignore[arg-type]
            public.name_status,
            *_shapes(row, redactor, private, public, record_id),
        )
    )
    if isinstance(redactor, DeclarationRedactor):
        assert isinstance(public, PublicDeclaration)
        view_declarations.judge(private, public, redactor, item, output)
        _judge_id(private, item, output)
        _judge_people(view_declarations.declarant(private), row.system, item, output)
        judge_reserved_data([(public.findings, position)], item, output)
        output.finish(item, ())
        for (kind, path), times in counts(public.findings).items():
            removed[row.slice_id, row.source_id, kind, path] += times
        return
    _judge(private, row.system, redactor.layout, item, output)
    judge_reserved_data([(public.findings, position)], item, output)
    output.finish(item, public.findings)


def _shapes(
    row: PdnRow,
    redactor: PdnRedactor | DeclarationRedactor,
    private: Mapping[str, Any],
    public: PublicRecord | PublicDeclaration,
    record_id: str,
) -> tuple[Any, ...]:
    """The last columns of the row: both shapes, collection of v2, gravity, withheld; S1 has one generation only."""
    if not (isinstance(redactor, PdnRedactor) and isinstance(public, PublicRecord)):
        return ()
    mapped = _mapped(row, redactor.layout, private, public.document, record_id)
    return (*mapped, ",".join(public.withheld))


def _mapped(
    row: PdnRow, layout: PdnLayout, private: Mapping[str, Any], document: dict[str, Any], record_id: str
) -> tuple[str | None, str | None, str | None, str | None]:
    """The public record in the shapes of v1 and v2, its collection of v2 and the gravity of its fault."""
    if layout == "s2_v1":
        return json_text.dumps(document), None, None, None
    if layout == "s2_v2":
        clean = officials.normalised(document)
        shown = officials.to_v1(clean, record_id=record_id)
        return json_text.dumps(shown), json_text.dumps(clean), row.collection, None
    # The RFC decides between a person and a company before it is taken out.
    party = sanctioned.party_kind(private) if layout == "s3p_v1" else "undetermined"
    collection = row.collection if row.dialect == "v2" else None
    mapped = sanctioned.map_s3(
        document, layout=layout, collection=collection, record_id=record_id, party=party
    )
    return (
        json_text.dumps(mapped.record_v1),
        json_text.dumps(mapped.record_v2),
        mapped.collection,
        mapped.gravity,
    )


def _public_record(
    row: PdnRow, private: Mapping[str, Any], redactor: PdnRedactor | DeclarationRedactor
) -> tuple[PublicRecord | PublicDeclaration, str]:
    """The public record with the id it is published under."""
    if not redactor.publishes_id or not _has_own_id(private):
        public = redactor.redact(private)
        record_id = f"{NO_ID}-{_digest(public.document)}"
        # v1 and S1 ask for the field; where v2 hides it (S2), it stays hidden.
        asked = row.dialect == "v1" or row.system == "s1"
        return public.with_id(record_id) if asked else public, record_id
    public = redactor.redact(private, record_id=row.record_id)
    record_id, reserved = scrub(row.record_id, pdn_marks())
    if not reserved:
        return public, record_id
    # Two ids that are personal data must stay two ids.
    record_id = f"{_RESERVED_ID}-{_digest(public.document)}-{row.ordinal}"
    return public.with_id(record_id), record_id


def _has_own_id(private: Mapping[str, Any]) -> bool:
    """Whether the source named the record; staging takes `id`, else the database's `_id`."""
    return any(not is_blank(private.get(name)) for name in ("id", "_id"))


def _digest(document: Mapping[str, Any]) -> str:
    """Of what is published, but for the id; the order of the fields isn't part of it."""
    shown = orjson.dumps(
        {key: value for key, value in document.items() if key != "id"}, option=orjson.OPT_SORT_KEYS
    )
    return hashlib.sha256(shown).hexdigest()[:_DIGEST_DIGITS]


def _judge(
    record: Mapping[str, Any], system: PdnSystem, layout: PdnLayout, item: Item, output: Output
) -> None:
    errors = record_validator(layout).errors(view_declarations.served(record, item))
    for rule_id, of_format in (("PDN-S01", False), ("PDN-S02", True)):
        concerned = [error for error in errors if (error.keyword == "format") is of_format]
        output.judge(rule_id, item, [schema_failure(error, item.position) for error in concerned])
    # The public role of S2 v2 can't read the id: nobody forgot it.
    _judge_id(record, item, output, applies=layout != "s2_v2")
    if system == "s3p":
        _judge_person_type(record, layout, item, output)
    else:
        output.judge("PDN-P12", item, [], applies=False)
    _judge_people(list(_people(record, layout)), system, item, output)


def _judge_id(record: Mapping[str, Any], item: Item, output: Output, *, applies: bool = True) -> None:
    own_id = record.get("id")
    missing = own_id is None or not str(own_id).strip()
    failures = [Failure("/id", None, item.position)] if missing else []
    output.judge("PDN-I10", item, failures, applies=applies)


def _judge_people(
    people: Sequence[tuple[str, Mapping[str, Any]]], system: PdnSystem, item: Item, output: Output
) -> None:
    """The RFCs and CURPs of `people`, each by the path of the object that holds them."""
    rfcs = [(at, identity) for at, person in people if (identity := _received(person, "rfc")) is not None]
    curps = [(at, identity) for at, person in people if (identity := _received(person, "curp")) is not None]
    output.judge(
        "PDN-P10",
        item,
        [_failure(at, "rfc", identity, item) for at, identity in rfcs if not _is_rfc(identity, system)],
        applies=bool(rfcs),
    )
    output.judge(
        "PDN-P11",
        item,
        [
            _failure(at, "curp", identity, item)
            for at, identity in curps
            if identity.check_digit_agrees is not True
        ],
        applies=bool(curps),
    )
    _judge_agreement(people, item, output)


def _people(record: Mapping[str, Any], layout: PdnLayout) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in _PEOPLE[layout]:
        person: Any = record
        for part in path.split("/") if path else ():
            person = person.get(part) if isinstance(person, Mapping) else None
        if isinstance(person, Mapping):
            yield path, person


def _received(person: Mapping[str, Any], name: str) -> Identity | None:
    """The identifier if one was given; a placeholder is none."""
    identity = classify(person.get(name))
    return None if identity.kind in {"empty", "placeholder"} else identity


def _is_rfc(identity: Identity, system: PdnSystem) -> bool:
    if identity.kind in {"rfc_natural", "rfc_generic_foreign"}:
        return True
    return system == "s3p" and identity.kind == "rfc_legal"


def _failure(path: str, name: str, identity: Identity, item: Item) -> Failure:
    pointer = "/".join(("", *path.split("/"), name)) if path else f"/{name}"
    return Failure(pointer, mask(identity.normalised), item.position)


def _judge_person_type(record: Mapping[str, Any], layout: PdnLayout, item: Item, output: Output) -> None:
    at = _PEOPLE[layout][0]
    person = record.get(at)
    person = person if isinstance(person, Mapping) else {}
    said = {"s3_personas_fisicas": "F", "s3_personas_morales": "M"}.get(layout, person.get("tipoPersona"))
    expected = {"F": "rfc_natural", "M": "rfc_legal"}.get(str(said))
    rfc = classify(person.get("rfc"))
    applies = expected is not None and rfc.kind in {"rfc_natural", "rfc_legal"}
    wrong = rfc.kind != expected
    failures = [_failure(at, "rfc", rfc, item)] if applies and wrong else []
    output.judge("PDN-P12", item, failures, applies=applies)


def _judge_agreement(people: Sequence[tuple[str, Mapping[str, Any]]], item: Item, output: Output) -> None:
    """The first ten characters of RFC and CURP are made alike of the same name and date of birth."""
    both = [
        (at, rfc, curp)
        for at, person in people
        if (rfc := classify(person.get("rfc"))).kind == "rfc_natural"
        and (curp := classify(person.get("curp"))).check_digit_agrees is True
        and curp.kind == "curp"
    ]
    output.judge(
        "PDN-P13",
        item,
        [
            _failure(at, "rfc", rfc, item)
            for at, rfc, curp in both
            if rfc.normalised[:10] != curp.normalised[:10]
        ],
        applies=bool(both),
    )
