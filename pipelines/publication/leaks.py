"""The last look for personal data: the bytes of files as readers will get them.

Here: finding CURP and RFC of natural persons in Parquet (decoded, column by column), gzip, JSON, CSV,
HTML and text, and remembering which files were found clean. Not here: removing such data, which
happens before the gate (`pipelines/standards/privacy.py`), and what a CURP or RFC is
(`pipelines/standards/identity.py`).

A file is searched twice: RE2 picks the few windows that hold anything of the shape (above 300 MB/s),
then only those are decoded and checked one by one.
"""

import hashlib
import html
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines import native, sql
from pipelines.home import Home, write_atomic
from pipelines.publication import parquet
from pipelines.standards.identity import find_personal_ids, mask

# A file found clean is not searched again until what is searched for changes.
SCANNER_VERSION = hashlib.sha256(
    Path(__file__).read_bytes() + native.source("pipelines.standards.identity").read_bytes()
).hexdigest()[:12]
# Files at a time: what takes long (RE2, zlib, DuckDB) lets other threads work meanwhile.
THREADS = 2
BLOCK_BYTES = 4 << 20
WINDOW_BYTES = 8 << 10
# Longer than any written form of a CURP or RFC, so that one on a window's edge is seen whole.
MARGIN_BYTES = 64


def _shape(enye: str) -> str:
    """What every form that `find_personal_ids` knows has, as an RE2 pattern.

    Four letters at the start of a word, six digits, and then three characters after a plausible date (RFC) or
    letters (CURP); or the word RFC before four letters and six digits.
    """
    letters = rf"(?:[A-Za-z&]|{enye}){{4}}"
    gap = r"(?:[\s._/-]){0,2}"
    person = (
        rf"(?:^|[^0-9A-Za-z])(?i:(?:mx[-_]?)?(?:rfc|curp)[-_]?)?{letters}{gap}"
        rf"(?:\d{{2}}[01]\d[0-3]\d{gap}[0-9A-Za-z]{{3}}|\d{{6}}{gap}(?:[A-Za-z]|{enye}){{5}})"
    )
    labelled = rf"(?i:r\.?\s?f\.?\s?c).{{0,6}}{letters}[\s-]?\d{{6}}"
    return f"{person}|{labelled}"


# Over bytes Ñ is spelt out as UTF-8, over text it is a letter. Rows of tables that hold an escape are
# suspects, too.
_BYTES_SHAPE = _shape(r"\xC3[\x91\xB1]")
_TEXT_SHAPE = _shape("[Ññ]") + r"|\\u00[0-9a-fA-F]{2}|\\[nrtbf/]|%[0-9a-fA-F]{2}"
# JSON escapes and percent-encoding hide letters or put one where a word ends; read as what they stand for.
_ESCAPED = re.compile(rb"\\(?:u00([0-9a-fA-F]{2})|[nrtbf/])")
_PERCENT = re.compile(rb"%([0-9a-fA-F]{2})")
_TEXT_TYPES = ("VARCHAR", "JSON", "BLOB", "STRUCT", "MAP", "UNION", "VARIANT")


@dataclass(frozen=True)
class Leak:
    """Personal ids of one shape in one file: `path` in the release, `kind` (`curp` or `rfc_natural`),
    `masked` shape (never the value) and how often it stands there."""

    path: str
    kind: str
    masked: str
    count: int


class CleanFiles:
    """The files, by sha256, that this version of the scanner found clean."""

    def __init__(self, home: Home) -> None:
        self._path = home.lake / "leak-scans" / f"clean-{SCANNER_VERSION}.txt"
        listed = self._path.read_text(encoding="utf-8") if self._path.is_file() else ""
        self._known = set(listed.split())

    def __contains__(self, sha256: str) -> bool:
        return sha256 in self._known

    def add(self, hashes: Iterable[str]) -> None:
        """Remember more clean files."""
        new = set(hashes) - self._known
        if new:
            self._known |= new
            write_atomic(self._path, ("\n".join(sorted(self._known)) + "\n").encode())


def scan(files: Iterable[tuple[str, Path, str]], *, home: Home) -> tuple[Leak, ...]:
    """Search files given as (path in the release, where it stands, sha256); clean ones only once ever."""
    with scanner(home) as search:
        return search.scan(files)


@contextmanager
def scanner(home: Home) -> Iterator["Scanner"]:
    """A scanner for several calls of `scan`: a DuckDB of its own for each would take longer than a small source's files."""
    with parquet.connect(spill=None) as connection:
        yield Scanner(home, connection)


class Scanner:
    """Searches files, and remembers the clean ones after each call."""

    def __init__(self, home: Home, connection: duckdb.DuckDBPyConnection) -> None:
        self._clean = CleanFiles(home)
        self._db = connection

    def scan(self, files: Iterable[tuple[str, Path, str]]) -> tuple[Leak, ...]:
        """As `scan` of this module."""
        listed = list(files)
        with ThreadPoolExecutor(THREADS, thread_name_prefix="leaks") as threads:
            found = list(threads.map(self._leaks_of, listed))
        self._clean.add(sha256 for (_, _, sha256), leaks in zip(listed, found, strict=True) if not leaks)
        return tuple(chain.from_iterable(found))

    def _leaks_of(self, file: tuple[str, Path, str]) -> tuple[Leak, ...]:
        name, path, sha256 = file
        # A cursor is what DuckDB has for a thread.
        texts = iter(()) if sha256 in self._clean else _texts(path, self._db.cursor())
        return _leaks(name, texts)


