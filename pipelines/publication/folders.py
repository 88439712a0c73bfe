"""Folders that appear whole or not at all: staging, making durable, linking, sweeping.

Here: the file-system steps that slices and releases share.
Not here: writing one file safely (`pipelines/home.py`).
"""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipelines.home import fsync_path, link_file

READ_ONLY = 0o444
FLUSHES_AT_ONCE = 16


def files_below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Relative path (forward slashes) and path of every file, in order of the relative path."""
    found = ((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file())
    yield from sorted(found)


def make_durable(folder: Path) -> None:
    """Flush every file and folder below `folder` to the disk, and make the files read-only.

    Side by side: a file system writes what is asked for at once in one turn, and of small files, of which a slice has
    a hundred, each turn costs more than the writing.
    """
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        if path.is_file():
            path.chmod(READ_ONLY)
    with ThreadPoolExecutor(FLUSHES_AT_ONCE, thread_name_prefix="tequio-flush") as pool:
        # Taking the results raises what a flush raised.
        list(pool.map(fsync_path, paths))


def move_into_place(staged: Path, target: Path) -> None:
    """Rename a finished folder to its final name; both stand on one file system."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staged.rename(target)
    fsync_path(target.parent)


def link_tree(source: Path, target: Path) -> None:
    """Make every file of `source` stand below `target` too, without copying where links are possible."""
    for relative, path in files_below(source):
        link_file(path, target / relative)


def discard(folder: Path) -> None:
    """Remove a folder nobody points to; its name goes first, so that no half folder is ever seen."""
    doomed = folder.with_name(f".{folder.name}.discarded")
    if doomed.exists():
        shutil.rmtree(doomed)
    folder.rename(doomed)
    shutil.rmtree(doomed)
