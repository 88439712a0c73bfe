"""The command line: `tequio …`.

Here: arguments, the display while a run works, the table at its end, exit codes. Not here: what the
commands do; they call the same functions as the Dagster assets.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from pipelines import native
from pipelines.home import Home
from pipelines.registry import RegistryError, Source, chosen, load_sources
from pipelines.settings import REPOSITORY, Settings
from pipelines.standards.layouts.recognise import LayoutError, load_layouts

app = typer.Typer(
    help="Tequio: open data of Mexican public bodies, from portal to publication.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
sources_app = typer.Typer(help="The declared sources.", no_args_is_help=True)
app.add_typer(sources_app, name="sources")
ocds_app = typer.Typer(help="What is published of procurement, in other forms.", no_args_is_help=True)
app.add_typer(ocds_app, name="ocds")

HomeOption = Annotated[Path | None, typer.Option("--home", help="Run-time folder (TEQUIO_HOME).")]
SourcesOption = Annotated[Path | None, typer.Option("--sources", help="Folder of declarations.")]
PortalsOption = Annotated[
    str | None, typer.Option("--portals", help="Who answers: sandbox, recordings:DIR or live.")
]


def main() -> None:
    """Entry point of the `tequio` command."""
    app()


@app.command()
def run(  # noqa: PLR0913 (one parameter for each option)
    *,
    home: HomeOption = None,
    sources: SourcesOption = None,
    portals: PortalsOption = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Pull only this source (repeatable).")
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option("--fault", help="Make a sandbox portal fail: SOURCE=KIND (repeatable)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Pull, standardize, check, publish and report.

    Exit code: 0 published or unchanged, 3 published with something held back, 1 failed.
    """
    settings = _settings(home, sources, portals)
    declared = _checked_declarations(settings)
    chosen_ids = tuple(only or ())
    try:
        # Before the portals start, which may take a minute to be made.
        chosen(declared, chosen_ids, mode=settings.portal_mode)
    except ValueError as error:
        _stop(str(error))
    console = Console(stderr=as_json)
    with (
        _local_portal(settings, faults=fault or [], console=console) as ready,
        _display(console, quiet=as_json),
    ):
        # Dagster takes 3 s to import: the other commands don't pay for it.
        from pipelines.orchestration.run import run_publication  # noqa: PLC0415

        outcome = run_publication(ready, only=chosen_ids)
    if as_json:
        print(json.dumps(_as_json(outcome), ensure_ascii=False, indent=2))
    else:
        _print_outcome(outcome, settings.home, console)
    raise typer.Exit(outcome.exit_code)


@app.command()
def dev(
    *,
    home: HomeOption = None,
    sources: SourcesOption = None,
    portals: PortalsOption = None,
    port: Annotated[int, typer.Option(help="Port of the Dagster UI.")] = 3000,
) -> None:
    """Open the Dagster UI, with the portals the mode asks for."""
    settings = _settings(home, sources, portals)
    _checked_declarations(settings)
    from pipelines.orchestration import dbt  # noqa: PLC0415
    from pipelines.orchestration.run import prepare_instance  # noqa: PLC0415

    console = Console()
    dbt.prepare_manifest()
    with _local_portal(settings, faults=[], console=console):
        prepare_instance(settings.home)
        command = [str(Path(sys.executable).with_name("dagster")), "dev", "-w", "workspace.yaml"]
        console.print(f"Dagster UI: http://127.0.0.1:{port}", highlight=False)
        process = subprocess.Popen([*command, "-h", "127.0.0.1", "-p", str(port)], cwd=REPOSITORY)
        try:
            code = process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            code = process.wait()
    raise typer.Exit(max(code, 0))


@app.command()
def sandbox(
    *,
    home: HomeOption = None,
    sources: SourcesOption = None,
    portals: PortalsOption = None,
    fault: Annotated[list[str] | None, typer.Option("--fault", help="SOURCE=KIND (repeatable).")] = None,
) -> None:
    """Serve the sandbox portals (or recordings) until interrupted."""
    settings = _settings(home, sources, portals)
    if settings.portal_mode == "live":
        _stop("the live portals serve themselves; expected --portals sandbox or recordings:<folder>")
    _checked_declarations(settings)
    console = Console()
    with _local_portal(settings, faults=fault or [], console=console) as ready:
        console.print(
            f"portals answer at {ready.portal_address}; set TEQUIO_PORTAL_ADDRESS to it", highlight=False
        )
        try:
            signal.pause()
        except KeyboardInterrupt:
            console.print("stopped")


