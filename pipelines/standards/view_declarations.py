"""The rules about one declaration of S1 that need it before it is cut to what is public.

Here: its schema by type, the sections its form asks for, and whether its amounts add up. Not here: the allow-list
(`redact_declaration.py`), rows and order of the steps (`view_pdn.py`), rules that the published tables can answer
(`dbt_project/models/quality/quality_pdn_declarations.sql`).

A result is published, so that it never tells more of a declaration than its public view: a mistake inside what is
reserved names the section around it and no field.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipelines.standards.pdn import declaration_type, declaration_validator
from pipelines.standards.redact_declaration import DeclarationRedactor, PublicDeclaration
from pipelines.standards.validation import SchemaError
from pipelines.standards.view_rows import Failure, Item, Output

RULES = ("PDN-F10", "PDN-F11", "PDN-M10")

_DECLARANT = "declaracion/situacionPatrimonial/datosGenerales"
_RESERVED = "un dato que no es público no cumple la especificación"
_UNKNOWN_TYPE = "debe ser INICIAL, MODIFICACIÓN o CONCLUSIÓN; sin él no se sabe qué debe tener la declaración"
# Amounts are declared without cents, each rounded by itself.
_ROUNDING = 1
# An RFC of ten characters lacks its homoclave, which S1 keeps in a field of its own.
_WHOLE_RFC = 12

# What is earned beside the post: the object and its list.
_OTHER_INCOME = {
    "actividadIndustrialComercialEmpresarial": "actividades",
    "actividadFinanciera": "actividades",
    "serviciosProfesionales": "servicios",
    "enajenacionBienes": "bienes",
    "otrosIngresos": "ingresos",
}
# Of each form of the income section: post, everything else, the declarant's own, partner and dependants, all.
_INCOME_FIELDS = (
    (
        "ingresos",
        "remuneracionMensualCargoPublico",
        "otrosIngresosMensualesTotal",
        "ingresoMensualNetoDeclarante",
        "ingresoMensualNetoParejaDependiente",
        "totalIngresosMensualesNetos",
    ),
    (
        "ingresos",
        "remuneracionAnualCargoPublico",
        "otrosIngresosAnualesTotal",
        "ingresoAnualNetoDeclarante",
        "ingresoAnualNetoParejaDependiente",
        "totalIngresosAnualesNetos",
    ),
    (
        "ingresos",
        "remuneracionConclusionCargoPublico",
        "otrosIngresosConclusionTotal",
        "ingresoConclusionNetoDeclarante",
        "ingresoConclusionNetoParejaDependiente",
        "totalIngresosConclusionNetos",
    ),
    (
        "actividadAnualAnterior",
        "remuneracionNetaCargoPublico",
        "otrosIngresosTotal",
        "ingresoNetoAnualDeclarante",
        "ingresoNetoAnualParejaDependiente",
        "totalIngresosNetosAnuales",
    ),
)


def judge(
    record: Mapping[str, Any],
    public: PublicDeclaration,
    redactor: DeclarationRedactor,
    item: Item,
    output: Output,
) -> None:
    """Results of the schema, the required sections and the sums."""
    _judge_schema(served(record, item), redactor, item, output)
    _judge_sections(record, public, item, output)
    sums = list(_sums(record))
    output.judge(
        "PDN-M10",
        item,
        [Failure(pointer, shown, item.position) for pointer, shown, adds_up in sums if not adds_up],
        applies=bool(sums),
    )


def served(record: Mapping[str, Any], item: Item) -> Mapping[str, Any]:
    """A dump of a state's database names the id `_id`; PDN-I10 tells that, and the rest is judged as it would be
    served.
    """
    return {**record, "id": item.entity_id} if "_id" in record and "id" not in record else record


def declarant(record: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The declarant's RFC and CURP, the RFC in one piece, by the path of the object that holds them."""
    person = _at(record, _DECLARANT)
    if not isinstance(person, Mapping):
        return []
    parts = person.get("rfc")
    rfc: Any = parts
    if isinstance(parts, Mapping):
        rfc, key = str(parts.get("rfc") or "").strip(), str(parts.get("homoClave") or "").strip()
        rfc = rfc if len(rfc) >= _WHOLE_RFC or not rfc else rfc + key
    return [(_DECLARANT, {"rfc": rfc, "curp": person.get("curp")})]


