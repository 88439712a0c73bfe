"""Homes for the tests of publishing: empty, with admitted slices, published.

The last two are copies of one that is made once; making slices is what costs time.
"""

import shutil
from pathlib import Path

import pytest

from tests.publication_lab import Lab


@pytest.fixture(scope="session")
def admitted_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("admitted")
    Lab(root).admit_all()
    return root


@pytest.fixture(scope="session")
def published_root(admitted_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("published") / "lab"
    shutil.copytree(admitted_root, root)
    Lab(root).publish()
    return root


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """An empty home."""
    return Lab(tmp_path)


@pytest.fixture
def admitted(admitted_root: Path, tmp_path: Path) -> Lab:
    """One generation of every source, admitted and not published."""
    shutil.copytree(admitted_root, tmp_path / "lab")
    return Lab(tmp_path / "lab")


@pytest.fixture
def published(published_root: Path, tmp_path: Path) -> Lab:
    """The same, published as 2026-11-21.1."""
    shutil.copytree(published_root, tmp_path / "lab", symlinks=True)
    return Lab(tmp_path / "lab")
