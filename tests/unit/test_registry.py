"""Declarations: the real ones load; each mistake is named with file, field and what is allowed."""

import shutil
from pathlib import Path

import pytest
import yaml

from pipelines.home import read_json
from pipelines.quality import metrics
from pipelines.registry import RegistryError, load_sources, partitions


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

    assert {source.system for source in sources.values()} == {"s6-ocds", "pdn-s2", "pdn-s3"}
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
        "sources/31_yucatan/yucatan_inaip.yaml: system: is 's9'; expected one of s6-ocds, pdn-s2, pdn-s3"
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


def test_one_agency_id_means_one_agency(declared: Path) -> None:
    path = declared / "20_oaxaca" / "oaxaca_s3.yaml"
    agency = yaml.safe_load(path.read_text(encoding="utf-8"))["publisher"]
    _spoil(path, publisher={**agency, "name": "Otra"})

    with pytest.raises(RegistryError, match="differs from the agency of that id in oaxaca_s2"):
        load_sources(declared)


def test_live_runs_pull_what_they_have_credentials_for(repository: Path) -> None:
    sources = load_sources(repository / "sources")
    oaxaca = next(source for source in sources if source.id == "oaxaca_s2")

    without = {source.id for source in partitions(sources, mode="live", env={})}
    with_credentials = {
        source.id for source in partitions(sources, mode="live", env=dict.fromkeys(oaxaca.required_env, "x"))
    }

    assert without == {"guadalajara", "nuevo_leon_si", "yucatan_inaip", "comprasmx_2026"}
    assert with_credentials == without | {"oaxaca_s2"}
    assert {source.id for source in partitions(sources, mode="sandbox", env={})} == {
        source.id for source in sources
    }
