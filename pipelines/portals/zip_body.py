"""The JSON files in a zip: found, guarded and read as a stream. Nothing is unpacked to disk, no name is used as a path.

A member is an array of records (or an object that holds one), read window by window: what is in memory is a few
records, whatever the member's size. What is wrong with a member – a damaged or encrypted stream, a bomb, a path
that leads out of the archive, text that is no JSON – is wrong with it alone. Not here: how the zip came
(`pdn_bulk.py`), what a record is (`pdn_body.py`, `ocds_body.py`).
"""

import codecs
import functools
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.portals.bodies import MAX_RATIO, RATIO_FROM_BYTES, ZIP_MAGIC, BodyFault, sniff
from pipelines.portals.items import Item, Problem
from pipelines.portals.json_text import Broken, check, structure_fault, value_end
from pipelines.portals.ocds_body import ocds_items
from pipelines.portals.pdn_body import pdn_identity, pdn_items

# S1's zip of 2025 holds 16,070.
MAX_MEMBERS = 200_000
MAX_MEMBER_BYTES = 8 << 30
# An object isn't read window by window; nor is a record that doesn't fit any.
MAX_WINDOW_CHARS = 256 << 20
CHUNK_BYTES = 1 << 20
# PDN's own are UTF-8; the last one decodes anything.
ENCODINGS = ("utf-8-sig", "cp1252", "latin-1")
MEMBER_SUFFIX = ".json"
_ENCRYPTED = 0x1
_SPACE = re.compile(r"[ \t\n\r]*")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Member:
    """One JSON file of a zip. `index`: its place in the directory (names may repeat). `bytes`: compressed. `problem`:
    why it isn't opened at all."""

    index: int
    name: str
    bytes: int
    problem: BodyFault | None


@dataclass(frozen=True)
class Listing:
    """What a zip holds: its JSON files, in order, and how many others."""

    members: tuple[Member, ...]
    others: int


@dataclass(frozen=True)
class Counted:
    """A member read to its end: its items, and the encoding that fits. `fault`: why it can't be read; it counts as
    one item then."""

    items: int
    encoding: str
    fault: BodyFault | None


def list_members(path: Path) -> Listing:
    """The JSON files of a zip.

    Raises:
        BodyFault: no zip, a cut one, one of too many files, or one whose files overlap; or without JSON files.
    """
    try:
        infos = _archive(str(path)).infolist()
    except (zipfile.BadZipFile, ValueError):
        with path.open("rb") as stream:
            is_zip = stream.read(len(ZIP_MAGIC)) == ZIP_MAGIC
        if not is_zip:
            # A web page says more of itself than that it is no zip.
            sniff(path)
        raise BodyFault("not_a_zip", "el contenido no es un ZIP, o está cortado o dañado") from None
    if len(infos) > MAX_MEMBERS:
        raise BodyFault("bomb", f"el ZIP trae {len(infos):,} archivos (máximo {MAX_MEMBERS:,})")
    if sum(info.compress_size for info in infos) > path.stat().st_size:
        raise BodyFault("bomb", "los archivos del ZIP se enciman: juntos ocupan más que él")
    found = []
    others = 0
    for index, info in enumerate(infos):
        if info.is_dir():
            continue
        if info.filename.lower().endswith(MEMBER_SUFFIX):
            found.append(Member(index, shown_name(info.filename), info.compress_size, _problem(info)))
        else:
            others += 1
    if not found:
        raise BodyFault("no_members", f"el ZIP no trae archivos JSON ({others:,} de otra clase)")
    return Listing(tuple(found), others)


def shown_name(name: str) -> str:
    """A member's name as messages and positions may hold it."""
    return _UNSAFE.sub("�", name)[-120:]


def count_member(path: Path, member: Member, *, family: str, collection: str) -> Counted:
    """Read a member to its end and count. A failure counts as one item, whatever came before it."""
    if member.problem is not None:
        return Counted(1, ENCODINGS[0], member.problem)
    for encoding in ENCODINGS:
        try:
            items = sum(
                1 for _ in _read(path, member.index, encoding=encoding, family=family, collection=collection)
            )
        except UnicodeDecodeError:
            continue
        except BodyFault as fault:
            return Counted(1, encoding, fault)
        return Counted(items, encoding, None)
    raise AssertionError("the last encoding decodes anything")


def member_items(path: Path, options: dict[str, Any], *, family: str, collection: str) -> Iterator[Item]:
    """The items of a member as it was counted; `options` are those of its page (`page_options`)."""
    name, fault = options["name"], options.get("fault")
    if fault is not None:
        yield Item(collection, name, "", None, None, None, Problem(*fault))
        return
    read = _read(path, options["member"], encoding=options["encoding"], family=family, collection=collection)
    for item in read:
        position = f"{name}: {item.position}"
        yield Item(
            item.collection, position, item.text, item.sha256, item.identity, item.package, item.problem
        )


def page_options(member: Member, counted: Counted) -> dict[str, Any]:
    """How a member is found and read again."""
    options: dict[str, Any] = {"member": member.index, "name": member.name, "encoding": counted.encoding}
    if counted.fault is not None:
        options["fault"] = [counted.fault.code, counted.fault.reason]
    return options


@functools.lru_cache(maxsize=2)
def _archive(path: str) -> zipfile.ZipFile:
    """An opened zip: its directory of thousands of members is read once, not once for each. Archived objects never
    change."""
    return zipfile.ZipFile(path)


