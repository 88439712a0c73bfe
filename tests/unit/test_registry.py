"""Declarations: the real ones load; each mistake is named with file, field and what is allowed."""

import shutil
from pathlib import Path

import pytest
import yaml

from pipelines.home import read_json
from pipelines.quality import metrics
from pipelines.registry import RegistryError, load_sources, partitions
from pipelines.standards.layouts import recognise


@pytest.fixture
def declared(tmp_path: Path, repository: Path) -> Path:
    """A copy of the real declarations, to be spoiled."""
    return Path(shutil.copytree(repository / "sources", tmp_path / "sources"))


def _spoil(path: Path, **fields: object) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, value in fields.items():
        if value is None:
            del document[name]
        else:
            document[name] = value
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


def test_the_declared_sources_load(repository: Path) -> None:
    sources = {source.id: source for source in load_sources(repository / "sources")}

    assert {source.system for source in sources.values()} == {"s6-ocds", "pdn-s1", "pdn-s2", "pdn-s3"}
    assert sources["yucatan_inaip"].ocid_prefix == "ocds-0ld0n8"
    assert len(sources["nuevo_leon_si"].parameters["files"]) == 24
    assert sources["oaxaca_s2"].required_env == (
        "TEQUIO_OAXACA_S2_URL",
        "TEQUIO_OAXACA_S2_USERNAME",
        "TEQUIO_OAXACA_S2_PASSWORD",
        "TEQUIO_OAXACA_S2_CLIENT_ID",
        "TEQUIO_OAXACA_S2_CLIENT_SECRET",
    )


