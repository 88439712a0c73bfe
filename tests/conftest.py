"""What every test may ask for: the real data and the standards that live beside the repository."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("TEQUIO_SHARED", REPOSITORY.parent / "shared"))


def _shared(folder: str) -> Path:
    path = SHARED / folder
    if path.is_dir():
        return path
    message = f"{path} is missing: real data for tests stands beside the repository"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real Mexican open data (`../shared/data`); never copied into the repository."""
    return _shared("data")


@pytest.fixture(scope="session")
def shared_standards() -> Path:
    """The standards as published (`../shared/standards`)."""
    return _shared("standards")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY
