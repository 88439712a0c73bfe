"""The raw archive: bodies as the portals gave them, and one manifest line for each request.

Objects are addressed by the sha256 of their bytes (`raw/objects/ab/abcd…`), written as `.part`, synced and
renamed: an object that has its name is whole, and is never overwritten. Not here: what the bytes mean
(`parsers.py`), which pages make up a fetch (`pipelines/portals/pages.py`).
"""

import hashlib
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import orjson

from pipelines.home import PRIVATE_MODE, Home, fsync_path

PARTS_FOLDER = ".parts"
# A download that lives longer than a day was killed; its part is of no use to anybody.
ABANDONED_SECONDS = 86_400


@dataclass(frozen=True)
class StoredObject:
    """One archived body."""

    sha256: str
    size: int
    path: Path


class Incoming:
    """A body on its way into the archive; without `commit()` nothing of it stays."""

    def __init__(self, archive: "RawArchive") -> None:
        self._archive = archive
        self._part = archive.parts / f"{uuid.uuid4().hex}.part"
        self._stream: BinaryIO = self._part.open("xb")
        self._part.chmod(0o600)
        self._digest = hashlib.sha256()
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._part.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        """Append the next bytes of the body."""
        self._stream.write(chunk)
        self._digest.update(chunk)
        self.size += len(chunk)

    def commit(self) -> StoredObject:
        """Give the body its name; a body that is already there stays as it is."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        sha256 = self._digest.hexdigest()
        target = self._archive.path(sha256)
        if not target.exists():
            target.parent.mkdir(mode=PRIVATE_MODE, parents=True, exist_ok=True)
            self._part.replace(target)
            fsync_path(target.parent)
        return StoredObject(sha256, self.size, target)


class Manifest:
    """The request log of one fetch, JSON lines; appended as requests end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(mode=PRIVATE_MODE, parents=True, exist_ok=True)

    def append(self, line: Mapping[str, Any]) -> None:
        """Add one request; the caller has taken the secrets out."""
        with self.path.open("ab") as stream:
            stream.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


class RawArchive:
    """The archive below `home.raw`."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.parts = home.objects / PARTS_FOLDER
        self.parts.mkdir(mode=PRIVATE_MODE, parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Where the object of that hash stands, present or not."""
        return self._home.objects / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Whether the object is archived."""
        return self.path(sha256).is_file()

    def receive(self) -> Incoming:
        """Start a new object (use as a context manager)."""
        return Incoming(self)

    def manifest(self, source_id: str, fetch_id: str) -> Manifest:
        """The request log of one fetch."""
        return Manifest(self._home.manifests / source_id / f"{fetch_id}.jsonl")

    def sweep(self) -> int:
        """Remove the parts of downloads that were killed; returns how many."""
        limit = time.time() - ABANDONED_SECONDS
        abandoned = [part for part in self.parts.glob("*.part") if part.stat().st_mtime < limit]
        for part in abandoned:
            part.unlink(missing_ok=True)
        return len(abandoned)