def test_all_mistakes_are_named_at_once(declared: Path) -> None:
    _spoil(declared / "31_yucatan" / "yucatan_inaip.yaml", colour="red", system="s9")
    _spoil(declared / "20_oaxaca" / "oaxaca_s2.yaml", title=None)
    _spoil(declared / "14_jalisco" / "guadalajara.yaml", id="other")

    with pytest.raises(RegistryError) as raised:
        load_sources(declared)

    mistakes = [str(mistake) for mistake in raised.value.mistakes]
    assert (
        "sources/31_yucatan/yucatan_inaip.yaml: system: is 's9'; expected one of s6-ocds, pdn-s1, pdn-s2, pdn-s3"
        in mistakes
    )
    assert any(
        "yucatan_inaip.yaml: colour: is not a known field; expected one of " in text for text in mistakes
    )
    assert any("oaxaca_s2.yaml: title: is missing" in text for text in mistakes)
    assert (
        "sources/14_jalisco/guadalajara.yaml: id: is 'other'; expected the file's name, 'guadalajara'"
        in mistakes
    )
    assert len(mistakes) == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x [1]\nb: *x\n", "aliases are not allowed"),
        ("id: one\nid: two\n", "repeated field id"),
        ("- 1\n", "is not a mapping"),
        ("a: [1\n", "is not readable YAML"),
    ],
)
def test_unreadable_yaml_is_refused(declared: Path, text: str, expected: str) -> None:
    (declared / "nacional" / "broken.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(RegistryError, match=expected):
        load_sources(declared)


def test_a_secret_value_is_refused_where_a_variable_name_belongs(declared: Path) -> None:
    path = declared / "20_oaxaca" / "oaxaca_s2.yaml"
    auth = yaml.safe_load(path.read_text(encoding="utf-8"))["auth"]
    _spoil(path, auth={**auth, "password": "hunter2"})

    with pytest.raises(
        RegistryError, match=r"auth\.password: is not a variable's name; expected name of"
    ) as raised:
        load_sources(declared)
    assert "hunter2" not in str(raised.value)


def test_an_assertion_may_name_every_metric_of_the_gate(repository: Path) -> None:
    schema = read_json(repository / "sources" / "source.schema.json")

    assert (
        tuple(schema["properties"]["assertions"]["items"]["properties"]["metric"]["enum"]) == metrics.METRICS
    )


def test_a_collection_of_another_family_is_refused(declared: Path) -> None:
    path = declared / "20_oaxaca" / "oaxaca_s2.yaml"
    parameters = yaml.safe_load(path.read_text(encoding="utf-8"))["parameters"]
    collections = [{"name": "spic", "path": "/v1/spic"}, {"name": "records", "path": "/v1/records"}]
    _spoil(path, parameters={**parameters, "collections": collections})

    with pytest.raises(RegistryError) as raised:
        load_sources(declared)
    assert [str(mistake) for mistake in raised.value.mistakes] == [
        "sources/20_oaxaca/oaxaca_s2.yaml: parameters.collections.1.name: is 'records' in family 'pdn_v1';"
        " expected one of spic, ssancionados, psancionados"
    ]
    _spoil(path, system="pdn-s1", family="pdn_s1", parameters={**parameters, "collections": [DECLARATIONS]})
    assert {source.id: source.family for source in load_sources(declared)}["oaxaca_s2"] == "pdn_s1"


DECLARATIONS = {"name": "declaraciones", "path": "/s1/v2/declaraciones"}
SHEETS = {
    "path": "/contratos.xlsx",
    "format": "xlsx",
    "sheets": [{"sheet": r"Tabla_(\d+)", "collection": r"tabla_\1", "header": ["ID"], "optional": True}],
}
TABLE = {
    "path": "/contratos.csv",
    "format": "csv",
    "collection": "contratos",
    "header": ["RFC"],
    "delimiter": ";",
    "encoding": "cp1252",
}
LAYOUT = {
    "required": ["RFC", "Monto"],
    "columns": ["No.", "RFC", "Monto"],
    "fields": {"rfc": "RFC", "amount": ["Monto", "Importe"], "bidders": {"name": "Empresa {n}"}},
    "constants": {"institution_name": "Municipio", "is_framework": False},
    "values": {"procedure_type": {"AD": "Adjudicación directa"}},
}


def _declare_sheets(declared: Path, **changes: object) -> None:
    """Make `comprasmx_2026` the source of a spreadsheet, with these changes."""
    fields = {"family": "contract_sheets", "parameters": {"files": [SHEETS, TABLE]}, "layout": LAYOUT}
    _spoil(declared / "nacional" / "comprasmx_2026.yaml", **{**fields, **changes})


def test_a_spreadsheet_is_declared_with_its_layout(declared: Path) -> None:
    _declare_sheets(declared)
    source = next(one for one in load_sources(declared) if one.id == "comprasmx_2026")
    assert source.layout == LAYOUT
    assert source.parameters["files"] == [SHEETS, TABLE]
    _declare_sheets(declared, layout="karewa_34")
    assert next(one for one in load_sources(declared) if one.id == "comprasmx_2026").layout == "karewa_34"
    _spoil(declared / "nacional" / "comprasmx_2026.yaml", layout=None)
    assert next(one for one in load_sources(declared) if one.id == "comprasmx_2026").layout is None


def test_the_spreadsheet_of_the_readme_is_right(declared: Path, repository: Path) -> None:
    readme = (repository / "sources" / "README.md").read_text(encoding="utf-8")
    example = yaml.safe_load(readme.partition("```yaml\n")[2].partition("```")[0])
    _spoil(declared / "nacional" / "comprasmx_2026.yaml", **example)

    source = next(one for one in load_sources(declared) if one.id == "comprasmx_2026")
    (layout,) = recognise.source_layouts(
        source.family, source.layout, source_id=source.id, title=source.title
    )
    assert layout.columns is not None
    found = recognise.recognise(layout.columns, [layout])
    assert found is not None
    assert (set(layout.fields) - set(found.fields), len(found.lists["bidders"])) == (set(), 2)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"family": "comprasmx_2026"},
            "family: is 'comprasmx_2026'; expected one of ocds_packages, compranet, sipot, contract_sheets",
        ),
        ({"family": "compranet"}, "layout: is given for family 'compranet'; expected family contract_sheets"),
        ({"layout": "Karewa 34"}, "layout: is 'Karewa 34'; expected layout of the rows"),
        ({"layout": "karewa"}, "layout: is 'karewa'; expected one of karewa_34"),
        ({"layout": {"fields": {"rfc": "RFC"}}}, "layout.required: is missing; expected headers by which"),
        (
            {"layout": {**LAYOUT, "title": "x"}},
            "layout.title: is not a known field; expected one of columns, constants, fields, optional, required",
        ),
        (
            {"layout": {**LAYOUT, "fields": {"monto": "x"}}},
            "layout.fields.monto: is not a known field; expected",
        ),
        ({"layout": {**LAYOUT, "fields": {"rfc": []}}}, "layout.fields.rfc: is []; expected a header of the"),
        (
            {"layout": {**LAYOUT, "fields": {"bidders": {"age": "x"}}}},
            "layout.fields.bidders.age: is not a known field; expected one of amount, name, rfc",
        ),
        (
            {"layout": {**LAYOUT, "constants": {"currency": None}}},
            "layout.constants.currency: is None; expected",
        ),
        (
            {"layout": {**LAYOUT, "values": {"law": {1: "a"}}}},
            "layout.values.law: is 1; expected published text in quotes",
        ),
        (
            {"layout": {**LAYOUT, "values": {"law": {"no": False}}}},
            "layout.values.law.no: is False; expected the text that replaces the published one",
        ),
        (
            {"parameters": {"files": [{**TABLE, "format": "xls"}]}},
            "parameters.files.0.format: is 'xls'; expected one of json, ndjson, csv, xlsx",
        ),
        (
            {"parameters": {"files": [{"path": "/a", "format": "json"}]}},
            "parameters.files.0.format: is 'json' in family 'contract_sheets'; expected one of csv, xlsx",
        ),
        (
            {"parameters": {"files": [{**SHEETS, "header": ["ID"]}]}},
            "parameters.files.0.header: stands beside sheets; expected header in each of sheets",
        ),
        (
            {"parameters": {"files": [{**SHEETS, "delimiter": ";"}]}},
            "parameters.files.0.delimiter: is given for a file of format 'xlsx'; expected format csv, or no",
        ),
        (
            {"parameters": {"files": [{**TABLE, "sheets": [{"sheet": "a"}], "header": ["x"]}]}},
            "parameters.files.0.sheets: is given for a file of format 'csv'; expected format xlsx",
        ),
        (
            {"parameters": {"files": [{**SHEETS, "sheets": [{"sheet": "("}]}]}},
            "parameters.files.0.sheets.0.sheet: can't be read",
        ),
        (
            {"parameters": {"files": [{**SHEETS, "sheets": [{"sheet": "a", "collection": r"t\1"}]}]}},
            "parameters.files.0.sheets.0.collection: names group 1 of 0 in sheet",
        ),
        (
            {"parameters": {"files": [{**SHEETS, "sheets": [{"sheet": "a", "hoja": "b"}]}]}},
            "parameters.files.0.sheets.0.hoja: is not a known field; expected one of collection, header, optional",
        ),
        (
            {"parameters": {"files": [{**TABLE, "url": "https://x.example/a"}]}},
            "parameters.files.0.path: stands beside url; expected either url or path",
        ),
        (
            {"parameters": {"files": [{**TABLE, "encoding": "ansi-mx"}]}},
            "parameters.files.0.encoding: is 'ansi-mx'; expected an encoding such as",
        ),
        (
            {"parameters": {"files": [TABLE], "encoding": "base64"}},
            "parameters.encoding: is 'base64'; expected an encoding such as",
        ),
        (
            {"parameters": {"files": [{**TABLE, "delimiter": '"'}]}},
            "parameters.files.0.delimiter: is '\"'; expected one character",
        ),
    ],
)
def test_a_mistake_in_a_spreadsheet_names_its_field(
    declared: Path, changes: dict[str, object], expected: str
) -> None:
    _declare_sheets(declared, **changes)

    with pytest.raises(RegistryError) as raised:
        load_sources(declared)
    told = [str(mistake) for mistake in raised.value.mistakes]
    assert any(text.startswith(f"sources/nacional/comprasmx_2026.yaml: {expected}") for text in told), told


