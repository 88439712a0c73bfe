"""The command line: clear words and exit codes for what can go wrong before a run starts."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.registry import load_sources


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    for name in ("TEQUIO_HOME", "TEQUIO_SOURCES", "TEQUIO_PORTALS", "TEQUIO_PORTAL_ADDRESS"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("TEQUIO_HOME", str(tmp_path / "home"))
    return CliRunner()


def test_the_declarations_of_the_repository_are_right(runner: CliRunner, repository: Path) -> None:
    result = runner.invoke(app, ["sources", "check"])

    assert result.exit_code == 0
    declared = load_sources(repository / "sources")
    assert result.stdout.startswith(f"{len(declared)} declarations are right: {declared[0].id}, ")


def test_every_mistake_is_told_and_the_run_does_not_start(
    runner: CliRunner, repository: Path, tmp_path: Path
) -> None:
    sources = Path(shutil.copytree(repository / "sources", tmp_path / "sources"))
    path = sources / "31_yucatan" / "yucatan_inaip.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "colour: red\n", encoding="utf-8")

    for command in (["sources", "check"], ["run"]):
        result = runner.invoke(app, [*command, "--sources", str(sources)])
        assert result.exit_code == 1
        assert "sources/31_yucatan/yucatan_inaip.yaml: colour: is not a known field" in result.stderr


def test_a_layout_that_nobody_wrote_is_told(runner: CliRunner, repository: Path, tmp_path: Path) -> None:
    sources = Path(shutil.copytree(repository / "sources", tmp_path / "sources"))
    path = sources / "08_chihuahua" / "chihuahua_karewa.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("layout: karewa_34", "layout: karewa_43"), encoding="utf-8")

    result = runner.invoke(app, ["sources", "check", "--sources", str(sources)])

    assert result.exit_code == 1
    assert "chihuahua_karewa.yaml: layout: is 'karewa_43'; expected one of " in result.stderr


def test_unknown_portals_are_refused(runner: CliRunner) -> None:
    result = runner.invoke(app, ["run", "--portals", "moon"])

    assert result.exit_code == 1
    assert "expected sandbox, live or recordings:<folder>" in result.stderr


def test_recordings_that_are_not_there_stop_the_run(runner: CliRunner, tmp_path: Path) -> None:
    result = runner.invoke(app, ["run", "--portals", f"recordings:{tmp_path / 'nowhere'}"])

    assert result.exit_code == 1
    assert "portals did not start" in result.stderr


def test_an_unknown_source_is_named_with_those_that_exist(runner: CliRunner, tmp_path: Path) -> None:
    result = runner.invoke(app, ["run", "--home", str(tmp_path), "--only", "nobody"])

    assert result.exit_code == 1
    assert "no such source to pull: nobody; declared are aguascalientes_s1, " in result.stderr
    # The portals, which take their time to be made, weren't started for that.
    assert not any(tmp_path.iterdir())


def test_nothing_published_cannot_be_verified(runner: CliRunner) -> None:
    result = runner.invoke(app, ["verify"])

    assert result.exit_code == 1
    assert result.stderr.strip()


def test_help_fits_a_screen(runner: CliRunner) -> None:
    result = runner.invoke(app, ["--help"])

    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) <= 30
