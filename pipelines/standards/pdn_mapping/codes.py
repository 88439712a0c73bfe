"""Codes of the PDN: which are in a codelist, which are another spelling of one, and what a code of v1 is in v2.

The lists and their aliases are seeds (`dbt_project/seeds/pdn_codelists.csv`, `pdn_codelist_aliases.csv`), so that the rules
in SQL and the mapping here can't disagree. Not here: the documents (`sanctioned.py`, `officials.py`).
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pipelines.standards.pdn_mapping.values import filled, folded
from pipelines.standards.privacy import allow_lists

SEEDS = Path(__file__).resolve().parents[3] / "dbt_project" / "seeds"
OTHER = "OTRO"

Gravity = Literal["graves", "no_graves", "undetermined"]

GRAVES = "faltas_administrativas_graves"
NO_GRAVES = "faltas_administrativas_no_graves"
FISICAS = "faltas_graves_personas_fisicas"
MORALES = "faltas_graves_personas_morales"
OFFICIALS = "servidores_intervengan_procedimientos_contrataciones"

# Faults of v1 (LGRA, title III chapter II) and what v2 calls them; AG only says that it is grave.
FAULTS_V2: Mapping[str, str] = {
    "PEC": "PECULADO",
    "DRP": "DESVIO_RECURSOS_PUBLICOS",
    "UII": "UTILIZACION_INDEBIDA_INFORMACION",
    "AFN": "ABUSO_FUNCIONES",
    "ABCI": "CONFLICTO_INTERES",
    "CIND": "CONTRATACION_INDEBIDA",
    "EOCI": "ENRIQUECIMIENTO_OCULTO",
    "TINF": "TRAFICO_INFLUENCIAS",
    "ENCB": "ENCUBRIMIENTO",
    "DSCT": "DESACATO",
    "OJUST": "OBSTRUCCION",
    # The only fault of the no graves that both generations name.
    "IDSP": "DECLARACIONES",
}
FAULTS_V1: Mapping[str, str] = {v2: v1 for v1, v2 in FAULTS_V2.items()}
# No graves by their own name (ANG), or because title III chapter I of the LGRA holds them.
_NO_GRAVES_V1 = frozenset({"ANG", "NAD", "IDSP"})

# Sanctions of v1 by collection of v2; what a collection doesn't have is OTRO with its name.
SANCTIONS_V2: Mapping[str, Mapping[str, str]] = {
    GRAVES: {
        "I": "INHABILITACION",
        "S": "SUSPENSION",
        "D": "DESTITUCION",
        "SE": "SANCION_ECONOMICA",
        "M": "SANCION_ECONOMICA",
        "IRSC": "SANCION_ECONOMICA",
    },
    NO_GRAVES: {"I": "INHABILITACION", "S": "SUSPENSION", "D": "DESTITUCION", "A": "AMONESTACION"},
    FISICAS: {
        "I": "INHABILITACION",
        "IND": "INDEMNIZACION",
        "SE": "SANCION_ECONOMICA",
        "M": "SANCION_ECONOMICA",
    },
    MORALES: {
        "I": "INHABILITACION",
        "IND": "INDEMNIZACION",
        "SE": "SANCION_ECONOMICA",
        "M": "SANCION_ECONOMICA",
        "S": "SUSPENSION_ACTIVIDADES",
        "D": "DISOLUCION_SOCIEDAD",
    },
}
SANCTIONS_V1: Mapping[str, str] = {
    "INHABILITACION": "I",
    "SUSPENSION": "S",
    "SUSPENSION_ACTIVIDADES": "S",
    "DESTITUCION": "D",
    "DISOLUCION_SOCIEDAD": "D",
    "SANCION_ECONOMICA": "SE",
    "INDEMNIZACION": "IND",
}


@cache
def codelist(collection: str, field: str) -> Mapping[str, str]:
    """Key → value of one codelist; empty for a field without one."""
    return _lists("pdn_codelists.csv", "clave", "valor").get((collection, field), {})


@cache
def aliases(collection: str, field: str) -> Mapping[str, str]:
    """Alias → key of one codelist."""
    return _lists("pdn_codelist_aliases.csv", "alias", "clave").get((collection, field), {})


@cache
def _lists(file: str, key: str, value: str) -> Mapping[tuple[str, str], Mapping[str, str]]:
    lists: dict[tuple[str, str], dict[str, str]] = {}
    with (SEEDS / file).open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            lists.setdefault((row["collection"], row["field"]), {})[row[key]] = row[value]
    return lists


def canonical(collection: str, field: str, value: object) -> str | None:
    """The key of the codelist that a value is or is an alias of; None if it is neither."""
    if not isinstance(value, str):
        return None
    known, others = codelist(collection, field), aliases(collection, field)
    for text in (value, value.strip()):
        if text in known:
            return text
        if text in others:
            return others[text]
    return None


def code_by_label(collection: str, field: str, label: object) -> str | None:
    """The key whose value (or itself, in words) a text is, accents and case aside."""
    text = folded(filled(label) or "")
    return _labels(collection, field).get(text) if text else None


@cache
def _labels(collection: str, field: str) -> Mapping[str, str]:
    labels = {}
    for key, value in codelist(collection, field).items():
        labels[folded(key)] = key
        labels[folded(key).replace("_", " ")] = key
        labels[folded(value)] = key
    return labels


def fault_code_v1(fault: object) -> str | None:
    """The v1 key of a `tipoFalta`: its own, or without one that of its text."""
    if not isinstance(fault, Mapping):
        return None
    own = filled(fault.get("clave"))
    return own.upper() if own else code_by_label("ssancionados", "tipoFalta", fault.get("valor"))


def gravity(fault: object) -> Gravity:
    """Whether a v1 `tipoFalta` is grave: by its code, unless its own text says otherwise; never guessed.

    The codes of graves and what contradicts them are those by which names are published
    (`allow_lists.yaml`, s3s_v1).
    """
    code = fault_code_v1(fault)
    if code is None or not isinstance(fault, Mapping):
        return "undetermined"
    rule: Mapping[str, Any] = allow_lists()["pdn"]["s3s_v1"]["conditions"]["falta_grave"]
    texts = [folded(filled(fault.get(name)) or "") for name in ("valor", "descripcion")]
    named = {code_by_label("ssancionados", "tipoFalta", text) for text in texts}
    if code in rule["codes"]:
        contradicted = any(words in text for words in rule["contradicted_by"] for text in texts)
        return "undetermined" if contradicted else "graves"
    if code in _NO_GRAVES_V1 and not named.intersection(rule["codes"]):
        return "no_graves"
    return "undetermined"