def test_tables_are_no_ocds_packages(declared: Path) -> None:
    _spoil(declared / "nacional" / "compranet_edca.yaml", parameters={"files": [TABLE]})

    with pytest.raises(
        RegistryError, match="is 'csv' in family 'ocds_packages'; expected one of json, ndjson"
    ):
        load_sources(declared)


def test_a_layout_may_name_every_field_that_rows_can_have(repository: Path) -> None:
    layout = read_json(repository / "sources" / "source.schema.json")["properties"]["layout"]["properties"]

    fields = layout["fields"]["properties"]
    assert set(fields) == {*recognise.CONTRACT_FIELDS, *recognise.LIST_FIELDS}
    assert {
        name: tuple(fields[name]["properties"]) for name in recognise.LIST_FIELDS
    } == recognise.LIST_FIELDS
    for member in ("constants", "values"):
        assert set(layout[member]["properties"]) == set(recognise.CONTRACT_FIELDS)
    assert set(layout) == set(recognise.MEMBERS) - {"id", "title", "row_type"}


def test_one_agency_id_means_one_agency(declared: Path) -> None:
    path = declared / "20_oaxaca" / "oaxaca_s3.yaml"
    agency = yaml.safe_load(path.read_text(encoding="utf-8"))["publisher"]
    _spoil(path, publisher={**agency, "name": "Otra"})

    with pytest.raises(
        RegistryError, match=r"oaxaca_s3.yaml: publisher: .* differs from the agency of that id in oaxaca_s"
    ):
        load_sources(declared)


