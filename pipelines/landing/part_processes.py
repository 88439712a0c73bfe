"""Parts written side by side: a few processes, each given one part after the other.

Here: whether processes pay, their life, and what one of them does (`python -m pipelines.landing.part_processes`).
Not here: the parts (`parts.py`).

The processes are started by command, not by `multiprocessing`: that would run the caller's main module again in each
of them (Dagster's takes seconds to import), and a run that Dagster starts may be a process that must not have
children of that kind. A job goes in as one line of JSON, its answer comes out as one.
"""

import gc
import os
import queue
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from pipelines.landing.parts import Job, Written, write_part
from pipelines.portals.bodies import BodyFault
from pipelines.portals.pages import Page

PROCESSES = 2
# Below this the work ends before the processes have started (about half a second each).
WORTHWHILE_BYTES = 32 << 20


class PartProcessError(Exception):
    """A process that writes parts ended without an answer; what it said stands on standard error."""


def write_parts(jobs: Sequence[Job]) -> Iterator[tuple[int, Written]]:
    """Write parts; yields the place of each job and what it found, as they end.

    Raises:
        BodyFault: as `write_part`.
        PartProcessError: a process was killed, or a mistake of ours.
    """
    processes = min(PROCESSES, os.cpu_count() or 1, len(jobs))
    if processes < 2 or sum(job.bytes for job in jobs) < WORTHWHILE_BYTES:
        for place, job in enumerate(jobs):
            yield place, write_part(job)
        return
    started = [_Process() for _ in range(processes)]
    idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
    for process in started:
        idle.put(process)

    def write(job: Job) -> Written:
        process = idle.get()
        try:
            return process.write(job)
        finally:
            idle.put(process)

    with ThreadPoolExecutor(processes, thread_name_prefix="tequio-part") as pool:
        try:
            places = {pool.submit(write, job): place for place, job in enumerate(jobs)}
            for future in as_completed(places):
                yield places[future], future.result()
        finally:
            # Also when one failed or the caller gave up: threads that wait for an answer must not wait for ever.
            pool.shutdown(wait=False, cancel_futures=True)
            for process in started:
                process.end()


class _Process:
    """One process that writes parts."""

    def __init__(self) -> None:
        package = Path(__file__).parents[2]
        paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.landing.part_processes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )

    def write(self, job: Job) -> Written:
        """Have one part written."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(orjson.dumps(asdict(job), option=orjson.OPT_APPEND_NEWLINE))
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended(job) from None
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise self._ended(job)
        answer: dict[str, Any] = orjson.loads(line)
        if "fault" in answer:
            raise BodyFault(*answer["fault"])
        return Written(
            **{**answer, "encodings": tuple(answer["encodings"]), "columns": tuple(answer["columns"])}
        )

    def _ended(self, job: Job) -> PartProcessError:
        return PartProcessError(
            f"{Path(job.file).name}: the process that was to write it ended with status {self._process.wait()}"
        )

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None and not stream.closed:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue  # a job it hadn't read


def _serve() -> None:
    """Write the parts asked for on standard input, until it ends."""
    # An interrupted run ends its processes itself, once they can leave nothing half done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Values are decoded and let go by the million, without cycles: looking for some among them costs a tenth of the
    # time. What exceptions left is collected after each part.
    gc.disable()
    for line in sys.stdin.buffer:
        asked: dict[str, Any] = orjson.loads(line)
        pages = tuple(Page(**page) for page in asked["pages"])
        job = Job(**{**asked, "pages": pages, "bodies": tuple(asked["bodies"])})
        try:
            answer: dict[str, Any] = asdict(write_part(job))
        except BodyFault as fault:
            answer = {"fault": [fault.code, fault.reason]}
        sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
        gc.collect()


if __name__ == "__main__":
    _serve()
