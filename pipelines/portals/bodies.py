"""What a body is and which records stand in it: decompression, encoding, JSON/NDJSON/CSV as items.

Used twice on the same bytes: by the protocols, to tell a good answer from an error page or a truncated body and to
count it, and by `pipelines/landing/parsers.py`, to land it; so both always see the same items. Not here: which
fields a record should have (JSON Schema, dbt staging).

**Numbers and text stay as published.** A JSON record is the slice of the body's own text that holds it, never a
re-serialization: no integer passes through 64 bits, no decimal through a float. The structure above the records
(packages, pages) is walked token by token; each record is decoded once by Python's C scanner, only to check it and to
compute the canonical hash that finds duplicates. One malformed record costs itself (its end is found by matching
brackets outside strings); a body that stops before its end, or whose structure can't be followed, is refused whole,
because nobody could say how much is missing.
"""

import codecs
import csv
import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from json import JSONDecodeError
from json.decoder import scanstring
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal, NoReturn

import orjson

BodyFormat = Literal["json", "ndjson", "csv"]

# Deeper or larger records exist in no standard published here and break readers further down (DuckDB refuses
# 128 levels); reliability.md, fault 34.
MAX_DEPTH = 64
MAX_RECORD_CHARS = 16 << 20
# Decompressed size of one body, and how much larger than its compressed form it may be once it is not small.
MAX_BODY_BYTES = 1 << 30
MAX_RATIO = 200
RATIO_FROM_BYTES = 10 << 20
CHUNK_BYTES = 1 << 20
# A float of more digits than this may differ from its neighbour in the text only.
EXACT_FLOAT_CHARS = 17

# Enough of a large broken thing to recognize it.
EXCERPT_CHARS = 200
GZIP_MAGIC = b"\x1f\x8b"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HTML = re.compile(rb"^\s*(<!doctype|<html|<head|<body|<\?xml|<!--)", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\n\r]*")
_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.)*+"|["\[\]{}]', re.DOTALL)


