"""One publisher at a time.

Here: the lease on `publications/`, a file that names its holder and ends by itself.
Not here: what is done under it (`release.py`, `pointer.py`).
"""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from pipelines.home import Home

LEASE_FILE = ".lease"
GUARD_FILE = ".lease.guard"
# Publishing 20,000 releases takes seconds; an hour covers a country and a slow disk.
LEASE_DURATION = timedelta(hours=1)


class PublicationBusyError(RuntimeError):
    """Another process is publishing."""


@dataclass(frozen=True)
class _Holder:
    """`process` tells apart two processes that had the same number: its start, in clock ticks since boot."""

    pid: int
    host: str
    process: str
    expires: str

    def is_gone(self, now: datetime) -> bool:
        if datetime.fromisoformat(self.expires) <= now:
            return True
        return self.host == socket.gethostname() and _process_start(self.pid) != self.process


@contextmanager
def publication_lease(home: Home) -> Iterator[None]:
    """Hold the lease for the length of the block.

    Raises:
        PublicationBusyError: when a living process holds it.
    """
    home.publications.mkdir(parents=True, exist_ok=True)
    path = home.publications / LEASE_FILE
    mine = _take(path)
    try:
        yield
    finally:
        with _guarded(path):
            if path.is_file() and path.read_bytes() == mine:
                path.unlink()


def _take(path: Path) -> bytes:
    now = datetime.now(UTC)
    holder = _Holder(
        pid=os.getpid(),
        host=socket.gethostname(),
        process=_process_start(os.getpid()),
        expires=(now + LEASE_DURATION).isoformat(),
    )
    content = orjson.dumps(asdict(holder))
    # Looking at the old lease and replacing it is one step for everybody on this file system.
    with _guarded(path):
        if path.is_file():
            _refuse_if_held(path, now)
            path.unlink()
        with path.open("xb") as stream:
            stream.write(content)
    return content


def _refuse_if_held(path: Path, now: datetime) -> None:
    try:
        holder = _Holder(**orjson.loads(path.read_bytes()))
    except (orjson.JSONDecodeError, TypeError):
        # Its writer was killed between creating and writing it.
        return
    if not holder.is_gone(now):
        message = (
            f"{path}: process {holder.pid} on {holder.host} is publishing (until {holder.expires} at most); "
            "wait until it ends and publish again"
        )
        raise PublicationBusyError(message)


@contextmanager
def _guarded(path: Path) -> Iterator[None]:
    with path.with_name(GUARD_FILE).open("ab") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield


def _process_start(pid: int) -> str:
    """When process `pid` started, or "" when there is none (or the system doesn't tell)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return "" if Path("/proc/self/stat").exists() else _alive(pid)
    # The name in parentheses may hold anything; the start time is the 20th field after it.
    return stat.rpartition(")")[2].split()[19]


def _alive(pid: int) -> str:
    """Without /proc: "alive" or "", so that a dead holder still differs from a living one."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    return "alive"