def test_live_runs_pull_what_they_have_credentials_for(repository: Path) -> None:
    sources = load_sources(repository / "sources")
    oaxaca = next(source for source in sources if source.id == "oaxaca_s2")

    without = {source.id for source in partitions(sources, mode="live", env={})}
    with_credentials = {
        source.id for source in partitions(sources, mode="live", env=dict.fromkeys(oaxaca.required_env, "x"))
    }

    assert without == {source.id for source in sources if source.status == "live"}
    assert {"guadalajara", "comprasmx_2026", "zacatecas_s1"} <= without
    assert with_credentials == without | {"oaxaca_s2"}
    assert {source.id for source in partitions(sources, mode="sandbox", env={})} == {
        source.id for source in sources if source.status in {"live", "credentials-needed"}
    }


def _declare_pdn(declared: Path, **changes: object) -> None:
    """Make `oaxaca_s3` a source of another protocol of the PDN, with these changes."""
    path = declared / "20_oaxaca" / "oaxaca_s3.yaml"
    _spoil(path, **changes)


DIRECTUS = {
    "protocol": "pdn_directus",
    "family": "pdn_v2",
    "auth": {"token": "TEQUIO_OAXACA_S3_TOKEN"},
    "parameters": {
        "collections": [
            {
                "name": "faltas_administrativas_graves",
                "path": "/items/faltas_administrativas_graves",
                "sort": "-date_created,id",
            }
        ]
    },
}
PUBLIC = {
    "protocol": "pdn_public",
    "family": "pdn_v2",
    "auth": None,
    "url_env": None,
    "url": "https://api.plataformadigitalnacional.org",
    "status": "live",
    "parameters": {
        "supplier_id": "OAXACA",
        "collections": [
            {
                "name": "faltas_administrativas_graves",
                "path": "/s3-wrapper/api/v1/faltas_administrativas_graves",
            }
        ],
    },
}
BULK = {
    "protocol": "pdn_bulk",
    "family": "pdn_v2",
    "auth": None,
    "parameters": {"files": [{"path": "/s3.zip", "collection": "faltas_administrativas_graves"}]},
}


@pytest.mark.parametrize("protocol", [DIRECTUS, PUBLIC, BULK], ids=lambda one: str(one["protocol"]))
def test_the_other_protocols_of_the_pdn_are_declared(declared: Path, protocol: dict[str, object]) -> None:
    _declare_pdn(declared, **protocol)
    source = next(one for one in load_sources(declared) if one.id == "oaxaca_s3")
    assert (source.protocol, source.parameters) == (protocol["protocol"], protocol["parameters"])


@pytest.mark.parametrize(
    ("protocol", "changes", "mistake"),
    [
        (DIRECTUS, {"auth": {"username": "TEQUIO_X"}}, "auth.token: is missing"),
        (DIRECTUS, {"auth": {"token": "hunter2"}}, "auth.token: is not a variable's name"),
        (DIRECTUS, {"family": "pdn_v1"}, "family: is 'pdn_v1'; expected one of pdn_v2"),
        (PUBLIC, {"auth": {"token": "TEQUIO_X"}}, "auth: "),
        (
            PUBLIC,
            {"family": "pdn_v1"},
            "parameters.collections.0.name: is 'faltas_administrativas_graves' in family",
        ),
        (
            PUBLIC,
            {
                "parameters": {
                    "supplier_id": "OAXACA",
                    "collections": [
                        {"name": "faltas_administrativas_graves", "path": "/s3-wrapper/api/v1/faltas/OAXACA"}
                    ],
                }
            },
            "/s3-wrapper/api/v1/faltas_administrativas_graves, the service's path without the provider",
        ),
        (PUBLIC, {"parameters": {"collections": []}}, "parameters.supplier_id: is missing"),
        (
            BULK,
            {"family": "pdn_s1"},
            "parameters.files.0.collection: is 'faltas_administrativas_graves' in family",
        ),
        (
            BULK,
            {"parameters": {"files": [{"collection": "faltas_administrativas_graves"}]}},
            "parameters.files.0.",
        ),
    ],
)
def test_a_declaration_of_the_pdn_that_does_not_fit_is_refused(
    declared: Path, protocol: dict[str, object], changes: dict[str, object], mistake: str
) -> None:
    _declare_pdn(declared, **{**protocol, **changes})
    with pytest.raises(RegistryError) as raised:
        load_sources(declared)
    assert mistake in str(raised.value)
