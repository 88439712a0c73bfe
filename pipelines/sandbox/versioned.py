"""Versioned releases as publishers send them: every value with the release that gave it.

Here: the OCDS form (https://standard.open-contracting.org/1.1/en/schema/records_reference/), built from the
releases of one process in the order of their dates. Not here: reading them (`standards/unversion.py`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

# Members that say which release it was; they aren't versioned.
OF_THE_RELEASE = {"id", "date", "tag"}


def versioned_release(releases: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The versioned release of a process: `ocid` plain, every other value a list of versions."""
    versioned: dict[str, Any] = {"ocid": releases[0]["ocid"]}
    for release in releases:
        origin = {
            "releaseID": release["id"],
            "releaseDate": release["date"],
            "releaseTag": release["tag"],
        }
        content = {name: value for name, value in release.items() if name not in OF_THE_RELEASE | {"ocid"}}
        _add(versioned, content, origin)
    return versioned


def _add(into: dict[str, Any], content: Mapping[str, Any], origin: Mapping[str, Any]) -> None:
    for name, value in content.items():
        if value is None or value == []:
            # Nothing said yet; the place may become an object or an array of objects later.
            continue
        if isinstance(value, dict):
            _add(into.setdefault(name, {}), value, origin)
        elif _has_ids(value):
            _add_all(into.setdefault(name, []), value, origin)
        else:
            versions = into.setdefault(name, [])
            if not versions or versions[-1]["value"] != value:
                versions.append({**origin, "value": value})


def _has_ids(value: Any) -> bool:
    """Whether an array is of objects with ids, which are versioned one by one."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(element, dict) and "id" in element for element in value)
    )


def _add_all(
    into: list[dict[str, Any]], elements: Sequence[Mapping[str, Any]], origin: Mapping[str, Any]
) -> None:
    known = {element["id"]: element for element in into}
    for element in elements:
        if element["id"] not in known:
            known[element["id"]] = {"id": element["id"]}
            into.append(known[element["id"]])
        _add(known[element["id"]], {k: v for k, v in element.items() if k != "id"}, origin)
