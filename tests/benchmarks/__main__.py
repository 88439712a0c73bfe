"""`make bench`: every figure of speed and memory, measured in one run beside its peer or floor.

One JSON line for each figure: name, ours, against (the peer or floor, its value), ratio, unit, peak_mb (PSS over all
processes of the measured work; peaks_mb has those of each step, measured or not). Machines differ and are shared: the
ratio is the figure, the rest is for orientation.
Not here: the measured work (`steps.py`), its data (`dataset.py`, `home.py`).

    python -m tests.benchmarks <folder> [--releases 200000] [--large 500000] [--ocdskit <program>]
"""

import argparse
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import orjson

from tests.benchmarks.memory import family_pss_mb
from tests.benchmarks.steps import BEGINS, MEASURED

REPOSITORY = Path(__file__).resolve().parents[2]
SCHEMA = REPOSITORY / "pipelines" / "standards" / "schemas" / "ocds" / "release-schema-1.1.5.json"
# Enough for a stable ratio; the peer takes a minute for four times as many.
COMPILED_RELEASES = 40_000
TINY = 10
# About what Pelican's own data sets have a compiled release.
RICH_BYTES = 18_000
# Enough that the seconds in which dbt starts are not what is measured.
RICH_RELEASES = 150_000
PELICAN_ITEMS = 300
SAMPLE_SECONDS = 0.2


class Watched:
    """The peak memory of a process and all its descendants, sampled while it runs (PSS: shared pages count once); apart
    for each step that is set meanwhile.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.step = ""
        self._peaks: dict[str, float] = {}
        self._process = process
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        while self._process.poll() is None:
            used = family_pss_mb(self._process.pid)
            self._peaks[self.step] = max(self._peaks.get(self.step, 0), used)
            time.sleep(SAMPLE_SECONDS)

    def wait(self) -> dict[str, int]:
        """The peak in MB of each step once the process has ended; "" is what was before the first one."""
        self._thread.join()
        return {step: round(peak) for step, peak in self._peaks.items()}


def run(*step: str) -> dict[str, Any]:
    """One step in a process of its own; its result with `wall`, `peaks_mb` (by the parts it tells of) and `peak_mb`
    (over the measured ones; over all where it tells of none).
    """
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.steps", *step],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
    )
    watched = Watched(process)
    assert process.stdout is not None
    last = b""
    for line in process.stdout:
        if line.startswith(BEGINS.encode()):
            watched.step = line.decode().removeprefix(BEGINS).strip()
        last = line
    if process.wait() != 0:
        raise SystemExit(f"{' '.join(step)} failed with {process.returncode}")
    wall = time.monotonic() - started
    found: dict[str, Any] = orjson.loads(last)
    peaks = watched.wait()
    measured = [peak for name, peak in peaks.items() if name in MEASURED]
    return {**found, "peak_mb": max(measured or peaks.values()), "peaks_mb": peaks, "wall": wall}


def tell(
    name: str, ours: float, unit: str, *, against: str = "", other: float | None = None, **more: Any
) -> None:
    """Print one figure."""
    ratio = None if other is None else round(ours / other, 2)
    figure = {
        "name": name,
        "ours": round(ours, 3),
        "unit": unit,
        "against": against,
        "theirs": other,
        "ratio": ratio,
    }
    sys.stdout.write(orjson.dumps({**figure, **more}).decode() + "\n")
    sys.stdout.flush()


def pipeline(folder: Path, releases: int, *, run_id: str = "primera") -> dict[str, Any]:
    """Deliver that many releases to a new home and build them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run("deliver", str(folder), str(releases))
    return run("pipeline", str(folder), run_id)


def bench_compile(folder: Path, ocdskit: str | None) -> None:
    """Our compile against `ocdskit compile`, each as a whole program over the same JSON lines."""
    lines, output = folder / "compile.jsonl", folder / "compiled.jsonl"
    run("lines", str(lines), str(COMPILED_RELEASES))
    ours = run("compile", str(lines), str(output))
    other = None
    if ocdskit is not None:
        started = time.monotonic()
        with lines.open("rb") as given, (folder / "theirs.jsonl").open("wb") as written:
            subprocess.run(
                [ocdskit, "compile", "--schema", str(SCHEMA)],
                stdin=given,
                stdout=written,
                stderr=subprocess.DEVNULL,
                check=True,
            )
        other = round(ours["releases"] / (time.monotonic() - started))
    tell(
        "compile",
        ours["releases"] / ours["wall"],
        "releases/s",
        against="ocdskit compile",
        other=other,
        peak_mb=ours["peak_mb"],
    )