def _texts(path: Path, connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """The parts of a file that may hold a personal id."""
    if path.suffix == ".parquet":
        return _parquet_texts(path, connection)
    if path.suffix == ".gz":
        return _suspects(_blocks(_gunzip(path)))
    if path.suffix in {".html", ".svg", ".xml"}:
        return _suspects([html.unescape(path.read_text(encoding="utf-8", errors="replace")).encode()])
    return _suspects(_blocks(_read(path)))


def _leaks(name: str, texts: Iterable[str]) -> tuple[Leak, ...]:
    """What stands in the texts of a file and in its name."""
    counted: Counter[tuple[str, str]] = Counter()
    for text in chain([name], texts):
        for found in find_personal_ids(text):
            counted[(found.kind, mask(text[found.start : found.end]))] += 1
    return tuple(
        Leak(path=name, kind=kind, masked=masked, count=count)
        for (kind, masked), count in sorted(counted.items())
    )


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(BLOCK_BYTES):
            yield chunk


def _gunzip(path: Path) -> Iterator[bytes]:
    """Decompressed chunks of bounded size, over all members of the file."""
    stream = zlib.decompressobj(wbits=31)
    for chunk in _read(path):
        data = chunk
        while data:
            yield stream.decompress(data, BLOCK_BYTES)
            data = stream.unconsumed_tail
            if stream.eof:
                data = stream.unused_data
                stream = zlib.decompressobj(wbits=31)
    yield stream.flush()


def _blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Regroup chunks so that none ends inside a word: they are cut after the last quote or line end."""
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        cut = max(data.rfind(b"\n"), data.rfind(b'"')) + 1
        if cut:
            yield data[:cut]
        rest = data[cut:]
    yield rest


def _suspects(blocks: Iterable[bytes]) -> Iterator[str]:
    """The parts of the blocks that hold something of the shape, as text."""
    for block in blocks:
        data = _decoded(block)
        starts = range(0, len(data), WINDOW_BYTES)
        windows = pa.array(
            [data[max(at - MARGIN_BYTES, 0) : at + WINDOW_BYTES + MARGIN_BYTES] for at in starts]
        )
        if not len(windows):
            continue
        hits = pc.match_substring_regex(windows.cast(pa.binary()), pattern=_BYTES_SHAPE).to_pylist()
        yield from (
            data[max(first - MARGIN_BYTES, 0) : last + MARGIN_BYTES].decode("utf-8", errors="replace")
            for first, last in _regions(starts, hits)
        )


def _regions(starts: range, hits: list[bool]) -> Iterator[tuple[int, int]]:
    """Neighbouring windows with a hit as one stretch, so that nothing is counted twice."""
    first: int | None = None
    for start, hit in zip(starts, hits, strict=True):
        if hit and first is None:
            first = start
        if not hit and first is not None:
            yield first, start
            first = None
    if first is not None:
        yield first, starts[-1] + WINDOW_BYTES


def _decoded(data: bytes) -> bytes:
    if b"\\" in data:
        data = _ESCAPED.sub(
            lambda match: b"  " if match[1] is None else chr(int(match[1], 16)).encode(), data
        )
    if b"%" in data:
        data = _PERCENT.sub(lambda match: bytes([int(match[1], 16)]), data)
    return data


def _parquet_texts(path: Path, connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Every value of the file that may hold one, and what its footer says."""
    told = pq.read_metadata(path)
    # Half the tables of a source have no rows, and then only a footer to be searched.
    if told.num_rows:
        relation = f"read_parquet({sql.text(str(path))}, hive_partitioning = false)"
        described = connection.execute(f"DESCRIBE FROM {relation}").fetchall()
        searched = [
            f"{sql.name(str(name))}::VARCHAR" for name, kind, *_ in described if _holds_text(str(kind))
        ]
    else:
        searched = []
    if searched:
        # A whole row at once, its values parted by what no personal id holds.
        rows = connection.execute(
            f"SELECT row FROM (SELECT concat_ws('|', {', '.join(searched)}) AS row FROM {relation}) "  # noqa: S608
            "WHERE regexp_matches(row, ?)",
            [_TEXT_SHAPE],
        ).fetchall()
        for (found,) in rows:
            yield _decoded(found.encode()).decode("utf-8", errors="replace")
    footer = told.schema.to_arrow_schema()
    yield " ".join(footer.names)
    for key, value in (footer.metadata or {}).items():
        yield f"{key!r} {value.decode('utf-8', errors='replace')}"


def _holds_text(column_type: str) -> bool:
    return column_type.startswith(_TEXT_TYPES) or column_type.endswith("]")
