"""Fixtures for tests of landing."""

from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.landing import parts


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are full at four items, or at two after an even page."""
    monkeypatch.setattr(parts, "FULL_ITEMS", 4)
    monkeypatch.setattr(parts, "STEP_PAGES", 2)
    monkeypatch.setattr(parts, "STEP_SHARE", 2)
