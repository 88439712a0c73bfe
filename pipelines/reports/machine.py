"""The pages' machine twins: ``report.json`` (English keys), ``failures.csv`` (every failing place), ``coverage.json``.

Here: their fields, columns and the guard against spreadsheet formulas. Not here: the page (``render``).
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import orjson

from pipelines.reports.agency import (
    AgencyReport,
    Change,
    Quality,
    RuleRow,
    SourceReport,
    place_of,
)
from pipelines.reports.coverage import Coverage
from pipelines.reports.format_es import visible

REPORT_SCHEMA = "tequio-report/1"
COVERAGE_SCHEMA = "tequio-coverage/1"

# The same columns for every rule. The Spanish texts stand beside the codes, because whoever mends the data
# opens this file and nothing else.
FAILURE_COLUMNS = (
    "source_id",
    "rule_id",
    "severity",
    "title",
    "remedy",
    "entity_type",
    "entity_id",
    "where",
    "page",
    "position",
    "path",
    "value",
    "failures",
    "raw_sha256",
)
# A cell that starts with one of these is run as a formula by Excel, LibreOffice or Google Sheets (OWASP ASVS
# 5, 1.2.10); the full-width forms are read as their plain twins by East Asian versions.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def coverage_json(
    coverage: Coverage, *, release: str, without_standard: Sequence[Mapping[str, Any]]
) -> bytes:
    """The coverage page as JSON: one cell for each state and system, as in the table ``pdn_coverage``."""
    document = {
        "schema": COVERAGE_SCHEMA,
        "release": release,
        "connections_as_of": coverage.connections_as_of,
        "systems_without_standard": [dict(system) for system in without_standard],
        "cells": [asdict(cell) for part in coverage.systems for cell in part.cells],
    }
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n"


def report_json(report: AgencyReport) -> bytes:
    """The whole report as JSON: sorted keys, every value as it is in the data, no sampling of rules.

    Counts are in source records (``account``) or in entities of the rule's grain (``rules``); what isn't
    available is null. ``examples`` holds up to five places a rule; all of them are in ``failures.csv``.
    """
    document = {
        "schema": REPORT_SCHEMA,
        "agency": {"id": report.agency.id, "name": report.agency.name, "uri": report.agency.uri},
        "release": report.release,
        "rules_version": report.rules_version,
        "sources": [_source(part) for part in report.sources],
    }
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(document, option=options)


def failures_csv(report: AgencyReport) -> bytes:
    """One row a failing place of a rule, by source, rule and position.

    UTF-8 with a byte order mark and CRLF: agencies open it by double click, and without the mark Excel reads
    the accents as Windows-1252. A cell that could run as a formula starts with an apostrophe; the exact
    values are in the Parquet of ``quality/results``.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(FAILURE_COLUMNS)
    for part in report.sources:
        rules = {row.rule.id: row.rule for row in part.rules}
        for row in part.failures:
            rule = rules[row["rule_id"]]
            cells = {
                **row,
                "source_id": part.source.id,
                "severity": rule.severity,
                "title": rule.title_es,
                "remedy": rule.remedy_es,
                "where": place_of(part.source, row, lang="es"),
            }
            writer.writerow([cell(cells[column]) for column in FAILURE_COLUMNS])
    return b"\xef\xbb\xbf" + stream.getvalue().encode("utf-8")


def cell(value: str | int | None) -> str | int:
    """A value a spreadsheet shows and never runs; invisible characters are written out, None is empty."""
    if value is None:
        return ""
    if isinstance(value, int):
        return value
    guarded = f"'{value}" if value.startswith(FORMULA_STARTS) else value
    return visible(guarded)


def _source(part: SourceReport) -> dict[str, Any]:
    return {
        "id": part.source.id,
        "title": part.source.title,
        "entity": part.source.entity,
        "system": part.source.system,
        "cadence": part.source.cadence,
        "licence": part.source.licence,
        "state": part.state,
        "since": part.since,
        "last_attempt_state": part.ledger_state,
        "fetched_at": part.fetched_at,
        "published": {"records": part.published_now, "delivered_at": part.published_generation_date},
        "account": _account(part),
        "checks": [
            {
                "name": check.name,
                "passed": check.passed,
                "blocking": check.blocking,
                "reason_es": check.reason_es,
                "missing_es": check.missing_es,
                "rule_ids": [rule.id for rule in check.rules],
            }
            for check in part.checks
        ],
        "quality": _quality(part.quality),
        "corrections": [row.rule.id for row in part.corrections],
        "rules": [_rule(row) for row in part.rules],
        "changes": {
            "previous_delivery": part.previous_delivery,
            "better": [_change(change) for change in part.better],
            "worse": [_change(change) for change in part.worse],
        },
        "redactions": [{**row, "paths": list(row["paths"])} for row in part.redactions],
        "repairs": [dict(row) for row in part.repairs],
        "quarantine": [_plain(row) for row in part.quarantine],
        "attempts": [_plain(row) for row in part.attempts],
        "failures": len(part.failures),
        "files": list(part.files),
    }


def _account(part: SourceReport) -> dict[str, Any] | None:
    found = part.account
    if found is None:
        return None
    return {
        "declared": found.declared,
        "declared_by": found.declared_by,
        "received": found.received,
        "published": found.published,
        "held_back": found.held_back,
        "quarantined": found.quarantined,
        "duplicates": found.duplicates,
        "unusable": found.unusable,
        "missing": found.missing,
        "surplus": found.surplus,
    }


def _quality(quality: Quality) -> dict[str, Any]:
    return {
        "score": _rounded(quality.score),
        "difference": _rounded(quality.difference),
        "rules_applicable": quality.rules_applicable,
        "rules_failing": quality.rules_failing,
        "peer_median": _rounded(quality.peer_median),
        "peers": quality.peers,
        "history": [{"delivery": day, "score": _rounded(score)} for day, score in quality.history],
    }


def _rule(row: RuleRow) -> dict[str, Any]:
    return {
        "id": row.rule.id,
        "family": row.rule.family,
        "severity": row.rule.severity,
        "grain": row.rule.grain,
        "title_es": row.rule.title_es,
        "title_en": row.rule.title_en,
        "remedy_es": row.rule.remedy_es,
        "remedy_en": row.rule.remedy_en,
        "state": row.state,
        "pass": row.passed,
        "fail": row.failed,
        "not_applicable": row.not_applicable,
        "failures": row.failures,
        "gain": _rounded(row.gain),
        "examples": [
            {
                "entity_id": example.entity_id,
                "where_es": example.where_es,
                "where_en": example.where_en,
                "path": example.path,
                "value": example.value,
            }
            for example in row.examples
        ],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "rule_id": change.rule.id,
        "before": {"fail": change.before_failed, "applicable": change.before_applicable},
        "now": {"fail": change.failed, "applicable": change.applicable},
        "difference_points": _rounded(change.difference),
    }


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row)


def _rounded(value: float | None) -> float | None:
    """Four decimals: enough to tell scores apart, few enough to hide the order in which floats were added."""
    return None if value is None else round(value, 4)
