"""One OCDS release, private in, public out.

Here: contact points, addresses, identifiers and the scan of every text of a release, with a finding for
everything removed. Which fields are public is data (`allow_lists.yaml`). Not here: PDN (`redact_pdn.py`),
the scan of one text (`free_text.py`).

Two promises that the tests hold: nothing personal survives wherever it stands (value, key, URL, text), and
redacting twice gives what redacting once gave.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.standards.free_text import id_marks, is_url, ocds_marks, scrub
from pipelines.standards.identity import (
    CURP_SCHEMES,
    PSEUDONYM_SCHEME,
    RFC_SCHEMES,
    classify,
    may_be_natural_rfc,
)
from pipelines.standards.ocds import extension_fields
from pipelines.standards.privacy import (
    Finding,
    Findings,
    Kind,
    Place,
    PseudonymKey,
    allow_lists,
    is_blank,
)

# Clean texts seen before: names, codes and regions repeat through a source.
CACHE_ENTRIES = 50_000
CACHE_LENGTH = 160


@dataclass(frozen=True, slots=True)
class RedactedRelease:
    """A release as it may be published, what was taken out of it, and whether it has a field of an extension."""

    document: dict[str, Any]
    findings: tuple[Finding, ...]
    is_extended: bool


@dataclass(frozen=True, slots=True)
class _FieldRule:
    """What becomes of a field, by its name and the kind of object it stands in.

    `shown`: its name without personal data, and as a part of a JSON pointer (`token`). `withheld`: the kind it is
    counted under when it isn't published. `is_id`: it holds an identifier. `is_extension`: only an extension of
    the standard has it. `is_plain`: it is published under its own name, and nothing has to be said of it.
    """

    shown: str
    token: str
    withheld: Kind | None
    is_id: bool
    is_extension: bool
    is_plain: bool


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules of one kind of object. `plain`: fields that are published under their own name, and whether they hold
    an identifier; most are. `special`: what has to be said of the others.
    """

    plain: dict[str, bool]
    special: dict[str, _FieldRule]


# Names that only companies bear: with them a party without RFC is a legal person
# (lavanderia-empresarial's list of forms, cut to the unmistakable ones; "SA" alone also ends first
# names).
_COMPANY = re.compile(
    r"(?:\bS\.?\s?A\.?(?:\s?P\.?\s?I\.?|\s?B\.?)?|\bS\.?\s?(?:DE\s?)?R\.?\s?L\.?(?:\s?M\.?\s?I\.?)?"
    r"|\bS\.?\s?C\.?)[\s,]*DE[\s,]*C\.?\s?V\.?"
    r"|\bS\.\s?A\.(?!\w)|\bS\.\s?C\.(?!\w)|\bA\.\s?C\.(?!\w)|\bS\.\s?DE\s?R\.\s?L\.?"
    r"|\b(?:SECRETAR[IÍ]A|INSTITUTO|UNIVERSIDAD|MUNICIPIO|AYUNTAMIENTO|GOBIERNO|COMISI[OÓ]N|FISCAL[IÍ]A"
    r"|DIRECCI[OÓ]N|SOCIEDAD|SERVICIOS DE|GRUPO|COMERCIALIZADORA|CONSTRUCTORA|DISTRIBUIDORA|CORPORATIVO"
    r"|LTD|INC|LLC|GMBH)\b",
    re.IGNORECASE,
)


_PERSONAL_SCHEMES = RFC_SCHEMES | CURP_SCHEMES


