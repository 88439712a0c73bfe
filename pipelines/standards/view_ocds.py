"""One contracting process at a time: from its private releases to its public ones, its compilation and its
results.

Here: the order of the steps (versioned → OCDS 1.0 → dialect → validate → redact → compile) and the rules about
a process that need the data before redaction. Not here: each step itself (`unversion.py`, `upgrade.py`,
`edca.py`, `ocds.py`, `redact_ocds.py`, `compile.py`), what is told of repairs (`view_repairs.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import orjson

from pipelines.standards import compile as compiling
from pipelines.standards import edca, json_text, ocds, unversion, upgrade
from pipelines.standards.additional_fields import additional_fields
from pipelines.standards.compile import At, Compiled
from pipelines.standards.contact_points import Medium, contacts, is_right
from pipelines.standards.free_text import pdn_marks, scrub
from pipelines.standards.identity import RFC_SCHEMES, Identity, classify, mask
from pipelines.standards.privacy import Finding
from pipelines.standards.redact_ocds import OcdsRedactor, RedactedRelease
from pipelines.standards.repairs.repair import Repair
from pipelines.standards.validation import SchemaError
from pipelines.standards.view_repairs import (
    PUBLISHED_AS_OCDS,
    REPAIR_RULES,
    Found,
    place_of,
    staged,
    told_publicly,
    value_at,
)
from pipelines.standards.view_rows import (
    Failure,
    Item,
    Output,
    Position,
    PublicAdditionalFields,
    PublicProcess,
    PublicRelease,
    PublicRepair,
    ReleaseRow,
    Stopwatch,
)

RULES = (
    "OCDS-S01",
    "OCDS-S02",
    "OCDS-S05",
    "OCDS-I10",
    "OCDS-I11",
    "OCDS-I12",
    "OCDS-I13",
    "OCDS-P10",
    "OCDS-P11",
    "OCDS-P12",
    "OCDS-P13",
    "OCDS-E12",
    "OCDS-V07",
    "OCDS-V08",
    *REPAIR_RULES,
)
RESERVED_DATA_RULES = ("TEQ-P01", "TEQ-P02", "TEQ-P03")
# A record's compiledRelease is merged already; merging it again would only undo its identity.
ALREADY_COMPILED = "compiled_in_record"
# A record that has only a versionedRelease: the latest value of each field is the release.
VERSIONED = "versioned_in_record"
# Start of the codes of a tag -> section that such a release brings (tenderUpdate and awardCancellation do as well).
TAGGED_SECTIONS = {
    "planning": "planning",
    "tender": "tender",
    "award": "awards",
    "contract": "contracts",
    "implementation": "implementation",
}


@dataclass(frozen=True)
class _Release:
    """One release on its way through: `private` is repaired, `public` redacted as well.

    `positions` are those of its source records, `first` that of the first.
    """

    row: ReleaseRow
    private: dict[str, Any]
    public: RedactedRelease
    repairs: tuple[Found, ...]
    positions: tuple[Mapping[str, Any], ...]
    first: Position


def publish_processes(rows: Sequence[ReleaseRow], redactor: OcdsRedactor) -> Output:
    """The public rows and results of whole processes; `rows` hold all releases of each, side by side."""
    output = Output()
    for _, process in groupby(rows, key=lambda row: (row.slice_id, row.ocid)):
        _publish_process(list(process), redactor, output)
    return output


def _publish_process(rows: Sequence[ReleaseRow], redactor: OcdsRedactor, output: Output) -> None:
    watch = Stopwatch(output.seconds)
    repaired = [_repaired(row) for row in rows]
    watch.lap("repair")
    aliases = redactor.aliases_of([release for release, _, _, _ in repaired])
    releases = [
        _Release(row, release, redactor.redact(release, aliases=aliases), repairs, positions, first)
        for row, (release, repairs, positions, first) in zip(rows, repaired, strict=True)
    ]
    watch.lap("redact")
    compiled = _compile(releases)
    watch.lap("compile")
    ocid = redactor.redact_id(rows[0].ocid)
    item = Item(rows[0].slice_id, rows[0].source_id, "ocid", ocid, ocid, releases[0].first)
    _write_releases(releases, item, redactor, output)
    _write_process(releases, compiled, item, output)
    output.merged[compiled.merged_by or "published"] += 1
    watch.lap("write")
    _judge_schema(releases, item, output)
    watch.lap("validate")
    _judge_tags(releases, item, output)
    _judge_merge(releases, compiled, item, output)
    has_rfc = _judge_identities(releases, item, output)
    _judge_contacts(releases, item, output)
    _judge_repairs(releases, item, redactor, output, has_rfc=has_rfc)
    judge_reserved_data([(release.public.findings, release.first) for release in releases], item, output)
    output.finish(item, [finding for release in releases for finding in release.public.findings])
    watch.lap("judge")


def _repaired(
    row: ReleaseRow,
) -> tuple[dict[str, Any], tuple[Found, ...], tuple[Mapping[str, Any], ...], Position]:
    """The release as the standard wants it, what was repaired for that, here and before, and where it stood."""
    positions = tuple(orjson.loads(row.positions or "[]"))
    release = json_text.loads(row.release)
    if row.conversion == VERSIONED:
        release = unversion.unversion(release)
    # Staging restored its prefix, or took it from the record.
    release["ocid"] = row.ocid
    own: list[Repair] = []
    text: str | None = row.release
    if upgrade.needs_upgrade(release, row.package_version):
        own += upgrade.upgrade(release)
        text = None
    own += edca.normalise(release, text=text)
    first = place_of(positions[0]) if positions else Position(None, None, None)
    repairs = (*staged(row.repairs, positions), *[Found(repair, first) for repair in own])
    return release, repairs, positions, first


def _compile(releases: Sequence[_Release]) -> Compiled:
    documents = [release.public.document for release in releases]
    if len(releases) == 1 and releases[0].row.conversion == ALREADY_COMPILED:
        document = compiling.as_compiled(documents[0])
        date = compiling.usable_date(documents[0])
        undated = () if date is not None else (At(0, "/date"),)
        duplicates = tuple(At(0, pointer) for pointer in compiling.duplicate_ids(documents[0]))
        return Compiled(document, date, undated, (), duplicates, None)
    return compiling.compile_releases(documents)


# -- rows -----------------------------------------------------------------------------------------------


def _write_releases(releases: Sequence[_Release], item: Item, redactor: OcdsRedactor, output: Output) -> None:
    for release in releases:
        row = release.row
        output.releases.append(
            PublicRelease(
                row.slice_id,
                row.source_id,
                item.entity_id,
                _release_id(release, redactor),
                compiling.usable_date(release.public.document),
                json_text.encode(release.public.document),
                row.positions,
                row.record_count,
                row.ordinal,
                row.conversion,
            )
        )


def _release_id(release: _Release, redactor: OcdsRedactor) -> str | None:
    """The id of the published release; what came versioned got one when it was made a release."""
    if release.row.conversion == VERSIONED:
        made = release.public.document.get("id")
        return str(made) if isinstance(made, (str, int)) else None
    return None if release.row.release_id is None else redactor.redact_id(release.row.release_id)


def _write_process(releases: Sequence[_Release], compiled: Compiled, item: Item, output: Output) -> None:
    positions = _all_positions(releases)
    # One release says already where it stands.
    told = releases[0].row.positions if len(releases) == 1 else orjson.dumps(positions).decode()
    output.processes.append(
        PublicProcess(
            item.slice_id,
            item.source_id,
            item.entity_id,
            compiled.date,
            json_text.encode(compiled.document),
            len(releases),
            len(positions),
            told,
            _year(compiled.date),
        )
    )
    output.additional_fields.extend(
        PublicAdditionalFields(
            item.slice_id,
            item.source_id,
            item.entity_id,
            row.path,
            row.object,
            row.additional_fields,
            [{"name": member.name, "kind": member.kind} for member in row.members],
        )
        for row in additional_fields(compiled.document)
    )


def _all_positions(releases: Sequence[_Release]) -> list[Mapping[str, Any]]:
    """Positions of all source records of the process, each once, in source order.

    One record may have given several releases (an embedded record) and one release may come from several
    records.
    """
    found: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for release in releases:
        for at in release.positions:
            found.setdefault(
                (at.get("ordinal"), at.get("raw_sha256"), at.get("page"), at.get("position")), at
            )
    return sorted(found.values(), key=lambda at: at.get("ordinal") or 0)


def _year(date: str | None) -> int | None:
    start = (date or "")[:5]
    return (
        int(start[:4])
        if start[:4].isdecimal() and start[4:] == "-" and "1900" <= start[:4] <= "2999"
        else None
    )


# -- rules ----------------------------------------------------------------------------------------------


def _judge_schema(releases: Sequence[_Release], item: Item, output: Output) -> None:
    structure: list[Failure] = []
    addresses: list[Failure] = []
    extended: list[Failure] = []
    uses_extensions = False
    for release in releases:
        errors = ocds.validator("release").errors(release.private)
        for error in errors:
            # Apart: a URL with blanks spoils nothing that reads the structure; whole publishers have them. What
            # isn't a date after all repairs is for OCDS-D11 and D03.
            if error.keyword != "format":
                structure.append(schema_failure(error, release.first))
            elif error.form != "date-time":
                addresses.append(schema_failure(error, release.first))
        if release.public.is_extended:
            uses_extensions = True
            known = {(error.pointer, error.keyword) for error in errors}
            extended += [
                schema_failure(error, release.first)
                for error in ocds.validator("release-edca").errors(release.private)
                if (error.pointer, error.keyword) not in known
            ]
    output.judge("OCDS-S01", item, structure)
    output.judge("OCDS-S02", item, extended, applies=uses_extensions)
    output.judge("OCDS-S05", item, addresses)


def _judge_tags(releases: Sequence[_Release], item: Item, output: Output) -> None:
    """OCDS-E12: each release brings the sections that its tags name. Tags of converted tables are ours."""
    places = [
        (f"/tag/{at}", stage, release)
        for release in releases
        if release.row.conversion in PUBLISHED_AS_OCDS
        for at, tag in enumerate(_listed(release.private.get("tag")))
        for stage in TAGGED_SECTIONS
        if str(tag).startswith(stage)
    ]
    failures = [
        # The stage and not the tag: what else stands in it could be anything.
        Failure(pointer, stage, release.first)
        for pointer, stage, release in places
        if not _brings(release.private, TAGGED_SECTIONS[stage])
    ]
    output.judge("OCDS-E12", item, failures, applies=bool(places))


def _brings(release: Mapping[str, Any], section: str) -> bool:
    if section != "implementation":
        return bool(release.get(section))
    contracts = _listed(release.get("contracts"))
    return any(isinstance(contract, dict) and contract.get(section) for contract in contracts)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def schema_failure(error: SchemaError, position: Position) -> Failure:
    """A schema error as a failure of a rule."""
    # A pointer is made of field names, and those may hold what doesn't belong there.
    return Failure(scrub(error.pointer, pdn_marks())[0], error.message, position)


def _judge_merge(releases: Sequence[_Release], compiled: Compiled, item: Item, output: Output) -> None:
    def failures(places: Sequence[At]) -> list[Failure]:
        return [
            Failure(
                place.pointer,
                _shown_at(releases[place.release].public.document, place),
                releases[place.release].first,
            )
            for place in places
        ]

    output.judge("OCDS-I10", item, failures(compiled.undated))
    output.judge("OCDS-I11", item, failures(compiled.repeated_dates), applies=len(releases) > 1)
    output.judge("OCDS-I12", item, failures(compiled.duplicates))
    conflicts = () if compiled.conflict is None else (compiled.conflict,)
    output.judge(
        "OCDS-I13",
        item,
        [Failure(place.pointer or None, None, releases[place.release].first) for place in conflicts],
        applies=len(releases) > 1 or bool(conflicts),
    )


def _shown_at(document: Mapping[str, Any], place: At) -> str | None:
    """The value at `place` of a public document; None where that is an object or a list."""
    value = value_at(document, place.pointer)
    return None if value is None or isinstance(value, (dict, list)) else str(value)


@dataclass(frozen=True)
class _PartyIdentity:
    """An identifier of a party: where, whether it claims to be an RFC, and what it is."""

    pointer: str
    raw: str
    is_rfc: bool
    identity: Identity
    position: Position


def _judge_identities(releases: Sequence[_Release], item: Item, output: Output) -> bool:
    """Each identifier counts once for a process, in however many of its releases it stands.

    Whether the process has any RFC.
    """
    seen: set[tuple[str, bool]] = set()
    found: list[_PartyIdentity] = []
    for release in releases:
        for identity in _party_identities(release):
            if (identity.raw, identity.is_rfc) not in seen:
                seen.add((identity.raw, identity.is_rfc))
                found.append(identity)
    rfcs = [one for one in found if one.is_rfc]
    legal = [one for one in rfcs if one.identity.kind in {"rfc_legal", "invalid"}]
    natural = [one for one in rfcs if one.identity.kind in {"rfc_natural", "rfc_natural_malformed"}]
    digits = [one for one in rfcs if one.identity.kind in {"rfc_legal", "rfc_natural"}]
    given = [one for one in found if one.identity.kind != "empty"]
    output.judge(
        "OCDS-P10",
        item,
        [_masked(one) for one in legal if one.identity.kind == "invalid"],
        applies=bool(legal),
    )
    output.judge(
        "OCDS-P11",
        item,
        [_masked(one) for one in natural if one.identity.kind == "rfc_natural_malformed"],
        applies=bool(natural),
    )
    output.judge(
        "OCDS-P12",
        item,
        [
            # What follows the placeholder (SIN DATO-…) is the publisher's and could be anything.
            Failure(one.pointer, scrub(one.raw, pdn_marks())[0], one.position)
            for one in given
            if one.identity.kind in {"placeholder", "rfc_generic_national"}
        ],
        applies=bool(given),
    )
    output.judge(
        "OCDS-P13",
        item,
        [_masked(one) for one in digits if one.identity.check_digit_agrees is False],
        applies=bool(digits),
    )
    return bool(rfcs)


def _judge_contacts(releases: Sequence[_Release], item: Item, output: Output) -> None:
    """Each e-mail and telephone counts once for a process, in however many of its releases it stands."""
    seen: set[tuple[Medium, str]] = set()
    failures: dict[Medium, list[Failure]] = {"email": [], "telephone": []}
    for release in releases:
        for contact in contacts(release.private):
            if (contact.medium, contact.text) in seen:
                continue
            seen.add((contact.medium, contact.text))
            if not is_right(contact):
                failures[contact.medium].append(Failure(contact.pointer, mask(contact.text), release.first))
    found = {medium for medium, _ in seen}
    output.judge("OCDS-V07", item, failures["email"], applies="email" in found)
    output.judge("OCDS-V08", item, failures["telephone"], applies="telephone" in found)


def _judge_repairs(
    releases: Sequence[_Release], item: Item, redactor: OcdsRedactor, output: Output, *, has_rfc: bool
) -> None:
    """The rules that repairs fail, and the repairs themselves as they may be published."""
    failures: dict[str, list[Failure]] = {}
    for release in releases:
        for told in told_publicly(release.repairs, release.private, release.public.document, redactor):
            output.repairs.append(
                PublicRepair(
                    item.slice_id,
                    item.source_id,
                    item.entity_id,
                    told.kind,
                    told.path,
                    told.original,
                    told.repaired,
                    told.is_guess,
                    *told.position,
                )
            )
            if told.rule_id is not None:
                value = told.repaired if told.original is None else told.original
                failures.setdefault(told.rule_id, []).append(Failure(told.path, value, told.position))
    published_as_ocds = any(release.row.conversion in PUBLISHED_AS_OCDS for release in releases)
    applying = {"ocds": published_as_ocds, "tables": not published_as_ocds, "rfc": has_rfc, "all": True}
    for rule_id, scope in REPAIR_RULES.items():
        found = failures.get(rule_id, [])
        output.judge(rule_id, item, found, applies=applying[scope] or bool(found))


def _masked(one: _PartyIdentity) -> Failure:
    """A legal person's RFC is public and shown; anything else as its shape."""
    shown = one.raw if one.identity.kind == "rfc_legal" else mask(one.raw)
    return Failure(one.pointer, shown, one.position)


