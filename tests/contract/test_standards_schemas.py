"""The schemas carried by the project are those of the standards, derived as documented."""

from pathlib import Path

import pytest

from pipelines.standards.derive_schemas import SCHEMAS, derive


@pytest.fixture
def derived(shared_standards: Path, tmp_path: Path) -> list[Path]:
    return [path.relative_to(tmp_path) for path in derive(shared_standards, tmp_path)]


def test_schemas_are_derived_from_the_standards(derived: list[Path], tmp_path: Path) -> None:
    carried = sorted(path.relative_to(SCHEMAS) for path in SCHEMAS.rglob("*.json"))
    assert sorted(derived) == carried
    assert len(carried) == 31
    assert [name for name in carried if (SCHEMAS / name).read_bytes() != (tmp_path / name).read_bytes()] == []
