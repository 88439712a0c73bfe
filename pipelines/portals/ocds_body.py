"""Releases and records in a body of OCDS data, in whatever shape publishers wrap them.

An *entry* is a package (`releases`, `records`; also the groups of Nuevo León, `{numberPublication, releases}`),
a release, a record, or a release in the envelope of the PDN's system 6, `{ocid, record: {…}}`. A *document* is an
entry, a list of entries of any kind, or an object whose `arrayReleasePackage` (EDCAPI), `data` or `results`
is such a list. A body is one document, several one after the other, or one in each line.

Not here: the JSON itself (`json_text.py`), what a release should hold (`pipelines/standards/`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipelines.portals.bodies import BodyFault, Lines
from pipelines.portals.items import Item, Problem
from pipelines.portals.json_text import (
    Broken,
    Checked,
    Cursor,
    Identify,
    check,
    matching_end,
    structure_fault,
    wrong_shape,
)

# Enough of a large broken thing to recognize it.
EXCERPT_CHARS = 200
# Members that hold a list of entries; what makes an object an entry itself, whatever lists it has besides.
_WRAPPERS = ("arrayReleasePackage", "data", "results")
_QUOTED_WRAPPERS = tuple(f'"{name}"' for name in _WRAPPERS)
# Packages say what they are within their first characters; a longer walk costs more than a search.
_WALKED_CHARS = 2_000
_ENTRY_NAMES = frozenset({"ocid", "releases", "records"})
# What only a record has.
_RECORD_NAMES = frozenset({"releases", "compiledRelease", "versionedRelease"})
# Files put together keep the mark each began with.
_BYTE_ORDER_MARK = "\ufeff"
_EXPECTED = "un paquete OCDS con «releases» o «records»"


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
    # Name, where the name starts, where the value starts and ends.
    members: list[tuple[str, int, int, int]]
    children: list[tuple[str, int, int, Checked]]
    not_a_list: str | None

    @property
    def names(self) -> list[str]:
        return [name for name, _, _, _ in self.members]

    @property
    def envelope(self) -> int | None:
        """Where the release of a PDN system 6 envelope stands; None when the object is none."""
        names = self.names
        if "record" not in names or {"records", "tag", *_RECORD_NAMES} & set(names):
            return None
        return next(value for name, _, value, _ in self.members if name == "record")


def _read_package(cursor: Cursor) -> _Package:
    package = _Package(cursor.at, cursor.at, [], [], None)
    for key, start in cursor.members():
        value = cursor.at
        if key not in _IDENTITIES or cursor.mark != "[":
            if key in _IDENTITIES and not cursor.text.startswith("null", cursor.at):
                package.not_a_list = key
            cursor.skip_value()
        else:
            for index in cursor.elements():
                at = cursor.at
                checked = check(cursor.text, at, _IDENTITIES[key])
                cursor.at = checked.end
                package.children.append((key, index, at, checked))
        package.members.append((key, start, value, cursor.at))
    package.end = cursor.at
    return package


def _package_items(
    text: str, package: _Package, prefix: str, *, is_enveloped: bool = False
) -> Iterator[Item]:
    names = package.names
    whole = text[package.start : package.end]

    def refuse(collection: str, code: str, reason: str) -> Item:
        return Item(collection, prefix or "/", whole, None, None, None, Problem(code, reason))

    collection = "records" if "records" in names else "releases"
    if len(set(names)) != len(names):
        yield refuse(collection, "duplicate_key", "el paquete repite una clave: no se sabe cuál valor vale")
    elif package.envelope is not None and not is_enveloped:
        yield from _enveloped_items(text, package.envelope, f"{prefix}/record")
    elif "ocid" in names and "records" not in names:
        # A release or a record that stands alone, without a package around it.
        collection = "records" if _RECORD_NAMES & set(names) else "releases"
        checked = check(text, package.start, _IDENTITIES[collection])
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


def _enveloped_items(text: str, at: int, prefix: str) -> Iterator[Item]:
    """The release (or record) in an envelope. What the envelope says besides is said inside too."""
    cursor = Cursor(text, at)
    if cursor.mark == "{":
        try:
            package = _read_package(cursor)
        except Broken:
            cursor.at = matching_end(text, at)
            problem = Problem("malformed_json", "«record» está mal escrito (no es JSON válido)")
        else:
            yield from _package_items(text, package, prefix, is_enveloped=True)
            return
    else:
        cursor.skip_value()
        problem = Problem("not_an_object", "«record» debía ser una entrega ({…})")
    yield Item("releases", prefix, text[at : cursor.at], None, None, None, problem)


def _metadata(text: str, package: _Package) -> tuple[str | None, Problem | None]:
    """The package without its releases and records, as text."""
    kept = ",".join(text[start:end] for name, start, _, end in package.members if name not in _IDENTITIES)
    metadata = f"{{{kept}}}"
    problem = check(metadata, 0, _record_identity).problem
    if problem is None:
        return metadata, None
    return None, Problem("package_metadata", f"los datos del paquete no sirven ({problem.reason})")


def _package_or_problem(cursor: Cursor, prefix: str) -> Iterator[Item]:
    """One package of a list: when it is damaged, it alone is lost."""
    start = cursor.at
    problem: Problem | None = None
    package: _Package | None = None
    if cursor.mark == "{":
        try:
            package = _read_package(cursor)
        except Broken:
            cursor.at = matching_end(cursor.text, start)
            problem = Problem("malformed_json", "el paquete está mal escrito (no es JSON válido)")
    else:
        cursor.skip_value()
        problem = Problem("not_an_object", "se esperaba un paquete ({…})")
    if package is None:
        yield Item("releases", prefix, cursor.text[start : cursor.at], None, None, None, problem)
    else:
        yield from _package_items(cursor.text, package, prefix)


def ocds_items(text: str) -> Iterator[Item]:
    """Releases and records of a JSON body: one document, or several one after the other. Items of the second
    and later ones have positions `documento N: …`; a damaged one among several costs itself.

    Raises:
        BodyFault: truncated, not JSON, or none of the known shapes.
    """
    cursor = Cursor(text)
    number = 1
    try:
        yield from _document(cursor, is_first=True)
        while not _is_ended(cursor):
            number += 1
            if cursor.mark not in {"{", "["}:
                raise Broken(cursor.at, truncated=False)
            for item in _document(cursor, is_first=False):
                yield _placed(item, f"documento {number}")
    except Broken as broken:
        raise structure_fault(broken) from None


def _is_ended(cursor: Cursor) -> bool:
    """Go on to the next document; whether there is none."""
    cursor.skip()
    while cursor.mark == _BYTE_ORDER_MARK:
        cursor.at += 1
        cursor.skip()
    return cursor.at == len(cursor.text)


def _placed(item: Item, where: str) -> Item:
    position = where if item.position in {"", "/"} else f"{where}: {item.position}"
    return Item(item.collection, position, item.text, item.sha256, item.identity, item.package, item.problem)


def _document(cursor: Cursor, *, is_first: bool) -> Iterator[Item]:
    """The items of the document that starts here. `is_first`: when it is also the last, what is wrong with it
    is wrong with the body.

    Raises:
        Broken: it can't be followed.
        BodyFault: it is the only one and has none of the known shapes, or a wrapper that isn't one.
    """
    start = cursor.at
    if cursor.mark == "[":
        for index in cursor.elements():
            yield from _package_or_problem(cursor, f"/{index}")
        return
    if cursor.mark != "{":
        raise cursor.broken()
    try:
        wrapper = _wrapper(cursor)
        package = None if wrapper is not None else _read_package(cursor)
    except Broken as broken:
        try:
            end = matching_end(cursor.text, start)
        except Broken:
            raise broken from None
        cursor.at = end
        if _is_ended(cursor) and is_first:
            raise broken from None
        problem = Problem("malformed_json", "el documento está mal escrito (no es JSON válido)")
        yield Item("releases", "/", cursor.text[start:end], None, None, None, problem)
        return
    if package is None:
        yield from _wrapped(cursor)
        return
    names = set(package.names)
    if _is_ended(cursor) and is_first and not names & _ENTRY_NAMES:
        raise wrong_shape(cursor.text, names, _EXPECTED)
    yield from _package_items(cursor.text, package, "")


def _wrapper(cursor: Cursor) -> str | None:
    """Which member of the object that starts here holds entries; None when it is one itself. The first name
    that tells decides; where none of the first does, a plain search may spare the rest of the walk. The cursor
    stays."""
    ahead = Cursor(cursor.text, cursor.at)
    is_searched = False
    for key, start in ahead.members():
        if key in _ENTRY_NAMES:
            return None
        if key == "arrayReleasePackage" or (key in _WRAPPERS and ahead.mark == "["):
            return key if is_searched or _may_wrap(cursor.text) else None
        if not is_searched and start - cursor.at > _WALKED_CHARS:
            if not _may_wrap(cursor.text):
                return None
            is_searched = True
        ahead.skip_value()
    return None


def _may_wrap(text: str) -> bool:
    return any(name in text for name in _QUOTED_WRAPPERS)


def _wrapped(cursor: Cursor) -> Iterator[Item]:
    """The items of an object that wraps lists of entries.

    Raises:
        BodyFault: it is an entry too, or its `arrayReleasePackage` is no list (null is an empty one).
    """
    for key, _ in cursor.members():
        if key in _ENTRY_NAMES:
            raise BodyFault("wrong_shape", f"«{key}» está junto a una lista de paquetes: no se sabe qué vale")
        if key in _WRAPPERS and cursor.mark == "[":
            for index in cursor.elements():
                yield from _package_or_problem(cursor, f"/{key}/{index}")
            continue
        if key == "arrayReleasePackage" and not cursor.text.startswith("null", cursor.at):
            raise BodyFault("wrong_shape", "«arrayReleasePackage» debía ser una lista de paquetes")
        cursor.skip_value()


def ocds_lines(lines: Lines) -> Iterator[Item]:
    """Releases and records of newline-delimited documents; a damaged line costs itself.

    Raises:
        BodyFault: not one line is JSON.
    """
    good = False
    bad = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"línea {number}"
        try:
            items = list(_line_items(line))
        except Broken as broken:
            code = "truncated_line" if broken.truncated else "malformed_json"
            reason = (
                "la línea termina antes de cerrar el JSON"
                if broken.truncated
                else "la línea no es JSON válido"
            )
            items = [Item("releases", "", line.rstrip("\r\n"), None, None, None, Problem(code, reason))]
            bad += 1
        except BodyFault as fault:
            problem = Problem("no_releases", fault.reason)
            items = [Item("releases", "", line.rstrip("\r\n"), None, None, None, problem)]
            good = True
        else:
            good = True
        for item in items:
            yield _placed(item, where)
    if bad and not good:
        raise BodyFault("not_json", f"ninguna de las {bad:,} líneas es JSON válido")


def _line_items(line: str) -> Iterator[Item]:
    cursor = Cursor(line)
    if cursor.mark not in {"{", "["}:
        cursor.skip_value()
        cursor.end_of_text()
        problem = Problem("not_an_object", "se esperaba un paquete ({…})")
        yield Item("releases", "", line.strip(), None, None, None, problem)
        return
    yield from _document(cursor, is_first=True)
    cursor.end_of_text()