@sources_app.command("check")
def check_sources(*, sources: SourcesOption = None) -> None:
    """Name every mistake in the declarations: file, field, what is expected."""
    settings = _settings(None, sources, None)
    declared = _checked_declarations(settings)
    print(f"{len(declared)} declarations are right: {', '.join(source.id for source in declared)}")


@app.command()
def verify(*, home: HomeOption = None) -> None:
    """Recompute every checksum of the current release."""
    from pipelines.publication import pointer  # noqa: PLC0415

    found = pointer.verify_release(_settings(home, None, None).home, now=datetime.now(UTC))
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        raise typer.Exit(1)
    print("every file of the current release is what its checksum says")


@app.command("roll-back")
def roll_back(
    to: Annotated[str, typer.Argument(help="Name of an earlier release.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; published with the pointer.")],
    home: HomeOption = None,
) -> None:
    """Point readers at an earlier release (a new pointer; nothing is removed)."""
    from pipelines.publication import pointer  # noqa: PLC0415
    from pipelines.publication.lease import PublicationBusyError  # noqa: PLC0415

    try:
        pointer.roll_back(_settings(home, None, None).home, to, reason=reason)
    except (pointer.PointerError, PublicationBusyError) as error:
        _stop(str(error))
    print(f"the current release is {to}")


