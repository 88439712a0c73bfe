"""A body's bytes: decompression, encoding, and whether they are data at all.

Used on the same bytes by the protocols, to tell a good answer from an error page or a cut body, and by
`pipelines/landing/parsers.py`, to land it. Not here: which records stand in the body (`ocds_body.py`,
`pdn_body.py`, `csv_body.py`, `workbook_body.py`).
"""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

BodyFormat = Literal["json", "ndjson", "csv", "xlsx"]

# Decompressed size of one body, and how much larger than its compressed form it may be once it is not small.
MAX_BODY_BYTES = 1 << 30
MAX_RATIO = 200
RATIO_FROM_BYTES = 10 << 20
CHUNK_BYTES = 1 << 20
START_BYTES = 2048
GZIP_MAGIC = b"\x1f\x8b"
# What XLSX, XLSB, ODS and any other ZIP start with; and what XLS (and an encrypted XLSX) does: OLE2.
ZIP_MAGIC = b"PK\x03\x04"
OLE2_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The file that Excel keeps beside an open workbook (`~$…`): a length, the user's name filled up with blanks,
# the same again in UTF-16.
_LOCK_FILE_BYTES = 165
_LOCK_NAME_CHARS = 54
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HTML = re.compile(
    rb"(\xef\xbb\xbf)?\s*<(!doctype|html|head|body|meta|style|script|table|div|\?xml|!--)", re.IGNORECASE
)


class BodyFault(Exception):
    """The body as a whole is not what it should be; `reason` is Spanish, for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class Sniffed:
    """How the bytes are encoded. `is_cut`: the body ends in the middle of a character."""

    encoding: str
    is_cut: bool


class Lines:
    """The lines of a text, remembering the latest: whether the last one has its line end tells a cut file."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.latest = ""

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.latest = line
            yield line

    @property
    def is_ended(self) -> bool:
        """Whether the latest line has its line end."""
        return self.latest.endswith(("\n", "\r"))


@contextmanager
def open_body(path: Path) -> Iterator[BinaryIO]:
    """The body's bytes, decompressed when they start with gzip's signature, whatever the name says.

    Raises:
        BodyFault: the compressed stream is damaged or ends early.
    """
    with path.open("rb") as raw:
        zipped = raw.read(2) == GZIP_MAGIC
        raw.seek(0)
        if not zipped:
            yield raw
            return
        try:
            with gzip.GzipFile(fileobj=raw) as stream:
                yield io.BufferedReader(stream, CHUNK_BYTES)
        except EOFError:
            raise BodyFault("truncated", "el archivo comprimido (gzip) termina antes de su final") from None
        except (gzip.BadGzipFile, zlib.error):
            raise BodyFault("damaged_gzip", "el archivo comprimido (gzip) está dañado") from None


def is_empty_gzip(path: Path) -> bool:
    """Whether the body is a sound gzip of nothing."""
    with path.open("rb") as raw:
        if raw.read(2) != GZIP_MAGIC:
            return False
    with open_body(path) as stream:
        return stream.read(1) == b""


def sniff(path: Path, *, declared: str | None = None) -> Sniffed:
    """Find the encoding: BOM, strict UTF-8, the declared one, Windows-1252, Latin-1 (which decodes anything).

    Raises:
        BodyFault: empty body, HTML or a workbook in place of text, a decompression bomb, a damaged or cut
            gzip.
    """
    wire_bytes = path.stat().st_size
    start = _start_of_data(path)
    if start.startswith((ZIP_MAGIC, OLE2_MAGIC)):
        raise BodyFault("not_text", "llegó un libro de cálculo (o un ZIP) en lugar de texto")
    bom = next((name for mark, name in _BOMS if start.startswith(mark)), None)
    for encoding in dict.fromkeys((bom or "utf-8", declared or "cp1252", "cp1252")):
        sniffed = _try_encoding(path, encoding, wire_bytes)
        if sniffed is not None:
            return sniffed
    return Sniffed("latin-1", is_cut=False)


def require_workbook(path: Path) -> None:
    """Tell a workbook by its first bytes.

    Raises:
        BodyFault: empty body, a web page, a lock file, text, a damaged or cut gzip.
    """
    start = _start_of_data(path)
    if not start.startswith((ZIP_MAGIC, OLE2_MAGIC)):
        raise BodyFault("not_a_workbook", "el contenido no es un libro de cálculo (XLSX, XLS, XLSB u ODS)")


def _start_of_data(path: Path) -> bytes:
    """The first bytes of a body that may hold data."""
    with open_body(path) as stream:
        start = stream.read(START_BYTES)
    if not start.strip():
        raise BodyFault("empty_body", "la respuesta llegó vacía (sin datos)")
    if _HTML.match(start):
        # Also under the name of a spreadsheet: many portals call an HTML table `.xls`.
        raise BodyFault("not_data", "llegó una página web (HTML o XML) en lugar de datos")
    if _is_lock_file(start):
        raise BodyFault(
            "lock_file", "llegó el archivo temporal («~$…») que Excel crea al abrir un libro, no el libro"
        )
    return start


def _is_lock_file(start: bytes) -> bool:
    name_chars = start[0]
    filling = start[1 + name_chars : 1 + _LOCK_NAME_CHARS]
    return len(start) == _LOCK_FILE_BYTES and 0 < name_chars <= _LOCK_NAME_CHARS and not filling.strip(b" \0")


def _try_encoding(path: Path, encoding: str, wire_bytes: int) -> Sniffed | None:
    """Decode the whole body, keeping nothing; None when it isn't of that encoding."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    total = 0
    plain = True
    with open_body(path) as stream:
        try:
            while chunk := stream.read(CHUNK_BYTES):
                total += len(chunk)
                if total > MAX_BODY_BYTES or (total > RATIO_FROM_BYTES and total > wire_bytes * MAX_RATIO):
                    raise BodyFault("bomb", f"el archivo comprimido crece a más de {total:,} bytes")
                plain = decoder.decode(chunk).isascii() and plain
        except UnicodeError:
            return None
    try:
        decoder.decode(b"", True)
    except UnicodeError:
        # Half a character at the very end: a cut body, if whole ones came before it.
        return None if plain else Sniffed(encoding, is_cut=True)
    return Sniffed(encoding, is_cut=False)


def read_text(path: Path, sniffed: Sniffed) -> str:
    """The whole body as text (for JSON).

    Raises:
        BodyFault: it ends in the middle of a character.
    """
    if sniffed.is_cut:
        raise BodyFault("truncated", "la respuesta termina a la mitad de un carácter")
    with open_body(path) as stream:
        return stream.read().decode(sniffed.encoding)


@contextmanager
def open_text(path: Path, sniffed: Sniffed, *, newline: Literal["", "\n"]) -> Iterator[Lines]:
    """The body as lines of text; line ends are kept.

    `newline` "": any kind ends a line, as the csv module asks. Half a character at a cut end is left out;
    nothing else can be undecodable in a sniffed body.
    """
    with open_body(path) as stream:
        errors = "ignore" if sniffed.is_cut else "strict"
        reader = io.TextIOWrapper(stream, encoding=sniffed.encoding, errors=errors, newline=newline)
        yield Lines(reader)
        reader.detach()