def _party_identities(release: _Release) -> Iterator[_PartyIdentity]:
    """What identifies each party, as published: a repair may have changed it or taken it away."""
    published = {found.repair.path: found.repair.original for found in release.repairs}
    parties = release.private.get("parties")
    for at, party in enumerate(parties if isinstance(parties, list) else ()):
        if not isinstance(party, dict):
            continue
        identifier = party.get("identifier")
        pointer = f"/parties/{at}/identifier/id"
        scheme = ""
        raw: Any = published.get(pointer)
        if isinstance(identifier, dict):
            scheme = str(identifier.get("scheme") or "")
            raw = identifier.get("id") if raw is None else raw
        if raw is None and party.get("id") is not None:
            pointer, scheme, raw = f"/parties/{at}/id", "", party["id"]
        if raw is None:
            continue
        text = str(raw)
        is_rfc = scheme.upper() in RFC_SCHEMES or text.upper().startswith(("MX-RFC-", "RFC-"))
        yield _PartyIdentity(pointer, text, is_rfc, classify(text), release.first)


def judge_reserved_data(
    found: Sequence[tuple[Sequence[Finding], Position]], item: Item, output: Output
) -> None:
    """TEQ-P01 to P03: personal data where none is expected. A reserved field as a whole is no failure."""
    misplaced = [
        (finding, position)
        for findings, position in found
        for finding in findings
        if finding.place != "field"
    ]

    def failures(kinds: set[str], places: set[str]) -> list[Failure]:
        return [
            Failure(finding.pointer, _KINDS_ES[finding.kind], position)
            for finding, position in misplaced
            if finding.kind in kinds and finding.place in places
        ]

    output.judge("TEQ-P01", item, failures({"curp"}, {"id", "text", "url", "key"}))
    output.judge("TEQ-P02", item, failures({"rfc_natural"}, {"text", "url", "key"}))
    output.judge("TEQ-P03", item, failures({"email", "phone"}, {"id", "text", "url", "key"}))


_KINDS_ES = {
    "curp": "una CURP",
    "rfc_natural": "un RFC de persona física",
    "email": "un correo electrónico",
    "phone": "un teléfono",
}