class BodyFault(Exception):
    """The body as a whole is not what it should be; `reason` is Spanish, for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one item can't be used (`code` is stable, `reason` is Spanish)."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Item:
    """One record of a body, or the place where one should be (then `problem` says why it isn't).

    `text`: the JSON text as published (the broken text for a problem). `sha256`: of the canonical JSON (sorted
    keys, no spaces, numbers exact). `identity`: what names the record in its collection, when it has a name.
    """

    collection: str
    position: str
    text: str
    sha256: str | None
    identity: str | None
    package: str | None
    problem: Problem | None


@dataclass(frozen=True)
class Sniffed:
    """How the bytes are encoded, and how many there are after decompression."""

    encoding: str
    bytes: int


# ── bytes ────────────────────────────────────────────────────────────────────────────────────────────────────────


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
                yield io.BufferedReader(stream, CHUNK_BYTES)  # type: ignore[arg-type]
        except EOFError:
            raise BodyFault("truncated", "el archivo comprimido (gzip) termina antes de su final") from None
        except (gzip.BadGzipFile, zlib.error):
            raise BodyFault("damaged_gzip", "el archivo comprimido (gzip) está dañado") from None


def sniff(path: Path, *, declared: str | None = None) -> Sniffed:
    """Find the encoding: BOM, strict UTF-8, the declared one, Windows-1252, Latin-1 (which decodes anything).

    Raises:
        BodyFault: empty body, HTML in place of data, a decompression bomb, a damaged or cut gzip.
    """
    wire_bytes = path.stat().st_size
    with open_body(path) as stream:
        start = stream.read(2048)
    if not start.strip():
        raise BodyFault("empty_body", "la respuesta llegó vacía (0 bytes de datos)")
    if _HTML.match(start):
        raise BodyFault("not_data", "llegó una página web (HTML o XML) en lugar de datos")
    bom = next((name for mark, name in _BOMS if start.startswith(mark)), None)
    total = 0
    for encoding in dict.fromkeys((bom or "utf-8", declared or "cp1252", "cp1252", "latin-1")):
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        total = 0
        try:
            with open_body(path) as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    total += len(chunk)
                    if total > MAX_BODY_BYTES or (
                        total > RATIO_FROM_BYTES and total > wire_bytes * MAX_RATIO
                    ):
                        raise BodyFault("bomb", f"el archivo comprimido crece a más de {total:,} bytes")
                    decoder.decode(chunk)
                decoder.decode(b"", True)
        except UnicodeError:
            continue
        break
    return Sniffed(encoding, total)


def read_text(path: Path, encoding: str) -> str:
    """The whole body as text (for JSON: at most `MAX_BODY_BYTES`)."""
    with open_body(path) as stream:
        return stream.read().decode(encoding)


@contextmanager
def open_text(path: Path, encoding: str, *, newline: Literal["", "\n"]) -> Iterator[IO[str]]:
    """The body as lines of text; line ends are kept (`newline` "": any kind ends a line, as the csv module asks)."""
    with open_body(path) as stream:
        reader = io.TextIOWrapper(stream, encoding=encoding, newline=newline)
        yield reader
        reader.detach()


# ── one JSON value ───────────────────────────────────────────────────────────────────────────────────────────────


class _Refused(Exception):
    """A value that is JSON by syntax but can't be carried: raised from inside the C scanner."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class _Broken(Exception):
    """The text can't be followed further; `truncated` when it simply ends."""

    def __init__(self, at: int, *, truncated: bool) -> None:
        super().__init__(at)
        self.at = at
        self.truncated = truncated


def _unique_members(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        names = [name for name, _ in members]
        repeated = next(name for name in names if names.count(name) > 1)
        reason = f"el objeto repite la clave «{repeated[:60]}»: no se sabe cuál valor vale"
        raise _Refused(Problem("duplicate_key", reason))
    return found


def _no_constant(name: str) -> NoReturn:
    raise _Refused(Problem("not_a_number", f"contiene {name}, que no es un número de JSON"))


def _number(text: str) -> float | Decimal:
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise _Refused(Problem("number_out_of_range", "contiene un número fuera de rango (más de 1e308)"))
    return value if len(text) <= EXACT_FLOAT_CHARS else Decimal(text)


_STRICT = json.JSONDecoder(
    object_pairs_hook=_unique_members, parse_constant=_no_constant, parse_float=_number
).scan_once
# Only finds where a value ends: any number will do.
_LENIENT = json.JSONDecoder(parse_int=str, parse_float=str).scan_once
_TOO_DEEP = Problem("too_deep", f"el objeto está anidado a más de {MAX_DEPTH} niveles")


@dataclass(frozen=True, slots=True)
class _Checked:
    """One decoded value and where it ended."""

    end: int
    sha256: str | None
    identity: str | None
    problem: Problem | None


Identify = Callable[[dict[str, Any]], str | None]


def _check(text: str, at: int, identify: Identify) -> _Checked:
    """Decode the record that starts at `at`, check it and hash it.

    Raises:
        _Broken: not even its end can be found.
    """
    try:
        value, end = _STRICT(text, at)
    except _Refused as refusal:
        return _Checked(_value_end(text, at), None, None, refusal.problem)
    except RecursionError:
        return _Checked(_matching_end(text, at), None, None, _TOO_DEEP)
    except JSONDecodeError as error:
        reason = f"el JSON está mal escrito cerca del carácter {error.pos - at + 1} del registro"
        return _Checked(_matching_end(text, at), None, None, Problem("malformed_json", reason))
    except StopIteration:
        raise _Broken(at, truncated=at >= len(text)) from None
    except ValueError:
        # Python refuses to convert integers of more than 4,300 digits.
        problem = Problem("number_out_of_range", "contiene un entero de miles de cifras")
        return _Checked(_matching_end(text, at), None, None, problem)
    if type(value) is not dict:
        return _Checked(end, None, None, Problem("not_an_object", "se esperaba un objeto JSON ({…})"))
    if end - at > MAX_RECORD_CHARS:
        problem = Problem(
            "too_large", f"el registro ocupa {end - at:,} caracteres (máximo {MAX_RECORD_CHARS:,})"
        )
        return _Checked(end, None, None, problem)
    if _is_deep(value):
        return _Checked(end, None, None, _TOO_DEEP)
    try:
        sha256 = hashlib.sha256(canonical(value)).hexdigest()
    except UnicodeEncodeError:
        problem = Problem("lone_surrogate", "contiene medio carácter Unicode (\\uD800-\\uDFFF sin pareja)")
        return _Checked(end, None, None, problem)
    return _Checked(end, sha256, identify(value), None)


def canonical(value: dict[str, Any]) -> bytes:
    """Canonical JSON: sorted keys, no spaces; numbers beyond 64 bits or a double's digits keep all of theirs.

    Raises:
        UnicodeEncodeError: a string holds a lone surrogate.
    """
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # orjson knows no integer beyond 64 bits, and says the same of surrogates.
        text = json.dumps(value, default=str, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return text.encode()


def _is_deep(value: dict[str, Any]) -> bool:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return False
    return True


def _value_end(text: str, at: int) -> int:
    """Where the value that starts at `at` ends, whatever it holds."""
    try:
        end: int = _LENIENT(text, at)[1]
    except StopIteration:
        raise _Broken(at, truncated=at >= len(text)) from None
    except (JSONDecodeError, RecursionError):
        return _matching_end(text, at)
    return end


def _matching_end(text: str, at: int) -> int:
    """The end of a damaged object or list, by matching brackets outside strings."""
    depth = 0
    if text[at] not in "{[":
        raise _Broken(at, truncated=False)
    for found in _BRACKETS.finditer(text, at):
        mark = found.group()
        if mark in {"{", "["}:
            depth += 1
        elif mark in {"}", "]"}:
            depth -= 1
            if depth == 0:
                return found.end()
        elif mark == '"':
            break  # a string without its end
    raise _Broken(len(text), truncated=True)


# ── JSON structure above the records ─────────────────────────────────────────────────────────────────────────────


class _Cursor:
    """A place in a JSON text; whoever consumes a value moves `at` behind it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.skip()

    def skip(self) -> None:
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]

    @property
    def mark(self) -> str:
        return self.text[self.at : self.at + 1]

    def broken(self) -> _Broken:
        return _Broken(self.at, truncated=self.at >= len(self.text))

    def step(self, mark: str) -> None:
        if self.mark != mark:
            raise self.broken()
        self.at += 1
        self.skip()

    def elements(self) -> Iterator[int]:
        """Indexes of a list's elements, `at` standing on each."""
        self.step("[")
        index = 0
        while self.mark != "]" or index:
            yield index
            self.skip()
            if self.mark == "]":
                break
            self.step(",")
            index += 1
        self.at += 1

    def members(self) -> Iterator[tuple[str, int]]:
        """Keys of an object (and where each key starts), `at` standing on its value."""
        self.step("{")
        first = True
        while self.mark != "}" or not first:
            start = self.at
            if self.mark != '"':
                raise self.broken()
            try:
                key, self.at = scanstring(self.text, self.at + 1, True)
            except JSONDecodeError:
                raise _Broken(self.at, truncated='"' not in self.text[self.at + 1 :]) from None
            self.skip()
            self.step(":")
            yield key, start
            self.skip()
            first = False
            if self.mark == "}":
                break
            self.step(",")
        self.at += 1

    def skip_value(self) -> None:
        self.at = _value_end(self.text, self.at)

    def end_of_text(self) -> None:
        self.skip()
        if self.at != len(self.text):
            raise _Broken(self.at, truncated=False)


def _fault(broken: _Broken) -> BodyFault:
    if broken.truncated:
        return BodyFault("truncated", f"el JSON termina antes de cerrarse (carácter {broken.at + 1:,})")
    return BodyFault("not_json", f"el contenido no es JSON válido a partir del carácter {broken.at + 1:,}")


# ── OCDS packages ────────────────────────────────────────────────────────────────────────────────────────────────


def _release_identity(value: dict[str, Any]) -> str | None:
    ocid, release_id = value.get("ocid"), value.get("id")
    return None if ocid is None or release_id is None else f"{ocid}\n{release_id}"


def _record_identity(value: dict[str, Any]) -> str | None:
    ocid = value.get("ocid")
    return None if ocid is None else str(ocid)


_IDENTITIES: dict[str, Identify] = {"releases": _release_identity, "records": _record_identity}


@dataclass(slots=True)
class _Package:
    """One object that should be a package: its members, and its releases or records once checked."""

    start: int
    end: int
    members: list[tuple[str, int, int]]
    children: list[tuple[str, int, int, _Checked]]
    not_a_list: str | None

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in self.members]


def _read_package(cursor: _Cursor) -> _Package:
    package = _Package(cursor.at, cursor.at, [], [], None)
    for key, start in cursor.members():
        if key not in _IDENTITIES or cursor.mark != "[":
            if key in _IDENTITIES and not cursor.text.startswith("null", cursor.at):
                package.not_a_list = key
            cursor.skip_value()
        else:
            for index in cursor.elements():
                at = cursor.at
                checked = _check(cursor.text, at, _IDENTITIES[key])
                cursor.at = checked.end
                package.children.append((key, index, at, checked))
        package.members.append((key, start, cursor.at))
    package.end = cursor.at
    return package


def _package_items(text: str, package: _Package, prefix: str) -> Iterator[Item]:
    names = package.names
    whole = text[package.start : package.end]

    def refuse(collection: str, code: str, reason: str) -> Item:
        return Item(collection, prefix or "/", whole, None, None, None, Problem(code, reason))

    collection = "records" if "records" in names else "releases"
    if len(set(names)) != len(names):
        yield refuse(collection, "duplicate_key", "el paquete repite una clave: no se sabe cuál valor vale")
    elif "ocid" in names and "records" not in names:
        # A release or a record that stands alone, without a package around it.
        collection = "records" if {"releases", "compiledRelease"} & set(names) else "releases"
        checked = _check(text, package.start, _IDENTITIES[collection])
        position = prefix or "/"
        yield Item(collection, position, whole, checked.sha256, checked.identity, None, checked.problem)
    elif not {"releases", "records"} & set(names):
        yield refuse(collection, "no_releases", "el paquete no trae «releases» ni «records»")
    elif package.not_a_list is not None:
        yield refuse(collection, "not_a_list", f"«{package.not_a_list}» debía ser una lista")
    else:
        metadata, problem = _metadata(text, package)
        if problem is not None:
            yield Item(collection, prefix or "/", whole[:EXCERPT_CHARS], None, None, None, problem)
        for key, index, at, checked in package.children:
            position = f"{prefix}/{key}/{index}"
            slice_ = text[at : checked.end]
            yield Item(key, position, slice_, checked.sha256, checked.identity, metadata, checked.problem)


def _metadata(text: str, package: _Package) -> tuple[str | None, Problem | None]:
    """The package without its releases and records, as text."""
    kept = ",".join(text[start:end] for name, start, end in package.members if name not in _IDENTITIES)
    metadata = f"{{{kept}}}"
    problem = _check(metadata, 0, _record_identity).problem
    if problem is None:
        return metadata, None
    return None, Problem("package_metadata", f"los datos del paquete no sirven ({problem.reason})")


def _package_or_problem(cursor: _Cursor, prefix: str) -> Iterator[Item]:
    """One package of a list: when it is damaged, it alone is lost."""
    start = cursor.at
    problem: Problem | None = None
    package: _Package | None = None
    if cursor.mark == "{":
        try:
            package = _read_package(cursor)
        except _Broken:
            cursor.at = _matching_end(cursor.text, start)
            problem = Problem("malformed_json", "el paquete está mal escrito (no es JSON válido)")
    else:
        cursor.skip_value()
        problem = Problem("not_an_object", "se esperaba un paquete ({…})")
    if package is None:
        yield Item("releases", prefix, cursor.text[start : cursor.at], None, None, None, problem)
    else:
        yield from _package_items(cursor.text, package, prefix)


def ocds_items(text: str) -> Iterator[Item]:
    """Releases and records of one JSON body: a package, a list of packages, or EDCAPI's `arrayReleasePackage`.

    Raises:
        BodyFault: truncated, not JSON, or none of these shapes.
    """
    try:
        yield from _ocds_items(text)
    except _Broken as broken:
        raise _fault(broken) from None


def _ocds_items(text: str) -> Iterator[Item]:
    cursor = _Cursor(text)
    if cursor.mark == "[":
        for index in cursor.elements():
            yield from _package_or_problem(cursor, f"/{index}")
        cursor.end_of_text()
        return
    if cursor.mark != "{":
        raise cursor.broken()
    if not _has_member(text, "arrayReleasePackage"):
        package = _read_package(cursor)
        cursor.end_of_text()
        names = set(package.names)
        if not names & {"ocid", "releases", "records"}:
            raise _wrong_shape(text, names, "un paquete OCDS con «releases» o «records»")
        yield from _package_items(text, package, "")
        return
    for key, _ in cursor.members():
        if key != "arrayReleasePackage" or cursor.mark != "[":
            if key == "arrayReleasePackage" and not text.startswith("null", cursor.at):
                raise BodyFault("wrong_shape", "«arrayReleasePackage» debía ser una lista de paquetes")
            cursor.skip_value()
        else:
            for index in cursor.elements():
                yield from _package_or_problem(cursor, f"/arrayReleasePackage/{index}")
    cursor.end_of_text()


def _has_member(text: str, name: str) -> bool:
    """Whether the outermost object has that key; a plain search spares a second walk where it can't."""
    if f'"{name}"' not in text:
        return False
    cursor = _Cursor(text)
    for key, _ in cursor.members():
        if key == name:
            return True
        cursor.skip_value()
    return False


def _wrong_shape(text: str, names: set[str], expected: str) -> BodyFault:
    message = json_message(text)
    said = f"; el portal dice «{message}»" if message else ""
    shown = ", ".join(sorted(name[:40] for name in names)[:8]) or "ninguna"
    return BodyFault("wrong_shape", f"se esperaba {expected}; llegaron las claves: {shown}{said}")


def json_message(text: str) -> str | None:
    """The `message` of a small JSON error answer, shortened; None when the text is no such thing."""
    if len(text) > 1 << 16:
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    message = document.get("message") if isinstance(document, dict) else None
    return " ".join(message.split())[:200] if isinstance(message, str) else None


def ocds_lines(lines: Iterator[str]) -> Iterator[Item]:
    """Releases and records of newline-delimited packages; a damaged line costs itself.

    Raises:
        BodyFault: not one line holds a package.
    """
    good = False
    bad = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"línea {number}"
        try:
            items = list(_line_items(line))
        except _Broken as broken:
            code = "truncated_line" if broken.truncated else "malformed_json"
            reason = (
                "la línea termina antes de cerrar el JSON"
                if broken.truncated
                else "la línea no es JSON válido"
            )
            items = [Item("releases", "", line.rstrip("\r\n"), None, None, None, Problem(code, reason))]
            bad += 1
        else:
            good = True
        for item in items:
            position = f"{where}: {item.position}" if item.position not in {"", "/"} else where
            yield Item(
                item.collection, position, item.text, item.sha256, item.identity, item.package, item.problem
            )
    if bad and not good:
        raise BodyFault("not_json", f"ninguna de las {bad:,} líneas es JSON válido")


def _line_items(line: str) -> Iterator[Item]:
    cursor = _Cursor(line)
    if cursor.mark != "{":
        cursor.skip_value()
        cursor.end_of_text()
        problem = Problem("not_an_object", "se esperaba un paquete ({…})")
        yield Item("releases", "", line.strip(), None, None, None, problem)
        return
    package = _read_package(cursor)
    cursor.end_of_text()
    yield from _package_items(line, package, "")


# ── PDN v1 ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class PdnPage:
    """One page of a PDN v1 answer. `rows_digest`: sha256 of the results alone, to recognize a repeated page."""

    pagination: dict[str, Any]
    items: tuple[Item, ...]
    rows_digest: str


def pdn_identity(value: dict[str, Any]) -> str | None:
    """`id`, else `_id.$oid`, else `_id` (pdn.md §2.8, 7)."""
    found = value.get("id")
    if found is None:
        found = value.get("_id")
    if isinstance(found, dict):
        found = found.get("$oid")
    return None if found is None else str(found)


def pdn_items(text: str, collection: str) -> Iterator[Item]:
    """The records of a PDN v1 body: `{pagination, results: […]}`, or a plain list.

    Raises:
        BodyFault: truncated, not JSON, or neither shape.
    """
    try:
        cursor = _Cursor(text)
        if cursor.mark == "[":
            yield from _pdn_elements(cursor, collection, "")
            cursor.end_of_text()
            return
        if cursor.mark != "{":
            raise cursor.broken()
        names: set[str] = set()
        for key, _ in cursor.members():
            if key == "results" and cursor.mark == "[":
                names.add(key)
                yield from _pdn_elements(cursor, collection, "/results")
            else:
                names.add(key if key != "results" else "results (no es lista)")
                cursor.skip_value()
        cursor.end_of_text()
    except _Broken as broken:
        raise _fault(broken) from None
    if "results" not in names:
        raise _wrong_shape(text, names, "{pagination, results: […]}")


def _pdn_elements(cursor: _Cursor, collection: str, prefix: str) -> Iterator[Item]:
    for index in cursor.elements():
        at = cursor.at
        checked = _check(cursor.text, at, pdn_identity)
        cursor.at = checked.end
        slice_ = cursor.text[at : checked.end]
        position = f"{prefix}/{index}"
        yield Item(collection, position, slice_, checked.sha256, checked.identity, None, checked.problem)


def pdn_page(text: str, collection: str) -> PdnPage:
    """Read one page of the API, its pagination included.

    Raises:
        BodyFault: as `pdn_items`, or without a usable `pagination`.
    """
    items = tuple(pdn_items(text, collection))
    pagination: Any = None
    cursor = _Cursor(text)
    if cursor.mark == "{":
        for key, _ in cursor.members():
            start = cursor.at
            cursor.skip_value()
            if key == "pagination":
                pagination = json.loads(text[start : cursor.at])
    if not isinstance(pagination, dict):
        raise BodyFault("wrong_shape", "la respuesta no trae «pagination»")
    digest = hashlib.sha256()
    for item in items:
        digest.update(item.text.encode("utf-8", "surrogatepass") + b"\n")
    return PdnPage(pagination, items, digest.hexdigest())


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def csv_columns(cells: list[str]) -> list[str]:
    """Unique names for a header: a blank one is `columna N`, a repeated one gets ` (2)`, ` (3)` …"""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        base = " ".join(cell.split()) or f"columna {number}"
        name, copy = base, 1
        while name in names:
            copy += 1
            name = f"{base} ({copy})"
        names.append(name)
    return names


class CsvBody:
    """The rows of a CSV body; `columns` is known once iteration has passed the header."""

    def __init__(self, lines: Iterator[str], *, delimiter: str, collection: str) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._collection = collection
        self.columns: list[str] = []

    def items(self) -> Iterator[Item]:
        """One item a row: a JSON object header → text, position `fila N` (line of the file; the header is 1).

        Raises:
            BodyFault: no header.
        """
        # The reader's own limit (128 KiB a cell) is below what multi-line descriptions reach.
        csv.field_size_limit(MAX_RECORD_CHARS)
        reader = csv.reader(self._lines, delimiter=self._delimiter)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                yield self._refuse(line, [], "malformed_csv", f"la fila no se puede leer como CSV ({error})")
                continue
            if not cells:
                continue
            if not self.columns:
                self.columns = csv_columns(cells)
                continue
            yield self._row(line, cells)
        if not self.columns:
            raise BodyFault("wrong_shape", "el archivo no tiene encabezado")

    def _row(self, line: int, cells: list[str]) -> Item:
        if len(cells) != len(self.columns):
            reason = f"la fila tiene {len(cells)} campos y el encabezado {len(self.columns)}"
            return self._refuse(line, cells, "ragged_row", reason)
        record = orjson.dumps(dict(zip(self.columns, cells, strict=True)))
        if len(record) > MAX_RECORD_CHARS:
            return self._refuse(line, cells, "too_large", f"la fila ocupa {len(record):,} bytes")
        # Two files of one source may have the same columns in another order.
        sha256 = hashlib.sha256(canonical(orjson.loads(record))).hexdigest()
        return Item(self._collection, f"fila {line}", record.decode(), sha256, None, None, None)

    def _refuse(self, line: int, cells: list[str], code: str, reason: str) -> Item:
        text = self._delimiter.join(cells)
        return Item(self._collection, f"fila {line}", text, None, None, None, Problem(code, reason))