def _problem(info: zipfile.ZipInfo) -> BodyFault | None:
    """Why a member isn't opened."""
    parts = re.split(r"[/\\]", info.filename)
    if ".." in parts or parts[0] == "" or ":" in parts[0] or _UNSAFE.search(info.filename):
        return BodyFault("unsafe_path", "la ruta del archivo dentro del ZIP sale de él")
    if stat.S_ISLNK(info.external_attr >> 16):
        return BodyFault("unsafe_path", "el archivo dentro del ZIP es un enlace")
    if info.flag_bits & _ENCRYPTED:
        return BodyFault("encrypted", "el archivo dentro del ZIP está protegido con contraseña")
    return None


def _chunks(path: Path, index: int) -> Iterator[bytes]:
    """The bytes of a member.

    Raises:
        BodyFault: damaged, cut, of an unknown compression, or a bomb.
    """
    archive = _archive(str(path))
    info = archive.infolist()[index]
    size = 0
    try:
        with archive.open(info) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                size += len(chunk)
                if size > MAX_MEMBER_BYTES or (
                    size > RATIO_FROM_BYTES and size > info.compress_size * MAX_RATIO
                ):
                    raise BodyFault("bomb", f"el archivo dentro del ZIP crece a más de {size:,} bytes")
                yield chunk
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError):
        raise BodyFault("damaged_member", "el archivo dentro del ZIP está dañado o incompleto") from None
    except NotImplementedError:
        raise BodyFault("damaged_member", "el ZIP usa una compresión desconocida") from None


# The items at a place of a text, and where what they were read from ends.
_Take = Callable[[str, int, str, int], tuple[list[Item], int]]


def _read(path: Path, index: int, *, encoding: str, family: str, collection: str) -> Iterator[Item]:
    is_ocds = family == "ocds_packages"
    window = _Window(_chunks(path, index), encoding)
    window.skip()
    if window.mark == "{":
        text = window.whole()
        yield from ocds_items(text) if is_ocds else pdn_items(text, collection)
        return
    try:
        yield from window.elements(_take_ocds if is_ocds else _take_record, collection)
    except Broken as broken:
        raise structure_fault(Broken(window.passed + broken.at, truncated=broken.truncated)) from None


def _take_record(text: str, at: int, collection: str, index: int) -> tuple[list[Item], int]:
    checked = check(text, at, pdn_identity)
    record = text[at : checked.end]
    item = Item(collection, f"/{index}", record, checked.sha256, checked.identity, None, checked.problem)
    return [item], checked.end


def _take_ocds(text: str, at: int, collection: str, index: int) -> tuple[list[Item], int]:
    """The releases and records of one element: a package, a release, an envelope of S6."""
    end = value_end(text, at)
    element = text[at:end]
    try:
        found = list(ocds_items(element))
    except BodyFault as fault:
        return [
            Item(collection, f"/{index}", element, None, None, None, Problem(fault.code, fault.reason))
        ], end
    placed = [Item(each.collection, f"/{index}{each.position.rstrip('/')}", *_rest(each)) for each in found]
    return placed, end


def _rest(item: Item) -> tuple[str, str | None, str | None, str | None, Problem | None]:
    return item.text, item.sha256, item.identity, item.package, item.problem


class _Window:
    """A moving part of a text. `at`: where it is read; `passed`: characters let go before it."""

    def __init__(self, chunks: Iterator[bytes], encoding: str) -> None:
        self.at = 0
        self.passed = 0
        self._text = ""
        self._chunks = chunks
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._is_ended = False

    @property
    def mark(self) -> str:
        return self._text[self.at : self.at + 1]

    def more(self) -> bool:
        """Take in as much again as there is, and let go what was read; False when the text has ended."""
        if self._is_ended:
            return False
        self.passed += self.at
        kept = self._text[self.at :]
        if len(kept) > MAX_WINDOW_CHARS:
            raise BodyFault(
                "too_large", f"un registro del archivo ocupa más de {MAX_WINDOW_CHARS:,} caracteres"
            )
        gathered = [kept]
        wanted = max(CHUNK_BYTES, len(kept))
        while wanted > 0 and not self._is_ended:
            chunk = next(self._chunks, b"")
            self._is_ended = not chunk
            gathered.append(self._decoder.decode(chunk, self._is_ended))
            wanted -= len(chunk)
        self._text = "".join(gathered)
        self.at = 0
        return True

    def skip(self) -> None:
        """Pass over blanks."""
        while True:
            self.at = _SPACE.match(self._text, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self._text) or not self.more():
                return

    def whole(self) -> str:
        """The rest of the text at once."""
        while self.more():
            continue
        return self._text[self.at :]

    def elements(self, take: _Take, collection: str) -> Iterator[Item]:
        """The items of the array that starts here.

        Raises:
            Broken: it can't be followed.
        """
        self._step("[")
        index = 0
        while self.mark != "]" or index:
            yield from self._element(take, collection, index)
            self.skip()
            if self.mark == "]":
                break
            self._step(",")
            index += 1
        self.at += 1
        self.skip()
        if self.mark:
            raise Broken(self.at, truncated=False)

    def _element(self, take: _Take, collection: str, index: int) -> list[Item]:
        while True:
            try:
                items, end = take(self._text, self.at, collection, index)
            except Broken:
                if not self.more():
                    raise
                continue
            # What ends with the window may go on behind it.
            if end < len(self._text) or not self.more():
                self.at = end
                return items

    def _step(self, mark: str) -> None:
        if self.mark != mark:
            raise Broken(self.at, truncated=not self.mark)
        self.at += 1
        self.skip()
