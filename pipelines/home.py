"""Where everything lives at run time (`TEQUIO_HOME`), and how a file is written safely.

Here: the folder names of a home and the few file operations that all packages share.
Not here: what the files contain; each package owns its own formats.
"""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

# Raw bytes, landed records and scratch databases hold personal data (docs/privacy.md),
# so the tree above them is readable by its owner only.
PRIVATE_MODE = 0o700
PUBLIC_FILE_MODE = 0o644
HASH_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Home:
    """The run-time folders below one root."""

    root: Path

    @property
    def raw(self) -> Path:
        """Private root: the only place where personal data may stand."""
        return self.root / "raw"

    @property
    def objects(self) -> Path:
        """Content-addressed bodies as the portals gave them."""
        return self.raw / "objects"

    @property
    def manifests(self) -> Path:
        """One line for each request, a file for each fetch."""
        return self.raw / "manifests"

    @property
    def fetches(self) -> Path:
        """What each fetch brought: its pages and state."""
        return self.raw / "fetches"

    @property
    def landed(self) -> Path:
        """Landed generations: `<source>/<generation>/`."""
        return self.raw / "landed"

    @property
    def scratch(self) -> Path:
        """One private database for each run; nothing in it counts after the run."""
        return self.raw / "scratch"

    @property
    def work(self) -> Path:
        """What the last build of a source left for the next: private releases and their public view."""
        return self.raw / "work"

    @property
    def versions(self) -> Path:
        """The version logs of PDN sources, with the texts of versions that aren't current: `<source>/`."""
        return self.raw / "versions"

    @property
    def keys(self) -> Path:
        """The pseudonym key."""
        return self.raw / "keys"

    @property
    def ledger(self) -> Path:
        """One row for each fetch of a source."""
        return self.root / "ledger"

    @property
    def lake(self) -> Path:
        """What was built and is free of personal data."""
        return self.root / "lake"

    @property
    def slices(self) -> Path:
        """Immutable slices: `<source>/<key>/`."""
        return self.lake / "slices"

    @property
    def receipts(self) -> Path:
        """The gate's verdicts, append-only."""
        return self.lake / "receipts"

    @property
    def integrated(self) -> Path:
        """Tables built over the admitted slices, one Parquet each."""
        return self.lake / "integrated"

    @property
    def publications(self) -> Path:
        """Releases and the pointer to the current one."""
        return self.root / "publications"

    @property
    def outbox(self) -> Path:
        """Messages that had no mail server to go to."""
        return self.root / "outbox"

    @property
    def dagster(self) -> Path:
        """`DAGSTER_HOME`."""
        return self.root / "dagster"

    @property
    def sandbox(self) -> Path:
        """Generated sample data of the sandbox portals."""
        return self.root / "sandbox"

    def create(self) -> None:
        """Make the folders; the private ones for their owner only."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.raw.mkdir(mode=PRIVATE_MODE, exist_ok=True)
        self.raw.chmod(PRIVATE_MODE)
        for folder in (
            self.objects,
            self.manifests,
            self.fetches,
            self.landed,
            self.scratch,
            self.keys,
            self.ledger,
            self.slices,
            self.receipts,
            self.integrated,
            self.publications,
            self.outbox,
            self.dagster,
            self.sandbox,
        ):
            folder.mkdir(parents=True, exist_ok=True)


def fsync_path(path: Path) -> None:
    """Make the bytes of a file, or a rename inside a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def link_file(path: Path, target: Path) -> None:
    """Hard-link one file; where the file system has no links, copy it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, target)
    except FileExistsError:
        raise
    except OSError:
        shutil.copyfile(path, target)
        fsync_path(target)


def write_atomic(path: Path, data: bytes) -> None:
    """Replace `path` in one step: a reader sees the old bytes or the new ones, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    temporary_path = Path(temporary)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            # mkstemp makes private files; a web server of another user reads the publication. What is
            # private stands below `raw`, whose folder is closed.
            os.fchmod(stream.fileno(), PUBLIC_FILE_MODE)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary_path.replace(path)
    except OSError:
        temporary_path.unlink(missing_ok=True)
        raise
    fsync_path(path.parent)


def write_json(path: Path, content: Any) -> None:
    """Write `content` as indented JSON with sorted keys, atomically."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    write_atomic(path, orjson.dumps(content, option=options))


def read_json(path: Path) -> Any:
    """Read one JSON document."""
    return orjson.loads(path.read_bytes())


def sha256_file(path: Path) -> str:
    """Hexadecimal sha256 of the file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(HASH_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
