"""Slices, ledger rows and sources as the gate sees them, with the few facts a test changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipelines.landing.land import Generation
from pipelines.landing.ledger import LedgerRow
from pipelines.portals.errors import FetchState
from pipelines.registry import Agency, Assertion, Source

SOURCE = Source(
    id="guadalajara",
    title="Contrataciones abiertas",
    entity="14",
    publisher=Agency(id="gdl", name="Municipio", email="datos@gdl.example", rfc=None, uri=None),
    system="s6-ocds",
    family="ocds_packages",
    protocol="edcapi",
    parameters={},
    url="https://gdl.example",
    url_env=None,
    auth={},
    ocid_prefix=None,
    cadence="monthly",
    licence="https://datos.gob.mx/libreusomx",
    status="live",
    assertions=(),
    notes=None,
    path=Path("guadalajara.yaml"),
)

LEDGER = LedgerRow(
    fetch_id="20261121T180000.000000Z",
    source_id="guadalajara",
    started_at="2026-11-21T18:00:00+00:00",
    finished_at="2026-11-21T18:01:00+00:00",
    state=FetchState.COMPLETE,
    declared=1000,
    declared_by="portal",
    rows=1000,
    distinct_ids=990,
    pages_ok=5,
    pages_failed=0,
    bytes=123456,
    message="Descarga completa.",
    url=None,
    expected=None,
    action=None,
    content_digest="c" * 64,
    generation="aaaaaaaaaaaaaaaa",
    quarantined=4,
    duplicates=6,
)

GENERATION = Generation(
    source_id="guadalajara",
    generation="aaaaaaaaaaaaaaaa",
    family="ocds_packages",
    fetch_id="20261121T180000.000000Z",
    fetched_at="2026-11-21T18:00:00+00:00",
    state=FetchState.COMPLETE,
    declared=1000,
    declared_by="portal",
    records=990,
    duplicates=6,
    quarantined=4,
    distinct_ids=990,
    landed_sha256="d" * 64,
    encoding="utf-8",
    columns=(),
    content_digest="c" * 64,
    parser_version="1",
)


@dataclass(frozen=True)
class Facts:
    """A slice, as far as the gate looks at it."""

    source_id: str = "guadalajara"
    key: str = "1111111111111111"
    generation: str = "aaaaaaaaaaaaaaaa"
    code_version: str = "2222222222222222"
    digest: str = "e" * 64
    fetched_at: str = "2026-11-21T18:00:00+00:00"
    counts: Mapping[str, int | None] = field(
        default_factory=lambda: {
            "declared": 1000,
            "records": 990,
            "published": 988,
            "duplicates": 6,
            "quarantined_landing": 4,
            "unusable": 2,
        }
    )
    tables: Mapping[str, int] = field(default_factory=lambda: {"ocds_processes": 400, "ocds_awards": 300})
    summary: Sequence[Mapping[str, Any]] = (
        {"rule_id": "OCDS-S01", "pass": 380, "fail": 20, "na": 0, "failures": 25},
        {"rule_id": "OCDS-I01", "pass": 400, "fail": 0, "na": 0, "failures": 0},
        {"rule_id": "OCDS-R01", "pass": 270, "fail": 30, "na": 100, "failures": 31},
        {"rule_id": "OCDS-F09", "pass": 0, "fail": 400, "na": 0, "failures": 400},
    )
    redactions: Sequence[Mapping[str, Any]] = ()
    leaks: int = 0
    content_until: str | None = "2026-11-10"


def asserting(metric: str, *, low: float | None = None, high: float | None = None) -> Source:
    """The source with one assertion."""
    assertion = Assertion(metric=metric, min=low, max=high, reason="acordado con la institución")
    return replace(SOURCE, assertions=(assertion,))


def counting(**changes: int | None) -> Facts:
    """The slice with other counts."""
    facts = Facts()
    return replace(facts, counts={**facts.counts, **changes})


def scoring(rule_id: str, *, passed: int, failed: int) -> Facts:
    """The slice with another result of one rule."""
    facts = Facts()
    row = {"rule_id": rule_id, "pass": passed, "fail": failed, "na": 0, "failures": failed}
    return replace(facts, summary=(*(old for old in facts.summary if old["rule_id"] != rule_id), row))
