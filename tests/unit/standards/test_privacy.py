"""The pseudonym key and the allow-lists as data."""

import stat
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.settings import Settings
from pipelines.standards.pdn import PDN_SYSTEMS, page_schema
from pipelines.standards.privacy import PseudonymKey, PseudonymKeyError, allow_lists, load_key, with_key


def settings(key: str | None = None) -> Settings:
    return Settings(pseudonym_key=key)


def home(root: Path) -> Home:
    made = Home(root)
    made.create()
    return made


def test_key_of_the_environment(tmp_path: Path) -> None:
    key = load_key(home(tmp_path), settings("00" * 32))
    assert key == PseudonymKey(bytes(32))
    assert key.id == "66687aad"
    assert not (tmp_path / "raw" / "keys" / "pseudonym.key").exists()


def test_key_is_made_once_and_private(tmp_path: Path) -> None:
    here = home(tmp_path)
    first = load_key(here, settings())
    assert load_key(here, settings()) == first
    assert len(first.secret) == 32
    assert stat.S_IMODE((here.keys / "pseudonym.key").stat().st_mode) == 0o600
    assert load_key(home(tmp_path / "other"), settings()) != first


@pytest.mark.parametrize("text", ["", "no hex", "00" * 15, "0"])
def test_unusable_key(tmp_path: Path, text: str) -> None:
    with pytest.raises(
        PseudonymKeyError, match="TEQUIO_PSEUDONYM_KEY is not a key; expected at least 32 hexadecimal"
    ):
        load_key(home(tmp_path), settings(text))


def test_another_key_is_another_code_version(tmp_path: Path) -> None:
    assert with_key("1.0", home=home(tmp_path), settings=settings("00" * 32)) == "1.0-66687aad"


@pytest.mark.parametrize("system", PDN_SYSTEMS)
def test_every_field_of_the_standard_is_decided(system: str) -> None:
    """A field that PDN defines is listed or withheld on purpose, never forgotten."""
    rules = allow_lists()["pdn"][f"{system}_v1"]
    record = page_schema(f"{system}_v1")["definitions"]["record"]  # type: ignore[arg-type]
    undecided = sorted(set(_fields(record)) - set(_listed(rules["fields"])) - set(rules["withheld"]))
    below_withheld = tuple(f"{name}/" for name in rules["withheld"])
    assert [name for name in undecided if not name.startswith(below_withheld)] == []


def test_allow_lists_name_only_what_the_standard_has() -> None:
    for system in PDN_SYSTEMS:
        rules = allow_lists()["pdn"][f"{system}_v1"]
        known = set(_fields(page_schema(f"{system}_v1")["definitions"]["record"]))
        named = {*_listed(rules["fields"]), *rules["withheld"], *rules["name_fields"]}
        assert sorted(named - known) == []


def _fields(schema: dict[str, object], above: str = "") -> list[str]:
    found: list[str] = []
    inner = schema.get("items", schema) if schema.get("type") == "array" else schema
    assert isinstance(inner, dict)
    for name, child in inner.get("properties", {}).items():
        found += [f"{above}{name}", *_fields(child, f"{above}{name}/")]
    return found


def _listed(fields: dict[str, object], above: str = "") -> list[str]:
    found: list[str] = []
    for name, rule in fields.items():
        found.append(f"{above}{name}")
        if isinstance(rule, dict) and "when" not in rule:
            found += _listed(rule, f"{above}{name}/")
        elif isinstance(rule, dict) and "fields" in rule:
            found += _listed(rule["fields"], f"{above}{name}/")
    return found
