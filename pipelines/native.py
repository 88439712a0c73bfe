"""The modules that every release passes through, compiled to machine code: which they are, how, and how Python finds them.

Here: the list, the build (by mypyc, from the very same files; `make` has `tequio native` do it) and the
finder that hands the compiled ones to Python. Not here: the modules themselves (`pipelines/standards`).

Nothing depends on it: where there is no C compiler, or a module was edited since, Python reads the sources as ever, and
a build of releases takes about a third longer. `TEQUIO_NATIVE=0` asks for that, for a debugger. What is compiled also
holds its type hints at run time. Three things are different in it: `__file__` isn't known while a module is imported and
isn't its source afterwards; instances of frozen dataclasses can't be pickled, so what passes between processes stays out
of the list; a `cached_property` is worked out at every look.
"""

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from importlib.metadata import version
from importlib.util import spec_from_file_location
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
# One path through all of them: what one calls of another is a call in C.
MODULES = (
    "pipelines.standards.additional_fields",
    "pipelines.standards.compile",
    "pipelines.standards.contact_points",
    "pipelines.standards.edca",
    "pipelines.standards.edca_fields",
    "pipelines.standards.free_text",
    "pipelines.standards.identity",
    "pipelines.standards.json_text",
    "pipelines.standards.redact_ocds",
    "pipelines.standards.repairs.dates",
    "pipelines.standards.repairs.money",
    "pipelines.standards.repairs.placeholders",
    "pipelines.standards.repairs.repair",
    "pipelines.standards.repairs.rfc",
    "pipelines.standards.validation",
    "pipelines.standards.view_ocds",
    "pipelines.standards.view_repairs",
    "pipelines.standards.view_rows",
)
# mypyc puts the code of all into one library, which the modules load by this name.
GROUP = "tequio"
LIBRARY = f"{GROUP}__mypyc"
SUFFIX = EXTENSION_SUFFIXES[0]
# With all the others of the environment: it is of its Python.
ROOT = Path(sys.prefix) / "native"
SWITCH = "TEQUIO_NATIVE"
# Of older sources: a process that runs imports some of its modules late, and checkouts may share an environment.
KEPT = 8


class NotCompiledError(Exception):
    """The modules could not be compiled; everything works without that."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The modules that every release passes through could not be compiled: {reason}. Everything works without "
            "that, but a build of releases takes about a third longer. With a C compiler (gcc) and the headers of "
            "Python (Debian: python3-dev) there, `make` compiles them the next time."
        )


def source(module: str) -> Path:
    """The file of a module of the list."""
    return PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py")


def folder() -> Path:
    """Where the compiled modules of the present sources stand, if anybody compiled them."""
    digest = hashlib.sha256(Path(__file__).read_bytes() + f"{SUFFIX} {version('mypy')}".encode())
    for module in MODULES:
        digest.update(source(module).read_bytes())
    return ROOT / digest.hexdigest()[:16]


class Finder:
    """Finds the compiled modules in a folder, before Python looks for their sources."""

    def __init__(self, found: Path) -> None:
        self._found = found

    def find_spec(self, name: str, _path: Sequence[str] | None, _target: object = None) -> ModuleSpec | None:
        """The compiled module of that name, if it is one."""
        if name not in MODULES and name != LIBRARY:
            return None
        return spec_from_file_location(name, _compiled(self._found, name))


def use() -> None:
    """Have Python take the compiled modules, if those of the present sources are there."""
    if os.environ.get(SWITCH) == "0":
        return
    found = folder()
    if found.is_dir():
        sys.meta_path.insert(0, Finder(found))


def build() -> Path:
    """Compile the modules as they are now, unless they are; their folder.

    Raises:
        NotCompiledError: there is no C compiler, it or mypyc refuses; a module was edited meanwhile; the environment
            can't be written to.
    """
    # Nobody who only runs Tequio imports a compiler.
    from mypyc.build import mypycify  # noqa: PLC0415
    from setuptools import Distribution  # noqa: PLC0415
    from setuptools.errors import BaseError, CCompilerError, CompileError, LinkError  # noqa: PLC0415

    target = folder()
    if target.is_dir():
        return target
    # mypyc tells a module's name by its way from here.
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(PACKAGE.parent):
        try:
            extensions = mypycify(
                [
                    *("--config-file=", f"--cache-dir={scratch}/mypy"),
                    # What isn't compiled counts as of any type, as it does to Python: half the time, and the same
                    # whatever else the environment holds.
                    *("--follow-imports=skip", "--no-site-packages"),
                    *("--ignore-missing-imports", "--disable-error-code=import-untyped"),
                    *(str(source(module).relative_to(PACKAGE.parent)) for module in MODULES),
                ],
                group_name=GROUP,
                target_dir=f"{scratch}/c",
                # More is twice the time to compile and no faster.
                opt_level="1",
                debug_level="0",
            )
        except SystemExit as error:
            raise NotCompiledError("mypyc refuses the sources, as it says above") from error
        distribution = Distribution({"name": GROUP, "ext_modules": extensions})
        command = distribution.get_command_obj("build_ext")
        command.build_lib, command.build_temp = f"{scratch}/modules", f"{scratch}/objects"
        try:
            distribution.run_command("build_ext")
        except (BaseError, CCompilerError, CompileError, LinkError) as error:
            raise NotCompiledError(str(error)) from error
        if folder() != target:
            raise NotCompiledError("a module was edited meanwhile")
        try:
            _keep(Path(scratch, "modules"), target)
        except OSError as error:
            raise NotCompiledError(str(error)) from error
    return target


def _keep(made: Path, target: Path) -> None:
    """Put what was made in its place, whole, and take away what is left of much older sources."""
    ROOT.mkdir(exist_ok=True)
    newest_first = sorted(ROOT.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)
    for older in newest_first[KEPT:]:
        shutil.rmtree(older)
    beside = ROOT / f"{target.name}.{os.getpid()}"
    shutil.copytree(made, beside)
    try:
        beside.rename(target)
    except OSError:
        # Somebody else made the same.
        shutil.rmtree(beside)
        if not target.is_dir():
            raise


def _compiled(found: Path, name: str) -> Path:
    parent, _, module = name.rpartition(".")
    return found.joinpath(*parent.split("."), module + SUFFIX)
