"""Inputs of reports as a run gives them: invented figures over the declared sources and the real rules."""

import random
from dataclasses import asdict
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

from pipelines.publication.catalogue import SYSTEMS_WITHOUT_STANDARD
from pipelines.quality.catalogue import Rule, load_catalogue
from pipelines.quality.gate import GateCheck
from pipelines.registry import Source, load_sources
from pipelines.reports.agency import SourceReportInput
from pipelines.reports.entities import ENTITIES, FEDERATION, NAMES
from pipelines.reports.words import PDN_SYSTEMS

REPOSITORY = Path(__file__).resolve().parents[3]
SOURCES = {source.id: source for source in load_sources(REPOSITORY / "sources")}
RELEASE = "2026-11-23.1"
PREVIOUS = "2026-11-16.1"
PREVIOUS_DELIVERY = "2026-11-14"
FETCHED = "2026-11-21T18:30:00+00:00"
HASH = "4f" * 32

# Shares that fail, by rule: what a reader should find on the page.
FAILING = {
    "OCDS-I10": (0.0, 1),
    "OCDS-R01": (0.124, 2),
    "OCDS-D02": (0.069, 1),
    "OCDS-D07": (0.31, 1),
    "OCDS-M03": (0.0021, 1),
    "OCDS-C04": (0.62, 3),
    "OCDS-C06": (0.041, 1),
    "OCDS-H02": (0.018, 1),
    "TEQ-R06": (0.55, 1),
    "OCDS-F07": (0.202, 1),
    "OCDS-P10": (0.0693, 1),
    "OCDS-P12": (0.11, 1),
    "PDN-I01": (0.02, 1),
    "PDN-D03": (0.24, 1),
    "PDN-C01": (0.35, 2),
    "PDN-F02": (0.5, 1),
    "PDN-P11": (0.08, 1),
    "TEQ-L03": (1.0, 12),
    "TEQ-P02": (0.013, 1),
}
VALUES = (
    "999-AAA999999",
    "2026-02-30T00:00:00Z",
    "Adjudicación Directa Fed.",
    "$1,250,000.00",
    None,
    "Ciudad de Mexico ",
)
PATHS = (
    "/parties/0/identifier/id",
    "/contracts/0/dateSigned",
    "/tender/procurementMethodDetails",
    "/awards/1/value/amount",
)


def check(name: str, *, passed: bool, reason: str, blocking: bool = False, **more: Any) -> dict[str, Any]:
    """One check of a verdict, as ``asdict`` gives it."""
    made = GateCheck(
        name=name,
        passed=passed,
        severity="error" if blocking else "warn",
        value=more.get("value"),
        threshold=more.get("threshold"),
        reason_es=reason,
        rule_ids=tuple(more.get("rule_ids", ())),
        blocking=blocking,
        missing_es=more.get("missing"),
    )
    return asdict(made)


def verdict(*checks: dict[str, Any]) -> dict[str, Any]:
    """A verdict that admits unless a blocking check failed."""
    holding = [one for one in checks if one["blocking"] and not one["passed"]]
    return {"admitted": not holding, "checks": checks, "reasons_es": [one["reason_es"] for one in holding]}


COMPLETE = check(
    "fetched", passed=True, blocking=True, reason="La descarga fue completa.", rule_ids=("TEQ-L01",)
)


def attempt(day: int, state: str, *, declared: int | None = None, message: str = "") -> dict[str, Any]:
    """One row of the ledger; what wasn't received has no count."""
    return {
        "fetch_id": f"202611{day:02d}T183000.000000Z",
        "started_at": f"2026-11-{day:02d}T18:30:00+00:00",
        "finished_at": f"2026-11-{day:02d}T18:31:00+00:00",
        "state": state,
        "declared": declared,
        "rows": declared,
        "message": message,
    }


def counts(declared: int, *, quarantined: int = 0, unusable: int = 0, duplicates: int = 0) -> dict[str, Any]:
    """The books of a slice, complete and balanced."""
    return {
        "declared": declared,
        "declared_by": "portal",
        "records": declared - duplicates - quarantined + unusable,
        "published": declared - quarantined - duplicates,
        "held_back": 0,
        "quarantined": quarantined,
        "unusable": unusable,
        "duplicates": duplicates,
        "missing": 0,
    }


