"""The rule catalogue: what every quality rule says, in the words an agency reads.

Here: reading and checking `rules/`, one file for each family of a system, and the export that ships with each release
(`quality/rules.json`). Not here: how a rule is computed: `dbt_project/models/quality/` (SQL),
`pipelines/standards/` (record by record), `pipelines/quality/results.py` (ledger and landing).
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

RULES_FOLDER = Path(__file__).with_name("rules")
# Of all rules together, as each says since when it exists. A changed meaning needs a new id; a new text doesn't.
# Retired with 1.1, because values are repaired now and each defect is reported once: OCDS-S04 (dates: TEQ-R03 and
# OCDS-D11; web addresses: OCDS-S05) and OCDS-F03 (TEQ-R06). With 1.3: OCDS-D10, which asked two things (OCDS-D16 and
# OCDS-D17).
# Slices of before still hold results of theirs.
VERSION = "1.3"
RETIRED = frozenset({"OCDS-S04", "OCDS-F03", "OCDS-D10"})

Severity = Literal["error", "warning", "info"]

# Order of gravity; ranking and weights rely on it.
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
DIMENSIONS = (
    "completeness",
    "validity",
    "consistency",
    "uniqueness",
    "timeliness",
    "accuracy",
    "accessibility",
)
SYSTEMS = ("s6-ocds", "pdn-s1", "pdn-s2", "pdn-s3")
GRAINS = ("ocid", "record", "source")
EVALUATORS = ("sql", "python", "ledger", "comparison", "integrated")
# A letter group of the id belongs to one family, so that a reader can tell one by the other.
FAMILIES = {
    "OCDS-S": "schema",
    "OCDS-I": "ids",
    "OCDS-R": "references",
    "OCDS-D": "dates",
    "OCDS-M": "money",
    "OCDS-C": "codelists",
    "OCDS-H": "coherence",
    "OCDS-F": "fields",
    "OCDS-V": "values",
    "OCDS-P": "parties",
    "OCDS-T": "distributions",
    "OCDS-E": "edca",
    "OCDS-G": "territory",
    "OCDS-A": "plausibility",
    "PDN-S": "schema",
    "PDN-I": "ids",
    "PDN-C": "codelists",
    "PDN-D": "dates",
    "PDN-M": "money",
    "PDN-F": "fields",
    "PDN-P": "parties",
    "PDN-G": "territory",
    "TEQ-R": "repairs",
    "TEQ-L": "arrival",
    "TEQ-V": "stability",
    "TEQ-X": "cross_source",
    "TEQ-P": "reserved",
}
# Families that speak of a delivery and not of what stands in it: no slice holds their results.
OF_DELIVERIES = frozenset({"arrival", "stability", "cross_source"})
OF_CONTENT = tuple(family for family in dict.fromkeys(FAMILIES.values()) if family not in OF_DELIVERIES)
ID_PATTERN = re.compile(r"^((?:OCDS|PDN|TEQ)-[A-Z])\d{2}$")
REQUIRED = (
    "id",
    "dimension",
    "severity",
    "grain",
    "systems",
    "evaluated_in",
    "title_es",
    "title_en",
    "remedy_es",
    "remedy_en",
    "passes",
    "fails",
    "not_applicable",
    "source",
    "since",
)
OPTIONAL = ("gate",)


class CatalogueError(ValueError):
    """The rules can't be used; the message lists every mistake, one a line."""


@dataclass(frozen=True)
class Rule:
    """One quality rule.

    `passes`, `fails` and `not_applicable` say in Spanish when each of the three results is given.
    `source` names where the rule comes from (standard and section, check of a peer, known defect).
    `gate` names the gate check that counts the rule's results, if one does.
    """

    id: str
    family: str
    dimension: str
    severity: Severity
    grain: str
    systems: tuple[str, ...]
    evaluated_in: str
    title_es: str
    title_en: str
    remedy_es: str
    remedy_en: str
    passes: str
    fails: str
    not_applicable: str
    source: str
    since: str
    gate: str | None