def _judge_schema(
    record: Mapping[str, Any], redactor: DeclarationRedactor, item: Item, output: Output
) -> None:
    kind = declaration_type(record)
    if kind is None:
        output.judge("PDN-S01", item, [Failure("/metadata/tipo", _UNKNOWN_TYPE, item.position)])
        output.judge("PDN-S02", item, [], applies=False)
        return
    errors = declaration_validator(kind).errors(record)
    for rule_id, of_format in (("PDN-S01", False), ("PDN-S02", True)):
        concerned = [error for error in errors if (error.keyword == "format") is of_format]
        output.judge(rule_id, item, [_schema_failure(record, error, redactor, item) for error in concerned])


def _schema_failure(
    record: Mapping[str, Any], error: SchemaError, redactor: DeclarationRedactor, item: Item
) -> Failure:
    pointer, is_public = redactor.public_pointer(record, error.pointer)
    return Failure(pointer, error.message if is_public else _RESERVED, item.position)


def _judge_sections(record: Mapping[str, Any], public: PublicDeclaration, item: Item, output: Output) -> None:
    missing, contradicted = [], []
    for section in public.sections:
        if section.status == "not_public" and not section.received:
            continue
        path = f"declaracion/{section.name}"
        given = _at(record, path)
        if section.status == "not_received" and not given:
            missing.append(Failure(f"/{path}", None, item.position))
        elif isinstance(given, Mapping):
            none = given.get("ninguno")
            if none is True and section.received:
                contradicted.append(Failure(f"/{path}/ninguno", f"{section.received}", item.position))
            elif none is False and section.received == 0:
                contradicted.append(Failure(f"/{path}/ninguno", "0", item.position))
    output.judge("PDN-F10", item, missing)
    output.judge("PDN-F11", item, contradicted)


# -- sums -----------------------------------------------------------------------------------------------


def _sums(record: Mapping[str, Any]) -> Iterator[tuple[str, str | None, bool]]:
    """Every sum of the declaration that can be checked: where, what to show where it doesn't add up, whether it does.

    Nothing is shown of the one that holds a reserved amount.
    """
    wealth = _at(record, "declaracion/situacionPatrimonial")
    if not isinstance(wealth, Mapping):
        return
    for section, post, other, own, partner, total in _INCOME_FIELDS:
        income = wealth.get(section)
        if not isinstance(income, Mapping) or own not in income:
            continue
        at = f"/declaracion/situacionPatrimonial/{section}"
        kinds = [(name, items, income[name]) for name, items in _OTHER_INCOME.items() if name in income]
        for name, items, kind in kinds:
            listed = kind.get(items) if isinstance(kind, Mapping) else None
            if isinstance(listed, list) and listed:
                parts = [
                    entry.get("remuneracion") if isinstance(entry, Mapping) else None for entry in listed
                ]
                yield from _sum(f"{at}/{name}/remuneracionTotal", parts, kind.get("remuneracionTotal"))
        if kinds and income.get(other) is not None:
            parts = [
                kind.get("remuneracionTotal") if isinstance(kind, Mapping) else None for _, _, kind in kinds
            ]
            yield from _sum(f"{at}/{other}", [part for part in parts if part is not None], income[other])
        if income.get(post) is not None:
            parts = [income[post], *([income[other]] if income.get(other) is not None else ())]
            yield from _sum(f"{at}/{own}", parts, income[own])
        if income.get(total) is not None:
            parts = [income[own], *([income[partner]] if income.get(partner) is not None else ())]
            for pointer, _, adds_up in _sum(f"{at}/{total}", parts, income[total]):
                yield pointer, None, adds_up


def _sum(pointer: str, parts: Sequence[Any], total: Any) -> Iterator[tuple[str, str | None, bool]]:
    """Whether `parts` are `total`, give or take a peso for each; nothing where one isn't an amount of its currency."""
    amounts = [_amount(part) for part in (*parts, total)]
    if not parts or any(amount is None or amount[1] != amounts[-1][1] for amount in amounts):  # type: ignore[index]
        return
    values = [amount[0] for amount in amounts if amount is not None]
    added = sum(values[:-1])
    yield pointer, f"{values[-1]:.0f} ≠ {added:.0f}", abs(added - values[-1]) <= _ROUNDING * len(parts)


def _amount(money: Any) -> tuple[float, str] | None:
    if not isinstance(money, Mapping):
        return None
    value, currency = money.get("valor"), money.get("moneda")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value), str(currency or "").strip().upper()


def _at(record: Mapping[str, Any], path: str) -> Any:
    value: Any = record
    for part in path.split("/"):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