def bench_pipeline(folder: Path, releases: int, large: int) -> None:
    """The whole way at two sizes, the floor beside it, and a delivery in which one release in a hundred is new."""
    tiny = pipeline(folder / "tiny", TINY)
    startup = tiny["measured"]
    tell("start-up", startup, "s", seconds=tiny["seconds"], peak_mb=tiny["peak_mb"])
    lines = folder / "floor.jsonl"
    run("lines", str(lines), str(releases))
    floor = run("floor", str(lines), str(folder))
    lines.unlink()
    small = pipeline(folder / "small", releases)
    tell(
        f"pipeline of {small['releases']} releases",
        small["releases"] / small["measured"],
        "releases/s",
        against="bare DuckDB, JSON to Parquet",
        other=round(floor["releases"] / floor["seconds"]),
        peak_mb=small["peak_mb"],
        peaks_mb=small["peaks_mb"],
        seconds=small["seconds"],
        merged=small["merged"],
    )
    tell_rules(f"rules on {small['processes']} processes", small)
    tell(
        "schema validation, a core",
        small["read"] / small["work_seconds"]["validate"],
        "releases/s",
    )
    run("deliver-again", str(folder / "small"), str(releases))
    again = run("pipeline", str(folder / "small"), "segunda")
    if not again["from_earlier"]:
        raise SystemExit("the second delivery was built from nothing")
    tell(
        "re-run with 1 % new releases, net of start-up",
        again["measured"] - startup,
        "s",
        against="the full run, net of start-up",
        other=round(small["measured"] - startup, 3),
        peak_mb=again["peak_mb"],
        peaks_mb=again["peaks_mb"],
        seconds=again["seconds"],
        read=again["read"],
        processes=again["processes"],
    )
    tell(
        "rules with 1 % new releases, net of start-up",
        again["seconds"]["quality"] - tiny["seconds"]["quality"],
        "s",
        against="all of them, net of start-up",
        other=round(small["seconds"]["quality"] - tiny["seconds"]["quality"], 3),
        peak_mb=again["peaks_mb"]["quality"],
    )
    shutil.rmtree(folder / "small")
    if large:
        big = pipeline(folder / "large", large)
        tell(
            f"pipeline of {big['releases']} releases: time",
            big["measured"],
            "s",
            against=f"{small['releases']} releases",
            other=round(small["measured"], 3),
            peak_mb=big["peak_mb"],
            peaks_mb=big["peaks_mb"],
            seconds=big["seconds"],
        )
        shutil.rmtree(folder / "large")


def tell_rules(name: str, built: dict[str, Any], *, against: str = "", other: float | None = None) -> None:
    """How many processes a second all rules take that SQL evaluates, over their tables."""
    tell(
        name,
        built["processes"] / built["seconds"]["quality"],
        "items/s",
        against=against,
        other=other,
        peak_mb=built["peaks_mb"]["quality"],
        seconds=round(built["seconds"]["quality"], 3),
    )


def bench_rules(folder: Path, oracle: str | None, pelican: str | None) -> None:
    """Our rules and Pelican's on compiled releases as large as those it was made for; ours also with the making of the
    tables that they read, as Pelican reads the texts.
    """
    home = folder / "rich"
    home.mkdir()
    run("deliver-rich", str(home), str(RICH_RELEASES), str(RICH_BYTES))
    ours = run("pipeline", str(home), "primera")
    other = None
    if oracle is not None and pelican is not None:
        lines = folder / "compiled.jsonl"
        run("compiled-lines", str(home), "primera", str(lines), str(PELICAN_ITEMS))
        told = subprocess.run(
            [oracle, "tests/oracle/pelican_speed.py", pelican, str(lines)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            check=True,
        )
        other = orjson.loads(told.stdout)["items_per_second"]
    against = "Pelican's functions, one process"
    tell_rules(f"rules on {ours['processes']} processes of 18 KB", ours, against=against, other=other)
    seconds = ours["seconds"]["tables"] + ours["seconds"]["quality"]
    tell("the same with their tables", ours["processes"] / seconds, "items/s", against=against, other=other)
    shutil.rmtree(home)


def main() -> None:
    """Run every benchmark in a folder that is made and removed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--releases", type=int, default=200_000)
    parser.add_argument("--large", type=int, default=500_000)
    parser.add_argument("--ocdskit")
    parser.add_argument("--oracle", help="the Python that has what Pelican imports")
    parser.add_argument("--pelican", help="a checkout of pelican-backend")
    given = parser.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(parents=True)
    bench_compile(given.folder, given.ocdskit)
    bench_rules(given.folder, given.oracle, given.pelican)
    bench_pipeline(given.folder, given.releases, given.large)
    shutil.rmtree(given.folder)


if __name__ == "__main__":
    main()
