"""The compiled modules (`pipelines/native.py`): that they are taken, that they aren't when they can't be, and that they
give the same as the sources they were made from.
"""

import importlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import native


@pytest.fixture(scope="module")
def compiled() -> Path:
    """The folder of the compiled modules; `make test` compiles them first."""
    folder = native.folder()
    if not folder.is_dir():
        message = "the modules aren't compiled as they are now: `make test` does it, or `tequio native`"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder


def run(*arguments: str, repository: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(repository), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def file_of(module: str, *, repository: Path, **environment: str) -> Path:
    asked = f"import {module} as module; print(module.__file__)"
    done = run("-c", asked, repository=repository, **environment)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def copy_of(repository: Path, folder: Path) -> Path:
    shutil.copytree(
        repository / "pipelines", folder / "pipelines", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(
        repository / "dbt_project", folder / "dbt_project", ignore=shutil.ignore_patterns("target", "logs")
    )
    return folder


def edit_identity(copy: Path) -> None:
    with (copy / "pipelines" / "standards" / "identity.py").open("a", encoding="utf-8") as file:
        file.write("\nEDITED = True\n")


def test_every_module_of_the_list_is_taken_compiled(compiled: Path, repository: Path) -> None:
    imports = "; ".join(f"import {module}" for module in native.MODULES)
    told = "import sys; print([sys.modules[name].__file__ for name in sys.argv[1:]])"
    done = run("-c", f"{imports}; {told}", *native.MODULES, repository=repository, TEQUIO_NATIVE="")

    assert done.returncode == 0, done.stderr
    files = [Path(name) for name in done.stdout.strip("[]\n' ").split("', '")]
    assert len(files) == len(native.MODULES)
    assert {file.suffix for file in files} == {".so"}
    assert all(file.is_relative_to(compiled) for file in files)


def test_a_switch_has_the_sources_read(repository: Path) -> None:
    file = file_of("pipelines.standards.view_ocds", repository=repository, TEQUIO_NATIVE="0")

    assert file == repository / "pipelines" / "standards" / "view_ocds.py"


def test_after_an_edit_the_sources_are_read(compiled: Path, repository: Path, tmp_path: Path) -> None:
    copy = copy_of(repository, tmp_path)
    module = "pipelines.standards.view_ocds"
    assert file_of(module, repository=copy, TEQUIO_NATIVE="").is_relative_to(compiled)

    edit_identity(copy)

    assert (
        file_of(module, repository=copy, TEQUIO_NATIVE="")
        == copy / "pipelines" / "standards" / "view_ocds.py"
    )


@pytest.mark.slow
def test_without_a_compiler_it_is_said_and_everything_works(repository: Path, tmp_path: Path) -> None:
    copy = copy_of(repository, tmp_path)
    edit_identity(copy)

    done = run(
        "-c", "from pipelines.cli import main; main()", "native", repository=copy, CC="no-such-compiler"
    )

    assert done.returncode == 3
    assert "no-such-compiler" in done.stderr
    assert "Everything works without that" in done.stderr
    assert file_of("pipelines.standards.identity", repository=copy).suffix == ".py"


@pytest.mark.slow
def test_machine_code_gives_the_same_rows_as_the_sources(compiled: Path, repository: Path) -> None:
    one, other = (
        json.loads(done.stdout)
        for switch in ("", "0")
        for done in [run("-m", "tests.unit.native_views", repository=repository, TEQUIO_NATIVE=switch)]
    )

    assert Path(one["file"]).is_relative_to(compiled)
    assert Path(other["file"]).suffix == ".py"
    assert one["digest"] == other["digest"]


def test_what_is_scanned_for_has_one_version_with_machine_code_and_without(repository: Path) -> None:
    asked = "from pipelines.publication import leaks; print(leaks.SCANNER_VERSION)"
    told = {run("-c", asked, repository=repository, TEQUIO_NATIVE=switch).stdout for switch in ("", "0")}

    assert len(told) == 1
    assert told != {""}


def test_nothing_compiled_relies_on_what_works_otherwise_there() -> None:
    for module in native.MODULES:
        text = native.source(module).read_text(encoding="utf-8")
        assert "import cached_property" not in text
        assert "__file__" not in text


def test_what_passes_between_processes_is_not_in_the_list() -> None:
    public_view = importlib.import_module("pipelines.standards.public_view")
    passed = {public_view.PartTask, public_view.PartDone, public_view.PseudonymKey}

    assert {one.__module__ for one in passed}.isdisjoint(native.MODULES)
