"""The dbt project, parsed once for all contract tests."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner

from pipelines.build_database import dbt_environment
from tests.contract.scratch import Scratch, options


@pytest.fixture(scope="session")
def parsed_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dbt's own state after parsing, which may not warn of anything; processes side by side parse once, 10 s.

    Not manifest.json: read back from JSON, generic tests lose their arguments.
    """
    root = tmp_path_factory.getbasetemp()
    target = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "dbt"
    target.mkdir(exist_ok=True)
    well = target / "parsed without a warning"
    with (target / "guard").open("ab") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not well.is_file():
            with dbt_environment(target / "build.duckdb"):
                outcome = dbtRunner().invoke(
                    ["parse", "--warn-error", "--no-partial-parse", *options(target)]
                )
            assert outcome.success, outcome.exception
            well.touch()
    return target / "partial_parse.msgpack"


@pytest.fixture(scope="session")
def new_scratch(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Callable[[], Scratch]:
    """Makes empty scratch databases."""
    return lambda: Scratch(tmp_path_factory.mktemp("scratch"), parsed_project)