@dataclass(frozen=True)
class Catalogue:
    """All rules by family in the order of `FAMILIES`, which is the order in which they are shown.

    `retired`: ids that were rules once and never will be again; slices of that time hold results of theirs.
    """

    version: str
    rules: tuple[Rule, ...]
    retired: frozenset[str]

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        """Rules by id."""
        return {rule.id: rule for rule in self.rules}

    def get(self, rule_id: str) -> Rule:
        """The rule with this id.

        Raises:
            CatalogueError: when a result names a rule that the catalogue doesn't know.
        """
        found = self.by_id.get(rule_id)
        if found is None:
            message = (
                f"rule {rule_id!r} is not in {RULES_FOLDER.name}/; a result without a text can't be shown"
            )
            raise CatalogueError(message)
        return found

    def for_system(self, system: str) -> tuple[Rule, ...]:
        """The rules that speak about one system."""
        return tuple(rule for rule in self.rules if system in rule.systems)

    def for_gate(self, check: str, system: str) -> tuple[Rule, ...]:
        """The rules whose results one check of the gate counts."""
        return tuple(rule for rule in self.for_system(system) if rule.gate == check)

    def export(self) -> dict[str, Any]:
        """The catalogue as published in `quality/rules.json`."""
        return {
            "version": self.version,
            "retired": sorted(self.retired),
            "rules": [_exported(rule) for rule in self.rules],
        }


def load_catalogue(folder: Path = RULES_FOLDER) -> Catalogue:
    """Read and check the catalogue (kept after the first reading).

    Raises:
        CatalogueError: listing every mistake of the files.
    """
    return _load(folder)


@lru_cache(maxsize=4)
def _load(folder: Path) -> Catalogue:
    rules: list[Rule] = []
    mistakes: list[str] = []
    known: Counter[Any] = Counter()
    for name, group in _files().items():
        path = folder / name
        if not path.is_file():
            continue
        # PyYAML's own scanner takes a second for all of them.
        entries = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        if not isinstance(entries, list):
            mistakes.append(f"{name}: expected a list of rules")
            continue
        found = [
            mistake for number, entry in enumerate(entries) for mistake in _mistakes(number, entry, group)
        ]
        mistakes.extend(f"{name}: {mistake}" for mistake in found)
        known.update(entry.get("id") for entry in entries if isinstance(entry, dict))
        if not found:
            rules.extend(_rule(entry) for entry in entries)
    mistakes.extend(f"{rule_id}: is defined {times} times" for rule_id, times in known.items() if times > 1)
    mistakes.extend(
        f"{rule_id}: was retired; a rule with another meaning needs another id"
        for rule_id in sorted(RETIRED & known.keys())
    )
    others = sorted({path.name for path in folder.iterdir()} - set(_files()))
    mistakes.extend(f"{name}: expected one of {', '.join(_files())}" for name in others)
    if mistakes:
        raise CatalogueError("\n".join(mistakes))
    return Catalogue(version=VERSION, rules=tuple(rules), retired=RETIRED)


def _files() -> dict[str, str]:
    """The file of each letter group: system and family."""
    return {f"{group.partition('-')[0].lower()}_{family}.yaml": group for group, family in FAMILIES.items()}


def _mistakes(number: int, entry: Any, group: str) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield f"{number}: expected a mapping"
        return
    name = entry.get("id", number)
    for field in REQUIRED:
        if entry.get(field) in (None, "", []):
            yield f"{name}: {field} is missing"
    for field in sorted(set(entry) - {*REQUIRED, *OPTIONAL}):
        yield f"{name}: {field} is not a known field"
    for field, allowed in (
        ("dimension", DIMENSIONS),
        ("severity", SEVERITIES),
        ("grain", GRAINS),
        ("evaluated_in", EVALUATORS),
    ):
        if field in entry and entry[field] not in allowed:
            yield f"{name}: {field} is {entry[field]!r}; expected one of {', '.join(allowed)}"
    for system in entry.get("systems") or ():
        if system not in SYSTEMS:
            yield f"{name}: systems holds {system!r}; expected some of {', '.join(SYSTEMS)}"
    match = ID_PATTERN.match(str(name))
    if match is None or match.group(1) != group:
        yield f"{name}: id; expected {group} and two digits"


def _rule(entry: Mapping[str, Any]) -> Rule:
    texts = {field: " ".join(str(entry[field]).split()) for field in REQUIRED if field != "systems"}
    return Rule(
        family=FAMILIES[texts["id"].rpartition("-")[0] + "-" + texts["id"].rpartition("-")[2][0]],
        systems=tuple(entry["systems"]),
        gate=entry.get("gate"),
        **texts,  # type: ignore[arg-type]
    )


def _exported(rule: Rule) -> dict[str, Any]:
    return {**asdict(rule), "systems": list(rule.systems)}
