"""OCDS 1.0 releases as OCDS 1.1: organizations move into `parties`, renamed fields take their new names.

Here: telling a 1.0 release by its structure, and the change itself, in place. What 1.1 only deprecates
(`Amendment.changes`, `Budget.source`, `Milestone.documents`) stays. Not here: aliases of the Mexican dialect
(`edca.py`), merging (`compile.py`; releases are upgraded before they are merged).

Source of the rules: OCDS 1.1 changelog and https://standard.open-contracting.org/1.1/en/schema/deprecation/.
ocdskit's `upgrade` does the same for well-formed data; ours differs on purpose: ids come from the identifier
and not from an md5 over name and RFC (which whoever knows the names can reverse), two descriptions of one
organization are joined and not cut to the first, and content never raises.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.standards.identity import CURP_SCHEMES, RFC_SCHEMES, classify
from pipelines.standards.privacy import is_blank
from pipelines.standards.repairs.repair import Repair
from pipelines.standards.validation import json_pointer

# What a reference to an organization holds in 1.1; anything else in its place is 1.0.
_REFERENCE = frozenset({"id", "name"})
# 1.0 name of a transaction's organization, and its name and role in 1.1.
_TRANSACTION_PARTIES = {"providerOrganization": "payer", "receiverOrganization": "payee"}
# Identifiers that stand for nobody in particular.
_NOBODY = frozenset({"empty", "placeholder", "rfc_generic_national", "rfc_generic_foreign"})
# Descriptions of one place or person: the parts of two that differ are not mixed.
_WHOLE = frozenset({"address", "contactPoint"})
_NO_SLUG = re.compile(r"[^A-Z0-9]+")

_Object = dict[str, Any]
_Parts = tuple[str | int, ...]


def needs_upgrade(release: Mapping[str, Any], package_version: str | None) -> bool:
    """Whether `release` has the structure of OCDS 1.0.

    The structure decides: organizations described where they act, or 1.0 names of fields, and no `parties`.
    What the package says of its version (`package_version`, None if it isn't known) counts only where a
    release has `parties` too: most packages of 1.0 say nothing, and some that say 1.1 are 1.0.
    """
    parties = release.get("parties")
    if parties and package_version != "1.0":
        return False
    return _has_1_0_structure(release)


def upgrade(release: dict[str, Any]) -> list[Repair]:
    """Make `release` OCDS 1.1 in place; what was moved, with pointers into the release as it was.

    `original` of a moved organization is its name, `repaired` of every repair the pointer to where the value
    stands now. A value that another description of the same organization contradicts is a repair of its own,
    without `original`: the first one stays. What isn't of the expected type, and an organization that neither
    id, identifier nor name tells from others, stays as it is. A second time nothing is left to do.
    """
    moving = _Moving(release)
    for place, holder, field, role in list(_organizations(release)):
        moving.move_organization(place, holder, field, role)
    for place, transaction in list(_transactions(release)):
        moving.rename_transaction_fields(place, transaction)
    for place, block in list(_amended(release)):
        moving.rename_amendment(place, block)
    moving.finish()
    return moving.repairs


# -- where things stand -----------------------------------------------------------------------------------


def _has_1_0_structure(release: Mapping[str, Any]) -> bool:
    return (
        any(_is_described(holder[field]) for _, holder, field, _ in _organizations(release))
        or any(
            isinstance(transaction.get(name), dict)
            for _, transaction in _transactions(release)
            for name in ("amount", *_TRANSACTION_PARTIES)
        )
        or any(isinstance(block.get("amendment"), dict) for _, block in _amended(release))
    )


def _is_described(organization: Any) -> bool:
    """Whether it is more than a reference, or less: one without id refers to nothing."""
    if not isinstance(organization, dict):
        return False
    has_id = not is_blank(organization.get("id"))
    if any(name not in _REFERENCE and not is_blank(value) for name, value in organization.items()):
        return True
    return not has_id and not is_blank(organization.get("name"))


def _organizations(release: Mapping[str, Any]) -> Iterator[tuple[_Parts, Any, Any, str]]:
    """Every place of an organization: its pointer, the object or list that holds it, key there, and role."""
    yield from _under((), release, "buyer", "buyer")
    tender = release.get("tender")
    if isinstance(tender, dict):
        yield from _under(("tender",), tender, "procuringEntity", "procuringEntity")
        yield from _under(("tender",), tender, "tenderers", "tenderer")
    for place, award in _objects((), release, "awards"):
        yield from _under(place, award, "suppliers", "supplier")
    for place, transaction in _transactions(release):
        for role in _TRANSACTION_PARTIES.values():
            yield from _under(place, transaction, role, role)


def _under(
    place: _Parts, holder: Mapping[str, Any], name: str, role: str
) -> Iterator[tuple[_Parts, Any, Any, str]]:
    value = holder.get(name)
    if isinstance(value, list):
        for index in range(len(value)):
            yield (*place, name, index), value, index, role
    elif value is not None:
        yield (*place, name), holder, name, role


def _objects(place: _Parts, holder: Mapping[str, Any], name: str) -> Iterator[tuple[_Parts, _Object]]:
    """Objects of a list, or the one that stands where a list belongs."""
    value = holder.get(name)
    if isinstance(value, dict):
        yield (*place, name), value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield (*place, name, index), item


def _transactions(release: Mapping[str, Any]) -> Iterator[tuple[_Parts, _Object]]:
    for place, contract in _objects((), release, "contracts"):
        implementation = contract.get("implementation")
        if isinstance(implementation, dict):
            yield from _objects((*place, "implementation"), implementation, "transactions")


def _amended(release: Mapping[str, Any]) -> Iterator[tuple[_Parts, _Object]]:
    for name in ("tender", "awards", "contracts"):
        yield from _objects((), release, name)


# -- moving -----------------------------------------------------------------------------------------------


class _Moving:
    """The parties of one release while they are gathered, and what was moved so far."""

    def __init__(self, release: _Object) -> None:
        self.repairs: list[Repair] = []
        self._release = release
        parties = release.get("parties")
        self._parties: list[Any] = parties if isinstance(parties, list) else [parties] if parties else []
        self._places: dict[str, int] = {}
        for index, party in enumerate(self._parties):
            if isinstance(party, dict) and not is_blank(party.get("id")):
                self._places.setdefault(str(party["id"]), index)

    def move_organization(self, place: _Parts, holder: Any, field: Any, role: str) -> None:
        """Leave a reference in the place of the organization and put the rest of it among the parties."""
        organization = holder[field]
        if not isinstance(organization, dict):
            return
        reference = self._reference(place, organization, role)
        if reference is not None and reference != organization:
            holder[field] = reference

    def rename_transaction_fields(self, place: _Parts, transaction: _Object) -> None:
        """`amount` → `value`, `providerOrganization` → `payer`, `receiverOrganization` → `payee`."""
        if isinstance(transaction.get("amount"), dict) and transaction.get("value") is None:
            transaction["value"] = transaction.pop("amount")
            self._renamed((*place, "amount"), (*place, "value"))
        for old, new in _TRANSACTION_PARTIES.items():
            organization = transaction.get(old)
            if not isinstance(organization, dict) or transaction.get(new) is not None:
                continue
            # In 1.0 the identifier itself stands here.
            is_identifier = not {"name", "identifier"} & set(organization)
            if is_identifier:
                name = organization.get("legalName")
                organization = {**({} if is_blank(name) else {"name": name}), "identifier": organization}
            reference = self._reference((*place, old), organization, new, is_identifier=is_identifier)
            if reference is not None:
                del transaction[old]
                transaction[new] = reference

    def rename_amendment(self, place: _Parts, block: _Object) -> None:
        """`amendment` → an entry of `amendments`."""
        amendment = block.get("amendment")
        amendments = block.get("amendments")
        if not isinstance(amendment, dict) or not (amendments is None or isinstance(amendments, list)):
            return
        amendments = amendments or []
        if amendment not in amendments:
            amendments.append(amendment)
        del block["amendment"]
        block["amendments"] = amendments
        self._renamed((*place, "amendment"), (*place, "amendments", amendments.index(amendment)))

    def finish(self) -> None:
        """Write the parties into the release."""
        if self._parties:
            self._release["parties"] = self._parties

    def _reference(
        self, place: _Parts, organization: _Object, role: str, *, is_identifier: bool = False
    ) -> _Object | None:
        """{id, name} of the organization, which is now among the parties; None when nothing identifies it.

        `is_identifier`: all that stands at `place` is the identifier.
        """
        party_id = organization.get("id")
        if is_blank(party_id):
            party_id = _made_id(organization)
        if not _is_id(party_id):
            return None
        is_new = str(party_id) not in self._places
        if is_new:
            self._places[str(party_id)] = len(self._parties)
            self._parties.append({"id": party_id})
        known = self._places[str(party_id)]
        party = self._parties[known]
        # Another name than the party's stays in the reference.
        told_here = {"id", "roles"} if is_blank(party.get("name")) else {"id", "roles", "name"}
        described = {name: value for name, value in organization.items() if name not in told_here}
        for path in _join(party, described, ()):
            # What `is_identifier` was published one level higher.
            self._renamed((*place, *path[is_identifier:]), ("parties", known, *path))
        _add_roles(party, role, organization.get("roles"))
        if is_new or _is_described(organization):
            name = organization.get("name")
            self._renamed(place, ("parties", known), name if isinstance(name, str) else None)
        reference = {"id": party["id"]}
        return {**reference, "name": organization["name"]} if "name" in organization else reference

    def _renamed(self, before: _Parts, after: _Parts, original: str | None = None) -> None:
        self.repairs.append(Repair("ocds_1_0", json_pointer(before), original, json_pointer(after)))


def _join(party: _Object, described: Mapping[str, Any], path: _Parts) -> Iterator[_Parts]:
    """Add to `party` what it lacks; yields the paths of values that contradict it."""
    for name, value in described.items():
        known = party.get(name)
        if is_blank(known):
            if name not in party or not is_blank(value):
                party[name] = value
        elif is_blank(value) or known == value:
            continue
        elif isinstance(known, dict) and isinstance(value, dict):
            if name in _WHOLE and _contradict(known, value):
                yield (*path, name)
            else:
                yield from _join(known, value, (*path, name))
        elif isinstance(known, list) and isinstance(value, list):
            known.extend(item for item in value if item not in known)
        else:
            yield (*path, name)


def _contradict(known: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    return any(
        not is_blank(known.get(name)) and not is_blank(other) and known[name] != other
        for name, other in value.items()
    )


def _add_roles(party: _Object, role: str, others: Any) -> None:
    roles = _as_list(party.get("roles"))
    for added in (*_as_list(others), role):
        if added not in roles:
            roles.append(added)
    party["roles"] = roles


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if is_blank(value) else [value]


def _is_id(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _made_id(organization: Mapping[str, Any]) -> str | None:
    """`<scheme>-<id>` of the identifier, its id if it has no scheme, else the name as a slug."""
    identifier = organization.get("identifier")
    if isinstance(identifier, dict) and _is_id(identifier.get("id")):
        number = str(identifier["id"]).strip()
        if classify(number).kind not in _NOBODY:
            scheme = _scheme(identifier.get("scheme"))
            is_whole = not scheme or number.upper().startswith(f"{scheme}-".upper())
            return number if is_whole else f"{scheme}-{number}"
    name = organization.get("name")
    return _slug(name) if isinstance(name, str) else None


def _scheme(scheme: Any) -> str:
    """One name for each scheme of persons: redaction finds every RFC and CURP by it, and ids join."""
    text = scheme.strip() if isinstance(scheme, str) else ""
    if text.upper() in RFC_SCHEMES:
        return "MX-RFC"
    return "MX-CURP" if text.upper() in CURP_SCHEMES else text


def _slug(name: str) -> str | None:
    """No accents, upper case, everything else a hyphen (the macro `slug` of the dbt project)."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return _NO_SLUG.sub("-", letters.upper()).strip("-") or None