class OcdsRedactor:
    """Turns OCDS releases into publishable ones under one key.

    One instance may redact any number of releases; findings are kept apart. Not thread-safe.
    """

    def __init__(self, key: PseudonymKey) -> None:
        rules = allow_lists()["ocds"]
        self._key = key
        self._marks = ocds_marks(key)
        self._id_marks = id_marks(key)
        self._party_objects = frozenset(rules["party_objects"])
        self._party_fields = frozenset(rules["party_fields"])
        self._identifier_fields = frozenset(rules["identifier_fields"])
        self._natural_address = frozenset(rules["natural_address_fields"])
        self._institution_objects = frozenset(rules["institution_objects"])
        self._institution_roles = frozenset(rules["institution_roles"])
        self._reserved: Mapping[str, Kind] = {
            name.casefold(): kind for name, kind in rules["reserved_fields"].items()
        }
        self._extension_fields = extension_fields()
        # Rules by field name, one table for each kind of object: parties, identifiers, all others.
        self._rules: dict[frozenset[str] | None, _Rules] = {}
        self._kinds: dict[str, tuple[bool, frozenset[str] | None]] = {}
        self._clean: set[str] = set()
        self._clean_ids: set[str] = set()
        # What became of the others: a person stands in several places of a process, and in several processes.
        self._scrubbed: dict[str, tuple[str, list[Kind]]] = {}
        self._scrubbed_ids: dict[str, tuple[str, list[Kind]]] = {}
        # The same places are repaired again and again.
        self._reserved_paths: dict[str, bool] = {}
        self._findings = Findings()
        self._aliases: Mapping[str, str] = {}
        self._is_extended = False

    def redact(self, release: dict[str, Any], *, aliases: Mapping[str, str] | None = None) -> RedactedRelease:
        """The publishable release. `aliases`: see `aliases_of`; without it, those of this release alone.

        Objects and lists in which nothing was withheld are shared with `release`: neither may be changed afterwards.
        """
        self._findings = Findings()
        self._aliases = self.aliases_of([release]) if aliases is None else aliases
        # What stands for a person here may have been harmless in another process.
        self._clean_ids.difference_update(self._aliases)
        self._is_extended = False
        document = self._object(release, "", "", "")
        return RedactedRelease(document, tuple(self._findings.made), self._is_extended)

    def redact_id(self, text: str) -> str:
        """An ocid or release id as it stands in the redacted release."""
        return text if text in self._clean_ids else scrub(text, self._id_marks)[0]

    def reserves(self, path: str) -> bool:
        """Whether the allow-list withholds what stands at a JSON pointer, whoever it is about.

        What is no pointer is the name of one field.
        """
        reserved = self._reserved_paths.get(path)
        if reserved is None:
            reserved = self._is_reserved(path)
            if len(path) <= CACHE_LENGTH and len(self._reserved_paths) < CACHE_ENTRIES:
                self._reserved_paths[path] = reserved
        return reserved

    def _is_reserved(self, path: str) -> bool:
        owner = ""
        for part in path.split("/")[1:] if path.startswith("/") else (path,):
            if part.isdecimal():
                continue
            name = part.replace("~1", "/").replace("~0", "~")
            if name.casefold() in self._reserved:
                return True
            allowed = self._allowed(owner, is_party=owner in self._party_objects)
            if allowed is not None and not _is_listed(name, allowed):
                return True
            owner = name
        return False

    def aliases_of(self, releases: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """Ids of parties whose RFC is a natural person's but not well formed → their pseudonym.

        Such an id isn't recognisable by itself where the party is referred to (suppliers, payee), also in
        another release of the same process.
        """
        aliases: dict[str, str] = {}
        for release in releases:
            parties = release.get("parties")
            for party in parties if isinstance(parties, list) else ():
                if not isinstance(party, dict):
                    continue
                pseudonym = self._declared_pseudonym(party.get("identifier"))
                if pseudonym is None:
                    continue
                declared = classify(party["identifier"].get("id")).normalised
                for raw in (party.get("id"), party["identifier"].get("id")):
                    if isinstance(raw, str) and classify(raw).normalised == declared:
                        aliases[raw] = pseudonym
        return aliases

    def _declared_pseudonym(self, identifier: Any) -> str | None:
        """The pseudonym of an identifier that says it is an RFC or CURP and is, or may be, a natural person's."""
        if not isinstance(identifier, dict):
            return None
        scheme = identifier.get("scheme")
        if not isinstance(scheme, str) or scheme.upper() not in _PERSONAL_SCHEMES:
            return None
        found = classify(identifier.get("id"))
        is_personal = found.is_natural_person or (
            found.kind == "invalid" and may_be_natural_rfc(found.normalised)
        )
        return self._key.pseudonym(found.normalised) if is_personal else None

    # -- walking ---------------------------------------------------------------------------------------

    def _object(  # noqa: PLR0912 (one walk over every field of every release: calls would cost more than they tell)
        self, source: dict[str, Any], pointer: str, path: str, name: str
    ) -> dict[str, Any]:
        """The public object: `source` itself where nothing has to be withheld. `pointer` leads to it, `path` is the
        same with `*` for positions, `name` is that of the field that holds it.
        """
        kind_of_object = self._kinds.get(name)
        if kind_of_object is None:
            is_party = self._is_party(name)
            kind_of_object = is_party, self._allowed(name, is_party=is_party)
            if len(self._kinds) < CACHE_ENTRIES:
                self._kinds[name] = kind_of_object
        is_party, allowed = kind_of_object
        rules = self._rules.get(allowed)
        if rules is None:
            rules = self._rules[allowed] = _Rules({}, {})
        plain, clean, clean_ids = rules.plain, self._clean, self._clean_ids
        changed: dict[str, Any] = {}
        special: dict[str, _FieldRule] = {}
        for key, value in source.items():
            is_id = plain.get(key)
            if is_id is None:
                rule = rules.special.get(key) or self._rule(key, allowed, rules)
                if not rule.is_plain:
                    special[key] = rule
                    continue
                is_id = rule.is_id
            if isinstance(value, str):
                if value in (clean_ids if is_id else clean):
                    continue
                public: Any = self._text(value, f"{pointer}/{key}", f"{path}/{key}", is_id, is_party)
            elif isinstance(value, dict):
                public = self._object(value, f"{pointer}/{key}", f"{path}/{key}", key)
            elif isinstance(value, list):
                public = self._list(value, f"{pointer}/{key}", f"{path}/{key}", key, is_id)
            else:
                continue
            if public is not value:
                changed[key] = public
        if not special and not changed and "address" not in source and "scheme" not in source:
            return source
        document = {**source, **changed}
        if special:
            document = self._fields(source, document, special, pointer, path, is_party)
        for key in ("address", *special):
            if key in document and _base(key) == "address":
                self._reduce_address(source, document, key, pointer, path, name)
        if "scheme" in document:
            self._fix_scheme(source, document)
        return document

    def _fields(  # noqa: PLR0913, PLR0917 (the rest of `_object`, which knows all of it)
        self,
        source: dict[str, Any],
        plain: dict[str, Any],
        special: Mapping[str, _FieldRule],
        pointer: str,
        path: str,
        is_party: bool,
    ) -> dict[str, Any]:
        """The public fields of an object, in their order: `plain` has those that are published under their own name,
        `special` the rules of the others.
        """
        public: dict[str, Any] = {}
        for key, value in source.items():
            rule = special.get(key)
            if rule is None:
                public[key] = plain[key]
                continue
            self._is_extended = self._is_extended or rule.is_extension
            if rule.withheld is not None:
                if not is_blank(value):
                    self._findings.add(
                        rule.withheld, f"{pointer}/{rule.token}", f"{path}/{rule.token}", "field"
                    )
                continue
            shown, token = rule.shown, rule.token
            if shown != key:
                shown = _free_name(shown, public, source)
                token = _token(shown)
                for kind in scrub(key, self._marks)[1]:
                    self._findings.add(kind, f"{pointer}/{token}", f"{path}/{token}", "key")
            at, here = f"{pointer}/{token}", f"{path}/{token}"
            if isinstance(value, str):
                public[shown] = self._text(value, at, here, rule.is_id, is_party)
            elif isinstance(value, dict):
                public[shown] = self._object(value, at, here, key)
            elif isinstance(value, list):
                public[shown] = self._list(value, at, here, key, rule.is_id)
            else:
                public[shown] = value
        return public

    def _list(self, values: list[Any], pointer: str, path: str, name: str, is_id: bool) -> list[Any]:
        """The public list: `values` itself where nothing has to be withheld."""
        found: list[Any] | None = None
        inside = f"{path}/*"
        for at, value in enumerate(values):
            if isinstance(value, dict):
                public: Any = self._object(value, f"{pointer}/{at}", inside, name)
            elif isinstance(value, str):
                public = self._text(value, f"{pointer}/{at}", inside, is_id, False)
            elif isinstance(value, list):
                public = self._list(value, f"{pointer}/{at}", inside, name, is_id)
            else:
                continue
            if public is not value:
                if found is None:
                    found = list(values)
                found[at] = public
        return values if found is None else found

    def _is_party(self, name: str) -> bool:
        return _base(name) in self._party_objects

    def _allowed(self, name: str, *, is_party: bool) -> frozenset[str] | None:
        if is_party:
            return self._party_fields
        return self._identifier_fields if _base(name) in {"identifier", "additionalIdentifiers"} else None

    def _text(self, text: str, pointer: str, path: str, is_id: bool, in_party: bool) -> str:
        """`in_party`: the text stands right in the object of a party or a reference to one."""
        if is_id and text in self._aliases and (in_party or "/identifier/" in f"{path}/"):
            self._findings.add("rfc_natural", pointer, path, "id")
            return self._aliases[text]
        clean = self._clean_ids if is_id else self._clean
        if text in clean:
            return text
        scrubbed = self._scrubbed_ids if is_id else self._scrubbed
        found = scrubbed.get(text)
        cleaned, kinds = found or scrub(text, self._id_marks if is_id else self._marks)
        if not kinds:
            if len(text) <= CACHE_LENGTH and text not in self._aliases:
                if len(clean) >= CACHE_ENTRIES:
                    clean.clear()
                clean.add(text)
            return text
        if found is None and len(text) <= CACHE_LENGTH:
            if len(scrubbed) >= CACHE_ENTRIES:
                scrubbed.clear()
            scrubbed[text] = cleaned, kinds
        place: Place = "id" if is_id else "url" if is_url(text) else "text"
        for kind in kinds:
            self._findings.add(kind, pointer, path, place)
        return cleaned

    def _rule(self, key: str, allowed: frozenset[str] | None, rules: "_Rules") -> _FieldRule:
        withheld = self._reserved.get(key.casefold())
        if withheld is None and allowed is not None and not _is_listed(key, allowed):
            withheld = "not_listed"
        shown = scrub(key, self._marks)[0]
        is_extension = key in self._extension_fields
        rule = _FieldRule(
            shown=shown,
            token=_token(shown),
            withheld=withheld,
            is_id=key in {"id", "ocid", "uid"} or key.endswith(("Id", "ID")),
            is_extension=is_extension,
            # An address in another language has to be looked at as an address.
            is_plain=withheld is None
            and _token(shown) == key
            and not is_extension
            and (_base(key) != "address" or key == "address"),
        )
        if len(rules.plain) + len(rules.special) < CACHE_ENTRIES:
            if rule.is_plain:
                rules.plain[key] = rule.is_id
            else:
                rules.special[key] = rule
        return rule

    def _fix_scheme(self, source: Mapping[str, Any], public: dict[str, Any]) -> None:
        """An identifier whose RFC became a pseudonym isn't of the RFC's scheme any more."""
        scheme = public.get("scheme")
        if not isinstance(scheme, str) or not isinstance(public.get("id"), (str, int)):
            return
        declared = self._declared_pseudonym(source)
        if declared is not None:
            public["id"] = declared
        if isinstance(public["id"], str) and public["id"].startswith(f"{PSEUDONYM_SCHEME}-"):
            public["scheme"] = PSEUDONYM_SCHEME

    # -- addresses -------------------------------------------------------------------------------------

    def _reduce_address(  # noqa: PLR0913, PLR0917 (whose address, where)
        self, source: Mapping[str, Any], public: dict[str, Any], key: str, pointer: str, path: str, name: str
    ) -> None:
        """Leave of an address of a natural person what is public of it, in whatever form it stands."""
        about_someone = self._is_party(name) or any(
            described in source for described in ("identifier", "name", "givenName", "roles")
        )
        if not about_someone or self._is_institution(source, name):
            return
        public[key], is_reduced = self._public_address(public[key])
        if is_reduced and public[key] is None:
            del public[key]
        if is_reduced:
            self._findings.add("address", f"{pointer}/{key}", f"{path}/{key}", "field")

    def _public_address(self, address: Any) -> tuple[Any, bool]:
        """What is public of an address (None: nothing), and whether that is less than was there."""
        if isinstance(address, dict):
            kept = {key: value for key, value in address.items() if _base(key) in self._natural_address}
            return kept, any(not is_blank(value) for key, value in address.items() if key not in kept)
        if isinstance(address, list):
            found = [self._public_address(one) for one in address]
            return [one for one, _ in found if one is not None], any(reduced for _, reduced in found)
        return (address, False) if is_blank(address) else (None, True)

    def _is_institution(self, party: Mapping[str, Any], name: str) -> bool:
        """Whether it is certain that `party` is no natural person; without evidence it isn't."""
        identifier = party.get("identifier")
        identifier = identifier if isinstance(identifier, dict) else {}
        kinds = {classify(identifier.get("id")).kind, classify(party.get("id")).kind}
        if kinds & {"rfc_natural", "rfc_natural_malformed", "curp", "hash", "pseudonym"}:
            return False
        # The same once its identifier is a pseudonym.
        if self._declared_pseudonym(identifier) is not None:
            return False
        personality = identifier.get("legalPersonality")
        if personality == "naturalPerson":
            return False
        if "rfc_legal" in kinds or personality == "legalPerson" or name in self._institution_objects:
            return True
        roles = party.get("roles")
        if isinstance(roles, list) and any(
            role in self._institution_roles for role in roles if isinstance(role, str)
        ):
            return True
        called = party.get("name") or identifier.get("legalName")
        return isinstance(called, str) and _COMPANY.search(called) is not None


def _token(name: str) -> str:
    """A name as a part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _base(name: str) -> str:
    """The name of a field without its language: address_en → address."""
    return name.partition("_")[0]


def _is_listed(name: str, allowed: frozenset[str]) -> bool:
    """Whether a field is one of these, or the same in another language (name_en)."""
    return name in allowed or _base(name) in allowed


def _free_name(name: str, taken: Mapping[str, Any], others: Mapping[str, Any]) -> str:
    """`name`, numbered if the object has that field already: two redacted names must stay two fields."""
    if name not in taken and name not in others:
        return name
    number = 2
    while f"{name} ({number})" in taken or f"{name} ({number})" in others:
        number += 1
    return f"{name} ({number})"