@ocds_app.command("versioned")
def versioned(  # noqa: PLR0913 (one parameter for each option)
    source: Annotated[str, typer.Argument(help="Id of a procurement source.")],
    ocids: Annotated[list[str] | None, typer.Argument(help="Only these processes; none means all.")] = None,
    *,
    out: Annotated[Path | None, typer.Option("--out", help="Write here instead of to the terminal.")] = None,
    as_package: Annotated[
        bool, typer.Option("--record-package", help="One record package instead of one JSON line a process.")
    ] = False,
    release: Annotated[
        str | None, typer.Option("--release", help="Of this release instead of the current one.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Versioned releases: of every field of a process, what it said when, merged from the published releases.

    Exit code: 0 all that was asked for is written, 1 some of it isn't: a line on the error output names each.
    """
    from pipelines.standards.packages import (  # noqa: PLC0415
        PackageFormatError,
        read_release_package,
        write_versioned,
    )

    files = _release_packages(_settings(home, None, None).home, source, release=release)
    with ExitStack() as opened:
        try:
            packages = [read_release_package(opened.enter_context(path.open("rb"))) for path in files]
            stream = sys.stdout.buffer if out is None else opened.enter_context(_replacing(out))
            missing = write_versioned(
                stream, packages, source_id=source, ocids=ocids or (), as_package=as_package
            )
        except PackageFormatError as error:
            _stop(f"{source}: {files[0].parent}: {error}")
    if missing:
        _stop("\n".join(missing))


@app.command("dbt-manifest")
def dbt_manifest() -> None:
    """Parse the dbt project (its manifest is what the definitions read)."""
    from pipelines.orchestration import dbt  # noqa: PLC0415

    print(f"prepared {dbt.prepare_manifest().relative_to(REPOSITORY)}")


@app.command("native")
def compile_native() -> None:
    """Compile the modules that every release passes through. Exit code 3: they can't be; all works, more slowly."""
    try:
        native.build()
    except native.NotCompiledError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(3) from None
    print(f"compiled {len(native.MODULES)} modules")


def _settings(home: Path | None, sources: Path | None, portals: str | None) -> Settings:
    """The settings of this process: options win over the environment, and children inherit them."""
    given = {"TEQUIO_HOME": home, "TEQUIO_SOURCES": sources, "TEQUIO_PORTALS": portals}
    for name, value in given.items():
        if value is not None:
            os.environ[name] = str(value.resolve()) if isinstance(value, Path) else value
    try:
        return Settings()
    except ValidationError as error:
        _stop(
            "\n".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors())
        )


def _checked_declarations(settings: Settings) -> tuple[Source, ...]:
    """The declared sources; stops with all that is wrong with them or with the layouts that they share."""
    declared: tuple[Source, ...] = ()
    mistakes: list[object] = []
    try:
        declared = load_sources(settings.sources)
    except RegistryError as error:
        mistakes.extend(error.mistakes)
    # Layouts that a declaration brings are checked with it; these are the shared ones.
    for family in sorted({source.family for source in declared}):
        try:
            load_layouts(family)
        except LayoutError as error:
            mistakes.extend(error.mistakes)
    if mistakes:
        _stop("\n".join(map(str, mistakes)))
    return declared


def _stop(message: str) -> NoReturn:
    """Say what is wrong and leave with exit code 1."""
    print(message, file=sys.stderr)
    raise typer.Exit(1)


def _release_packages(home: Home, source_id: str, *, release: str | None) -> list[Path]:
    """The published release packages of a source, by year."""
    from pipelines.publication import layout, pointer  # noqa: PLC0415

    if release is None:
        try:
            current = pointer.read_pointer(home)
        except pointer.PointerError as error:
            _stop(str(error))
        if current is None:
            _stop(f"{home.publications}: nothing is published yet; publish with: tequio run")
        release = current.release
    folder = pointer.release_folder(home, release)
    if not folder.is_dir():
        _stop(f"{folder}: there is no such release; expected one of the names in {folder.parent}")
    files = sorted((folder / layout.packages_folder(source_id)).glob("*.json"))
    if not files:
        known = sorted(path.name for path in (folder / layout.packages_folder("")).glob("*"))
        _stop(
            f"{source_id}: release {release} has no OCDS packages of it; expected one of: {', '.join(known)}"
        )
    return files


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` if all went well and it holds something."""
    if not path.parent.is_dir():
        _stop(f"{path.parent}: there is no such folder to write into")
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as stream:
            yield stream
        if part.stat().st_size > 0:
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _local_portal(settings: Settings, *, faults: list[str], console: Console) -> Iterator[Settings]:
    """Start the portals that answer on loopback, unless the run is live or somebody serves them already."""
    if settings.portal_mode == "live" or settings.portal_address is not None:
        yield settings
        return
    settings.home.create()
    command = [sys.executable, "-m", "pipelines.sandbox", "--port", "0", "--sources", str(settings.sources)]
    command += ["--data", str(settings.home.sandbox), "--scale", str(settings.sandbox_scale)]
    if settings.recordings_folder is not None:
        command += ["--recordings", str(settings.recordings_folder)]
    for fault in faults:
        command += ["--fault", fault]
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            _stop(f"the {settings.portal_mode} portals did not start (see the message above)")
        address = json.loads(line)["address"]
        if time.monotonic() - started > 1:
            console.print(f"portals: {settings.portal_mode} at {address}", highlight=False)
        os.environ["TEQUIO_PORTAL_ADDRESS"] = address
        yield Settings()
    finally:
        os.environ.pop("TEQUIO_PORTAL_ADDRESS", None)
        process.terminate()
        process.wait()


class _Progress(logging.Handler):
    """Shows the records of `pipelines.progress`: one line a source on a terminal, plain lines elsewhere."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console
        self.lines: dict[str, tuple[str, str]] = {}
        self.started = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        source = getattr(record, "tequio_source", None) or "tequio"
        step = str(getattr(record, "tequio_step", record.getMessage()))
        figures = getattr(record, "tequio_figures", {})
        shown = "  ".join(f"{name} {_figure(value)}" for name, value in figures.items() if value is not None)
        self.lines[source] = (step, shown)
        if not self.console.is_terminal:
            seconds = time.monotonic() - self.started
            self.console.print(
                f"{seconds:6.1f} s  {source:<18} {step:<12} {shown}", highlight=False, soft_wrap=True
            )

    def __rich__(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for source, (step, shown) in self.lines.items():
            table.add_row(Text(source, style="bold"), step, Text(shown, style="dim"))
        return table


def _figure(value: float | str) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.1f}" if isinstance(value, float) else value


@contextmanager
def _display(console: Console, *, quiet: bool) -> Iterator[None]:
    """Show progress; Dagster's own log goes to its event log, not over the display."""
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    logger = logging.getLogger("tequio")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    if quiet:
        logger.addHandler(logging.NullHandler())
        yield
        return
    handler = _Progress(console)
    logger.addHandler(handler)
    try:
        if console.is_terminal:
            with Live(handler, console=console, refresh_per_second=8):
                yield
        else:
            yield
    finally:
        logger.removeHandler(handler)


def _as_json(outcome: Any) -> dict[str, Any]:
    """The outcome for machines; names are those of the ledger."""
    return {
        "release": outcome.release,
        "unchanged": outcome.unchanged,
        "rolled_back": outcome.rolled_back,
        "success": outcome.success,
        "error": outcome.error,
        "exit_code": outcome.exit_code,
        "seconds": round(outcome.seconds, 2),
        "steps": {name: round(seconds, 2) for name, seconds in outcome.steps.items()},
        "sources": {
            source.source_id: {
                "state": source.state,
                "message": source.message,
                "declared": source.declared,
                "landed": source.landed,
                "quarantined": source.quarantined,
                "duplicates": source.duplicates,
                "published": source.published,
                "held_back": source.held_back,
                "missing": source.missing,
                "checks_failed": source.checks_failed,
                "admitted": source.admitted,
                "reasons": list(source.reasons),
                "last_good": source.last_good,
            }
            for source in outcome.sources
        },
    }


def _print_outcome(outcome: Any, home: Home, console: Console) -> None:
    table = Table(title="Tequio", title_justify="left", expand=False)
    for name in ("source", "state"):
        table.add_column(name, no_wrap=True)
    for name in (
        "declared",
        "landed",
        "quarantined",
        "duplicates",
        "missing",
        "published",
        "held back",
        "checks failed",
    ):
        table.add_column(name, justify="right")
    for source in outcome.sources:
        counts = (
            source.declared,
            source.landed,
            source.quarantined,
            source.duplicates,
            source.missing,
            source.published,
            source.held_back,
            source.checks_failed,
        )
        mark = "●" if source.admitted else "▲"
        table.add_row(
            f"{mark} {source.source_id}",
            source.state,
            *("–" if value is None else f"{value:,}" for value in counts),
        )
    # A pipe has no width of its own; the table is for people who read logs, too.
    wide = console if console.is_terminal else Console(width=170)
    wide.print(table)
    for source in outcome.sources:
        for line in _why(source):
            wide.print(line, highlight=False)
    _print_steps(outcome, wide)
    if outcome.error is not None:
        wide.print(f"FAILED  {outcome.error}", style="red", highlight=False)
    if outcome.release is None:
        wide.print("Nothing is published yet.", highlight=False)
    else:
        news = "published" if outcome.success else "not published; still"
        if outcome.unchanged:
            news = "nothing new: still"
        if outcome.rolled_back is not None:
            wide.print(f"readers were taken back to it: {outcome.rolled_back}", highlight=False)
        folder = home.publications / "releases" / outcome.release
        wide.print(f"{news} release {outcome.release}", style="bold", highlight=False)
        wide.print(f"  catalogue  {folder / 'index.html'}", highlight=False, soft_wrap=True)
        wide.print(f"  reports    {folder / 'reports'}", highlight=False, soft_wrap=True)
    wide.print("  Dagster UI make dev, then http://127.0.0.1:3000", highlight=False)


def _why(source: Any) -> Iterator[str]:
    """What keeps a source's newest data out, or what its portal said this time; nothing where all is well."""
    answered = source.state in {"complete", "unchanged"}
    if source.admitted and answered:
        return
    if source.last_good is not None:
        yield f"▲ {source.source_id} is held back; what it gave on {source.last_good[:10]} stays published:"
    elif source.admitted:
        yield f"▲ {source.source_id}: {source.state}; what it gave before stays published:"
    else:
        yield f"▲ {source.source_id} is not published:"
    for reason in source.reasons or (source.message,):
        yield f"    {reason}"


def _print_steps(outcome: Any, console: Console) -> None:
    longest = sorted(outcome.steps.items(), key=lambda item: -item[1])
    shown = "  ".join(f"{name} {seconds:.1f}" for name, seconds in longest if seconds >= 0.1)
    console.print(f"{outcome.seconds:.1f} s: {shown}", highlight=False, soft_wrap=True)
