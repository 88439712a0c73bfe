"""Memory of a process and all its descendants (PSS: pages they share count once). Not here: when it is asked."""

import os
from pathlib import Path


def family_pss_mb(pid: int | None = None) -> float:
    """MB of the process of that id (this one unless told) and its descendants, now."""
    return sum(map(_pss_kb, _family(os.getpid() if pid is None else pid))) / 1024


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found.extend(int(child) for child in children.read_text().split())
            except OSError:
                # A thread that has ended since.
                continue
    return found


def _pss_kb(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)
