"""Layouts: how headers compare, which layout a header row has, what a mistake in a layout says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipelines.home import read_json
from pipelines.standards.layouts.recognise import (
    CONTRACT_FIELDS,
    LIST_FIELDS,
    LayoutError,
    Shape,
    header_key,
    load_layouts,
    parse_layouts,
    recognise,
    source_layouts,
)

FAMILIES = ("compranet", "contract_sheets", "sipot")
# Number of columns of the layouts whose header is known as a whole (reference of CompraNet's eras; Monitor Karewa).
COLUMNS = {
    "compranet_13": 13,
    "compranet_39": 39,
    "compranet_44": 44,
    "compranet_45": 45,
    "comprasmx_contratos_21": 21,
    "karewa_34": 34,
}


def shape_of(headers: list[str], *entries: Mapping[str, Any]) -> Shape:
    shape = recognise(headers, parse_layouts([{"title": "t", **entry} for entry in entries], file="f.yaml"))
    assert shape is not None
    return shape


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Número de procedimiento", "numero de procedimiento"),
        ("  NÚMERO   DE\nPROCEDIMIENTO ", "numero de procedimiento"),
        ("DEPENDENCIA / ENTIDAD", "dependencia entidad"),
        ("Moneda (2)", "moneda 2"),
        ("¿Año?", "ano"),
        ("Importe\u00a0DRC", "importe drc"),
        ("***", ""),
    ],
)
def test_headers_compare_without_accents_case_and_punctuation(header: str, key: str) -> None:
    assert header_key(header) == key


@pytest.mark.parametrize("family", FAMILIES)
def test_every_layout_is_recognised_by_its_own_header(family: str) -> None:
    layouts = load_layouts(family)

    for layout in layouts:
        named = dict.fromkeys(
            [*layout.required, *(name for names in layout.fields.values() for name in names)]
        )
        headers = (*layout.columns, *layout.optional) if layout.columns else tuple(named)
        shape = recognise(headers, layouts)
        assert shape is not None
        assert (shape.layout.id, shape.new, shape.missing) == (layout.id, (), ())


@pytest.mark.parametrize("family", ["compranet", "contract_sheets"])
def test_every_field_of_a_known_header_stands_in_it(family: str) -> None:
    for layout in load_layouts(family):
        if layout.columns is None:
            continue
        known = {header_key(column) for column in (*layout.columns, *layout.optional)}
        lost = {
            name
            for name, headers in layout.fields.items()
            if not any(header_key(header) in known for header in headers)
        }
        assert lost == set(), layout.id


def test_known_headers_have_the_number_of_columns_they_say() -> None:
    found = {
        layout.id: len(layout.columns)
        for family in ("compranet", "contract_sheets")
        for layout in load_layouts(family)
        if layout.columns is not None
    }

    assert found == COLUMNS


def test_the_blank_first_header_of_2015_is_still_the_layout_of_39_columns() -> None:
    [layout] = [layout for layout in load_layouts("compranet") if layout.id == "compranet_39"]
    assert layout.columns is not None

    shape = recognise(["columna 1", *layout.columns[1:]], load_layouts("compranet"))

    assert shape is not None
    assert (shape.layout.id, shape.new, shape.missing) == ("compranet_39", ("columna 1",), ("GOBIERNO",))
    assert shape.fields["government_level"] == (1,)


def test_two_currencies_are_told_apart() -> None:
    [layout] = [layout for layout in load_layouts("compranet") if layout.id == "compranet_73"]

    shape = recognise([*layout.required, "Moneda", "Monto", "Moneda (2)"], load_layouts("compranet"))

    assert shape is not None
    # The second is the amendment's; then comes the constant of the layout.
    assert shape.fields["currency"] == (7, 10)
    assert shape.constants[0] == "MXN"


def test_of_several_layouts_the_one_with_most_of_its_columns_counts() -> None:
    small = {"id": "small", "required": ["a"], "columns": ["a", "b"], "fields": {"title": "a"}}
    large = {"id": "large", "required": ["a", "b"], "columns": ["a", "b", "c"], "fields": {"title": "a"}}
    other = {"id": "other", "required": ["a", "z"], "fields": {"title": "a"}}

    assert shape_of(["A", "B"], small, large).layout.id == "small"
    assert shape_of(["c", "b", "a"], small, large).layout.id == "large"
    assert shape_of(["a"], other, small).layout.id == "small"
    layouts = parse_layouts([{"title": "t", **other}], file="f.yaml")
    assert recognise(["a", "b"], layouts) is None
    assert recognise([], ()) is None


def test_fields_have_the_places_of_their_headers_by_preference() -> None:
    shape = shape_of(
        ["x", "Sin IVA", "Con IVA", "N°"],
        {
            "id": "l",
            "required": ["x"],
            "fields": {"amount": ["Con IVA", "Sin IVA", "Total"], "title": "falta", "contract_number": "N"},
            "constants": {"currency": "MXN", "has_contract": True, "amount": 5},
        },
    )

    assert shape.fields == {
        "amount": (3, 2, 7),
        "contract_number": (4,),
        "currency": (5,),
        "has_contract": (6,),
    }
    assert shape.constants == ("MXN", "true", "5")


def test_list_fields_are_numbered_by_their_pattern() -> None:
    bidders = {"name": "Nombre_emp{n}", "rfc": ["RFC {n}", "R.F.C. de la empresa {n}"], "amount": "Monto {n}"}
    shape = shape_of(
        ["Nombre_emp1", "Nombre_emp2", "monto 02", "R.F.C. de la empresa 2", "Nombre_emp12", "o", "o 2",
         "a", "b", "c", "d", "e"],
        {"id": "l", "required": ["o"], "fields": {"bidders": bidders, "amendments": {"id": "convenio"}}},
    )  # fmt: skip

    assert shape.lists == {"bidders": ({"name": 1}, {"name": 2, "rfc": 4, "amount": 3}, {"name": 5})}


def test_a_list_without_number_has_one_element() -> None:
    shape = shape_of(
        ["o", "Convenio"], {"id": "l", "required": ["o"], "fields": {"amendments": {"id": "convenio"}}}
    )

    assert shape.lists == {"amendments": ({"id": 2},)}


def test_drift_is_told_against_the_whole_header_only() -> None:
    entry = {"id": "l", "required": ["a"], "fields": {"title": "a"}}

    unknown = shape_of(["a", "b"], entry)
    known = shape_of(["a", "Nueva", "B", "b (2)"], {**entry, "columns": ["a", "b", "b", "c"]})

    assert (unknown.new, unknown.missing) == ((), ())
    assert (known.new, known.missing) == (("Nueva",), ("c",))


def test_a_source_brings_its_layout_or_names_one() -> None:
    inline = {
        "required": ["Contrato"],
        "fields": {"contract_number": "Contrato"},
        "values": {"title": {"A.": "B"}},
    }

    [own] = source_layouts("contract_sheets", inline, source_id="mi_fuente", title="Mi fuente")
    [named] = source_layouts("contract_sheets", "karewa_34", source_id="s", title="S")

    assert (own.id, own.title, own.values) == ("mi_fuente", "Mi fuente", {"title": {"a": "B"}})
    assert named.id == "karewa_34"
    assert source_layouts("compranet", None, source_id="s", title="S") == load_layouts("compranet")
    assert source_layouts("ocds_packages", None, source_id="s", title="S") == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"required": []}, "layout.required: is []; expected a list of the headers it is recognised by"),
        ({"columns": "a, b"}, "layout.columns: is 'a, b'; expected a list of the whole header, in order"),
        ({"id": "x"}, "layout.id: is not a known field; expected one of row_type, required,"),
        ({"fields": {}}, "layout.fields: is {}; expected canonical field: header"),
        (
            {"fields": {"titel": "a"}},
            "layout.fields.titel: is not a known field; expected one of procedure_number,",
        ),
        ({"fields": {"title": 3}}, "layout.fields.title: is 3; expected a header or a list of headers"),
        (
            {"fields": {"bidders": {"nombre": "Emp{n}"}}},
            "layout.fields.bidders.nombre: is not a known member; expected one of name, rfc, amount",
        ),
        (
            {"fields": {"bidders": "Emp{n}"}},
            "layout.fields.bidders: is 'Emp{n}'; expected member: header, with members of name, rfc, amount",
        ),
        ({"constants": {"moneda": "MXN"}}, "layout.constants.moneda: is not a known field; expected one of"),
        (
            {"constants": {"currency": ["MXN"]}},
            "layout.constants.currency: is ['MXN']; expected a text, number or boolean",
        ),
        (
            {"values": {"procedure_type": {"AD": True}}},
            "layout.values.procedure_type: is {'AD': True}; expected published text: text, both in quotes",
        ),
        ({"row_type": "other"}, "layout.row_type: is 'other'; expected one of contract"),
    ],
)
def test_a_mistake_names_file_field_and_what_is_allowed(change: dict[str, Any], told: str) -> None:
    declared = {"required": ["a"], "fields": {"title": "a"}, **change}

    with pytest.raises(LayoutError) as raised:
        source_layouts("contract_sheets", declared, source_id="mi_fuente", title="t")

    assert str(raised.value).startswith(f"mi_fuente.yaml: {told}")


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(LayoutError) as raised:
        parse_layouts(
            [
                {"id": "l", "title": "t", "required": ["a"], "fields": {"x": "a", "y": "b"}},
                {"id": "l", "title": "t", "required": ["a"], "fields": {"title": "a"}},
            ],
            file="compranet.yaml",
        )

    fields = [(mistake.file, mistake.field) for mistake in raised.value.mistakes]
    assert fields == [
        ("compranet.yaml", "l.fields.x"),
        ("compranet.yaml", "l.fields.y"),
        ("compranet.yaml", "l.id"),
    ]


def test_a_file_that_is_no_list_of_layouts_is_told() -> None:
    with pytest.raises(LayoutError, match=r"^f.yaml: \(file\): is not a list of layouts"):
        parse_layouts({"compranet": []}, file="f.yaml")


def test_a_layout_nobody_shares_is_told_with_those_there_are() -> None:
    with pytest.raises(LayoutError, match=r"^s.yaml: layout: is 'karewa'; expected one of karewa_34$"):
        source_layouts("contract_sheets", "karewa", source_id="s", title="S")


def test_declarations_may_name_the_same_fields(repository: Path) -> None:
    """`layout:` of a declaration is checked by the schema of sources, which says the same fields."""
    schema = read_json(repository / "sources" / "source.schema.json")
    members = schema["properties"]["layout"]["properties"]

    assert members["fields"]["properties"].keys() == CONTRACT_FIELDS.keys() | LIST_FIELDS.keys()
    for name, fields in LIST_FIELDS.items():
        assert tuple(members["fields"]["properties"][name]["properties"]) == fields
    assert members["constants"]["properties"].keys() == CONTRACT_FIELDS.keys()
    assert members["values"]["properties"].keys() == CONTRACT_FIELDS.keys()
