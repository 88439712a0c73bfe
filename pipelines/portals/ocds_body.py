"""Releases and records in a body of OCDS packages: one package, a list, EDCAPI's `arrayReleasePackage`, or
NDJSON.

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
    children: list[tuple[str, int, int, Checked]]
    not_a_list: str | None

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in self.members]


def _read_package(cursor: Cursor) -> _Package:
    package = _Package(cursor.at, cursor.at, [], [], None)
    for key, start in cursor.members():
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


def _metadata(text: str, package: _Package) -> tuple[str | None, Problem | None]:
    """The package without its releases and records, as text."""
    kept = ",".join(text[start:end] for name, start, end in package.members if name not in _IDENTITIES)
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
    """Releases and records of one JSON body: a package, a list of packages, or EDCAPI's
    `arrayReleasePackage`.

    Raises:
        BodyFault: truncated, not JSON, or none of these shapes.
    """
    try:
        yield from _ocds_items(text)
    except Broken as broken:
        raise structure_fault(broken) from None


def _ocds_items(text: str) -> Iterator[Item]:
    cursor = Cursor(text)
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
            raise wrong_shape(text, names, "un paquete OCDS con «releases» o «records»")
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
    cursor = Cursor(text)
    for key, _ in cursor.members():
        if key == name:
            return True
        cursor.skip_value()
    return False


def ocds_lines(lines: Lines) -> Iterator[Item]:
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
        except Broken as broken:
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
    cursor = Cursor(line)
    if cursor.mark != "{":
        cursor.skip_value()
        cursor.end_of_text()
        problem = Problem("not_an_object", "se esperaba un paquete ({…})")
        yield Item("releases", "", line.strip(), None, None, None, problem)
        return
    package = _read_package(cursor)
    cursor.end_of_text()
    yield from _package_items(line, package, "")
