"""The packages: who may import whom, and that everything loads."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

LAYERS = ("portals", "landing", "standards", "quality", "publication", "reports")
DAGSTER_PACKAGES = ("definitions.py", "orchestration")


def _modules(repository: Path) -> Iterator[tuple[str, set[str]]]:
    for path in sorted((repository / "pipelines").rglob("*.py")):
        imported: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                imported |= {f"{node.module}.{alias.name}" for alias in node.names}
        yield path.relative_to(repository / "pipelines").as_posix(), imported


@pytest.fixture(scope="module")
def modules(repository: Path) -> dict[str, set[str]]:
    found = dict(_modules(repository))
    assert len(found) > 50
    return found


def test_only_the_orchestration_knows_dagster(modules: dict[str, set[str]]) -> None:
    guilty = [
        path
        for path, imported in modules.items()
        if not path.startswith(DAGSTER_PACKAGES) and any(name.startswith("dagster") for name in imported)
    ]

    assert guilty == []


def test_a_layer_never_looks_right(modules: dict[str, set[str]]) -> None:
    guilty = [
        (path, name)
        for path, imported in modules.items()
        for at, layer in enumerate(LAYERS)
        if path.startswith(f"{layer}/")
        for right in LAYERS[at + 1 :]
        for name in imported
        if name.startswith(f"pipelines.{right}")
    ]

    assert guilty == []


def test_nobody_imports_the_sandbox(modules: dict[str, set[str]]) -> None:
    guilty = [
        path
        for path, imported in modules.items()
        if not path.startswith("sandbox/") and any(name.startswith("pipelines.sandbox") for name in imported)
    ]

    assert guilty == []


def test_every_module_says_what_lives_in_it(repository: Path) -> None:
    silent = [
        path.relative_to(repository).as_posix()
        for path in sorted((repository / "pipelines").rglob("*.py"))
        if ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None
    ]

    assert silent == []