def rules_of(source: Source) -> tuple[Rule, ...]:
    return load_catalogue().for_system(source.system)


def summary(source: Source, base: int, *, worse: float = 1.0) -> list[dict[str, Any]]:
    """Every rule counted over ``base`` entities; ``worse`` scales the failing shares."""
    rows = []
    for rule in rules_of(source):
        # Not the place in the catalogue: a new rule must not move the counts of the others.
        number = sum(rule.id.encode())
        share, places = FAILING.get(rule.id, (0.0, 1))
        applicable = (
            1 if rule.grain == "source" else 0 if number % 11 == 10 else base - (base // 9) * (number % 3)
        )
        if rule.grain == "source":
            fail = 1 if share else 0
        else:
            fail = min(applicable, round(applicable * share * worse))
        whole = 1 if rule.grain == "source" else base
        rows.append(
            {
                "rule_id": rule.id,
                "pass": applicable - fail,
                "fail": fail,
                "na": whole - applicable,
                "failures": fail * places,
            }
        )
    return rows


def failures(source: Source, counted: list[dict[str, Any]], *, most: int = 40) -> list[dict[str, Any]]:
    """Up to ``most`` failing rows a rule, in no useful order."""
    rng = random.Random(7)
    rows = []
    for row in counted:
        rule = load_catalogue().get(row["rule_id"])
        if rule.grain == "source":
            continue
        for number in range(min(row["fail"], most)):
            ordinal = rng.randrange(1, 1900)
            rows.append(
                {
                    "rule_id": rule.id,
                    "entity_type": rule.grain,
                    "entity_id": f"tequio-{source.id}-LA-12-{ordinal:03d}-E{ordinal}-2026",
                    "result": "fail",
                    "failures": 1,
                    "path": PATHS[number % len(PATHS)],
                    "value": VALUES[number % len(VALUES)],
                    "raw_sha256": HASH,
                    "page": 1 if source.protocol == "bulk_files" else 1 + ordinal // 200,
                    "position": position(source, ordinal),
                }
            )
    return rows


def position(source: Source, ordinal: int) -> str:
    if source.family == "compranet":
        return f"fila {ordinal + 1}"
    return f"/results/{ordinal % 200}" if source.protocol == "pdn_rest" else f"/releases/{ordinal}"


def quarantined(source: Source, amount: int) -> list[dict[str, Any]]:
    return [
        {
            "page": 1,
            "position": position(source, 170 + 31 * number),
            "reason_code": "columns",
            "reason": "El renglón tiene 22 columnas y el encabezado 21; suele ser una coma sin comillas.",
            "excerpt_masked": "99-AAA-99-999,Aaaaaaaaa aa aaaaaaaa, aaaaaa…",
        }
        for number in range(amount)
    ]


def admitted() -> SourceReportInput:
    """ComprasMX: published, with everything a good source still has to mend."""
    source = SOURCES["comprasmx_2026"]
    counted = summary(source, 2126)
    return SourceReportInput(
        source=source,
        state="complete",
        attempts=[attempt(14, "complete", declared=3902), attempt(21, "complete", declared=3986)],
        verdict=verdict(
            COMPLETE,
            check(
                "reserved_data",
                passed=False,
                reason="Se retiraron 214 datos reservados antes de publicar (correo electrónico: 24 …).",
                rule_ids=("TEQ-P02",),
            ),
        ),
        counts=counts(3986, quarantined=12, unusable=3, duplicates=38),
        summary=counted,
        examples=failures(source, counted),
        redactions=[
            {"kind": "email", "path": "/parties/*/contactPoint/email", "count": 24},
            {"kind": "rfc_natural", "path": "/parties/*/identifier/id", "count": 150},
            {"kind": "rfc_natural", "path": "/awards/*/suppliers/*/id", "count": 40},
            {"kind": "not_listed", "path": "/tender/responsable", "count": 7},
        ],
        repairs=[
            {"kind": "blanks", "count": 17, "guesses": 0},
            {"kind": "lossy_character", "count": 4, "guesses": 4},
            {"kind": "date_form", "count": 3986, "guesses": 0},
        ],
        quarantine=quarantined(source, 9),
        fetched_at=FETCHED,
        published_generation_date=FETCHED,
        published_records=3936,
        history=[
            {"delivery": f"2026-{month}-{day}", "score": score}
            for month, day, score in (
                ("09", "14", 83.1),
                ("09", "28", 84.0),
                ("10", "12", 83.7),
                ("10", "26", 86.9),
                ("11", "16", 87.4),
            )
        ],
        files=[
            "ocds/tables/contracts/source=comprasmx_2026/data.parquet",
            "ocds/tables/processes/source=comprasmx_2026/data.parquet",
            "ocds/packages/comprasmx_2026/2026.json",
        ],
    )


def held_back() -> SourceReportInput:
    """Chihuahua S2: 95 % of its records are gone; the delivery of a week ago stays published."""
    source = SOURCES["chihuahua_s2"]
    counted = summary(source, 45)
    return SourceReportInput(
        source=source,
        state="complete",
        attempts=[attempt(14, "complete", declared=912), attempt(21, "complete", declared=45)],
        verdict=verdict(
            COMPLETE,
            check(
                "row_drop",
                passed=False,
                blocking=True,
                value=0.049,
                threshold="mínimo 0.85 veces",
                reason=("Hay 45 registros; la última versión admitida tenía 912. El mínimo es 0.85 veces."),
                missing=(
                    "Para publicarla: restituya los registros que ya no aparecen; si la baja es correcta, "
                    "escríbanos (mínimo 0.85 veces)."
                ),
            ),
        ),
        counts=counts(45),
        summary=counted,
        examples=failures(source, counted),
        redactions=[{"kind": "curp", "path": "/curp", "count": 45}],
        fetched_at=FETCHED,
        published_generation_date="2026-11-14T18:31:00+00:00",
        published_records=912,
        held_since="2026-11-21T18:40:00+00:00",
        files=["pdn/tables/s2/source=chihuahua_s2/data.parquet", "pdn/pages/s2/chihuahua_s2.json"],
    )


def late() -> SourceReportInput:
    """Chihuahua S3: published; its content is older than its cadence."""
    source = SOURCES["chihuahua_s3"]
    counted = summary(source, 841)
    return SourceReportInput(
        source=source,
        state="unchanged",
        attempts=[attempt(14, "complete", declared=841), attempt(21, "unchanged", declared=841)],
        verdict=verdict(
            COMPLETE,
            check(
                "freshness",
                passed=False,
                reason="Lo más reciente es del 3 jun 2026, hace 171 días. El máximo es 69 días.",
                rule_ids=("TEQ-L06",),
            ),
        ),
        counts=counts(841),
        summary=counted,
        examples=failures(source, counted),
        fetched_at="2026-11-14T18:31:00+00:00",
        published_generation_date="2026-11-14T18:31:00+00:00",
        published_records=841,
        files=["pdn/tables/s3_servidores/source=chihuahua_s3/data.parquet"],
    )


def no_answer() -> SourceReportInput:
    """Oaxaca S2: silent for three attempts; the last good delivery stays published."""
    source = SOURCES["oaxaca_s2"]
    message = "El portal no aceptó la conexión (conexión rechazada) en 3 intentos."
    return SourceReportInput(
        source=source,
        state="unavailable",
        attempts=[
            attempt(7, "complete", declared=903),
            attempt(14, "unavailable", message=message),
            attempt(18, "unavailable", message=message),
            attempt(21, "unavailable", message=message),
        ],
        verdict=verdict(
            check(
                "fetched",
                passed=False,
                blocking=True,
                reason="Este intento no trajo datos nuevos: el portal no respondió.",
                missing="Revise que el portal esté en línea; se vuelve a intentar en la siguiente ejecución.",
                rule_ids=("TEQ-L01",),
            )
        ),
        published_generation_date="2026-11-07T18:31:00+00:00",
        published_records=903,
    )


def unpublished() -> SourceReportInput:
    """Oaxaca S3: nobody agreed on credentials yet."""
    return SourceReportInput(source=SOURCES["oaxaca_s3"], state=None)


def every_input() -> list[SourceReportInput]:
    return [admitted(), held_back(), late(), no_answer(), unpublished()]


def previous() -> dict[str, dict[str, Any]]:
    """The release before: more failures in most rules, fewer in one."""
    source = SOURCES["comprasmx_2026"]
    rows = summary(source, 2080, worse=1.3)
    for row in rows:
        if row["rule_id"] == "OCDS-F07":
            row["pass"], row["fail"] = row["pass"] + row["fail"] - 90, 90
    return {source.id: {"delivery": PREVIOUS_DELIVERY, "summary": rows}}


def catalog() -> dict[str, Any]:
    """``catalog.json`` of a release with the five inputs above and sources that are not in it."""
    inputs = {given.source.id: given for given in every_input()}
    entries = [_entry(source, inputs.get(source.id)) for source in SOURCES.values()]
    return {
        "release": RELEASE,
        "previous_release": PREVIOUS,
        "systems_without_standard": [dict(system) for system in SYSTEMS_WITHOUT_STANDARD],
        "sources": entries,
    }


def coverage_rows() -> list[dict[str, Any]]:
    """``pdn_coverage`` of 33 entities and four systems, every state of a cell among them."""
    found = ("published", "unreachable", "not_tried", "published", "held_back", "empty", "not_declared")
    rows = []
    for number, (entity, system) in enumerate(product([FEDERATION, *(e.key for e in ENTITIES)], PDN_SYSTEMS)):
        kind = found[number % len(found)]
        published = kind == "published"
        listed = published and system in {"s2", "s3"}
        rows.append(
            {
                "entity": entity,
                "entity_name": NAMES[entity],
                "system": system,
                "declared_sources": int(kind != "not_declared"),
                "reachable_sources": int(kind in {"published", "held_back", "empty"}),
                "unreachable_sources": int(kind == "unreachable"),
                "untried_sources": int(kind == "not_tried"),
                "published_sources": int(published),
                "reachability": "unreachable" if number % 14 == 0 or kind == "unreachable" else "reachable",
                "attempted_on": None if kind in {"not_tried", "not_declared"} else date(2026, 11, 21),
                "records": 153_011 + number if published else 0 if kind == "empty" else None,
                "newest_capture_on": date(2026, 3, 1) if published else None,
                "fetched_on": date(2026, 11, 20) if published else None,
                "institutions_in_records": 40 if published else None,
                "institutions_listed": 678 if listed else None,
                "institutions_found_exactly": 271 if listed else None,
                "institutions_found": 340 if listed else None,
                "bodies_connected": 93 if system != "s3" and number % 4 else None,
                "bodies_total": 193 if system != "s3" and number % 4 else None,
                "parts_connected": "servidores,particulares" if system == "s3" else None,
                "connections_as_of": date(2024, 9, 30),
                "coverage": kind,
            }
        )
    return rows


def _entry(source: Source, given: SourceReportInput | None) -> dict[str, Any]:
    good = given is not None and given.published_generation_date is not None
    books = (given.counts if given is not None else None) or {}
    held = given is not None and given.held_since is not None
    counted = {
        name: books.get(name)
        for name in ("declared", "published", "held_back", "quarantined", "duplicates", "missing")
    }
    if held:
        counted |= {"published": 0, "held_back": books["published"]}
    last = given.attempts[-1] if given is not None and given.attempts else None
    return {
        "id": source.id,
        "title": source.title,
        "entity": source.entity,
        "system": source.system,
        "publisher": {"id": source.publisher.id, "name": source.publisher.name, "uri": source.publisher.uri},
        "licence": source.licence,
        "cadence": source.cadence,
        "state": "last_good" if held else "published" if good else "unpublished",
        "reasons": _reasons(given),
        "held_since": given.fetched_at if given is not None and held else None,
        "last_attempt": None if last is None else {"state": last["state"], "at": last["finished_at"]},
        "counts": counted,
        "in_release": _in_release(source, given) if given is not None and good else None,
    }


def _reasons(given: SourceReportInput | None) -> list[str]:
    if given is None or given.verdict is None:
        return ["La fuente pide credenciales que todavía no se han acordado con quien la publica."]
    return [f"{one['reason_es']} {one['missing_es']}" for one in given.verdict["checks"] if one["missing_es"]]


def _in_release(source: Source, given: SourceReportInput) -> dict[str, Any]:
    tables = {"ocds_contracts": 4102, "ocds_processes": 2126} if source.is_procurement else {"pdn_s2": 912}
    return {
        "fetched_at": given.published_generation_date,
        "records": given.published_records,
        "tables": tables if source.system != "pdn-s3" else {"pdn_s3_servidores": 500},
        "files": list(given.files),
    }
